/** Reads a file of JSON lines from any byte on, one line at a time, however large the file. */

import { createReadStream } from 'node:fs';

/** A household of 200 members with their payments stays far below; longer lines are not households. */
const MAX_LINE_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** `next` is the byte after the line: where to go on. */
export type Line = { line: number; next: number } & ({ value: unknown } | { problem: string });

/**
 * The lines of a file, counted from 1, empty ones left out.
 *
 * @param from byte of a line's start, and the number of lines before it
 */
export async function* readLines(
  path: string,
  from: { offset: number; line: number },
  signal?: AbortSignal,
): AsyncGenerator<Line> {
  const stream = createReadStream(path, { start: from.offset, highWaterMark: 256 * 1024, signal });
  let { offset, line } = from;
  let parts: Buffer[] = [];
  let length = 0;

  const take = (end: number): Line | undefined => {
    line += 1;
    offset = end;
    const parsed = length > MAX_LINE_BYTES ? { problem: 'line too long' } : parse(Buffer.concat(parts));
    parts = [];
    length = 0;
    return parsed && { line, next: offset, ...parsed };
  };

  let position = from.offset;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      const item = take(position + end + 1);
      if (item) yield item;
      start = end + 1;
    }
    keep(chunk.subarray(start));
    position += chunk.length;
  }
  if (length > 0) {
    const item = take(position);
    if (item) yield item;
  }

  function keep(part: Buffer): void {
    length += part.length;
    // What is too long is only counted, not held.
    if (length <= MAX_LINE_BYTES) parts.push(part);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Buffer): { value: unknown } | { problem: string } | undefined {
  let text: string;
  try {
    text = decoder.decode(bytes).trim();
  } catch {
    return { problem: 'not UTF-8' };
  }
  if (text === '') return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The parser's own message quotes the line.
    return { problem: 'not valid JSON' };
  }
}

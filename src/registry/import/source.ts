/** What every kind of import file looks like to the import: a stream of households with a place to go on from. */

import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Tx } from '../../store/database.ts';
import { readLines } from './ndjson.ts';
import type { Problem, Progress } from './progress.ts';

export type Item = {
  /** Where to go on after this item. */
  position: string;
  line: number;
  /** How far the whole file has been read, 0 to 1. */
  fraction: number;
  /** A household not yet checked. */
  value?: unknown;
  /** Lines refused on the way here. */
  problems: Problem[];
};

export type Source = {
  /** The same for the same file, and different when it was written again. */
  id: string;
  /** What must happen before the first household can be read; returns how far the import has come then. */
  prepare?(from: Progress, signal?: AbortSignal): Promise<Progress>;
  read(from: Progress, signal?: AbortSignal): AsyncGenerator<Item>;
  /** Runs in the transaction that wrote everything up to `position`. */
  written?(tx: Tx, position: string): Promise<void>;
};

const FINGERPRINT_BYTES = 64 * 1024;

/** Identity of a file for restarting: its name, size, time of change and first bytes; as UUID text. */
export async function fingerprint(paths: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const file = await open(path);
    try {
      const { size, mtimeMs } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(FINGERPRINT_BYTES), 0, FINGERPRINT_BYTES, 0);
      hash.update(`${basename(path)}\0${size}\0${mtimeMs}\0`).update(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }
  return hash
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A file with one household a line; the position is the byte after the last line. */
export async function ndjsonSource(path: string): Promise<Source> {
  const { size } = await stat(path);
  return {
    id: await fingerprint([path]),
    async *read(from, signal) {
      const start = { offset: Number(from.position ?? 0), line: from.line };
      for await (const item of readLines(path, start, signal)) {
        yield {
          position: String(item.next),
          line: item.line,
          fraction: item.next / size,
          ...('value' in item
            ? { value: item.value, problems: [] }
            : { problems: [{ line: item.line, reason: item.problem }] }),
        };
      }
    },
  };
}

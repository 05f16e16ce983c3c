/** Reads a payment file, CSV or NDJSON, line by line; what is no such file as a whole is refused before its first line. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse';
import { readLines } from '../../registry/import/ndjson.ts';

/** `position` is where to go on after it: a byte of NDJSON, a line of CSV. */
export type FileRow = { line: number; position: string; fraction: number } & (
  { value: Record<string, unknown> } | { problem: string }
);

/** A file that is refused as a whole; the message says what to do. */
export class FileRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FileRefused';
  }
}

const PEEK_BYTES = 64 * 1024;

const EVENT_COLUMNS = ['event_id', 'occurred_at', 'status', 'payment_ref'];
const PAYMENT_COLUMNS = ['household_id', 'payment_ref', 'programme', 'status'];

type From = { position: string | null; line: number };

/** The columns that a CSV file lacks, by those it has. */
export type MissingColumns = (columns: ReadonlySet<string>) => string[];

const missingOfEvents: MissingColumns = (columns) =>
  (columns.has('event_id') ? EVENT_COLUMNS : PAYMENT_COLUMNS).filter((name) => !columns.has(name));

/** The rows after `from`. Throws FileRefused. */
export async function* readRows(
  file: string,
  from: From,
  signal?: AbortSignal,
  missing: MissingColumns = missingOfEvents,
): AsyncGenerator<FileRow> {
  const { size } = await stat(file);
  const head = await peek(file);
  checkEncoding(head);
  if (isCsv(file, head)) yield* readCsv(file, head, { size, missing }, from, signal);
  else yield* readNdjson(file, size, from, signal);
}

async function* readNdjson(
  file: string,
  size: number,
  from: From,
  signal?: AbortSignal,
): AsyncGenerator<FileRow> {
  const start = { offset: Number(from.position ?? 0), line: from.line };
  for await (const item of readLines(file, start, signal)) {
    const row = { line: item.line, position: String(item.next), fraction: item.next / size };
    if ('problem' in item) yield { ...row, problem: item.problem };
    else if (typeof item.value !== 'object' || item.value === null || Array.isArray(item.value))
      yield { ...row, problem: 'expected an object' };
    else yield { ...row, value: item.value as Record<string, unknown> };
  }
}

async function* readCsv(
  file: string,
  head: Buffer,
  { size, missing }: { size: number; missing: MissingColumns },
  from: From,
  signal?: AbortSignal,
): AsyncGenerator<FileRow> {
  const delimiter = checkColumns(head, missing);
  const broken: number[] = [];
  const parser = parse({
    columns: (names: string[]) => names.map(columnName),
    delimiter,
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    // One stray quote must not swallow the rest of a large file as one cell.
    max_record_size: 256 * 1024,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken.push((error as { lines?: number } | undefined)?.lines ?? 0);
    },
  });
  const stream = createReadStream(file, { signal });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  const bad = (line: number, fraction: number): FileRow => ({
    line,
    position: String(line),
    fraction,
    problem: 'not valid CSV, or not as many cells as columns',
  });
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number; bytes: number };
    }>) {
      const fraction = info.bytes / size;
      for (const line of broken.splice(0)) if (line > from.line) yield bad(line, fraction);
      if (info.lines <= from.line) continue;
      const row = { line: info.lines, position: String(info.lines), fraction };
      yield Object.values(record).some((cell) => cell.includes('\ufffd'))
        ? { ...row, problem: 'not UTF-8' }
        : { ...row, value: withBeneficiary(record) };
    }
    for (const line of broken) if (line > from.line) yield bad(line, 1);
  } finally {
    stream.destroy();
  }
}

const columnName = (name: string) => name.trim().toLowerCase();

/** The one nested field of an event, from its two columns. */
function withBeneficiary(record: Record<string, string>): Record<string, unknown> {
  const type = record['beneficiary_id_type'] ?? record['id_type'];
  const value = record['beneficiary_id_value'] ?? record['id_value'];
  return type === undefined ? record : { ...record, beneficiary: { id_type: type, id_value: value } };
}

async function peek(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PEEK_BYTES), 0, PEEK_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function checkEncoding(head: Buffer): void {
  if (head.length === 0) throw new FileRefused('the file is empty');
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (isUtf16 || head.includes(0))
    throw new FileRefused('the file is UTF-16 or no text at all; save it as UTF-8 ("CSV UTF-8")');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    throw new FileRefused(
      'the file is not UTF-8, perhaps Latin-1 or Windows-1256; save it as UTF-8 ("CSV UTF-8")',
    );
  }
}

function isCsv(file: string, head: Buffer): boolean {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.csv' || extension === '.tsv') return true;
  if (['.ndjson', '.jsonl', '.json'].includes(extension)) return false;
  return !/^\ufeff?\s*[{[]/.test(head.toString('utf8', 0, 1024));
}

/** The delimiter of a file whose columns will do. */
function checkColumns(head: Buffer, missingOf: MissingColumns): string {
  const header =
    head
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/, 1)[0] ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  const delimiter = [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
  const columns = new Set(header.split(delimiter).map((name) => columnName(name.replace(/^"|"$/g, ''))));
  const missing = missingOf(columns);
  if (missing.length > 0) throw new FileRefused(`the first line lacks the columns: ${missing.join(', ')}`);
  return delimiter;
}

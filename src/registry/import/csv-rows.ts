/**
 * Reads the CSV form of an import: four files in one folder, one row a thing, joined by `household_id`.
 *
 * | File             | Columns                                                                                       |
 * |------------------|-----------------------------------------------------------------------------------------------|
 * | `households.csv` | household_id, area                                                                            |
 * | `members.csv`    | household_id, person_id, role, given_name, family_name, mother_name, sex, birth_date,         |
 * |                  | language, alive, document_type, document_number, phone_number, phone_use; further documents   |
 * |                  | and phones as document_type_2, document_number_2, phone_number_2, phone_use_2, and so on       |
 * | `enrolments.csv` | household_id, programme, status, since, status_date, reason, next_date, review_due, last_interview |
 * | `payments.csv`   | household_id, payment_ref, programme, period, amount, currency, status, from, until, place,   |
 * |                  | provider, status_date, person_id                                                              |
 *
 * The columns may stand in any order, separated by comma, semicolon or tab; an empty cell is a missing value. `alive`
 * takes true/false, yes/no, 1/0. Rows may stand in any order. Only `households.csv` and `members.csv` must be there.
 */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse';
import type { z } from 'zod';
import type { Problem } from './progress.ts';
import {
  enrolmentRecord,
  householdFields,
  identifier,
  memberRecord,
  paymentRecord,
  reasonOf,
} from './record.ts';

type Part = { file: string; required: boolean; schema: z.ZodType; shape(row: CsvRow): unknown };
type CsvRow = Record<string, string>;

const joined = { household_id: identifier };

/** In the order in which a household is put together: its own row first. */
export const PARTS: readonly Part[] = [
  { file: 'households.csv', required: true, schema: householdFields, shape: (row) => row },
  { file: 'members.csv', required: true, schema: memberRecord.extend(joined), shape: member },
  { file: 'enrolments.csv', required: false, schema: enrolmentRecord.extend(joined), shape: (row) => row },
  { file: 'payments.csv', required: false, schema: paymentRecord.extend(joined), shape: (row) => row },
];

/** One row: its household and the rest, checked; or why it was refused. */
export type Row = { line: number; bytes: number } & (
  { householdId: string; value: Record<string, unknown> } | { problem: Problem }
);

/** Rows after line `after`, in the order of the file. */
export async function* readRows(
  path: string,
  part: Part,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<Row> {
  const broken: Problem[] = [];
  const parser = parse({
    columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
    delimiter: await delimiterOf(path),
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_quotes: true,
    relax_column_count_less: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      // The parser's own message may quote the row.
      const line = (error as { lines?: number } | undefined)?.lines ?? 0;
      broken.push({ line, reason: 'not valid CSV', file: part.file });
    },
  });
  const stream = createReadStream(path, { signal });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: CsvRow;
      info: { lines: number; bytes: number };
    }>) {
      for (const problem of broken.splice(0)) {
        if (problem.line > after) yield { line: problem.line, bytes: info.bytes, problem };
      }
      if (info.lines <= after) continue;
      yield { line: info.lines, bytes: info.bytes, ...checked(part, record, info.lines) };
    }
    for (const problem of broken) if (problem.line > after) yield { line: problem.line, bytes: 0, problem };
  } finally {
    stream.destroy();
  }
}

function checked(part: Part, record: CsvRow, line: number) {
  const parsed = part.schema.safeParse(part.shape(record));
  if (!parsed.success) return { problem: { line, reason: reasonOf(parsed.error), file: part.file } };
  const value = parsed.data as Record<string, unknown>;
  return { householdId: String(value['household_id']), value };
}

const ALIVE = new Map<string, boolean | undefined>([
  ['', undefined],
  ...['true', 'yes', '1'].map((word): [string, boolean] => [word, true]),
  ...['false', 'no', '0'].map((word): [string, boolean] => [word, false]),
]);

function member(row: CsvRow): unknown {
  const alive = (row['alive'] ?? '').toLowerCase();
  return {
    ...row,
    alive: ALIVE.has(alive) ? ALIVE.get(alive) : alive,
    documents: repeated(row, 'document_number').map((suffix) => ({
      type: row[`document_type${suffix}`],
      number: row[`document_number${suffix}`],
    })),
    phones: repeated(row, 'phone_number').map((suffix) => ({
      number: row[`phone_number${suffix}`],
      use: row[`phone_use${suffix}`] === '' ? undefined : row[`phone_use${suffix}`],
    })),
  };
}

/** The suffixes under which a column is filled in: '', '_2', '_3' ... */
function repeated(row: CsvRow, column: string): string[] {
  return Object.keys(row)
    .filter((name) => name === column || (name.startsWith(`${column}_`) && /_\d+$/.test(name)))
    .filter((name) => row[name] !== '')
    .map((name) => name.slice(column.length));
}

/** Spreadsheets of many countries write semicolons; the header shows it. */
async function delimiterOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const header = buffer.subarray(0, bytesRead).toString('utf8').split('\n', 1)[0] ?? '';
    const count = (delimiter: string) => header.split(delimiter).length;
    return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
  } finally {
    await file.close();
  }
}

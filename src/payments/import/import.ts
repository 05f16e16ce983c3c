/** Brings a file of payment events into the service: of any size, safe to stop, to kill and to repeat. */
import type { Profile } from '../../profiles/profile.ts';
import { fingerprint } from '../../registry/import/source.ts';
import type { Database } from '../../store/database.ts';
import type { PaymentEvent } from '../event.ts';
import type { Taken } from '../take-event.ts';
import { takeEvents, type TakeEventsDeps } from '../take-events.ts';
import { readEvent } from './read-event.ts';
import { FileRefused, readRows } from './rows.ts';

export type Counts = Record<Taken['outcome'], number>;

/** A line that was not taken. Never holds a value from it. */
export type Problem = { line: number; reason: string };

export type ImportResult = Counts & {
  /** The first 1,000 refused lines. */
  problems: Problem[];
};

export type ImportOptions = {
  onProgress?: (progress: Counts & { fraction: number }) => void;
  /** Stops after the batch at hand; the next import of the same file goes on there. */
  signal?: AbortSignal;
};

const BATCH = 200;
const MAX_PROBLEMS = 1_000;

const NONE: Counts = { accepted: 0, duplicate: 0, parked: 0, rejected: 0 };

type Progress = { position: string | null; line: number; counts: Counts; problems: Problem[] };
type Item = { line: number; event: PaymentEvent; isListed: boolean };

/**
 * Takes each line as one event: it is in whole or refused with its number. Importing the same file again answers
 * `duplicate` for each. Throws FileRefused, before anything is taken, when the file as a whole will not do.
 */
export async function importPayments(
  deps: TakeEventsDeps,
  file: string,
  { onProgress, signal }: ImportOptions = {},
): Promise<ImportResult> {
  const { db } = deps;
  const id = await fingerprint([file]);
  const started = deps.now();
  let progress = await begin(db, id);
  let items: Item[] = [];
  let problems: Problem[] = [];
  let lines = 0;
  let at = { position: progress.position, line: progress.line, fraction: 0 };

  const flush = async (): Promise<void> => {
    progress = await takeBatch(deps, id, progress, { items, problems, at });
    [items, problems, lines] = [[], [], 0];
    onProgress?.({ ...progress.counts, fraction: at.fraction });
    signal?.throwIfAborted();
  };
  for await (const row of rowsOf(db, id, readRows(file, progress, signal))) {
    const read = 'problem' in row ? row : readEvent(inOurWords(row.value, deps.profile), started);
    if ('problem' in read) problems.push({ line: row.line, reason: read.problem });
    else items.push({ line: row.line, ...read });
    at = { position: row.position, line: row.line, fraction: row.fraction };
    lines += 1;
    if (lines >= BATCH) await flush();
  }
  if (lines > 0) await flush();
  await db.query('update payment_import set finished = true where file = $1', [id]);
  await db.query('delete from payment_import_ref where file = $1', [id]);
  return { ...progress.counts, problems: progress.problems };
}

/** Of a file that is refused as a whole nothing stays, not even that it was begun. */
async function* rowsOf(db: Database, file: string, rows: ReturnType<typeof readRows>): typeof rows {
  try {
    yield* rows;
  } catch (error) {
    if (error instanceof FileRefused) await db.query('delete from payment_import where file = $1', [file]);
    throw error;
  }
}

/** The row with its status in a word of ours, where the profile says what the payment system's own word means. */
function inOurWords(row: Record<string, unknown>, { payment_status_map: map }: Profile): typeof row {
  const said = row['status'];
  if (typeof said !== 'string') return row;
  const word = said.trim().toLowerCase();
  const [, meant] = Object.entries(map).find(([theirs]) => theirs.trim().toLowerCase() === word) ?? [];
  return meant === undefined ? row : { ...row, status: meant };
}

async function begin(db: Database, file: string): Promise<Progress> {
  await db.query('delete from payment_import where file = $1 and finished', [file]);
  await db.query('insert into payment_import (file) values ($1) on conflict (file) do nothing', [file]);
  const { rows } = await db.query<Omit<Progress, 'counts'> & { counts: Partial<Counts> }>(
    'select position, line, counts, problems from payment_import where file = $1',
    [file],
  );
  const [row] = rows;
  if (!row) throw new Error('another import of the same file has just finished');
  return { ...row, counts: { ...NONE, ...row.counts } };
}

type Batch = { items: Item[]; problems: Problem[]; at: { position: string | null; line: number } };

/** Killed between the events and the note of them, the next import takes them again: as duplicates. */
async function takeBatch(
  deps: TakeEventsDeps,
  file: string,
  before: Progress,
  { items, problems, at }: Batch,
): Promise<Progress> {
  const again = await namedBefore(deps.db, file, items);
  const fresh = items.filter(({ line }) => !again.has(line));
  const refused = [...problems, ...[...again].map(([line, first]) => repeated(line, first))];
  const counts = { ...before.counts };
  const taken = await takeEvents(
    deps,
    fresh.map(({ event }) => event),
  );
  taken.forEach((one, index) => {
    if (one.outcome === 'rejected') refused.push({ line: fresh[index]?.line ?? 0, reason: one.reason });
    else counts[one.outcome] += 1;
  });
  counts.rejected += refused.length;
  const room = Math.max(0, MAX_PROBLEMS - before.problems.length);
  const listed = refused.sort((one, other) => one.line - other.line).slice(0, room);
  const { rowCount } = await deps.db.query(
    `update payment_import set position = $3, line = $4, counts = $5, problems = problems || $6::jsonb, updated_at = now()
     where file = $1 and position is not distinct from $2`,
    [file, before.position, at.position, at.line, JSON.stringify(counts), JSON.stringify(listed)],
  );
  if (rowCount !== 1) throw new Error('another import of the same file is running');
  return { position: at.position, line: at.line, counts, problems: [...before.problems, ...listed] };
}

const repeated = (line: number, first: number): Problem => ({
  line,
  reason: `payment_ref: line ${first} has it already`,
});

/** Lines whose payment an earlier line names, with that line; in the database, since a file may be larger than memory. */
async function namedBefore(db: Database, file: string, items: readonly Item[]): Promise<Map<number, number>> {
  const listed = items.filter(({ isListed }) => isListed);
  if (listed.length === 0) return new Map();
  const refs = listed.map(({ event }) => event.reference);
  await db.query(
    `insert into payment_import_ref (file, payment_ref, line)
     select $1, payment_ref, min(line) from unnest($2::text[], $3::integer[]) as t (payment_ref, line)
     group by payment_ref
     on conflict (file, payment_ref) do nothing`,
    [file, refs, listed.map(({ line }) => line)],
  );
  const { rows } = await db.query<{ payment_ref: string; line: number }>(
    'select payment_ref, line from payment_import_ref where file = $1 and payment_ref = any($2)',
    [file, refs],
  );
  const first = new Map(rows.map((row) => [row.payment_ref, row.line]));
  return new Map(
    listed.flatMap(({ line, event }): [number, number][] => {
      const named = first.get(event.reference);
      return named === undefined || named === line ? [] : [[line, named]];
    }),
  );
}

/** Brings a registry export into the local tables: NDJSON or CSV, of any size, safe to stop and to repeat. */

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Keys } from '../privacy/keys.ts';
import type { Database } from '../store/database.ts';
import { csvSource } from './import/csv.ts';
import type { PreparedHousehold } from './import/prepare.ts';
import { prepareHousehold } from './import/prepare.ts';
import type { Counts, Problem, Progress } from './import/progress.ts';
import { beginImport, finishImport, MAX_PROBLEMS, saveProgress } from './import/progress.ts';
import { householdRecord, reasonOf } from './import/record.ts';
import type { Source } from './import/source.ts';
import { ndjsonSource } from './import/source.ts';
import { writeHouseholds } from './import/write.ts';

export type ImportOptions = {
  /** ISO 3166 country of phone numbers written without a country code. */
  country?: string;
  /** Months for which the details of an interview hold (profile: `update_months`). */
  updateMonths?: number | null;
  onProgress?: (progress: Counts & { fraction: number }) => void;
  /** Stops after the batch at hand; the next import of the same file goes on there. */
  signal?: AbortSignal;
};

/** Lists hold at most the first 1,000 lines each; `counts` has the true numbers. */
export type ImportResult = {
  households: number;
  members: number;
  unchanged: number;
  rejected: Omit<Problem, 'warning'>[];
  /** Lines that went in without a part of them, such as a phone that is no phone number. */
  warnings: Omit<Problem, 'warning'>[];
  counts: Counts;
};

const BATCH_HOUSEHOLDS = 500;
/** So that progress is saved also while a file is refused line after line. */
const BATCH_LINES = 2_000;

type Batch = {
  households: Map<string, { prepared: PreparedHousehold; line: number }>;
  problems: Problem[];
  lines: number;
  position: string | null;
  line: number;
  fraction: number;
};

/**
 * Imports a registry file: one household a line (NDJSON), or a folder with `households.csv`, `members.csv`,
 * `enrolments.csv` and `payments.csv` (any of the four names the folder); columns in import/csv-rows.ts.
 *
 * A bad line is reported with its number and why, the rest goes in. Importing the same file again changes nothing.
 * Stopped or killed, it goes on behind the last batch written. Memory does not grow with the file.
 *
 * Throws when the file cannot be read, the database fails, or `signal` says stop; what was written stays.
 */
export async function importRegistry(
  db: Database,
  keys: Keys,
  file: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const source = await openSource(db, keys, file, options);
  let progress = await beginImport(db, source.id);
  progress = (await source.prepare?.(progress, options.signal)) ?? progress;
  let writing: Promise<void> = Promise.resolve();

  const write = async (batch: Batch): Promise<void> => {
    progress = await commit(db, source, progress, batch);
    options.onProgress?.({ ...countsOf(progress), fraction: batch.fraction });
  };
  // While a batch is being written the next one is read: the database and this process work at the same time.
  const flush = async (batch: Batch): Promise<void> => {
    await writing;
    options.signal?.throwIfAborted();
    writing = write(batch);
    // It is awaited before the next batch; until then its failure must not count as unhandled.
    writing.catch(() => undefined);
  };

  let batch = emptyBatch();
  try {
    for await (const item of source.read(progress, options.signal)) {
      batch.problems.push(...item.problems);
      if (item.value !== undefined) add(batch, keys, item.value, item.line, options);
      batch.lines += 1;
      batch.position = item.position;
      batch.line = item.line;
      batch.fraction = item.fraction;
      if (batch.households.size >= BATCH_HOUSEHOLDS || batch.lines >= BATCH_LINES) {
        await flush(batch);
        batch = emptyBatch();
      }
    }
    if (batch.lines > 0) await flush(batch);
  } finally {
    // Whatever happened, nothing goes on writing behind the caller's back.
    await writing;
  }
  await finishImport(db, source.id);
  return resultOf(progress);
}

/**
 * Imports households that are already in memory, such as the demo's. Checked like lines of a file; not restartable.
 */
export async function importHouseholds(
  db: Database,
  keys: Keys,
  households: Iterable<unknown>,
  options: Interpreting = {},
): Promise<ImportResult> {
  let progress: Progress = { ...NOTHING, position: null, line: 0, problems: [] };
  let batch = emptyBatch();
  let line = 0;
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = emptyBatch();
    progress = await db.transaction(async (tx) => advance(progress, full, await writeBatch(tx, full)));
  };
  for (const household of households) {
    line += 1;
    add(batch, keys, household, line, options);
    if (batch.households.size >= BATCH_HOUSEHOLDS) await flush();
  }
  await flush();
  return resultOf(progress);
}

const NOTHING: Counts = { households: 0, members: 0, unchanged: 0, rejected: 0, warnings: 0 };

async function openSource(db: Database, keys: Keys, file: string, options: ImportOptions): Promise<Source> {
  const folder = (await stat(file)).isDirectory() ? file : file.endsWith('.csv') ? dirname(file) : undefined;
  if (folder === undefined) return ndjsonSource(file);
  return csvSource(db, keys, folder, (fraction) => options.onProgress?.({ ...NOTHING, fraction }));
}

function emptyBatch(): Batch {
  return { households: new Map(), problems: [], lines: 0, position: null, line: 0, fraction: 0 };
}

/** What a record leaves to the profile. */
type Interpreting = Pick<ImportOptions, 'country' | 'updateMonths'>;

function add(
  batch: Batch,
  keys: Keys,
  value: unknown,
  line: number,
  { country, updateMonths }: Interpreting,
): void {
  const parsed = householdRecord.safeParse(value);
  if (!parsed.success) {
    batch.problems.push({ line, reason: reasonOf(parsed.error) });
    return;
  }
  const prepared = prepareHousehold(keys, parsed.data, country, updateMonths);
  const earlier = batch.households.get(prepared.key);
  if (earlier) {
    const reason = 'household_id again on a later line, which counts';
    batch.problems.push({ line: earlier.line, reason, warning: true });
  }
  batch.households.set(prepared.key, { prepared, line });
}

type WrittenBatch = Awaited<ReturnType<typeof writeHouseholds>>;

function writeBatch(tx: Parameters<typeof writeHouseholds>[0], batch: Batch): Promise<WrittenBatch> {
  return writeHouseholds(
    tx,
    [...batch.households.values()].map((entry) => entry.prepared),
  );
}

function commit(db: Database, source: Source, before: Progress, batch: Batch): Promise<Progress> {
  return db.transaction(async (tx) => {
    const after = advance(before, batch, await writeBatch(tx, batch));
    await saveProgress(tx, source.id, before, after);
    if (batch.position !== null) await source.written?.(tx, batch.position);
    return after;
  });
}

function advance(before: Progress, batch: Batch, written: WrittenBatch): Progress {
  const warnings = written.warnings.map(({ key, reason }): Problem => ({
    line: batch.households.get(key)?.line ?? 0,
    reason,
    warning: true,
  }));
  const problems = [...batch.problems, ...warnings].sort((a, b) => a.line - b.line);
  const rejected = problems.filter((problem) => problem.warning !== true).length;
  return {
    position: batch.position,
    line: batch.line,
    households: before.households + batch.households.size,
    members: before.members + written.members,
    unchanged: before.unchanged + written.unchanged,
    rejected: before.rejected + rejected,
    warnings: before.warnings + problems.length - rejected,
    problems: [...before.problems, ...problems].slice(0, MAX_PROBLEMS),
  };
}

function countsOf({ households, members, unchanged, rejected, warnings }: Progress): Counts {
  return { households, members, unchanged, rejected, warnings };
}

function resultOf(progress: Progress): ImportResult {
  const { households, members, unchanged } = progress;
  const listed = (warning: boolean): Omit<Problem, 'warning'>[] =>
    progress.problems
      .filter((problem) => (problem.warning === true) === warning)
      .map(({ line, reason, file }) => ({ line, reason, ...(file === undefined ? {} : { file }) }));
  return {
    households,
    members,
    unchanged,
    rejected: listed(false),
    warnings: listed(true),
    counts: countsOf(progress),
  };
}

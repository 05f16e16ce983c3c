/**
 * Puts households together from four CSV files in any order, with little memory: rows wait sealed in the database,
 * keyed by household, until all four files are read.
 */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Keys } from '../../privacy/keys.ts';
import type { Database } from '../../store/database.ts';
import type { Row } from './csv-rows.ts';
import { PARTS, readRows } from './csv-rows.ts';
import type { Problem, Progress } from './progress.ts';
import { MAX_PROBLEMS, saveProgress } from './progress.ts';
import type { Item, Source } from './source.ts';
import { fingerprint } from './source.ts';

const STAGE_ROWS = 2_000;
const PAGE_ROWS = 5_000;

/** Rough share of the time that goes into reading the files, for the progress shown. */
const STAGING_SHARE = 0.4;

/** Positions while reading are `<file>:<line>`, afterwards `household:<key>`: the last household written. */
const HOUSEHOLD = 'household:';
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** The CSV files of a folder as one source. Throws when households.csv or members.csv is missing. */
export async function csvSource(
  db: Database,
  keys: Keys,
  folder: string,
  onStaged?: (fraction: number) => void,
): Promise<Source> {
  for (const { file, required } of PARTS) {
    if (required && !existsSync(join(folder, file))) throw new Error(`${file} is missing in the folder`);
  }
  const present = PARTS.filter(({ file }) => existsSync(join(folder, file)));
  const id = await fingerprint(present.map(({ file }) => join(folder, file)));
  return {
    id,
    async prepare(from, signal) {
      if (from.position?.startsWith(HOUSEHOLD) === true) return from;
      let progress = from;
      for (const [done, part] of present.entries()) {
        progress = await stage(db, keys, id, folder, part, progress, signal, (share) => {
          onStaged?.(((done + share) / present.length) * STAGING_SHARE);
        });
      }
      const staged = { ...progress, position: HOUSEHOLD + BEFORE_ALL };
      await saveProgress(db, id, progress, staged);
      return staged;
    },
    read(from, signal) {
      return households(db, keys, id, from.position?.slice(HOUSEHOLD.length) ?? BEFORE_ALL, signal);
    },
    async written(tx, position) {
      await tx.query('delete from registry_import_row where file = $1 and household <= $2', [
        id,
        position.slice(HOUSEHOLD.length),
      ]);
    },
  };
}

/** Copies the rows of one file into the waiting room; returns how far the import has come. */
async function stage(
  db: Database,
  keys: Keys,
  id: string,
  folder: string,
  part: (typeof PARTS)[number],
  from: Progress,
  signal: AbortSignal | undefined,
  onProgress: (share: number) => void,
): Promise<Progress> {
  const [reached, line] = from.position?.split(':') ?? [];
  const index = PARTS.indexOf(part);
  const reachedIndex = PARTS.findIndex(({ file }) => file === reached);
  if (reachedIndex > index) return from;

  const path = join(folder, part.file);
  const { size } = await stat(path);
  let progress = from;
  let rows: Row[] = [];
  const flush = async (): Promise<void> => {
    const last = rows.at(-1);
    if (last === undefined) return;
    signal?.throwIfAborted();
    const good = rows.filter((row) => 'value' in row);
    const problems = rows.flatMap((row) => ('problem' in row ? [row.problem] : []));
    const next: Progress = {
      ...progress,
      position: `${part.file}:${last.line}`,
      rejected: progress.rejected + problems.length,
      problems: [...progress.problems, ...problems].slice(0, MAX_PROBLEMS),
    };
    await db.transaction(async (tx) => {
      await tx.query(
        `insert into registry_import_row (file, household, part, line, sealed)
         select $1, household, $2, line, sealed
         from unnest($3::uuid[], $4::integer[], $5::bytea[]) as t (household, line, sealed)`,
        [
          id,
          index,
          good.map((row) => keys.index('household', row.householdId)),
          good.map((row) => row.line),
          good.map((row) => keys.sealJson('personal', row.value, 'import')),
        ],
      );
      await saveProgress(tx, id, progress, next);
    });
    progress = next;
    onProgress(last.bytes / size);
    rows = [];
  };
  for await (const row of readRows(path, part, reachedIndex === index ? Number(line) : 0, signal)) {
    rows.push(row);
    if (rows.length === STAGE_ROWS) await flush();
  }
  await flush();
  return progress;
}

type StagedRow = { household: string; part: number; line: number; sealed: Buffer };

/** The waiting rows, household by household. */
async function* households(
  db: Database,
  keys: Keys,
  id: string,
  after: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  let last = after;
  let limit = PAGE_ROWS;
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await db.query<StagedRow>(
      `select household, part, line, sealed from registry_import_row
       where file = $1 and household > $2 order by household, part, line limit $3`,
      [id, last, limit],
    );
    const groups = groupByHousehold(rows);
    // The last household of a full page may go on behind it: it is read again with the next one.
    if (rows.length === limit) groups.pop();
    for (const [household, group] of groups) {
      yield { ...assemble(keys, group), position: HOUSEHOLD + household, fraction: fractionOf(household) };
    }
    if (rows.length < limit) return;
    const [key] = groups.at(-1) ?? [];
    if (key === undefined) limit *= 2;
    else last = key;
  }
}

function groupByHousehold(rows: StagedRow[]): [string, StagedRow[]][] {
  const groups = new Map<string, StagedRow[]>();
  for (const row of rows) {
    const group = groups.get(row.household);
    if (group) group.push(row);
    else groups.set(row.household, [row]);
  }
  return [...groups];
}

/** Keys are spread evenly, so a key tells how many come before it. */
function fractionOf(key: string): number {
  return STAGING_SHARE + (1 - STAGING_SHARE) * (parseInt(key.slice(0, 8), 16) / 0xffffffff);
}

function assemble(keys: Keys, rows: StagedRow[]): Pick<Item, 'line' | 'value' | 'problems'> {
  const [own, ...again] = rows.filter((row) => row.part === 0);
  const fileOf = (row: StagedRow): string => PARTS[row.part]?.file ?? '';
  const problem = (row: StagedRow, reason: string): Problem => ({
    line: row.line,
    reason,
    file: fileOf(row),
  });
  if (own === undefined) {
    return {
      line: rows[0]?.line ?? 0,
      problems: rows.map((row) => problem(row, 'household_id is not in households.csv')),
    };
  }
  const valuesOf = (part: number): unknown[] =>
    rows.filter((row) => row.part === part).map((row) => keys.openJson('personal', row.sealed, 'import'));
  return {
    line: own.line,
    value: {
      ...(keys.openJson('personal', own.sealed, 'import') as object),
      members: valuesOf(1),
      enrolments: valuesOf(2),
      payments: valuesOf(3),
    },
    problems: again.map((row) => problem(row, 'household_id twice')),
  };
}

/** Remembers how far the import of a file has come, in the same transaction as what was written. */

import type { Database, Tx } from '../../store/database.ts';

/** A line that was refused, or that lost something (`warning`). Never holds a value from the line. */
export type Problem = { line: number; reason: string; file?: string; warning?: true };

export type Counts = {
  /** Valid households in the file, changed or not. */
  households: number;
  members: number;
  /** Households that the database already had exactly so. */
  unchanged: number;
  rejected: number;
  warnings: number;
};

export type Progress = Counts & {
  /** Where to go on: an offset or a key, in the words of the reader. Null: from the start. */
  position: string | null;
  line: number;
  problems: Problem[];
};

/** Problems kept; beyond this a file is wrong as a whole, and the counts say so. */
export const MAX_PROBLEMS = 1_000;

/** Where the last import of this file stopped; from the start when it finished or never began. */
export async function beginImport(db: Database, file: string): Promise<Progress> {
  await db.query('delete from registry_import where file = $1 and finished', [file]);
  await db.query('insert into registry_import (file) values ($1) on conflict (file) do nothing', [file]);
  const { rows } = await db.query<Progress>(
    `select position, line, households, members, unchanged, rejected, warnings, problems
     from registry_import where file = $1`,
    [file],
  );
  const [row] = rows;
  if (!row) throw new Error('another import of the same file has just finished');
  return row;
}

/** Saves the step from `before` to `after`. Throws when another process has taken that step meanwhile. */
export async function saveProgress(tx: Tx, file: string, before: Progress, after: Progress): Promise<void> {
  const { rowCount } = await tx.query(
    `update registry_import set
       position = $3, line = $4, households = $5, members = $6, unchanged = $7, rejected = $8, warnings = $9,
       problems = problems || $10::jsonb, updated_at = now()
     where file = $1 and position is not distinct from $2`,
    [
      file,
      before.position,
      after.position,
      after.line,
      after.households,
      after.members,
      after.unchanged,
      after.rejected,
      after.warnings,
      JSON.stringify(after.problems.slice(before.problems.length)),
    ],
  );
  if (rowCount !== 1) throw new Error('another import of the same file is running');
}

export async function finishImport(db: Database, file: string): Promise<void> {
  await db.query('update registry_import set finished = true, problems = default where file = $1', [file]);
}

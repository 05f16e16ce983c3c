/** Takes out of closed cases all that is hers: the words, and what leads to her. What remains counts in the figures. */
import type { Tx } from '../store/database.ts';

/** A closed case with an appeal that is still open is part of what the appeal is about. */
export const NO_OPEN_APPEAL =
  'not exists (select from grievance a where a.appeal_of = g.reference and a.closed_at is null)';

/** Rows by table. */
export type Counts = Record<string, number>;

/** Empties them, whatever they are: the caller says which may be. Says how many rows of each table were not empty yet. */
export async function emptyCases(tx: Tx, references: readonly string[], now: Date): Promise<Counts> {
  const counts: Counts = {};
  for (const [table, statement] of Object.entries(STATEMENTS)) {
    const isCase = table === 'grievance';
    const { rowCount } = await tx.query(statement, isCase ? [references, now] : [references]);
    counts[table] = rowCount ?? 0;
  }
  return counts;
}

const STATEMENTS = {
  grievance: `
    update grievance
    set text_sealed = null, answer_sealed = null, evidence_sealed = null, contact = null, person = null,
        household = null, anonymous_phone = null, payment = null, idempotency = null, emptied_at = $2
    where reference = any($1) and emptied_at is null`,
  grievance_event: `
    update grievance_event set details = null, turn = null
    where reference = any($1) and (details is not null or turn is not null)`,
  task: `
    update task set phone = null, details = null, contact = null, household = null
    where reference = any($1) and num_nonnulls(phone, details, contact, household) > 0`,
  referral: `
    update referral set shared = null, contact = null, household = null
    where reference = any($1) and num_nonnulls(shared, contact, household) > 0`,
  attachment: `
    update attachment
    set state = 'erased', source = null, content = null, details = null, type = null, bytes = null, seconds = null,
        next_at = null, contact = null
    where reference = any($1) and (state <> 'erased' or contact is not null)`,
};

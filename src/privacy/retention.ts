/** Retention (docs/privacy.md): what has been kept long enough goes, class by class; once a day by itself, or by command. */
import { DateTime } from 'luxon';
import { recordAudit } from './audit.ts';
import { RETENTION, type RetentionClass, type RetentionDeps, type Term } from './retention-classes.ts';

/** What one class came to. `rows`: removed or emptied, or due when nothing was to be done. */
export type Kept = { name: string; keep: string; rows: number };

/** Rows of each class that have been kept long enough now; changes nothing. */
export async function dueByRetention(deps: RetentionDeps, now: Date): Promise<Kept[]> {
  const due: Kept[] = [];
  for (const one of RETENTION) due.push(await each(deps, one, now, 'count'));
  return due;
}

/**
 * Removes what is due. What one class fails with does not keep the others; the first failure is thrown at the end, and
 * the next run goes on there. In the audit with its counts.
 */
export async function runRetention(
  deps: RetentionDeps,
  { by, now }: { by: string; now: Date },
): Promise<Kept[]> {
  const removed: Kept[] = [];
  const failures: unknown[] = [];
  for (const one of RETENTION) {
    try {
      removed.push(await each(deps, one, now, 'remove'));
    } catch (error) {
      failures.push(error);
    }
  }
  const details = Object.fromEntries(
    removed.filter(({ rows }) => rows > 0).map(({ name, rows }) => [name, rows]),
  );
  if (by !== 'system' || Object.keys(details).length > 0)
    await recordAudit(deps.db, { actor: by, action: 'retention_run', details, at: now });
  if (failures.length > 0) throw failures[0];
  return removed;
}

/** The same, once a day (UTC) whichever process comes first; as a chore. What failed is tried again with the next pass. */
export async function retainDaily(deps: RetentionDeps, now: Date): Promise<void> {
  const day = now.toISOString().slice(0, 10);
  const { rowCount } = await deps.db.query(
    'insert into retention_run (day, at) values ($1, $2) on conflict (day) do nothing',
    [day, now],
  );
  if (rowCount === 0) return;
  const removed = await runRetention(deps, { by: 'system', now }).catch(async (error: unknown) => {
    await deps.db.query('delete from retention_run where day = $1', [day]);
    throw error;
  });
  await deps.db.query('update retention_run set removed = $2 where day = $1', [
    day,
    JSON.stringify(Object.fromEntries(removed.map(({ name, rows }) => [name, rows]))),
  ]);
}

/** How long, in words: `24 months, or fewer by the profile`. */
export function wordsOf(term: Term): string {
  if (term === 'profile') return '24 months, or fewer by the profile';
  if ('days' in term) return term.days === 0 ? 'at once' : term.days === 1 ? '24 hours' : `${term.days} days`;
  return term.months % 12 === 0 && term.months > 24 ? `${term.months / 12} years` : `${term.months} months`;
}

async function each(
  deps: RetentionDeps,
  { name, term, work }: RetentionClass,
  now: Date,
  how: 'count' | 'remove',
): Promise<Kept> {
  const before = beginning(deps, term, now);
  let rows = 0;
  for (const part of work) rows += await part[how](deps, { before, now });
  return { name, keep: wordsOf(term), rows };
}

/** What ended before then has been kept long enough. */
function beginning({ profile }: RetentionDeps, term: Term, now: Date): Date {
  const length = term === 'profile' ? { months: profile.privacy.retain_conversation_months } : term;
  return DateTime.fromJSDate(now, { zone: 'utc' }).minus(length).toJSDate();
}

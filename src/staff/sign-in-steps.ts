/** The steps of signing in: in which order they come, what opens the next one, and what a failed attempt costs. */
import { recordAudit } from '../privacy/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import { closedBecause, holdAccount, type AccountRow, type StaffDeps } from './account.ts';
import { hasSecondFactor } from './second-factor.ts';
import { openSession, readSession, type OpenSession } from './sessions.ts';

export type SignInDeps = StaffDeps & { db: Database };

/** What is asked next; null: nothing, the session is complete. */
export type Needs = 'second_factor' | 'new_password' | 'enrol' | null;

/** A step that went well. `token` takes the place of the one before: set the cookie again. */
export type Step = { ok: true; token: string; needs: Needs };

/** The one answer to whoever is not let in. */
export type Refused = { ok: false; why: 'refused' };
/** The sign-in is too old, or was finished elsewhere: begin again. */
export type Ended = { ok: false; why: 'ended' };

export const REFUSED: Refused = { ok: false, why: 'refused' };
export const ENDED: Ended = { ok: false, why: 'ended' };

const TRIES = 5;
const FIRST_LOCK_MINUTES = 15;
const LONGEST_LOCK_MINUTES = 24 * 60;
/** What was wrong with a try that counts. `passkey_counter`: it signed a number it had signed before, as a copy does. */
const COUNTED: ReadonlySet<string> = new Set(['password', 'second_factor', 'passkey', 'passkey_counter']);

/** Refuses an attempt, counts it, and locks the account at every fifth in a row. */
export async function fail(tx: Tx, row: AccountRow, why: string, at: Date): Promise<void> {
  const subject = `staff:${row.key}`;
  await recordAudit(tx, { actor: 'sign_in', action: 'sign_in_failed', subject, details: { why }, at });
  // Tries at a closed account change nothing: a lock ends when it was said to end.
  if (!COUNTED.has(why)) return;
  const failures = row.failures + 1;
  const minutes =
    failures % TRIES === 0
      ? Math.min(FIRST_LOCK_MINUTES * 2 ** (failures / TRIES - 1), LONGEST_LOCK_MINUTES)
      : undefined;
  await tx.query('update staff set failures = $2, locked_until = coalesce($3, locked_until) where key = $1', [
    row.key,
    failures,
    minutes === undefined ? null : new Date(at.getTime() + minutes * 60_000),
  ]);
  if (minutes !== undefined) {
    await tx.query('delete from staff_session where staff = $1 and not complete', [row.key]);
    await recordAudit(tx, { actor: 'sign_in', action: 'locked', subject, details: { minutes }, at });
  }
}

type Progress = Pick<OpenSession, 'secondFactor' | 'signOn'> & { row: AccountRow; isProduction: boolean };

/** What is still to do, in this order: a temporary password is changed only by whoever has the second factor too. */
export function needsOf(
  row: AccountRow,
  { secondFactor, signOn, isProduction }: Omit<Progress, 'row'>,
): Needs {
  if (signOn) return null;
  if (hasSecondFactor(row) && !secondFactor) return 'second_factor';
  if (row.password_is_temporary) return 'new_password';
  return isProduction && !hasSecondFactor(row) ? 'enrol' : null;
}

/** Opens the session of the next step, or the complete one. */
export async function proceed(tx: Tx, { row, at, ...progress }: Progress & { at: Date }): Promise<Step> {
  const needs = needsOf(row, progress);
  const { secondFactor, signOn } = progress;
  const complete = needs === null;
  const token = await openSession(tx, { staff: row.key, complete, secondFactor, signOn, at });
  if (complete) {
    // Only now: a known password must not give new tries at the second factor.
    await tx.query('update staff set failures = 0, locked_until = null where key = $1', [row.key]);
    const how = signOn ? 'sign_on' : secondFactor ? 'second_factor' : 'password';
    await recordAudit(tx, { ...own(row), action: 'sign_in', details: { how }, at });
  }
  return { ok: true, token, needs };
}

/** Does a step with the account held, when this is the step that the sign-in is at. */
export function atStep<T>(
  deps: SignInDeps,
  token: string,
  step: Needs,
  at: Date,
  work: (tx: Tx, session: OpenSession, row: AccountRow) => Promise<T>,
): Promise<T | Ended> {
  return deps.db.transaction(async (tx) => {
    const before = await readSession(tx, deps, token, at);
    const row = before && (await holdAccount(tx, before.row.key));
    // Read again: two tabs may give the same step.
    const session = row && (await readSession(tx, deps, token, at));
    if (!session || session.complete) return ENDED;
    const isOpen = closedBecause(row, deps.isProduction, at) === undefined;
    const needs = needsOf(row, { ...session, isProduction: deps.isProduction });
    return isOpen && needs === step ? work(tx, session, row) : ENDED;
  });
}

/** For the audit: somebody did something to their own account. */
export function own({ key }: AccountRow): { actor: string; subject: string } {
  return { actor: key, subject: `staff:${key}` };
}

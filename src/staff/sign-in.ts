/**
 * Signing in, step by step: password, second factor, a new password for a temporary one, an app where none is set up.
 * Unknown address, wrong password, locked and disabled are one answer, after the same work.
 */
import { recordAudit } from '../privacy/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import { accountByEmail, closedBecause, holdAccount, type AccountRow, type StaffDeps } from './account.ts';
import { hashPassword, isPassword, passwordProblem, type PasswordProblem } from './passwords.ts';
import { confirm, enrol, hasSecondFactor, verify, type Enrolment } from './second-factor.ts';
import { endSession, endSessionsOf, openSession, readSession, type OpenSession } from './sessions.ts';

export type SignInDeps = StaffDeps & { db: Database };

/** What is asked next; null: nothing, the session is complete. */
export type Needs = 'second_factor' | 'new_password' | 'enrol' | null;

/** A step that went well. `token` takes the place of the one before: set the cookie again. */
export type Step = { ok: true; token: string; needs: Needs };

/** The one answer to whoever is not let in. */
export type Refused = { ok: false; why: 'refused' };
/** The sign-in is too old, or was finished elsewhere: begin again. */
export type Ended = { ok: false; why: 'ended' };

const REFUSED: Refused = { ok: false, why: 'refused' };
const ENDED: Ended = { ok: false, why: 'ended' };

const TRIES = 5;
const FIRST_LOCK_MINUTES = 15;
const LONGEST_LOCK_MINUTES = 24 * 60;

/** A sign-in on its way, for the page that asks for the next step. */
export type Pending = { needs: Exclude<Needs, null>; name: string; language: string; csrf: string };

/** First step. Every five failures lock the account, 15 minutes at first and twice as long each time after. */
export async function signIn(
  { db, keys, isProduction }: SignInDeps,
  { email, password, at }: { email: string; password: string; at: Date },
): Promise<Step | Refused> {
  const found = await accountByEmail(db, keys, email);
  const isRight = await isPassword(password, found?.password ?? null);
  return db.transaction(async (tx) => {
    // Read again and held: of many tries at once only so many count as tries.
    const row = found && (await holdAccount(tx, found.key));
    if (!row) {
      await recordAudit(tx, {
        actor: 'sign_in',
        action: 'sign_in_failed',
        details: { why: 'unknown' },
        at,
      });
      return REFUSED;
    }
    const closed = closedBecause(row, isProduction, at);
    if (closed !== undefined || !isRight || row.password !== found.password) {
      await fail(tx, row, closed ?? 'password', at);
      return REFUSED;
    }
    return proceed(tx, { row, isProduction, secondFactor: false, signOn: false, at });
  });
}

/** The sign-in behind this token, while something is still asked. */
export async function pendingSignIn(
  deps: SignInDeps,
  token: string,
  now: Date,
): Promise<Pending | undefined> {
  const session = await readSession(deps.db, deps, token, now);
  if (!session || session.complete) return undefined;
  const needs = needsOf(session.row, { ...session, isProduction: deps.isProduction });
  if (needs === null) return undefined;
  const { staff, csrf } = session;
  return { needs, name: staff.name, language: staff.language, csrf };
}

/** A code of the app, or a recovery code. Wrong ones count like wrong passwords. */
export async function giveSecondFactor(
  deps: SignInDeps,
  { token, code, at }: { token: string; code: string; at: Date },
): Promise<Step | Refused | Ended> {
  return atStep(deps, token, 'second_factor', at, async (tx, session, row) => {
    const kind = await verify(tx, deps.keys, row, code, at);
    if (kind === undefined) {
      await fail(tx, row, 'second_factor', at);
      return REFUSED;
    }
    if (kind === 'recovery') {
      await recordAudit(tx, { ...own(row), action: 'recovery_code_used', at });
    }
    await endSession(tx, token);
    return proceed(tx, { ...session, row, isProduction: deps.isProduction, secondFactor: true, at });
  });
}

/** A password in the place of a temporary one. Every other session of this person ends. */
export async function chooseNewPassword(
  deps: SignInDeps,
  { token, password, at }: { token: string; password: string; at: Date },
): Promise<Step | { ok: false; why: PasswordProblem | 'same' } | Ended> {
  const started = await readSession(deps.db, deps, token, at);
  if (!started) return ENDED;
  const problem = passwordProblem(password, started.staff.email);
  if (problem) return { ok: false, why: problem };
  if (await isPassword(password, started.row.password)) return { ok: false, why: 'same' };
  const hash = await hashPassword(password);
  return atStep(deps, token, 'new_password', at, async (tx, session, row) => {
    await setPassword(tx, row, hash, at);
    const after = { ...row, password: hash, password_is_temporary: false };
    return proceed(tx, { ...session, row: after, isProduction: deps.isProduction, at });
  });
}

/** What to show to somebody who must set up an app now; undefined when that is not what is asked. */
export async function beginEnrolment(
  deps: SignInDeps,
  token: string,
  at: Date,
): Promise<Enrolment | undefined> {
  const result = await atStep(deps, token, 'enrol', at, (tx, session, row) =>
    enrol(tx, deps.keys, row, session.staff.email),
  );
  return result && 'uri' in result ? result : undefined;
}

/** The first code of the new app. The recovery codes are shown this once. */
export async function confirmEnrolment(
  deps: SignInDeps,
  { token, code, at }: { token: string; code: string; at: Date },
): Promise<(Step & { recoveryCodes: string[] }) | Refused | Ended> {
  return atStep(deps, token, 'enrol', at, async (tx, session, row) => {
    const recoveryCodes = await confirm(tx, deps.keys, row, code, at);
    if (!recoveryCodes) {
      await fail(tx, row, 'second_factor', at);
      return REFUSED;
    }
    await recordAudit(tx, { ...own(row), action: 'second_factor_added', at });
    await endSession(tx, token);
    const after = { ...row, totp_confirmed_at: at };
    const step = await proceed(tx, {
      ...session,
      row: after,
      isProduction: deps.isProduction,
      secondFactor: true,
      at,
    });
    return { ...step, recoveryCodes };
  });
}

/** Somebody signed in changes their own password. Every session ends but the one that `token` replaces. */
export async function changePassword(
  deps: SignInDeps,
  { token, current, next, at }: { token: string; current: string; next: string; at: Date },
): Promise<Step | { ok: false; why: PasswordProblem | 'same' } | Refused | Ended> {
  const started = await readSession(deps.db, deps, token, at);
  if (!started?.complete) return ENDED;
  const isRight = await isPassword(current, started.row.password);
  const problem = passwordProblem(next, started.staff.email);
  const hash = isRight && !problem && current !== next ? await hashPassword(next) : undefined;
  return deps.db.transaction(async (tx) => {
    const row = await holdAccount(tx, started.row.key);
    const session = await readSession(tx, deps, token, at);
    if (!row || !session?.complete) return ENDED;
    if (!isRight || closedBecause(row, deps.isProduction, at) !== undefined) {
      await fail(tx, row, 'password', at);
      return REFUSED;
    }
    if (problem) return { ok: false, why: problem };
    if (hash === undefined) return { ok: false, why: 'same' };
    await setPassword(tx, row, hash, at);
    const { secondFactor, signOn } = session;
    const fresh = await openSession(tx, { staff: row.key, complete: true, secondFactor, signOn, at });
    return { ok: true, token: fresh, needs: null };
  });
}

/** Opens the console to somebody whom the identity provider vouches for: nothing more is asked. */
export async function signInBySignOn(tx: Tx, row: AccountRow, at: Date): Promise<Step> {
  return proceed(tx, { row, isProduction: false, secondFactor: true, signOn: true, at });
}

/** Refuses an attempt, counts it, and locks the account at every fifth in a row. */
async function fail(tx: Tx, row: AccountRow, why: string, at: Date): Promise<void> {
  const subject = `staff:${row.key}`;
  await recordAudit(tx, { actor: 'sign_in', action: 'sign_in_failed', subject, details: { why }, at });
  // Tries at a closed account change nothing: a lock ends when it was said to end.
  if (why !== 'password' && why !== 'second_factor') return;
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
function needsOf(row: AccountRow, { secondFactor, signOn, isProduction }: Omit<Progress, 'row'>): Needs {
  if (signOn) return null;
  if (hasSecondFactor(row) && !secondFactor) return 'second_factor';
  if (row.password_is_temporary) return 'new_password';
  return isProduction && !hasSecondFactor(row) ? 'enrol' : null;
}

/** Opens the session of the next step, or the complete one. */
async function proceed(tx: Tx, { row, at, ...progress }: Progress & { at: Date }): Promise<Step> {
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
function atStep<T>(
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

async function setPassword(tx: Tx, row: AccountRow, hash: string, at: Date): Promise<void> {
  await tx.query('update staff set password = $2, password_is_temporary = false where key = $1', [
    row.key,
    hash,
  ]);
  await endSessionsOf(tx, row.key);
  await recordAudit(tx, { ...own(row), action: 'password_changed', at });
}

function own({ key }: AccountRow): { actor: string; subject: string } {
  return { actor: key, subject: `staff:${key}` };
}

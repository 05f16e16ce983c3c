/**
 * Signing in, step by step: password, second factor, a new password for a temporary one, an app where none is set up.
 * Unknown address, wrong password, locked and disabled are one answer, after the same work.
 */
import { recordAudit } from '../privacy/audit.ts';
import type { Tx } from '../store/database.ts';
import { accountByEmail, closedBecause, holdAccount, type AccountRow } from './account.ts';
import { hashPassword, isPassword, passwordProblem, type PasswordProblem } from './passwords.ts';
import { confirm, enrol, hasApp, verify, type Enrolment } from './second-factor.ts';
import { endSession, endSessionsOf, openSession, readSession } from './sessions.ts';
import {
  atStep,
  ENDED,
  fail,
  needsOf,
  own,
  proceed,
  REFUSED,
  type Ended,
  type Needs,
  type Refused,
  type SignInDeps,
  type Step,
} from './sign-in-steps.ts';

/** A sign-in on its way, for the page that asks for the next step. */
export type Pending = {
  needs: Exclude<Needs, null>;
  name: string;
  language: string;
  csrf: string;
  /** What there is for the second factor, besides recovery codes. */
  hasApp: boolean;
  hasPasskey: boolean;
};

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
  const { staff, csrf, row } = session;
  const { name, language } = staff;
  return { needs, name, language, csrf, hasApp: hasApp(row), hasPasskey: row.has_passkey };
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

async function setPassword(tx: Tx, row: AccountRow, hash: string, at: Date): Promise<void> {
  await tx.query('update staff set password = $2, password_is_temporary = false where key = $1', [
    row.key,
    hash,
  ]);
  await endSessionsOf(tx, row.key);
  await recordAudit(tx, { ...own(row), action: 'password_changed', at });
}

/** A staff table of one's own, with a clock that the test moves and codes as an authenticator app shows them. */
import { generateSync } from 'otplib';
import { openKeys } from '../../src/privacy/keys.ts';
import { addStaff, type NewStaff } from '../../src/staff/accounts.ts';
import { beginEnrolment, chooseNewPassword, confirmEnrolment, signIn } from '../../src/staff/sign-in.ts';
import type { SignInDeps } from '../../src/staff/sign-in-steps.ts';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

export const PASSWORD = 'a long enough word';

export async function openStaff(): Promise<SignInDeps & { url: string; close: () => Promise<void> }> {
  const database = await freshDatabase();
  const db = openDatabase(database.url);
  const keys = await openKeys(db, { current: Buffer.alloc(32, 5) });
  return {
    db,
    keys,
    isProduction: false,
    url: database.url,
    close: async () => {
      await db.close();
      await database.drop();
    },
  };
}

export const later = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

/** What the app shows at that moment. */
export const codeAt = (secret: string, at: Date): string =>
  generateSync({ secret, epoch: Math.floor(at.getTime() / 1_000) });

let people = 0;

/** A new account whose first sign-in is done, with `PASSWORD`. */
export async function person(
  deps: SignInDeps,
  at: Date,
  more: Partial<NewStaff> = {},
): Promise<{ key: string; email: string; token: string }> {
  people += 1;
  const email = more.email ?? `person${people}@example.org`;
  const added = await addStaff(
    deps,
    { name: 'Samir Haddad', roles: ['agent'], units: null, area: null, language: 'ar', ...more, email },
    { by: 'test', at },
  );
  if (!added.ok) throw new Error(added.why);
  const first = await signIn(deps, { email, password: added.password, at });
  if (!first.ok || first.needs !== 'new_password') throw new Error('no first sign-in');
  const done = await chooseNewPassword(deps, { token: first.token, password: PASSWORD, at });
  if (!done.ok) throw new Error(done.why);
  return { key: added.key, email, token: done.token };
}

/** One with an authenticator app; signed in as in production, where an app is asked for. */
export async function personWithApp(
  deps: SignInDeps,
  at: Date,
): Promise<{ key: string; email: string; token: string; secret: string; recoveryCodes: string[] }> {
  const production = { ...deps, isProduction: true };
  const { key, email } = await person(deps, at);
  const step = await signIn(production, { email, password: PASSWORD, at });
  if (!step.ok || step.needs !== 'enrol') throw new Error('no app is asked for');
  const enrolment = await beginEnrolment(production, step.token, at);
  if (!enrolment) throw new Error('no enrolment');
  const { secret } = enrolment;
  const done = await confirmEnrolment(production, { token: step.token, code: codeAt(secret, at), at });
  if (!done.ok) throw new Error(done.why);
  return { key, email, token: done.token, secret, recoveryCodes: done.recoveryCodes };
}

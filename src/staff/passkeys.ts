/** Passkeys: a key on a device, unlocked by finger, face or PIN, as a second factor beside the authenticator app. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Database, Tx } from '../store/database.ts';
import { closedBecause, holdAccount, type AccountRow } from './account.ts';
import { isPassword } from './passwords.ts';
import { hasApp, hasSecondFactor, newRecoveryCodes } from './second-factor.ts';
import {
  endOtherSessions,
  endSession,
  keepChallenge,
  readSession,
  takeChallenge,
  type OpenSession,
} from './sessions.ts';
import {
  atStep,
  ENDED,
  fail,
  own,
  proceed,
  REFUSED,
  type Ended,
  type Refused,
  type SignInDeps,
  type Step,
} from './sign-in-steps.ts';
import {
  askForNew,
  askForUse,
  credentialIdOf,
  readNew,
  readUse,
  type CreationOptions,
  type Credential,
  type RelyingParty,
  type RequestOptions,
} from './web-authn.ts';

export type PasskeyDeps = SignInDeps & { party: RelyingParty };

/** As its owner sees it. */
export type Passkey = { key: string; name: string; addedAt: Date; lastUsedAt: Date | null };

/** What an account has for the second factor. */
export type SecondFactors = { hasApp: boolean; recoveryCodes: number; passkeys: Passkey[] };

/** The question was not asked in this browser, was answered already, or too long ago. No try: ask again. */
export type Late = { ok: false; why: 'late' };
const LATE: Late = { ok: false, why: 'late' };

const MOST = 10;
const LONGEST_NAME = 60;
const KEY = z.guid();

export async function secondFactorsOf(
  { db, keys }: { db: Database; keys: Keys },
  staff: string,
): Promise<SecondFactors> {
  const { rows } = await db.query<{ app: boolean; codes: number }>(
    `select totp_confirmed_at is not null as app, cardinality(recovery_codes) as codes from staff where key = $1`,
    [staff],
  );
  const { rows: passkeys } = await db.query<{
    key: string;
    name: Buffer;
    added_at: Date;
    last_used_at: Date | null;
  }>('select key, name, added_at, last_used_at from staff_passkey where staff = $1 order by added_at, key', [
    staff,
  ]);
  return {
    hasApp: rows[0]?.app ?? false,
    recoveryCodes: rows[0]?.codes ?? 0,
    passkeys: passkeys.map(({ key, name, added_at: addedAt, last_used_at: lastUsedAt }) => ({
      key,
      name: keys.open('personal', name, contextOf(staff)),
      addedAt,
      lastUsedAt,
    })),
  };
}

/**
 * Somebody signed in wants another passkey: what to ask their browser. The present password first, since a desk is
 * somebody else's during a break; a wrong one counts as at the sign-in.
 */
export async function beginPasskey(
  deps: PasskeyDeps,
  { token, current, at }: { token: string; current: string; at: Date },
): Promise<{ ok: true; options: CreationOptions } | Refused | Ended | { ok: false; why: 'many' }> {
  const started = await readSession(deps.db, deps, token, at);
  if (!started?.complete) return ENDED;
  const isRight = await isPassword(current, started.row.password);
  return signedIn(deps, token, at, async (tx, { staff }, row) => {
    if (!isRight || row.password !== started.row.password || closedBecause(row, deps.isProduction, at)) {
      await fail(tx, row, 'password', at);
      return REFUSED;
    }
    const known = await credentialsOf(tx, row.key);
    if (known.length >= MOST) return { ok: false, why: 'many' };
    const { email, name } = staff;
    const options = await askForNew(deps.party, { handle: handleOf(row.key), email, name }, known);
    await keepChallenge(tx, token, options.challenge, at);
    return { ok: true, options };
  });
}

/** The browser's answer. With the first second factor of an account come recovery codes, shown this once. */
export async function addPasskey(
  deps: PasskeyDeps,
  { token, answer, name, at }: { token: string; answer: string; name: string; at: Date },
): Promise<{ ok: true; recoveryCodes?: string[] } | Refused | Ended | Late | { ok: false; why: 'known' }> {
  const { keys, party } = deps;
  return signedIn(deps, token, at, async (tx, session, row) => {
    const challenge = await takeChallenge(tx, token, at);
    if (challenge === undefined) return LATE;
    const credential = await readNew(answer, { challenge, party });
    if (!credential) return REFUSED;
    const { rows } = await tx.query<{ key: string }>(
      `insert into staff_passkey (staff, credential, public_key, counter, transports, name, added_at)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (credential) do nothing returning key`,
      [
        row.key,
        Buffer.from(credential.id, 'base64url'),
        Buffer.from(credential.publicKey),
        credential.counter,
        credential.transports,
        keys.seal('personal', name.slice(0, LONGEST_NAME), contextOf(row.key)),
        at,
      ],
    );
    const [added] = rows;
    if (!added) return { ok: false, why: 'known' };
    await recordAudit(tx, { ...own(row), action: 'passkey_added', details: { passkey: added.key }, at });
    if (hasSecondFactor(session.row)) return { ok: true };
    return { ok: true, recoveryCodes: await newRecoveryCodes(tx, keys, row.key) };
  });
}

/** Takes one away. The last second factor of an account stays. Whoever holds the device is signed out elsewhere. */
export async function removePasskey(
  deps: SignInDeps,
  { token, passkey, at }: { token: string; passkey: string; at: Date },
): Promise<{ ok: true } | Ended | { ok: false; why: 'last' | 'unknown' }> {
  return signedIn(deps, token, at, async (tx, _session, row) => {
    const known = await credentialsOf(tx, row.key);
    if (!KEY.safeParse(passkey).success || !known.some(({ key }) => key === passkey))
      return { ok: false, why: 'unknown' };
    if (known.length === 1 && !hasApp(row)) return { ok: false, why: 'last' };
    await tx.query('delete from staff_passkey where key = $1 and staff = $2', [passkey, row.key]);
    await endOtherSessions(tx, row.key, token);
    await recordAudit(tx, { ...own(row), action: 'passkey_removed', details: { passkey }, at });
    return { ok: true };
  });
}

/** At the second step of a sign-in: what to ask the browser. Undefined when this is not asked, or there is no passkey. */
export async function offerPasskey(
  deps: PasskeyDeps,
  token: string,
  at: Date,
): Promise<RequestOptions | undefined> {
  const offered = await atStep(deps, token, 'second_factor', at, async (tx, _session, row) => {
    const known = await credentialsOf(tx, row.key);
    if (known.length === 0) return undefined;
    const options = await askForUse(deps.party, known);
    await keepChallenge(tx, token, options.challenge, at);
    return options;
  });
  return offered && 'challenge' in offered ? offered : undefined;
}

/** The browser's answer, in the place of a code. One that does not hold counts like a wrong code. */
export async function givePasskey(
  deps: PasskeyDeps,
  { token, answer, at }: { token: string; answer: string; at: Date },
): Promise<Step | Refused | Ended | Late> {
  return atStep(deps, token, 'second_factor', at, async (tx, session, row) => {
    const challenge = await takeChallenge(tx, token, at);
    if (challenge === undefined) return LATE;
    const id = credentialIdOf(answer);
    // Of this account only: a key of somebody else is no key here.
    const credential = (await credentialsOf(tx, row.key)).find((one) => one.id === id);
    const asked = { challenge, party: deps.party, handle: handleOf(row.key) };
    const counter = credential ? await readUse(answer, { ...asked, credential }) : undefined;
    if (!credential || counter === undefined) {
      await fail(tx, row, 'passkey', at);
      return REFUSED;
    }
    if (!(await countOn(tx, credential.key, counter, at))) {
      await fail(tx, row, 'passkey_counter', at);
      return REFUSED;
    }
    await recordAudit(tx, {
      ...own(row),
      action: 'passkey_used',
      details: { passkey: credential.key },
      at,
    });
    await endSession(tx, token);
    return proceed(tx, { ...session, row, isProduction: deps.isProduction, secondFactor: true, at });
  });
}

/** False when the device counts and has not counted on: somebody has a copy of the key. */
async function countOn(tx: Tx, passkey: string, counter: number, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update staff_passkey set counter = $2, last_used_at = $3
      where key = $1 and ($2 > counter or ($2 = 0 and counter = 0))`,
    [passkey, counter, at],
  );
  return rowCount === 1;
}

async function credentialsOf(tx: Tx, staff: string): Promise<(Credential & { key: string })[]> {
  const { rows } = await tx.query<{
    key: string;
    credential: Buffer;
    public_key: Buffer;
    counter: string;
    transports: string[];
  }>(
    `select key, credential, public_key, counter, transports from staff_passkey
      where staff = $1 order by added_at, key`,
    [staff],
  );
  return rows.map(({ key, credential, public_key: publicKey, counter, transports }) => ({
    key,
    id: credential.toString('base64url'),
    publicKey,
    counter: Number(counter),
    transports,
  }));
}

/** Does something for somebody who is signed in, with their account held. */
function signedIn<T>(
  deps: SignInDeps,
  token: string,
  at: Date,
  work: (tx: Tx, session: OpenSession, row: AccountRow) => Promise<T>,
): Promise<T | Ended> {
  return deps.db.transaction(async (tx) => {
    const before = await readSession(tx, deps, token, at);
    const row = before && (await holdAccount(tx, before.row.key));
    // Read again: two tabs may do the same.
    const session = row && (await readSession(tx, deps, token, at));
    return row && session?.complete ? work(tx, session, row) : ENDED;
  });
}

/** The account as devices know it. */
function handleOf(staff: string): Buffer {
  return Buffer.from(staff.replaceAll('-', ''), 'hex');
}

/** A name copied to another account does not open there. */
function contextOf(staff: string): string {
  return `staff.passkey:${staff}`;
}

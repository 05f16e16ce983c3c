/** Passkeys: added by whoever knows the password, good for one answer to one question, and for no other account. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAudit } from '../../src/privacy/audit.ts';
import { findStaff, insertAccount, resetSecondFactor } from '../../src/staff/accounts.ts';
import {
  addPasskey,
  beginPasskey,
  givePasskey,
  offerPasskey,
  removePasskey,
  secondFactorsOf,
  type PasskeyDeps,
} from '../../src/staff/passkeys.ts';
import { hashPassword } from '../../src/staff/passwords.ts';
import { openSession, sessionOf } from '../../src/staff/sessions.ts';
import { giveSecondFactor, pendingSignIn, signIn } from '../../src/staff/sign-in.ts';
import { relyingParty, type RequestOptions } from '../../src/staff/web-authn.ts';
import { makePasskey, usePasskey, type StandInPasskey } from './stand-in-authenticator.ts';
import { codeAt, later, openStaff, PASSWORD, personWithApp } from './support.ts';

// Every try hashes a password, which is meant to be slow.
vi.setConfig({ testTimeout: 30_000 });

const origin = 'https://console.example.org';
const now = new Date('2026-03-02T09:00:00Z');
let staff: Awaited<ReturnType<typeof openStaff>>;
let deps: PasskeyDeps;
let hash: string;

beforeAll(async () => {
  hash = await hashPassword(PASSWORD);
  const party = relyingParty(`${origin}/wasl`);
  if (!party) throw new Error('no party');
  staff = await openStaff();
  deps = { ...staff, party };
});
afterAll(() => staff.close());

const REFUSED = { ok: false, why: 'refused' };
const LATE = { ok: false, why: 'late' };
const ENDED = { ok: false, why: 'ended' };

type Someone = { key: string; email: string; token: string };

let people = 0;

/** Signed in with `PASSWORD`, which is hashed once for all of them. */
async function person(): Promise<Someone> {
  people += 1;
  const email = `p${people}@example.org`;
  const row = { email, name: 'Rana', roles: ['agent'] as const, units: null, area: null, language: 'ar' };
  return deps.db.transaction(async (tx) => {
    const key = await insertAccount(tx, deps.keys, row, { hash, isTemporary: false, at: now });
    if (key === undefined) throw new Error('the address has an account');
    return { key, email, token: await openSession(tx, session(key, { complete: true })) };
  });
}

const session = (staff: string, { complete, at = now }: { complete: boolean; at?: Date }) => ({
  staff,
  complete,
  secondFactor: false,
  signOn: false,
  at,
});

async function ask({ token }: Someone, at = now) {
  const begun = await beginPasskey(deps, { token, current: PASSWORD, at });
  if (!begun.ok) throw new Error(begun.why);
  return begun.options;
}

async function withPasskey<T extends Someone>(someone: T, name = 'My phone') {
  const { passkey, answer } = makePasskey(await ask(someone), { origin });
  const added = await addPasskey(deps, { token: someone.token, answer, name, at: now });
  if (!added.ok) throw new Error(added.why);
  return { ...someone, passkey, recoveryCodes: added.recoveryCodes };
}

/** A sign-in that has come to its second step, and what the passkey is asked there. */
async function atSecondStep({ key }: Someone, at = now): Promise<{ token: string; options: RequestOptions }> {
  const token = await deps.db.transaction((tx) => openSession(tx, session(key, { complete: false, at })));
  const options = await offerPasskey(deps, token, at);
  if (!options) throw new Error('nothing offered');
  return { token, options };
}

const give = (token: string, answer: string, at = now) => givePasskey(deps, { token, answer, at });
const whyOf = async (key: string) =>
  (await readAudit(deps.db, { subject: `staff:${key}`, limit: 100 })).map(({ action, details }) =>
    action === 'sign_in_failed' ? (details as { why: string }).why : action,
  );

describe('a passkey', () => {
  it('is added with the present password, used at the sign-in, and named by its owner', async () => {
    const someone = await personWithApp(deps, now);
    expect(await beginPasskey(deps, { token: someone.token, current: 'not this one', at: now })).toEqual(
      REFUSED,
    );
    const options = await ask(someone);
    expect(options).toMatchObject({
      rp: { id: 'console.example.org' },
      authenticatorSelection: { userVerification: 'required' },
      attestation: 'none',
    });
    const { passkey, recoveryCodes } = await withPasskey(someone, 'Office computer');
    // The app came with recovery codes: they stay as they are.
    expect(recoveryCodes).toBeUndefined();

    const first = await signIn(deps, { email: someone.email, password: PASSWORD, at: later(now, 1) });
    if (!first.ok) throw new Error(first.why);
    expect(first.needs).toBe('second_factor');
    const { token } = first;
    const asked = await offerPasskey(deps, token, later(now, 1));
    if (!asked) throw new Error('nothing offered');
    expect(await pendingSignIn(deps, token, later(now, 1))).toMatchObject({ hasApp: true, hasPasskey: true });
    expect(asked.userVerification).toBe('required');
    expect(asked.allowCredentials?.map(({ id }) => id)).toEqual([passkey.id.toString('base64url')]);
    const step = await give(token, usePasskey(passkey, asked, { origin }), later(now, 1));
    if (!step.ok) throw new Error(step.why);
    expect((await sessionOf(deps, step.token, later(now, 1)))?.staff.key).toBe(someone.key);

    const { passkeys } = await secondFactorsOf(deps, someone.key);
    expect(passkeys).toMatchObject([{ name: 'Office computer', addedAt: now, lastUsedAt: later(now, 1) }]);
    const { rows } = await deps.db.query<{ name: Buffer }>('select name from staff_passkey');
    expect(rows.some(({ name }) => name.includes('Office'))).toBe(false);
    expect(await whyOf(someone.key)).toEqual(
      expect.arrayContaining(['passkey_added', 'passkey_used', 'password']),
    );
  });

  it('leaves the code of the app possible', async () => {
    const someone = await withPasskey(await personWithApp(deps, now));
    const { token } = await atSecondStep(someone, later(now, 5));
    const code = codeAt(someone.secret, later(now, 5));
    expect(await giveSecondFactor(deps, { token, code, at: later(now, 5) })).toMatchObject({ ok: true });
  });

  it('as the first second factor brings recovery codes, and stays', async () => {
    const someone = await withPasskey(await person());
    expect(someone.recoveryCodes).toHaveLength(10);
    expect((await findStaff(deps, someone.key, now))?.hasSecondFactor).toBe(true);
    const [only] = (await secondFactorsOf(deps, someone.key)).passkeys;
    const remove = (passkey = '') => removePasskey(deps, { token: someone.token, passkey, at: now });
    expect(await remove(only?.key)).toEqual({ ok: false, why: 'last' });
    const { token } = await atSecondStep(someone);
    const [code = ''] = someone.recoveryCodes ?? [];
    expect(await giveSecondFactor(deps, { token, code, at: now })).toMatchObject({ ok: true });

    await withPasskey(someone, 'A second one');
    expect(await remove(only?.key)).toEqual({ ok: true });
    expect(await remove(only?.key)).toEqual({ ok: false, why: 'unknown' });
    expect((await secondFactorsOf(deps, someone.key)).passkeys.map(({ name }) => name)).toEqual([
      'A second one',
    ]);
    expect(await whyOf(someone.key)).toContain('passkey_removed');
  });

  it('of two removed at once leaves one', async () => {
    const someone = await withPasskey(await withPasskey(await person()));
    const { passkeys } = await secondFactorsOf(deps, someone.key);
    const removed = await Promise.all(
      passkeys.map(({ key }) => removePasskey(deps, { token: someone.token, passkey: key, at: now })),
    );
    expect(removed.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('that is removed signs nobody in, and ends what it opened', async () => {
    const someone = await withPasskey(await withPasskey(await person()));
    const opened = await atSecondStep(someone);
    const step = await give(opened.token, usePasskey(someone.passkey, opened.options, { origin }));
    if (!step.ok) throw new Error(step.why);
    const used = (await secondFactorsOf(deps, someone.key)).passkeys.find(({ lastUsedAt }) => lastUsedAt);
    await removePasskey(deps, { token: someone.token, passkey: used?.key ?? '', at: now });
    expect(await sessionOf(deps, step.token, now)).toBeUndefined();
    expect(await sessionOf(deps, someone.token, now)).toBeDefined();
    const next = await atSecondStep(someone);
    expect(await give(next.token, usePasskey(someone.passkey, next.options, { origin }))).toEqual(REFUSED);
  });

  it('is taken away by an administrator, with the recovery codes', async () => {
    const someone = await withPasskey(await person());
    expect(await resetSecondFactor(deps, someone.key, { by: 'test', at: now })).toEqual({ ok: true });
    expect(await secondFactorsOf(deps, someone.key)).toEqual({
      hasApp: false,
      recoveryCodes: 0,
      passkeys: [],
    });
  });
});

describe('an answer at the sign-in is refused', () => {
  let someone: Someone & { passkey: StandInPasskey };
  beforeAll(async () => {
    someone = await withPasskey(await person());
  });

  it.each([
    ['to another challenge', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
    ['from another origin', { origin: 'https://console.example.org.evil.example' }],
    ['from another port', { origin: `${origin}:8443` }],
    ['for another site', { rpId: 'example.org' }],
    ['without finger, face or PIN', { isVerified: false }],
    ['that was meant for a new passkey', { type: 'webauthn.create' }],
  ])('%s', async (_what, lie) => {
    const own = await withPasskey(await person());
    const { token, options } = await atSecondStep(own);
    expect(await give(token, usePasskey(own.passkey, options, { origin, ...lie }))).toEqual(REFUSED);
    // The question is spent, whatever came of it.
    expect(await give(token, usePasskey(own.passkey, options, { origin }))).toEqual(LATE);
    expect(await whyOf(own.key)).toContain('passkey');
  });

  it('a second time, in this sign-in and in the next', async () => {
    const { token, options } = await atSecondStep(someone);
    const answer = usePasskey(someone.passkey, options, { origin });
    const both = await Promise.all([give(token, answer), give(token, answer)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await give(token, answer)).toEqual(ENDED);
    const next = await atSecondStep(someone);
    expect(await give(next.token, answer)).toEqual(REFUSED);
  });

  it('after five minutes, without being counted', async () => {
    const { token, options } = await atSecondStep(someone);
    const answer = usePasskey(someone.passkey, options, { origin });
    const before = await whyOf(someone.key);
    expect(await give(token, answer, later(now, 6))).toEqual(LATE);
    expect(await whyOf(someone.key)).toEqual(before);
  });

  it('when the question was another browser’s', async () => {
    const [one, other] = [await atSecondStep(someone), await atSecondStep(someone)];
    expect(await give(one.token, usePasskey(someone.passkey, other.options, { origin }))).toEqual(REFUSED);
    expect(await give(other.token, usePasskey(someone.passkey, other.options, { origin }))).toMatchObject({
      ok: true,
    });
  });

  it('from the passkey of another account', async () => {
    const other = await withPasskey(await person());
    const { token, options } = await atSecondStep(someone);
    expect(await give(token, usePasskey(other.passkey, options, { origin }))).toEqual(REFUSED);
    // Nor does it become a key of this one under the other's name.
    const again = await atSecondStep(someone);
    const forged = { ...other.passkey, id: someone.passkey.id };
    expect(await give(again.token, usePasskey(forged, again.options, { origin }))).toEqual(REFUSED);
  });

  it('when the device has not counted on: it is a copy', async () => {
    const own = await withPasskey(await person());
    const copy = { ...own.passkey };
    const first = await atSecondStep(own);
    expect(await give(first.token, usePasskey(own.passkey, first.options, { origin }))).toMatchObject({
      ok: true,
    });
    const second = await atSecondStep(own);
    expect(await give(second.token, usePasskey(copy, second.options, { origin }))).toEqual(REFUSED);
    expect(await whyOf(own.key)).toContain('passkey_counter');
  });

  it('when it is no answer at all; five of them lock', async () => {
    const own = await withPasskey(await person());
    for (const answer of ['', '{}', 'not json', '[]', '{"id":"x","rawId":"x","type":"public-key"}']) {
      const { token } = await atSecondStep(own);
      expect(await give(token, answer)).toEqual(REFUSED);
    }
    expect(await signIn(deps, { email: own.email, password: PASSWORD, at: now })).toEqual(REFUSED);
  });
});

describe('a new passkey is refused', () => {
  const add = ({ token }: Someone, answer: string, at = now) =>
    addPasskey(deps, { token, answer, name: 'x', at });

  it('from another origin, without verification, too late, or twice', async () => {
    const someone = await person();
    for (const lie of [
      { origin: 'https://elsewhere.example' },
      { isVerified: false },
      { rpId: 'example.org' },
    ]) {
      const { answer } = makePasskey(await ask(someone), { origin, ...lie });
      expect(await add(someone, answer)).toEqual(REFUSED);
    }
    const { answer } = makePasskey(await ask(someone), { origin });
    expect(await add(someone, answer, later(now, 6))).toEqual(LATE);
    expect(await add(someone, answer)).toEqual(LATE);
    expect((await secondFactorsOf(deps, someone.key)).passkeys).toEqual([]);
  });

  it('when another account has it, or asked for it', async () => {
    const [mine, other] = [await person(), await person()];
    const { answer } = makePasskey(await ask(other), { origin });
    expect(await add(mine, answer)).toEqual(LATE);
    await ask(mine);
    expect(await add(mine, answer)).toEqual(REFUSED);
    const owned = await withPasskey(other);
    const asked = await ask(mine);
    const { answer: taken } = makePasskey(asked, { origin }, owned.passkey.id);
    expect(await add(mine, taken)).toEqual({ ok: false, why: 'known' });
  });

  it('before the sign-in is complete, and after the tenth', async () => {
    const someone = await withPasskey(await person());
    const { token } = await atSecondStep(someone);
    expect(await beginPasskey(deps, { token, current: PASSWORD, at: now })).toEqual(ENDED);
    await deps.db.query(
      `insert into staff_passkey (staff, credential, public_key, counter, transports, name, added_at)
       select staff, decode(md5(n::text), 'hex'), public_key, counter, transports, name, added_at
         from staff_passkey, generate_series(2, 10) n where staff = $1`,
      [someone.key],
    );
    expect(await beginPasskey(deps, { token: someone.token, current: PASSWORD, at: now })).toEqual({
      ok: false,
      why: 'many',
    });
  });
});

describe('the name that passkeys belong to', () => {
  it('is the host of the public address; a number has none, the machine itself is localhost', () => {
    expect(relyingParty('https://wasl.gov.lb/x')).toEqual({
      id: 'wasl.gov.lb',
      origin: 'https://wasl.gov.lb',
    });
    expect(relyingParty('http://127.0.0.1:3000')).toEqual({
      id: 'localhost',
      origin: 'http://localhost:3000',
    });
    expect(relyingParty('https://10.1.2.3')).toBeUndefined();
    expect(relyingParty('https://[2001:db8::1]')).toBeUndefined();
  });
});

/** Signing in: what is asked when, what counts as a try, and that a stranger learns nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAudit } from '../../src/privacy/audit.ts';
import { addStaff, disableStaff, findByEmail, resetPassword, unlock } from '../../src/staff/accounts.ts';
import { addDemoStaff, demoAddress, DEMO_PASSWORD } from '../../src/staff/demo.ts';
import { sessionOf } from '../../src/staff/sessions.ts';
import {
  beginEnrolment,
  changePassword,
  chooseNewPassword,
  confirmEnrolment,
  giveSecondFactor,
  pendingSignIn,
  signIn,
} from '../../src/staff/sign-in.ts';
import { codeAt, later, openStaff, PASSWORD, person, personWithApp } from './support.ts';

// Every try hashes a password, which is meant to be slow.
vi.setConfig({ testTimeout: 60_000 });

type Deps = Awaited<ReturnType<typeof openStaff>>;
let deps: Deps;
let production: Deps;
const start = new Date('2026-03-02T09:00:00Z');
let now: Date;

beforeAll(async () => {
  deps = await openStaff();
  production = { ...deps, isProduction: true };
});
beforeEach(() => {
  now = start;
});
afterAll(() => deps.close());

const REFUSED = { ok: false, why: 'refused' };
const ENDED = { ok: false, why: 'ended' };
const tryPassword = (email: string, password: string, at = now) => signIn(deps, { email, password, at });
const actions = async (key: string) =>
  (await readAudit(deps.db, { subject: `staff:${key}`, limit: 100 })).map(({ action }) => action).reverse();

describe('a first sign-in', () => {
  it('asks for a password of one’s own in the place of the one given out', async () => {
    const email = 'first@example.org';
    const added = await addStaff(
      deps,
      { email, name: 'Rana', roles: ['agent'], units: null, area: null, language: 'fr' },
      { by: 'command', at: now },
    );
    if (!added.ok) throw new Error(added.why);
    const step = await tryPassword(' FIRST@example.org', added.password);
    if (!step.ok) throw new Error(step.why);
    expect(step.needs).toBe('new_password');
    expect(await sessionOf(deps, step.token, now)).toBeUndefined();
    expect(await pendingSignIn(deps, step.token, now)).toMatchObject({
      needs: 'new_password',
      language: 'fr',
    });

    const choose = (password: string) => chooseNewPassword(deps, { token: step.token, password, at: now });
    expect(await choose('short')).toEqual({ ok: false, why: 'short' });
    expect(await choose('First@Example.org')).toEqual({ ok: false, why: 'address' });
    expect(await choose(added.password)).toEqual({ ok: false, why: 'same' });
    const done = await choose(PASSWORD);
    if (!done.ok) throw new Error(done.why);
    expect(done.needs).toBeNull();
    expect((await sessionOf(deps, done.token, now))?.staff).toMatchObject({ email, name: 'Rana' });

    expect(await tryPassword(email, added.password)).toEqual(REFUSED);
    expect(await choose('another long word')).toEqual(ENDED);
    expect(await actions(added.key)).toEqual([
      'staff_added',
      'password_changed',
      'sign_in',
      'sign_in_failed',
    ]);
  });
});

describe('a stranger', () => {
  it('gets one answer for unknown, wrong, locked and disabled, after the same work', async () => {
    const [wrong, locked, disabled] = [
      await person(deps, now),
      await person(deps, now),
      await person(deps, now),
    ];
    for (let n = 0; n < 5; n += 1) await tryPassword(locked.email, 'not this one');
    await disableStaff(deps, disabled.key, { by: 'test', at: now });

    const timed = async (email: string, password: string) => {
      const began = performance.now();
      const answer = await tryPassword(email, password);
      return { answer, ms: performance.now() - began };
    };
    const tries = [
      await timed('nobody@example.org', PASSWORD),
      await timed(wrong.email, 'not this one'),
      await timed(locked.email, PASSWORD),
      await timed(disabled.email, PASSWORD),
    ];
    for (const { answer } of tries) expect(answer).toStrictEqual(REFUSED);
    // The work is the hash, tens of milliseconds; without it a try is over in a few.
    const times = tries.map(({ ms }) => ms);
    expect(Math.min(...times)).toBeGreaterThan(Math.max(...times) / 5);
    expect(Math.min(...times)).toBeGreaterThan(15);
  });

  it('leaves no address in the audit', async () => {
    await tryPassword('secret.name@example.org', 'whatever it is');
    const text = JSON.stringify(await readAudit(deps.db, { limit: 1_000 }));
    expect(text).toContain('sign_in_failed');
    expect(text).not.toContain('@');
    expect(text).not.toContain('secret.name');
  });
});

describe('five failures', () => {
  it('lock for 15 minutes, then for twice as long; a right password in between changes nothing', async () => {
    const { email, key } = await person(deps, now);
    const failFive = async (at: Date) => {
      for (let n = 0; n < 5; n += 1) await tryPassword(email, 'not this one', at);
    };
    await failFive(now);
    expect((await findByEmail(deps, email, now))?.state).toBe('locked');
    expect(await tryPassword(email, PASSWORD, later(now, 14))).toEqual(REFUSED);

    await failFive(later(now, 16));
    expect(await tryPassword(email, PASSWORD, later(now, 16 + 29))).toEqual(REFUSED);
    expect(await tryPassword(email, PASSWORD, later(now, 16 + 31))).toMatchObject({ ok: true, needs: null });

    // Signed in: the count begins again.
    await failFive(later(now, 60));
    expect(await tryPassword(email, PASSWORD, later(now, 60 + 16))).toMatchObject({ ok: true });
    expect((await actions(key)).filter((action) => action === 'locked')).toHaveLength(3);
  });

  it('are counted one by one when they come at once', async () => {
    const { email } = await person(deps, now);
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => tryPassword(email, 'not this one')),
    ]);
    expect(answers.every(({ ok }) => !ok)).toBe(true);
    expect(await tryPassword(email, PASSWORD)).toEqual(REFUSED);
  });

  it('are forgiven by an administrator', async () => {
    const { email, key } = await person(deps, now);
    for (let n = 0; n < 5; n += 1) await tryPassword(email, 'not this one');
    expect(await unlock(deps, key, { by: 'test', at: now })).toEqual({ ok: true });
    expect(await tryPassword(email, PASSWORD)).toMatchObject({ ok: true });
  });

  it('at the second factor lock as well; the password in between gives no new tries', async () => {
    const { email } = await personWithApp(deps, now);
    for (let n = 0; n < 5; n += 1) {
      const step = await tryPassword(email, PASSWORD);
      if (!step.ok) throw new Error(`refused at try ${n}`);
      expect(step.needs).toBe('second_factor');
      expect(await giveSecondFactor(deps, { token: step.token, code: '000000', at: now })).toEqual(REFUSED);
    }
    expect(await tryPassword(email, PASSWORD)).toEqual(REFUSED);
  });
});

describe('the second factor', () => {
  it('is mandatory in production: without an app one must be set up', async () => {
    const { email } = await person(deps, now);
    expect(await tryPassword(email, PASSWORD)).toMatchObject({ needs: null });
    const step = await signIn(production, { email, password: PASSWORD, at: now });
    if (!step.ok) throw new Error(step.why);
    expect(step.needs).toBe('enrol');
    expect(await sessionOf(production, step.token, now)).toBeUndefined();

    const shown = await beginEnrolment(production, step.token, now);
    if (!shown) throw new Error('nothing to show');
    expect(shown.uri).toMatch(/^otpauth:\/\/totp\/Wasl:/);
    expect(await beginEnrolment(production, step.token, now)).toEqual(shown);
    const give = (code: string) => confirmEnrolment(production, { token: step.token, code, at: now });
    expect(await give('000000')).toEqual(REFUSED);
    const done = await give(codeAt(shown.secret, now));
    if (!done.ok) throw new Error(done.why);
    expect(done.recoveryCodes).toHaveLength(10);
    expect(await sessionOf(production, done.token, now)).toBeDefined();
    // From now on it is asked for everywhere.
    expect(await tryPassword(email, PASSWORD)).toMatchObject({ needs: 'second_factor' });
  });

  it('takes a code once, one step early or late, typed with spaces or Arabic digits', async () => {
    const { email, secret } = await personWithApp(deps, now);
    const give = async (code: string, at: Date) => {
      const step = await tryPassword(email, PASSWORD, at);
      if (!step.ok) throw new Error(step.why);
      return giveSecondFactor(deps, { token: step.token, code, at });
    };
    // The code that set the app up is spent.
    expect(await give(codeAt(secret, now), now)).toEqual(REFUSED);
    const at = later(now, 5);
    expect(await give(codeAt(secret, later(at, -1.5)), at)).toEqual(REFUSED);
    expect(await give(codeAt(secret, later(at, -0.5)), at)).toMatchObject({ ok: true, needs: null });
    expect(await give(codeAt(secret, later(at, -0.5)), at)).toEqual(REFUSED);
    const code = codeAt(secret, at);
    expect(await give(`${code.slice(0, 3)} ${code.slice(3)}`, at)).toMatchObject({ ok: true });
    const next = codeAt(secret, later(at, 0.5)).replace(/\d/g, (digit) =>
      String.fromCharCode(0x0660 + Number(digit)),
    );
    expect(await give(next, at)).toMatchObject({ ok: true });
  });

  it('given twice at once opens one session', async () => {
    const { email, secret } = await personWithApp(deps, now);
    const at = later(now, 5);
    const steps = [await tryPassword(email, PASSWORD, at), await tryPassword(email, PASSWORD, at)];
    const answers = await Promise.all(
      steps.map((step) =>
        giveSecondFactor(deps, { token: step.ok ? step.token : '', code: codeAt(secret, at), at }),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('may be a recovery code, each once', async () => {
    const { email, key, recoveryCodes } = await personWithApp(deps, now);
    const give = async (code: string) => {
      const step = await tryPassword(email, PASSWORD);
      if (!step.ok) throw new Error(step.why);
      return giveSecondFactor(deps, { token: step.token, code, at: now });
    };
    const [first = '', second = ''] = recoveryCodes;
    expect(await give(first)).toMatchObject({ ok: true, needs: null });
    expect(await give(first)).toEqual(REFUSED);
    expect(await give(second.toLowerCase().replace('-', ' '))).toMatchObject({ ok: true });
    expect((await actions(key)).filter((action) => action === 'recovery_code_used')).toHaveLength(2);
    const { rows } = await deps.db.query('select recovery_codes from staff where key = $1', [key]);
    expect(JSON.stringify(rows)).not.toContain(recoveryCodes[2]);
  });

  it('of one person is nothing to another', async () => {
    const [mine, other] = [await personWithApp(deps, now), await personWithApp(deps, now)];
    const step = await tryPassword(mine.email, PASSWORD);
    if (!step.ok) throw new Error(step.why);
    const [code = ''] = other.recoveryCodes;
    expect(await giveSecondFactor(deps, { token: step.token, code, at: now })).toEqual(REFUSED);
  });

  it('comes before a new password, so that a temporary one alone changes nothing', async () => {
    const { email, key, secret } = await personWithApp(deps, now);
    const reset = await resetPassword(deps, key, { by: 'test', at: now });
    if (!reset.ok) throw new Error(reset.why);
    const at = later(now, 5);
    const step = await tryPassword(email, reset.password, at);
    if (!step.ok) throw new Error(step.why);
    expect(step.needs).toBe('second_factor');
    expect(await chooseNewPassword(deps, { token: step.token, password: 'an attacker’s word', at })).toEqual(
      ENDED,
    );
    const next = await giveSecondFactor(deps, { token: step.token, code: codeAt(secret, at), at });
    if (!next.ok) throw new Error(next.why);
    expect(next.needs).toBe('new_password');
    expect(await chooseNewPassword(deps, { token: next.token, password: PASSWORD, at })).toMatchObject({
      ok: true,
      needs: null,
    });
  });

  it('is waited for 15 minutes', async () => {
    const { email, secret } = await personWithApp(deps, now);
    const step = await tryPassword(email, PASSWORD);
    if (!step.ok) throw new Error(step.why);
    const at = later(now, 16);
    expect(await pendingSignIn(deps, step.token, at)).toBeUndefined();
    expect(await giveSecondFactor(deps, { token: step.token, code: codeAt(secret, at), at })).toEqual(ENDED);
  });
});

describe('somebody signed in', () => {
  it('changes the password with the present one; every other session ends', async () => {
    const { email, token } = await person(deps, now);
    const other = await tryPassword(email, PASSWORD);
    const change = (current: string, next: string) => changePassword(deps, { token, current, next, at: now });
    expect(await change('not this one', 'another long word')).toEqual(REFUSED);
    expect(await change(PASSWORD, 'short')).toEqual({ ok: false, why: 'short' });
    expect(await change(PASSWORD, PASSWORD)).toEqual({ ok: false, why: 'same' });
    const done = await change(PASSWORD, 'another long word');
    if (!done.ok || !other.ok) throw new Error('refused');
    expect(await sessionOf(deps, done.token, now)).toBeDefined();
    expect(await sessionOf(deps, token, now)).toBeUndefined();
    expect(await sessionOf(deps, other.token, now)).toBeUndefined();
    expect(await tryPassword(email, 'another long word')).toMatchObject({ ok: true });
  });
});

describe('demo accounts', () => {
  it('are made once, for every role, and sign in with one step', async () => {
    await addDemoStaff(deps, now);
    await addDemoStaff(deps, now);
    const { rows } = await deps.db.query<{ roles: string[] }>('select roles from staff where demo');
    expect(rows).toHaveLength(13);
    expect(new Set(rows.flatMap(({ roles }) => roles)).size).toBe(10);
    expect(await tryPassword(demoAddress('agent'), DEMO_PASSWORD)).toMatchObject({ ok: true, needs: null });
  });

  it('open nothing in production', async () => {
    await expect(addDemoStaff(production, now)).rejects.toThrow('refused in production');
    const email = demoAddress('admin');
    const before = await tryPassword(email, DEMO_PASSWORD);
    if (!before.ok) throw new Error(before.why);
    expect(await signIn(production, { email, password: DEMO_PASSWORD, at: now })).toEqual(REFUSED);
    expect(await sessionOf(production, before.token, now)).toBeUndefined();
  });
});

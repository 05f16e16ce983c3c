/** Sessions: only a hash is kept, and each ends by rest, by age, and by what happens to its account. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAudit } from '../../src/privacy/audit.ts';
import {
  addStaff,
  changeAccess,
  disableStaff,
  enableStaff,
  findByEmail,
  findStaff,
  listStaff,
  resetPassword,
  resetSecondFactor,
} from '../../src/staff/accounts.ts';
import {
  extendSession,
  forgetSessions,
  isCsrfOf,
  openSession,
  sessionOf,
  signOut,
} from '../../src/staff/sessions.ts';
import { codeAt, later, openStaff, person, personWithApp } from './support.ts';

vi.setConfig({ testTimeout: 60_000 });

type Deps = Awaited<ReturnType<typeof openStaff>>;
let deps: Deps;
let mine: Awaited<ReturnType<typeof person>>;
const now = new Date('2026-03-02T09:00:00Z');
const by = { by: 'test', at: now };
const AGENT = { roles: ['agent'], units: null, area: null } as const;

beforeAll(async () => {
  deps = await openStaff();
});
beforeEach(async () => {
  mine = await person(deps, now);
});
afterAll(() => deps.close());

const isOpen = async (token: string, at = now) => (await sessionOf(deps, token, at)) !== undefined;

describe('a session', () => {
  it('says who it is, when it ends, and the word of its forms', async () => {
    const session = await sessionOf(deps, mine.token, now);
    expect(session).toMatchObject({
      staff: { key: mine.key, email: mine.email, name: 'Samir Haddad', roles: ['agent'], language: 'ar' },
      idleEndsAt: later(now, 30),
      expiresAt: later(now, 12 * 60),
    });
    const csrf = session?.csrf ?? '';
    expect(isCsrfOf(mine.token, csrf)).toBe(true);
    const other = await person(deps, now);
    expect(isCsrfOf(other.token, csrf)).toBe(false);
    for (const forged of ['', csrf.slice(1), `${csrf}=`, 'é'.repeat(43)])
      expect(isCsrfOf(mine.token, forged)).toBe(false);
  });

  it('is not to be had from the table', async () => {
    const { rows } = await deps.db.query<{ id: Buffer }>('select id from staff_session where staff = $1', [
      mine.key,
    ]);
    const [row] = rows;
    expect(row?.id).toHaveLength(32);
    for (const said of [row?.id.toString('base64url'), row?.id.toString('hex'), '', 'x'.repeat(100_000)])
      expect(await isOpen(said ?? '')).toBe(false);
  });

  it('ends after 30 minutes without a sign, and lives on with one', async () => {
    expect(await isOpen(mine.token, later(now, 29))).toBe(true);
    expect(await isOpen(mine.token, later(now, 30))).toBe(false);
    await extendSession(deps.db, mine.token, later(now, 29));
    expect(await isOpen(mine.token, later(now, 58))).toBe(true);
    await extendSession(deps.db, mine.token, later(now, 60));
    expect(await isOpen(mine.token, later(now, 60))).toBe(false);
  });

  it('ends after 12 hours, whatever is done', async () => {
    for (let minute = 20; minute < 12 * 60; minute += 20)
      await extendSession(deps.db, mine.token, later(now, minute));
    expect(await isOpen(mine.token, later(now, 12 * 60 - 1))).toBe(true);
    const last = await sessionOf(deps, mine.token, later(now, 12 * 60 - 1));
    expect(last?.idleEndsAt).toEqual(later(now, 12 * 60));
    await extendSession(deps.db, mine.token, later(now, 12 * 60));
    expect(await isOpen(mine.token, later(now, 12 * 60))).toBe(false);
  });

  it('ends when its person leaves, and is written down once', async () => {
    await signOut(deps.db, mine.token, later(now, 1));
    await signOut(deps.db, mine.token, later(now, 2));
    expect(await isOpen(mine.token)).toBe(false);
    const left = await readAudit(deps.db, { actor: mine.key, action: 'sign_out', limit: 9 });
    expect(left.map(({ at }) => at)).toEqual([later(now, 1)]);
  });

  it('opens nothing before it is complete', async () => {
    const token = await deps.db.transaction((tx) =>
      openSession(tx, { staff: mine.key, complete: false, secondFactor: false, signOn: false, at: now }),
    );
    expect(await isOpen(token)).toBe(false);
  });

  it('that has ended is taken out of the table, and no other', async () => {
    const fresh = await person(deps, later(now, 60));
    await forgetSessions(deps.db, later(now, 60));
    const { rows } = await deps.db.query<{ staff: string }>('select staff from staff_session');
    const left = rows.map(({ staff }) => staff);
    expect(left).toContain(fresh.key);
    expect(left).not.toContain(mine.key);
  });
});

describe('every session of a person ends', () => {
  it('when the account is disabled; enabled again, the old ones stay shut', async () => {
    expect(await disableStaff(deps, mine.key, by)).toEqual({ ok: true });
    expect(await isOpen(mine.token)).toBe(false);
    await enableStaff(deps, mine.key, by);
    expect(await isOpen(mine.token)).toBe(false);
  });

  it('when roles change', async () => {
    const access = { roles: ['case_officer'], units: ['payments'], area: 'AKK' } as const;
    expect(await changeAccess(deps, mine.key, access, by)).toEqual({ ok: true });
    expect(await isOpen(mine.token)).toBe(false);
    expect(await findByEmail(deps, mine.email, now)).toMatchObject(access);
    const [row] = await readAudit(deps.db, {
      subject: `staff:${mine.key}`,
      action: 'roles_changed',
      limit: 1,
    });
    expect(row?.details).toEqual({ before: AGENT, after: access });
  });

  it('when the password is reset', async () => {
    const reset = await resetPassword(deps, mine.key, by);
    expect(reset.ok && reset.password).toMatch(/^(\w{4}-){3}\w{4}$/);
    expect(await isOpen(mine.token)).toBe(false);
  });

  it('when the second factor is taken away', async () => {
    const { key, token, secret } = await personWithApp(deps, now);
    expect(codeAt(secret, now)).toMatch(/^\d{6}$/);
    expect(await resetSecondFactor(deps, key, by)).toEqual({ ok: true });
    expect(await isOpen(token)).toBe(false);
    expect((await findStaff(deps, key, now))?.hasSecondFactor).toBe(false);
  });

  it('and nobody else’s', async () => {
    const other = await person(deps, now);
    await disableStaff(deps, mine.key, by);
    expect(await isOpen(other.token)).toBe(true);
  });
});

describe('an account', () => {
  const newcomer = (more: object) =>
    addStaff(deps, { email: 'new@example.org', name: 'New', language: 'ar', ...AGENT, ...more }, by);

  it('is one for an address, however it is typed', async () => {
    expect(await newcomer({ email: ` ${mine.email.toUpperCase()} ` })).toEqual({ ok: false, why: 'exists' });
    expect((await findByEmail(deps, mine.email.toUpperCase(), now))?.key).toBe(mine.key);
  });

  it.each(['nothing', 'a@b', 'a b@example.org', '', `${'x'.repeat(300)}@example.org`])(
    'needs an address: %s',
    async (email) => {
      expect(await newcomer({ email })).toEqual({ ok: false, why: 'address' });
    },
  );

  it.each([[[]], [['king']], [['agent', 'constructor']]])('needs roles of the table: %j', async (roles) => {
    expect(await newcomer({ roles })).toEqual({ ok: false, why: 'roles' });
    const access = { units: null, area: null, roles: roles as never };
    expect(await changeAccess(deps, mine.key, access, by)).toEqual({ ok: false, why: 'roles' });
  });

  it('is changed by others only, so that the last administrator stays one', async () => {
    const own = { by: mine.key, at: now };
    expect(await changeAccess(deps, mine.key, { ...AGENT, roles: ['admin'] }, own)).toEqual({
      ok: false,
      why: 'own',
    });
    expect(await disableStaff(deps, mine.key, own)).toEqual({ ok: false, why: 'own' });
    expect(await isOpen(mine.token)).toBe(true);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'x', "' or true --"])('that is none: %s', async (key) => {
    expect(await disableStaff(deps, key, by)).toEqual({ ok: false, why: 'unknown' });
    expect(await findStaff(deps, key, now)).toBeUndefined();
  });

  it('holds name and address sealed', async () => {
    const { rows } = await deps.db.query('select staff::text as row from staff where key = $1', [mine.key]);
    const text = JSON.stringify(rows);
    expect(text).not.toContain(mine.email);
    expect(text).not.toContain(Buffer.from(mine.email).toString('hex'));
    expect(text).not.toContain(Buffer.from('Samir').toString('hex'));
  });

  it('stands in the list, the disabled last', async () => {
    await disableStaff(deps, mine.key, by);
    const list = await listStaff(deps, now);
    expect(list.at(-1)?.state).toBe('disabled');
    const states = list.map(({ state }) => state === 'disabled');
    expect(states).toEqual([...states].sort((one, other) => Number(one) - Number(other)));
  });
});

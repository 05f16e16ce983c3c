/** Single sign-on against a provider on the loopback: it opens accounts that exist, and nothing else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAudit } from '../../src/privacy/audit.ts';
import { addStaff, disableStaff } from '../../src/staff/accounts.ts';
import { sessionOf } from '../../src/staff/sessions.ts';
import { createSignOn, type SignOn } from '../../src/staff/sign-on.ts';
import { startIssuer, type Claims, type Issuer } from './stand-in-issuer.ts';
import { later, openStaff } from './support.ts';

vi.setConfig({ testTimeout: 30_000 });

const CLIENT = { clientId: 'wasl', clientSecret: 'a secret of the test' };
const BACK = 'https://wasl.example.org/console/sign-on/callback';
const now = new Date('2026-03-02T09:00:00Z');
const REFUSED = { ok: false, why: 'refused' };

let deps: Awaited<ReturnType<typeof openStaff>>;
let issuer: Issuer;
let signOn: SignOn;
let count = 0;
let me: { key: string; email: string };

beforeAll(async () => {
  deps = await openStaff();
});
beforeEach(async () => {
  issuer = await startIssuer(CLIENT);
  signOn = createSignOn(deps, { issuer: issuer.url, ...CLIENT }, BACK);
  count += 1;
  me = await newPerson(`sso${count}@example.org`);
  return () => issuer.stop();
});
afterAll(() => deps.close());

async function newPerson(email: string) {
  const added = await addStaff(
    deps,
    { email, name: 'Leila', roles: ['auditor'], units: null, area: null, language: 'en' },
    { by: 'test', at: now },
  );
  if (!added.ok) throw new Error(added.why);
  return { key: added.key, email };
}

async function begin() {
  const begun = await signOn.begin(now);
  if (!begun.ok) throw new Error(begun.why);
  return begun;
}

async function come(claims: Claims, from: { at?: Date; query?: (query: string) => string } = {}) {
  const { url, pending } = await begin();
  const query = issuer.authorize(url, { sub: 'subject-1', email: me.email, email_verified: true, ...claims });
  return signOn.finish({ query: from.query?.(query) ?? query, pending, at: from.at ?? now });
}

const lastRefusal = async () =>
  (await readAudit(deps.db, { action: 'sign_in_failed', limit: 1 }))[0]?.details?.['why'];

describe('single sign-on', () => {
  it('sends the browser with PKCE, state and nonce', async () => {
    const { url, pending } = await begin();
    const asked = new URL(url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'wasl',
      redirect_uri: BACK,
      scope: 'openid email',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{40,}$/);
    expect(pending).not.toContain(asked.get('state'));
  });

  it('opens the account of a verified address, complete, with the roles it has here', async () => {
    const step = await come({ email: me.email.toUpperCase(), roles: ['admin'], sub: 'mine' });
    if (!step.ok) throw new Error(step.why);
    expect(step.needs).toBeNull();
    const production = { ...deps, isProduction: true };
    expect((await sessionOf(production, step.token, now))?.staff).toMatchObject({
      key: me.key,
      roles: ['auditor'],
    });
    const [row] = await readAudit(deps.db, { actor: me.key, action: 'sign_in', limit: 1 });
    expect(row?.details).toEqual({ how: 'sign_on' });
  });

  it('makes no account', async () => {
    expect(await come({ email: 'stranger@example.org' })).toEqual(REFUSED);
    expect(await lastRefusal()).toBe('unknown');
    const { rows } = await deps.db.query<{ n: number }>('select count(*) as n from staff');
    expect(rows[0]?.n).toBe(count);
  });

  it.each([
    [{ email_verified: false }],
    [{ email_verified: undefined }],
    [{ email_verified: 'true' }],
    [{ email: undefined }],
  ])('refuses an address that is not verified: %j', async (claims) => {
    expect(await come(claims)).toEqual(REFUSED);
    expect(await lastRefusal()).toBe('unverified');
  });

  it('refuses a disabled account', async () => {
    await disableStaff(deps, me.key, { by: 'test', at: now });
    expect(await come({ sub: 'disabled' })).toEqual(REFUSED);
  });

  it('refuses another person who was given the address later', async () => {
    expect(await come({ sub: 'first holder' })).toMatchObject({ ok: true });
    expect(await come({ sub: 'first holder' })).toMatchObject({ ok: true });
    expect(await come({ sub: 'second holder' })).toEqual(REFUSED);
    expect(await lastRefusal()).toBe('other_subject');
    me = await newPerson(`second${count}@example.org`);
    expect(await come({ sub: 'first holder' })).toEqual(REFUSED);
    await deps.db.query('delete from staff where key = $1', [me.key]);
  });

  it.each([
    ['another state', { query: (query: string) => query.replace(/state=[^&]+/, 'state=forged') }],
    ['an unknown code', { query: (query: string) => query.replace(/code=[^&]+/, 'code=forged') }],
    ['no code', { query: () => 'error=access_denied' }],
    ['a return after 10 minutes', { at: later(now, 10) }],
  ])('refuses %s', async (_what, from) => {
    expect(await come({}, from)).toEqual(REFUSED);
  });

  it.each([
    ['another nonce', { nonce: 'forged' }],
    ['another audience', { aud: 'another client' }],
    ['another issuer', { iss: 'https://elsewhere.example.org' }],
    ['a token that has ended', { exp: 1_000_000_000 }],
  ])('refuses %s', async (_what, claims) => {
    expect(await come(claims)).toEqual(REFUSED);
    expect(await lastRefusal()).toBe('provider');
  });

  it('refuses a token signed with another key', async () => {
    issuer.useWrongKey();
    expect(await come({})).toEqual(REFUSED);
  });

  it('refuses an answer that another browser began, and one given twice', async () => {
    const [here, there] = [await begin(), await begin()];
    const query = issuer.authorize(here.url, { sub: 'twice', email: me.email, email_verified: true });
    expect(await signOn.finish({ query, pending: there.pending, at: now })).toEqual(REFUSED);
    expect(await signOn.finish({ query, pending: 'forged', at: now })).toEqual(REFUSED);
    expect(await signOn.finish({ query, pending: here.pending, at: now })).toMatchObject({ ok: true });
    expect(await signOn.finish({ query, pending: here.pending, at: now })).toEqual(REFUSED);
  });

  it('says that the provider does not answer, and tries again the next time', async () => {
    const { url, pending } = await begin();
    const query = issuer.authorize(url, {});
    const away = createSignOn(deps, { issuer: 'http://127.0.0.1:1', ...CLIENT }, BACK);
    expect(await away.begin(now)).toEqual({ ok: false, why: 'unreachable' });
    expect(await away.begin(now)).toEqual({ ok: false, why: 'unreachable' });
    await issuer.stop();
    expect(await signOn.finish({ query, pending, at: now })).toEqual({ ok: false, why: 'unreachable' });
  });

  it('speaks http outside production only', async () => {
    const strict = createSignOn({ ...deps, isProduction: true }, { issuer: issuer.url, ...CLIENT }, BACK);
    expect(await strict.begin(now)).toEqual({ ok: false, why: 'unreachable' });
  });
});

/** What strangers, broken browsers and bad people send to the console and the API: it changes nothing, and is answered clearly. */
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createToken, SCOPES } from '../../src/api/tokens.ts';
import { wordsIn } from '../../src/console/words.ts';
import { seed, stateOf, type Seeded } from './secrets.ts';
import { registered, startService, visitor, type TestService, type Visitor } from './support.ts';

const t = wordsIn('en');
/** A script, marks that turn text around, and one that ends it. */
const EVIL = '<script>document.title=1</script><img src=x onerror=alert(1)> "\' \u202Egnol\u2066 a\u0000b';

let service: TestService;
let s: Seeded;
let supervisor: Visitor;
let admin: Visitor;
let before = '';

beforeAll(async () => {
  service = await startService();
  s = await seed(service);
  await service.service.deployment.db.query("update staff set language = 'en'");
  [supervisor, admin] = await Promise.all([
    visitor(service.url, 'supervisor'),
    visitor(service.url, 'admin'),
  ]);
}, 180_000);
afterAll(() => service.stop());
beforeEach(async () => {
  before = await stateOf(service);
});

const unchanged = async () => {
  expect(await stateOf(service)).toBe(before);
};

async function count(sql: string, values: unknown[] = []): Promise<number> {
  return (await service.service.deployment.db.query(sql, values)).rowCount ?? 0;
}

async function versionOf(reference: string): Promise<string> {
  const { rows } = await service.service.deployment.db.query<{ version: number }>(
    'select version from grievance where reference = $1',
    [reference],
  );
  return String(rows[0]?.version);
}

describe('words', () => {
  it('that are scripts, or turn text around, stay words on every page that shows them', async () => {
    const notes = [
      await supervisor.post(`/console/cases/${s.open}/note`, {
        version: await versionOf(s.open),
        text: EVIL,
      }),
      await supervisor.post(`/console/desk/contacts/${s.contacts.open}/note`, { text: EVIL }),
    ];
    expect(notes.map(({ status }) => status)).toEqual([303, 303]);
    await service.sms(s.phones.open, EVIL.replace('\u0000', ''));
    const pages = await Promise.all(
      [`/console/cases/${s.open}`, `/console/desk/contacts/${s.contacts.open}`, '/console/tasks'].map(
        (path) => supervisor.ask(path),
      ),
    );
    pages.push(await supervisor.post('/console/search', { query: EVIL }));
    pages.push(await supervisor.post('/console/cases/new', { key: s.unknown.key, text: EVIL, step: 'look' }));
    for (const [index, { status, text }] of pages.entries()) {
      expect(status).toBe(200);
      const wrong = /.{0,80}(<script>document|<img src=x|[\u202a-\u202e\u2066-\u2069\u0000]).{0,80}/.exec(
        text,
      );
      expect(`page ${index}: ${wrong?.[0] ?? ''}`).toBe(`page ${index}: `);
    }
    expect(pages[0]?.text).toContain('&lt;script>document.title=1');
    expect(pages[1]?.text).toContain('&lt;script>document.title=1');
  });

  it('of a megabyte are told to be too long', async () => {
    const long = 'a'.repeat(1_000_000);
    const answers = [
      await supervisor.post(`/console/cases/${s.open}/note`, {
        version: await versionOf(s.open),
        text: long,
      }),
      await supervisor.post(`/console/desk/contacts/${s.contacts.open}/note`, { text: long }),
      await supervisor.post('/console/search', { query: long }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(413);
      expect(text).toContain(t('problem.too_large'));
    }
    const { token } = await createToken(service.service.deployment.db, {
      ...{ name: 'x', scopes: SCOPES, source: null, expiresAt: null, at: new Date() },
    });
    before = await stateOf(service, ['grievance', 'grievance_event', 'note']);
    const api = await supervisor.ask(`/api/v1/cases/${s.open}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'note', text: long }),
    });
    expect(api.status).toBe(413);
    expect(api.headers.get('content-type')).toContain('application/problem+json');
    expect(await stateOf(service, ['grievance', 'grievance_event', 'note'])).toBe(before);
  });
});

describe('addresses', () => {
  it(
    'with ends of text, half letters and things of others are answered, never broken on',
    { timeout: 120_000 },
    async () => {
      const odd = [
        '%00',
        '%E0%A4%A',
        '%',
        '..%2f..%2fetc',
        "'%20or%201=1--",
        'a'.repeat(3_000),
        '-1',
        '9'.repeat(40),
      ];
      const gets = registered(service).filter(({ method, path }) => method === 'get' && path.includes(':'));
      expect(gets.length).toBeGreaterThan(8);
      for (const [who, me] of Object.entries({
        supervisor,
        admin,
        protection: await visitor(service.url, 'protection'),
      }))
        for (const { path } of gets)
          for (const value of odd) {
            const asked = path.replace(/:\w+/g, value);
            const { status } = await me.ask(asked);
            expect(`${who} ${asked.slice(0, 80)}: ${status}`).toMatch(/: (200|400|404)$/);
          }
      await unchanged();
    },
  );

  it('with queries of all kinds are answered, never broken on', { timeout: 120_000 }, async () => {
    const lists = registered(service).filter(
      ({ method, path }) => method === 'get' && !/:|\/live|sign-on|\/attachments/.test(path),
    );
    const queries = [
      'after=%00&before=%00&subject=%00&actor=%00&action=%00&status=%00&contact=%00&period=%00&show=%00&next=%00&lang=%00',
      'after=1.1&before=99999999999999999999&from=0000-00-00&until=9999-99-99&period=never&category=__proto__',
      'after[]=x&after=y&after=z&__proto__=x&constructor=y&status=received&status=resolved&lang=xx&canned=..',
      `status=${'x'.repeat(6_000)}`,
    ];
    for (const [who, me] of Object.entries({ supervisor, admin }))
      for (const { path } of lists)
        for (const query of queries) {
          const { status, text } = await me.ask(`${path}?${query}`);
          const asked = `${who} ${path}?${query.slice(0, 60)}`;
          expect(`${asked}: ${status}`).toMatch(/: (200|303|400|404)$/);
          expect(text).not.toContain('\u0000');
        }
    expect((await supervisor.ask(`/console/cases?x=${'x'.repeat(40_000)}`)).status).toBe(431);
    await unchanged();
  });

  it('of what belongs to others move nothing', async () => {
    const agent = await visitor(service.url, 'agent');
    const other = await visitor(service.url, 'agent2');
    await other.post(`/console/desk/contacts/${s.contacts.open}/safe`, { on: 'yes' });
    const { db } = service.service.deployment;
    const { rows } = await db.query<{ id: string; household: string }>(
      `select i.id, h.key as household from interaction i, household h where i.ended_at is null limit 1`,
    );
    const [found] = rows;
    if (!found) throw new Error('agent2 is in no contact');
    const tables = ['interaction', 'contact', 'outbound', 'note', 'task'];
    const was = await stateOf(service, tables);
    const contact = `/console/desk/contacts/${s.contacts.open}`;
    const answers = [
      await agent.post('/console/desk/wrap-up', { id: found.id, code: 'other' }),
      await agent.post(`${contact}/answer`, { number: '1', said: 'x' }),
      await agent.post(`${contact}/undo`, { key: 'x' }),
      await agent.post(`${contact}/back`, {}),
      await agent.post(`${contact}/reply`, { key: 'x', text: 'hello' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303]);
    const reveal = await agent.post(`${contact}/reveal`, {
      ...{ household: found.household, field: 'number', purpose: 'verify' },
    });
    expect(reveal.status).toBe(303);
    expect(await stateOf(service, tables)).toBe(was);
    await unchanged();
  });
});

describe('forms', () => {
  it('that did not come from our pages are refused, every one', { timeout: 120_000 }, async () => {
    const posts = registered(service).filter(({ method }) => method === 'post');
    expect(posts.length).toBeGreaterThan(25);
    const stranger = await visitor(service.url, 'agent2');
    for (const [who, me] of Object.entries({ supervisor, admin }))
      for (const { path } of posts) {
        const filled = path
          .replace(':reference', s.open)
          .replace(':contact', s.contacts.open)
          .replace(':deed', 'note')
          .replace(/:\w+/g, s.unknown.key);
        const body = { version: '1', text: 'forged', code: 'other', state: 'down', ready: 'yes' };
        const json = JSON.stringify({ csrf: me.csrf, ...body });
        const refused = [
          await me.post(filled, { ...body, csrf: '' }),
          await me.post(filled, { ...body, csrf: 'x'.repeat(43) }),
          await me.post(filled, { ...body, csrf: stranger.csrf }),
          await me.post(filled, body, { origin: 'https://elsewhere.example' }),
          await me.post(filled, body, { 'sec-fetch-site': 'cross-site' }),
          await me.ask(filled, {
            method: 'POST',
            body: json,
            headers: { 'content-type': 'application/json' },
          }),
          await me.ask(filled, { method: 'POST', body: json, headers: { 'content-type': 'text/plain' } }),
          await me.ask(filled, { method: 'PUT', body: new URLSearchParams({ csrf: me.csrf }) }),
        ];
        expect(`${who} ${path}: ${refused.map(({ status }) => status).join(' ')}`).toBe(
          `${who} ${path}: ${refused.map(() => 403).join(' ')}`,
        );
        expect(refused[0]?.text).toContain(t('problem.forged'));
      }
    await unchanged();
  });

  it('with too many fields, or fields twice, are answered', async () => {
    const many = new URLSearchParams(Array.from({ length: 2_000 }, (_none, n) => [`f${n}`, 'x']));
    many.set('csrf', supervisor.csrf);
    const twice = new URLSearchParams([
      ...['csrf', 'csrf'].map((name) => [name, supervisor.csrf]),
      ...[
        ['version', '1'],
        ['version', '2'],
        ['text', ''],
        ['__proto__', 'x'],
        ['constructor', 'x'],
      ],
    ]);
    for (const body of [many, twice]) {
      const { status } = await supervisor.ask(`/console/cases/${s.open}/note`, { method: 'POST', body });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    await unchanged();
  });

  it('sent again do once what they do', async () => {
    const deed = async (fields: Record<string, string>, name: string) => {
      const form = { version: await versionOf(s.open), ...fields };
      const answers = [];
      for (let sent = 0; sent < 3; sent++)
        answers.push(await supervisor.post(`/console/cases/${s.open}/${name}`, form));
      return answers.map(({ status }) => status);
    };
    const events = () => count('select from grievance_event where reference = $1', [s.open]);
    const had = await events();
    expect(await deed({ reason: 'complex' }, 'escalate')).toEqual([303, 409, 409]);
    expect(await events()).toBe(had + 1);

    const key = '11111111-2222-4333-8444-555555555555';
    const fields = {
      key,
      contact: s.contacts.bribe,
      category: 'PAY-LESS',
      kind: 'complaint',
      text: 'less',
      step: 'save',
    };
    const form = { ...fields, channel: 'call', language: 'ar', programme: 'CASH' };
    const cases = await count('select from grievance');
    const lodged = [
      await supervisor.post('/console/cases/new', form),
      await supervisor.post('/console/cases/new', form),
    ];
    expect(lodged.map(({ location }) => location)).toEqual([lodged[0]?.location, lodged[0]?.location]);
    expect(lodged[0]?.location).toMatch(/^\/console\/cases\/\d{8}$/);
    expect(await count('select from grievance')).toBe(cases + 1);

    const calls = await count(`select from task where kind = 'callback'`);
    for (let sent = 0; sent < 2; sent++)
      await supervisor.post(`/console/desk/contacts/${s.contacts.bribe}/callback`, { key });
    expect(await count(`select from task where kind = 'callback'`)).toBe(calls + 1);

    await supervisor.post(`/console/desk/contacts/${s.contacts.bribe}/take`, { channel: 'sms' });
    const left = await count('select from outbound');
    for (let sent = 0; sent < 2; sent++)
      await supervisor.post(`/console/desk/contacts/${s.contacts.bribe}/reply`, {
        key,
        text: 'We look into it.',
      });
    expect(await count('select from outbound')).toBe(left + 1);
  });
});

describe('cookies', () => {
  const cookies = [
    'wasl_session=garbage',
    `wasl_session=${'x'.repeat(6_000)}`,
    'wasl_session=%00; wasl_visit=%00',
    'wasl_session=%E0%A4%A; wasl_language=<script>; wasl_theme="><script>alert(1)</script>; wasl_flash=<b>hello',
    'wasl_session=; wasl_flash=__proto__; wasl_language=__proto__; wasl_theme=constructor',
    `${'a=b; '.repeat(200)}wasl_session=x`,
    '=; ;;; wasl_session',
  ];
  it.each(cookies)('such as %s open nothing and break nothing', async (cookie) => {
    const nobody = await visitor(service.url);
    for (const path of ['/console/', '/console/desk', `/console/cases/${s.open}`, '/console/live'])
      expect(`${path} ${(await nobody.ask(path, { headers: { cookie } })).status}`).toBe(`${path} 303`);
    const page = await nobody.ask('/console/sign-in', { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/<script>|<b>hello/);
    const posted = await nobody.ask(`/console/cases/${s.open}/note`, {
      method: 'POST',
      body: new URLSearchParams({ csrf: nobody.csrf, version: '1', text: 'x' }),
      headers: { cookie },
    });
    // A session that is over leads to the sign-in; no session at all is a forged form.
    expect([303, 403]).toContain(posted.status);
    if (posted.status === 303)
      expect(posted.location).toBe(`/console/sign-in?next=${encodeURIComponent(`/console/cases/${s.open}`)}`);
    await unchanged();
  });

  it('of somebody who signed out open nothing any more', async () => {
    const me = await visitor(service.url, 'agent');
    const kept = me.cookie();
    expect((await me.ask('/console/desk', { headers: { cookie: kept } })).status).toBe(200);
    await me.post('/console/sign-out');
    expect((await me.ask('/console/desk', { headers: { cookie: kept } })).status).toBe(303);
  });
});

it('takes a request cut off in the middle for none', async () => {
  const { hostname, port } = new URL(service.url);
  await new Promise<void>((resolve) => {
    const cut = request({
      ...{ hostname, port, method: 'POST', path: `/console/cases/${s.open}/note` },
      headers: {
        cookie: supervisor.cookie(),
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': '5000',
      },
    });
    cut.on('error', () => {
      resolve();
    });
    cut.on('close', () => {
      resolve();
    });
    cut.write(`csrf=${encodeURIComponent(supervisor.csrf)}&version=1&text=half`);
    setTimeout(() => cut.destroy(), 100);
  });
  expect((await supervisor.ask('/console/account')).status).toBe(200);
  await unchanged();
});

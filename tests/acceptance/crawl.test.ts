/** Everything the service answers, asked as everybody: nothing restricted or private reaches who may not know of it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, createToken, type Scope } from '../../src/api/tokens.ts';
import { openCase } from '../../src/grievances/cases.ts';
import { findByEmail } from '../../src/staff/accounts.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { DEFINITIONS } from '../../src/insight/definitions.ts';
import { GUARDED, seed, stateOf, WORDS, write, type Seeded } from './secrets.ts';
import {
  EVERYBODY,
  registered,
  startService,
  visitor,
  type Answer,
  type TestService,
  type Visitor,
  type Who,
} from './support.ts';

const MOST_PAGES = 150;
let service: TestService;
let s: Seeded;
/** Beside the clock of the machine. */
let ahead = 0;

beforeAll(async () => {
  service = await startService({}, { now: () => new Date(Date.now() + ahead) });
  s = await seed(service);
  await service.service.deployment.db.query("update staff set language = 'en'");
}, 180_000);
afterAll(() => service.stop());

/** Bytes that only inspectors, and only protection officers, may be sent. */
const restricted = () => [
  s.bribe,
  s.bribeCall,
  WORDS.bribe,
  WORDS.inspectors,
  WORDS.caption,
  WORDS.photo,
  s.attachment,
];
const privately = () => [
  s.privateCase,
  WORDS.codeWord,
  WORDS.private,
  ...s.privateScreens.flatMap(tellingLines),
];

/** Lines of a screen that say what it is about. */
function tellingLines(screen: string): string[] {
  return screen.split('\n').filter((line) => line.length > 20 && !/112/.test(line));
}

function forbiddenTo(who: Who | 'stranger' | 'system', { sensitive = false } = {}): string[] {
  return [
    ...(who === 'inspector' || sensitive ? [] : restricted()),
    ...(who === 'protection' ? [] : privately()),
  ];
}

/** What an answer must not hold, but for what the question itself held. */
function leaks(asked: string, answer: Answer, forbidden: readonly string[]): string[] {
  const said = [answer.text, answer.location ?? '', ...answer.headers.values()].join('\n');
  return forbidden
    .filter((secret) => !decodeURIComponent(asked).includes(secret) && said.includes(secret))
    .map((secret) => `${asked}: ${secret}`);
}

/** Codes alone, since the audit must be whole: who looked at which number. */
const isAudit = (path: string) => path.startsWith('/console/audit');
const CODES = () => [s.bribe, s.bribeCall, s.privateCase, s.attachment];

/** What stands for each part of an address: secrets, what belongs to others, what there is not. */
function values(name: string): { secret: string[]; unknown: string; others: string[] } {
  const { contacts, unknown } = s;
  switch (name) {
    case 'reference':
      return {
        secret: [s.bribe, s.bribeCall],
        unknown: unknown.reference,
        others: [s.open, s.nameless, 'x'],
      };
    case 'id':
      return {
        secret: [s.privateCase, s.attachment],
        unknown: unknown.key,
        others: [String(s.task), '1', "' or 1=1"],
      };
    case 'contact':
      return { secret: [], unknown: unknown.key, others: Object.values(contacts) };
    case 'indicator':
      return { secret: [], unknown: 'nothing', others: DEFINITIONS.map(({ id }) => id) };
    default:
      return { secret: [], unknown: unknown.key, others: [] };
  }
}

function fill(path: string, choose: (name: string) => string[]): string[] {
  const [, name] = /:(\w+)/.exec(path) ?? [];
  if (name === undefined) return [path];
  return choose(name).flatMap((value) => fill(path.replace(`:${name}`, encodeURIComponent(value)), choose));
}

/** Links, forms that only ask, and parts that the page fetches by itself. */
function leadsTo(html: string): string[] {
  const plain = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
  const links = [...html.matchAll(/(?:href|src|data-live)="(\/console[^"#]*)"/g)].map(([, to = '']) =>
    plain(to),
  );
  const asked = [...html.matchAll(/<form method="get"[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].flatMap(
    ([, action = '', inside = '']) =>
      [...inside.matchAll(/<select[^>]*name="([^"]+)".*?<\/select>/gs)].flatMap(([select, name = '']) =>
        [...select.matchAll(/<option value="([^"]+)"/g)].map(
          ([, value = '']) => `${action}?${new URLSearchParams({ [name]: plain(value) })}`,
        ),
      ),
  );
  return [...links, ...asked].filter((path) => !/\/(assets|sign-out|sign-on)/.test(path));
}

/** Pages of one shape look alike: a few of each are enough. */
function shapeOf(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{5,}/g, '*')
    .replace(/=[^&]*/g, '=')
    .replace(/\?before=.*/, '?before');
}

async function crawl(me: Visitor, starts: readonly string[]): Promise<Map<string, Answer>> {
  const found = new Map<string, Answer>();
  const shapes = new Map<string, number>();
  const waiting = [...starts];
  const given = new Set(starts);
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const shape = shapeOf(path);
    const seen = shapes.get(shape) ?? 0;
    if (found.has(path) || (!given.has(path) && (seen >= 12 || found.size >= MOST_PAGES + starts.length)))
      continue;
    shapes.set(shape, seen + 1);
    const answer = await me.ask(path);
    found.set(path, answer);
    if (answer.location?.startsWith('/console')) waiting.push(answer.location);
    waiting.push(...leadsTo(answer.text));
  }
  return found;
}

/** Two answers are the same but for the address that was asked, and for what changes with every answer. */
function told(answer: Answer, path: string): string {
  const text = [answer.status, answer.location ?? '', answer.text].join('\n');
  return text
    .replaceAll(encodeURIComponent(path), '§')
    .replaceAll(path, '§')
    .replace(/value="[\w-]{20,}"|data-session-left="\d+"/g, '');
}

const QUERIES = () => [
  `/console/cases?unit=inspection`,
  `/console/cases?status=received&late=yes`,
  ...['BRB', 'STF', 'FRD', 'SEN'].map((category) => `/console/cases?category=${category}`),
  `/console/cases?after=2020-01-01.${s.bribe}`,
  `/console/appeals?unit=inspection`,
  `/console/part/cases/${s.bribe}?version=0`,
  `/console/desk/contacts/${s.contacts.bribe}?show=cases`,
  `/console/desk/contacts/${s.contacts.private}?show=calls`,
  `/console/cases/new?contact=${s.contacts.bribe}&category=STF`,
  `/console/dashboard/backlog?after=99999999999999.${s.bribe}`,
  `/console/audit?subject=contact:${s.contacts.bribe}`,
  `/console/tasks?mine=no`,
];

describe('pages, crawled', () => {
  const readers: (Who | 'stranger')[] = [...EVERYBODY, 'stranger'];
  it.each(readers)('tell %s nothing they may not know', { timeout: 180_000 }, async (who) => {
    const me = await visitor(service.url, who === 'stranger' ? undefined : who);
    const gets = registered(service).filter(({ method }) => method === 'get');
    expect(gets.length).toBeGreaterThan(40);
    const starts = [
      '/console/',
      ...gets
        .filter(({ path }) => !path.includes('/live'))
        .flatMap(({ path }) =>
          fill(path, (name) => {
            const { secret, unknown, others } = values(name);
            return [...secret, ...others, unknown];
          }),
        ),
      ...QUERIES(),
    ];
    const found = await crawl(me, starts);
    // A crawl that was sent to the door has seen nothing.
    if (who !== 'stranger') expect((await me.ask('/console/account')).status).toBe(200);
    const forbidden = forbiddenTo(who);
    const problems: string[] = [];
    for (const [path, answer] of found) {
      if (answer.status >= 500) problems.push(`${path}: ${answer.status}`);
      const rest = isAudit(path) ? forbidden.filter((one) => !CODES().includes(one)) : forbidden;
      problems.push(...leaks(path, answer, rest));
    }

    // What they may not know of is answered as what there is not.
    for (const { path } of gets) {
      const [, name = ''] = /:(\w+)/.exec(path) ?? [];
      const { secret, unknown } = values(name);
      const [ofUnknown = ''] = fill(path, () => [unknown]);
      for (const id of secret.filter((one) => forbidden.includes(one))) {
        const [ofSecret = ''] = fill(path, () => [id]);
        const [one, other] = [await me.ask(ofSecret), await me.ask(ofUnknown)];
        if (told(one, ofSecret) !== told(other, ofUnknown))
          problems.push(`${ofSecret} is told from ${ofUnknown}`);
      }
    }
    expect(problems).toEqual([]);

    // The crawl can find what is there: who may know of it does.
    const all = [...found.values()].map(({ text }) => text).join('\n');
    const seen = (list: string[]) => list.filter((one) => all.includes(one.replaceAll("'", '&#39;')));
    if (who === 'inspector')
      expect(seen([s.bribe, s.bribeCall, WORDS.bribe, WORDS.inspectors])).toHaveLength(4);
    if (who === 'protection') expect(seen([s.privateCase, WORDS.codeWord, WORDS.private])).toHaveLength(3);
    if (who === 'agent' || who === 'supervisor' || who === 'officer')
      expect(seen([s.open, WORDS.open, s.nameless, WORDS.nameless])).toHaveLength(4);
    if (who === 'stranger') expect(found.size).toBeGreaterThan(40);
  });

  it('never tie a nameless case to the phone it came from', async () => {
    const me = await visitor(service.url, 'supervisor');
    const conversation = await me.ask(`/console/desk/contacts/${s.contacts.nameless}`);
    expect(conversation.status).toBe(200);
    for (const secret of [s.nameless, WORDS.nameless]) expect(conversation.text).not.toContain(secret);
    const page = await me.ask(`/console/cases/${s.nameless}`);
    expect(page.text).toContain(WORDS.nameless);
    for (const secret of [s.contacts.nameless, s.phones.nameless, s.phones.nameless.slice(-8)])
      expect(page.text).not.toContain(secret);
  });

  it('show the conversation of who asked for a trained person as one of somebody who hung up', async () => {
    const other = service.handset('+96170000011');
    await other.dial();
    await other.keys('2', '3');
    const me = await visitor(service.url, 'agent');
    // That colleagues looked at it stands there too.
    const linesOf = async (contact: string) =>
      (await me.ask(`/console/part/desk/timeline/${contact}`)).text
        .split('<article')
        .filter((item) => item.includes('session-lines'))
        .map((item) =>
          item
            .replace(/<time.*?<\/time>/gs, '')
            .replace(/(id|href|data-[a-z-]+|aria-[a-z]+)="[^"]*"/g, '')
            .replace(/\d+/g, '#'),
        )
        .join('\n')
        .replace(/<\/div>$/, '');
    const key = service.service.deployment.keys.index('contact', '+96170000011');
    expect(await linesOf(key)).not.toBe('');
    expect(await linesOf(s.contacts.private)).toBe(await linesOf(key));
  });
});

describe('forms', () => {
  const deeds = [
    'acknowledge',
    'review',
    'take',
    'note',
    'escalate',
    'decide',
    'withdraw',
    'accused',
    'unit',
    'category',
  ];
  const privateDeeds = ['attempt', 'safe', 'note', 'referral', 'close', 'reopen'];
  const FIELDS = {
    ...{
      version: '1',
      text: 'forged',
      reason: 'complex',
      outcome: 'reached',
      step: 'send',
      answer: 'forged',
    },
    ...{ unit: 'payments', category: 'PAY-NR', area: 'BEY', service: 'x', consent: 'x', codeWord: 'forged' },
  };

  it.each([...EVERYBODY, 'stranger' as const])(
    'about what they may not know of are answered to %s as about nothing, and change nothing',
    { timeout: 120_000 },
    async (who) => {
      const me = await visitor(service.url, who === 'stranger' ? undefined : who);
      const forbidden = forbiddenTo(who);
      const before = await stateOf(service);
      const problems: string[] = [];
      const compare = async (pathOf: (id: string) => string, secret: string, unknown: string) => {
        const [one, other] = [await me.post(pathOf(secret), FIELDS), await me.post(pathOf(unknown), FIELDS)];
        if (told(one, pathOf(secret)) !== told(other, pathOf(unknown)))
          problems.push(`${pathOf(secret)} is told from nothing`);
        problems.push(...leaks(pathOf(secret), one, forbidden));
      };
      if (forbidden.includes(s.bribe))
        for (const deed of deeds)
          await compare((id) => `/console/cases/${id}/${deed}`, s.bribe, s.unknown.reference);
      if (forbidden.includes(s.privateCase))
        for (const deed of privateDeeds)
          await compare((id) => `/console/private/${id}/${deed}`, s.privateCase, s.unknown.key);
      if (who !== 'inspector')
        for (const deed of ['claim', 'attempt', 'done'])
          await compare((id) => `/console/tasks/${id}/${deed}`, String(s.task), String(s.unknown.task));
      // Their own forms, with numbers of others in them.
      for (const query of [s.bribe, s.bribeCall, WORDS.bribe, s.privateCase]) {
        const one = await me.post('/console/search', { query });
        problems.push(...leaks(`/console/search ${query}`, one, forbidden));
        if (one.location?.includes(query) && forbidden.includes(query))
          problems.push(`the search finds ${query}`);
      }
      for (const category of ['STF', 'PAY-NR']) {
        const fields = { key: s.unknown.key, contact: s.contacts.bribe, category, step: 'look' };
        problems.push(...leaks('/console/cases/new', await me.post('/console/cases/new', fields), forbidden));
      }
      for (const { id } of DEFINITIONS)
        for (const period of ['today', 'days30']) {
          const csv = await me.post('/console/dashboard/export', { indicator: id, period });
          problems.push(...leaks(`export of ${id}`, csv, forbidden));
        }
      const audit = await me.post('/console/audit/export', {});
      problems.push(
        ...leaks(
          'audit',
          audit,
          forbidden.filter((one) => !CODES().includes(one)),
        ),
      );
      expect(problems).toEqual([]);
      expect(await stateOf(service)).toBe(before);
    },
  );

  it(
    'of administration and content move nothing for who has no part in them',
    { timeout: 120_000 },
    async () => {
      const posts = registered(service).filter(
        ({ method, path }) => method === 'post' && /\/(admin|replies)/.test(path),
      );
      expect(posts.length).toBeGreaterThan(8);
      const { rows } = await service.service.deployment.db.query<{ key: string }>(
        `select key from staff where 'admin' = any(roles)`,
      );
      const before = await stateOf(service);
      for (const who of ['agent', 'officer', 'inspector', 'auditor'] as const) {
        const me = await visitor(service.url, who);
        const nothing = told(await me.post('/console/there-is-none'), '/console/there-is-none');
        for (const { path } of posts)
          for (const filled of fill(path, () => rows.map(({ key }) => key))) {
            const answer = await me.post(filled, {
              roles: 'admin',
              scope: 'all',
              state: 'down',
              key: 'x',
              id: 'x',
            });
            expect(`${filled}: ${answer.status}`).toBe(`${filled}: 404`);
            expect(told(answer, filled)).toBe(nothing);
          }
      }
      expect(await stateOf(service)).toBe(before);
    },
  );
});

describe('news', () => {
  it('of secret cases reach those alone who work on them', { timeout: 60_000 }, async () => {
    const heard = new Map<string, string>();
    const streams = new AbortController();
    const readers = [
      'agent',
      'supervisor',
      'officer',
      'protection',
      'auditor',
      'admin',
      'inspector',
    ] as const;
    const opened = readers.map(async (who) => {
      const me = await visitor(service.url, who);
      const query = new URLSearchParams({ reference: s.bribe, contact: s.contacts.bribe });
      const response = await fetch(`${service.url}/console/live?${query}`, {
        headers: { cookie: me.cookie(), accept: 'text/event-stream' },
        signal: streams.signal,
      });
      void (async () => {
        const decoder = new TextDecoder();
        for await (const part of response.body ?? [])
          heard.set(who, (heard.get(who) ?? '') + decoder.decode(part));
      })().catch(() => undefined);
    });
    await Promise.all(opened);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await write(service, 'inspector', `/console/cases/${s.bribe}`, 'note', { text: WORDS.inspectors });
    await write(service, 'protection', `/console/private/${s.privateCase}`, 'note', { text: WORDS.private });
    await expect.poll(() => heard.get('inspector') ?? '', { timeout: 10_000 }).toContain('"kind":"case"');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    streams.abort();
    for (const who of readers)
      if (who !== 'inspector') expect(`${who}: ${heard.get(who) ?? ''}`).not.toContain('event: change');
    for (const text of heard.values()) expect(text).not.toMatch(new RegExp(`${s.bribe}|${s.privateCase}`));
  });
});

describe('the API', () => {
  // A token notes its last day.
  const UNTOUCHED = GUARDED.filter((table) => table !== 'api_token');
  const SETS: Scope[][] = [
    ...SCOPES.map((scope) => [scope]),
    SCOPES.filter((scope) => scope !== 'cases:sensitive'),
    [...SCOPES],
  ];

  it.each(SETS.map((scopes) => [scopes.join(' '), scopes] as const))(
    'tells a token with %s no more than it may know',
    { timeout: 60_000 },
    async (_name, scopes) => {
      const { db } = service.service.deployment;
      const { token } = await createToken(db, {
        ...{ name: 'crawl', scopes, source: null, expiresAt: null, at: new Date() },
      });
      const me = await visitor(service.url);
      const api = (method: string, path: string, json?: unknown) =>
        me.ask(`/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            'x-request-id': 'crawl-crawl',
            ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        });
      const sensitive = scopes.includes('cases:sensitive') && scopes.length > 1;
      const forbidden = forbiddenTo('system', { sensitive });
      const answers: [string, Answer][] = [];
      const ask = async (method: string, path: string, json?: unknown) => {
        const answer = await api(method, path, json);
        answers.push([`${method} ${path}`, answer]);
        return answer;
      };
      const before = await stateOf(service, UNTOUCHED);
      const { paths } = JSON.parse((await ask('GET', '/openapi.json')).text) as {
        paths: Record<string, Record<string, unknown>>;
      };
      for (const [path, methods] of Object.entries(paths))
        for (const method of Object.keys(methods).filter((one) => one === 'get' || one === 'post'))
          for (const id of [s.bribe, s.privateCase, s.unknown.reference])
            await ask(method.toUpperCase(), path.replace(/\{\w+\}/, id), method === 'post' ? {} : undefined);
      await ask('GET', '/cases?updated_since=2020-01-01T00:00:00Z&limit=200');
      for (const phone of Object.values(s.phones))
        await ask('POST', '/conversations/search', { phone, limit: 200 });
      expect(answers.flatMap(([asked, answer]) => leaks(asked, answer, forbidden))).toEqual([]);
      if (!sensitive) {
        for (const [method, path, body] of [
          ['GET', (id: string) => `/cases/${id}`, undefined],
          ['POST', (id: string) => `/cases/${id}/events`, { kind: 'status', status: 'acknowledged' }],
          ['POST', (id: string) => `/cases/${id}/events`, { kind: 'note', text: 'forged' }],
        ] as const) {
          const [one, other] = [
            await api(method, path(s.bribe), body),
            await api(method, path(s.unknown.reference), body),
          ];
          expect(told(one, '-')).toBe(told(other, '-'));
        }
      } else {
        const all = answers.map(([, { text }]) => text).join('\n');
        for (const seen of [s.bribe, s.bribeCall]) expect(all).toContain(seen);
      }
      expect(await stateOf(service, UNTOUCHED)).toBe(before);
    },
  );
});

describe('numbers', () => {
  it('count no secret case for who may not know of it', { timeout: 120_000 }, async () => {
    const { db, keys, profile } = service.service.deployment;
    const snapshot = async (who: Who): Promise<string> => {
      const me = await visitor(service.url, who);
      const parts = [];
      for (const period of ['today', 'days30', 'month'])
        for (const path of [
          `/console/dashboard?period=${period}`,
          ...DEFINITIONS.map(({ id }) => `/console/dashboard/${id}?period=${period}`),
        ])
          parts.push(`${path}\n${(await me.ask(path)).text}`);
      for (const path of [
        '/console/dashboard/month',
        '/console/cases',
        '/console/tasks',
        '/console/callbacks',
      ])
        parts.push(`${path}\n${(await me.ask(path)).text}`);
      return parts
        .join('\n')
        .replace(/<time.*?<\/time>/gs, '')
        .replace(/(value|datetime|data-session-left)="[^"]*"|\d\d:\d\d(:\d\d)?/g, '');
    };
    const both = await findByEmail({ db, keys }, demoAddress('vendor'), new Date());
    await db.query(`update staff set roles = '{supervisor,inspector}' where key = $1`, [both?.key]);
    const all = ['supervisor', 'auditor', 'vendor'] as const;
    const before = new Map<Who, string>();
    for (const who of all) before.set(who, await snapshot(who));
    const bribes = Object.values(profile.categories).find(({ sensitivity }) => sensitivity === 'restricted');
    if (!bribes) throw new Error('the profile has no restricted category');
    for (let made = 0; made < 7; made++) {
      await db.transaction((tx) =>
        openCase(
          tx,
          { profile, keys },
          {
            kind: 'complaint',
            category: bribes,
            matter: null,
            programme: 'CASH',
            lodger: { anonymous: false, contact: s.contacts.bribe, area: 'BEY-03' },
            channel: 'ussd',
            language: 'en',
            words: { text: WORDS.bribe },
            at: new Date(Date.now() - 2 * 86_400_000),
            idempotency: randomUUID(),
          },
        ),
      );
    }
    ahead += 10_000;
    for (const who of ['supervisor', 'auditor'] as const) expect(await snapshot(who)).toBe(before.get(who));
    // Who is an inspector too is counted them.
    expect(await snapshot('vendor')).not.toBe(before.get('vendor'));
  });
});

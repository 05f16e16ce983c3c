/** Retention: what is old goes, what is young stays, the dry run says the same, and the documentation says it too. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSession } from '../../src/conversation/session.ts';
import { root } from '../../src/paths.ts';
import { chainAudit } from '../../src/privacy/audit-chain.ts';
import { RETENTION } from '../../src/privacy/retention-classes.ts';
import { dueByRetention, retainDaily, runRetention, wordsOf } from '../../src/privacy/retention.ts';
import { openDesk, type Desk } from '../grievances/support.ts';

const NOW = new Date('2035-06-15T08:00:00Z');
const OLD = '90000000-0000-4000-8000-000000000001';
const YOUNG = '90000000-0000-4000-8000-000000000002';
const STAFF = '90000000-0000-4000-8000-0000000000aa';
const ALIVE = '90000000-0000-4000-8000-0000000000cc';

let desk: Desk;
const ago = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const years = (n: number) => ago(n * 365.25 + 3);
const sealed = Buffer.from('00', 'hex');

const q = (sql: string, ...values: unknown[]) => desk.db.query(sql, values);
let serial = 0;
const id = () => `80000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`;
const reference = () => String(20_000_000 + ++serial);

const closedCase = async (
  at: Date,
  more: { sensitivity?: string; anonymous?: boolean; contact?: string } = {},
) => {
  const number = reference();
  const { sensitivity = 'open', anonymous = false, contact = null } = more;
  await q(
    `insert into grievance (reference, kind, category, sensitivity, status, route, contact, anonymous, anonymous_phone,
       household, text_sealed, due_on, created_at, updated_at, closed_at)
     values ($1, 'complaint', 'OTH', $2, 'closed', 'desk', $3, $4, $5, $6, $7, '2030-01-01', $8, $8, $8)`,
    ...[number, sensitivity, anonymous ? null : contact, anonymous, anonymous ? id() : null],
    ...[anonymous ? null : id(), sealed, at],
  );
  await q(
    `insert into grievance_event (reference, at, actor, kind, details, turn) values ($1, $2, 'citizen', 'details', $3, $4)`,
    ...[number, at, sealed, id()],
  );
  return number;
};

const AGES: [string, old: Date, young: Date, insert: (at: Date) => Promise<unknown>][] = [
  [
    'conversations',
    ago(800),
    ago(600),
    (at) =>
      q(`insert into message (at, contact, channel, direction) values ($1, $2, 'sms', 'in')`, at, ALIVE),
  ],
  [
    'conversations',
    ago(800),
    ago(600),
    (at) => q('insert into outbound_key (key, at) values ($1, $2)', id(), at),
  ],
  [
    'receipts',
    ago(91),
    ago(89),
    (at) =>
      q(
        `insert into outbound (contact, channel, provider, address, content, kind, priority, key, due, expires_at, state, provider_id, settled_at, created_at)
     values ($1, 'sms', 'p', $2, $2, 'reply', 0, $3::text, $4::timestamptz, $4::timestamptz, 'delivered', $3::text, $4::timestamptz, $4::timestamptz)`,
        ALIVE,
        sealed,
        id(),
        at,
      ),
  ],
  [
    'inbound',
    ago(8),
    ago(6),
    (at) => q(`insert into inbound (provider, id, at) values ('p', $1, $2)`, id(), at),
  ],
  [
    'callbacks',
    ago(2),
    ago(0.5),
    (at) =>
      q(
        `insert into early_receipt (provider, provider_id, state, raw, opt_out, at) values ('p', $1, 'sent', '', false, $2)`,
        id(),
        at,
      ),
  ],
  [
    'callbacks',
    ago(2),
    ago(0.5),
    (at) => q(`insert into dci_message (sender, message_id, at) values ('s', $1, $2)`, id(), at),
  ],
  ['cases', ago(740), ago(720), (at) => closedCase(at, { contact: ALIVE })],
  [
    'restricted cases',
    years(5),
    years(4),
    (at) => closedCase(at, { sensitivity: 'restricted', contact: ALIVE }),
  ],
  [
    'private matters',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into private_case (idempotency, sealed, contact_by, state, created_at) values ($1, $2, $3, 'done', $3)`,
        id(),
        sealed,
        at,
      ),
  ],
  ['nameless', ago(31), ago(29), (at) => closedCase(at, { anonymous: true })],
  [
    'drafts',
    ago(3),
    ago(0.5),
    (at) =>
      q(
        `insert into attachment (id, draft, kind, channel, language, provider, at, keep_until) values ($1::uuid, $1::uuid, 'photo', 'whatsapp', 'en', 'p', $2::timestamptz, $2::timestamptz + interval '2 days')`,
        id(),
        at,
      ),
  ],
  [
    'evidence',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into attachment (id, contact, kind, channel, language, provider, state, content, at, keep_until)
     values ($1, $3, 'photo', 'whatsapp', 'en', 'p', 'stored', $4, $2::timestamptz, $2::timestamptz + interval '24 months')`,
        id(),
        at,
        ALIVE,
        sealed,
      ),
  ],
  [
    'calls to make',
    ago(91),
    ago(89),
    (at) =>
      q(
        `insert into task (kind, contact, phone, promised_on, state, done_at, idempotency, created_at) values ('callback', $1, $2, '2030-01-01', 'done', $3, $4, $3)`,
        ALIVE,
        sealed,
        at,
        id(),
      ),
  ],
  [
    'desk',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into call (call_id, contact, state, started_at) values ($1, $2, 'ended', $3)`,
        id(),
        ALIVE,
        at,
      ),
  ],
  [
    'desk',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into interaction (staff, contact, channel, started_at, ended_at) values ($1, $2, 'call', $3, $3)`,
        STAFF,
        ALIVE,
        at,
      ),
  ],
  [
    'desk',
    ago(740),
    ago(720),
    (at) =>
      q('insert into note (at, staff, contact, sealed) values ($1, $2, $3, $4)', at, STAFF, ALIVE, sealed),
  ],
  [
    'desk',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into task (kind, contact, promised_on, state, done_at, idempotency, created_at) values ('callback', $1, '2030-01-01', 'done', $2, $3, $2)`,
        ALIVE,
        at,
        id(),
      ),
  ],
  [
    'waiting list',
    ago(740),
    ago(720),
    (at) => q(`insert into notify_when_open (contact, language, created_at) values ($1, 'en', $2)`, id(), at),
  ],
  [
    'questions',
    ago(3),
    ago(1),
    (at) =>
      q(
        `insert into question (contact, kind, reference, asked_at, until) values ($1, 'grv.ask', $2, $3, $3)`,
        ALIVE,
        id(),
        at,
      ),
  ],
  [
    'questions',
    ago(4),
    ago(1),
    (at) =>
      q(
        'insert into reference_guess (turn, contact, day) values ($1, $2, $3::timestamptz::date)',
        id(),
        ALIVE,
        at,
      ),
  ],
  [
    'questions',
    ago(3),
    ago(1),
    (at) =>
      q(
        `insert into identity_lock (kind, subject, failures, first_failed_at, locked_until) values ('phone', $1, 3, $2, $2)`,
        id(),
        at,
      ),
  ],
  [
    'confirmations',
    ago(740),
    ago(720),
    (at) =>
      q(
        `insert into payment_confirmation (key, payment, household, person, answer, fee, channel, at) values ($1::text, 'p', $1::text::uuid, $1::text::uuid, 'all', 'no', 'ussd', $2)`,
        id(),
        at,
      ),
  ],
  [
    'campaigns',
    ago(740),
    ago(720),
    async (at) => {
      const campaign = id();
      await q(
        `insert into campaign (id, kind, source, title, state, made_by, made_at, ended_at) values ($1, 'payments', 'due', 't', 'done', 'command', $2, $2)`,
        campaign,
        at,
      );
      await q(
        `insert into campaign_recipient (campaign, n, language, reach) values ($1, 1, 'en', 'full')`,
        campaign,
      );
    },
  ],
  [
    'parked payments',
    ago(367),
    ago(360),
    (at) =>
      q(
        `insert into payment_event (source, event_id, content, payment_ref, status, occurred_at, received_at, outcome, sealed) values ('s', $1, $2, 'p', 'ready', $3, $3, 'parked', $4)`,
        id(),
        id(),
        at,
        sealed,
      ),
  ],
  [
    'payment events',
    years(7),
    years(6),
    (at) =>
      q(
        `insert into payment_event (source, event_id, content, payment_ref, status, occurred_at, received_at, outcome, sealed) values ('s', $1, $2, 'p', 'ready', $3, $3, 'applied', $4)`,
        id(),
        id(),
        at,
        sealed,
      ),
  ],
  [
    'imports',
    ago(31),
    ago(29),
    async (at) => {
      const file = id();
      await q('insert into registry_import (file, updated_at) values ($1, $2)', file, at);
      await q(
        'insert into registry_import_row (file, household, part, line, sealed) values ($1, $1, 1, 1, $2)',
        file,
        sealed,
      );
    },
  ],
  [
    'imports',
    ago(31),
    ago(29),
    async (at) => {
      const file = id();
      await q('insert into payment_import (file, updated_at) values ($1, $2)', file, at);
      await q(`insert into payment_import_ref (file, payment_ref, line) values ($1, 'p', 1)`, file);
    },
  ],
  [
    'sign-ins',
    ago(1),
    ago(0),
    (at) =>
      q(
        `insert into staff_session (id, staff, created_at, last_seen_at, expires_at) values ($1, $2, $3::timestamptz, $3::timestamptz, $3::timestamptz + interval '15 minutes')`,
        Buffer.from(id()),
        STAFF,
        at,
      ),
  ],
];

beforeAll(async () => {
  desk = await openDesk();
  for (const day of ['2033-04-01', '2033-10-01', '2035-03-01', '2035-06-01'])
    await q('select ensure_message_partitions($1::date)', day);
  await q(
    `insert into staff (key, email, sealed, roles, language) values ($1::uuid, $1::uuid, $2, '{agent}', 'en')`,
    STAFF,
    sealed,
  );
  // Somebody who agreed to messages: she stays, whatever else goes.
  await q(
    `insert into contact (key, address, consent, created_at) values ($1, $2, 'full', $3)`,
    ALIVE,
    sealed,
    years(9),
  );
  await q(
    `insert into contact (key, address, created_at) values ($1, $3, $4), ($2, $3, $5)`,
    OLD,
    YOUNG,
    sealed,
    ago(740),
    ago(720),
  );
  await q(
    `insert into contact (key, address, stopped_at, created_at) values ($1, $2, $3, $3)`,
    id(),
    sealed,
    ago(900),
  );
  const state = desk.keys.sealJson(
    'conversation',
    {
      session: { ...newSession('fr', ago(3)), identity: { level: '2', person: OLD, household: OLD } },
      consent: 'full',
      ussd: { id: 'x' },
    },
    'conversation',
  );
  const place = `insert into conversation (contact, channel, seq, state, draft_until, updated_at) values ($1, $2, 7, $3, $4, $5)`;
  await q(place, ALIVE, 'sms', state, null, ago(2));
  await q(place, ALIVE, 'ussd', state, null, ago(0.5));
  await q(place, ALIVE, 'whatsapp', state, ago(-0.1), ago(2));
  for (const [, old, young, insert] of AGES) {
    await insert(old);
    await insert(young);
  }
  const webhook = id();
  await q(
    `insert into webhook (id, url, events, secret, position, created_at) values ($1, 'u', '{case.created}', $2, 0, now())`,
    webhook,
    sealed,
  );
  for (const [n, at, state] of [
    [1, ago(31), 'delivered'],
    [2, ago(31), 'waiting'],
    [3, ago(29), 'failed'],
  ] as const)
    await q(
      `insert into webhook_delivery (webhook, position, event, reference, state, created_at, next_at)
       select $1, $2, id, reference, $3, $4, $4 from grievance_event order by id limit 1`,
      webhook,
      n,
      state,
      at,
    );
  for (const at of [years(7), years(6)]) {
    await q(`insert into audit (at, actor, action) values ($1, 'command', 'tried')`, at);
    await chainAudit(desk, at);
  }
});
afterAll(() => desk.close());

const counts = (kept: { name: string; rows: number }[]) =>
  Object.fromEntries(kept.map(({ name, rows }) => [name, rows]));

/** One old row for each that was put in, and those that were put in apart. */
const expected: Record<string, number> = Object.fromEntries(RETENTION.map(({ name }) => [name, 0]));
for (const [name] of AGES) expected[name] = (expected[name] ?? 0) + 1;
Object.assign(expected, { places: 1, webhooks: 1, contacts: 1, audit: 1 });
// The old task of the desk keeps no words; the one that does is not so old.
Object.assign(expected, { evidence: 1 });

test('every class has an old row to remove', () => {
  expect(Object.entries(expected).filter(([, rows]) => rows === 0)).toEqual([]);
});

test('a dry run counts what is due and changes nothing', async () => {
  const before = await desk.rows('grievance');
  expect(counts(await dueByRetention(desk, NOW))).toEqual(expected);
  expect(await desk.rows('grievance')).toEqual(before);
});

test('a run removes exactly that, once, and the young stay', async () => {
  const tables = [
    ...new Set([
      'message',
      'inbound',
      'early_receipt',
      'dci_message',
      'private_case',
      'call',
      'note',
      'interaction',
      'question',
      'payment_event',
      'staff_session',
    ]),
  ];
  expect(counts(await runRetention(desk, { by: 'command', now: NOW }))).toEqual(expected);
  for (const table of tables)
    expect((await desk.rows(table)).length, table).toBe(table === 'payment_event' ? 2 : 1);
  expect(counts(await dueByRetention(desk, NOW))).toEqual(
    Object.fromEntries(RETENTION.map(({ name }) => [name, 0])),
  );
  const { rows } = await q(`select details from audit where action = 'retention_run'`);
  expect(rows).toEqual([{ details: expected }]);
});

test('an emptied case still counts, and leads to nobody', async () => {
  const { rows } = await q(
    `select g.status, g.category, g.text_sealed, g.contact, g.household, e.details, e.turn
     from grievance g join grievance_event e using (reference) where g.emptied_at is not null`,
  );
  expect(rows).toHaveLength(2);
  for (const row of rows)
    expect(row).toEqual({
      status: 'closed',
      category: 'OTH',
      text_sealed: null,
      contact: null,
      household: null,
      details: null,
      turn: null,
    });
});

test('a place that nobody goes on with keeps the language and nothing else', async () => {
  const { rows } = await desk.db.query<{ channel: string; state: Buffer }>(
    'select channel, state from conversation order by channel',
  );
  const opened = rows.map(({ channel, state }) => {
    const { session, ussd } = desk.keys.openJson('conversation', state, 'conversation') as {
      session: { language: string; identity: unknown };
      ussd: unknown;
    };
    return [channel, session.language, session.identity === null, ussd === null];
  });
  // By USSD she was here today, and in the chat her draft still waits.
  expect(opened).toEqual([
    ['sms', 'fr', true, true],
    ['ussd', 'fr', false, false],
    ['whatsapp', 'fr', false, false],
  ]);
});

test('as a chore it runs once a day, whichever process comes first', async () => {
  await Promise.all([1, 2, 3].map(() => retainDaily(desk, NOW)));
  await retainDaily(desk, NOW);
  await q(`insert into inbound (provider, id, at) values ('p', 'late', $1)`, ago(20));
  await retainDaily(desk, NOW);
  expect((await desk.rows('inbound')).length).toBe(2);
  await retainDaily(desk, ago(-1));
  expect((await desk.rows('retention_run')).length).toBe(2);
  expect((await q(`select from inbound where id = 'late'`)).rowCount).toBe(0);
});

test('the table of docs/privacy.md is the table that is carried out', () => {
  const text = readFileSync(path.join(root, 'docs/privacy.md'), 'utf8');
  const section = text.slice(text.indexOf('## How long things are kept'));
  const cells = section
    .slice(0, section.indexOf('\n## ', 3))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(cells).toEqual(
    RETENTION.map(({ name, what, term, since, then }) => [
      name,
      what,
      `${wordsOf(term)} after ${since}`,
      then,
    ]),
  );
});

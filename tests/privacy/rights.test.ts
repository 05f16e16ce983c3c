/**
 * Subject access and erasure after whole dialogs over the real callback: what she is given, what she is not, and that
 * nothing of her is left in any table but where the documentation says so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealDetails } from '../../src/evidence/attachment.ts';
import { createTask } from '../../src/grievances/tasks.ts';
import { recordAudit } from '../../src/privacy/audit.ts';
import { erasePerson, StillOpen, type Erased, type WithOpen } from '../../src/privacy/erase-person.ts';
import { exportPerson } from '../../src/privacy/export-person.ts';
import { exportPrivate } from '../../src/privacy/export-private.ts';
import type { SealPurpose } from '../../src/privacy/keys.ts';
import { SealBroken } from '../../src/privacy/seal.ts';
import { findSubject, type Asked } from '../../src/privacy/subject.ts';
import { startService, type Screen, type TestService } from '../support/service.ts';
import { testProfile } from '../support/test-profile.ts';

const PHONE = '+96171555123';
/** Her husband's, of the same family file. */
const HIS = '+96171555999';
const FILE = 'HH-900001';
const NAME = 'Zubaydah';
const NAMED = 'Lefkonico took half of it';
const ACCUSED = 'Marmarita asked for coins';
const NAMELESS = 'Qalamoun would not open';
const NOTE = 'Petroushka called twice';
const STAFF = '90000000-0000-4000-8000-0000000000aa';
const OFFICER = '90000000-0000-4000-8000-0000000000bb';

let test: TestService;
let db: TestService['service']['deployment']['db'];
let keys: TestService['service']['deployment']['keys'];
let contact = '';
const by = 'command';
const now = () => new Date();
const q = <R extends object = Record<string, unknown>>(sql: string, ...values: unknown[]) =>
  db.query<R>(sql, values);

const member = (id: string, role: string, name: string, phone: string) => ({
  person_id: id,
  role,
  given_name: name,
  family_name: 'Qanbarian',
  mother_name: 'Shirouzan',
  sex: 'female',
  birth_date: '1987-04-12',
  documents: [{ type: 'national_id', number: id === 'P-1' ? '990012345678' : '990012345679' }],
  phones: [{ number: phone, use: 'own' }],
  language: 'en',
  alive: true,
});

async function talk(phone: string, ...steps: [input: string, screen: RegExp][]): Promise<Screen> {
  const line = test.handset(phone);
  let screen = await line.dial();
  for (const [input, expected] of steps) {
    screen = await line.send(input);
    expect(screen.text, `after ${input}`).toMatch(expected);
  }
  return screen;
}

const complain = async (phone: string, choices: string, named: string, words: string, isFirst = false) => {
  const screen = await talk(
    phone,
    ...(isFirst ? ([['2', /Payment/]] as [string, RegExp][]) : []),
    ['3', /Complaint about/],
    ...Array.from(choices).map((choice, n): [string, RegExp] => [
      choice,
      n === choices.length - 1 ? /your name/ : /\n/,
    ]),
    [named, /details/],
    ['2', /few words/],
    [words, /Send this complaint/],
    ['1', /number/i],
  );
  return /\d{8}/.exec(screen.text)?.[0] ?? '';
};

let ordinary = '';
let restricted = '';
let nameless = '';

beforeAll(async () => {
  // Another name than demo: no thousand invented families to search through.
  const profile = testProfile();
  writeFileSync(profile, readFileSync(profile, 'utf8').replace('tenant: demo', 'tenant: trial'));
  test = await startService({ PROFILE: profile });
  ({ db, keys } = test.service.deployment);
  contact = keys.index('contact', PHONE);
  await test.importHouseholds({
    household_id: FILE,
    area: 'BEY-03',
    members: [member('P-1', 'head', NAME, PHONE), member('P-2', 'member', 'Farrokh', HIS)],
    enrolments: [{ programme: 'CASH', status: 'active', since: '2024-01-01' }],
    payments: [
      {
        payment_ref: 'PAY-900001',
        programme: 'CASH',
        period: '2026-11',
        amount: '145.00',
        currency: 'USD',
        status: 'ready',
        from: new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10),
        until: new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10),
        place: 'Main post office',
        provider: 'MTO-A',
        person_id: 'P-1',
      },
    ],
  });
  for (const [key, roles] of [
    [STAFF, '{agent}'],
    [OFFICER, '{protection_officer}'],
  ] as const)
    await q(
      `insert into staff (key, email, sealed, roles, language) values ($1::uuid, $1::uuid, '\\x00', $2, 'en')`,
      key,
      roles,
    );
  await life();
});
afterAll(() => test.stop());

/** All that she does on her channel, and all that is done about it. */
async function life() {
  nameless = await complain(PHONE, '14', '2', NAMELESS, true);
  ordinary = await complain(PHONE, '3', '1', NAMED);
  restricted = await complain(PHONE, '42', '1', ACCUSED);
  await talk(
    PHONE,
    ['3', /Complaint about/],
    ['5', /This is private/],
    ['8', /safe to call/],
    ['2', /When is it safe/],
    ['1', /Who should call/],
    ['1', /We will call you/],
  );
  await test.sms(PHONE, 'gibberish');
  const words = { details: 'gibberish on the phone', phone: PHONE };
  await createTask(db, keys, {
    ...{ kind: 'message', key: 'one', contact, language: 'en', promisedOn: '2026-12-01', at: now() },
    ...words,
  });
  await complain(HIS, '3', '1', 'His own words', true);
  await q(
    `update contact set consent = 'full', consent_at = now(), consent_words = 'May we?' where key = $1`,
    contact,
  );
  const household = keys.index('household', FILE);
  const { rows: people } = await q<{ person: string }>(
    'select person from person_phone where phone = $1',
    keys.index('phone', PHONE),
  );
  await q(
    `insert into payment_confirmation (key, payment, household, person, answer, fee, channel, at)
     values ($1, 'PAY-900001', $2, $3, 'less', 'no', 'ussd', now())`,
    `${contact}:ussd:99`,
    household,
    people[0]?.person,
  );
  await q(
    'insert into note (at, staff, contact, sealed) values (now(), $1, $2, $3)',
    STAFF,
    contact,
    keys.seal('conversation', NOTE, 'note'),
  );
  await q(
    `insert into call (call_id, contact, state, started_at) values ('c1', $1, 'ended', now())`,
    contact,
  );
  await q(
    `insert into interaction (staff, contact, channel, started_at, person, household, ended_at) values ($1, $2, 'call', now(), $3, $4, now())`,
    STAFF,
    contact,
    people[0]?.person,
    household,
  );
  const photo = '90000000-0000-4000-8000-0000000000ff';
  await q(
    `insert into attachment (id, contact, reference, kind, channel, language, provider, state, content, details, at, keep_until)
     values ($1, $2, $3, 'photo', 'whatsapp', 'en', 'p', 'stored', '\\x00', $4, now(), now())`,
    photo,
    contact,
    ordinary,
    sealDetails(keys, photo, { caption: `caption: ${NAMED}` }),
  );
  await q(
    `insert into grievance_event (reference, at, actor, kind, details) values ($1, now(), $2, 'note', $3)`,
    ordinary,
    STAFF,
    keys.sealJson('case', { text: 'Ask Grigoriadou about it' }, 'grievance.text'),
  );
  // The message that warns somebody else carries in its key whose turn caused it.
  await q(
    `with keyed as (insert into outbound_key (key) values ($1) returning key)
     insert into outbound (contact, channel, address, content, kind, priority, key, due, expires_at, state)
     select $2, 'sms', $3, $3, 'security', 1, key, now(), now(), 'delivered' from keyed`,
    `${contact}:ussd:4:otherphone`,
    keys.index('contact', HIS),
    keys.seal('conversation', HIS, 'contact.address'),
  );
  for (const [actor, action, purpose] of [
    [STAFF, 'timeline', 'call'],
    [OFFICER, 'timeline', 'desk'],
    ['token:abc', 'person_read', 'api'],
  ] as const)
    await recordAudit(db, { actor, action, subject: `contact:${contact}`, purpose, at: now() });
}

const subject = (asked: Asked) => findSubject(db, keys, asked);
const give = async (asked: Asked) => exportPerson({ db, keys }, await subject(asked), { by, now: now() });
const erase = async (asked: Asked, open: WithOpen): Promise<Erased> =>
  erasePerson({ db, keys }, await subject(asked), { open, by, now: now() });

/** As a reader sees it: JSON text. */
const text = (value: unknown) => JSON.stringify(value);

describe('what she is given', () => {
  it('has her conversations, cases, payments, contacts, and who looked, without names', async () => {
    const held = await give({ phone: PHONE });
    const said = text(held);
    for (const part of [
      PHONE,
      NAMED,
      ACCUSED,
      NOTE,
      ordinary,
      restricted,
      'May we?',
      'PAY-900001',
      'Main post office',
      'gibberish',
      `caption: ${NAMED}`,
      NAME,
    ])
      expect(said, part).toContain(part);
    expect(held).toMatchObject({
      about: 'phone',
      contact: { consent: 'full' },
      payments_said: [{ answer: 'less' }],
    });
    expect(held['calls']).toHaveLength(1);
    expect(held['contacts_with_agents']).toHaveLength(1);
    expect(held['callbacks_and_tasks']).toMatchObject([{ kind: 'message', phone: PHONE }]);
    const seen = held['seen_by'] as { role: string; action: string; purpose: string }[];
    expect(seen.map(({ role, action, purpose }) => [role, action, purpose])).toEqual([
      ['agent', 'timeline', 'call'],
      ['system', 'person_read', 'api'],
    ]);
    for (const hidden of [STAFF, OFFICER, 'Grigoriadou', 'Farrokh', 'His own words', 'protection'])
      expect(said, hidden).not.toContain(hidden);
  });

  it('has nothing that nobody may know to be hers', async () => {
    const said = text(await give({ phone: PHONE }));
    for (const hidden of [NAMELESS, nameless, 'woman']) expect(said, hidden).not.toContain(hidden);
  });

  it('of a household: its file and cases, but neither conversations nor what was lodged against staff', async () => {
    await q(`update grievance set household = $1 where reference = any($2)`, keys.index('household', FILE), [
      ordinary,
      restricted,
    ]);
    const said = text(await give({ household: FILE }));
    for (const part of ['Farrokh', NAME, NAMED, 'PAY-900001']) expect(said, part).toContain(part);
    for (const hidden of [ACCUSED, restricted, 'gibberish', NOTE, NAMELESS])
      expect(said, hidden).not.toContain(hidden);
  });

  it('private matters come apart, for her phone only, and leave no trace that names it', async () => {
    const find = async (phone: string) => {
      const found = await subject({ phone });
      if (found.kind !== 'phone') throw new Error('a phone');
      return exportPrivate({ db, keys }, found, { by, now: now() });
    };
    expect(await find(HIS)).toMatchObject({ matters: [] });
    const held = await find(PHONE);
    expect(held).toMatchObject({ matters: [{ state: 'open', call: { phone: PHONE, who: 'woman' } }] });
    expect(text(held)).not.toContain(NAMED);
    const { rows } = await q<{ subject: string }>(`select subject from audit where action = 'private_case'`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.subject).toMatch(/^private:/);
  });

  it('private matters are refused when their key does not open them', async () => {
    const closed: typeof keys = {
      ...keys,
      openJson: (purpose, sealed, context) => {
        if (purpose === 'sensitive') throw new SealBroken();
        return keys.openJson(purpose, sealed, context);
      },
    };
    const found = await subject({ phone: PHONE });
    if (found.kind !== 'phone') throw new Error('a phone');
    await expect(exportPrivate({ db, keys: closed }, found, { by, now: now() })).rejects.toThrow(
      'does not open',
    );
  });

  it('that it was given out is in the audit, without her number', async () => {
    const { rows } = await q<{ subject: string; purpose: string; row: string }>(
      `select subject, purpose, a::text as row from audit a where action = 'person_exported' order by id`,
    );
    expect(rows[0]).toMatchObject({ subject: `contact:${contact}`, purpose: 'subject_access' });
    expect(rows.map(({ row }) => row).join()).not.toContain(PHONE.slice(4));
  });
});

/** Whatever stands in a table, and whatever its sealed columns open to. */
async function everything(): Promise<{ table: string; text: string }[]> {
  const { rows: columns } = await q<{ table: string; bytes: string[] }>(
    `select table_name as table, coalesce(array_agg(column_name::text) filter (where data_type = 'bytea'), '{}') as bytes
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and table_type = 'BASE TABLE' group by table_name`,
  );
  const found: { table: string; text: string }[] = [];
  for (const { table, bytes } of columns) {
    const { rows } = await q<Record<string, unknown> & { row: string }>(
      `select *, t::text as row from "${table}" t`,
    );
    for (const row of rows) {
      const opened = bytes.map((column) =>
        Buffer.isBuffer(row[column]) ? open(`${table}.${column}`, row[column], row) : '',
      );
      found.push({ table: table.replace(/_(\d{4}_\d\d|other)$/, ''), text: [row.row, ...opened].join('\n') });
    }
  }
  return found;
}

const CONTEXTS = [
  'person',
  'household',
  'import',
  'contact.address',
  'conversation',
  'message',
  'note',
  'staff',
]
  .concat([
    'outbound.address',
    'outbound.content',
    'grievance.text',
    'grievance.answer',
    'grievance.evidence',
  ])
  .concat([
    'task.phone',
    'task.details',
    'referral.shared',
    'payment_event',
    'private_case',
    'private_event',
  ]);

const fits = new Map<string, { purpose: SealPurpose; context: string }>();

/** The column before tells which key and context most likely open the next. */
function open(column: string, sealed: Buffer, row: Record<string, unknown>): string {
  const last = fits.get(column);
  const own = ['source', 'content', 'details'].map((part) => `attachment.${part}:${String(row['id'])}`);
  const tried = [...CONTEXTS, ...own].flatMap((context) =>
    (['personal', 'conversation', 'case', 'sensitive'] as const).map((purpose) => ({ purpose, context })),
  );
  for (const fit of last ? [last, ...tried] : tried)
    try {
      const opened = keys.open(fit.purpose, sealed, fit.context);
      fits.set(column, fit);
      return opened;
    } catch {
      // Another context.
    }
  return '';
}

/** Tables with anything of hers: her number, name, words, or a hash that her number leads to. */
async function traces(): Promise<string[]> {
  const hashes = [contact, keys.index('phone', PHONE), keys.anonymous(PHONE)];
  const words = [
    PHONE.slice(1),
    PHONE.slice(4),
    NAME,
    NAMED,
    ACCUSED,
    NAMELESS,
    NOTE,
    'gibberish',
    'Grigoriadou',
  ];
  const found = new Set<string>();
  for (const { table, text: held } of await everything())
    if ([...hashes, ...words].some((part) => held.includes(part))) found.add(table);
  return [...found].sort();
}

describe('erasure', () => {
  it('is refused while cases are open, and changes nothing', async () => {
    const count = async () =>
      (await q('select (select count(*) from message) + (select count(*) from outbound) as n')).rows;
    const before = await count();
    await expect(erase({ phone: PHONE }, 'refuse')).rejects.toThrow(StillOpen);
    expect(await count()).toEqual(before);
    expect(await traces()).toEqual(
      expect.arrayContaining([
        'call',
        'contact',
        'conversation',
        'message',
        'note',
        'outbound',
        'payment_confirmation',
        'task',
      ]),
    );
  });

  it('keeps open cases whole, with the address to answer to, and erases the rest', async () => {
    const { kept, closed, erased } = await erase({ phone: PHONE }, 'keep');
    expect([kept.sort(), closed]).toEqual([[ordinary, restricted].sort(), []]);
    expect(erased).toMatchObject({ call: 1, note: 1, task: 1, payment_confirmation: 1, interaction: 1 });
    expect(erased['message']).toBeGreaterThan(10);
    expect(await traces()).toEqual([
      ...['attachment', 'audit', 'contact', 'conversation', 'grievance', 'grievance_event', 'person'],
      ...['person_phone', 'private_case'],
    ]);
    const held = await give({ phone: PHONE });
    expect(text(held['cases'])).toContain(NAMED);
    expect(held['messages']).toEqual([]);
  });

  it('a cached dialog does not come back', async () => {
    await talk(PHONE, ['3', /Complaint about/]);
    const { rows } = await q<{ state: Buffer }>(
      `select state from conversation where contact = $1 and channel = 'ussd'`,
      contact,
    );
    const opened = rows.map(({ state }) => keys.open('conversation', state, 'conversation')).join();
    expect(opened).not.toContain(ACCUSED);
  });

  it('takes back what is open if she says so, but not what accuses somebody', async () => {
    const { kept, closed } = await erase({ phone: PHONE }, 'close');
    expect([closed, kept]).toEqual([[ordinary], [restricted]]);
    const { rows } = await q(
      'select status, contact, text_sealed from grievance where reference = $1',
      ordinary,
    );
    expect(rows).toEqual([{ status: 'withdrawn', contact: null, text_sealed: null }]);
  });

  it('once nothing is open, nothing of her is left but what the documentation says', async () => {
    await q(`update grievance set status = 'closed', closed_at = now() where reference = $1`, restricted);
    const { erased, kept, stays } = await erase({ phone: PHONE }, 'refuse');
    expect(kept).toEqual([]);
    expect(erased).toMatchObject({ contact: 1, grievance: 1, conversation: 2 });
    expect(stays.join()).toMatch(/registry.*audit/);
    // The registry's copy; the audit by a keyed hash; a complaint without a name, which nobody can tell is hers, and the
    // private matter, which nobody may find by erasing.
    expect(await traces()).toEqual(['audit', 'grievance', 'person', 'person_phone', 'private_case']);
    const held = (await everything()).filter(({ table }) => table === 'grievance');
    expect(held.filter(({ text: row }) => row.includes(contact))).toEqual([]);
    expect(
      held.filter(({ text: row }) => row.includes(NAMELESS)).map(({ text: row }) => row.includes(nameless)),
    ).toEqual([true]);
    expect(held.some(({ text: row }) => row.includes('His own words'))).toBe(true);
  });

  it('a second time there is nothing left to do', async () => {
    expect((await erase({ phone: PHONE }, 'refuse')).erased).toEqual({});
  });

  it('who writes again is new, and what she does is no repetition of what was', async () => {
    const before = (await q('select from private_case')).rowCount ?? 0;
    const again = await complain(PHONE, '15', '2', 'Another time', true);
    expect(again).not.toBe(nameless);
    await complain(PHONE, '3', '1', 'Again');
    await complain(PHONE, '42', '1', 'Again that');
    await talk(
      PHONE,
      ['3', /Complaint about/],
      ['5', /This is private/],
      ['8', /safe to call/],
      ['2', /When is it safe/],
      ['1', /Who should call/],
      ['1', /We will call you/],
    );
    expect((await q('select from private_case')).rowCount).toBe(before + 1);
  });

  it('her no is kept, with the address it is about', async () => {
    await q('update contact set stopped_at = now() where key = $1', contact);
    await q(`update grievance set status = 'closed', closed_at = now() where contact = $1`, contact);
    const { stays } = await erase({ phone: PHONE }, 'refuse');
    expect(stays.join()).toContain('her no');
    const { rows } = await q('select stopped_at is not null as stopped from contact where key = $1', contact);
    expect(rows).toEqual([{ stopped: true }]);
    expect((await erase({ phone: PHONE }, 'refuse')).erased).toEqual({});
  });

  it('of a household leaves what was lodged against staff to the phone that lodged it', async () => {
    const household = keys.index('household', FILE);
    const his = keys.index('contact', HIS);
    const open = await complain(HIS, '42', '1', 'The clerk of the village');
    await q('update grievance set household = $1 where contact = $2', household, his);
    await q(
      `insert into note (at, staff, household, sealed) values (now(), $1, $2, '\\x00')`,
      STAFF,
      household,
    );
    await expect(erase({ household: FILE }, 'refuse')).rejects.toThrow(StillOpen);
    const { closed, kept, erased } = await erase({ household: FILE }, 'close');
    expect([closed.length, kept]).toEqual([1, []]);
    expect(erased).toMatchObject({ note: 1, grievance: 1 });
    const { rows } = await q(
      'select reference from grievance where contact = $1 and text_sealed is not null',
      his,
    );
    expect(rows).toEqual([{ reference: open }]);
    expect((await q('select from message where contact = $1', his)).rowCount).toBeGreaterThan(0);
  });

  it('is in the audit by its counts', async () => {
    const { rows } = await q<{ row: string }>(
      `select a::text as row from audit a where action = 'person_erased'`,
    );
    expect(rows.length).toBeGreaterThan(4);
    const all = rows.map(({ row }) => row).join('\n');
    expect(all).toContain('erasure_request');
    for (const part of [PHONE.slice(4), NAME, FILE]) expect(all).not.toContain(part);
  });
});

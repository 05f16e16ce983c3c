/** Lebanon, DAEM and ESSN: what systems.md §2.1 says works, through the real callback. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maySeeCase, type CaseFacts } from '../../src/grievances/visibility.ts';
import { periodOf } from '../../src/insight/period.ts';
import { receiptCsv, receiptTable } from '../../src/insight/receipt-table.ts';
import { takeEvents } from '../../src/payments/take-events.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { readLocales } from '../../src/locales.ts';
import { createTexts } from '../../src/render/texts.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let lebanon: Country;

beforeAll(async () => {
  lebanon = await openCountry('lebanon-daem');
});
afterAll(() => lebanon.stop());

const ARABIC = '1';
const ENGLISH = '2';

test('L1 the head of a family of seven reads 145 USD, the money transfer firm and the last date in six screens', async () => {
  const rima = lebanon.phone('+96171000001');
  const screen = await rima.dial(ARABIC, '2', '1', '0427', '1980');
  expect(screen).toContain('145 دولار');
  expect(screen).toContain('OMT');
  expect(screen).toContain(lebanon.date(10).slice(0, 5));
  expect(rima.screens.filter((line) => line.startsWith('    ')).length).toBeLessThanOrEqual(6);
  keepTranscript('lebanon-daem', rima);
});

test('L1 a family of two reads 65 USD', async () => {
  const screen = await lebanon.phone('+96171000002').dial(ENGLISH, '2', '1', '5512', '1961');
  expect(screen).toContain('65 USD is ready until');
  expect(screen).toContain('Whish');
});

test('L2 the nominee of a head without papers sees the payment and confirms it, but cannot change the phone', async () => {
  const karim = lebanon.phone('+96171000003');
  expect(await karim.dial(ENGLISH, '2', '1', '9001', '2000')).toContain('65 USD is ready');
  expect(await karim.type('2', '1')).toContain('Thank you, recorded.');
  expect(await karim.dial('9', '1', '9001', '2000')).toContain('Only the head can change the file.');
});

test('L2 a nominee of seventeen is refused by the rule of the profile', async () => {
  const jad = lebanon.phone('+96171000004');
  const year = String(lebanon.today.getFullYear() - 18);
  const later = await jad.dial(ENGLISH, '2', '1', '9002', year);
  const screen = later.includes('You must be 18')
    ? later
    : await jad.dial('2', '1', '9002', String(Number(year) + 1));
  expect(screen).toContain('You must be 18 or older.');
});

test('L3 a family moved from NPTP sees one programme, and that there is nothing to do or pay', async () => {
  const fadi = lebanon.phone('+96171000005');
  const screen = await fadi.dial(ENGLISH, '1', '9003', '1970');
  expect(screen).toContain('AMAN: Active');
  expect(screen).not.toContain('NPTP');
  expect(await fadi.type('1')).toContain('You do not need to do or pay anything. You cannot be in both.');
});

test('L3 a complaint filed under NPTP keeps its number when the family is moved', async () => {
  const ziad = lebanon.phone('+96171000008');
  await ziad.dial(ENGLISH, '1', '9006', '1968');
  const reference = referenceIn(await ziad.type('0', '0', '3', '2', '2', '1', '1', '1'));
  const before = await lebanon.case(reference);
  await lebanon.service.importHouseholds({
    household_id: 'LB-0008',
    area: 'AKK-02',
    members: [
      {
        person_id: 'P-8',
        role: 'head',
        given_name: 'Ziad',
        family_name: 'Azar',
        birth_date: '1968-01-01',
        documents: [{ type: 'national_id', number: '000012349006' }],
        phones: [{ number: '+96171000008', use: 'own' }],
        language: 'en',
      },
    ],
    enrolments: [
      { programme: 'NPTP', status: 'migrated', since: '2022-01-01', status_date: lebanonDay(0) },
      { programme: 'ESSN', status: 'active', since: lebanonDay(0), status_date: lebanonDay(0) },
    ],
  });
  expect(await ziad.dial('9', '5', reference)).toContain(`${reference}: `);
  expect(await lebanon.case(reference)).toEqual(before);
  expect(await ziad.dial('1', '9006', '1968')).toContain('AMAN: Active');
});

test('L4 of a payment run each family gets one notice, and running it again sends none', async () => {
  const { db, keys, profile } = lebanon.service.service.deployment;
  const families = Array.from({ length: 60 }, (_, at) => household(at));
  await lebanon.service.importHouseholds(...families);
  const texts = createTexts(readLocales(), profile, () => false);
  const notifier = createNotifier({ keys, texts, profile, now: lebanon.now });
  const events = families.map((_, at) => ({
    source: 'psp',
    eventId: `run-${at}`,
    occurredAt: lebanon.now(),
    status: 'ready' as const,
    reference: `RUN-${at}`,
  }));
  const run = () => takeEvents({ db, keys, profile, notifier, now: lebanon.now }, events.map(wholeEvent));
  await run();
  await run();
  for (const at of [0, 30, 59]) expect(await lebanon.phone(runner(at)).inbox()).toHaveLength(1);
});

test('L4 no more than twenty calls are promised for one day part; the others are told a later date', async () => {
  const promised: string[] = [];
  for (let at = 0; at < 25; at++)
    promised.push(await lebanon.phone(`+9617190${String(at).padStart(4, '0')}`).dial(ENGLISH, '8', '2'));
  const first = promised.filter((screen) => screen.startsWith('OK. We will call by'));
  expect(first).toHaveLength(20);
  expect(promised.slice(20).every((screen) => screen.startsWith('Many people are waiting today.'))).toBe(
    true,
  );
});

test('L5 while the hotline is down no text says its number, and a complaint still gets one of its own', async () => {
  const caller = lebanon.phone('+96171000099');
  const reference = referenceIn(await caller.dial(ENGLISH, '3', '1', '1', '1', '1', '1'));
  expect(reference).toMatch(/^\d{8}$/);
  const inboxes = await Promise.all(
    ['+96171000099', '+96171000003'].map((number) => lebanon.phone(number).inbox()),
  );
  const said = [...caller.screens, ...inboxes.flat()];
  expect(said.length).toBeGreaterThan(8);
  for (const text of said) expect(text).not.toMatch(/(?<![*\d])1747(?!#)/);
});

test('L6 a mukhtar who asks for money is a case that no local office sees', async () => {
  const screen = await lebanon.phone('+96171000098').dial(ENGLISH, '3', '4', '1', '1', '1', '1');
  const found = await lebanon.case(referenceIn(screen));
  expect(found).toMatchObject({ sensitivity: 'restricted', route: 'central_inspection', area: null });
  const facts = {
    ...found,
    decided_by: null,
    accused_area: null,
    accused_staff: null,
    original_decided_by: null,
    appealed: false,
  } as CaseFacts;
  expect(maySeeCase(officer({ area: 'BEY' }), facts)).toBe(false);
  expect(maySeeCase(officer({ roles: ['agent'] }), facts)).toBe(false);
  expect(maySeeCase(officer({ roles: ['inspector'] }), facts)).toBe(true);
});

test('L7 who asks for the school top-up reads the amount of the student, never that of the household', async () => {
  const layla = lebanon.phone('+96171000006');
  await layla.dial(ENGLISH, '1', '9004', '1975');
  const list = await layla.dial('1', '9004', '1975');
  const key = list.split('\n').find((line) => line.includes('School'))?.[0] ?? '';
  const screen = await layla.type(key, '1', '1');
  expect(screen).toContain('215 USD');
  expect(screen).not.toContain('65 USD');
  const amal = lebanon.phone('+96171000007');
  expect(await amal.dial(ENGLISH, '2', '1', '9005', '1975')).not.toContain('65 USD');
});

test('L8 monitors export what people said of their payments by firm, without a name', async () => {
  const hani = lebanon.phone('+96171000002');
  await hani.dial('2', '2', '5512', '1961', '2', '50', '1');
  const first = lebanonDay(-1);
  const lines = await receiptTable(lebanon.db, periodOf(first, lebanonDay(1), 'Asia/Beirut'));
  expect(lines).toEqual([
    { provider: 'OMT', all: 1, less: 0, nothing: 0, fee: 0 },
    { provider: 'Whish', all: 0, less: 1, nothing: 0, fee: 0 },
  ]);
  expect(receiptCsv('2026-11', lines)).toBe(
    'month,provider,all,less,nothing,fee_asked\r\n2026-11,OMT,1,0,0,0\r\n2026-11,Whish,0,1,0,0\r\n',
  );
});

function lebanonDay(days: number): string {
  return lebanon.date(days).split('/').reverse().join('-');
}

function officer(more: Partial<Staff>): Staff {
  return {
    key: '00000000-0000-4000-8000-0000000000aa',
    name: 'Officer',
    email: 'officer@countries.test',
    roles: ['case_officer'],
    units: null,
    area: null,
    language: 'en',
    ...more,
  };
}

const runner = (at: number): string => `+9617195${String(at).padStart(4, '0')}`;

function household(at: number): object {
  return {
    household_id: `LB-R${at}`,
    area: 'BEY-03',
    members: [
      {
        person_id: `P-R${at}`,
        role: 'head',
        given_name: 'Nadia',
        family_name: 'Fares',
        birth_date: '1980-01-01',
        documents: [{ type: 'national_id', number: `0000777${String(at).padStart(5, '0')}` }],
        phones: [{ number: runner(at), use: 'own' }],
        language: 'en',
      },
    ],
    enrolments: [{ programme: 'ESSN', status: 'active', since: '2024-01-01' }],
    payments: [
      {
        payment_ref: `RUN-${at}`,
        programme: 'ESSN',
        amount: '45.00',
        currency: 'USD',
        status: 'scheduled',
        from: lebanonDay(0),
        until: lebanonDay(20),
        place: 'Hamra',
        provider: 'OMT',
        person_id: `P-R${at}`,
      },
    ],
  };
}

type Event = Parameters<typeof takeEvents>[1][number];

function wholeEvent(event: Partial<Event>): Event {
  return {
    batch: null,
    beneficiary: null,
    payee: null,
    programme: null,
    period: null,
    amount: null,
    currency: null,
    method: null,
    provider: null,
    accountHint: null,
    from: null,
    until: null,
    place: null,
    reasonCode: null,
    reasonText: null,
    supersedes: null,
    ...event,
  } as Event;
}

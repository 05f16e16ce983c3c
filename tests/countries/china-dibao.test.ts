/** China, Dibao: what systems.md §2.9 says works, through the real callback. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { tellPosted } from '../../src/grievances/tell-posted.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { createTexts } from '../../src/render/texts.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let china: Country;

beforeAll(async () => {
  china = await openCountry('china-dibao');
});
afterAll(() => china.stop());

const ENGLISH = '2';
const FANG = { phone: '+8613800000001', shows: ['0013', '1980'] };
const MIGRANT = { phone: '+8613800000002', shows: ['0029', '1975'] };
const AGENT = { phone: '+8613800000003', shows: ['0548', '1990'] };
const APPLICANT = { phone: '+8613800000004', shows: ['0040', '1971'] };
const OBJECTOR = { phone: '+8613800000005', shows: ['0052', '1968'] };

/** What the service does each hour, at the time of the test. */
async function tell(): Promise<void> {
  const { db, keys, profile } = china.service.service.deployment;
  const texts = createTexts(readLocales(), profile, () => true);
  const notifier = createNotifier({ keys, texts, profile, now: china.now });
  await tellPosted({ db, keys, profile, notifier, now: china.now });
}

/** The registry moves a household on, so many days from the first. */
async function registrySays(household: string, status: string, days: number): Promise<void> {
  const lines = readFileSync(path.join(import.meta.dirname, 'china-dibao/households.ndjson'), 'utf8').split(
    '\n',
  );
  const line = lines.find((one) => one.includes(`"${household}"`)) ?? '';
  const record = JSON.parse(line) as { enrolments: object[] };
  const on = DateTime.fromJSDate(china.today, { zone: china.profile.calendar.tz }).plus({ days }).toISODate();
  const enrolments = [{ programme: 'DIBAO', status, since: '2026-01-05', status_date: on }];
  await china.service.importHouseholds({ ...record, enrolments });
}

test('C1 on the day of publication each household gets one notice with the last day to object', async () => {
  await tell();
  await tell();
  const inbox = await china.phone(FANG.phone).inbox();
  expect(inbox).toHaveLength(1);
  expect(inbox[0]).toContain(`results are posted in your area until ${china.date(7)}. You may object free`);
});

test('C6 what is told of a publication names no person, number or illness', async () => {
  const texts = Object.values(readLocales()).flatMap((texts) => [
    texts['sms.ap.posted'] ?? '',
    texts['st.next.posted'] ?? '',
  ]);
  const named = texts.flatMap((text) => [...text.matchAll(/\{\{(\w+)\}\}/gu)].map(([, name]) => name));
  expect([...new Set(named)].sort()).toEqual(['code', 'd', 'dd', 'hot', 'svc']);
  const [notice = ''] = await china.phone(OBJECTOR.phone).inbox();
  expect(notice).toContain('results are posted');
  expect(notice).not.toMatch(/Fang|Wang|ill|\d{5,}0052|13800000005/u);
});

test('C1 an objection at 23:59 of day 7 is in time, on day 8 it is late', async () => {
  china.setDay(7, '23:59');
  const fang = china.phone(FANG.phone);
  expect(await fang.dial(ENGLISH, '1', ...FANG.shows)).toContain('Dibao: Posted, you may object');
  expect(await fang.type('1')).toContain(`posted in your area until ${china.date(7)}`);
  expect(await fang.type('1')).toContain(`You can appeal until ${china.date(7)}.`);
  keepTranscript('china-dibao', fang);
  china.setDay(8, '00:00');
  const late = china.phone(FANG.phone);
  expect(await late.dial('1', ...FANG.shows)).toContain('Dibao: Being checked');
  expect(await late.type('2')).toContain(`The time to appeal ended on ${china.date(7)}.`);
  china.setDay(0);
});

test('C2 an objection goes to the township of the hukou, and the file is being checked again', async () => {
  china.setDay(7, '23:58');
  const caller = china.phone(OBJECTOR.phone);
  const done = await caller.dial(ENGLISH, '1', ...OBJECTOR.shows, '1', '1', '1', '1', '1');
  const reference = referenceIn(done);
  expect(await china.case(reference)).toMatchObject({ kind: 'appeal', route: 'township_yangshe' });
  const again = china.phone(OBJECTOR.phone);
  expect(await again.dial('1', ...OBJECTOR.shows)).toContain('Dibao: Being checked');
  await registrySays('CN-5', 'means test', 9);
  china.setDay(9);
  expect(await again.dial('1', ...OBJECTOR.shows)).toContain('Dibao: Being checked');
});

test('C2 after the county has approved, a second seven days begin', async () => {
  await registrySays('CN-5', 'county review', 15);
  china.setDay(20);
  await registrySays('CN-5', 'second publication', 20);
  await tell();
  const inbox = await china.phone(OBJECTOR.phone).inbox();
  expect(inbox.at(-1)).toContain(`results are posted in your area until ${china.date(27)}.`);
  const caller = china.phone(OBJECTOR.phone);
  expect(await caller.dial('1', ...OBJECTOR.shows)).toContain('Dibao: Posted, you may object');
  china.setDay(27, '23:59');
  expect(await caller.dial('1', ...OBJECTOR.shows, '2')).toContain(`You can appeal until ${china.date(27)}.`);
  china.setDay(28, '00:00');
  expect(await caller.dial('1', ...OBJECTOR.shows, '2')).toContain(`ended on ${china.date(27)}.`);
  china.setDay(0);
});

test('C3 a migrant elsewhere reads the status, and the office of the hukou', async () => {
  const caller = china.phone(MIGRANT.phone);
  expect(await caller.dial(ENGLISH, '1', ...MIGRANT.shows)).toContain('Dibao: Papers missing');
  expect(await caller.type('1')).toContain(`Bring it to Huaxi township by ${china.date(20)}`);
  await caller.type('0', '0');
  expect(await caller.type('4', '4')).toContain('Nearest office: Huaxi township');
});

test('C3 from a phone that nobody knows, the number of the ID shows the status', async () => {
  const caller = china.phone('+8613900000099');
  const screen = await caller.dial(ENGLISH, '1', '1', '520402197505050029', '1975');
  expect(screen).toContain('Dibao: Papers missing');
  expect(await caller.dial('4', '2')).toContain('Apply at the township of your hukou');
});

test('C4 no check of means begins without a yes to its sources', async () => {
  const { token } = await createToken(china.db, {
    name: 'hiavs',
    scopes: ['means:check'],
    source: 'hiavs',
    expiresAt: null,
    at: china.now(),
  });
  const begin = async (...sources: string[]) => {
    const answer = await fetch(`${china.service.url}/api/v1/means-checks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ household_id: 'CN-4', sources }),
    });
    return answer.status;
  };
  expect(await begin('tax', 'savings')).toBe(409);
  const caller = china.phone(APPLICANT.phone);
  expect(await caller.dial(ENGLISH, '9', '2', ...APPLICANT.shows)).toContain(
    'household register, tax, vehicles, work insurance, bank savings, shares',
  );
  expect(await begin('tax')).toBe(409);
  expect(await caller.type('1')).toContain('Your yes is kept.');
  expect(await begin('tax', 'savings')).toBe(201);
  expect(await begin('tax', 'clinic')).toBe(409);
  const { rows } = await china.db.query<{ details: Record<string, unknown> }>(
    `select details from audit where action = 'means_consent'`,
  );
  expect(rows.map(({ details }) => details)).toEqual([
    expect.objectContaining({
      answer: 'yes',
      sources: ['hukou', 'tax', 'vehicle', 'employment', 'savings', 'stock'],
      words: expect.stringContaining('bank savings') as string,
      language: 'en',
      channel: 'ussd',
    }),
  ]);
  expect(await china.phone(APPLICANT.phone).dial('9', '2', ...APPLICANT.shows, '1')).toContain(
    'Nothing is asked for.',
  );
  expect(await begin('tax')).toBe(409);
});

test('C5 the code of a village gives the line there, the nearest above it where the village has none', async () => {
  const caller = china.phone('+8613900000098');
  expect(await caller.dial(ENGLISH, '4', '1')).toContain('2.Amount in my area');
  expect(await caller.type('2', '320582101201')).toContain('Dibao in area 320582101201: 1,120 CNY.');
  expect(await caller.dial('4', '1', '2', '320582101207')).toContain('1,095 CNY');
  expect(await caller.dial('4', '1', '2', '520402003007')).toContain('690 CNY');
  expect(await caller.dial('4', '1', '2', '110101')).toContain('No amount is known for this code.');
});

test('the nominated agent follows the application and objects, but changes nothing', async () => {
  const agent = china.phone(AGENT.phone);
  expect(await agent.dial(ENGLISH, '1', ...AGENT.shows)).toContain('Dibao: Posted, you may object');
  const reference = referenceIn(await agent.type('1', '1', '1', '1', '1'));
  expect(await china.case(reference)).toMatchObject({ kind: 'appeal', area: '320582-101-202' });
  expect(await china.phone(AGENT.phone).dial('9', '1', ...AGENT.shows)).toContain('Only the head can change');
});

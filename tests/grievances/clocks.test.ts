/** The clocks of cases: at which instants they fire, what each does, and that each does it once. */
import { DateTime } from 'luxon';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/conversation/ports.ts';
import { askReferrals } from '../../src/grievances/ask-referrals.ts';
import { openCase } from '../../src/grievances/cases.ts';
import { answerCase, transition, type CaseStatus } from '../../src/grievances/lifecycle.ts';
import { runClocks, type ClockDeps } from '../../src/grievances/run-clocks.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import type { Calendar } from '../../src/profiles/calendar.ts';
import type { Profile } from '../../src/profiles/profile.ts';
import { RegistryUnavailable, type RegistryPerson } from '../../src/registry/registry.ts';
import { openDesk, PHONE, type Desk } from './support.ts';

const CALENDARS = {
  beirut: {
    tz: 'Asia/Beirut',
    weekend: ['sat', 'sun'],
    hours: ['08:00', '16:00'],
    holidays: ['2026-12-01'],
    special_hours: [],
  },
  baghdad: {
    tz: 'Asia/Baghdad',
    weekend: ['fri', 'sat'],
    hours: ['08:00', '15:00'],
    holidays: [],
    special_hours: [],
  },
  ramadan: {
    tz: 'Asia/Beirut',
    weekend: ['sat', 'sun'],
    hours: ['08:00', '16:00'],
    holidays: [],
    special_hours: [{ from: '2026-11-30', until: '2026-12-31', hours: ['09:00', '14:00'] }],
  },
} satisfies Record<string, Calendar>;

let desk: Desk;
let told: Notice[];
let persons: RegistryPerson[] | Error;
beforeAll(async () => {
  desk = await openDesk();
  await contactFor(desk.db, desk.keys, { from: PHONE });
});
beforeEach(async () => {
  told = [];
  persons = [];
  await desk.db.query('truncate grievance, referral, task, question cascade');
  await desk.db.query('update contact set consent = null, stopped_at = null');
});
afterAll(() => desk.close());

const at = (text: string, tz = 'Asia/Beirut') => DateTime.fromISO(text, { zone: tz }).toJSDate();
const withCalendar = (calendar: (typeof CALENDARS)[keyof typeof CALENDARS]): Profile => ({
  ...desk.profile,
  calendar,
});

function run(now: Date, more: Partial<ClockDeps> = {}): Promise<number> {
  return runClocks(deps(now, more));
}

function deps(now: Date, more: Partial<ClockDeps> = {}): ClockDeps {
  return {
    db: desk.db,
    keys: desk.keys,
    profile: desk.profile,
    registry: {
      findByPhone: () => (persons instanceof Error ? Promise.reject(persons) : Promise.resolve(persons)),
    },
    notifier: (_tx, _to, notice) => {
      told.push(notice);
      return Promise.resolve();
    },
    now,
    ...more,
  };
}

async function open(
  code: string,
  when: Date,
  {
    profile = desk.profile,
    contact = desk.contactOf(PHONE),
  }: { profile?: Profile; contact?: string | null } = {},
): Promise<string> {
  const category = profile.categories[code];
  if (!category) throw new Error(code);
  const { reference } = await desk.db.transaction((tx) =>
    openCase(
      tx,
      { profile, keys: desk.keys },
      {
        kind: 'complaint',
        category,
        matter: null,
        programme: null,
        lodger:
          contact === null
            ? { anonymous: true, phone: desk.keys.anonymous(PHONE) }
            : { anonymous: false, contact },
        channel: 'ussd',
        language: 'en',
        words: {},
        at: when,
        idempotency: null,
      },
    ),
  );
  await run(when, { profile });
  return reference;
}

const move = (reference: string, to: CaseStatus, when: Date, more = {}) =>
  desk.db.transaction((tx) =>
    transition(tx, reference, to, { actor: 'staff', reason: 'test', at: when, ...more }),
  );

async function caseRow(reference: string) {
  const { rows } = await desk.db.query<{
    status: string;
    level: number;
    due_on: string;
    clock: string | null;
    clock_at: Date | null;
    version: number;
  }>('select * from grievance where reference = $1', [reference]);
  if (!rows[0]) throw new Error('no case');
  return rows[0];
}

async function history(reference: string): Promise<string[]> {
  const { rows } = await desk.db.query<{ kind: string; reason: string | null; to_status: string | null }>(
    `select kind, reason, to_status from grievance_event where reference = $1 and actor = 'system' order by id`,
    [reference],
  );
  return rows.map(({ kind, reason, to_status }) => [kind, to_status, reason].filter(Boolean).join(' '));
}

/** What fires, and when, if nobody touches the case: the clock is set forward to each instant. */
async function life(reference: string, profile: Profile, count: number): Promise<string[]> {
  const { tz } = profile.calendar;
  const fired: string[] = [];
  for (let index = 0; index < count; index++) {
    const { clock, clock_at } = await caseRow(reference);
    if (clock === null || clock_at === null) break;
    await run(new Date(clock_at.getTime() - 1), { profile });
    expect((await caseRow(reference)).clock).toBe(clock);
    await run(clock_at, { profile });
    fired.push(`${clock} ${DateTime.fromJSDate(clock_at, { zone: tz }).toFormat('ccc yyyy-MM-dd HH:mm')}`);
  }
  return fired;
}

describe('the term of a case', () => {
  it.each([
    // Thursday at noon; three working days: Friday, Monday, Tuesday. 28 open hours, 22.4 of them are 80 %.
    ['beirut', 'PAY-CARD', '2026-11-19T12:00', ['warn Tue 2026-11-24 10:24', 'due Tue 2026-11-24 16:00']],
    // Over the holiday of 1 December.
    ['beirut', 'PAY-CARD', '2026-11-27T12:00', ['warn', 'due Thu 2026-12-03 16:00']],
    // Friday and Saturday off.
    ['baghdad', 'PAY-CARD', '2026-11-19T08:00', ['warn', 'due Tue 2026-11-24 15:00']],
    ['ramadan', 'PAY-CARD', '2026-11-26T08:00', ['warn', 'due Tue 2026-12-01 14:00']],
    // Plain days: a law counts them so. 30 days and 4 hours, 80 % of plain time.
    ['beirut', 'FRD', '2026-11-02T12:00', ['warn Thu 2026-11-26 15:12', 'due Wed 2026-12-02 16:00']],
    [
      'beirut',
      'STF',
      '2026-11-02T10:00',
      ['triage Wed 2026-11-04 16:00', 'warn', 'due Mon 2026-11-23 16:00'],
    ],
    [
      'beirut',
      'OTH',
      '2026-11-02T10:00',
      ['triage Tue 2026-11-03 16:00', 'warn', 'due Mon 2026-11-16 16:00'],
    ],
  ] as const)('%s %s from %s', async (country, code, from, expected) => {
    const profile = withCalendar(CALENDARS[country]);
    const reference = await open(code, at(from, profile.calendar.tz), { profile });
    const fired = await life(reference, profile, expected.length);
    expect(fired.map((line, index) => line.slice(0, Math.max(6, expected[index]?.length ?? 0)))).toEqual(
      expected.map((line) => (line === 'warn' ? (expect.stringMatching(/^warn /) as string) : line)),
    );
  });
});

describe('a date that has passed', () => {
  const lodged = at('2026-11-19T12:00');

  it('takes the case one level up each time, with a full term, and tells her the new date the same day', async () => {
    const reference = await open('PAY-CARD', lodged);
    const before = await caseRow(reference);
    await run(at('2026-11-24T15:59'));
    expect(await history(reference)).toEqual(['clock warn']);
    await run(at('2026-11-24T16:00'));
    expect(await history(reference)).toEqual(['clock warn', 'status escalated sla']);
    const { status, level, due_on, clock, version } = await caseRow(reference);
    expect({ status, level, due_on, clock }).toEqual({
      status: 'escalated',
      level: 1,
      due_on: '2026-11-27',
      clock: 'warn',
    });
    expect(version).toBeGreaterThan(before.version);
    expect(told).toEqual([
      {
        text: 'sms.grv.late',
        kind: 'notice',
        values: { ref: reference, d: '2026-11-27' },
        key: `grv.late:${reference}:1`,
      },
    ]);
  });

  it('on the highest level is a task for the supervisor, once', async () => {
    const reference = await open('PAY-CARD', lodged);
    await life(reference, desk.profile, 20);
    expect(await history(reference)).toEqual([
      ...['clock warn', 'status escalated sla', 'clock warn', 'status escalated sla'],
      ...['clock warn', 'status escalated sla', 'clock warn', 'clock due'],
    ]);
    await run(at('2027-03-01T12:00'));
    expect(await caseRow(reference)).toMatchObject({ level: 3, clock: null, clock_at: null });
    expect(await desk.rows('task')).toMatchObject([
      { kind: 'duty', about: 'overdue', unit: 'supervisor', reference, state: 'open' },
    ]);
    expect(told.map(({ text }) => text)).toEqual(['sms.grv.late', 'sms.grv.late', 'sms.grv.late']);
  });

  it('after an outage happens in order, and once', async () => {
    const reference = await open('STF', lodged);
    await run(at('2026-12-20T12:00'));
    expect(await history(reference)).toEqual(['clock triage', 'clock warn', 'status escalated sla']);
    await expect(run(at('2026-12-20T12:00'))).resolves.toBe(0);
  });

  it('fires once with three runners at once', async () => {
    const references: string[] = [];
    for (let count = 0; count < 20; count++) references.push(await open('PAY-CARD', lodged));
    const late = at('2026-11-24T16:00');
    const fired = await Promise.all([run(late), run(late), run(late)]);
    expect(fired.reduce((sum, count) => sum + count)).toBe(40);
    for (const reference of references) {
      expect(await history(reference)).toEqual(['clock warn', 'status escalated sla']);
    }
    expect(told.length).toBe(20);
  });

  it.each([
    ['no name', { contact: null }, 'PAY-CARD', 0],
    ['a report about another person', {}, 'FRD', 0],
    ['her own phone', {}, 'STF', 1],
  ] as const)('%s: %#', async (_name, who, code, count) => {
    await open(code, lodged, who);
    await run(at('2026-12-24T16:00'));
    expect(told.length).toBe(count);
  });

  const shared: RegistryPerson[] = [{ phoneUse: 'shared', household: 'h' } as RegistryPerson];
  it.each([
    ['a shared phone', shared, 'PAY-CARD', ['sms.pay.discreet']],
    ['a shared phone and a restricted case', shared, 'STF', []],
    ['a registry that is away', new RegistryUnavailable('away'), 'PAY-CARD', ['sms.pay.discreet']],
    ['a registry that is away and a restricted case', new RegistryUnavailable('away'), 'STF', []],
  ] as const)('%s', async (_name, found, code, texts) => {
    persons = found;
    await open(code, lodged);
    await run(at('2026-12-24T16:00'));
    expect(told.map(({ text }) => text)).toEqual(texts);
  });

  it('is not written about to who stopped messages', async () => {
    await open('PAY-CARD', lodged);
    await desk.db.query('update contact set stopped_at = now()');
    await run(at('2026-11-24T16:00'));
    expect(told).toEqual([]);
  });
});

describe('a case that waits for her', () => {
  it('stands still, and its date moves by as long', async () => {
    const reference = await open('PAY-CARD', at('2026-11-16T12:00'));
    expect((await caseRow(reference)).due_on).toBe('2026-11-19');
    await move(reference, 'awaiting_citizen', at('2026-11-17T10:00'));
    await run(at('2026-11-20T12:00'));
    expect(await history(reference)).toEqual([]);
    await move(reference, 'in_review', at('2026-11-23T10:00'));
    await run(at('2026-11-23T10:00'));
    expect(await caseRow(reference)).toMatchObject({ due_on: '2026-11-25', clock: 'warn' });
    await run(at('2026-11-23T10:01'));
    expect((await caseRow(reference)).due_on).toBe('2026-11-25');
  });

  it('reminds her once, and closes after 14 days', async () => {
    const reference = await open('PAY-CARD', at('2026-11-16T12:00'));
    await move(reference, 'awaiting_citizen', at('2026-11-17T10:00'));
    expect(await life(reference, desk.profile, 5)).toEqual([]);
    await run(at('2026-11-17T10:00'));
    expect(await life(reference, desk.profile, 5)).toEqual([
      'ask Tue 2026-11-24 10:00',
      'close Tue 2026-12-01 10:00',
    ]);
    expect(told).toMatchObject([{ text: 'sms.grv.wait', values: { ref: reference, d: '2026-12-01' } }]);
    expect(await history(reference)).toEqual(['clock ask', 'status closed no_reply']);
  });
});

describe('an answer', () => {
  async function answered(profile = desk.profile) {
    const reference = await open('PAY-CARD', at('2026-11-16T12:00'));
    await desk.db.transaction((tx) =>
      answerCase(
        tx,
        desk.keys,
        reference,
        { en: 'Paid' },
        { actor: 's', reason: 'paid', at: at('2026-11-17T10:00') },
      ),
    );
    await run(at('2026-11-17T10:00'), { profile });
    return reference;
  }

  it('is asked about after 3 days, and closed 14 days later if she is silent', async () => {
    const reference = await answered();
    expect(await life(reference, desk.profile, 5)).toEqual([
      'ask Fri 2026-11-20 10:00',
      'close Fri 2026-12-04 10:00',
    ]);
    expect(told).toMatchObject([{ text: 'sms.grv.ask', kind: 'notice', values: { ref: reference } }]);
    expect(await history(reference)).toEqual(['clock ask', 'status closed silent']);
    expect(await desk.rows('question')).toMatchObject([{ kind: 'grv.ask', reference }]);
  });

  it('is not asked about where others read, or where no reply can come back', async () => {
    persons = [{ phoneUse: 'borrowed', household: 'h' } as RegistryPerson];
    const first = await answered();
    await run(at('2026-11-20T10:00'));
    persons = [];
    const { channels } = desk.profile;
    const profile = { ...desk.profile, channels: { ...channels, sms: { ...channels.sms, two_way: null } } };
    const second = await answered(profile);
    await run(at('2026-11-20T10:00'), { profile });
    expect([await history(first), await history(second)]).toEqual([['clock unasked'], ['clock unasked']]);
    expect([told, await desk.rows('question')]).toEqual([[], []]);
    expect((await caseRow(first)).clock).toBe('close');
  });

  it('waits to be asked about while the registry is away, not for ever', async () => {
    persons = new RegistryUnavailable('away');
    const reference = await answered();
    await run(at('2026-11-20T10:00'));
    expect([await history(reference), (await caseRow(reference)).clock]).toEqual([[], 'ask']);
    await run(at('2026-11-28T10:00'));
    expect(await history(reference)).toEqual(['clock unasked']);
  });

  it('that is refused starts a new term', async () => {
    const reference = await answered();
    await move(reference, 'reopened', at('2026-11-19T10:00'), { dueOn: '2026-11-24', level: 1 });
    await run(at('2026-11-19T10:00'));
    expect((await life(reference, desk.profile, 2)).at(-1)).toBe('due Tue 2026-11-24 16:00');
    expect(await caseRow(reference)).toMatchObject({ status: 'escalated', level: 2 });
  });
});

it('asks once, when the date is over, whether the other service came', async () => {
  const reference = await open('PAY-CARD', at('2026-11-16T12:00'));
  await desk.db.query(
    `insert into referral (reference, contact, partner, need, state, due_on, created_at, updated_at)
     values ($1, $2, 'Red Cross', 'food', 'sent', '2026-11-23', now(), now())`,
    [reference, desk.contactOf(PHONE)],
  );
  await expect(askReferrals(deps(at('2026-11-23T15:59')))).resolves.toBe(0);
  const both = [askReferrals(deps(at('2026-11-23T16:00'))), askReferrals(deps(at('2026-11-23T16:00')))];
  expect((await Promise.all(both)).sort()).toEqual([0, 1]);
  expect(told).toMatchObject([{ text: 'sms.ref.back', kind: 'notice', values: { org: 'Red Cross' } }]);
  await expect(askReferrals(deps(at('2026-11-24T16:00')))).resolves.toBe(0);
});

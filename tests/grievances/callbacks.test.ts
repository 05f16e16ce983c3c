/** Calls are promised for days on which they can be made, and never more than the agents can make. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callDates } from '../../src/grievances/callbacks.ts';
import { createTask, openTask, type CallSlot } from '../../src/grievances/tasks.ts';
import type { Calendar } from '../../src/profiles/calendar.ts';
import { HOUSEHOLD, identified, NOW, openDesk, OTHER_PHONE, PHONE, type Desk } from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.db.query('truncate task cascade'));

/** Beirut, where 10:00 is 08:00 UTC in winter. */
const at = (local: string) => new Date(`${local}:00+02:00`);
const call = async (slots: Record<string, string>, turn = {}, ports = desk.ports) =>
  (await desk.ask('requestCall', slots, turn, ports)).facts;
const capacityOf = (per_slot_capacity: number, days_ahead = 3) =>
  desk.with({ profile: { ...desk.profile, callback: { per_slot_capacity, days_ahead } } });

describe('requestCall', () => {
  it('calls her own phone, or the one she gave', async () => {
    expect(await call({ when: 'morning' }, { identity: identified })).toEqual({
      outcome: 'done',
      d: '2026-11-24',
    });
    await call({ when: 'soon', phone: OTHER_PHONE }, { identity: identified });
    const tasks = await desk.rows('task');
    expect(tasks).toMatchObject([
      {
        kind: 'callback',
        slot: 'morning',
        contact: desk.contactOf(PHONE),
        household: HOUSEHOLD,
        state: 'open',
      },
      { kind: 'callback', slot: 'soon', contact: desk.contactOf(PHONE), household: null, language: 'en' },
    ]);
    expect(tasks.map((task) => openTask(desk.keys, task as never).phone)).toEqual([PHONE, OTHER_PHONE]);
  });

  it.each([
    ['soon', '2026-11-23T07:00', '2026-11-23'],
    ['soon', '2026-11-23T12:00', '2026-11-23'],
    ['soon', '2026-11-23T12:01', '2026-11-24'],
    ['soon', '2026-11-27T15:59', '2026-11-30'],
    ['soon', '2026-11-28T10:00', '2026-11-30'],
    ['soon', '2026-12-24T13:00', '2026-12-28'],
    ['morning', '2026-11-23T07:59', '2026-11-23'],
    ['morning', '2026-11-23T08:00', '2026-11-24'],
    ['afternoon', '2026-11-23T11:59', '2026-11-23'],
    ['afternoon', '2026-11-23T12:00', '2026-11-24'],
    ['', '2026-11-23T09:00', '2026-11-23'],
  ])('%s, asked at %s, is promised for %s', async (when, now, d) => {
    expect(await call(when === '' ? {} : { when }, { now: at(now) })).toEqual({ outcome: 'done', d });
  });

  it('goes to the first free day when a slot is full, and says so', async () => {
    const ports = capacityOf(2);
    const seen = [];
    for (let calls = 0; calls < 7; calls++) seen.push(await call({ when: 'soon' }, {}, ports));
    expect(seen.map(({ outcome, d }) => `${String(outcome)} ${String(d)}`)).toEqual([
      'done 2026-11-23',
      'done 2026-11-23',
      'full 2026-11-24',
      'full 2026-11-24',
      'full 2026-11-25',
      'full 2026-11-25',
      'full 2026-11-25',
    ]);
    expect(await call({ when: 'afternoon' }, {}, ports)).toEqual({ outcome: 'done', d: '2026-11-23' });
  });

  it('promises no more than there is room when everybody asks at once', async () => {
    const ports = capacityOf(3);
    await Promise.all(Array.from({ length: 9 }, () => call({ when: 'morning' }, {}, ports)));
    const { rows } = await desk.db.query(
      'select promised_on, count(*) as calls from task group by promised_on order by promised_on',
    );
    expect(rows).toEqual([
      { promised_on: '2026-11-24', calls: 3 },
      { promised_on: '2026-11-25', calls: 3 },
      { promised_on: '2026-11-26', calls: 3 },
    ]);
  });

  it('is one call when the turn is repeated, with the same promise', async () => {
    const ports = capacityOf(1);
    const first = await call({ when: 'soon' }, { key: 'same' }, ports);
    expect(await call({ when: 'soon' }, { key: 'same' }, ports)).toEqual(first);
    expect(await call({ when: 'soon' }, { key: 'other' }, ports)).toEqual({
      outcome: 'full',
      d: '2026-11-24',
    });
    expect(await desk.rows('task')).toHaveLength(2);
  });
});

describe('callDates', () => {
  const calendar: Calendar = {
    tz: 'Asia/Beirut',
    weekend: ['fri'],
    hours: ['08:00', '16:00'],
    holidays: [],
    special_hours: [{ from: '2026-11-24', until: '2026-11-25', hours: ['08:00', '12:00'] }],
  };
  const dates = (slot: CallSlot) => callDates(slot, at('2026-11-23T13:00'), calendar, 3);

  it('passes over short days that have no afternoon, and weekends of another country', () => {
    expect(dates('afternoon')).toEqual(['2026-11-26', '2026-11-28', '2026-11-29']);
    expect(dates('morning')).toEqual(['2026-11-24', '2026-11-25', '2026-11-26']);
  });
});

describe('callTimes', () => {
  const times = async (now: string) => (await desk.ask('callTimes', {}, { now: at(now) })).facts;

  it('says whether agents answer now, and when they do', async () => {
    const hours = { h1: '08:00', h2: '16:00' };
    expect(await times('2026-11-23T08:00')).toEqual({ outcome: 'open', ...hours });
    expect(await times('2026-11-23T16:00')).toEqual({ outcome: 'closed', ...hours });
    expect(await times('2026-11-28T10:00')).toEqual({ outcome: 'closed', ...hours });
    expect(await times('2026-12-25T10:00')).toEqual({ outcome: 'closed', ...hours });
  });
});

describe('tasks', () => {
  it('are made once, and the first promise holds', async () => {
    const make = (promisedOn: string) =>
      desk.db.transaction((tx) =>
        createTask(tx, desk.keys, {
          kind: 'kept_request',
          about: 'status',
          key: 'turn-1',
          contact: desk.contactOf(PHONE),
          phone: PHONE,
          household: HOUSEHOLD,
          language: 'ar',
          promisedOn,
          at: NOW,
        }),
      );
    expect(await make('2026-11-24')).toBe('2026-11-24');
    expect(await make('2026-11-30')).toBe('2026-11-24');
    expect(await desk.rows('task')).toMatchObject([
      { kind: 'kept_request', about: 'status', attempts: 0, slot: null },
    ]);
  });

  it('hand a message to a person by the next working day, without the numbers in it', async () => {
    const { facts } = await desk.ask(
      'handToAgent',
      { details: 'my 12345678901 ok' },
      { channel: 'sms', identity: identified, now: at('2026-11-27T10:00') },
    );
    expect(facts).toEqual({ d: '2026-11-30' });
    const [task] = await desk.rows('task');
    expect(task).toMatchObject({ kind: 'message', contact: desk.contactOf(PHONE), household: HOUSEHOLD });
    expect(openTask(desk.keys, task as never)).toEqual({ phone: PHONE, details: 'my ••••••••••• ok' });
  });

  it('hand over a voice note without words', async () => {
    const url = 'https://media.example.org/2010-04-01/12345678901';
    const media = JSON.stringify([{ kind: 'audio', provider: 'twilio-whatsapp', url }]);
    const { facts } = await desk.ask('keepEvidence', { media }, { channel: 'whatsapp', phone: null });
    const slots = { evidence: String(facts['evidence']) };
    await desk.ask('handToAgent', slots, { channel: 'whatsapp', phone: null, key: 'v' });
    await desk.ask('handToAgent', slots, { channel: 'whatsapp', phone: null, key: 'v' });
    const tasks = await desk.rows('task');
    expect(tasks).toMatchObject([{ kind: 'voice', phone: null }]);
    expect(openTask(desk.keys, tasks[0] as never).details).toBeNull();
    expect(await desk.rows('attachment')).toMatchObject([
      {
        kind: 'voice',
        state: 'waiting',
        draft: null,
        task: tasks[0]?.['id'],
        contact: tasks[0]?.['contact'],
      },
    ]);
  });
});

describe('tellWhenOpen', () => {
  it('keeps one wish a person, in her latest language', async () => {
    await desk.ask('tellWhenOpen', {}, { language: 'ar' });
    await desk.ask('tellWhenOpen', {}, { language: 'fr' });
    expect(await desk.rows('notify_when_open')).toMatchObject([
      { contact: desk.contactOf(PHONE), language: 'fr' },
    ]);
  });
});

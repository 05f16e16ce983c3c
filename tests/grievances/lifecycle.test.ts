/** Every step a case may take passes, every other is refused, and the history cannot be rewritten. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerCase,
  CASE_STATUSES,
  CITIZEN_WORDS,
  forgetAnonymousPhones,
  readAnswer,
  transition,
  TransitionRefused,
  type CaseStatus,
} from '../../src/grievances/lifecycle.ts';
import locale from '../../locales/en.json' with { type: 'json' };
import { later, NOW, openDesk, type Desk } from './support.ts';

let desk: Desk;
let reference: string;
beforeAll(async () => {
  desk = await openDesk();
  reference = String((await desk.ask('lodge', { matter: 'office', named: 'anonymous' })).facts['ref']);
});
afterAll(() => desk.close());

/** Written out again, by hand: the table in the code must not be its own witness. */
const ALLOWED = new Set<`${CaseStatus}>${CaseStatus}`>([
  'received>acknowledged',
  'received>in_review',
  'received>awaiting_citizen',
  'received>escalated',
  'received>referred',
  'received>resolved',
  'received>withdrawn',
  'acknowledged>in_review',
  'acknowledged>awaiting_citizen',
  'acknowledged>escalated',
  'acknowledged>referred',
  'acknowledged>resolved',
  'acknowledged>withdrawn',
  'in_review>awaiting_citizen',
  'in_review>escalated',
  'in_review>referred',
  'in_review>resolved',
  'in_review>withdrawn',
  'awaiting_citizen>in_review',
  'awaiting_citizen>escalated',
  'awaiting_citizen>referred',
  'awaiting_citizen>resolved',
  'awaiting_citizen>closed',
  'awaiting_citizen>withdrawn',
  'escalated>in_review',
  'escalated>awaiting_citizen',
  'escalated>escalated',
  'escalated>referred',
  'escalated>resolved',
  'escalated>withdrawn',
  'referred>in_review',
  'referred>escalated',
  'referred>resolved',
  'referred>withdrawn',
  'resolved>closed',
  'resolved>reopened',
  'closed>reopened',
  'reopened>in_review',
  'reopened>awaiting_citizen',
  'reopened>escalated',
  'reopened>referred',
  'reopened>resolved',
  'reopened>withdrawn',
]);

const pairs = CASE_STATUSES.flatMap((from) => CASE_STATUSES.map((to) => ({ from, to })));

const force = (status: CaseStatus) =>
  desk.db.query(
    `update grievance set status = $2, closed_at = case when $2 in ('closed', 'withdrawn') then now() end
     where reference = $1`,
    [reference, status],
  );
const move = (to: CaseStatus, more = {}) =>
  desk.db.transaction((tx) =>
    transition(tx, reference, to, { actor: 'staff-1', reason: 'test', at: later(1), ...more }),
  );
const lastEvent = async () =>
  (await desk.db.query('select * from grievance_event order by id desc limit 1')).rows[0];
const row = async () => (await desk.rows('grievance'))[0];

describe('transition', () => {
  it.each(pairs.filter(({ from, to }) => ALLOWED.has(`${from}>${to}`)))(
    '$from -> $to',
    async ({ from, to }) => {
      await force(from);
      expect((await move(to)).status).toBe(to);
      expect(await row()).toMatchObject({
        status: to,
        closed_at: ['closed', 'withdrawn'].includes(to) ? later(1) : null,
        updated_at: later(1),
      });
      expect(await lastEvent()).toMatchObject({
        reference,
        actor: 'staff-1',
        kind: 'status',
        from_status: from,
        to_status: to,
        reason: 'test',
      });
    },
  );

  it.each(pairs.filter(({ from, to }) => !ALLOWED.has(`${from}>${to}`)))(
    '$from -> $to is refused',
    async ({ from, to }) => {
      await force(from);
      const before = await lastEvent();
      await expect(move(to)).rejects.toThrow(TransitionRefused);
      expect((await row())?.['status']).toBe(from);
      expect(await lastEvent()).toEqual(before);
    },
  );

  it('refuses a case that does not exist, without naming it', async () => {
    const error = await desk.db
      .transaction((tx) => transition(tx, '99999999', 'closed', { actor: 'x', reason: 'x', at: NOW }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransitionRefused);
    expect(String(error)).not.toContain('99999999');
  });

  it('keeps date and level unless told otherwise', async () => {
    await force('received');
    const before = await row();
    await move('in_review');
    expect(await row()).toMatchObject({ due_on: before?.['due_on'], level: 0 });
    await move('escalated', { dueOn: '2027-01-04', level: 1 });
    expect(await row()).toMatchObject({ due_on: '2027-01-04', level: 1 });
  });

  it('does nothing when the same turn asks again', async () => {
    await force('received');
    const turn = '00000000-0000-4000-8000-0000000000ff';
    await move('escalated', { turn, level: 1 });
    expect(await move('escalated', { turn, level: 2 })).toMatchObject({ status: 'escalated', level: 1 });
  });

  it('lets one of two that close a case at once pass', async () => {
    await force('resolved');
    const both = await Promise.allSettled([move('closed'), move('closed')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('the words she reads', () => {
  it.each(CASE_STATUSES)('%s has some', (status) => {
    expect(locale).toHaveProperty([`gs.${CITIZEN_WORDS[status]}`]);
  });

  it('follow the ruling of the contract', () => {
    expect(CITIZEN_WORDS).toEqual({
      received: 'new',
      acknowledged: 'assigned',
      in_review: 'checking',
      reopened: 'checking',
      awaiting_citizen: 'waiting',
      resolved: 'answered',
      closed: 'closed',
      withdrawn: 'closed',
      escalated: 'escalated',
      referred: 'referred',
    });
  });
});

describe('an answer', () => {
  it('is sealed, and read in her language or the first there is', async () => {
    await force('in_review');
    const answered = await desk.db.transaction((tx) =>
      answerCase(
        tx,
        desk.keys,
        reference,
        { ar: 'تم الدفع', en: 'Paid today' },
        { actor: 's', reason: 'paid', at: NOW },
      ),
    );
    expect(answered.status).toBe('resolved');
    const sealed = (await row())?.['answer_sealed'] as Buffer;
    expect(sealed.toString('latin1')).not.toContain('Paid');
    expect(readAnswer(desk.keys, sealed, 'en')).toBe('Paid today');
    expect(readAnswer(desk.keys, sealed, 'fr')).toBe('تم الدفع');
  });
});

describe('the history', () => {
  it('cannot be changed or cut', async () => {
    await expect(desk.db.query("update grievance_event set reason = 'other'")).rejects.toThrow('history');
    await expect(desk.db.query("update grievance_event set details = '\\x00'")).rejects.toThrow('history');
    await expect(desk.db.query('delete from grievance_event')).rejects.toThrow('history');
  });

  it('can lose its words, and goes with its case', async () => {
    const { ref } = (await desk.ask('lodge', { matter: 'office' })).facts;
    await desk.ask('addDetails', { reference: String(ref), addition: 'more' });
    await desk.db.query('update grievance_event set details = null where reference = $1', [ref]);
    await desk.db.query('delete from grievance where reference = $1', [ref]);
    expect((await desk.db.query('select from grievance_event where reference = $1', [ref])).rowCount).toBe(0);
  });
});

describe('the phone of a complaint without a name', () => {
  const forget = (now: Date) => desk.db.transaction((tx) => forgetAnonymousPhones(tx, now));

  it('is forgotten 30 days after it closed, not before', async () => {
    await force('resolved');
    await expect(forget(later(90))).resolves.toBe(0);
    await move('closed', { at: NOW });
    await expect(forget(later(29))).resolves.toBe(0);
    expect((await row())?.['anonymous_phone']).not.toBeNull();
    await expect(forget(later(31))).resolves.toBe(1);
    expect(await row()).toMatchObject({ anonymous_phone: null, idempotency: null, reference });
    const { rowCount } = await desk.db.query(
      'select from grievance_event where turn is not null and reference = $1',
      [reference],
    );
    expect(rowCount).toBe(0);
    await expect(forget(later(31))).resolves.toBe(0);
  });
});

/** Following a case: what any phone may ask, what only hers is told, and how a case goes up and comes back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWords } from '../../src/grievances/cases.ts';
import { answerCase, CASE_STATUSES, CITIZEN_WORDS, transition } from '../../src/grievances/lifecycle.ts';
import { newReference } from '../../src/grievances/reference.ts';
import { identified, later, NOW, openDesk, OTHER_PHONE, type Desk } from './support.ts';

let desk: Desk;
let reference: string;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const lodge = async (slots: Record<string, string>, turn = {}) =>
  String((await desk.ask('lodge', slots, turn)).facts['ref']);
const answer = (now = NOW, of = reference) =>
  desk.db.transaction((tx) =>
    answerCase(
      tx,
      desk.keys,
      of,
      { ar: 'دفعنا', en: 'Paid on 1/12' },
      { actor: 's', reason: 'paid', at: now },
    ),
  );
const state = async (turn = {}, of = reference) =>
  (await desk.ask('caseState', { reference: of }, turn)).facts;
const row = async () => (await desk.rows('grievance'))[0];

beforeEach(async () => {
  await desk.db.query('truncate grievance, task, reference_guess cascade');
  reference = await lodge({ matter: 'office' }, { identity: identified });
});

describe('caseState', () => {
  it.each(CASE_STATUSES)(
    'tells any phone the state and date of a case that is %s, and no more',
    async (status) => {
      await answer();
      await desk.db.query('update grievance set status = $1', [status]);
      expect(await state({ phone: OTHER_PHONE })).toEqual({
        outcome: 'found',
        ref: reference,
        gs: CITIZEN_WORDS[status],
        d: '2026-12-07',
      });
    },
  );

  it('reads the answer to the phone that lodged it, in her language', async () => {
    await answer();
    const answered = { outcome: 'answered', ref: reference, gs: 'answered', d: '2026-12-07' };
    expect(await state()).toEqual({ ...answered, out: 'Paid on 1/12' });
    expect(await state({ language: 'ar' })).toEqual({ ...answered, out: 'دفعنا' });
  });

  it('reads it to the phone of a complaint without a name', async () => {
    const of = await lodge({ matter: 'office', named: 'anonymous' });
    await answer(NOW, of);
    expect(await state({}, of)).toMatchObject({ outcome: 'answered' });
    expect(await state({ phone: OTHER_PHONE }, of)).toMatchObject({ outcome: 'found' });
  });

  it.each([
    ['level 2 of the household', identified, 'answered'],
    ['a matching number alone', { ...identified, level: '1' as const }, 'found'],
    ['another phone with a document', { ...identified, level: '2u' as const }, 'found'],
    ['a proxy', { ...identified, proxy: true as const }, 'found'],
    ['another household', { ...identified, household: '00000000-0000-4000-8000-0000000000cc' }, 'found'],
  ])('to %s: %s', async (_who, identity, outcome) => {
    await answer();
    expect((await state({ phone: OTHER_PHONE, identity }))['outcome']).toBe(outcome);
  });

  it('reads a restricted answer to the phone that lodged it only', async () => {
    const of = await lodge({ matter: 'bribe' }, { identity: identified });
    await answer(NOW, of);
    expect(await state({ phone: OTHER_PHONE, identity: identified }, of)).toMatchObject({ outcome: 'found' });
    expect(await state({}, of)).toMatchObject({ outcome: 'answered' });
  });

  it('tells who reported another person that it was answered, not what', async () => {
    const of = await lodge({ matter: 'cheating' });
    await answer(NOW, of);
    expect(await state({}, of)).toMatchObject({ outcome: 'found', gs: 'answered' });
  });

  it('does not say that a sensitive case exists', async () => {
    const of = await lodge({ matter: 'favour' });
    expect(await state({ phone: OTHER_PHONE }, of)).toEqual({ outcome: 'none' });
    expect(await state({}, of)).toMatchObject({ outcome: 'open' });
  });

  describe('numbers that do not exist', () => {
    const guess = (turn = {}) => {
      let wrong = newReference();
      while (wrong === reference) wrong = newReference();
      return state({ phone: OTHER_PHONE, ...turn }, wrong);
    };

    it('stop a phone after five in a day, from everything but its own cases', async () => {
      const own = await lodge({ matter: 'card' }, { phone: OTHER_PHONE });
      for (let tries = 0; tries < 5; tries++) expect(await guess()).toEqual({ outcome: 'none' });
      expect(await guess()).toEqual({ outcome: 'limit' });
      expect(await state({ phone: OTHER_PHONE })).toEqual({ outcome: 'limit' });
      expect(await state({ phone: OTHER_PHONE }, own)).toMatchObject({ outcome: 'open' });
      expect(await state()).toMatchObject({ outcome: 'open' });
    });

    it('count again on the next local day', async () => {
      // 23:30 in Beirut, and half an hour after its midnight; in UTC the day is the same.
      const evening = new Date('2026-11-23T21:30:00Z');
      for (let tries = 0; tries < 5; tries++) await guess({ now: evening });
      expect(await guess({ now: evening })).toEqual({ outcome: 'limit' });
      expect(await guess({ now: new Date('2026-11-23T22:30:00Z') })).toEqual({ outcome: 'none' });
      expect(await desk.rows('reference_guess')).toHaveLength(1);
    });

    it('count once when a turn is repeated', async () => {
      for (let tries = 0; tries < 9; tries++)
        expect(await guess({ key: 'same' })).toEqual({ outcome: 'none' });
    });

    it('are as many as the deployment says', async () => {
      const ports = desk.with({ referenceLimit: 1 });
      const ask = async () =>
        (await desk.ask('caseState', { reference: '10000009' }, { phone: OTHER_PHONE }, ports)).facts[
          'outcome'
        ];
      expect([await ask(), await ask()]).toEqual(['none', 'limit']);
    });
  });
});

describe('a case that waits for her', () => {
  beforeEach(async () => {
    await desk.db.transaction((tx) =>
      transition(tx, reference, 'awaiting_citizen', { actor: 's', reason: 'question', at: NOW }),
    );
    await desk.db.query(
      `insert into grievance_event (reference, at, actor, kind, from_status, to_status, details)
       values ($1, $2, 's', 'status', 'received', 'awaiting_citizen', $3)`,
      [
        reference,
        NOW,
        desk.keys.sealJson('case', { en: 'Which office?', ar: 'أي مكتب؟' }, 'grievance.answer'),
      ],
    );
  });

  it('shows what was asked to who may read it, in her language', async () => {
    expect(await state()).toMatchObject({ outcome: 'asked', gs: 'waiting', out: 'Which office?' });
    expect(await state({ language: 'ar' })).toMatchObject({ out: 'أي مكتب؟' });
    expect(await state({ phone: OTHER_PHONE })).toEqual({
      outcome: 'found',
      ref: reference,
      gs: 'waiting',
      d: '2026-12-07',
    });
  });

  it('goes on with her answer', async () => {
    await desk.ask('addDetails', { reference, addition: 'The one in town' });
    expect(await row()).toMatchObject({ status: 'in_review' });
    expect(await state()).toMatchObject({ outcome: 'open' });
  });
});

describe('addDetails', () => {
  it('seals what is added, once', async () => {
    for (const key of ['one', 'one']) {
      const { facts } = await desk.ask(
        'addDetails',
        { reference, addition: 'ID 1234567890 seen' },
        { key, now: later(1) },
      );
      expect(facts).toEqual({ outcome: 'added', ref: reference, d: '2026-12-07' });
    }
    const events = (await desk.rows('grievance_event')).filter(({ kind }) => kind === 'details');
    expect(events).toHaveLength(1);
    expect(openWords(desk.keys, events[0]?.['details'] as Buffer)).toEqual({ text: 'ID •••••••••• seen' });
    expect(await row()).toMatchObject({ status: 'received', updated_at: later(1) });
  });

  it.each([
    ['the number alone', {}, 'refused'],
    ['a matching number alone', { identity: { ...identified, level: '1' as const } }, 'refused'],
    ['a proxy', { identity: { ...identified, proxy: true as const } }, 'refused'],
    ['another document of the household', { identity: { ...identified, level: '2u' as const } }, 'added'],
    ['level 2 of the household', { identity: identified }, 'added'],
  ])('from another phone, with %s: %s', async (_who, turn, outcome) => {
    const { facts } = await desk.ask(
      'addDetails',
      { reference, addition: 'x' },
      { phone: OTHER_PHONE, ...turn },
    );
    expect(facts).toMatchObject({ outcome });
    const added = (await desk.rows('grievance_event')).filter(({ kind }) => kind === 'details');
    expect(added).toHaveLength(outcome === 'added' ? 1 : 0);
  });

  it('takes up again a case that waited for her', async () => {
    await desk.db.transaction((tx) =>
      transition(tx, reference, 'awaiting_citizen', { actor: 's', reason: 'question', at: NOW }),
    );
    await desk.ask('addDetails', { reference, addition: 'Here it is' });
    expect((await row())?.['status']).toBe('in_review');
  });

  it('fails the turn when there is no such case', async () => {
    await expect(desk.ask('addDetails', { addition: 'x' })).rejects.toThrow('does not exist');
    await expect(desk.ask('addDetails', { reference: '10000009', addition: 'x' })).rejects.toThrow(
      'does not exist',
    );
  });
});

describe('tooSlow', () => {
  const press = async (now: Date, turn = {}) =>
    (await desk.ask('tooSlow', { reference }, { now, ...turn })).facts;
  const slow = async (now: Date) => (await press(now))['d'];

  it('says what is so: late, a date that stands, or that it went up before', async () => {
    expect(await press(later(4))).toEqual({ outcome: 'early', d: '2026-12-07' });
    expect(await press(later(5))).toEqual({ outcome: 'told', d: '2026-12-07' });
    expect(await press(later(20))).toMatchObject({ outcome: 'late' });
  });

  it('is not taken from a phone that only has the number', async () => {
    expect(await press(later(20), { phone: OTHER_PHONE })).toMatchObject({ outcome: 'refused' });
    expect(await row()).toMatchObject({ status: 'received', level: 0 });
  });

  it('goes one level up when the date has passed, with a new one', async () => {
    expect(await slow(later(20))).toBe('2026-12-28');
    expect(await row()).toMatchObject({ status: 'escalated', level: 1, due_on: '2026-12-28' });
  });

  it('never puts off a date that can still be kept', async () => {
    expect(await slow(later(4))).toBe('2026-12-07');
    expect(await row()).toMatchObject({ status: 'escalated', level: 1, due_on: '2026-12-07' });
  });

  it('goes up once a level: the same day, and until the new date has passed, it is told again', async () => {
    const first = await slow(later(20));
    for (const hours of [1, 5, 24 * 7]) expect(await slow(later(20, hours))).toBe(first);
    expect(await row()).toMatchObject({ level: 1 });
    expect(await slow(later(40))).toBe('2027-01-15');
    expect(await row()).toMatchObject({ status: 'escalated', level: 2 });
  });

  it('does not go up twice on a day, whatever was done between', async () => {
    await slow(later(20));
    await desk.db.transaction((tx) =>
      transition(tx, reference, 'in_review', { actor: 's', reason: 'taken', at: later(20, 1) }),
    );
    await slow(later(20, 2));
    expect(await row()).toMatchObject({ status: 'in_review', level: 1 });
    await slow(later(21));
    expect(await row()).toMatchObject({ status: 'escalated', level: 2 });
  });

  it('leaves an answered case alone', async () => {
    await answer();
    expect(await slow(later(20))).toBe('2026-12-07');
    expect(await row()).toMatchObject({ status: 'resolved', level: 0 });
  });
});

describe('caseFeedback', () => {
  const say = async (solved: string | undefined, turn = {}) =>
    (await desk.ask('caseFeedback', { reference, ...(solved ? { solved } : {}) }, { now: later(5), ...turn }))
      .facts;
  const reasons = async () =>
    (await desk.rows('grievance_event')).map(({ kind, reason }) => `${String(kind)}:${String(reason)}`);
  beforeEach(() => answer());

  it('closes what is solved', async () => {
    await say('yes');
    expect(await row()).toMatchObject({ status: 'closed', closed_at: later(5) });
    expect(await reasons()).toEqual([
      'lodged:null',
      'status:paid',
      'feedback:solved_yes',
      'status:solved_yes',
    ]);
  });

  it.each(['no', 'unsolved'])('"%s" takes it up again one level higher, with a new date', async (solved) => {
    expect(await say(solved)).toEqual({ outcome: 'reopened', ref: reference, d: '2026-12-11' });
    expect(await row()).toMatchObject({
      status: 'reopened',
      level: 1,
      due_on: '2026-12-11',
      closed_at: null,
    });
  });

  it.each(['partly', 'skip', undefined])('%s is only recorded', async (solved) => {
    await say(solved);
    expect(await row()).toMatchObject({ status: 'resolved', level: 0 });
    expect(await reasons()).toContain(`feedback:solved_${solved ?? 'skip'}`);
  });

  it('reopens a closed case, days later', async () => {
    await say('yes');
    await say('no', { now: later(8) });
    expect(await row()).toMatchObject({ status: 'reopened', level: 1 });
  });

  it('counts once when a turn is repeated', async () => {
    await say('no', { key: 'same' });
    await say('no', { key: 'same' });
    expect(await row()).toMatchObject({ status: 'reopened', level: 1 });
    expect(await reasons()).toHaveLength(4);
  });

  it('is not taken from a phone that may not read the answer', async () => {
    await say('yes', { phone: OTHER_PHONE });
    expect(await row()).toMatchObject({ status: 'resolved' });
    expect(await reasons()).toHaveLength(2);
  });
});

/** Appeals and their window, and changes of details that nobody can make in silence. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWords } from '../../src/grievances/cases.ts';
import { CannotTell } from '../../src/conversation/run.ts';
import { RegistryUnavailable, type Enrolment } from '../../src/registry/registry.ts';
import { HOUSEHOLD, identified, NOW, openDesk, OTHER_PHONE, PERSON, PHONE, type Desk } from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query('truncate grievance, task cascade');
  Object.assign(desk.registry, { enrolments: [], registered: undefined, failure: undefined });
});

const enrolment = (
  status: Enrolment['status'],
  statusDate: string | null,
  programme = 'CASH',
): Enrolment => ({
  programme,
  status,
  statusDate,
  since: null,
  reason: null,
  nextDate: null,
  reviewDue: null,
});
const words = async () => {
  const [row] = await desk.rows('grievance');
  return row?.['text_sealed'] ? openWords(desk.keys, row['text_sealed'] as Buffer) : {};
};

describe('appealWindow', () => {
  const window = async (slots: Record<string, string> = {}, turn = {}) =>
    (await desk.ask('appealWindow', slots, { identity: identified, ...turn })).facts;

  it.each(['noteligible', 'ended', 'suspended', 'blocked', 'posted'] as const)(
    'is open 30 days after %s, to the last minute of the last local day',
    async (status) => {
      desk.registry.enrolments = [enrolment(status, '2026-11-10')];
      expect(await window()).toEqual({ outcome: 'open', d: '2026-12-10' });
      expect(await window({}, { now: new Date('2026-12-10T21:59:59Z') })).toEqual({
        outcome: 'open',
        d: '2026-12-10',
      });
      expect(await window({}, { now: new Date('2026-12-10T22:00:00Z') })).toEqual({
        outcome: 'late',
        d: '2026-12-10',
      });
    },
  );

  it.each(['active', 'review', 'migrated', 'unknown'] as const)('knows no decision in %s', async (status) => {
    desk.registry.enrolments = [enrolment(status, '2026-11-10')];
    expect(await window()).toEqual({ outcome: 'unknown' });
  });

  it('knows none without a date, without a file, or for a programme that is not the one', async () => {
    expect(await window()).toEqual({ outcome: 'unknown' });
    desk.registry.enrolments = [enrolment('ended', null)];
    expect(await window()).toEqual({ outcome: 'unknown' });
    desk.registry.enrolments = [enrolment('ended', '2026-11-10', 'SCHOOL')];
    expect(await window({ programme: 'CASH' })).toEqual({ outcome: 'unknown' });
  });

  it('takes the decision with most time left', async () => {
    desk.registry.enrolments = [
      enrolment('ended', '2026-11-20'),
      enrolment('noteligible', '2026-09-01', 'SCHOOL'),
    ];
    expect(await window()).toEqual({ outcome: 'open', d: '2026-12-20' });
    expect(await window({ programme: 'SCHOOL' })).toEqual({ outcome: 'late', d: '2026-10-01' });
  });

  it('counts an objection to a posted list with its own days', async () => {
    const windows = { ...desk.profile.windows, objection_days: 7 };
    const ports = desk.with({ profile: { ...desk.profile, windows } });
    desk.registry.enrolments = [enrolment('posted', '2026-11-20')];
    const { facts } = await desk.ask('appealWindow', {}, { identity: identified }, ports);
    expect(facts).toEqual({ outcome: 'open', d: '2026-11-27' });
  });

  it.each([
    ['nobody', null],
    ['a matching number', { ...identified, level: '1' as const }],
    ['a proxy', { ...identified, proxy: true as const }],
  ])('tells %s nothing of a decision', async (_who, identity) => {
    desk.registry.enrolments = [enrolment('ended', '2026-11-10')];
    expect(await window({}, { identity })).toEqual({ outcome: 'unknown' });
  });

  it('tells who showed all digits from another phone', async () => {
    desk.registry.enrolments = [enrolment('ended', '2026-11-10')];
    expect(await window({}, { identity: { ...identified, level: '2u' } })).toMatchObject({ outcome: 'open' });
  });

  it('cannot tell while the registry is down, and fails on a fault', async () => {
    desk.registry.failure = new RegistryUnavailable('down');
    await expect(window()).rejects.toThrow(CannotTell);
    desk.registry.failure = new TypeError('fault');
    await expect(window()).rejects.toThrow(TypeError);
  });
});

describe('lodgeAppeal', () => {
  it('goes to who did not decide, with its ground, once', async () => {
    const slots = {
      ground: 'income',
      details: 'I lost my job',
      late: 'yes',
      programme: 'SCHOOL',
      callback: 'soon',
    };
    const { facts } = await desk.ask('lodgeAppeal', slots, { identity: identified, key: 'a' });
    expect((await desk.ask('lodgeAppeal', slots, { identity: identified, key: 'a' })).facts).toEqual(facts);
    expect(await desk.rows('grievance')).toMatchObject([
      {
        reference: facts['ref'],
        kind: 'appeal',
        category: 'ELG-APL',
        matter: 'ground:income',
        route: 'appeals',
        programme: 'SCHOOL',
        person: PERSON,
        household: HOUSEHOLD,
        due_on: '2026-12-23',
      },
    ]);
    expect(facts['d']).toBe('2026-12-23');
    expect(await words()).toEqual({ text: 'I lost my job', late: 'yes' });
    expect(await desk.rows('task')).toMatchObject([{ kind: 'callback', reference: facts['ref'] }]);
  });

  it('is taken from somebody who has shown nothing, and while the registry is down', async () => {
    desk.registry.failure = new RegistryUnavailable('down');
    await desk.ask('lodgeAppeal', {});
    await desk.ask('lodgeAppeal', { ground: 'other' }, { identity: identified });
    expect(await desk.rows('grievance')).toMatchObject([
      { household: null, contact: desk.contactOf(PHONE), matter: 'ground:other' },
      { household: HOUSEHOLD },
    ]);
  });
});

describe('lodgeUpdate', () => {
  const update = (slots: Record<string, string>, turn = {}) =>
    desk.ask('lodgeUpdate', slots, { identity: identified, ...turn });

  it.each([
    [{ change: 'birth' }, 'other', 'change:birth'],
    [{ change: 'none' }, 'other', 'change:none'],
    [{ change: 'proxy' }, 'proxy', 'change:proxy'],
    [{ change: 'death', died: 'head' }, 'head', 'change:death'],
    [{ change: 'death', died: 'member' }, 'member', 'change:death'],
    [{ died: 'head' }, 'head', 'change:death'],
  ])('%o is recorded as %s', async (slots, recorded, matter) => {
    const { facts, notices } = await update(slots);
    expect(facts).toMatchObject({ outcome: 'recorded', recorded, d: '2026-12-07' });
    expect(notices).toEqual([]);
    expect(await desk.rows('grievance')).toMatchObject([
      { reference: facts['ref'], kind: 'update', category: 'DAT', matter, household: HOUSEHOLD },
    ]);
  });

  it('seals the new area', async () => {
    await update({ change: 'moved', area: 'BEK-07' });
    expect(await words()).toEqual({ area: 'BEK-07' });
    expect((await desk.rows('grievance'))[0]?.['area']).toBe('BEY-03');
  });

  const phone = { change: 'phone', oldphone: 'lost', phone: OTHER_PHONE, phoneagain: OTHER_PHONE };

  it('takes a phone that was typed twice alike, and warns the old one', async () => {
    desk.registry.registered = { phone: PHONE, use: 'own' };
    const { facts, notices } = await update(phone, { phone: OTHER_PHONE });
    expect(facts).toMatchObject({ outcome: 'recorded', recorded: 'phone' });
    expect(notices).toEqual([
      { phone: PHONE, text: 'sms.up.oldphone', kind: 'security', key: `up.oldphone:${String(facts['ref'])}` },
    ]);
    expect(await words()).toEqual({ phone: OTHER_PHONE, oldphone: 'lost', oldPhoneWarned: 'yes' });
  });

  const once = { change: 'phone', oldphone: 'lost', phone: OTHER_PHONE };
  it.each([once, { ...once, phoneagain: PHONE }])('stores nothing when they differ: %o', async (slots) => {
    const { facts, notices } = await update(slots);
    expect(facts).toEqual({ outcome: 'differs' });
    expect(notices).toEqual([]);
    expect(await desk.rows('grievance')).toEqual([]);
  });

  it('says to the agent that nobody could be warned', async () => {
    desk.registry.failure = new RegistryUnavailable('down');
    const { notices } = await update(phone);
    expect(notices).toEqual([]);
    expect(await words()).toMatchObject({ oldPhoneWarned: 'no' });
  });

  it('says to the agent that a proxy asked', async () => {
    await update({ change: 'income' }, { identity: { ...identified, proxy: true } });
    expect(await words()).toEqual({ askedBy: 'proxy' });
  });

  it('is one request when the turn is repeated', async () => {
    desk.registry.registered = { phone: PHONE, use: 'own' };
    const first = await update(phone, { key: 'u' });
    expect(await update(phone, { key: 'u' })).toEqual(first);
    expect(await desk.rows('grievance')).toHaveLength(1);
    expect((await desk.rows('grievance'))[0]?.['created_at']).toEqual(NOW);
  });
});

/** Complaints as they are taken: once, under a number of their own, in the right queue, and never twice about the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCase, openWords } from '../../src/grievances/cases.ts';
import { answerCase, transition } from '../../src/grievances/lifecycle.ts';
import { checkReference } from '../../src/grievances/reference.ts';
import { openTask } from '../../src/grievances/tasks.ts';
import { RegistryUnavailable } from '../../src/registry/registry.ts';
import {
  HOUSEHOLD,
  identified,
  later,
  NOW,
  openDesk,
  OTHER_PHONE,
  PERSON,
  PHONE,
  type Desk,
} from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query('truncate grievance, task, reference_guess cascade');
  desk.registry.failure = undefined;
});

const lodge = async (slots: Record<string, string>, turn = {}) =>
  (await desk.ask('lodge', slots, turn)).facts as { ref: string; d: string; lodged: string };

describe('lodge', () => {
  it('stores a named complaint in the queue and with the date of its category', async () => {
    const { facts, notices } = await desk.ask(
      'lodge',
      {
        matter: 'notreceived',
        named: 'named',
        details: 'My card 4111 1111 1111 1111 was kept',
        programme: 'CASH',
      },
      { identity: identified },
    );
    const [row] = await desk.rows('grievance');
    expect(checkReference(String(facts['ref']))).toBe('ok');
    expect(facts).toEqual({ ref: row?.['reference'], d: '2026-12-07', lodged: 'named' });
    expect(row).toMatchObject({
      kind: 'complaint',
      category: 'PAY-NR',
      matter: 'notreceived',
      sensitivity: 'open',
      status: 'received',
      route: 'payments',
      programme: 'CASH',
      contact: desk.contactOf(PHONE),
      anonymous: false,
      person: PERSON,
      household: HOUSEHOLD,
      area: 'BEY-03',
      channel: 'ussd',
      language: 'en',
      source: 'citizen',
      due_on: '2026-12-07',
      level: 0,
      closed_at: null,
    });
    expect(openWords(desk.keys, row?.['text_sealed'] as Buffer)).toEqual({
      text: 'My card •••• •••• •••• •••• was kept',
    });
    expect(notices).toEqual([
      {
        text: 'sms.grv.ack',
        kind: 'answer',
        values: { ref: facts['ref'], d: '2026-12-07' },
        key: `grv.ack:${String(facts['ref'])}`,
      },
    ]);
    expect(await desk.rows('grievance_event')).toMatchObject([
      { reference: facts['ref'], actor: 'citizen', kind: 'lodged', to_status: 'received' },
    ]);
  });

  it('sends nothing after a text message, whose reply says it', async () => {
    const { facts, notices } = await desk.ask(
      'lodge',
      { matter: 'freetext', details: 'no money came' },
      { channel: 'sms' },
    );
    expect(facts['lodged']).toBe('named');
    expect(notices).toEqual([]);
  });

  it.each([
    ['bribe', 'STF', 'restricted', 'inspection'],
    ['feeasked', 'PAY-FEE', 'restricted', 'inspection'],
    ['cheating', 'FRD', 'restricted', 'audit'],
    ['notonlist', 'ELG-LIST', 'open', 'education'],
    ['favour', 'SEN', 'sensitive', 'protection'],
    ['nobody-knows-this', 'OTH', 'open', 'education'],
  ])('files %s as %s, %s, with %s', async (matter, category, sensitivity, route) => {
    await lodge({ matter, named: 'named', programme: 'SCHOOL' }, { identity: identified });
    const [row] = await desk.rows('grievance');
    expect(row).toMatchObject({
      category,
      sensitivity,
      route,
      area: sensitivity === 'open' ? 'BEY-03' : null,
    });
  });

  it('never announces a sensitive one', async () => {
    expect((await desk.ask('lodge', { matter: 'favour', named: 'named' })).notices).toEqual([]);
  });

  it('is taken without an area while the registry is down', async () => {
    desk.registry.failure = new RegistryUnavailable('down');
    await lodge({ matter: 'office' }, { identity: identified });
    expect(await desk.rows('grievance')).toMatchObject([{ household: HOUSEHOLD, area: null }]);
  });

  it('finds its own case when the turn is repeated', async () => {
    const slots = { matter: 'office', named: 'named', callback: 'soon' };
    const first = await lodge(slots, { key: 'turn-1' });
    expect(await lodge(slots, { key: 'turn-1' })).toEqual(first);
    expect((await lodge(slots, { key: 'turn-2' })).ref).not.toBe(first.ref);
    expect(await desk.rows('grievance')).toHaveLength(2);
    expect(await desk.rows('task')).toHaveLength(2);
    expect(await desk.rows('grievance_event')).toHaveLength(2);
  });

  it('makes one case of one turn that runs ten times at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, () => lodge({ matter: 'office' }, { key: 'the-same' })),
    );
    expect(new Set(all.map(({ ref }) => ref)).size).toBe(1);
    expect(await desk.rows('grievance')).toHaveLength(1);
    expect(await desk.rows('grievance_event')).toHaveLength(1);
  });

  it('draws again when a number is taken', async () => {
    const draws = [1_234_567, 1_234_567, 1_234_567, 7_654_321];
    const ports = desk.with({ random: () => draws.shift() ?? 0 });
    const first = await desk.ask('lodge', { matter: 'office' }, {}, ports);
    const second = await desk.ask('lodge', { matter: 'office' }, {}, ports);
    expect(String(first.facts['ref'])).toMatch(/^1234567/);
    expect(String(second.facts['ref'])).toMatch(/^7654321/);
    expect(draws).toEqual([]);
  });

  it('gives up when no number is free', async () => {
    const ports = desk.with({ random: () => 1_234_567 });
    await desk.ask('lodge', { matter: 'office' }, {}, ports);
    await expect(desk.ask('lodge', { matter: 'office' }, {}, ports)).rejects.toThrow('no free case number');
    expect(await desk.rows('grievance')).toHaveLength(1);
  });

  it('books the call she asked for with the complaint', async () => {
    const { ref } = await lodge({ matter: 'office', callback: 'soon' }, { identity: identified });
    const [task] = await desk.rows('task');
    expect(task).toMatchObject({
      kind: 'callback',
      slot: 'soon',
      reference: ref,
      contact: desk.contactOf(PHONE),
      household: HOUSEHOLD,
      promised_on: '2026-11-23',
    });
    expect(openTask(desk.keys, task as never).phone).toBe(PHONE);
  });
});

describe('openCase', () => {
  it('takes a case of another system once', async () => {
    const { OTH } = desk.profile.categories;
    if (!OTH) throw new Error('no OTH');
    const file = () =>
      desk.db.transaction((tx) =>
        openCase(tx, desk, {
          kind: 'complaint',
          category: OTH,
          matter: null,
          programme: null,
          lodger: { anonymous: false, contact: null },
          channel: null,
          language: 'ar',
          words: {},
          at: NOW,
          idempotency: null,
          external: { source: 'grm', id: '77' },
        }),
      );
    const first = await file();
    expect(first.created).toBe(true);
    expect(await file()).toEqual({ ...first, created: false });
    expect(await desk.rows('grievance')).toMatchObject([
      { source: 'grm', external_id: '77', text_sealed: null },
    ]);
  });
});

describe('duplicate', () => {
  const found = async (matter: string, turn = {}) => (await desk.ask('duplicate', { matter }, turn)).facts;
  const none = { outcome: 'none' };

  it('finds an open complaint of the same phone and category, whatever the programme', async () => {
    const { ref } = await lodge({ matter: 'card', programme: 'CASH' });
    expect(await found('card')).toEqual({ outcome: 'duplicate', ref });
    expect((await desk.ask('duplicate', { matter: 'lostcard', programme: 'SCHOOL' })).facts['ref']).toBe(ref);
    expect(await found('office')).toEqual(none);
    expect(await found('card', { phone: OTHER_PHONE })).toEqual(none);
  });

  it('finds the newest', async () => {
    await lodge({ matter: 'card' }, { now: later(-2) });
    const { ref } = await lodge({ matter: 'card' }, { now: later(-1) });
    expect(await found('card')).toMatchObject({ ref });
  });

  it('forgets after 30 days', async () => {
    await lodge({ matter: 'card' });
    expect(await found('card', { now: later(29) })).toMatchObject({ outcome: 'duplicate' });
    expect(await found('card', { now: later(31) })).toEqual(none);
  });

  it.each(['resolved', 'withdrawn'] as const)('does not find what is %s', async (status) => {
    const { ref } = await lodge({ matter: 'card' });
    await desk.db.transaction((tx) =>
      transition(tx, ref, status, { actor: 'system', reason: 'test', at: NOW }),
    );
    expect(await found('card')).toEqual(none);
  });

  it("finds the household's, once she has shown to be of it", async () => {
    const { ref } = await lodge({ matter: 'card' }, { phone: OTHER_PHONE, identity: identified });
    expect(await found('card')).toEqual(none);
    expect(await found('card', { identity: { ...identified, level: '1' } })).toEqual(none);
    expect(await found('card', { identity: { ...identified, proxy: true } })).toEqual(none);
    expect(await found('card', { identity: identified })).toEqual({ outcome: 'duplicate', ref });
    expect(await found('card', { identity: { ...identified, level: '2u' } })).toEqual({
      outcome: 'duplicate',
      ref,
    });
  });

  it('finds one without a name on the same phone', async () => {
    const { ref } = await lodge({ matter: 'card', named: 'anonymous' });
    expect(await found('card')).toEqual({ outcome: 'duplicate', ref });
    expect(await found('card', { phone: OTHER_PHONE })).toEqual(none);
  });

  it('shows a restricted one to nobody but the address that lodged it', async () => {
    const { ref } = await lodge({ matter: 'bribe' }, { identity: identified });
    expect(await found('bribe', { phone: OTHER_PHONE, identity: identified })).toEqual(none);
    expect(await found('bribe')).toEqual({ outcome: 'duplicate', ref });
  });

  it('shows a restricted one without a name to nobody', async () => {
    await lodge({ matter: 'bribe', named: 'anonymous' });
    expect(await found('bribe')).toEqual(none);
  });

  it('does not take a change of details for a complaint about them', async () => {
    await desk.ask('lodgeUpdate', { change: 'birth' }, { identity: identified });
    expect(await found('wrongdetails', { identity: identified })).toEqual(none);
  });
});

describe('withdraw', () => {
  const status = async () => (await desk.rows('grievance'))[0]?.['status'];

  it('takes back what this phone lodged, once', async () => {
    const { ref } = await lodge({ matter: 'freetext', details: 'hello you there' }, { channel: 'sms' });
    for (const key of ['one', 'one', 'two']) {
      expect((await desk.ask('withdraw', { reference: ref }, { channel: 'sms', key })).facts).toEqual({
        ref,
      });
    }
    expect(await status()).toBe('withdrawn');
    expect((await desk.rows('grievance'))[0]?.['closed_at']).toEqual(NOW);
    expect(await desk.rows('grievance_event')).toHaveLength(2);
  });

  it('does nothing for another phone, nor to an answered case', async () => {
    const { ref } = await lodge({ matter: 'office' });
    await desk.ask('withdraw', { reference: ref }, { phone: OTHER_PHONE });
    expect(await status()).toBe('received');
    await desk.db.transaction((tx) =>
      answerCase(tx, desk.keys, ref, { en: 'Done' }, { actor: 'staff', reason: 'done', at: NOW }),
    );
    await desk.ask('withdraw', { reference: ref });
    expect(await status()).toBe('resolved');
  });
});

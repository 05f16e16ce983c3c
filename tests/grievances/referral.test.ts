/** Referrals: nothing leaves before she agreed, only name and phone do, and what came of it is followed up. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/conversation/ports.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { moveReferral, REFERRAL_STATES, REFERRAL_TRANSITIONS } from '../../src/grievances/referral-states.ts';
import { openShared, proposeReferral } from '../../src/grievances/referral.ts';
import { everything, identified, later, NOW, openDesk, OTHER_PHONE, PHONE, type Desk } from './support.ts';

let desk: Desk;
let reference: string;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query('truncate grievance, question, task, contact cascade');
  await contactFor(desk.db, desk.keys, { from: PHONE });
  reference = String((await desk.ask('lodge', { matter: 'office' }, { identity: identified })).facts['ref']);
});

const ports = () =>
  desk.with({
    ...{ words: (language: string, { org }: { org: string }) => `${language}: give it to ${org}?` },
    ...{ nameOf: () => Promise.resolve('Rima Haddad') },
  });
const her = { identity: identified, now: later(1) };
const ask = async (name: 'referral' | 'answerReferral' | 'withdrawReferral', slots = {}, turn = {}) =>
  (await desk.ask(name, slots, { ...her, ...turn }, ports())).facts;
const row = async () => (await desk.rows('referral'))[0];
const tasks = async () => (await desk.rows('task')).map(({ kind, about, unit }) => [kind, about, unit]);

async function propose(change = {}) {
  const notices: Notice[] = [];
  const notify = (_tx: unknown, _to: unknown, notice: Notice) => {
    notices.push(notice);
    return Promise.resolve();
  };
  const proposed = await desk.db.transaction((tx) =>
    proposeReferral(
      tx,
      { profile: desk.profile, keys: desk.keys, notify },
      { reference, partner: 'Red Crescent', need: 'health', by: 'staff', at: NOW, ...change },
    ),
  );
  return { proposed, notices };
}
const proposedId = async () => {
  const { proposed } = await propose();
  if (!proposed.ok) throw new Error(proposed.why);
  return proposed.id;
};
const agree = async () => {
  const id = await proposedId();
  await ask('answerReferral', { referral: id, agreed: 'yes' });
  return id;
};

describe('proposeReferral', () => {
  it('asks, shares nothing, and a message names neither the service nor the need', async () => {
    const { notices } = await propose();
    expect(notices).toMatchObject([{ text: 'sms.pay.discreet', kind: 'notice' }]);
    expect(await row()).toMatchObject({ state: 'asked', shared: null, consent_at: null });
  });

  it('says that there is a service to who agreed to full messages', async () => {
    await desk.db.query(`update contact set consent = 'full'`);
    expect((await propose()).notices).toMatchObject([{ text: 'sms.ref.ask' }]);
  });

  it.each([
    ['a case that does not exist', { reference: '10000009' }, 'no_case'],
    ['a partner without a name', { partner: ' ' }, 'partner'],
  ])('refuses %s', async (_what, change, why) => {
    expect((await propose(change)).proposed).toEqual({ ok: false, why });
  });

  it('refuses a second one for the case, a restricted case, and one without a name', async () => {
    await propose();
    expect((await propose()).proposed).toEqual({ ok: false, why: 'exists' });
    const restricted = (await desk.ask('lodge', { matter: 'bribe' })).facts['ref'];
    expect((await propose({ reference: restricted })).proposed).toEqual({ ok: false, why: 'private' });
    const nameless = (await desk.ask('lodge', { matter: 'card', named: 'anonymous' })).facts['ref'];
    expect((await propose({ reference: nameless })).proposed).toEqual({ ok: false, why: 'nameless' });
  });
});

describe('referral', () => {
  it('is shown to who showed who she is, never by text message, nor to a proxy', async () => {
    const id = await proposedId();
    expect(await ask('referral')).toEqual({
      outcome: 'asked',
      id,
      ref: reference,
      org: 'Red Crescent',
      need: 'health',
    });
    expect(await ask('referral', {}, { channel: 'sms' })).toEqual({ outcome: 'private' });
    for (const identity of [
      null,
      { ...identified, level: '2u' as const },
      { ...identified, proxy: true as const },
      { ...identified, household: '00000000-0000-4000-8000-0000000000cc' },
    ])
      expect(await ask('referral', {}, { identity })).toEqual({ outcome: 'none' });
  });
});

describe('answerReferral', () => {
  it('keeps the yes as it was given, and seals name and phone and nothing else', async () => {
    const id = await proposedId();
    const facts = await ask('answerReferral', { referral: id, agreed: 'yes' }, { language: 'fr' });
    expect(facts).toMatchObject({ outcome: 'sent', d: '2026-12-01', ref: reference });
    const kept = await row();
    expect(kept).toMatchObject({
      state: 'sent',
      consent_at: later(1),
      consent_language: 'fr',
      consent_channel: 'ussd',
      consent_words: 'fr: give it to Red Crescent?',
    });
    expect(openShared(desk.keys, kept?.['shared'] as Buffer)).toEqual({ name: 'Rima Haddad', phone: PHONE });
    expect(await everything(desk.db)).not.toMatch(/Rima|70000001/);
    expect(await tasks()).toEqual([['referral', 'sent', null]]);
  });

  it('a no shares nothing', async () => {
    const id = await proposedId();
    expect(await ask('answerReferral', { referral: id, agreed: 'no' })).toMatchObject({ outcome: 'refused' });
    expect(await row()).toMatchObject({ state: 'refused', shared: null, consent_at: later(1) });
    expect(await tasks()).toEqual([]);
  });

  it('is not taken twice, nor from another household', async () => {
    const id = await proposedId();
    const identity = { ...identified, household: '00000000-0000-4000-8000-0000000000cc' };
    const slots = { referral: id, agreed: 'yes' };
    expect(await ask('answerReferral', slots, { identity, phone: OTHER_PHONE })).toEqual({ outcome: 'gone' });
    await ask('answerReferral', slots);
    expect(await ask('answerReferral', { referral: id, agreed: 'no' })).toEqual({ outcome: 'gone' });
    expect(await row()).toMatchObject({ state: 'sent' });
  });
});

it('withdrawing takes back what was sealed, and the service is told', async () => {
  const id = await agree();
  expect(await ask('withdrawReferral', { referral: id })).toMatchObject({ outcome: 'withdrawn' });
  expect(await row()).toMatchObject({ state: 'withdrawn', shared: null });
  expect((await tasks()).at(-1)).toEqual(['referral', 'withdrawn', null]);
  expect(await ask('referral')).toEqual({ outcome: 'none' });
});

describe('did they contact you?', () => {
  const reply = async (id: string, said: string, now: Date) =>
    (
      await desk.ask(
        'answerQuestion',
        { kind: 'ref.back', reference: id, reply: said },
        { channel: 'sms', now },
        ports(),
      )
    ).facts;

  it('yes confirms it', async () => {
    expect(await reply(await agree(), 'yes', later(9))).toMatchObject({ outcome: 'confirmed' });
    expect(await row()).toMatchObject({ state: 'confirmed' });
  });

  it('the first no goes to the service again, the second to a supervisor', async () => {
    const id = await agree();
    expect(await reply(id, 'no', later(9))).toMatchObject({ outcome: 'again', d: '2026-12-09' });
    expect(await row()).toMatchObject({ state: 'sent', denials: 1, due_on: '2026-12-09', asked_at: null });
    expect(await reply(id, 'no', later(17))).toMatchObject({ outcome: 'supervisor' });
    expect(await row()).toMatchObject({ state: 'not_served', denials: 2 });
    expect(await tasks()).toEqual([
      ['referral', 'sent', null],
      ['referral', 'again', null],
      ['referral', 'denied', 'supervisor'],
    ]);
  });

  it('no longer needed takes the consent back', async () => {
    expect(await reply(await agree(), 'unneeded', later(9))).toMatchObject({ outcome: 'withdrawn' });
    expect(await row()).toMatchObject({ state: 'withdrawn', shared: null });
  });
});

describe('the table of states', () => {
  it.each(REFERRAL_STATES.flatMap((from) => REFERRAL_STATES.map((to) => [from, to] as const)))(
    '%s -> %s',
    async (from, to) => {
      const id = await proposedId();
      await desk.db.query('update referral set state = $1', [from]);
      const move = desk.db.transaction((tx) => moveReferral(tx, id, to, { by: 's', at: NOW }));
      if (from === to || REFERRAL_TRANSITIONS[from].includes(to)) await move;
      else await expect(move).rejects.toThrow('cannot become');
      expect((await row())?.['state']).toBe(
        from === to || REFERRAL_TRANSITIONS[from].includes(to) ? to : from,
      );
    },
  );
});

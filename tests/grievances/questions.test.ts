/** Short replies to what was asked by text message: which question they answer, and what that sets going. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digitOf, replyTo } from '../../src/conversation/questions.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { answerCase } from '../../src/grievances/lifecycle.ts';
import { putQuestion } from '../../src/grievances/questions.ts';
import { later, NOW, openDesk, OTHER_PHONE, PHONE, type Desk } from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query('truncate grievance, question, contact cascade');
  for (const from of [PHONE, OTHER_PHONE]) await contactFor(desk.db, desk.keys, { from });
});

const sms = { channel: 'sms' as const, now: later(5) };
const asked = async (turn = {}) => (await desk.ask('questionAsked', {}, { ...sms, ...turn })).facts;
const put = (reference: string, at = later(3), kind: 'grv.ask' | 'pay.confirm' = 'grv.ask') =>
  desk.db.transaction((tx) => putQuestion(tx, { contact: desk.contactOf(PHONE), kind, reference, at }));
const answered = async () => {
  const reference = String((await desk.ask('lodge', { matter: 'office' })).facts['ref']);
  await desk.db.transaction((tx) =>
    answerCase(tx, desk.keys, reference, { en: 'Done' }, { actor: 's', reason: 'done', at: NOW }),
  );
  return reference;
};

describe('a reply', () => {
  it.each([
    ['1', 1],
    ['٢', 2],
    [' 3. ', 3],
    ['(1)', 1],
    ['12', undefined],
    ['1 of them', undefined],
    ['', undefined],
  ])('%s is %s', (text, digit) => {
    expect(digitOf(text)).toBe(digit);
  });

  it('means what its kind of question offers, and nothing else', () => {
    expect(replyTo('grv.ask', 2, undefined)).toBe('partly');
    expect(replyTo('ref.back', 2, undefined)).toBe('no');
    expect(replyTo('pay.confirm', undefined, 'no')).toBe('nothing');
    expect(replyTo('ref.back', undefined, 'partly')).toBeUndefined();
    expect(replyTo('grv.ask', 4, undefined)).toBeUndefined();
  });
});

describe('questionAsked', () => {
  it('is the newest that is open, of this contact only', async () => {
    expect(await asked()).toEqual({ outcome: 'none' });
    await put('11111111');
    await put('22222222', later(4));
    expect(await asked()).toMatchObject({
      kind: 'grv.ask',
      reference: '22222222',
      at: later(4).toISOString(),
    });
    expect(await asked({ phone: OTHER_PHONE })).toEqual({ outcome: 'none' });
  });

  it('is open for fourteen days', async () => {
    await put('11111111');
    expect(await asked({ now: later(16, 23) })).toMatchObject({ outcome: 'asked' });
    expect(await asked({ now: later(17, 1) })).toEqual({ outcome: 'none' });
  });

  it('is none after a STOP: "yes" is START again', async () => {
    await put('11111111');
    await desk.db.query('update contact set stopped_at = $1', [later(4)]);
    expect(await asked()).toEqual({ outcome: 'none' });
  });
});

describe('answerQuestion', () => {
  it.each([
    ['yes', 'recorded', 'closed', 0],
    ['partly', 'recorded', 'resolved', 0],
    ['no', 'reopened', 'reopened', 1],
  ])('feedback: %s', async (reply, outcome, status, level) => {
    const reference = await answered();
    await put(reference);
    const { facts } = await desk.ask('answerQuestion', { kind: 'grv.ask', reference, reply }, sms);
    expect(facts).toMatchObject({ outcome, ref: reference });
    expect((await desk.rows('grievance'))[0]).toMatchObject({ status, level, satisfaction: reply });
    expect(await asked()).toEqual({ outcome: 'none' });
  });

  it('is refused for a kind that nobody answers', async () => {
    await put('PAY-1', later(3), 'pay.confirm');
    const slots = { kind: 'pay.confirm', reference: 'PAY-1', reply: 'all' };
    await expect(desk.ask('answerQuestion', slots, sms)).rejects.toThrow('nobody to answer');
    expect(await asked()).toMatchObject({ outcome: 'asked' });
  });
});

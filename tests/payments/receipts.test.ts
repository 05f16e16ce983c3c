/** "Did you get it?": asked the next day of who may read it, reminded once, and what each reply sets going. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slots } from '../../src/conversation/dialog.ts';
import { grievancePorts, type GrievancePorts } from '../../src/grievances/ports.ts';
import { answerReceipt, askReceipts } from '../../src/payments/receipts.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { inTurn } from '../support/turn.ts';
import { event, family, hoursLater, openPayments, profile, type Office } from './support.ts';

const PHONE = '+96170000001';
let office: Office;
let ports: GrievancePorts;
beforeAll(async () => {
  office = await openPayments();
  const { db, keys } = office;
  ports = grievancePorts(
    {
      profile,
      keys,
      registry: localRegistry(db, keys),
      words: () => '',
      nameOf: () => Promise.resolve(null),
    },
    {
      'pay.confirm': answerReceipt((turn, { matter, programme, details }) =>
        ports.lodge({ matter, named: 'named', details, ...(programme ? { programme } : {}) }, turn),
      ),
    },
  );
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.clear();
  await office.add(family('HH-10001', PHONE));
});

const ask = () => askReceipts({ ...office.deps, notifier: mustHave(office.deps.notifier) });
function mustHave<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}
const questions = async () =>
  (await office.messages()).filter(({ key, state }) => key.includes(':confirm:') && state !== 'cancelled');
const inSms = (name: 'answerQuestion' | 'questionAsked' | 'lodge', slots: Slots) =>
  inTurn(
    office.db,
    { contact: office.keys.index('contact', PHONE), phone: PHONE, channel: 'sms', now: office.clock.now },
    (turn) => ports[name](slots, turn) as Promise<Record<string, unknown>>,
  );
const reply = async (word: string) =>
  (await inSms('answerQuestion', { kind: 'pay.confirm', reference: 'PAY-1', reply: word })).answer;
const cases = async () =>
  (await office.db.query('select category, status, programme from grievance order by created_at, reference'))
    .rows;

describe('the question', () => {
  it('is put to the others where one payee cannot be read', async () => {
    await office.add(family('HH-10002', '+96170000002'));
    await office.take(event('paid'));
    const other = { idType: 'household_id', idValue: 'HH-10002' };
    await office.take(event('paid', { reference: 'PAY-2', occurredAt: hoursLater(1), beneficiary: other }));
    await office.db.query(
      `update person set sealed = '\\x01' where household = (select household from payment where reference = 'PAY-1')`,
    );
    office.clock.now = hoursLater(48);
    await expect(ask()).rejects.toThrow();
    expect((await questions()).map(({ key }) => key)).toEqual([expect.stringContaining('PAY-2') as string]);
    expect(await ask()).toBe(0);
  });

  it('is put a day after, reminded once, and never again', async () => {
    await office.take(event('paid'));
    expect(await ask()).toBe(0);
    office.clock.now = hoursLater(24);
    expect(await ask()).toBe(1);
    expect((await questions()).map(({ text }) => text)).toEqual([
      'Wasl: did you get 145 USD? Reply 1 yes all, 2 less, 3 nothing. The reply is free.',
    ]);
    expect((await inSms('questionAsked', {})).answer).toMatchObject({
      kind: 'pay.confirm',
      reference: 'PAY-1',
    });
    expect(await ask()).toBe(0);
    for (const hours of [100, 200, 300]) {
      office.clock.now = hoursLater(hours);
      await ask();
    }
    expect(await questions()).toHaveLength(2);
  });

  it('is not put on a phone that others read, nor of money that came back', async () => {
    await office.add(family('HH-10002', '+96170000002', 'shared'));
    const beneficiary = { idType: 'household_id', idValue: 'HH-10002' };
    await office.take(event('paid', { reference: 'PAY-2', beneficiary }));
    await office.take(event('paid'));
    await office.take(event('returned', { occurredAt: hoursLater(2) }));
    office.clock.now = hoursLater(30);
    expect(await ask()).toBe(0);
    expect(await questions()).toEqual([]);
  });

  it('is withdrawn when the money comes back before it has left', async () => {
    await office.take(event('paid'));
    office.clock.now = hoursLater(24);
    await ask();
    await office.take(event('returned', { occurredAt: hoursLater(23) }));
    expect(await questions()).toEqual([]);
    expect((await inSms('questionAsked', {})).answer).toEqual({ outcome: 'none' });
  });
});

describe('the reply', () => {
  beforeEach(async () => {
    await office.take(event('paid'));
    office.clock.now = hoursLater(24);
    await ask();
  });

  it.each([
    ['less', 'PAY-LESS'],
    ['nothing', 'PAY-NR'],
  ])('"%s" opens one case of %s, with its number', async (word, category) => {
    const first = await reply(word);
    expect(first).toMatchObject({ outcome: 'missing', ref: expect.stringMatching(/^\d{8}$/) as string });
    expect(await reply(word)).toMatchObject({ outcome: 'missing', ref: first['ref'] });
    expect(await cases()).toMatchObject([{ category, status: 'received', programme: 'CASH' }]);
  });

  it('"all" closes her complaint that it had not come, and asks no more', async () => {
    await inSms('lodge', { matter: 'notreceived', named: 'named', programme: 'CASH' });
    await inSms('lodge', { matter: 'office', named: 'named', programme: 'CASH' });
    expect(await reply('all')).toEqual({ outcome: 'received' });
    expect((await cases()).filter(({ status }) => status === 'withdrawn')).toMatchObject([
      { category: 'PAY-NR' },
    ]);
    expect((await cases()).filter(({ status }) => status === 'received')).toHaveLength(1);
    office.clock.now = hoursLater(200);
    expect(await ask()).toBe(0);
  });
});

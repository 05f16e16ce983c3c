/** STOP in every language that is offered: her next notice does not leave, and she is on the list for other means. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claim } from '../../src/notifications/claim.ts';
import { carryOn } from '../../src/notifications/onward.ts';
import { enqueue } from '../../src/notifications/outbox.ts';
import { noteUnreached } from '../../src/payments/tell.ts';
import { startService, type TestService } from '../support/service.ts';

let running: TestService;
beforeAll(async () => {
  running = await startService();
}, 60_000);
afterAll(() => running.stop());

const WORDS = [
  ['ar', 'قف'],
  ['ar', 'أوقفوا الرسائل'],
  ['Arabic in Latin letters', 'wa2ef'],
  ['en', 'STOP'],
  ['en', 'stop sms'],
  ['fr', 'ARRÊT'],
  ['fr', 'arreter'],
  ['pt', 'parar'],
  ['es', 'baja'],
  ['tr', 'durdur'],
  ['id', 'berhenti'],
  ['uz', "to'xtat"],
  ['uz', 'тўхтат'],
  ['ru', 'СТОП'],
  ['zh', '退订'],
] as const;

it('stops the next notice whatever the language, and she is to be told by other means', async () => {
  const { db, keys } = running.service.deployment;
  const wrong: string[] = [];
  for (const [n, [language, word]] of WORDS.entries()) {
    const phone = `+961712000${String(n).padStart(2, '0')}`;
    const key = `pay:STOP-${n}:ready:0`;
    const contact = keys.index('contact', phone);
    await running.sms(phone, word);
    await db.transaction(async (tx) => {
      await enqueue(tx, keys, {
        ...{ contact, channel: 'sms', provider: 'carrier', address: phone, kind: 'notice', key },
        ...{ content: { kind: 'text', body: 'x' }, due: new Date(Date.now() - 1_000) },
      });
      await tx.query(
        `insert into payment_notice (payment_ref, status, said, facts, household, contact, reach, key, at)
         values ($1, 'ready', 'sms.pay.ready', '{}', gen_random_uuid(), $2, 'full', $3, now())`,
        [`STOP-${n}`, contact, key],
      );
    });
    const asked = { provider: 'carrier', lanes: ['carrier'], priorities: [5], limit: 10, now: new Date() };
    const { messages } = await claim(db, asked);
    await carryOn({ db, keys, sms: ['carrier', 'another'], now: new Date(), onUnreached: noteUnreached });
    const { rows } = await db.query<{ reach: string; reason: string | null; onward: string | null }>(
      `select n.reach, n.reason, o.onward from payment_notice n join outbound o on o.key = n.key where n.key = $1`,
      [key],
    );
    const [end] = rows;
    if (messages.length > 0 || end?.reach !== 'none' || end.reason !== 'opted_out' || end.onward !== 'people')
      wrong.push(`${language} ${word}: ${messages.length} left, ${JSON.stringify(end)}`);
  }
  expect(wrong).toEqual([]);
}, 60_000);

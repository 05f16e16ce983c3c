/** Delivery reports: early, late, twice, out of order, and about nothing of ours. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeliveryState } from '../../src/channels/channel.ts';
import { failure } from '../../src/channels/failures.ts';
import { settleEarlyReceipts, takeReceipt, type Report } from '../../src/notifications/receipts.ts';
import { carrier, noon, openOutbox, type Outbox } from './support.ts';

let outbox: Outbox;

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

const later = new Date(noon.getTime() + 3_600_000);
const take = (report: Partial<Report>, at = later) =>
  takeReceipt(outbox.db, { provider: 'carrier', providerId: 'p1', raw: 'word', ...report }, at);

/** A message as the sender leaves it. */
async function message(state: 'sent' | 'sending' | 'unknown', contact?: string): Promise<string> {
  const key = await outbox.put(contact === undefined ? {} : { contact });
  await outbox.db.query(
    `update outbound set state = $2, provider = 'carrier', provider_id = $3, sent_at = $4, attempts = 1
     where key = $1`,
    [key, state, state === 'sent' ? 'p1' : null, state === 'sent' ? noon : null],
  );
  return key;
}

describe('reports about a sent message', () => {
  test.each<[DeliveryState[], string]>([
    [['sent'], 'sent'],
    [['delivered'], 'delivered'],
    [['sent', 'delivered', 'read'], 'read'],
    [['read', 'delivered', 'sent'], 'read'],
    [['delivered', 'sent'], 'delivered'],
    [['delivered', 'delivered'], 'delivered'],
    [['failed'], 'failed'],
    [['failed', 'sent'], 'failed'],
    [['delivered', 'failed'], 'delivered'],
    [['failed', 'delivered'], 'delivered'],
  ])('%j leave it %s', async (states, expected) => {
    const key = await message('sent');
    for (const state of states) await take({ state });
    const row = await outbox.row(key);
    expect(row).toMatchObject({ state: expected, provider_id: 'p1', sent_at: noon });
    expect(row.settled_at).toEqual(expected === 'sent' ? null : later);
    expect(row.error).toBe(expected === 'failed' ? 'refused' : null);
  });

  test('that come at the same time leave the highest', async () => {
    const key = await message('sent');
    const states: DeliveryState[] = ['sent', 'read', 'delivered', 'failed', 'delivered', 'sent'];
    await Promise.all(states.map((state) => take({ state })));
    expect(await outbox.row(key)).toMatchObject({ state: 'read' });
  });

  test('keep the code of a failure and the provider’s word', async () => {
    const key = await message('sent');
    await take({ state: 'failed', code: 'to.absent', raw: 'AbsentSubscriber' });
    expect(await outbox.row(key)).toMatchObject({ error: 'to.absent', report: 'AbsentSubscriber' });
  });

  test('in a word that we do not know change nothing but are kept', async () => {
    const key = await message('sent');
    await take({ raw: 'Teleported' });
    expect(await outbox.row(key)).toMatchObject({ state: 'sent', report: 'Teleported', settled_at: null });
  });

  test('of another provider are about another message', async () => {
    const key = await message('sent');
    await take({ provider: 'other', state: 'failed' });
    expect(await outbox.row(key)).toMatchObject({ state: 'sent' });
  });

  test('that say she does not want messages stop the contact, and only once', async () => {
    const contact = await outbox.contact('+96170000001');
    await message('sent', contact);
    const stopped = async () =>
      (await outbox.db.query<{ stopped_at: Date | null }>('select stopped_at from contact')).rows[0]
        ?.stopped_at;
    await take({ state: 'failed', optOut: true });
    expect(await stopped()).toEqual(later);
    await outbox.db.query('update contact set stopped_at = null');
    await take({ state: 'failed', optOut: true });
    expect(await stopped()).toBeNull();
  });
});

describe('a report that overtakes the answer to its request', () => {
  test('is kept until the message is known to be sent', async () => {
    const report = { provider: 'carrier', providerId: 'fast', raw: 'ok' } as const;
    const sms = carrier('carrier', async () => {
      await takeReceipt(outbox.db, { ...report, state: 'delivered' }, noon);
      await takeReceipt(outbox.db, { ...report, state: 'sent' }, noon);
      await takeReceipt(outbox.db, { ...report, state: 'delivered' }, noon);
      return { providerId: 'fast' };
    });
    const key = await outbox.put();
    await outbox.sender([sms]).start();
    await vi.waitFor(
      async () => {
        expect(await outbox.row(key)).toMatchObject({ state: 'delivered', provider_id: 'fast' });
      },
      { timeout: 10_000, interval: 50 },
    );
    await vi.waitFor(async () => {
      expect((await outbox.db.query('select from early_receipt')).rowCount).toBe(0);
    });
  });

  test('is forgotten after a day when it matches nothing', async () => {
    await take({ state: 'delivered' });
    const kept = async () => (await outbox.db.query('select from early_receipt')).rowCount;
    await settleEarlyReceipts(outbox.db, new Date(later.getTime() + 23 * 3_600_000));
    expect(await kept()).toBe(1);
    await settleEarlyReceipts(outbox.db, new Date(later.getTime() + 25 * 3_600_000));
    expect(await kept()).toBe(0);
  });
});

describe('an unknown message', () => {
  test.each(['sent', 'delivered', 'failed'] as const)(
    'is settled by a report of %s that names it',
    async (state) => {
      const key = await message('unknown');
      const { id } = await outbox.row(key);
      await take({ state, message: String(id) });
      expect(await outbox.row(key)).toMatchObject({ state, provider_id: 'p1' });
    },
  );

  test('is settled by a report that came while it was still being sent', async () => {
    const key = await message('sending');
    const { id } = await outbox.row(key);
    await take({ state: 'delivered', message: String(id) });
    expect(await outbox.row(key)).toMatchObject({ state: 'sending' });
    await outbox.db.query("update outbound set state = 'unknown'");
    await settleEarlyReceipts(outbox.db, later);
    expect(await outbox.row(key)).toMatchObject({ state: 'delivered' });
  });

  test('of another provider, or with a made-up name, is left alone', async () => {
    const key = await message('unknown');
    const { id } = await outbox.row(key);
    await take({ provider: 'other', state: 'delivered', message: String(id) });
    await take({ state: 'delivered', message: "1' or true" });
    await take({ state: 'delivered', providerId: 'p2', message: '99999999999999999999' });
    expect(await outbox.row(key)).toMatchObject({ state: 'unknown' });
  });

  test('stays so when its answer was lost, whatever a stranger reports', async () => {
    const key = await outbox.put();
    await outbox.sender([carrier('carrier', () => Promise.reject(failure('answer.lost')))]).start();
    await vi.waitFor(async () => {
      expect(await outbox.row(key)).toMatchObject({ state: 'unknown' });
    });
    await take({ state: 'delivered' });
    expect(await outbox.row(key)).toMatchObject({ state: 'unknown' });
  });
});

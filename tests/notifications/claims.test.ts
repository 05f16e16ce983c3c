/** What is written down of an attempt, when two processes and people are at the same message. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { claim, expireLeases, markFailed, rehome, type Claimed } from '../../src/notifications/claim.ts';
import { carryOn, type Unreached } from '../../src/notifications/onward.ts';
import { cancelQueued, holdQueued, releaseQueued } from '../../src/notifications/recall.ts';
import { enqueueAll, type Message } from '../../src/notifications/outbox.ts';
import type { Verdict } from '../../src/notifications/verdict.ts';
import { minute, noon, openOutbox, type Outbox } from './support.ts';

let outbox: Outbox;

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

const later = (minutes: number) => new Date(noon.getTime() + minutes * minute);
const again: Verdict = { state: 'queued', wait: minute, error: 'rate', optOut: false, alert: false };
const refused: Verdict = { ...again, state: 'failed', error: 'refused' };

async function take(now = noon): Promise<Claimed> {
  const { messages } = await claim(outbox.db, {
    ...{ provider: 'x', lanes: ['sms'], priorities: [2, 5], limit: 1, now },
  });
  const [message] = messages;
  if (!message) throw new Error('nothing to send');
  return message;
}

test('a failure that is written again touches no claim but its own', async () => {
  const key = await outbox.put();
  const first = await take();
  await markFailed(outbox.db, first, again, noon);
  const second = await take(later(2));
  expect(second.id).toBe(first.id);
  // The answer to the first write was lost, so it is repeated.
  for (const verdict of [again, refused]) await markFailed(outbox.db, first, verdict, later(2));
  expect(await outbox.row(key)).toMatchObject({ state: 'sending', attempts: 2 });
  await markFailed(outbox.db, second, refused, later(2));
  expect(await outbox.row(key)).toMatchObject({ state: 'failed', error: 'refused' });
});

test('a failure that is known after the lease still counts', async () => {
  const key = await outbox.put();
  const message = await take();
  await expireLeases(outbox.db, later(2));
  expect(await outbox.row(key)).toMatchObject({ state: 'unknown' });
  await markFailed(outbox.db, message, refused, later(2));
  expect(await outbox.row(key)).toMatchObject({ state: 'failed', error: 'refused' });
});

const carryOnNow = async () => {
  const unreached: Unreached[] = [];
  await carryOn({
    ...{ db: outbox.db, keys: outbox.keys, sms: ['x', 'y'], now: noon },
    onUnreached: (_tx, one) => {
      unreached.push(one);
      return Promise.resolve();
    },
  });
  return unreached;
};

test('what is taken back while under way is not tried again, and does not go on by another provider', async () => {
  const keys = [await outbox.put(), await outbox.put(), await outbox.put(), await outbox.put()];
  const [first, second, third] = [await take(), await take(), await take()];
  await markFailed(outbox.db, third, refused, noon);
  // The one that waited and the one that failed reach nobody; of the others nobody knows yet.
  const back = await cancelQueued(outbox.db, keys, { why: 'campaign.stopped', now: noon });
  expect(back.sort()).toEqual([keys[2], keys[3]].sort());
  await markFailed(outbox.db, first, again, noon);
  await markFailed(outbox.db, second, refused, noon);
  expect(await outbox.row(keys[0] ?? '')).toMatchObject({
    ...{ state: 'cancelled', error: 'campaign.stopped', settled_at: noon },
  });
  expect(await carryOnNow()).toEqual(keys.slice(0, 2).map((key) => ({ key, reason: 'campaign.stopped' })));
  expect(await outbox.count()).toEqual({ cancelled: 2, failed: 2 });
});

test('what is held while under way waits, and goes on when it is let go', async () => {
  const keys = [await outbox.put(), await outbox.put()];
  const [first, second] = [await take(), await take()];
  await holdQueued(outbox.db, keys);
  await markFailed(outbox.db, first, again, noon);
  await markFailed(outbox.db, second, refused, noon);
  await carryOnNow();
  expect(await outbox.count()).toEqual({ queued: 1, failed: 1 });
  await expect(take(later(60 * 24 * 30))).rejects.toThrow('nothing to send');
  await releaseQueued(outbox.db, keys, noon);
  await carryOnNow();
  expect(await outbox.count()).toEqual({ queued: 2, failed: 1 });
  expect((await take()).id).toBe(first.id);
});

test('a message that cannot be opened is for people, and keeps no other from going on', async () => {
  const keys = [await outbox.put(), await outbox.put()];
  for (const message of [await take(), await take()]) await markFailed(outbox.db, message, refused, noon);
  await outbox.db.query(`update outbound set content = '\\x01' where key = $1`, [keys[0]]);
  expect(await carryOnNow()).toEqual([{ key: keys[0], reason: 'refused' }]);
  expect(await outbox.row(`${keys[1] ?? ''}~y`)).toMatchObject({ state: 'queued' });
});

test('keys are taken in order, so that two who put the same in do not block each other', async () => {
  const { db, keys } = outbox;
  const message = (key: string): Message => ({
    ...{ contact: null, channel: 'sms', provider: null, address: '+96170000001', kind: 'answer', due: noon },
    ...{ content: { kind: 'text', body: 'Hello' }, key },
  });
  let other: Promise<number> | undefined;
  await db.transaction(async (tx) => {
    await enqueueAll(tx, keys, [message('m')]);
    other = db.transaction((second) => enqueueAll(second, keys, [message('z'), message('m')]));
    other.catch(() => undefined);
    await waiting();
    await enqueueAll(tx, keys, [message('z')]);
  });
  expect(await other).toBe(0);
});

/** Until another transaction waits for this one. */
async function waiting(): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    const { rowCount } = await outbox.db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount !== 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('nobody waits');
}

test('a message for a channel that is not known here fails only when no other process took it either', async () => {
  const key = await outbox.put({ channel: 'whatsapp' });
  // During a change of release an old process does not know what a new one sends by.
  expect(await rehome(outbox.db, ['x', 'sms'], ['sms'], later(14))).toBe(0);
  expect(await rehome(outbox.db, ['x', 'sms'], ['sms'], later(16))).toBe(1);
  expect(await outbox.row(key)).toMatchObject({ state: 'failed', error: 'channel.off' });
});

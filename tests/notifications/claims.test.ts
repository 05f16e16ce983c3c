/** What is written down of an attempt, when two processes and people are at the same message. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { claim, expireLeases, markFailed, type Claimed } from '../../src/notifications/claim.ts';
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

/** When a message does not arrive: WhatsApp, SMS, another provider, people; never a second copy of what may have left. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutboundContent } from '../../src/channels/channel.ts';
import { failure, type FailureCode } from '../../src/channels/failures.ts';
import { createBreaker } from '../../src/notifications/breaker.ts';
import { asSms, nextMeans, type Ended } from '../../src/notifications/next-means.ts';
import type { Unreached } from '../../src/notifications/onward.ts';
import { takeReceipt } from '../../src/notifications/receipts.ts';
import { readUnknown, settleUnknown } from '../../src/notifications/unknown.ts';
import { carrier, noon, openOutbox, type Outbox } from './support.ts';
import type { Sender } from '../../src/notifications/sender.ts';

let outbox: Outbox;
let unreached: Unreached[] = [];

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(async () => {
  unreached = [];
  await outbox.clear();
});
afterAll(() => outbox.close());

const phone = '+96170000001';
const onUnreached = (_tx: unknown, one: Unreached) => {
  unreached.push(one);
  return Promise.resolve();
};
const failing = (name: string, code: FailureCode, channel: 'sms' | 'whatsapp' = 'sms') =>
  carrier(name, () => Promise.reject(failure(code)), channel);

async function eventually(check: () => unknown): Promise<void> {
  for (let left = 100; ; left -= 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Housekeeping runs at the start: a second sender's start is a pass of it. */
async function tidy(sender: Sender): Promise<void> {
  await sender.start();
}

describe('the next means', () => {
  const sms: Ended = {
    state: 'failed',
    error: 'unavailable (HTTP 500)',
    channel: 'sms',
    wasSent: false,
    isFixed: false,
  };
  const ways = { sms: ['a', 'b'], tried: new Set(['a']), hasPhone: true };
  const second = { onward: 'message', channel: 'sms', provider: 'b' };
  const people = { onward: 'people' };
  test.each<[string, Partial<Ended>, object]>([
    ['a provider that is down', {}, second],
    ['a provider that refuses us', { error: 'configuration (402)' }, second],
    ['a wrong number', { error: 'to.invalid (403)' }, people],
    ['a phone that is off', { error: 'to.absent' }, people],
    ['an opt-out', { error: 'to.optedOut (406)' }, people],
    ['too late', { error: 'expired' }, people],
    ['reported by the network after it left', { wasSent: true, error: 'refused' }, people],
    ['fixed to its product', { isFixed: true }, people],
    ['STOP', { state: 'cancelled', error: 'stopped' }, people],
    ['something newer', { state: 'cancelled', error: 'replaced' }, { onward: 'none' }],
    [
      'not on WhatsApp',
      { channel: 'whatsapp', error: 'to.unreachable (63003)' },
      { ...second, provider: null },
    ],
    [
      'window closed, said by report',
      { channel: 'whatsapp', wasSent: true, error: 'window.closed' },
      { ...second, provider: null },
    ],
  ])('after %s', (_what, change, expected) => {
    expect(nextMeans({ ...sms, ...change }, ways)).toEqual(expected);
  });

  test('is people when every provider was tried, or there is no phone', () => {
    expect(nextMeans(sms, { ...ways, tried: new Set(['a', 'b']) })).toEqual(people);
    expect(nextMeans({ ...sms, channel: 'whatsapp' }, { ...ways, hasPhone: false })).toEqual(people);
  });

  test('says no more than before, and fits', () => {
    const template = {
      kind: 'template' as const,
      name: 'waiting',
      language: 'en',
      variables: ['145 USD'],
    } satisfies Partial<OutboundContent>;
    expect(asSms({ ...template, fallback: 'You have a message.' })).toEqual({
      kind: 'text',
      body: 'You have a message.',
    });
    expect(asSms({ kind: 'text', body: 'x'.repeat(161) })).toBeUndefined();
    expect(asSms({ kind: 'text', body: 'ع'.repeat(134) })).toBeDefined();
    expect(asSms({ kind: 'text', body: 'ع'.repeat(135) })).toBeUndefined();
    expect(asSms({ kind: 'buttons', body: 'x', buttons: [], personal: false })).toBeUndefined();
  });
});

test('WhatsApp, then SMS, then the other provider, then the list: one chain, each once', async () => {
  const contact = await outbox.contact(phone);
  const key = await outbox.put({ contact, channel: 'whatsapp', kind: 'notice', address: phone });
  const chat = failing('chat', 'to.unreachable', 'whatsapp');
  const [one, two] = [failing('one', 'refused'), failing('two', 'refused')];
  const sender = outbox.sender([chat, one, two], { onUnreached });
  for (const state of ['failed', 'failed', 'failed']) {
    await tidy(sender);
    await eventually(async () => {
      expect((await outbox.rows()).at(-1)?.state).toBe(state);
    });
  }
  await eventually(async () => {
    await tidy(sender);
    expect(unreached).toEqual([{ key, reason: 'refused' }]);
  });
  await tidy(sender);
  const rows = (
    await outbox.db.query('select key, provider, instead_of, origin, onward from outbound order by id')
  ).rows;
  const ids = (await outbox.rows()).map(({ id }) => id);
  expect(rows).toEqual([
    { key, provider: 'chat', instead_of: null, origin: null, onward: 'message' },
    { key: `${key}~sms`, provider: 'one', instead_of: ids[0], origin: key, onward: 'message' },
    { key: `${key}~two`, provider: 'two', instead_of: ids[1], origin: key, onward: 'people' },
  ]);
  expect([chat, one, two].map(({ sent }) => sent.length)).toEqual([1, 1, 1]);
  expect(unreached).toHaveLength(1);
});

test('a reply that fails is not carried on, and STOP puts her on the list', async () => {
  const contact = await outbox.contact(phone);
  const reply = await outbox.put({ contact, kind: 'reply', provider: 'one' });
  const notice = await outbox.put({ contact, kind: 'notice' });
  await outbox.db.query('update contact set stopped_at = now()');
  const two = carrier('two');
  const sender = outbox.sender([failing('one', 'refused'), two], { onUnreached });
  await eventually(async () => {
    await tidy(sender);
    expect(unreached).toEqual([{ key: notice, reason: 'stopped' }]);
  });
  expect(await outbox.row(reply)).toMatchObject({ state: 'failed' });
  expect(two.sent).toEqual([]);
});

test('what may have left is never sent by another means; people settle it, or a report does', async () => {
  const first = carrier('one', () => Promise.reject(failure('answer.lost')));
  const second = carrier('two');
  const sender = outbox.sender([first, second], { onUnreached });
  const [arrived, lost, reported] = [await outbox.put(), await outbox.put(), await outbox.put()];
  await eventually(async () => {
    await tidy(sender);
    expect(await outbox.count()).toEqual({ unknown: 3 });
  });
  await tidy(sender);
  expect(second.sent).toEqual([]);
  const { db } = outbox;
  const found = await readUnknown(db);
  expect(found.map(({ error }) => error)).toEqual(['answer.lost', 'answer.lost', 'answer.lost']);
  const [a, b, c] = found.map(({ id }) => id);
  const by = '00000000-0000-0000-0000-000000000001';
  expect(await settleUnknown(db, { id: a ?? 0, found: 'arrived', by, at: noon })).toBe(true);
  expect(await settleUnknown(db, { id: b ?? 0, found: 'lost', by, at: noon })).toBe(true);
  expect(await settleUnknown(db, { id: b ?? 0, found: 'arrived', by, at: noon })).toBe(false);
  await takeReceipt(
    db,
    { provider: 'one', providerId: 'x', state: 'delivered', raw: 'ok', message: String(c) },
    noon,
  );
  await eventually(async () => {
    await tidy(sender);
    expect(unreached).toEqual([{ key: lost, reason: 'by_hand' }]);
  });
  expect((await outbox.row(arrived)).state).toBe('delivered');
  expect((await outbox.row(reported)).state).toBe('delivered');
  expect(second.sent).toEqual([]);
});

describe('a provider that is away', () => {
  test('gets a handful of messages and then one now and then; none is lost', () => {
    let now = 0;
    const changes: boolean[] = [];
    const breaker = createBreaker({ clock: () => now, onChange: (isOpen) => changes.push(isOpen) });
    for (let count = 0; count < 4; count += 1) breaker.failed();
    breaker.answered();
    for (let count = 0; count < 4; count += 1) breaker.failed();
    expect(breaker.room()).toBe(Infinity);
    breaker.failed();
    expect([breaker.room(), breaker.wait()]).toEqual([0, 5_000]);
    breaker.failed();
    now = 5_000;
    expect(breaker.room()).toBe(1);
    breaker.trying();
    expect(breaker.room()).toBe(0);
    breaker.failed();
    expect([breaker.room(), breaker.wait()]).toEqual([0, 10_000]);
    now = 15_000;
    breaker.trying();
    breaker.answered();
    expect([breaker.room(), breaker.isOpen()]).toEqual([Infinity, false]);
    expect(changes).toEqual([true, false]);
  });

  test('loses its messages to the other provider, but not those that are fixed to it, and takes them back', async () => {
    let isUp = false;
    let at = noon.getTime();
    const one = carrier('one', ({ id }) =>
      isUp ? Promise.resolve({ providerId: id }) : Promise.reject(failure('unavailable')),
    );
    const two = carrier('two');
    for (let count = 0; count < 20; count += 1) await outbox.put();
    const fixed = await outbox.put({ kind: 'answer', provider: 'one' });
    const opened: boolean[] = [];
    const sender = outbox.sender([one, two], {
      now: () => new Date(at),
      concurrency: 2,
      onBreaker: (_provider, isOpen) => opened.push(isOpen),
    });
    await sender.start();
    await eventually(async () => {
      at += 1_000;
      sender.wake();
      expect(await outbox.count()).toEqual({ sent: 20, queued: 1 });
    });
    expect(one.sent.length).toBeLessThan(12);
    expect(outbox.logged.join()).toContain('one takes no messages');
    isUp = true;
    await eventually(async () => {
      at += 60_000;
      sender.wake();
      expect((await outbox.row(fixed)).state).toBe('sent');
    });
    expect(opened).toEqual([true, false]);
    expect(new Set([...one.sent, ...two.sent].map(({ id }) => id)).size).toBe(21);
  });
});

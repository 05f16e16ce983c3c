/** The sender against carriers that fail in every way: each message leaves once, or it is known why not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SendError, type Outbound, type Sent } from '../../src/channels/channel.ts';
import { failure } from '../../src/channels/failures.ts';
import type { Attempt } from '../../src/notifications/lane.ts';
import { carrier, minute, never, noon, openOutbox, type Outbox } from './support.ts';

let outbox: Outbox;

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

const phone = '+96170000001';
const eventually = (check: () => Promise<void> | void, timeout = 10_000) =>
  vi.waitFor(check, { timeout, interval: 20 });
const settled = (key: string, state: string) =>
  eventually(async () => {
    expect(await outbox.row(key)).toMatchObject({ state });
  });

describe('a message', () => {
  test('leaves with its address and content, and its provider id is kept', async () => {
    const sms = carrier();
    const attempts: Attempt[] = [];
    await outbox.sender([sms], { onAttempt: (attempt) => attempts.push(attempt) }).start();
    const key = await outbox.put({ contact: await outbox.contact(phone) });
    await settled(key, 'sent');
    const row = await outbox.row(key);
    expect(sms.sent).toEqual([{ id: String(row.id), to: phone, content: { kind: 'text', body: 'Hello' } }]);
    expect(row).toMatchObject({
      ...{ provider: 'carrier', provider_id: `carrier-${row.id}`, sent_at: noon, settled_at: null },
    });
    await eventually(() => {
      expect(attempts).toMatchObject([{ provider: 'carrier', kind: 'answer', outcome: 'sent' }]);
    });
  });

  test.each([
    ['rate', failure('rate'), 'queued', 1],
    ['absent', failure('to.absent'), 'queued', 1],
    ['credentials', failure('credentials'), 'queued', 0],
    ['invalid', failure('to.invalid'), 'failed', 1],
    ['opted out', failure('to.optedOut', '21610'), 'failed', 1],
    ['lost', failure('answer.lost'), 'unknown', 1],
    ['a bug', new TypeError(`cannot send to ${phone}`), 'unknown', 1],
  ])('that fails (%s) is tried once now', async (_what, error, state, attempts) => {
    const sms = carrier('carrier', () => Promise.reject(error));
    const sender = outbox.sender([sms]);
    await sender.start();
    const contact = await outbox.contact(phone);
    const key = await outbox.put({ contact });
    await eventually(async () => {
      expect((await outbox.row(key)).error).not.toBeNull();
    });
    sender.wake();
    await sender.stop();
    const row = await outbox.row(key);
    expect(row).toMatchObject({ state, attempts });
    expect(row.settled_at).toEqual(state === 'failed' ? noon : null);
    if (state === 'queued') expect(row.due.getTime()).toBeGreaterThan(noon.getTime());
    expect(sms.sent).toHaveLength(1);
    const isOptOut = error instanceof SendError && error.optOut;
    const stopped = await outbox.db.query('select from contact where stopped_at is not null');
    expect(stopped.rowCount).toBe(isOptOut ? 1 : 0);
    expect(JSON.stringify([row, outbox.logged])).not.toContain('70000001');
  });

  test('is tried eight times, each time later, then it has failed', async () => {
    let at = noon.getTime();
    const sms = carrier('carrier', () => Promise.reject(failure('unavailable')));
    const sender = outbox.sender([sms], { now: () => new Date(at) });
    const key = await outbox.put();
    await sender.start();
    for (let attempts = 1; attempts <= 8; attempts += 1) {
      await eventually(async () => {
        const row = await outbox.row(key);
        expect([row.attempts, row.state]).toEqual([attempts, attempts === 8 ? 'failed' : 'queued']);
      });
      at = (await outbox.row(key)).due.getTime();
      sender.wake();
    }
    expect(sms.sent).toHaveLength(8);
  });

  test('that people must help with is tried until it is too old, and logged without who it was for', async () => {
    let at = noon.getTime();
    const sms = carrier('carrier', () => Promise.reject(failure('balance')));
    const sender = outbox.sender([sms], { now: () => new Date(at) });
    const key = await outbox.put();
    await sender.start();
    for (let sent = 1; sent <= 12; sent += 1) {
      await eventually(async () => {
        expect(sms.sent).toHaveLength(sent);
        expect((await outbox.row(key)).state).toBe('queued');
      });
      if (sent === 12) break;
      at = (await outbox.row(key)).due.getTime();
      sender.wake();
    }
    at = noon.getTime() + 25 * 60 * minute;
    sender.wake();
    await settled(key, 'failed');
    expect(await outbox.row(key)).toMatchObject({ error: 'expired' });
    expect(outbox.logged).toEqual([
      'messages by carrier cannot leave until people act balance',
      'carrier takes no messages: they wait, and one is tried now and then undefined',
    ]);
  });

  test('sealed by another key waits for people and is not sent', async () => {
    const sms = carrier();
    const key = await outbox.put();
    await outbox.db.query("update outbound set content = '\\x01'");
    await outbox.sender([sms]).start();
    await eventually(async () => {
      expect(await outbox.row(key)).toMatchObject({ state: 'queued', error: 'seal.broken' });
    });
    expect(sms.sent).toEqual([]);
  });
});

test('messages that cannot be sent as they are say nothing of the provider', async () => {
  const isBad = ({ content }: Outbound) => content.kind === 'text' && content.body === 'bad';
  const sms = carrier('carrier', (message) =>
    isBad(message)
      ? Promise.reject(failure('template.missing'))
      : Promise.resolve({ providerId: message.id }),
  );
  const sealed: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    await outbox.put({ content: { kind: 'text', body: 'bad' } });
    sealed.push(await outbox.put());
  }
  await outbox.db.query("update outbound set content = '\\x01' where key = any($1)", [sealed]);
  const sender = outbox.sender([sms], { concurrency: 1 });
  const last = await outbox.put();
  await sender.start();
  await settled(last, 'sent');
  expect(outbox.logged.filter((line) => line.includes('takes no messages'))).toEqual([]);
});

describe('a sender that dies between sending and marking', () => {
  test('leaves messages that nobody sends again', async () => {
    let at = noon.getTime();
    const now = () => new Date(at);
    const dead = carrier('carrier', never);
    const dying = outbox.sender([dead], { now });
    const keys = await Promise.all([outbox.put(), outbox.put(), outbox.put()]);
    await dying.start();
    await eventually(() => {
      expect(dead.sent).toHaveLength(3);
    });
    await dying.stop(50);
    expect(await outbox.count()).toEqual({ sending: 3 });

    const sms = carrier();
    const before = outbox.sender([sms], { now });
    await before.start();
    await before.stop();
    expect(await outbox.count()).toEqual({ sending: 3 });

    at += 61_000;
    const after = outbox.sender([sms], { now });
    await after.start();
    for (const key of keys)
      expect(await outbox.row(key)).toMatchObject({ state: 'unknown', error: 'lease.expired' });
    at += 24 * 60 * minute;
    const next = await outbox.put({ due: now() });
    await settled(next, 'sent');
    expect(sms.sent).toHaveLength(1);
  });

  test('whose answer comes after the lease still counts as sent', async () => {
    let answer: (sent: Sent) => void = () => undefined;
    const slow = carrier('carrier', () => new Promise((resolve) => (answer = resolve)));
    const key = await outbox.put();
    await outbox.sender([slow]).start();
    await settled(key, 'sending');
    await outbox.sender([], { now: () => new Date(noon.getTime() + 61_000) }).start();
    await settled(key, 'unknown');
    answer({ providerId: 'late' });
    await settled(key, 'sent');
    expect(await outbox.row(key)).toMatchObject({ provider_id: 'late', error: null });
  });
});

test('two senders share a thousand messages: each is sent exactly once, or its failure is known', async () => {
  const outcomes = new Map<string, number>();
  const flaky = async (message: Outbound): Promise<Sent> => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    const dice = Math.random();
    if (dice < 0.2) throw failure(dice < 0.1 ? 'rate' : 'unavailable');
    if (dice < 0.25) throw failure('to.invalid');
    outcomes.set(message.id, (outcomes.get(message.id) ?? 0) + 1);
    if (dice < 0.3) throw failure('answer.lost');
    return { providerId: `flaky-${message.id}` };
  };
  const options = { concurrency: 20, rates: { flaky: 100_000 } };
  const senders = [1, 2].map(() => outbox.sender([carrier('flaky', flaky)], options));
  await Promise.all(Array.from({ length: 1_000 }, () => outbox.put()));
  await Promise.all(senders.map((sender) => sender.start()));
  await eventually(async () => {
    await outbox.db.query("update outbound set due = $1 where state = 'queued'", [noon]);
    for (const sender of senders) sender.wake();
    const { sent = 0, failed = 0, unknown = 0 } = await outbox.count();
    expect(sent + failed + unknown).toBe(1_000);
  }, 25_000);
  for (const { id, state } of await outbox.rows())
    expect([id, outcomes.get(String(id)) ?? 0]).toEqual([id, state === 'failed' ? 0 : 1]);
  const { sent = 0, failed = 0, unknown = 0 } = await outbox.count();
  expect(Math.min(sent, failed, unknown)).toBeGreaterThan(0);
});

describe('the order', () => {
  test('is replies, warnings, answers, notices; the oldest first', async () => {
    const sms = carrier();
    const keys = ['notice', 'answer', 'security', 'reply'] as const;
    for (const kind of keys) await outbox.put({ kind, content: { kind: 'text', body: `${kind} 1` } });
    for (const kind of keys) await outbox.put({ kind, content: { kind: 'text', body: `${kind} 2` } });
    await outbox.sender([sms], { concurrency: 1 }).start();
    await eventually(() => {
      expect(sms.sent).toHaveLength(8);
    });
    expect(sms.sent.map(({ content }) => content.kind === 'text' && content.body)).toEqual([
      ...['reply 1', 'reply 2', 'security 1', 'security 2', 'answer 1', 'answer 2', 'notice 1', 'notice 2'],
    ]);
  });

  test('leaves a way for replies when all others hang', async () => {
    const hanging = carrier('carrier', ({ content }) =>
      content.kind === 'text' && content.body === 'reply' ? Promise.resolve({ providerId: 'r' }) : never(),
    );
    for (let count = 0; count < 20; count += 1) await outbox.put({ kind: 'notice' });
    const sender = outbox.sender([hanging], { concurrency: 8 });
    await sender.start();
    await eventually(() => {
      expect(hanging.sent).toHaveLength(8);
    });
    const key = await outbox.put({ kind: 'reply', content: { kind: 'text', body: 'reply' } });
    await settled(key, 'sent');
    expect(hanging.sent).toHaveLength(9);
    await sender.stop(10);
  });

  test('keeps to the rate of the provider', async () => {
    const sms = carrier();
    for (let count = 0; count < 40; count += 1) await outbox.put();
    const started = performance.now();
    await outbox.sender([sms], { rates: { carrier: 20 } }).start();
    await eventually(() => {
      expect(sms.sent).toHaveLength(40);
    });
    expect(performance.now() - started).toBeGreaterThan(900);
  });
});

describe('a notice', () => {
  test.each([
    ['stopped', 'stopped_at = now()'],
    ['consent', "consent = 'none'"],
  ])(
    'is cancelled at the last moment (%s); answers, warnings and replies still leave',
    async (error, change) => {
      const sms = carrier();
      const contact = await outbox.contact(phone);
      const notice = await outbox.put({ contact, kind: 'notice' });
      const others = await Promise.all(
        (['answer', 'security', 'reply'] as const).map((kind) => outbox.put({ contact, kind })),
      );
      await outbox.db.query(`update contact set ${change}`);
      await outbox.sender([sms]).start();
      await settled(notice, 'cancelled');
      expect(await outbox.row(notice)).toMatchObject({ error, settled_at: noon });
      for (const key of others) await settled(key, 'sent');
      expect(sms.sent).toHaveLength(3);
    },
  );

  test('that the queue held until the evening waits for the morning; an answer does not', async () => {
    let at = new Date('2026-11-24T18:00:00Z');
    const sms = carrier();
    const sender = outbox.sender([sms], { now: () => at });
    const notice = await outbox.put({ kind: 'notice' });
    const answer = await outbox.put({ kind: 'answer' });
    await sender.start();
    await settled(answer, 'sent');
    sender.wake();
    expect(await outbox.row(notice)).toMatchObject({ state: 'queued', attempts: 0 });
    at = new Date('2026-11-25T06:00:00Z');
    sender.wake();
    await settled(notice, 'sent');
  });

  test('before its time stays where it is', async () => {
    const sms = carrier();
    const sender = outbox.sender([sms]);
    const later = await outbox.put({ due: new Date(noon.getTime() + 1) });
    const now = await outbox.put();
    await sender.start();
    await settled(now, 'sent');
    expect(await outbox.row(later)).toMatchObject({ state: 'queued', attempts: 0 });
  });
});

describe('the way out', () => {
  test('is the product a reply is fixed to, else the first of the channel', async () => {
    const channels = [carrier('one'), carrier('two'), carrier('chat', undefined, 'whatsapp')];
    const keys = [
      await outbox.put(),
      await outbox.put({ provider: 'two' }),
      await outbox.put({ channel: 'whatsapp' }),
      await outbox.put({ provider: 'gone' }),
    ];
    await outbox.sender(channels).start();
    for (const key of keys) await settled(key, 'sent');
    expect(channels.map(({ sent }) => sent.length)).toEqual([2, 1, 1]);
    expect((await outbox.rows()).map(({ provider }) => provider)).toEqual(['one', 'two', 'chat', 'one']);
  });

  test('without a provider for its channel is a failure, and is logged', async () => {
    const key = await outbox.put({ channel: 'whatsapp', due: new Date(noon.getTime() - 16 * minute) });
    const own = await outbox.put();
    await outbox.sender([carrier(), { name: 'dial', channel: 'ussd' }]).start();
    expect(await outbox.row(key)).toMatchObject({ state: 'failed', error: 'channel.off', settled_at: noon });
    expect(outbox.logged).toEqual(['1 messages failed: their channel is off undefined']);
    await settled(own, 'sent');
  });
});

describe('the database', () => {
  const cut = (query: string) =>
    outbox.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and query ilike $1`,
      [query],
    );
  const listeners = async () =>
    (
      await outbox.db.query(
        "select from pg_stat_activity where datname = current_database() and query = 'listen outbound'",
      )
    ).rowCount;

  test('wakes the sender long before the poll, and again after its connection was cut', async () => {
    const sms = carrier();
    await outbox.sender([sms]).start();
    const delay = async () => {
      await eventually(async () => {
        expect(await listeners()).toBe(1);
      });
      const times: number[] = [];
      for (let count = 0; count < 5; count += 1) {
        const before = sms.sent.length;
        const started = performance.now();
        await outbox.put();
        await vi.waitUntil(() => sms.sent.length === before + 1, { timeout: 5_000, interval: 2 });
        times.push(performance.now() - started);
      }
      return Math.max(...times);
    };
    expect(await delay()).toBeLessThan(500);
    expect((await cut('listen outbound')).rowCount).toBe(1);
    await eventually(async () => {
      expect(await listeners()).toBe(0);
    });
    expect(await delay()).toBeLessThan(500);
  });

  test('may lose every connection while a message is on its way: it is still marked', async () => {
    let answer: (sent: Sent) => void = () => undefined;
    const slow = carrier('carrier', () => new Promise((resolve) => (answer = resolve)));
    const key = await outbox.put();
    await outbox.sender([slow]).start();
    await settled(key, 'sending');
    await cut('%');
    answer({ providerId: 'kept' });
    await settled(key, 'sent');
    expect(slow.sent).toHaveLength(1);
  });
});

test('stop waits for what is under way and claims nothing more', async () => {
  const answers: ((sent: Sent) => void)[] = [];
  const slow = carrier('carrier', () => new Promise((resolve) => answers.push(resolve)));
  for (let count = 0; count < 3; count += 1) await outbox.put();
  const sender = outbox.sender([slow], { concurrency: 2 });
  await sender.start();
  await eventually(() => {
    expect(answers).toHaveLength(2);
  });
  const stopped = sender.stop();
  for (const answer of answers) answer({ providerId: 'x' });
  await stopped;
  expect(await outbox.count()).toEqual({ queued: 1, sent: 2 });
});

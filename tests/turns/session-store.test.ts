/** One contract for both session stores, and what is left of the shared one when its Redis is gone. */
import { Redis } from 'ioredis';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { inProcessSessions, redisSessions, type SessionStore } from '../../src/turns/session-store.ts';
import { redisUrl } from '../support/redis.ts';

const clients: Redis[] = [];
afterAll(() => {
  for (const client of clients) client.disconnect();
});

async function connected(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 500,
    lazyConnect: true,
  });
  clients.push(redis);
  redis.on('error', () => undefined);
  await redis.connect();
  return redis;
}

const url = await redisUrl();
const shared = await connected(url);
const noErrors = () => {
  throw new Error('no error was expected');
};
const stores: [string, SessionStore][] = [
  ['in this process', inProcessSessions()],
  ['in Redis', redisSessions(shared, noErrors)],
];

describe.each(stores)('a session store %s', (_where, store) => {
  it('knows nothing of a key it was not given', async () => {
    expect(await store.get('nobody')).toBeUndefined();
    store.drop('nobody');
    expect(await store.get('nobody')).toBeUndefined();
  });

  it('gives back the bytes it was given, whatever they are', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0xc3, 0x28, 0]);
    store.set('bytes', bytes);
    expect(await store.get('bytes')).toEqual(bytes);
    store.set('bytes', Buffer.alloc(0));
    expect(await store.get('bytes')).toEqual(Buffer.alloc(0));
    const large = Buffer.alloc(200_000, 7);
    store.set('bytes', large);
    expect(await store.get('bytes')).toEqual(large);
  });

  it('keeps keys apart', async () => {
    store.set('one:ussd', Buffer.from('1'));
    store.set('one:sms', Buffer.from('2'));
    store.drop('one:ussd');
    expect(await store.get('one:ussd')).toBeUndefined();
    expect(await store.get('one:sms')).toEqual(Buffer.from('2'));
  });

  it('keeps the order of what it is told about a key, without being waited for', async () => {
    for (let round = 0; round < 50; round++) {
      store.set('order', Buffer.from('old'));
      store.drop('order');
      store.set('order', Buffer.from(`new ${round}`));
      const before = store.get('order');
      store.set('order', Buffer.from('later'));
      store.drop('order');
      expect(await before).toEqual(Buffer.from(`new ${round}`));
      expect(await store.get('order')).toBeUndefined();
    }
  });
});

describe('what is kept', () => {
  it('goes from Redis after an hour without a turn', async () => {
    const store = redisSessions(shared, noErrors);
    store.set('hour', Buffer.from('1'));
    const name = 'wasl:session:hour';
    expect(await shared.ttl(name)).toBeGreaterThan(3_590);
    expect(await shared.ttl(name)).toBeLessThanOrEqual(3_600);
    await shared.expire(name, 10);
    store.set('hour', Buffer.from('2'));
    expect(await shared.ttl(name)).toBeGreaterThan(3_590);
    await shared.pexpire(name, 1);
    await sleep(10);
    expect(await store.get('hour')).toBeUndefined();
  });

  it('goes from this process when the room is used up, the oldest first', async () => {
    const store = inProcessSessions(2);
    for (const key of ['a', 'b']) store.set(key, Buffer.from(key));
    await store.get('a');
    store.set('c', Buffer.from('c'));
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('a')).toEqual(Buffer.from('a'));
    expect(await store.get('c')).toEqual(Buffer.from('c'));
  });

  it('goes from this process after an hour', async () => {
    const real = performance.now.bind(performance);
    let later = 0;
    performance.now = () => real() + later;
    try {
      const store = inProcessSessions();
      store.set('hour', Buffer.from('1'));
      later = 59 * 60_000;
      await sleep(5);
      expect(await store.get('hour')).toEqual(Buffer.from('1'));
      later = 61 * 60_000;
      await sleep(5);
      expect(await store.get('hour')).toBeUndefined();
    } finally {
      performance.now = real;
    }
  });

  it('is seen by another process through Redis', async () => {
    redisSessions(shared, noErrors).set('both', Buffer.from('x'));
    await shared.ping();
    expect(await redisSessions(await connected(url), noErrors).get('both')).toEqual(Buffer.from('x'));
  });
});

describe('without its Redis', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  afterAll(() => process.off('unhandledRejection', note));
  afterEach(async () => {
    await sleep(20);
    expect(unhandled).toEqual([]);
  });

  it('a store is empty at once, and says nothing', async () => {
    const redis = new Redis('redis://127.0.0.1:1', {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 50,
    });
    clients.push(redis);
    redis.on('error', () => undefined);
    let errors = 0;
    const store = redisSessions(redis, () => (errors += 1));
    const started = performance.now();
    store.set('key', Buffer.from('1'));
    store.drop('key');
    expect(await store.get('key')).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(100);
    expect(errors).toBe(0);
  });

  it('that breaks or hangs in the middle, a look-up is answered as empty, and counted', async () => {
    // Between the store and Redis: passes everything on until it is told to be silent.
    const target = new URL(url);
    let silent = false;
    const sockets = new Set<net.Socket>();
    const between = net.createServer((near) => {
      const far = net.connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      near.on('data', (data) => far.write(data));
      far.on('data', (data) => silent || near.write(data));
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    const redis = await connected(
      `redis://127.0.0.1:${(between.address() as AddressInfo).port}${target.pathname}`,
    );
    let errors = 0;
    const store = redisSessions(redis, () => (errors += 1));
    store.set('key', Buffer.from('1'));
    expect(await store.get('key')).toEqual(Buffer.from('1'));

    silent = true;
    const started = performance.now();
    const hanging = store.get('key');
    store.set('key', Buffer.from('2'));
    expect(await hanging).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_500);
    await sleep(600);
    expect(errors).toBe(2);

    const broken = store.get('key');
    for (const socket of sockets) socket.destroy();
    between.close();
    expect(await broken).toBeUndefined();
    expect(await store.get('key')).toBeUndefined();
  });
});

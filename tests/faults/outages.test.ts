/** Registry slow and dead, Redis emptied and stopped, connections cut: the dialog goes on, or ends with a sentence. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { forgetConversations } from '../support/dialog-state.ts';
import { freePort } from '../support/free-port.ts';
import { findPrograms } from '../support/programs.ts';
import { startService, type Screen, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

const RIMA = '+96170000001';
const DOWN = 'Records are not available now.';
const SORRY = 'Sorry, this did not work.';

type Mood = 'well' | 'dead' | 'deaf' | number;
let mood: Mood = 'well';

/** Dead refuses; deaf never answers and heeds no signal; a number answers so many milliseconds late. */
function ailing(real: Registry): Registry {
  return new Proxy(real, {
    get: (target, name: keyof Registry) => async (about: string, query: never) => {
      if (mood === 'dead') throw new RegistryUnavailable('dead');
      if (mood === 'deaf') return new Promise(() => undefined);
      if (typeof mood === 'number') await sleep(mood);
      return (target[name] as (about: string, query: never) => unknown)(about, query);
    },
  });
}

type OwnRedis = { port: number; start(): Promise<void>; stop(): Promise<void> };

/** A Redis that can be killed and started again at the same address. */
function ownRedis(port: number): OwnRedis {
  const dir = mkdtempSync(path.join(tmpdir(), 'wasl-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir];
  let child: ChildProcess | undefined;
  return {
    port,
    start: async () => {
      child = spawn(findPrograms().redis, [...options, '--save', '', '--appendonly', 'no'], {
        stdio: 'ignore',
      });
      const client = new Redis(port, '127.0.0.1');
      client.on('error', () => undefined);
      await client.ping();
      client.disconnect();
    },
    stop: async () => {
      if (!child) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      child = undefined;
    },
  };
}

let service: TestService;
let redis: OwnRedis;

beforeAll(async () => {
  redis = ownRedis(await freePort());
  await redis.start();
  service = await startService(
    { PROFILE: testProfile(), REDIS_URL: `redis://127.0.0.1:${redis.port}` },
    { now: () => lastWednesday(), registry: ailing },
  );
});
afterAll(async () => {
  await service.stop();
  await redis.stop();
});
beforeEach(() => forgetConversations(service.service.deployment.db));
afterEach(() => {
  mood = 'well';
});

async function timed(work: Promise<Screen>): Promise<{ screen: Screen; ms: number }> {
  const started = performance.now();
  const screen = await work;
  return { screen, ms: performance.now() - started };
}

async function count(table: string): Promise<number> {
  const { rows } = await service.service.deployment.db.query<{ n: number }>(
    `select count(*) as n from ${table}`,
  );
  return rows[0]?.n ?? -1;
}

describe('a registry that is not there', () => {
  it.each<[string, Mood]>([
    ['dead', 'dead'],
    ['deaf', 'deaf'],
    ['slow', 1_800],
    ['slow at each of several questions', 900],
  ])('%s: an answer in good time, and the request is kept', async (_name, ill) => {
    const phone = service.handset(RIMA);
    await phone.dial();
    await phone.keys('2', '2', '1', '0427');
    mood = ill;
    const { screen, ms } = await timed(phone.send('1980'));
    expect(screen.text).toContain(DOWN);
    expect(ms).toBeLessThan(2_500);
    expect(await count("task where kind = 'kept_request' and state = 'open'")).toBe(1);
    expect(screen.text).not.toContain('145');
  });

  it('asked before identity, twice: one discreet message when it is back, and no more', async () => {
    mood = 'dead';
    const phone = service.handset(RIMA);
    await phone.dial();
    await phone.keys('2', '1');
    expect((await phone.repeat()).text).toContain(DOWN);
    expect(await service.inbox(RIMA)).toEqual([]);
    mood = 'well';
    await vi.waitFor(
      async () => {
        expect(await service.inbox(RIMA)).toHaveLength(1);
      },
      {
        timeout: 15_000,
        interval: 250,
      },
    );
    await sleep(6_000);
    const inbox = await service.inbox(RIMA);
    expect(inbox).toEqual(['You have a message. Dial *384*1747# or call 1747. Free.']);
  });

  it('does not stop a complaint', async () => {
    mood = 'deaf';
    const phone = service.handset(RIMA);
    await phone.dial();
    const { screen, ms } = await timed(phone.keys('2', '3', '1', '1', '1', '1', '1'));
    expect(screen.text).toContain('Complaint number');
    expect(ms).toBeLessThan(4_000);
    expect(await count('grievance')).toBe(1);
  });

  it('never reads as "not on our list"', async () => {
    mood = 'dead';
    const phone = service.handset('+96170000011');
    await phone.dial();
    expect((await phone.keys('2', '1')).text).toContain(DOWN);
  });
});

describe('a Redis that forgets', () => {
  it('emptied between any two inputs, changes nothing', async () => {
    const client = new Redis(redis.port, '127.0.0.1');
    const phone = service.handset(RIMA);
    await phone.dial();
    let last: Screen | undefined;
    for (const input of ['2', '2', '1', '0427', '1980']) {
      await client.flushall();
      last = await phone.send(input);
    }
    client.disconnect();
    expect(last?.text).toContain('145 USD is ready');
  });

  it('stopped, and started again, changes nothing', async () => {
    const phone = service.handset(RIMA);
    await phone.dial();
    await phone.keys('2', '2');
    await redis.stop();
    expect((await phone.send('1')).text).toContain('LAST 4 digits');
    const { screen, ms } = await timed(phone.send('0427'));
    expect(screen.text).toContain('YEAR of birth');
    expect(ms).toBeLessThan(2_000);
    await redis.start();
    expect((await phone.send('1980')).text).toContain('145 USD is ready');
    await vi.waitFor(
      async () => {
        expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
      },
      {
        timeout: 10_000,
        interval: 200,
      },
    );
    expect((await phone.send('2')).text).toContain('ask you to pay');
  });
});

describe('connections to the database that are cut', () => {
  it('in mid-turn: sorry, nothing half stored, and the next dial is fine', async () => {
    const { db } = service.service.deployment;
    const phone = service.handset(RIMA);
    await phone.dial();
    await phone.keys('2', '1', '0427');
    // A wrong try first: the next right one holds a transaction while the registry is asked.
    expect((await phone.send('1981')).text).toContain('Tries left: 2');
    await phone.keys('1', '0427');
    mood = 400;
    const answer = phone.send('1980');
    for (let cut = 0; cut < 12; cut++) {
      await sleep(100);
      await db
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined);
    }
    const screen = await answer;
    mood = 'well';
    expect(screen.status).toBe(200);
    expect(screen.raw).toMatch(/^(CON|END) \S/);
    if (screen.end) expect(screen.text).toContain(SORRY);
    await vi.waitFor(
      async () => {
        expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
      },
      {
        timeout: 10_000,
        interval: 200,
      },
    );
    const again = await phone.dial();
    expect(again.raw).toMatch(/^CON /);
    await phone.send('1');
    const { rows } = await db.query<{ failures: number }>(
      "select failures from identity_lock where kind = 'phone'",
    );
    expect(rows.every(({ failures }) => failures === 1)).toBe(true);
  });

  it('while a complaint is lodged: it exists with its number, or not at all', async () => {
    const { db } = service.service.deployment;
    const shown: string[] = [];
    for (let round = 0; round < 8; round++) {
      const phone = service.handset(`+9617177${String(round).padStart(4, '0')}`);
      await phone.dial();
      await phone.keys('2', '3', '4', '2', '1', '1');
      const answer = phone.send('1');
      await sleep(round * 2);
      await db
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined);
      const screen = await answer;
      expect(screen.raw).toMatch(/^(CON|END) \S/);
      const number = /\b\d{8}\b/.exec(screen.text)?.[0];
      if (number) shown.push(number);
      else expect(screen.text).toContain(SORRY);
    }
    const { rows } = await db.query<{ reference: string }>('select reference from grievance');
    const stored = rows.map(({ reference }) => reference);
    expect(stored).toEqual(expect.arrayContaining(shown));
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored.length).toBeLessThanOrEqual(8);
    const alive = service.handset(RIMA);
    expect((await alive.dial()).raw).toMatch(/^CON /);
  });
});

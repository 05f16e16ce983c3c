/**
 * kill -9 on two workers at any moment, again and again, while clocks of many cases run down: every clock event happened
 * exactly once, and so did every notice. KILL_SECONDS lengthens it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCase } from '../../src/grievances/cases.ts';
import { transition } from '../../src/grievances/lifecycle.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { profilesDir } from '../../src/paths.ts';
import { openKeys } from '../../src/privacy/keys.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { start, temporaryFolder, type Running } from '../commands/support.ts';
import { freshDatabase } from '../support/postgres.ts';
import { testProfile } from '../support/test-profile.ts';

const SECONDS = Number(process.env['KILL_SECONDS'] ?? 20);
/** Of each kind of clock. */
const CASES = 75;
const WORKERS = 2;
/** On a busy machine a worker takes seconds to start: each is killed so often at least. */
const KILLS = 4;

/** What each clock does, as the history tells it, and the key its notice begins with. */
const CLOCKS = [
  { clock: 'warn', event: 'clock:warn', notice: undefined },
  { clock: 'due', event: 'status:sla', notice: 'grv.late' },
  { clock: 'ask', event: 'clock:ask', notice: 'grv.ask' },
  { clock: 'close', event: 'status:silent', notice: undefined },
] as const;

const key = randomBytes(32);
const profile = loadProfile('demo', profilesDir);
const day = 86_400_000;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
const kinds = new Map<string, (typeof CLOCKS)[number]>();
const running = new Set<Running>();

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
  const keys = await openKeys(db, { current: key });
  const category = profile.categories['PAY-NR'];
  if (!category) throw new Error('no category');
  for (let index = 0; index < CASES * CLOCKS.length; index++) {
    const kind = CLOCKS[index % CLOCKS.length];
    if (!kind) throw new Error('no clock');
    await db.transaction(async (tx) => {
      const phone = `+9617188${String(index).padStart(4, '0')}`;
      const contact = await contactFor(tx, keys, { from: phone });
      const { reference } = await openCase(
        tx,
        { profile, keys },
        {
          kind: 'complaint',
          category,
          matter: null,
          programme: null,
          lodger: { anonymous: false, contact: contact.key },
          channel: 'ussd',
          language: 'en',
          words: {},
          at: new Date(Date.now() - 3 * day),
          idempotency: null,
        },
      );
      const isAnswered = kind.clock === 'ask' || kind.clock === 'close';
      const change = { actor: 'staff', reason: 'answered', at: new Date(Date.now() - 2 * day) };
      if (isAnswered) await transition(tx, reference, 'resolved', change);
      const at = new Date(Date.now() + 2_000 + (index / (CASES * CLOCKS.length)) * SECONDS * 1_000);
      await tx.query('update grievance set clock = $2, clock_at = $3 where reference = $1', [
        reference,
        kind.clock,
        at,
      ]);
      kinds.set(reference, kind);
    });
  }
}, 120_000);
afterAll(async () => {
  await Promise.all([...running].map(kill));
  await db.close();
  await database.drop();
});

async function kill(worker: Running): Promise<void> {
  running.delete(worker);
  if (worker.child.exitCode !== null || worker.child.signalCode !== null) return;
  const gone = once(worker.child, 'exit');
  worker.child.kill('SIGKILL');
  await gone;
}

function startWorker(env: Record<string, string>): Running {
  const worker = start(['worker'], env);
  running.add(worker);
  // Killed before it printed: that is what this test does.
  worker.ended.catch(() => undefined);
  return worker;
}

it('fires every clock exactly once', async () => {
  const env = {
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: key.toString('base64'),
    DATA_DIR: temporaryFolder(),
    PROFILE: testProfile(),
    LOG_LEVEL: 'error',
  };
  const until = Date.now() + SECONDS * 1_000;
  const killer = async () => {
    for (let kills = 0; kills < KILLS || Date.now() < until; kills++) {
      const worker = startWorker(env);
      await worker.prints(/works in the background/);
      // Its first pass begins now: most die in the midst of it.
      await sleep(Math.random() * 400);
      await kill(worker);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, killer));
  const fired = (await db.query("select from grievance_event where actor = 'system'")).rowCount ?? 0;
  expect(fired).toBeGreaterThan(0);

  const last = startWorker(env);
  await expect
    .poll(async () => (await db.query('select from grievance where clock_at <= now()')).rowCount, {
      timeout: 60_000,
      interval: 500,
    })
    .toBe(0);
  await kill(last);

  const { rows: events } = await db.query<{ reference: string; event: string; times: number }>(
    `select reference, kind || ':' || reason as event, count(*) as times from grievance_event
     where actor = 'system' group by 1, 2`,
  );
  expect(events.length).toBe(kinds.size);
  expect(
    events.filter(({ reference, event, times }) => times !== 1 || kinds.get(reference)?.event !== event),
  ).toEqual([]);

  const { rows: notices } = await db.query<{ key: string }>('select key from outbound order by key');
  const expected = [...kinds].flatMap(([reference, { notice }]) =>
    notice ? [`${notice}:${reference}`] : [],
  );
  expect(notices.map((row) => row.key.split(':').slice(0, 2).join(':')).sort()).toEqual(expected.sort());

  const { rows: questions } = await db.query('select from question');
  expect(questions.length).toBe(CASES);
}, 300_000);

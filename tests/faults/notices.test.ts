/**
 * kill -9 on workers in the midst of a wave of notices, with a carrier that fails one time in twenty: nobody is sent a
 * notice twice, each notice has one end, and only what was asked and not answered is unknown. The long run is
 * `npm run bench -- notices`.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runNotices } from '../../bench/notices-run.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { start, temporaryFolder, type Running } from '../commands/support.ts';
import { freshDatabase } from '../support/postgres.ts';

const NOTICES = 300;
const KILLS = 3;

let database: Awaited<ReturnType<typeof freshDatabase>>;
const running = new Set<Running>();

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  for (const worker of running) worker.child.kill('SIGKILL');
  await database.drop();
});

/** Profile demo that may send fast, at any hour. */
function fastProfile(): string {
  const demo = readFileSync(path.join(profilesDir, 'demo.yaml'), 'utf8');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-notices-')), 'demo.yaml');
  const awake = demo.replace(/^quiet_hours:.*$/m, "quiet_hours: ['04:00', '04:01']");
  writeFileSync(file, `${awake}limits: { messages_per_second: 50 }\n`);
  return file;
}

it('sends nobody a notice twice, and knows the end of each', async () => {
  const key = randomBytes(32);
  const profileFile = fastProfile();
  const env = {
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: key.toString('base64'),
    DATA_DIR: temporaryFolder(),
    PROFILE: profileFile,
    AFRICASTALKING_USERNAME: 'sandbox',
    AFRICASTALKING_API_KEY: 'key',
    LOG_LEVEL: 'silent',
  };
  const startOne = async (carrierUrl: string) => {
    const worker = start(['worker'], { ...env, AFRICASTALKING_BASE_URL: carrierUrl });
    running.add(worker);
    worker.ended.catch(() => undefined);
    await worker.prints(/works in the background/);
    return {
      kill: async () => {
        running.delete(worker);
        const gone = once(worker.child, 'exit');
        worker.child.kill('SIGKILL');
        await gone;
      },
    };
  };
  const result = await runNotices({
    databaseUrl: database.url,
    key,
    profile: loadProfile(profileFile, profilesDir),
    ...{ notices: NOTICES, workers: 2, killEveryMs: 1_500, kills: KILLS },
    startWorker: startOne,
    // It sends what the killed ones cannot: so no reply waits for a process to start.
    startSteady: async (carrierUrl) => {
      const { kill } = await startOne(carrierUrl);
      return { stop: kill };
    },
    progress: () => undefined,
  });
  const { states } = result;
  expect(result.duplicates).toBe(0);
  expect(Object.keys(states).sort()).toEqual(expect.arrayContaining(['sent']));
  expect((states['sent'] ?? 0) + (states['failed'] ?? 0) + (states['unknown'] ?? 0)).toBe(NOTICES);
  expect(states['unknown'] ?? 0).toBeLessThanOrEqual(result.inFlightAtKills + result.unanswered);
  expect(result.kills).toBeGreaterThanOrEqual(KILLS);
  expect(result.replies.count).toBeGreaterThan(2);
  // The bench holds every one to a second; here other tests share the processors.
  expect(result.replies.median).toBeLessThan(1_500);
}, 120_000);

/** `wasl notify`: asks before it sends, says what it would do, answers once, and does nothing twice. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openKeys } from '../../src/privacy/keys.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { ready } from '../campaigns/support.ts';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryFolder, wasl } from './support.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const folder = temporaryFolder();
const key = Buffer.alloc(32, 3);
let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, { max: 2 });
  const keys = await openKeys(db, { current: key });
  const until = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  await importHouseholds(db, keys, [
    ready('HH-701', '+96170207001', 'own', { until }),
    ready('HH-702', '+96170207002', 'shared', { until }),
    ready('HH-703', '+96170207003', 'own', { until }),
  ]);
  await db.query(
    `insert into setting (name, value, changed_by, changed_at)
     values ('segment_price', '{"currency":"USD","amount":"0.012"}', 'test', now())`,
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const notify = (...args: string[]) =>
  wasl(['notify', ...args], {
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: key.toString('base64'),
  });
const queued = async () => (await db.query('select from outbound')).rowCount;

it('refuses a file that will not do', async () => {
  const bad = path.join(folder, 'bad.csv');
  writeFileSync(bad, 'reference\nPAY-1\n');
  expect(await notify(bad)).toMatchObject({
    code: 1,
    err: 'wasl: the first line lacks the columns: payment_ref or household_id\n',
  });
});

it('says what it would send, and sends nothing unless told so', async () => {
  const { code, out, err } = await notify('--due');
  expect(code).toBe(3);
  expect(err).toBe('wasl: nothing was sent: --yes sends it\n');
  expect(out).toContain('3 people, 3 can be told:');
  expect(out).toContain('en: 2 in full, 1 discreetly, 3 SMS parts, 0.036 USD');
  expect(out).toContain('145 USD ready from');
  expect(await queued()).toBe(0);
});

it('sends with --yes, writes that down, and the same command sends nothing more', async () => {
  const first = await notify('--due', '--yes', '--json');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(first.out)).toMatchObject({
    state: 'running',
    preview: { total: 3, told: 3, parts: 3 },
    cost: { amount: '0.036', currency: 'USD' },
    states: { queued: 3 },
    refused: 0,
  });
  expect(await queued()).toBe(3);
  const { rows } = await db.query('select actor, action from audit order by id');
  expect(rows).toEqual([
    { actor: 'command', action: 'campaign_made' },
    { actor: 'command', action: 'campaign_approved' },
  ]);
  await db.query(`update outbound set state = 'sent', sent_at = now()`);
  // What was begun is looked at first: it is done, and then there is nothing more to send.
  const second = await notify('--due', '--yes');
  expect(second.out).toContain('This was begun before; it is');
  const third = await notify('--due', '--yes');
  expect(third.out).toContain('3 people, 0 can be told:');
  expect(third.out).toContain('Not told: 3 told.');
  expect(await queued()).toBe(3);
});

it('reports the lines of a file that it refuses, and leaves a draft for the console', async () => {
  const list = path.join(folder, 'list.csv');
  writeFileSync(list, 'payment_ref\nPAY-HH-701\nPAY-no\n');
  const { code, out } = await notify(list, '--draft');
  expect(code).toBe(2);
  expect(out).toContain('line 3: refused: payment_ref: no such payment');
  expect(out).toContain('it waits for approval in the console');
});

/** `wasl person`, `wasl retention` and `wasl audit` as an operator runs them, beside whoever else uses the database. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { auditVerify } from '../../src/commands/audit.ts';
import { personErase, personExport } from '../../src/commands/person.ts';
import { retentionRun } from '../../src/commands/retention.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { chainAudit } from '../../src/privacy/audit-chain.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryFolder, wasl, type Ended } from './support.ts';

const PHONE = '+96171555123';
const key = randomBytes(32);
let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
let keys: Keys;
let env: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
  keys = await openKeys(db, { current: key });
  env = { DATABASE_URL: database.url, ENCRYPTION_KEY: key.toString('base64') };
  const contact = await contactFor(db, keys, { from: PHONE });
  await db.query(
    'insert into message (at, contact, channel, direction, content) values (now(), $1, $2, $3, $4)',
    [contact.key, 'sms', 'in', keys.seal('conversation', 'Lefkonico', 'message')],
  );
  await db.query(`insert into inbound (provider, id, at) values ('p', 'old', now() - interval '8 days')`);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** The command in this process: what it prints, and its exit code. */
async function here(work: (config: Config) => Promise<void>): Promise<Ended> {
  const ended: Ended = { code: 0, out: '', err: '' };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    ended.out += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    ended.err += String(text);
    return true;
  });
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await work(readConfig({ NODE_ENV: 'test', ...env }));
    return { ...ended, code: process.exitCode };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
  }
}

it('gives everything to a new file that only its owner reads, and never over another', async () => {
  const out = path.join(temporaryFolder(), 'her.json');
  expect(await wasl(['person', 'export', '--phone', PHONE, '--out', out], env)).toEqual({
    code: 0,
    out: '',
    err: '',
  });
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
    contact: { address: PHONE },
    messages: [{ words: 'Lefkonico' }],
  });
  await expect(here((config) => personExport(config, { phone: PHONE, out }))).rejects.toThrow('EEXIST');
}, 60_000);

it.each([
  [{ phone: PHONE, household: 'x' }, 'give --phone or --household, one of them'],
  [{}, 'give --phone or --household, one of them'],
  [{ phone: '71555123' }, '--phone: must be international, such as +96170000001'],
  [{ household: 'x', private: true }, '--private: is asked for by --phone'],
  [{ phone: PHONE, private: true }, '--private: needs --out'],
])('%j: %s', async (options, line) => {
  await expect(here((config) => personExport(config, options))).rejects.toThrow(line);
});

it('erases nothing without a yes; then says what went and what stays', async () => {
  expect(await here((config) => personErase(config, { phone: PHONE }))).toEqual({
    code: 3,
    out: '',
    err: 'wasl: nothing was erased: --yes erases it\n',
  });
  expect((await db.query('select from message')).rowCount).toBe(1);
  const { code, out } = await wasl(['person', 'erase', '--phone', PHONE, '--yes', '--json'], env);
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { erased: { message: 1, contact: 1 }, closed: [], kept: [] },
  ]);
  expect((await db.query('select from contact')).rowCount).toBe(0);
  const again = await here((config) => personErase(config, { phone: PHONE, yes: true }));
  expect(again.out).toMatch(/^Nothing was held that may be erased\.\nWhat stays:\n/);
}, 60_000);

it('removes what is old, and says before what that would be', async () => {
  const dry = await here((config) => retentionRun(config, { dryRun: true }));
  expect(dry.out).toMatch(/^inbound +1 +7 days$/m);
  expect(dry.out).toContain('nothing was changed');
  const { out } = await here((config) => retentionRun(config, { json: true }));
  const said = JSON.parse(out) as { dry_run: boolean; classes: { name: string; rows: number }[] };
  expect([said.dry_run, said.classes.find(({ name }) => name === 'inbound')?.rows]).toEqual([false, 1]);
});

it('verifies the audit, and names the row that was changed', async () => {
  await chainAudit({ db, keys }, new Date());
  const good = await here((config) => auditVerify(config, {}));
  expect(good.code).toBe(0);
  const noted = /\d+:\d+:[0-9a-f]{64}/.exec(good.out)?.[0] ?? '';
  await db.transaction(async (tx) => {
    await tx.query(`set local session_replication_role = 'replica'`);
    await tx.query(`update audit set purpose = 'nothing' where position = 2`);
  });
  const bad = await here((config) => auditVerify(config, { noted, json: true }));
  expect(bad.code).toBe(2);
  expect(bad.out).toMatch(/"intact":false,"first":"row \d+ \(position 2\): was changed"/);
});

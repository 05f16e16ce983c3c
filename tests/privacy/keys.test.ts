/** Data keys: made once, shared by all processes, opened by ENCRYPTION_KEY only, and carried over when it changes. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openKeys } from '../../src/privacy/keys.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

const current = randomBytes(32);
let db: Database;
let drop: () => Promise<void>;

beforeAll(async () => {
  const fresh = await freshDatabase();
  drop = fresh.drop;
  db = openDatabase(fresh.url);
});
afterAll(async () => {
  await db.close();
  await drop();
});
beforeEach(async () => {
  await db.query('delete from data_key');
});

test('processes that start together agree on the keys', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => openKeys(db, { current })));
  expect(new Set(all.map((keys) => keys.index('phone', '+96170000001'))).size).toBe(1);
  const sealed = all[0]?.seal('case', 'text', 'case.text') ?? Buffer.alloc(0);
  expect(all.map((keys) => keys.open('case', sealed, 'case.text'))).toEqual(Array(6).fill('text'));
});

test('each purpose has a key of its own', async () => {
  const keys = await openKeys(db, { current });
  const sealed = keys.seal('case', 'text', 'text');
  expect(() => keys.open('sensitive', sealed, 'text')).toThrow();
  expect(() => keys.open('personal', sealed, 'text')).toThrow();
});

test('index values are stable uuids that differ by kind and from the anonymous hash', async () => {
  const keys = await openKeys(db, { current });
  const values = [
    keys.index('phone', '123456'),
    keys.index('document', '123456'),
    keys.index('contact', '123456'),
    keys.anonymous('123456'),
  ];
  expect(new Set(values).size).toBe(4);
  for (const value of values) expect(value).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect((await openKeys(db, { current })).index('phone', '123456')).toBe(values[0]);
});

test('JSON comes back as it was', async () => {
  const keys = await openKeys(db, { current });
  const value = { name: 'ريما', phones: ['+96170000001'], none: null };
  expect(keys.openJson('personal', keys.sealJson('personal', value, 'p'), 'p')).toEqual(value);
});

test('a changed key is carried over, and then the old one is not needed', async () => {
  const before = await openKeys(db, { current });
  const sealed = before.seal('personal', 'Rima', 'person');
  const next = randomBytes(32);
  await openKeys(db, { current: next, previous: current });
  const after = await openKeys(db, { current: next });
  expect(after.open('personal', sealed, 'person')).toBe('Rima');
  await expect(openKeys(db, { current })).rejects.toThrow(/ENCRYPTION_KEY/);
});

test('a wrong key stops with one line that names the variable and tells no key', async () => {
  await openKeys(db, { current });
  const wrong = randomBytes(32);
  const error = await openKeys(db, { current: wrong, previous: randomBytes(32) }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Error);
  const { message } = error as Error;
  expect(message).toMatch(/^ENCRYPTION_KEY .*$/);
  expect(message).not.toContain(wrong.toString('base64'));
  await expect(openKeys(db, { current: randomBytes(16) })).rejects.toThrow(/ENCRYPTION_KEY must be 32 bytes/);
});

test('a key of another length is named before the database is asked', async () => {
  await expect(openKeys(db, { current, previous: Buffer.alloc(5) })).rejects.toThrow(
    /ENCRYPTION_KEY_PREVIOUS/,
  );
});

test('a printed set of keys shows no key', async () => {
  const keys = await openKeys(db, { current });
  expect(JSON.stringify(keys)).toBe('{}');
});

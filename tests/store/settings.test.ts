/** Settings: the last value counts, and one that this release does not understand counts as none. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { readSetting, writeSetting } from '../../src/store/settings.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
const at = new Date('2026-03-02T09:00:00Z');

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

it.each([[true], [{ up: false }], ['a word'], [null], [['a', 'b']]])('keeps %j', async (value) => {
  await writeSetting(db, { name: 'kept', value, by: 'test', at });
  expect(await readSetting(db, 'kept', z.unknown())).toEqual(value);
});

it('reads nothing where nothing was set, or something else', async () => {
  await writeSetting(db, { name: 'hotline', value: 'up', by: 'test', at });
  expect(await readSetting(db, 'hotline', z.boolean())).toBeUndefined();
  expect(await readSetting(db, 'never set', z.boolean())).toBeUndefined();
});

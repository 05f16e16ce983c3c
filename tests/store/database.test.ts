/** The pool: dates stay text, transactions are whole, and a connection that dies takes nothing with it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate, pendingMigrations } from '../../src/store/migrate.ts';
import { freshDatabase } from '../support/postgres.ts';

let url: string;
let db: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  db = openDatabase(url, { max: 2 });
  await db.query('create table jotting (text text primary key)');
});
afterAll(async () => {
  await db.close();
  await drop();
});

const count = async () => (await db.query<{ n: number }>('select count(*) as n from jotting')).rows[0]?.n;

test('dates are ISO text, counts numbers, amounts exact text', async () => {
  const { rows } = await db.query(
    `select date '2026-03-29' as day, count(*) as n, 145.00 as amount, null::date as none, array[1, 2] as list`,
  );
  expect(rows).toEqual([{ day: '2026-03-29', n: 1, amount: '145.00', none: null, list: [1, 2] }]);
});

test('a transaction that fails leaves nothing, one that succeeds all', async () => {
  const failing = db.transaction(async (tx) => {
    await tx.query('insert into jotting values ($1)', ['a']);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await count()).toBe(0);
  const result = await db.transaction(async (tx) => {
    await tx.query({ name: 'note', text: 'insert into jotting values ($1)', values: ['b'] });
    return 'done';
  });
  expect(result).toBe('done');
  expect(await count()).toBe(1);
});

test('connections killed while idle, or in a transaction, are replaced', async () => {
  await Promise.all([db.query('select 1'), db.query('select 1')]);
  const other = openDatabase(url, { max: 1 });
  const killOthers = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'wasl'`;
  await other.query(killOthers);
  await expect.poll(count).toBe(1);

  const broken = db.transaction(async (tx) => {
    await tx.query(`insert into jotting values ('c')`);
    await other.query(killOthers);
    await tx.query(`insert into jotting values ('d')`);
  });
  await expect(broken).rejects.toThrow();
  await expect.poll(count).toBe(1);
  await other.close();
});

test('a statement that takes too long is given up', async () => {
  const hasty = openDatabase(url, { statementTimeout: 100 });
  await expect(hasty.query('select pg_sleep(20)')).rejects.toThrow(/statement timeout/);
  await hasty.close();
});

test('a database that is behind says which migrations it lacks, and catches up', async () => {
  expect(await pendingMigrations(db)).toEqual([]);
  await db.query(`delete from schema_migration where name = (select max(name) from schema_migration)`);
  expect(await pendingMigrations(db)).toHaveLength(1);
  await db.query('drop table schema_migration');
  expect(await pendingMigrations(db)).toEqual(expect.arrayContaining(['0001_keys', '0002_registry']));
});

test('processes that migrate together do it once', async () => {
  await db.query('drop schema public cascade');
  await db.query('create schema public');
  await Promise.all([migrate(url), migrate(url), migrate(url)]);
  expect(await pendingMigrations(db)).toEqual([]);
});

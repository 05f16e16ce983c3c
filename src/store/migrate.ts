/** Brings a database to the schema of this release: SQL files run in order, once, under one advisory lock. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tx } from './database.ts';

const TABLE = 'schema_migration';

/** The SQL is not copied into dist, so it is found from the package root, from src and dist alike. */
const folder = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'src', 'store', 'migrations');

function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json was not found above the migrations');
  return packageRoot(parent);
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * Applies every migration not yet applied, each in its own transaction. Processes that start together wait for each
 * other. Throws the database's error when one fails; what was applied before it stays.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const { runner } = await import('node-pg-migrate');
  await runner({
    databaseUrl: { connectionString: databaseUrl, application_name: 'wasl migrate' },
    dir: folder,
    direction: 'up',
    migrationsTable: TABLE,
    advisoryLockMode: 'wait',
    singleTransaction: false,
    logger: silent,
  });
}

/** Names of the migrations this database still lacks; empty when it is ready for this release. */
export async function pendingMigrations(db: Tx): Promise<string[]> {
  const names = (await readdir(folder))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
  const table = await db.query<{ found: boolean }>(`select to_regclass('${TABLE}') is not null as found`);
  if (table.rows[0]?.found !== true) return names;
  const applied = await db.query<{ name: string }>(`select name from ${TABLE}`);
  const done = new Set(applied.rows.map((row) => row.name));
  return names.filter((name) => !done.has(name));
}

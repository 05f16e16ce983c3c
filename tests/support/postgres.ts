/** Gives a test a database of its own, with the migrations applied, in some tens of milliseconds. */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';

const MIGRATIONS = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));
/** Any number: the first test file to need the template makes it, the others wait. */
const TEMPLATE_LOCK = 7_431;

/** A new database copied from a template that was migrated once a run. Drop it when the tests of a file are done. */
export async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(async (admin) => {
    const template = await migratedTemplate(admin);
    await admin.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const drop = async (): Promise<void> => {
    await asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: urlOf(name), drop };
}

/** The name of the database with the present migrations, made on first use; a name appears when it is complete. */
async function migratedTemplate(admin: pg.Client): Promise<string> {
  const name = `template_${hashOfMigrations()}`;
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await admin.query(`drop database if exists migrating with (force)`);
      await admin.query(`create database migrating`);
      await migrate(urlOf('migrating'));
      await admin.query(`alter database migrating rename to ${name}`);
    }
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return name;
}

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(`${MIGRATIONS}/${file}`));
  }
  return hash.digest('hex').slice(0, 16);
}

async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${database}`;
  return url.href;
}

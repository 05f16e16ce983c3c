/** A database with keys and a temporary folder, for tests of the registry; and what stands in its tables. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Keys } from '../../src/privacy/keys.ts';
import { openKeys } from '../../src/privacy/keys.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import type { Query } from '../../src/registry/registry.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

export const TODAY = new Date().toISOString().slice(0, 10);

export type TestRegistry = {
  url: string;
  db: Database;
  keys: Keys;
  /** Writes a file into a folder that goes away with the test; returns its path. */
  file: (name: string, content: string) => string;
  folder: string;
  close(): Promise<void>;
};

export async function openTestRegistry(secret = randomBytes(32)): Promise<TestRegistry> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase(url);
  const keys = await openKeys(db, { current: secret });
  const folder = mkdtempSync(join(tmpdir(), 'wasl-registry-'));
  return {
    url,
    db,
    keys,
    folder,
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    async close() {
      await db.close();
      await drop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function ndjson(households: Iterable<unknown>): string {
  return [...households].map((household) => `${JSON.stringify(household)}\n`).join('');
}

export function query(signal = AbortSignal.timeout(10_000)): Query {
  return { purpose: 'STATUS_ENQUIRY', signal };
}

/** A household with one head, and whatever a test wants otherwise. */
export function household(id: string, phone: string, more: Partial<HouseholdInput> = {}): HouseholdInput {
  return {
    household_id: id,
    area: 'BEY-03',
    members: [
      {
        person_id: 'P-1',
        role: 'head',
        given_name: 'Rima',
        family_name: 'Haddad',
        birth_date: '1980-04-12',
        documents: [{ type: 'national_id', number: '000012340427' }],
        phones: [{ number: phone, use: 'own' }],
        language: 'ar',
      },
    ],
    enrolments: [{ programme: 'CASH', status: 'active', since: '2024-01-01' }],
    payments: [
      {
        payment_ref: `PAY-${id}`,
        programme: 'CASH',
        amount: '145.00',
        currency: 'USD',
        status: 'ready',
        from: TODAY,
      },
    ],
    ...more,
  };
}

const TABLES = ['household', 'person', 'person_phone', 'person_document', 'enrolment', 'payment'] as const;

/** The registry tables without what differs from run to run: sealed bytes (opened instead) and times. */
export async function contents({ db, keys }: Pick<TestRegistry, 'db' | 'keys'>): Promise<string> {
  const parts: string[] = [];
  for (const table of TABLES) {
    const { rows } = await db.query(`select * from ${table}`);
    const lines = rows.map((row) => {
      const sealed = row['sealed'];
      const plain = Buffer.isBuffer(sealed) ? keys.open('personal', sealed, table) : undefined;
      return JSON.stringify({ ...row, sealed: plain, updated_at: undefined });
    });
    parts.push(table, ...lines.sort());
  }
  return parts.join('\n');
}

/** The row versions of the registry tables: equal before and after means that nothing was written. */
export async function versions(db: Database): Promise<string> {
  const parts: string[] = [];
  for (const table of TABLES) {
    const { rows } = await db.query<{ version: string }>(
      `select xmin::text || ctid::text as version from ${table} order by 1`,
    );
    parts.push(table, ...rows.map((row) => row.version));
  }
  return parts.join('\n');
}

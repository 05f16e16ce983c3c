/** A turn as the ports see it, over a real database: what it wrote is committed, its notices are kept to look at. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Slots } from '../../src/conversation/dialog.ts';
import type { Notice, TurnContext } from '../../src/conversation/ports.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import type { Enrolment, PhoneUse, Registry } from '../../src/registry/registry.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { grievancePorts, type GrievancePorts } from '../../src/grievances/ports.ts';
import type { GrievanceDeps } from '../../src/grievances/cases.ts';
import type { ReferralDeps } from '../../src/grievances/referral.ts';
import { freshDatabase } from '../support/postgres.ts';

const PROFILES = fileURLToPath(new URL('../../profiles', import.meta.url));

export const PHONE = '+96170000001';
export const OTHER_PHONE = '+96170000002';
export const HOUSEHOLD = '00000000-0000-4000-8000-00000000000a';
export const PERSON = '00000000-0000-4000-8000-00000000000b';

/** A Monday, ten in the morning in Beirut. */
export const NOW = new Date('2026-11-23T08:00:00Z');

export type Desk = {
  db: Database;
  keys: Keys;
  profile: Profile;
  ports: GrievancePorts;
  registry: StandInRegistry;
  /** The ports with some parts replaced. */
  with(deps: Partial<ReferralDeps>): GrievancePorts;
  /** Asks one question in a turn of its own. */
  ask(
    name: keyof GrievancePorts,
    slots: Slots,
    turn?: Partial<TurnContext>,
    ports?: GrievancePorts,
  ): Promise<{ facts: Record<string, unknown>; notices: Notice[] }>;
  contactOf(phone: string): string;
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

export type StandInRegistry = {
  enrolments: Enrolment[];
  registered: { phone: string; use: PhoneUse } | undefined;
  area: string | null;
  /** What every question fails with. */
  failure: Error | undefined;
};

export async function openDesk(): Promise<Desk> {
  const { url, drop } = await freshDatabase();
  const db = openDatabase(url);
  const keys = await openKeys(db, { current: Buffer.alloc(32, 7) });
  const profile = loadProfile('demo', PROFILES);
  const registry: StandInRegistry = {
    enrolments: [],
    registered: undefined,
    area: 'BEY-03',
    failure: undefined,
  };
  const answer = <T>(value: T): Promise<T> =>
    registry.failure ? Promise.reject(registry.failure) : Promise.resolve(value);
  const asked: Registry = {
    findByPhone: () => answer([]),
    findByDocument: () => answer([]),
    file: (household) => answer({ household, state: { headDeceased: false, area: registry.area } }),
    enrolments: () => answer(registry.enrolments),
    payments: () => answer([]),
    registeredPhone: () => answer(registry.registered),
  };
  const deps: GrievanceDeps = { profile, keys, registry: asked };
  const contactOf = (phone: string) => keys.index('contact', phone);
  const defaults = grievancePorts(deps);
  return {
    db,
    keys,
    profile,
    registry,
    ports: defaults,
    contactOf,
    with: (changes) => grievancePorts({ ...deps, ...changes }),
    async ask(name, slots, turn = {}, ports = defaults) {
      const notices: Notice[] = [];
      const facts: Record<string, unknown> = await db.transaction((tx) => {
        const phone = turn.phone === undefined ? PHONE : turn.phone;
        const context: TurnContext = {
          contact: contactOf(phone ?? 'chat-user'),
          phone,
          channel: 'ussd',
          language: 'en',
          now: NOW,
          goal: null,
          identity: null,
          setIdentity: () => undefined,
          key: `${contactOf(phone ?? 'chat-user')}:ussd:${randomUUID()}`,
          signal: AbortSignal.timeout(10_000),
          reading: tx,
          tx: () => Promise.resolve(tx),
          notify: (notice) => {
            notices.push(notice);
            return Promise.resolve();
          },
          ...turn,
        };
        return ports[name](slots, context);
      });
      return { facts, notices };
    },
    async rows(table) {
      return (await db.query(`select * from ${table}`)).rows;
    },
    async close() {
      await db.close();
      await drop();
    },
  };
}

export const identified = { level: '2', person: PERSON, household: HOUSEHOLD } as const;

export function later(days: number, hours = 0): Date {
  return new Date(NOW.getTime() + (days * 24 + hours) * 3_600_000);
}

/** Every value of every table, as text: what somebody with the whole database could search. */
export async function everything(db: Database): Promise<string> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const parts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await db.query<{ text: string }>(`select t::text as text from "${name}" t`);
      return rows.map(({ text }) => `${name}: ${text}`).join('\n');
    }),
  );
  return parts.join('\n');
}

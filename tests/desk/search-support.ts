/** A desk over a real database: a few households, staff of several roles, and contacts going on. */
import { randomUUID } from 'node:crypto';
import type { Place } from '../../src/desk/places.ts';
import { searchLimiter, type SearchDeps } from '../../src/desk/search.ts';
import { deskRegistry } from '../../src/registry/desk.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import type { Role, Staff } from '../../src/staff/roles.ts';
import { openTestRegistry, type TestRegistry } from '../registry/support.ts';

export const AT = new Date('2026-11-23T08:00:00Z');
export const PLACES: Place[] = [
  { area: 'BEY', names: ['بريد بيروت', 'Beirut post office', 'Poste de Beyrouth'] },
  { area: 'NOR', names: ['بريد طرابلس', 'Tripoli post', 'Poste de Tripoli'] },
];

export type TestDesk = TestRegistry & {
  deps: SearchDeps;
  staff(role: Role, more?: Partial<Staff>): Promise<Staff>;
  interaction(by: Staff): Promise<string>;
  householdKey(id: string): string;
  personKey(id: string, person: string): string;
};

type Member = HouseholdInput['members'][number];
type Family = { id: string; area?: string; members: Member[]; payments?: HouseholdInput['payments'] };

export function member(person: string, given: string, family: string, more: Partial<Member> = {}): Member {
  return { person_id: person, role: 'head', given_name: given, family_name: family, ...more };
}

export async function openTestDesk(families: Family[]): Promise<TestDesk> {
  const registry = await openTestRegistry();
  const { db, keys } = registry;
  await importHouseholds(
    db,
    keys,
    families.map(({ id, area = 'BEY-03', members, payments = [] }) => ({
      household_id: id,
      area,
      members,
      payments,
      enrolments: [{ programme: 'CASH', status: 'active', since: '2024-01-01' }],
    })),
    { country: 'LB' },
  );
  return {
    ...registry,
    deps: {
      db,
      keys,
      registry: deskRegistry(db, keys),
      country: 'LB',
      places: PLACES,
      limiter: searchLimiter(1_000),
    },
    householdKey: (id) => keys.index('household', id),
    personKey: (id, person) => keys.index('person', `${id}\0${person}`),
    async staff(role, more = {}) {
      const key = randomUUID();
      await db.query('insert into staff (key, email, sealed, roles, language) values ($1, $2, $3, $4, $5)', [
        key,
        randomUUID(),
        Buffer.alloc(0),
        [role],
        'ar',
      ]);
      return {
        key,
        name: 'S',
        email: 's@example',
        roles: [role],
        units: null,
        area: null,
        language: 'ar',
        ...more,
      };
    },
    async interaction(by) {
      // One contact at a time.
      await db.query('update interaction set ended_at = $2 where staff = $1 and ended_at is null', [
        by.key,
        AT,
      ]);
      const { rows } = await db.query<{ id: string }>(
        `insert into interaction (staff, channel, started_at) values ($1, 'call', $2) returning id`,
        [by.key, AT],
      );
      return rows[0]?.id ?? '';
    },
  };
}

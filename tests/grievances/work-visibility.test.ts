/** The rule of who sees which case: the SQL and the TypeScript of it are asked the same questions. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newReference } from '../../src/grievances/reference.ts';
import { maySeeCase, seesCase, visibleCases, type CaseFacts } from '../../src/grievances/visibility.ts';
import { ROLES, type Role, type Staff } from '../../src/staff/roles.ts';
import { openDesk, type Desk } from './support.ts';

const ROLE_NAMES = Object.keys(ROLES) as Role[];
const ROUTES = ['payments', 'registry', 'inspection', 'appeals', 'protection'];
const AREAS = ['BEY-03', 'TRI-01'];
const [ANNA, BEN] = ['00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1'];
const PEOPLE = [ANNA, BEN] as const;

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
  for (const key of PEOPLE) {
    await desk.db.query(
      `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', '{agent}', 'en')`,
      [key, randomUUID()],
    );
  }
});
afterAll(() => desk.close());

type Stored = CaseFacts & { reference: string };

const someone = fc.option(fc.constantFrom(...PEOPLE), { nil: null });
const somewhere = fc.option(fc.constantFrom(...AREAS), { nil: null });

type Made = Omit<CaseFacts, 'original_decided_by' | 'appealed'> & {
  /** Which earlier case of the list it appeals against. */
  against: number | null;
};

const aCase: fc.Arbitrary<Made> = fc.record({
  kind: fc.constantFrom('complaint', 'appeal', 'update', 'information', 'referral'),
  sensitivity: fc.constantFrom('open', 'restricted', 'sensitive'),
  route: fc.constantFrom(...ROUTES),
  area: somewhere,
  decided_by: someone,
  accused_area: somewhere,
  accused_staff: someone,
  against: fc.option(fc.nat(20), { nil: null }),
});

const aStaff: fc.Arbitrary<Staff> = fc.record({
  key: fc.constantFrom(...PEOPLE),
  name: fc.constant('N'),
  email: fc.constant('n@example.org'),
  roles: fc.uniqueArray(fc.constantFrom(...ROLE_NAMES), { minLength: 1, maxLength: 3 }),
  units: fc.option(fc.uniqueArray(fc.constantFrom(...ROUTES), { maxLength: 3 }), { nil: null }),
  area: somewhere,
  language: fc.constant('en'),
});

async function store(made: Made[]): Promise<Stored[]> {
  await desk.db.query('delete from grievance');
  const stored: Stored[] = [];
  for (const { against, ...facts } of made) {
    const original = against === null ? undefined : stored[against];
    const reference = newReference();
    await desk.db.query(
      `insert into grievance (reference, kind, category, sensitivity, route, area, decided_by, accused_area,
                              accused_staff, appeal_of, due_on, created_at, updated_at)
       values ($1, $2, 'OTH', $3, $4, $5, $6, $7, $8, $9, '2026-12-01', now(), now())`,
      [
        reference,
        facts.kind,
        facts.sensitivity,
        facts.route,
        facts.area,
        facts.decided_by,
        facts.accused_area,
        facts.accused_staff,
        original?.reference ?? null,
      ],
    );
    if (original) original.appealed = true;
    stored.push({
      ...facts,
      reference,
      appealed: false,
      original_decided_by: original?.decided_by ?? null,
    });
  }
  return stored;
}

describe('who sees which case', () => {
  it('is the same in SQL and in TypeScript', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aCase, { minLength: 1, maxLength: 12 }),
        fc.array(aStaff, { minLength: 1, maxLength: 12 }),
        async (made, people) => {
          const stored = await store(made);
          for (const staff of people) {
            const { sql, values } = visibleCases(staff, 'c', 2);
            const { rows } = await desk.db.query<{ reference: string }>(
              `select reference from grievance c where $1::int = 1 and ${sql} order by reference`,
              [1, ...values],
            );
            const expected = stored.filter((facts) => maySeeCase(staff, facts));
            expect(rows.map(({ reference }) => reference)).toEqual(
              expected.map(({ reference }) => reference).sort(),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  const facts: CaseFacts = {
    kind: 'complaint',
    sensitivity: 'open',
    route: 'payments',
    area: 'BEY-03',
    decided_by: null,
    accused_area: null,
    accused_staff: null,
    original_decided_by: null,
    appealed: false,
  };
  const staff = (role: Role, more: Partial<Staff> = {}): Staff => ({
    key: ANNA,
    name: 'N',
    email: 'n@example.org',
    roles: [role],
    units: null,
    area: null,
    language: 'en',
    ...more,
  });

  it.each([
    ['open', ['agent', 'vendor_agent', 'case_officer', 'supervisor']],
    ['restricted', ['inspector']],
    ['sensitive', ['protection_officer']],
  ] as const)('%s: seen by these roles and no other', (sensitivity, roles) => {
    expect(ROLE_NAMES.filter((role) => maySeeCase(staff(role), { ...facts, sensitivity })).sort()).toEqual(
      [...roles].sort(),
    );
  });

  it('an office sees its own units and its own area', () => {
    expect(maySeeCase(staff('case_officer', { units: ['payments'] }), facts)).toBe(true);
    expect(maySeeCase(staff('case_officer', { units: ['registry'] }), facts)).toBe(false);
    expect(maySeeCase(staff('case_officer', { area: 'TRI-01' }), facts)).toBe(false);
    expect(maySeeCase(staff('case_officer', { area: 'TRI-01' }), { ...facts, area: null })).toBe(false);
  });

  it('nobody sees what accuses them or their office', () => {
    const restricted: CaseFacts = { ...facts, sensitivity: 'restricted', route: 'inspection' };
    expect(maySeeCase(staff('inspector'), { ...restricted, accused_staff: ANNA })).toBe(false);
    expect(maySeeCase(staff('inspector', { key: BEN }), { ...restricted, accused_staff: ANNA })).toBe(true);
    expect(
      maySeeCase(staff('inspector', { area: 'BEY-03' }), { ...restricted, accused_area: 'BEY-03' }),
    ).toBe(false);
    expect(maySeeCase(staff('supervisor'), { ...facts, accused_staff: ANNA })).toBe(false);
  });

  it('an appeal officer sees appeals, and what they are against, unless the decision was theirs', () => {
    const appeal: CaseFacts = { ...facts, kind: 'appeal', route: 'appeals' };
    const officer = staff('appeal_officer');
    expect(maySeeCase(officer, appeal)).toBe(true);
    expect(maySeeCase(officer, { ...appeal, original_decided_by: BEN })).toBe(true);
    expect(maySeeCase(officer, { ...appeal, original_decided_by: ANNA })).toBe(false);
    expect(maySeeCase(officer, facts)).toBe(false);
    expect(maySeeCase(officer, { ...facts, appealed: true, decided_by: BEN })).toBe(true);
    expect(maySeeCase(officer, { ...facts, appealed: true, decided_by: ANNA })).toBe(false);
  });

  it('one case is asked for by its number', async () => {
    const [open, restricted] = await store([
      { ...facts, against: null },
      { ...facts, sensitivity: 'restricted', against: null },
    ]);
    expect(await seesCase(desk.db, staff('agent'), open?.reference ?? '')).toBe(true);
    expect(await seesCase(desk.db, staff('agent'), restricted?.reference ?? '')).toBe(false);
    expect(await seesCase(desk.db, staff('agent'), '00000000')).toBe(false);
  });
});

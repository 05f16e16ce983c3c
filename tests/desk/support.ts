/** A whole service with members of staff at its desk, and a caller with a file. */
import { randomUUID } from 'node:crypto';
import type { Role, Staff } from '../../src/staff/roles.ts';
import { callerNumber, householdOf, type Caller } from '../support/callers.ts';
import { startService, type TestService } from '../support/service.ts';
import type { Overrides } from '../../src/main.ts';

export type DeskTest = TestService & {
  staff(...roles: Role[]): Promise<Staff>;
  /** The n-th caller, registered. */
  caller(n: number): Promise<Caller & { contact: string; household: string }>;
  contactOf(phone: string): string;
};

const DAY = 86_400_000;

export async function startDesk(overrides: Overrides = {}): Promise<DeskTest> {
  const service = await startService({}, overrides);
  const { db, keys } = service.service.deployment;
  const contactOf = (phone: string) => keys.index('contact', phone);
  return {
    ...service,
    contactOf,
    staff: async (...roles) => {
      const key = randomUUID();
      await db.query(
        `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', $3, 'en')`,
        [key, randomUUID(), roles],
      );
      return { key, name: 'Sara', email: 'sara@example.org', roles, units: null, area: null, language: 'en' };
    },
    caller: async (n) => {
      const day = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
      await service.importHouseholds(householdOf(n, day(-3), day(9)));
      const caller = callerNumber(n);
      return { ...caller, contact: contactOf(caller.phone), household: keys.index('household', `HH-C${n}`) };
    },
  };
}

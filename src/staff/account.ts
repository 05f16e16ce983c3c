/** An account as it stands in the table: how its row is found, opened, and read as a member of staff. */
import { z } from 'zod';
import type { Keys } from '../privacy/keys.ts';
import type { Tx } from '../store/database.ts';
import type { Role, Staff } from './roles.ts';

/** What every function about staff needs. */
export type StaffDeps = { keys: Keys; isProduction: boolean };

export type AccountRow = {
  key: string;
  sealed: Buffer;
  roles: Role[];
  units: string[] | null;
  area: string | null;
  language: string;
  password: string | null;
  password_is_temporary: boolean;
  totp: Buffer | null;
  totp_confirmed_at: Date | null;
  recovery_codes: string[];
  has_passkey: boolean;
  sign_on_subject: string | null;
  failures: number;
  locked_until: Date | null;
  demo: boolean;
  disabled_at: Date | null;
  created_at: Date;
};

export const ACCOUNT_COLUMNS = `staff.key, staff.sealed, staff.roles, staff.units, staff.area, staff.language, staff.password,
  staff.password_is_temporary, staff.totp, staff.totp_confirmed_at, staff.recovery_codes, staff.sign_on_subject,
  staff.failures, staff.locked_until, staff.demo, staff.disabled_at, staff.created_at,
  exists (select from staff_passkey where staff_passkey.staff = staff.key) as has_passkey`;

const SEALED = z.object({ email: z.string(), name: z.string() });
const CONTEXT = 'staff';

export function sealPerson(keys: Keys, person: { email: string; name: string }): Buffer {
  return keys.sealJson('personal', person, CONTEXT);
}

export function staffFrom(keys: Keys, row: AccountRow): Staff {
  const { name, email } = SEALED.parse(keys.openJson('personal', row.sealed, CONTEXT));
  const { key, roles, units, area, language } = row;
  return { key, name, email, roles, units, area, language };
}

/** One address is one account, however it is typed. */
export function normalEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

export function emailIndex(keys: Keys, email: string): string {
  return keys.index('staff', `email:${normalEmail(email)}`);
}

export async function accountByEmail(tx: Tx, keys: Keys, email: string): Promise<AccountRow | undefined> {
  const { rows } = await tx.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from staff where email = $1`, [
    emailIndex(keys, email),
  ]);
  return rows[0];
}

/** The account, held until the transaction ends: attempts at one account are counted one after the other. */
export async function holdAccount(tx: Tx, key: string): Promise<AccountRow | undefined> {
  const { rows } = await tx.query<AccountRow>(
    `select ${ACCOUNT_COLUMNS} from staff where key = $1 for update`,
    [key],
  );
  return rows[0];
}

/** Why nobody signs in to this account now, if so. Told to the audit, never to the one who tries. */
export function closedBecause(
  row: AccountRow,
  isProduction: boolean,
  at: Date,
): 'disabled' | 'demo' | 'locked' | undefined {
  if (row.disabled_at !== null) return 'disabled';
  if (row.demo && isProduction) return 'demo';
  if (row.locked_until !== null && row.locked_until > at) return 'locked';
  return undefined;
}

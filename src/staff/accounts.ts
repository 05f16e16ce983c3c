/** The accounts of staff: who is added, with which roles, and what an administrator changes. Each deed is audited. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Database, Tx } from '../store/database.ts';
import {
  ACCOUNT_COLUMNS,
  accountByEmail,
  emailIndex,
  holdAccount,
  normalEmail,
  sealPerson,
  staffFrom,
  type AccountRow,
} from './account.ts';
import { hashPassword, temporaryPassword } from './passwords.ts';
import { ROLES, type Role, type Staff } from './roles.ts';
import { forgetSecondFactor, hasSecondFactor } from './second-factor.ts';
import { endSessionsOf } from './sessions.ts';

type Deps = { db: Database; keys: Keys };

/** Who does it, and when. `by`: key of a member of staff, or `command`. */
export type Deed = { by: string; at: Date };

/** What somebody may work on. `units`: routes, null for all of their roles; `area`: of a local office, null for all. */
export type Access = { roles: readonly Role[]; units: readonly string[] | null; area: string | null };

/** A member of staff as the list of accounts shows them. */
export type StaffAccount = Staff & {
  state: 'open' | 'locked' | 'disabled';
  hasSecondFactor: boolean;
  /** They have not signed in since the password was given out. */
  passwordIsTemporary: boolean;
  isDemo: boolean;
  createdAt: Date;
};

export type NewStaff = Access & { email: string; name: string; language: string };

export type AddRefusal = 'address' | 'roles' | 'exists';
/** `own`: nobody changes what they themselves may do, so that the last administrator stays one. */
export type ChangeRefusal = 'unknown' | 'own' | 'roles';
export type Changed = { ok: true } | { ok: false; why: ChangeRefusal };

const ADDRESS = z.email().max(254);
/** Keys come out of addresses of pages: what is none is nobody's. */
const KEY = z.guid();

export function isRole(word: string): word is Role {
  return Object.hasOwn(ROLES, word);
}

/** Adds an account. The temporary password is told this once, and changed at the first sign-in. */
export async function addStaff(
  { db, keys }: Deps,
  person: NewStaff,
  { by, at }: Deed,
): Promise<{ ok: true; key: string; password: string } | { ok: false; why: AddRefusal }> {
  const email = normalEmail(person.email);
  if (!ADDRESS.safeParse(email).success) return { ok: false, why: 'address' };
  if (!areRoles(person.roles)) return { ok: false, why: 'roles' };
  const password = temporaryPassword();
  const hash = await hashPassword(password);
  return db.transaction(async (tx) => {
    const key = await insertAccount(tx, keys, { ...person, email }, { hash, isTemporary: true, at });
    if (key === undefined) return { ok: false, why: 'exists' };
    const details = accessDetails(person);
    await recordAudit(tx, { actor: by, action: 'staff_added', subject: `staff:${key}`, details, at });
    return { ok: true, key, password };
  });
}

/** The row of a new account; undefined when the address has one. */
export async function insertAccount(
  tx: Tx,
  keys: Keys,
  person: NewStaff,
  {
    hash,
    isTemporary,
    isDemo = false,
    at,
  }: { hash: string; isTemporary: boolean; isDemo?: boolean; at: Date },
): Promise<string | undefined> {
  const { email, roles, units, area, language } = person;
  const { rows } = await tx.query<{ key: string }>(
    `insert into staff (email, sealed, roles, units, area, language, password, password_is_temporary, demo, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (email) do nothing returning key`,
    [
      emailIndex(keys, email),
      sealPerson(keys, { email, name: person.name.trim() }),
      [...new Set(roles)],
      units,
      area,
      language,
      hash,
      isTemporary,
      isDemo,
      at,
    ],
  );
  return rows[0]?.key;
}

export async function findByEmail(
  { db, keys }: Deps,
  email: string,
  now: Date,
): Promise<StaffAccount | undefined> {
  const row = await accountByEmail(db, keys, email);
  return row && accountFrom(keys, row, now);
}

export async function findStaff(
  { db, keys }: Deps,
  key: string,
  now: Date,
): Promise<StaffAccount | undefined> {
  if (!KEY.safeParse(key).success) return undefined;
  const { rows } = await db.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from staff where key = $1`, [key]);
  return rows[0] && accountFrom(keys, rows[0], now);
}

/** Everybody, the disabled last, by name. */
export async function listStaff({ db, keys }: Deps, now: Date): Promise<StaffAccount[]> {
  const { rows } = await db.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from staff`);
  return rows
    .map((row) => accountFrom(keys, row, now))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

/** Changes roles, units and area. The person signs in anew: no open page keeps what they may do no longer. */
export async function changeAccess(deps: Deps, staff: string, access: Access, deed: Deed): Promise<Changed> {
  if (!areRoles(access.roles)) return { ok: false, why: 'roles' };
  return change(deps, staff, { ...deed, action: 'roles_changed', isOwnRefused: true }, async (tx, row) => {
    await tx.query('update staff set roles = $2, units = $3, area = $4 where key = $1', [
      row.key,
      [...new Set(access.roles)],
      access.units,
      access.area,
    ]);
    await endSessionsOf(tx, row.key);
    return { before: accessDetails(row), after: accessDetails(access) };
  });
}

/** Closes an account, at once: open pages end. What the person did stays in the history. */
export async function disableStaff(deps: Deps, staff: string, deed: Deed): Promise<Changed> {
  return change(deps, staff, { ...deed, action: 'staff_disabled', isOwnRefused: true }, async (tx, row) => {
    await tx.query('update staff set disabled_at = coalesce(disabled_at, $2), ready = false where key = $1', [
      row.key,
      deed.at,
    ]);
    await endSessionsOf(tx, row.key);
  });
}

export async function enableStaff(deps: Deps, staff: string, deed: Deed): Promise<Changed> {
  return change(deps, staff, { ...deed, action: 'staff_enabled' }, async (tx, row) => {
    await tx.query('update staff set disabled_at = null, failures = 0, locked_until = null where key = $1', [
      row.key,
    ]);
  });
}

/** Lets somebody try again who locked their account. */
export async function unlock(deps: Deps, staff: string, deed: Deed): Promise<Changed> {
  return change(deps, staff, { ...deed, action: 'unlocked' }, async (tx, row) => {
    await tx.query('update staff set failures = 0, locked_until = null where key = $1', [row.key]);
  });
}

/** A temporary password in the place of a forgotten one, told this once. The second factor stays. */
export async function resetPassword(
  deps: Deps,
  staff: string,
  deed: Deed,
): Promise<{ ok: true; password: string } | { ok: false; why: ChangeRefusal }> {
  const password = temporaryPassword();
  const hash = await hashPassword(password);
  const changed = await change(deps, staff, { ...deed, action: 'password_reset' }, async (tx, row) => {
    await tx.query(
      `update staff set password = $2, password_is_temporary = true, failures = 0, locked_until = null where key = $1`,
      [row.key, hash],
    );
    await endSessionsOf(tx, row.key);
  });
  return changed.ok ? { ok: true, password } : changed;
}

/** Takes app, passkeys and recovery codes away of somebody who lost phone and codes. */
export async function resetSecondFactor(deps: Deps, staff: string, deed: Deed): Promise<Changed> {
  return change(
    deps,
    staff,
    { ...deed, action: 'second_factor_removed', isOwnRefused: true },
    async (tx, row) => {
      await forgetSecondFactor(tx, row.key);
      await endSessionsOf(tx, row.key);
    },
  );
}

/** Does one change to one account and writes it down, with what `work` says of it. */
async function change(
  { db }: Deps,
  staff: string,
  { by, at, action, isOwnRefused = false }: Deed & { action: string; isOwnRefused?: boolean },
  work: (tx: Tx, row: AccountRow) => Promise<Record<string, unknown> | void>,
): Promise<Changed> {
  if (isOwnRefused && by === staff) return { ok: false, why: 'own' };
  if (!KEY.safeParse(staff).success) return { ok: false, why: 'unknown' };
  return db.transaction(async (tx) => {
    const row = await holdAccount(tx, staff);
    if (!row) return { ok: false, why: 'unknown' };
    const details = await work(tx, row);
    await recordAudit(tx, {
      actor: by,
      action,
      subject: `staff:${row.key}`,
      ...(details ? { details } : {}),
      at,
    });
    return { ok: true };
  });
}

function accountFrom(keys: Keys, row: AccountRow, now: Date): StaffAccount {
  const isLocked = row.locked_until !== null && row.locked_until > now;
  return {
    ...staffFrom(keys, row),
    state: row.disabled_at !== null ? 'disabled' : isLocked ? 'locked' : 'open',
    hasSecondFactor: hasSecondFactor(row),
    passwordIsTemporary: row.password_is_temporary,
    isDemo: row.demo,
    createdAt: row.created_at,
  };
}

function areRoles(roles: readonly string[]): boolean {
  return roles.length > 0 && roles.every(isRole);
}

function accessDetails({ roles, units, area }: Access): Record<string, unknown> {
  return { roles, units, area };
}

function rank({ state }: StaffAccount): number {
  return state === 'disabled' ? 1 : 0;
}

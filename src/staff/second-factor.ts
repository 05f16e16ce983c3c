/** The second factor: codes of an authenticator app (RFC 6238), each good once, and recovery codes for a lost phone. */
import { randomInt } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Keys } from '../privacy/keys.ts';
import type { Tx } from '../store/database.ts';
import type { AccountRow } from './account.ts';

/** What the authenticator app calls the service. */
const ISSUER = 'Wasl';
const STEP_SECONDS = 30;
const RECOVERY_CODES = 10;
/** Crockford's letters: what is read aloud or copied by hand is not mistaken. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** To be shown once: the address for the QR code, and the secret to type where no camera is. */
export type Enrolment = { uri: string; secret: string };

/** An app or a passkey: one of them is asked for at every sign-in. */
export function hasSecondFactor(row: AccountRow): boolean {
  return hasApp(row) || row.has_passkey;
}

export function hasApp(row: AccountRow): boolean {
  return row.totp !== null && row.totp_confirmed_at !== null;
}

/**
 * Begins to set up an app: the secret counts once a code of it was given. A page that is loaded again shows the same
 * secret. Undefined when the account has an app already: whoever replaces it must first have it taken away.
 */
export async function enrol(
  tx: Tx,
  keys: Keys,
  row: AccountRow,
  email: string,
): Promise<Enrolment | undefined> {
  if (hasSecondFactor(row)) return undefined;
  const secret = row.totp === null ? generateSecret() : openSecret(keys, row.key, row.totp);
  if (row.totp === null) {
    await tx.query('update staff set totp = $2, totp_last_step = null where key = $1', [
      row.key,
      keys.seal('personal', secret, contextOf(row.key)),
    ]);
  }
  return { secret, uri: generateURI({ issuer: ISSUER, label: email, secret }) };
}

/** The first code of a new app. The recovery codes, to be shown once; undefined when the code is wrong. */
export async function confirm(
  tx: Tx,
  keys: Keys,
  row: AccountRow,
  code: string,
  at: Date,
): Promise<string[] | undefined> {
  if (hasSecondFactor(row) || !(await takeCode(tx, keys, row, code, at))) return undefined;
  await tx.query('update staff set totp_confirmed_at = $2 where key = $1', [row.key, at]);
  return newRecoveryCodes(tx, keys, row.key);
}

/** Recovery codes in the place of any before, to be shown once: with the first second factor of an account. */
export async function newRecoveryCodes(tx: Tx, keys: Keys, staff: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  await tx.query('update staff set recovery_codes = $2 where key = $1', [
    staff,
    codes.map((one) => hashOf(keys, staff, one)),
  ]);
  return codes;
}

/** Is this a code of the app, or a recovery code? It is used up by asking. Undefined: neither. */
export async function verify(
  tx: Tx,
  keys: Keys,
  row: AccountRow,
  code: string,
  at: Date,
): Promise<'app' | 'recovery' | undefined> {
  if (!hasSecondFactor(row)) return undefined;
  if (hasApp(row) && (await takeCode(tx, keys, row, code, at))) return 'app';
  return (await takeRecoveryCode(tx, keys, row, code)) ? 'recovery' : undefined;
}

/** Takes app, passkeys and recovery codes away; the next sign-in sets up another app where one is asked for. */
export async function forgetSecondFactor(tx: Tx, staff: string): Promise<void> {
  await tx.query(
    `update staff set totp = null, totp_confirmed_at = null, totp_last_step = null, recovery_codes = '{}' where key = $1`,
    [staff],
  );
  await tx.query('delete from staff_passkey where staff = $1', [staff]);
}

async function takeCode(tx: Tx, keys: Keys, row: AccountRow, said: string, at: Date): Promise<boolean> {
  const token = digitsOf(said);
  if (row.totp === null || !/^\d{6}$/.test(token)) return false;
  const result = verifySync({
    secret: openSecret(keys, row.key, row.totp),
    token,
    period: STEP_SECONDS,
    epoch: Math.floor(at.getTime() / 1_000),
    // One step to either side: the clocks of phones are not ours.
    epochTolerance: STEP_SECONDS,
  });
  if (!result.valid || !('timeStep' in result)) return false;
  const { rowCount } = await tx.query(
    'update staff set totp_last_step = $2 where key = $1 and (totp_last_step is null or totp_last_step < $2)',
    [row.key, result.timeStep],
  );
  return rowCount === 1;
}

async function takeRecoveryCode(tx: Tx, keys: Keys, row: AccountRow, said: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update staff set recovery_codes = array_remove(recovery_codes, $2) where key = $1 and $2 = any (recovery_codes)',
    [row.key, hashOf(keys, row.key, said)],
  );
  return rowCount === 1;
}

/** A code is typed as it is shown, with spaces, or with Arabic digits. */
function digitsOf(said: string): string {
  return said
    .slice(0, 40)
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/\s/g, '');
}

function newRecoveryCode(): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${group()}-${group()}`;
}

/** Keyed, so that a copy of the table gives no code away; bound to the account. */
function hashOf(keys: Keys, staff: string, code: string): string {
  const plain = digitsOf(code).toUpperCase().replaceAll('-', '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return keys.index('staff', `recovery:${staff}:${plain}`);
}

function openSecret(keys: Keys, staff: string, sealed: Buffer): string {
  return keys.open('personal', sealed, contextOf(staff));
}

/** A secret copied to another account does not open there. */
function contextOf(staff: string): string {
  return `staff.totp:${staff}`;
}

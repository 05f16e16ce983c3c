/** Passwords of staff: stored as scrypt with its parameters, compared in constant time. */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { normalEmail } from './account.ts';

type Cost = { ln: number; r: number; p: number };

/** OWASP's second choice for scrypt: 32 MB and about a tenth of a second a try. */
const COST: Cost = { ln: 15, r: 8, p: 1 };
const SALT = 16;
const HASH = 32;
/** What a stored cost may ask for at most: a forged row must not take the memory of the machine. */
const MAX_MEMORY = 256 * 1024 * 1024;

export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 200;

/** Why a password cannot be taken. */
export type PasswordProblem = 'short' | 'long' | 'address';

/** What is wrong with a new password, if anything. No rules on kinds of characters: length is what counts. */
export function passwordProblem(password: string, email: string): PasswordProblem | undefined {
  if (password.length < SHORTEST_PASSWORD) return 'short';
  if (password.length > LONGEST_PASSWORD) return 'long';
  return normalEmail(password) === normalEmail(email) ? 'address' : undefined;
}

/** `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT);
  const hash = await derive(password, salt, COST, HASH);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** The hash of no password, at today's cost: what an unknown address is compared with, so that it takes as long. */
const NOBODY = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(Buffer.alloc(SALT))}$${unpadded(Buffer.alloc(HASH))}`;

/** Is this the password? With nothing stored the answer is no, after the same work. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  // Nobody has so long a one; hashing a megabyte would be work for nothing.
  const said = password.slice(0, LONGEST_PASSWORD);
  const { cost, salt, hash } = parse(stored ?? NOBODY);
  const given = await derive(said, salt, cost, hash.length);
  return timingSafeEqual(given, hash) && stored !== null;
}

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password to be told once and changed at first sign-in: four groups of four, none of 0, 1, i, l, o. */
export function temporaryPassword(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

function parse(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } {
  const [, ln, r, p, salt = '', hash = ''] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{22,})\$([\w+/]{43,})$/.exec(stored) ?? [];
  if (ln === undefined) throw new Error('a stored password is not in the form that this release writes');
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

function derive(password: string, salt: Buffer, { ln, r, p }: Cost, length: number): Promise<Buffer> {
  // The same password typed on another keyboard may come as other code points.
  const text = password.normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, length, { N: 2 ** ln, r, p, maxmem: MAX_MEMORY }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Kinds of documents: how many digits each has, and the check digit that tells a slip of the finger from a number. */
import { z } from 'zod';
import { whole, word } from './fields.ts';

/** True when the digits can be a number of this kind. What is not checked here a registry would refuse much later. */
const CHECKS = {
  /** South African identity number: Luhn. */
  luhn: (digits: string) => luhn(digits),
  /** Turkish T.C. number: the tenth digit from the nine before it, the eleventh from all ten. */
  tc: (digits: string) => turkish(digits),
  /** Brazilian NIS (PIS/PASEP/NIT): modulus 11. */
  nis: (digits: string) => modulus11(digits, [3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
  /** Brazilian CPF: modulus 11 twice, the second time with the first check digit. */
  cpf: (digits: string) =>
    modulus11(digits.slice(0, 10), [10, 9, 8, 7, 6, 5, 4, 3, 2]) &&
    modulus11(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]),
  /** Uruguayan cédula: weights 2 9 8 7 6 3 4, modulus 10. */
  ci: (digits: string) => cedula(digits),
  /** Indonesian NIK: no check digit, but a birth date in the middle; women have 40 added to the day. */
  nik: (digits: string) => hasBirthDate(digits.slice(6, 12)),
  /** Chinese identity number: ISO 7064 MOD 11-2; a last X cannot be typed on a keypad and may be left out. */
  cn_id: (digits: string) => digits.length === 17 || iso7064(digits),
} as const;

const CHECK_NAMES = Object.keys(CHECKS) as (keyof typeof CHECKS)[];

/** How a document's number looks; without `digits` nothing is known of it. */
export type DocumentRule = {
  readonly type: string;
  readonly digits: readonly number[];
  readonly check: keyof typeof CHECKS | null;
};

const length = whole(4, 20);

/** A name alone, or a name with what is known of its number. */
export const documentType = z.union(
  [
    word,
    z.strictObject({
      type: word,
      digits: z.union([length, z.array(length).min(1)], 'must be a number of digits, or a list of them'),
      check: z.enum(CHECK_NAMES, `must be one of ${CHECK_NAMES.join(', ')}`).optional(),
    }),
  ],
  'must be a name such as national_id, or { type: national_id, digits: 13, check: luhn }',
);

export function documentRule(said: z.output<typeof documentType>): DocumentRule {
  if (typeof said === 'string') return { type: said, digits: [], check: null };
  return { type: said.type, digits: [said.digits].flat(), check: said.check ?? null };
}

/**
 * Whether typed digits can be one of these documents, or the number of a family file: wrong only when as long as a
 * document whose check they fail, so that nobody is refused for a number that the profile does not know.
 */
export function canBeDocument(rules: readonly DocumentRule[], digits: string): boolean {
  const alike = rules.filter((rule) => rule.digits.includes(digits.length));
  if (alike.length === 0 || rules.some((rule) => rule.digits.length === 0)) return true;
  return alike.some(({ check }) => check === null || CHECKS[check](digits));
}

const numbers = (digits: string): number[] => Array.from(digits, Number);

const weighed = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, at) => sum + weight * Number(digits[at] ?? 0), 0);

function luhn(digits: string): boolean {
  const sum = numbers(digits)
    .reverse()
    .map((digit, at) => (at % 2 === 0 ? digit : digit * 2))
    .reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0);
  return sum % 10 === 0;
}

function turkish(digits: string): boolean {
  const odd = weighed(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weighed(digits, [0, 1, 0, 1, 0, 1, 0, 1]);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  const eleventh = weighed(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10;
  return !digits.startsWith('0') && digits.endsWith(`${tenth}${eleventh}`);
}

function modulus11(digits: string, weights: readonly number[]): boolean {
  const rest = 11 - (weighed(digits, weights) % 11);
  return digits.endsWith(String(rest > 9 ? 0 : rest));
}

function cedula(digits: string): boolean {
  const body = digits.slice(0, -1).padStart(7, '0');
  return digits.endsWith(String((10 - (weighed(body, [2, 9, 8, 7, 6, 3, 4]) % 10)) % 10));
}

function hasBirthDate(digits: string): boolean {
  const day = Number(digits.slice(0, 2)) % 40;
  const month = Number(digits.slice(2, 4));
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

function iso7064(digits: string): boolean {
  const sum = weighed(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return digits.endsWith('10X98765432'[sum % 11] ?? '');
}

/** The digits of documents and file numbers: what people read from a card and type on a keypad. */

import { toLatinDigits } from '../conversation/normalize.ts';
import type { Keys } from '../privacy/keys.ts';

/** Fewer digits than this say nothing about who somebody is. */
const ENDING = 4;

/** Household ids with fewer digits are row numbers, not family file numbers. */
const FAMILY_FILE = 5;

/** Only the digits, in Latin script: `RL 12-34/٥` is `12345`. */
export function digitsOf(text: string): string {
  return toLatinDigits(text).replace(/\D/g, '');
}

/** The last four digits; undefined when there are fewer. */
export function endingOf(text: string): string | undefined {
  const digits = digitsOf(text);
  return digits.length >= ENDING ? digits.slice(-ENDING) : undefined;
}

/** Keyed hash of the last four digits, for `person_document.ending`; undefined when there are fewer. */
export function endingIndex(keys: Keys, text: string): string | undefined {
  const ending = endingOf(text);
  return ending === undefined ? undefined : keys.index('document', `~${ending}`);
}

/** The family file number that a household id contains, if it has enough digits to be one. */
export function familyFileOf(householdId: string): string | undefined {
  const digits = digitsOf(householdId);
  return digits.length >= FAMILY_FILE ? digits : undefined;
}

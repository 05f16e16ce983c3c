/** Names as keyed hashes of their folded words, so that staff can search for a name that is stored sealed. */

import { normalize } from '../conversation/normalize.ts';
import type { Keys } from '../privacy/keys.ts';

/** The words of names as they are compared: lower case, without accents, Arabic letter forms as one. */
function nameWords(...names: (string | null)[]): string[] {
  const words = names.flatMap((name) => (name === null ? [] : normalize(name).split(/[ ']/)));
  return [...new Set(words.filter((word) => word.length > 1))];
}

/** Index values of names: search `person.name_index @>` those of what somebody typed. */
export function nameIndex(keys: Keys, ...names: (string | null)[]): string[] {
  return nameWords(...names).map((word) => keys.index('name', word));
}

/** Names as keyed hashes of their words and of how these sound, so that staff can search for a name stored sealed. */

import { normalize } from '../conversation/normalize.ts';
import type { Keys } from '../privacy/keys.ts';
import { nameParts, soundsOf } from './name-sounds.ts';

/** The words of names as they are spelled: lower case, without accents, Arabic letter forms as one. */
function nameWords(name: string): string[] {
  const words = normalize(name).replaceAll("'", '').split(' ');
  return [...new Set(words.filter((word) => word.length > 1))];
}

/** What stands in front of a sound tells which scripts meet by it. */
const ARABIC = '~ar ';
const LATIN = '~la ';
const LATIN_AS_ARABIC = '~lr ';

/** Index values of the names of a person, for `person.name_index`. */
export function nameIndex(keys: Keys, ...names: (string | null)[]): string[] {
  const told = names.filter((name) => name !== null);
  const sounds = told.flatMap(nameParts).flatMap((part) => {
    const { script, arabic, latin } = soundsOf(part);
    if (script === 'arabic') return arabic.map((sound) => ARABIC + sound);
    return [...arabic.map((sound) => LATIN_AS_ARABIC + sound), ...latin.map((sound) => LATIN + sound)];
  });
  const values = [...told.flatMap(nameWords), ...sounds];
  return [...new Set(values)].map((value) => keys.index('name', value));
}

/** Index values of the area a person lives in and of those around it: `AKK-01-3` is in `AKK-01` and in `AKK`. */
export function areaIndex(keys: Keys, area: string | null): string[] {
  const parts = area?.split('-') ?? [];
  return parts.map((_, i) => areaValue(keys, parts.slice(0, i + 1).join('-')));
}

export function areaValue(keys: Keys, area: string): string {
  return keys.index('name', `~in ${area}`);
}

/** What to look for in `person.name_index`. */
export type NameQuery = {
  /** Contains all of these: spelled like this. */
  words: string[];
  /** Contains one of each of these: sounds like this. */
  sounds: string[][];
};

/** What somebody typed, to look for; undefined when it holds no name. */
export function nameQuery(keys: Keys, text: string): NameQuery | undefined {
  const sounds = nameParts(text).map((part) => {
    const { script, arabic, latin } = soundsOf(part);
    const meets =
      script === 'arabic'
        ? arabic.flatMap((sound) => [ARABIC + sound, LATIN_AS_ARABIC + sound])
        : [...arabic.map((sound) => ARABIC + sound), ...latin.map((sound) => LATIN + sound)];
    return meets.map((value) => keys.index('name', value));
  });
  const heard = sounds.filter((meets) => meets.length > 0);
  const words = nameWords(text).map((word) => keys.index('name', word));
  return heard.length === 0 || words.length === 0 ? undefined : { words, sounds: heard };
}

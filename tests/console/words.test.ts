/** The console's words: the same keys and values in every language, and nothing left in another script. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, wordsIn, type Language } from '../../src/console/words.ts';
import { localesDir } from '../../src/paths.ts';

const PLURAL = /_(zero|one|two|few|many|other)$/;

const read = (language: Language) =>
  JSON.parse(readFileSync(path.join(localesDir, 'console', `${language}.json`), 'utf8')) as Record<
    string,
    string
  >;

/** Names of the values by key; the plurals of a key together, without `count`, which a word for one or two leaves out. */
function valuesOf(language: Language): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, text] of Object.entries(read(language))) {
    const isPlural = PLURAL.test(key);
    const names = [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
    values.set(key.replace(PLURAL, ''), String(names.filter((name) => !isPlural || name !== 'count').sort()));
  }
  return values;
}

describe('the words of the console', () => {
  it.each(LANGUAGES)('have the same keys and values in %s as in English', (language) => {
    expect(Object.fromEntries(valuesOf(language))).toEqual(Object.fromEntries(valuesOf('en')));
  });

  it.each(LANGUAGES)('have every plural that %s asks for', (language) => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    const keys = new Set(Object.keys(read(language)));
    const bases = new Set([...keys].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, '')));
    // French and its millions: no such number stands here.
    const asked = pluralCategories.filter((category) => language !== 'fr' || category !== 'many');
    for (const base of bases) for (const category of asked) expect(keys).toContain(`${base}_${category}`);
  });

  it('are Arabic in Arabic', () => {
    const latin = Object.entries(read('ar')).filter(
      ([key, text]) => !key.startsWith('language.') && !/\p{Script=Arabic}/u.test(text),
    );
    expect(latin).toEqual([]);
  });

  it('count as each language counts', () => {
    expect(wordsIn('en')('time.left_hours', { count: 2 })).toBe('2 h left');
    expect(wordsIn('ar')('time.left_hours', { count: 2 })).toBe('بقيت ساعتان');
    expect(wordsIn('ar')('time.late_days', { count: 3 })).toBe('متأخر 3 أيام');
  });
});

/** The console's words: locales/console, one file a language, for people at a screen (not GSM-7, not the citizen's). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import i18next from 'i18next';
import type en from '../../locales/console/en.json';
import { localesDir } from '../paths.ts';

export const LANGUAGES = ['ar', 'en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

type Plural = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
type WithoutPlural<K extends string> = K extends `${infer Base}_${Plural}` ? Base : K;

/** A key of locales/console/*.json. `late.days_one`, `late.days_other` are asked for as `late.days` with a `count`. */
export type WordKey = WithoutPlural<keyof typeof en>;
export type WordValues = Readonly<Record<string, string | number>>;

/** Words said once on the next page; those under `flash.problem_` tell of something that did not work. */
export type FlashWord = Extract<WordKey, `flash.${string}`>;

/** The words of one language. */
export type Words = (key: WordKey, values?: WordValues) => string;

const i18n = i18next.createInstance();
void i18n.init({
  lng: 'en',
  fallbackLng: false,
  resources: Object.fromEntries(LANGUAGES.map((language) => [language, { translation: read(language) }])),
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  // Preact escapes whatever it writes.
  interpolation: { escapeValue: false },
});

const fixed = Object.fromEntries(LANGUAGES.map((language) => [language, i18n.getFixedT(language)]));

export function wordsIn(language: Language): Words {
  const t = fixed[language];
  return (key, values = {}) => t?.(key, values) ?? key;
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

export function isFlashWord(value: string): value is FlashWord {
  return value.startsWith('flash.') && i18n.exists(value, { lng: 'en' });
}

export function directionOf(language: string): 'rtl' | 'ltr' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

function read(language: Language): Record<string, string> {
  return JSON.parse(readFileSync(path.join(localesDir, 'console', `${language}.json`), 'utf8')) as Record<
    string,
    string
  >;
}

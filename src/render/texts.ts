/** The words: locale texts with a profile's wording and values in them. The only user of i18next. */
import i18next, { type i18n } from 'i18next';
import type { Profile } from '../profiles/profile.ts';
import { styleOf } from './languages.ts';
import { encodingOf, toGsm7 } from './measure.ts';
import { profileValues, valueOf, type Values } from './values.ts';

export type Locale = Readonly<Record<string, string>>;
export type Locales = Readonly<Record<string, Locale>>;

/** A text that the locales lack, or a value that a text names and nobody gave. A bug: tests walk every text. */
export class TextMissing extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TextMissing';
  }
}

export type Texts = {
  /** The text in this language, values filled in; within GSM-7 where the language is (languages.ts). */
  text(language: string, key: string, values?: Values): string;
  has(language: string, key: string): boolean;
  /** True when the text names a value of a person, not only of the profile. */
  isPersonal(language: string, key: string): boolean;
  /** The name of an item of a run-time list, e.g. a programme. */
  item(language: string, list: string, id: string): string;
  languages: readonly string[];
};

const PLACEHOLDER = /\{\{(\w+)\}\}/gu;

function withoutHotline(language: string, text: string): string {
  const { orHotline, fromHotline } = styleOf(language);
  const said = text.replace(fromHotline, '');
  return said.includes('{{code}}') ? said.replace(orHotline, '') : said;
}

/** `isHotlineUp`: asked at each text, since the call centre can go down at any hour. */
export function createTexts(locales: Locales, profile: Profile, isHotlineUp: () => boolean): Texts {
  const languages = profile.languages.offered;
  const up = compile(locales, profile, true);
  const down = compile(locales, profile, false);
  const current = () => (isHotlineUp() ? up : down);
  return {
    languages,
    text: (language, key, values = {}) => current().text(language, key, values),
    has: (language, key) => up.templates.has(`${language}:${key}`),
    isPersonal: (language, key) => up.templates.get(`${language}:${key}`)?.isPersonal ?? false,
    item: (language, list, id) =>
      list === 'programmes'
        ? (profile.programmes[id]?.name[language] ?? id)
        : current().text(language, `${list}.${id}`, {}),
  };
}

type Template = { names: string[]; isPersonal: boolean; fixed: string | undefined };

function compile(locales: Locales, profile: Profile, hotlineUp: boolean) {
  const instance = createI18n(locales, profile, hotlineUp);
  const templates = new Map<string, Template>();
  const fixedValuesIn = new Map<string, Record<string, string>>();
  for (const language of profile.languages.offered) {
    const fixedValues = profileValues(profile, language, hotlineUp);
    fixedValuesIn.set(language, fixedValues);
    const t = instance.getFixedT(language);
    for (const [key, template] of Object.entries(
      instance.getResourceBundle(language, 'translation') as Locale,
    )) {
      const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
      const isPersonal = names.some((name) => fixedValues[name] === undefined);
      const fill = (values: Record<string, string>) => t(key, values);
      // The names of languages stay as their speakers write them: their screen is not GSM-7 anyway.
      const written = () =>
        key.startsWith('lang.pick.') ? fill(fixedValues) : fit(language, fixedValues, fill);
      const fixed = isPersonal ? undefined : written();
      templates.set(`${language}:${key}`, { names, isPersonal, fixed });
    }
  }
  const text = (language: string, key: string, values: Values): string => {
    const template = templates.get(`${language}:${key}`);
    if (!template) throw new TextMissing(`no text ${key} in ${language}`);
    if (template.fixed !== undefined) return template.fixed;
    const fixedValues = fixedValuesIn.get(language) ?? {};
    const filled: Record<string, string> = {};
    for (const name of template.names) {
      const value = fixedValues[name] ?? valueOf(name, values, { language, profile, text });
      if (value === undefined) throw new TextMissing(`${key} in ${language} lacks a value for ${name}`);
      filled[name] = value;
    }
    return fit(language, filled, (given) => instance.getFixedT(language)(key, given));
  };
  return { templates, text };
}

/** Values that other people wrote: names of places, partners, programmes and the service. */
const NAMES = ['place', 'org', 'prog', 'newprog', 'alt', 'svc'] as const;

/** Names may bring letters outside GSM-7 into a text that is within it: one would halve the room. */
function fit(
  language: string,
  values: Record<string, string>,
  fill: (values: Record<string, string>) => string,
): string {
  const text = fill(values);
  const { letters } = styleOf(language);
  if (letters === 'gsm7') return toGsm7(text);
  if (letters === 'full' || encodingOf(text) === 'gsm7') return text;
  const plain = { ...values };
  for (const name of NAMES) if (plain[name] !== undefined) plain[name] = toGsm7(plain[name]);
  const folded = fill(plain);
  return encodingOf(folded) === 'gsm7' ? folded : text;
}

function createI18n(locales: Locales, profile: Profile, hotlineUp: boolean): i18n {
  const instance = i18next.createInstance();
  const resources = Object.fromEntries(
    profile.languages.offered.map((language) => {
      const locale = { ...locales[language], ...profile.wording[language] } as Locale;
      const entries = Object.entries(locale).map(([key, text]) => [
        key,
        hotlineUp ? text : withoutHotline(language, text),
      ]);
      return [language, { translation: Object.fromEntries(entries) as Record<string, string> }];
    }),
  );
  void instance.init({
    resources,
    initAsync: false,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false, skipOnVariables: true },
  });
  return instance;
}

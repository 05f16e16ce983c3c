/** The copy lint (dialogs.md A1): bidi hazards, forbidden words, and the same keys in every language; room: packs.test.ts. */
import { describe, expect, it } from 'vitest';
import { readLocales } from '../../src/locales.ts';

const locales = readLocales();
const languages = Object.keys(locales);
const entries = languages.flatMap((language) =>
  Object.entries(locales[language] ?? {}).map(([key, text]) => ({ language, key, text })),
);
const placeholders = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => (name === 'dd' ? 'd' : name)).sort();

/** Choices of lang.pick are each in their own language and script. */
const isMixedScript = (key: string) => key.startsWith('lang.pick') || key === 'entry.more.language.wa';

describe('the locales', () => {
  it('are the core three and the packs', () => {
    expect(languages.sort()).toEqual(['ar', 'en', 'es', 'fr', 'id', 'pt', 'ru', 'tr', 'uz', 'zh']);
  });

  it.each(languages)('%s has every text', (language) => {
    const optional = /\.(wa|call|zero|more)$/;
    const missing = Object.keys(locales['en'] ?? {}).filter(
      (key) => !optional.test(key) && locales[language]?.[key] === undefined,
    );
    expect(missing).toEqual([]);
  });

  it('name only values that are known', () => {
    const known = [
      'svc',
      'code',
      'hot',
      'hot2',
      'chl',
      'sender',
      'newprog',
      'alt',
      'd',
      'd2',
      'amt',
      'prog',
      'crit',
      'area',
      'sources',
      'place',
      'h1',
      'h2',
      'st',
      'gs',
      'cat',
      'why',
      'doc',
      'n',
      'n2',
      'ref',
      'ref2',
      'out',
      'org',
      'need',
    ];
    expect(
      entries.filter(({ text }) => placeholders(text).some((name) => !known.includes(name ?? ''))),
    ).toEqual([]);
  });

  it('Arabic has no bidi hazard', () => {
    const hazards = [
      /\d[ -]\d/, // two numbers beside each other change places
      /[+$]\d/, // signs jump to the other end
      /^\s*\d[.)]/m, // a numbered line begins with the number alone
      /[()[\]]/, // brackets mirror
      /[ᴀ-ᶿ]|[ً-ٰٟ]/, // no vowel signs: they cost a unit each
    ];
    const found = entries.filter(
      ({ language, key, text }) =>
        language === 'ar' && !isMixedScript(key) && hazards.some((hazard) => hazard.test(text)),
    );
    expect(found.map(({ key, text }) => `${key}: ${text}`)).toEqual([]);
  });

  it('promise nothing that a fraudster would: no link, no PIN asked for, no hurry', () => {
    const forbidden = /https?:|www\.|bit\.ly|last chance|dernière chance|urgent/i;
    expect(entries.filter(({ text }) => forbidden.test(text)).map(({ key }) => key)).toEqual([]);
  });
});

/** The copy lint (dialogs.md A1): alphabets, bidi hazards, forbidden words, and the same keys in every language. */
import { describe, expect, it } from 'vitest';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { offenders, segments } from '../../src/render/measure.ts';
import { createTexts } from '../../src/render/texts.ts';

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
  it('are Arabic, English and French', () => {
    expect(languages.sort()).toEqual(['ar', 'en', 'fr']);
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
      'd',
      'd2',
      'amt',
      'prog',
      'crit',
      'place',
      'h1',
      'h2',
      'st',
      'gs',
      'cat',
      'why',
      'doc',
      'n',
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

  it.each(['en', 'fr'])('%s stays within GSM-7', (language) => {
    const outside = entries.filter(
      (entry) => entry.language === language && !isMixedScript(entry.key) && offenders(entry.text).length > 0,
    );
    expect(outside.map(({ key, text }) => `${key}: ${offenders(text).join('')}`)).toEqual([]);
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

  it('keep SMS to one segment in English and French and two in Arabic, with the longest values', () => {
    const profile = loadProfile('demo', profilesDir);
    const texts = createTexts(locales, profile, () => true);
    const facts = {
      amt: { amount: '1250000.00', currency: 'IQD' },
      d: '2026-12-31',
      d2: '2026-12-31',
      ref: '48217739',
      prog: 'SCHOOL',
      st: 'posted',
      place: 'Main post office X',
      org: 'Red Crescent',
      need: 'ID papers',
      why: 'update_due',
    };
    for (const language of profile.languages.offered) {
      for (const key of Object.keys(locales['en'] ?? {}).filter((name) => name.startsWith('sms.'))) {
        const place = language === 'ar' ? 'مكتب البريد' : facts.place;
        const text = texts.text(language, key, {
          facts: { ...facts, place, org: language === 'ar' ? 'الهلال الأحمر' : facts.org },
        });
        expect(segments(text).segments, `${language} ${key}: ${text}`).toBeLessThanOrEqual(
          language === 'ar' ? 2 : 1,
        );
      }
    }
  });
});

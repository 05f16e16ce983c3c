/** How each language is written: its numbers and dates, and when a name gives up its accents. */
import { describe, expect, it } from 'vitest';
import { styleOf } from '../../src/render/languages.ts';
import { encodingOf } from '../../src/render/measure.ts';
import { createTexts } from '../../src/render/texts.ts';
import { everyLanguage, languages, locales } from '../locales/every-language.ts';

const profile = {
  ...everyLanguage,
  wording: Object.fromEntries(
    languages.map((language) => [
      language,
      { 'own.money': '{{amt}}', 'own.day': '{{dd}}', 'own.date': '{{d}}', 'own.place': 'OK {{place}}' },
    ]),
  ),
};
const texts = createTexts(locales, profile, () => true);
const facts = { amt: { amount: '1250000.50', currency: 'EUR' }, d: '2026-12-31', place: 'São João' };

describe('numbers and dates', () => {
  it.each([
    ['en', '1,250,000.50 EUR', '31/12/2026', '31/12'],
    ['ar', '1,250,000.50 EUR', '31/12/2026', '31/12'],
    ['fr', '1,250,000.50 EUR', '31/12/2026', '31/12'],
    ['pt', '1.250.000,50 EUR', '31/12/2026', '31/12'],
    ['es', '1.250.000,50 EUR', '31/12/2026', '31/12'],
    ['id', '1.250.000,50 EUR', '31/12/2026', '31/12'],
    ['tr', '1.250.000,50 EUR', '31.12.2026', '31.12'],
    ['uz', '1 250 000,50 EUR', '31.12.2026', '31.12'],
    ['ru', '1\u00a0250\u00a0000,50 EUR', '31.12.2026', '31.12'],
    ['zh', '1,250,000.50 EUR', '2026-12-31', '12-31'],
  ])('are those of %s', (language, money, date, day) => {
    expect(texts.text(language, 'own.money', { facts })).toBe(money);
    expect(texts.text(language, 'own.date', { facts })).toBe(date);
    expect(texts.text(language, 'own.day', { facts })).toBe(day);
  });

  it('know every language that there are words for', () => {
    for (const language of languages) expect(styleOf(language), language).not.toEqual(styleOf('xx'));
  });
});

describe('a name with letters outside GSM-7', () => {
  it('gives them up where that alone keeps the message in GSM-7', () => {
    expect(texts.text('pt', 'own.place', { facts })).toBe('OK Sao Joao');
    expect(texts.text('id', 'own.place', { facts })).toBe('OK Sao Joao');
  });

  it('keeps them in a text that is not in GSM-7 anyway, and in a script that has none', () => {
    const text = texts.text('pt', 'inf.office', { facts: { ...facts, h1: '08:00', h2: '16:00' } });
    expect(text).toContain(encodingOf(text) === 'gsm7' ? 'Sao Joao' : 'São João');
    expect(texts.text('ru', 'own.place', { facts })).toBe('OK São João');
  });

  it('is never the reason to misspell words of ours', () => {
    expect(texts.text('pt', 'fb.ask.no')).toBe('Não');
    expect(texts.text('es', 'fb.ask.yes')).toBe('Sí');
    expect(texts.text('tr', 'nav.exit')).toBe('Çıkış');
  });
});

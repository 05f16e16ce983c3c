/** Dates, money, places and codes as a citizen reads them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { encodingOf } from '../../src/render/measure.ts';
import { createTexts, type Texts } from '../../src/render/texts.ts';
import { readLocales } from '../../src/locales.ts';
import type { Values } from '../../src/render/values.ts';

const LANGUAGES = ['ar', 'en', 'fr'] as const;
const demo = loadProfile('demo', profilesDir);

/** Texts that are one placeholder each: what is written for it is all there is. */
const NAMES = [
  'd',
  'd2',
  'dd',
  'amt',
  'prog',
  'newprog',
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
  'out',
  'code',
  'svc',
];
const alone = Object.fromEntries(NAMES.map((name) => [`x.${name}`, `{{${name}}}`]));
const texts: Texts = createTexts(
  readLocales(),
  { ...demo, wording: Object.fromEntries(LANGUAGES.map((language) => [language, alone])) },
  () => true,
);
const written = (name: string, values: Values, language: string = 'en') =>
  texts.text(language, `x.${name}`, values);
const fact = (name: string, value: unknown, language?: string) =>
  written(name, { facts: { [name]: value } }, language);
const money = (amount: string, currency = 'USD', language = 'en') =>
  fact('amt', { amount, currency }, language);

describe('dates', () => {
  it.each(LANGUAGES)('are day/month/year in %s', (language) => {
    expect(fact('d', '2026-03-09', language)).toBe('09/03/2026');
    expect(fact('d2', '2026-12-31', language)).toBe('31/12/2026');
  });

  it('lose their time of day, and for dd their year', () => {
    expect(fact('d', '2026-03-09T23:59:59Z')).toBe('09/03/2026');
    expect(written('dd', { facts: { d: '2026-03-09' } })).toBe('09/03');
  });
});

describe('money', () => {
  it.each([
    ['145.00', '145 USD'],
    ['145', '145 USD'],
    ['145.5', '145.50 USD'],
    ['145.05', '145.05 USD'],
    ['0.30', '0.30 USD'],
    ['999', '999 USD'],
    ['1000', '1,000 USD'],
    ['1250000.00', '1,250,000 USD'],
    ['12345678901234567890.01', '12,345,678,901,234,567,890.01 USD'],
  ])('writes %s as %s', (amount, expected) => {
    expect(money(amount)).toBe(expected);
  });

  it('has the same digits as the registry, whatever the amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        fc.integer({ min: 0, max: 99 }),
        (whole, cents) => {
          const amount = `${whole}.${String(cents).padStart(2, '0')}`;
          const [number = ''] = money(amount).split(' ');
          expect(number.replaceAll(',', '')).toBe(cents === 0 ? String(whole) : amount);
          expect(number).toMatch(/^\d{1,3}(,\d{3})*(\.\d\d)?$/);
        },
      ),
    );
  });

  it('names the currency in her language, or by its code', () => {
    expect(money('25', 'LBP', 'fr')).toBe(`25 ${readLocales()['fr']?.['currency.LBP'] ?? ''}`);
    expect(money('25', 'LBP', 'ar')).toBe(`25 ${readLocales()['ar']?.['currency.LBP'] ?? ''}`);
    for (const language of LANGUAGES) expect(money('25', 'XTS', language)).toBe('25 XTS');
  });
});

describe('codes of the registry', () => {
  it.each(LANGUAGES)('that nobody explained are not shown in %s', (language) => {
    for (const kind of ['why', 'doc']) {
      expect(fact(kind, 'RSN-77', language)).toBe(texts.text(language, `${kind}.other`));
      expect(fact(kind, undefined, language)).toBe(texts.text(language, `${kind}.other`));
    }
    expect(fact('why', 'income', language)).toBe(texts.text(language, 'why.income'));
  });

  it('fall back to the programme code, and to families in need', () => {
    expect(fact('prog', 'CASH', 'fr')).toBe('Aide mensuelle');
    expect(fact('newprog', 'SCHOOL', 'ar')).toBe('منحة مدرسية');
    expect(fact('prog', 'NEW-2027')).toBe('NEW-2027');
    expect(texts.item('en', 'programmes', 'NEW-2027')).toBe('NEW-2027');
    expect(written('crit', { facts: { prog: 'CASH' } })).toBe('families with very low income');
    expect(written('crit', { facts: { prog: 'NEW-2027' } })).toBe(texts.text('en', 'crit.other'));
  });

  it('write status, state of a case and matter in words', () => {
    expect(fact('st', 'active')).toBe('Active');
    expect(fact('gs', 'referred', 'fr')).toBe(texts.text('fr', 'gs.referred'));
    expect(written('cat', { slots: { matter: 'bribe' } })).toBe('Asked me for money');
  });
});

describe('places and hours', () => {
  it('are those of the profile in her language, where nobody named others', () => {
    expect(written('place', {})).toBe('Main post office');
    expect(written('place', {}, 'ar')).toBe('مكتب البريد');
    expect(fact('place', { ar: 'بريد حلبا', en: 'Halba post office' }, 'ar')).toBe('بريد حلبا');
    expect(fact('place', { en: 'Halba post office' }, 'fr')).toBe('Halba post office');
    expect([written('h1', {}), written('h2', {})]).toEqual(['08:00', '16:00']);
    expect(fact('h2', '14:00')).toBe('14:00');
  });

  it('that a payment file names are translated where the profile knows them', () => {
    expect(fact('place', 'Halba post office', 'ar')).toBe('بريد حلبا');
    expect(fact('place', 'Agent 12, Souk', 'ar')).toBe('Agent 12, Souk');
  });

  it.each([
    ['Hôpital Saint-Élie, Zahlé', 'Hopital Saint-Élie, Zahlé'],
    ['Œuvre “Saint‑Luc” – n° 4', 'OEuvre "Saint-Luc" - no 4'],
    ['Bureau français de Çambrai', 'Bureau francais de Çambrai'],
  ])('%s keeps a French screen in GSM-7', (place, expected) => {
    expect(fact('place', place, 'fr')).toBe(expected);
    expect(
      encodingOf(
        texts.text('fr', 'pay.collected', {
          facts: { amt: { amount: '1', currency: 'USD' }, d: '2026-01-01', place },
        }),
      ),
    ).toBe('gsm7');
    expect(fact('place', place, 'ar')).toBe(place);
  });
});

describe('the service code', () => {
  it('stands between left-to-right marks in Arabic only', () => {
    expect(written('code', {}, 'ar')).toBe('\u200e*384*1747#\u200e');
    expect(written('code', {}, 'en')).toBe('*384*1747#');
    for (const [key, template] of Object.entries(readLocales()['ar'] ?? {})) {
      if (!template.includes('{{code}}')) continue;
      const text = texts.text('ar', key, {
        facts: {
          amt: { amount: '1', currency: 'USD' },
          d: '2026-01-01',
          d2: '2026-01-01',
          ref: '48217735',
          prog: 'CASH',
          alt: 'CASH',
          st: 'active',
          org: 'x',
        },
      });
      expect(text.split('\u200e*384*1747#\u200e').length, key).toBe(template.split('{{code}}').length);
    }
  });
});

describe('a value', () => {
  it('is text, whatever it looks like', () => {
    for (const out of ['{{svc}} and {{ref}}', '$t(nav.back)', '<b>&amp;</b>', 'a\\b $& $1']) {
      expect(fact('out', out)).toBe(out);
    }
  });

  it('comes from the registry rather than from what she typed', () => {
    expect(written('ref', { slots: { ref: '11111111' }, facts: { ref: '48217735' } })).toBe('48217735');
    expect(written('ref', { slots: { ref: '48217735' } })).toBe('48217735');
    expect(fact('n', 2)).toBe('2');
  });
});

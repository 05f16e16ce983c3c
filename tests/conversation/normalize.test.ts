import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanInput, detectLanguage, normalize, toLatinDigits } from '../../src/conversation/normalize.ts';
import { maskSecrets } from '../../src/conversation/secrets.ts';

const { cases } = JSON.parse(
  readFileSync(new URL('../fixtures/encoding/text-normalization.json', import.meta.url), 'utf8'),
) as { cases: { input: string; normalized: string }[] };

/** Any UTF-16 at all, halves of surrogate pairs included, with what phones really send more often than chance would. */
const anything = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom(' ', '\n', '\0', '\u200f', '\u00a0', "'", 'é', 'e\u0301', 'شَ', 'ـ', '٣', '۴', '5'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('normalize', () => {
  it.each(cases)('$input -> $normalized', ({ input, normalized }) => {
    expect(normalize(input)).toBe(normalized);
  });

  it.each([
    ['STOP!!', 'stop'],
    ["'Stop'", 'stop'],
    ['L’argent', "l'argent"],
    ['pot-de-vin', 'pot de vin'],
    ['أوقِفْ', 'اوقف'],
    ['إلغاء الاشتراك.', 'الغاء الاشتراك'],
    ['شكوى، رشوة؟', 'شكوي رشوه'],
    ['ﻻ', 'لا'],
    ['شکوی', 'شكوي'],
    ['مسؤول شائع', 'مسؤول شائع'],
    ['۴\u200f٥', '45'],
    ['1️⃣', '1'],
    ['ǼØßı', 'aeossi'],
    ['👍', ''],
    ['', ''],
  ])('%j -> %j', (input, normalized) => {
    expect(normalize(input)).toBe(normalized);
  });

  it('gives words and single spaces only, and is stable', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const once = normalize(text);
        expect(once).toMatch(/^$|^[\p{L}\p{N}']+( [\p{L}\p{N}']+)*$/u);
        expect(normalize(once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes a long hostile text in its stride', () => {
    const started = performance.now();
    for (const unit of ["'", " '", 'َ', '1 ', '\u200f', 'a-']) normalize(`x${unit.repeat(30_000)}y`);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('toLatinDigits', () => {
  it('knows three more scripts and keeps the rest', () => {
    expect(toLatinDigits('٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ ０１２３４５６７８９')).toBe(
      '0123456789 0123456789 0123456789',
    );
    expect(toLatinDigits('رقم 7, é')).toBe('رقم 7, é');
  });
});

describe('cleanInput', () => {
  it.each([
    ['  a \n\n b\t c ', 'a b c'],
    ['a\u00a0b\u202fc', 'a b c'],
    ['\u200fمرحبا\u202c\u2066 1\u2069', 'مرحبا 1'],
    ['e\u200d\u0301', 'é'],
    ['a\0b\u0007c\u0085d\u009fe', 'abc de'],
    ['x\ud83dy\ude00', 'xy'],
    ['😀', '😀'],
    ['\ufeff\0 \r\n', ''],
  ])('%j -> %j', (input, clean) => {
    expect(cleanInput(input)).toBe(clean);
  });

  it('never lets through what a database refuses or nobody sees', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const clean = cleanInput(text);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
        expect(clean).not.toMatch(/^\s|\s$|\s\s|[^\S ]/);
        expect(clean.normalize('NFC')).toBe(clean);
        expect(cleanInput(clean)).toBe(clean);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('detectLanguage', () => {
  it.each([
    ['شكوى', 'ar'],
    ['وين صارت المساعدة SMS', 'ar'],
    ["Bonjour, je n'ai rien reçu depuis deux mois", 'fr'],
    ['STATUT', 'fr'],
    ["L'argent n'est pas tombé", 'fr'],
    ['Please, when will I get my money?', 'en'],
    ["I don't have the card", 'en'],
    ['STATUS', 'en'],
  ])('%j is %s', (text, language) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it.each(['', '1', '٣', 'STOP', 'Rima Haddad', 'sho sar', '48217739', '👍'])('%j could be any', (text) => {
    expect(detectLanguage(text)).toBeUndefined();
  });
});

describe('maskSecrets', () => {
  it.each([
    ['my id is 1234567890', 'my id is ••••••••••'],
    ['4111 1111 1111 1111.', '•••• •••• •••• ••••.'],
    ['4111-1111-1111-1111', '••••-••••-••••-••••'],
    ['4111.1111.1111.1111', '••••.••••.••••.••••'],
    ['3782 822463 10005', '•••• •••••• •••••'],
    ['4111 1111 1111 1111 123', '•••• •••• •••• •••• •••'],
    ['12345-1234567-1', '•••••-•••••••-•'],
    ['هويتي ١٩٨٤٠١٠١٢٣٤٥', 'هويتي ••••••••••••'],
    ['۱۲۳۴ ۵۶۷۸ ۹۰۱۲', '•••• •••• ••••'],
    ['१२३४५६७८९०', '••••••••••'],
    ['1234\u200f5678\u00a09012', '••••\u200f••••\u00a0••••'],
    ['48217739 1234567890', '48217739 ••••••••••'],
  ])('hides %j', (text, hidden) => {
    expect(maskSecrets(text)).toEqual({ text: hidden, masked: true });
  });

  it.each([
    '48217739',
    '4821 7739',
    'STATUS ٤٨٢١٧٧٣٩',
    '48217739 21345678',
    'born 1984 48217739.',
    '31/12/2026',
    '31-12-2026',
    'from 01-02-2026 10-03-2026',
    '2026-12-31 48217739',
    '12/05/2026, 48217739',
    '1,250,000,000',
    '1.250.000.000',
    '1 250 000 000 LBP',
    '1250000 دينار',
    '100 USD 2 months 3 children 4 rooms',
    '',
  ])('keeps %j', (text) => {
    expect(maskSecrets(text)).toEqual({ text, masked: false });
  });

  it('leaves no long run of digits readable, and nothing else changed', () => {
    const digit = fc.constantFrom(...Array.from('0123456789٠٣٩۰۴۹'));
    const secret = fc.array(digit, { minLength: 10, maxLength: 30 }).map((digits) => digits.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom('', 'id ', 'رقم: '),
        secret,
        fc.constantFrom('', '.', ' ok'),
        (before, number, after) => {
          expect(maskSecrets(before + number + after)).toEqual({
            text: before + '•'.repeat(number.length) + after,
            masked: true,
          });
        },
      ),
    );
  });

  it('keeps the length and all that is no digit', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { text: safe, masked } = maskSecrets(text);
        expect(safe.replaceAll(/\p{Nd}|•/gu, '')).toBe(text.replaceAll(/\p{Nd}|•/gu, ''));
        expect(masked).toBe(safe !== text);
      }),
    );
  });

  it('takes a long hostile text in its stride', () => {
    const started = performance.now();
    for (const unit of ['1', '1 ', '1-', '12-12-', '1    ']) maskSecrets(unit.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

it.each(['ma wslni l masari', 'ma wslni el masari min shahren'])('%j is Arabic in Latin letters', (text) => {
  expect(detectLanguage(text)).toBe('ar');
});

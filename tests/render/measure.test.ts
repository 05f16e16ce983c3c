import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingOf, measure, offenders, segments, toGsm7 } from '../../src/render/measure.ts';

type SegmentCase = { id: string; text: string; encoding: 'GSM-7' | 'UCS-2'; units: number; segments: number };
type UssdCase = {
  id: string;
  text: string;
  encoding: 'GSM-7' | 'UCS-2';
  septets: number | null;
  octets: number;
};
type Alphabet = {
  basic: [number, string][];
  extension: [number, string][];
  frenchIn: string[];
  frenchOut: string[];
};

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/encoding/${name}`, import.meta.url), 'utf8'));
const sms = load('sms-segments.json') as { cases: SegmentCase[] };
const ussd = load('ussd-lengths.json') as { cases: UssdCase[] };
const alphabet = load('gsm0338.json') as Alphabet;

const NAMES = { 'GSM-7': 'gsm7', 'UCS-2': 'ucs2' } as const;
const ESCAPE = 0x1b;

/** Letters of every kind a message can hold, the costly ones often. */
const letter = fc.oneof(
  fc.constantFrom('a', 'é', 'Ç', '1', ' ', '\n', '€', '[', '|'),
  fc.constantFrom('ç', 'م', '٣', '’', '😀', '\u200f'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const gsmLetter = fc.constantFrom('a', 'é', 'Ç', '1', ' ', '\n', '€', '[', '|');
const message = fc.oneof(
  fc.array(letter, { maxLength: 400 }),
  fc.array(gsmLetter, { minLength: 130, maxLength: 700 }),
  fc.array(fc.constantFrom('م', 'a', '😀'), { minLength: 60, maxLength: 300 }),
);

describe('measure', () => {
  it.each(sms.cases)('counts the SMS parts of $id', ({ text, encoding, units, segments: parts }) => {
    const gsm7 = encoding === 'GSM-7';
    const perSegment = parts === 1 ? (gsm7 ? 160 : 70) : gsm7 ? 153 : 67;
    expect(segments(text)).toEqual({ encoding: NAMES[encoding], units, segments: parts, perSegment });
  });

  it.each(ussd.cases)('measures the USSD text $id', ({ text, encoding, septets, octets }) => {
    const { encoding: found, units } = measure(text);
    expect(found).toBe(NAMES[encoding]);
    if (septets !== null) expect(units).toBe(septets);
    expect(found === 'gsm7' ? Math.ceil((units * 7) / 8) : units * 2).toBe(octets);
  });

  it('knows the whole alphabet and nothing else', () => {
    const cost = new Map<string, number>();
    for (const [code, ch] of alphabet.basic) if (code !== ESCAPE) cost.set(ch, 1);
    for (const [, ch] of alphabet.extension) cost.set(ch, 2);
    expect(cost.size).toBe(137);
    for (let code = 0; code <= 0xffff; code++) {
      const ch = String.fromCharCode(code);
      const septets = cost.get(ch);
      const expected =
        septets === undefined ? { encoding: 'ucs2', units: 1 } : { encoding: 'gsm7', units: septets };
      if (measure(ch).encoding !== expected.encoding || measure(ch).units !== expected.units)
        expect(measure(ch), `U+${code.toString(16)}`).toEqual(expected);
    }
  });

  it('agrees with cutting the text part by part', () => {
    fc.assert(
      fc.property(message, (letters) => {
        const text = letters.join('');
        const { encoding, units, segments: count, perSegment } = segments(text);
        const cost = (ch: string): number => (encoding === 'gsm7' ? measure(ch).units : ch.length);
        const parts: string[] = [];
        let part = '';
        let room = perSegment;
        for (const ch of text) {
          if (cost(ch) > room) {
            parts.push(part);
            part = '';
            room = perSegment;
          }
          part += ch;
          room -= cost(ch);
        }
        parts.push(part);
        expect(parts.join('')).toBe(text);
        expect(parts).toHaveLength(count);
        expect(count * perSegment).toBeGreaterThanOrEqual(units);
      }),
    );
  });

  it('never needs fewer parts for a longer text', () => {
    fc.assert(
      fc.property(message, letter, (letters, more) => {
        const text = letters.join('');
        expect(segments(text + more).segments).toBeGreaterThanOrEqual(segments(text).segments);
      }),
    );
  });
});

describe('offenders', () => {
  it('names each character outside the alphabet once', () => {
    expect(offenders('Ça va, garçon? Être… là 😀😀')).toEqual(['ç', 'Ê', '…', '😀']);
    expect(offenders('\u001b')).toEqual(['\u001b']);
    expect(offenders('à é è ù É Ç æ € []')).toEqual([]);
  });

  it('is empty exactly for GSM-7', () => {
    fc.assert(
      fc.property(message, (letters) => {
        const text = letters.join('');
        expect(offenders(text).length === 0).toBe(encodingOf(text) === 'gsm7');
      }),
    );
  });
});

describe('toGsm7', () => {
  it.each(alphabet.frenchOut)('finds a form for %s', (ch) => {
    expect(encodingOf(ch)).toBe('ucs2');
    expect(encodingOf(toGsm7(ch))).toBe('gsm7');
  });

  it.each([
    ['Reçu à l’école — « déjà » été', 'Recu à l\'école - " déjà " été'],
    ['Ça\u00a0coûte 5\u202f€\u2009: œuvre d’À côté…', "Ça coute 5 € : oeuvre d'A coté..."],
    ['e\u0301te\u0301', 'été'],
    ['Niño Ştefan', 'Niño Stefan'],
    ['n°\t1\u200f', 'no 1'],
  ])('writes %j as %j', (from, to) => {
    expect(toGsm7(from)).toBe(to);
  });

  it('leaves alone what the alphabet has, and what it cannot help', () => {
    expect(toGsm7(alphabet.frenchIn.join(''))).toBe(alphabet.frenchIn.join(''));
    expect(toGsm7('ça va, ريما’')).toBe('ça va, ريما’');
  });

  it('ends in GSM-7, or changes nothing but the normal form', () => {
    fc.assert(
      fc.property(message, (letters) => {
        const text = letters.join('');
        const plain = toGsm7(text);
        expect(encodingOf(plain) === 'gsm7' || plain === text.normalize('NFC')).toBe(true);
        expect(toGsm7(plain)).toBe(plain);
      }),
    );
  });
});

import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReference, newReference, readReference } from '../../src/grievances/reference.ts';

/** A number as the generator makes it, reproducible by its seed. */
const reference = fc.integer({ min: 1_000_000, max: 9_999_999 }).map((seed) => newReference(() => seed));
const position = (length: number) => fc.integer({ min: 0, max: length - 1 });
const inScript = (digits: string, zero: number): string =>
  digits.replace(/\d/g, (digit) => String.fromCharCode(zero + Number(digit)));

describe('newReference', () => {
  it('makes 8 digits that pass their own check', () => {
    for (let i = 0; i < 20_000; i++) {
      const number = newReference();
      if (!/^[1-9][0-9]{7}$/.test(number) || checkReference(number) !== 'ok') expect.fail(number);
    }
  });

  it('asks for all seven free digits', () => {
    const asked: number[][] = [];
    newReference((min, max) => {
      asked.push([min, max]);
      return randomInt(min, max);
    });
    expect(asked).toEqual([[1_000_000, 10_000_000]]);
  });

  it('ends in the digit of the published example', () => {
    // Damm's own example: 572 takes the check digit 4; leading zeros change nothing.
    expect(checkReference('00005724')).toBe('ok');
    expect(checkReference('00005720')).toBe('digit');
  });
});

describe('checkReference', () => {
  it('catches every single wrong digit', () => {
    fc.assert(
      fc.property(reference, position(8), fc.integer({ min: 1, max: 9 }), (number, at, shift) => {
        const wrong = (Number(number[at]) + shift) % 10;
        expect(checkReference(number.slice(0, at) + String(wrong) + number.slice(at + 1))).toBe('digit');
      }),
      { numRuns: 2_000 },
    );
  });

  it('catches every swap of neighbours', () => {
    fc.assert(
      fc.property(reference, position(7), (number, at) => {
        const [a = '', b = ''] = number.slice(at, at + 2);
        fc.pre(a !== b);
        expect(checkReference(number.slice(0, at) + b + a + number.slice(at + 2))).toBe('digit');
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads spaces, dashes and any digits people type', () => {
    fc.assert(
      fc.property(reference, fc.constantFrom(' ', '-', '–', '\u00a0', '\u200e'), (number, gap) => {
        const spaced = `${number.slice(0, 4)}${gap}${number.slice(4)} `;
        for (const zero of [0x30, 0x660, 0x6f0, 0xff10]) {
          expect(checkReference(inScript(spaced, zero))).toBe('ok');
          expect(readReference(inScript(spaced, zero))).toBe(number);
        }
      }),
    );
  });

  it.each(['', '1234567', '123456789', '1234567a', 'شكوى', '1234.5678'])(
    'says %j has not 8 digits',
    (text) => {
      expect(checkReference(text)).toBe('length');
    },
  );
});

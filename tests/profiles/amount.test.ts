/** Amounts are exact: the published ESSN amounts, decimals no float can hold, and every refusal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAmount } from '../../src/profiles/amount.ts';

const ESSN = '25 + 20*min(members,6)';

describe('evaluateAmount', () => {
  it.each([
    [1, '45.00'],
    [2, '65.00'],
    [3, '85.00'],
    [4, '105.00'],
    [5, '125.00'],
    [6, '145.00'],
    [7, '145.00'],
    [19, '145.00'],
  ])('pays a household of %i %s', (members, amount) => {
    expect(evaluateAmount(ESSN, { members })).toBe(amount);
  });

  it.each([
    ['350', '350.00'],
    ['0.1 + 0.2', '0.30'],
    ['1.005', '1.01'],
    ['0 - 1.005', '-1.01'],
    ['0 - 0.001', '0.00'],
    ['2 + 3 * 4', '14.00'],
    ['(2 + 3) * 4', '20.00'],
    ['10 - 3 - 2', '5.00'],
    ['max(1, members, 2.5)', '3.00'],
    ['min(4, max(2, members))', '3.00'],
    ['9007199254740993 * 10', '90071992547409930.00'],
    ['  12.50*members  ', '37.50'],
  ])('%s is %s for three members', (formula, amount) => {
    expect(evaluateAmount(formula, { members: 3 })).toBe(amount);
  });

  it.each([
    '',
    '25 +',
    '25 + 20*min(members',
    'min()',
    '1 2',
    '-5',
    '1 / 2',
    'people * 2',
    '1..2',
    '.5',
    '1,000',
    '2)',
    'members()',
    'constructor',
    '1e3',
    '9'.repeat(201),
  ])('refuses %j', (formula) => {
    expect(() => evaluateAmount(formula, { members: 1 })).toThrow(SyntaxError);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d members', (members) => {
    expect(() => evaluateAmount(ESSN, { members })).toThrow(RangeError);
  });

  it('agrees with whole-number arithmetic', () => {
    const number = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(number, number, number, (a, b, members) => {
        const cents = BigInt(a) + BigInt(b) * BigInt(members);
        const money = (value: number): string =>
          `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`;
        const expected = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
        expect(evaluateAmount(`${money(a)} + ${money(b)}*members`, { members })).toBe(expected);
      }),
    );
  });
});

/** What a profile says in tables: the amount of an area, the pay day of a last digit. */
import { describe, expect, it } from 'vitest';
import { amountOfArea } from '../../src/profiles/amount.ts';
import { nextPayDay, payDay } from '../../src/profiles/pay-days.ts';

describe('amountOfArea', () => {
  const amounts = { '32': '690', '3205-82': '1095', '320582-101': '1120', village: '5' };

  it.each([
    ['320582101201', '1120'],
    ['320582999', '1095'],
    ['32', '690'],
    ['3', undefined],
    ['110101', undefined],
    ['', undefined],
  ])('gives for %s the amount of the longest code that fits', (digits, amount) => {
    expect(amountOfArea(amounts, digits)).toBe(amount);
  });
});

describe('pay days', () => {
  const profile = {
    payment_calendar: {
      document: 'nis',
      months: { '2026-12': { '1': '2026-12-10', '0': '2026-12-23' }, '2026-11': { '1': '2026-11-16' } },
    },
  };

  it('are those of the month and the digit', () => {
    expect(payDay(profile, '2026-12', '0')).toBe('2026-12-23');
    expect(payDay(profile, '2026-11', '0')).toBeUndefined();
    expect(payDay(profile, '2027-01', '1')).toBeUndefined();
    expect(payDay({ payment_calendar: undefined }, '2026-12', '0')).toBeUndefined();
  });

  it('come one after the other, today included', () => {
    expect(nextPayDay(profile, '2026-11-16', '1')).toBe('2026-11-16');
    expect(nextPayDay(profile, '2026-11-17', '1')).toBe('2026-12-10');
    expect(nextPayDay(profile, '2026-12-24', '0')).toBeUndefined();
  });
});

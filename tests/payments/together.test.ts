/** Payments for the children of one household, told as lines and a total. */
import { describe, expect, it } from 'vitest';
import { tellTogether, together } from '../../src/payments/together.ts';
import { sumOf } from '../../src/profiles/amount.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import type { Payment } from '../../src/registry/registry.ts';

const profile = loadProfile('south-africa-sassa', profilesDir);
const asked = { profile, now: new Date('2026-11-22T08:00:00Z') };

const forChild = (reference: string, more: Partial<Payment> = {}): Payment => ({
  reference,
  programme: 'CSG',
  period: '2026-11',
  amount: '530.00',
  currency: 'ZAR',
  status: 'ready',
  from: '2026-11-20',
  until: '2026-12-10',
  place: 'Post Office',
  provider: null,
  statusDate: null,
  ...more,
});
const groups = (...payments: Payment[]) =>
  together(payments, asked).map((group) => group.map(({ reference }) => reference));

describe('together', () => {
  it('are the payments that come for each child at the same time and place', () => {
    expect(groups(forChild('A'), forChild('B'), forChild('C'))).toEqual([['A', 'B', 'C']]);
  });

  it.each<[string, Partial<Payment>]>([
    ['another period', { period: '2026-10' }],
    ['another state', { status: 'on_hold' }],
    ['another last day', { until: '2026-12-01' }],
    ['another place', { place: 'Boxer' }],
    ['an amount that cannot be told', { amount: '0' }],
    ['a programme that does not pay by child', { programme: 'OAG' }],
  ])('is not what has %s', (_, more) => {
    expect(groups(forChild('A'), forChild('B', more), forChild('C'))).toEqual([['A', 'C'], ['B']]);
  });

  it('says each amount and the total, and names them all for one answer', () => {
    const [group] = together([forChild('A'), forChild('B', { amount: '530.5' })], asked);
    if (!group) throw new Error('no group');
    expect(tellTogether(group, '', asked)).toMatchObject({
      outcome: 'ready',
      payment: 'A',
      payments: '["A","B"]',
      amt: { amount: '1060.50', currency: 'ZAR', children: 2 },
      children: [
        { text: 'pay.child', values: { n: 1, amt: { amount: '530.00', currency: 'ZAR' } } },
        { text: 'pay.child', values: { n: 2, amt: { amount: '530.5', currency: 'ZAR' } } },
      ],
    });
  });

  it('has no lines for one child', () => {
    const told = tellTogether([forChild('A')], '', asked);
    expect(told).toMatchObject({ amt: { amount: '530.00', currency: 'ZAR' }, children: [] });
  });
});

it.each([
  [['530', '530', '530'], '1590'],
  [['0.10', '0.2'], '0.30'],
  [['0.05'], '0.05'],
  [['999999999999.999', '0.001'], '1000000000000.000'],
])('the sum of %j is %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum);
});

/** Amounts as registries write them: told as they are, or not at all. */
import { expect, it } from 'vitest';
import { readBeneficiary } from '../../src/registry/dci/benefits.ts';

const options = {
  today: '2026-11-22',
  currency: 'USD',
  programmes: {},
  words: {},
  benefitStatus: 'sent',
} as unknown as Parameters<typeof readBeneficiary>[1];

it.each([
  ['145', '145', 'USD'],
  ['145.50', '145.50', 'USD'],
  ['LBP 1,250,000', '1250000', 'LBP'],
  ['1,250.75 eur', '1250.75', 'EUR'],
  ['145,50 USD', null, null],
  ['1,5', null, null],
  ['12,34,567', null, null],
  ['1.250,00', null, null],
  ['about 50', null, null],
])('%j is %j %j', (benefit_value, amount, currency) => {
  const { payments } = readBeneficiary(
    {
      enrollment_status: 'active',
      programme_identifier: [{ programme_identifier: 'CASH' }],
      benefits: [{ benefit_type: '1', benefit_date: '2026-11-05T00:00:00Z', benefit_value }],
    },
    options,
  );
  expect(payments).toMatchObject([{ amount, currency }]);
});

/** What lasts for some months only: the month it is in, and its end. */
import { expect, it } from 'vitest';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { withinMonths } from '../../src/registry/months.ts';
import type { Enrolment } from '../../src/registry/registry.ts';

const profile = loadProfile('south-africa-sassa', profilesDir);

const relief = (more: Partial<Enrolment> = {}): Enrolment => ({
  programme: 'SRD',
  status: 'active',
  since: '2026-01-31',
  statusDate: null,
  reason: null,
  nextDate: '2026-05-10',
  reviewDue: null,
  ...more,
});

it.each([
  ['2026-01-30', 1],
  ['2026-01-31', 1],
  ['2026-02-27', 1],
  ['2026-02-28', 2],
  ['2026-04-29', 3],
])('on %s it is month %d of three', (today, month) => {
  expect(withinMonths(relief(), profile, today)).toMatchObject({ status: 'active', month, months: 3 });
});

it('has ended after the third month, whatever the registry says, and no payment is to come', () => {
  expect(withinMonths(relief(), profile, '2026-04-30')).toMatchObject({
    status: 'ended',
    statusDate: '2026-04-30',
    reason: 'months',
    nextDate: null,
  });
});

it('goes on when it was extended, and ends after the last month of that', () => {
  const extended = relief({ reason: ' Extended ' });
  expect(withinMonths(extended, profile, '2026-04-30')).toMatchObject({ month: 4, months: 6 });
  expect(withinMonths(extended, profile, '2026-07-31')).toMatchObject({ status: 'ended' });
});

it('is being checked when nobody wrote down when it began', () => {
  expect(withinMonths(relief({ since: null }), profile, '2026-04-30')).toMatchObject({ status: 'unknown' });
});

it('leaves everything else as it is', () => {
  const pension = relief({ programme: 'OAG' });
  expect(withinMonths(pension, profile, '2036-04-30')).toBe(pension);
  const waiting = relief({ status: 'waiting' });
  expect(withinMonths(waiting, profile, '2036-04-30')).toBe(waiting);
});

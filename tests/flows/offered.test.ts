/** Which flows a deployment offers, by its profile. */
import { expect, it } from 'vitest';
import { offeredFlows } from '../../flows/index.ts';

const rules = { engagement_level: 3, languages: { offered: ['es', 'en'] }, my_record: true };

it('offers "my record" only where the profile has it, and to nobody below level 2', () => {
  expect(offeredFlows(rules).has('record')).toBe(true);
  expect(offeredFlows({ ...rules, my_record: false }).has('record')).toBe(false);
  expect(offeredFlows({ ...rules, engagement_level: 1 }).has('record')).toBe(false);
});

it('offers a choice of language only where there are several', () => {
  expect(offeredFlows(rules).has('language')).toBe(true);
  expect(offeredFlows({ ...rules, languages: { offered: ['es'] } }).has('language')).toBe(false);
});

/** What lasts for some months only (profile `months`): in which of them she is, and that it is over after the last. */
import { DateTime } from 'luxon';
import type { Profile } from '../profiles/profile.ts';
import type { Enrolment } from './registry.ts';

/** `month` of `months`, of what is still running. */
export type Counted = { month?: number; months?: number };

/** The reason by which a registry says that an enrolment was extended. */
const EXTENDED = 'extended';

/**
 * An enrolment as it stands today. After its last month it has ended, whatever the registry still says; without the day
 * on which it began nobody knows in which month it is, and it is being checked.
 */
export function withinMonths<One extends Enrolment>(
  enrolment: One,
  { programmes }: Pick<Profile, 'programmes'>,
  today: string,
): One & Counted {
  const programme = programmes[enrolment.programme];
  if (programme?.months === undefined || enrolment.status !== 'active') return enrolment;
  const isExtended = enrolment.reason?.trim().toLowerCase() === EXTENDED;
  const months = isExtended ? programme.extended_months : programme.months;
  // Extended for as long as somebody decides: there is no last month to name.
  if (months === undefined) return enrolment;
  const { since } = enrolment;
  if (since === null) return { ...enrolment, status: 'unknown' };
  const start = DateTime.fromISO(since, { zone: 'utc' });
  const passed = DateTime.fromISO(today, { zone: 'utc' }).diff(start, 'months').months;
  const month = Math.max(0, Math.floor(passed)) + 1;
  if (month <= months) return { ...enrolment, month, months };
  const end = start.plus({ months }).toFormat('yyyy-MM-dd');
  return { ...enrolment, status: 'ended', statusDate: end, reason: 'months', nextDate: null };
}

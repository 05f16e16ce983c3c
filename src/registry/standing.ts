/** How an enrolment stands today, where that is more than the registry's last word: lists that no longer hang, objections that are open, details that fall due. */
import { DateTime } from 'luxon';
import { objectionDays, type Profile } from '../profiles/profile.ts';
import type { Enrolment } from './registry.ts';

/** An objection to what is posted that nobody has decided yet; `dueOn`: answered by, ISO date. */
export type OpenObjection = { dueOn: string };

/** The last day on which a posted list can be objected to, ISO date; undefined where nobody knows when it was posted. */
export function postedUntil(profile: Profile, enrolment: Enrolment): string | undefined {
  const { nextDate, statusDate, stage } = enrolment;
  if (nextDate !== null || statusDate === null) return nextDate ?? undefined;
  const days = objectionDays(profile, stage);
  return DateTime.fromISO(statusDate, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd');
}

/**
 * The enrolment as it is told today, ISO date. What is posted becomes what the profile says while an objection is open,
 * and is with those who decide once the list is down. `update` is shown from the first reminder to the day itself: after
 * that the registry says what became of it.
 */
export function standing<E extends Enrolment>(
  enrolment: E,
  profile: Profile,
  today: string,
  objection?: OpenObjection,
): E {
  const { status, reviewDue } = enrolment;
  const { objection_reopens: reopened, update_months: months, reminder_days: reminders } = profile.windows;
  if (status === 'posted') {
    if (objection && reopened) return { ...enrolment, status: reopened, nextDate: objection.dueOn };
    const until = postedUntil(profile, enrolment);
    return until !== undefined && until < today
      ? { ...enrolment, status: 'review', nextDate: null }
      : enrolment;
  }
  if (status !== 'active' || months === null || reviewDue === null) return enrolment;
  const first = DateTime.fromISO(reviewDue, { zone: 'utc' }).minus({ days: Math.max(0, ...reminders) });
  const isOpen = first.toFormat('yyyy-MM-dd') <= today && today <= reviewDue;
  return isOpen ? { ...enrolment, status: 'update' } : enrolment;
}

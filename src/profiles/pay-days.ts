/** Pay days by the last digit of a document: the table of the profile (`payment_calendar`). */
import type { Profile } from './profile.ts';

type Calendar = Pick<Profile, 'payment_calendar'>;

/** The pay day of a month (2026-11) for who has this last digit, ISO date. */
export function payDay(
  { payment_calendar: days }: Calendar,
  month: string,
  digit: string,
): string | undefined {
  return days?.months[month]?.[digit];
}

/** The first pay day from this day on, ISO dates. */
export function nextPayDay(
  { payment_calendar: days }: Calendar,
  from: string,
  digit: string,
): string | undefined {
  return Object.values(days?.months ?? {})
    .flatMap((month) => month[digit] ?? [])
    .filter((date) => date >= from)
    .sort()[0];
}

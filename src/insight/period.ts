/** The days that numbers are counted for: local dates of the programme's time zone. */
import { DateTime } from 'luxon';
import { localDate } from '../profiles/calendar.ts';

export const PERIODS = ['today', 'week', 'days30', 'month'] as const;
export type PeriodName = (typeof PERIODS)[number];

export type Period = {
  /** First local ISO date. */
  from: string;
  /** The local ISO date after the last one. */
  until: string;
  /** The moments at which these days begin. */
  start: Date;
  end: Date;
  tz: string;
};

/** `from` and `until` are ISO dates; `until` is the first day no longer in it. */
export function periodOf(from: string, until: string, tz: string): Period {
  const at = (date: string) => DateTime.fromISO(date, { zone: tz }).startOf('day').toJSDate();
  return { from, until, start: at(from), end: at(until), tz };
}

/** `week` and `days30` end today; `month` is the last one that is over. */
export function namedPeriod(name: PeriodName, now: Date, tz: string): Period {
  const today = DateTime.fromISO(localDate(now, tz), { zone: tz });
  const iso = (day: DateTime): string => day.toISODate() ?? '';
  const tomorrow = iso(today.plus({ days: 1 }));
  const first = today.startOf('month');
  switch (name) {
    case 'today':
      return periodOf(iso(today), tomorrow, tz);
    case 'week':
      return periodOf(iso(today.minus({ days: 6 })), tomorrow, tz);
    case 'days30':
      return periodOf(iso(today.minus({ days: 29 })), tomorrow, tz);
    case 'month':
      return periodOf(iso(first.minus({ months: 1 })), iso(first), tz);
  }
}

/** `2026-10`; undefined where that is no month. */
export function monthPeriod(month: string, tz: string): Period | undefined {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return undefined;
  const first = DateTime.fromISO(`${month}-01`, { zone: tz });
  return periodOf(first.toISODate() ?? '', first.plus({ months: 1 }).toISODate() ?? '', tz);
}

export function isPeriodName(value: unknown): value is PeriodName {
  return PERIODS.some((name) => name === value);
}

/** Every local date of a period up to `last`, in order. */
export function daysOf({ from, until }: Pick<Period, 'from' | 'until'>, last = until): string[] {
  const days: string[] = [];
  for (let day = from; day < until && day <= last; day = dayAfter(day)) days.push(day);
  return days;
}

export function dayAfter(day: string): string {
  return DateTime.fromISO(day, { zone: 'utc' }).plus({ days: 1 }).toISODate() ?? '';
}

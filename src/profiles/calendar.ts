/** The deployment's clock: working days, opening hours and quiet hours, in the country's own time zone. */
import { DateTime } from 'luxon';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** From and until, "HH:MM" local time; the second is the first minute outside. */
export type Hours = readonly [string, string];

/** When the offices and the call centre work. */
export type Calendar = {
  /** IANA name. */
  readonly tz: string;
  readonly weekend: readonly Weekday[];
  readonly hours: Hours;
  /** ISO dates. */
  readonly holidays: readonly string[];
  /** Other hours between two ISO dates, both included: Ramadan, summer. The first that matches wins. */
  readonly special_hours: readonly { readonly from: string; readonly until: string; readonly hours: Hours }[];
};

/** A deadline: working days of the calendar, or plain days where a law counts them so. */
export type Sla = { readonly days: number; readonly count: 'working' | 'calendar' };

/** The country's ISO date at an instant. */
export function localDate(at: DateTime | Date, tz: string): string {
  return isoDate(local(at, tz));
}

/** The instant of an ISO 8601 text. One without an offset was written by the country's clock; invalid: no such text. */
export function instantOf(text: string, tz: string): Date {
  return DateTime.fromISO(text.replace(' ', 'T'), { zone: tz }).toJSDate();
}

/** Whether the offices work on an ISO date at all. */
export function isWorkingDay(date: string, calendar: Calendar): boolean {
  const weekday = WEEKDAYS[dateOf(date).weekday - 1];
  return weekday !== undefined && !calendar.weekend.includes(weekday) && !calendar.holidays.includes(date);
}

/**
 * The ISO date that lies `days` working days ahead. Counting starts on the next working day, so that what comes in
 * late on a Thursday evening has the same full days as what came in that morning. 0 gives today, or the next working
 * day when today is closed.
 */
export function addWorkingDays(from: DateTime | Date, days: number, calendar: Calendar): string {
  if (!Number.isSafeInteger(days) || days < 0) throw new RangeError('days must be a whole number from 0 up');
  let date = localDate(from, calendar.tz);
  if (days === 0) {
    while (!isWorkingDay(date, calendar)) date = dayAfter(date);
    return date;
  }
  for (let left = days; left > 0;) {
    date = dayAfter(date);
    if (isWorkingDay(date, calendar)) left -= 1;
  }
  return date;
}

/** The first working day after today, ISO date. */
export function nextWorkingDay(from: DateTime | Date, calendar: Calendar): string {
  return addWorkingDays(from, 1, calendar);
}

/** The ISO date by which a promise falls due. */
export function dueDate(from: DateTime | Date, sla: Sla, calendar: Calendar): string {
  if (sla.count === 'working') return addWorkingDays(from, sla.days, calendar);
  return isoDate(dateOf(localDate(from, calendar.tz)).plus({ days: sla.days }));
}

/** The opening hours of an ISO date, whether or not that day is worked. */
export function hoursOn(date: string, calendar: Calendar): Hours {
  const special = calendar.special_hours.find((spell) => spell.from <= date && date <= spell.until);
  return special?.hours ?? calendar.hours;
}

/**
 * The instant at which an ISO date ends for whoever waits for an answer on it: when the offices close, by the hours of
 * that date, whether or not it is worked. Where the clocks go back, a closing hour that comes twice ends the second time.
 */
export function endOfWorkingDay(date: string, calendar: Calendar): Date {
  return new Date(instantsOf(date, hoursOn(date, calendar)[1], calendar.tz).at(-1) ?? Number.NaN);
}

/**
 * The instant at which a part (0 to 1) of the opening hours between two instants has passed. Where the offices do not
 * open between them at all, plain time is counted.
 */
export function workingFraction(from: Date, until: Date, part: number, calendar: Calendar): Date {
  const [start, end] = [from.getTime(), Math.max(from.getTime(), until.getTime())];
  const spells = openSpells(start, end, calendar);
  const total = spells.reduce((sum, [opens, closes]) => sum + closes - opens, 0);
  if (total === 0) return plainFraction(from, until, part);
  let left = total * part;
  for (const [opens, closes] of spells) {
    if (left <= closes - opens) return new Date(opens + Math.round(left));
    left -= closes - opens;
  }
  return new Date(end);
}

/** The instant at which a part (0 to 1) of the time between two instants has passed. */
export function plainFraction(from: Date, until: Date, part: number): Date {
  const [start, end] = [from.getTime(), Math.max(from.getTime(), until.getTime())];
  return new Date(start + Math.round((end - start) * part));
}

/** The due date of a term that stood still between two instants: as much later as it stood. */
export function dueAfterPause(dueOn: string, from: Date, until: Date, sla: Sla, calendar: Calendar): string {
  const [stopped, resumed] = [localDate(from, calendar.tz), localDate(until, calendar.tz)];
  let date = dueOn;
  for (let day = stopped; day < resumed;) {
    day = dayAfter(day);
    if (sla.count === 'calendar') date = dayAfter(date);
    else if (isWorkingDay(day, calendar)) date = addWorkingDays(dateOf(date), 1, { ...calendar, tz: 'utc' });
  }
  return date;
}

/** When the offices are open between two instants, in milliseconds of the epoch. */
function openSpells(start: number, end: number, calendar: Calendar): [number, number][] {
  const spells: [number, number][] = [];
  const last = localDate(new Date(end), calendar.tz);
  for (let date = localDate(new Date(start), calendar.tz); date <= last; date = dayAfter(date)) {
    if (!isWorkingDay(date, calendar)) continue;
    const opens = instantsOf(date, hoursOn(date, calendar)[0], calendar.tz)[0] ?? Number.NaN;
    const spell: [number, number] = [
      Math.max(opens, start),
      Math.min(endOfWorkingDay(date, calendar).getTime(), end),
    ];
    if (spell[0] < spell[1]) spells.push(spell);
  }
  return spells;
}

/** Whether agents answer at this instant. */
export function isOpen(at: DateTime | Date, calendar: Calendar): boolean {
  const now = local(at, calendar.tz);
  const date = isoDate(now);
  return isWorkingDay(date, calendar) && within(now.toFormat('HH:mm'), hoursOn(date, calendar));
}

/** Whether notices are held back at this instant. Quiet hours may pass midnight. */
export function withinQuietHours(at: DateTime | Date, quiet: Hours, tz: string): boolean {
  return within(local(at, tz).toFormat('HH:mm'), quiet);
}

/**
 * The instant at which held notices may go: `at` itself outside quiet hours. Where the clocks change, an hour that
 * comes twice ends at its next coming, and one that is skipped ends when the clocks have passed it.
 */
export function endOfQuietHours(at: DateTime | Date, quiet: Hours, tz: string): Date {
  const now = local(at, tz);
  if (!withinQuietHours(now, quiet, tz)) return now.toJSDate();
  const today = isoDate(now);
  const ends = [today, dayAfter(today)]
    .flatMap((date) => instantsOf(date, quiet[1], tz))
    .filter((end) => end > now.toMillis());
  return new Date(Math.min(...ends));
}

/**
 * The instants at which a clock shows "HH:MM" on an ISO date, earliest first: two where the clocks go back, and where
 * they skip it, the one by which they have passed it.
 */
function instantsOf(date: string, time: string, tz: string): number[] {
  const { year, month, day } = dateOf(date);
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const shown = DateTime.fromObject({ year, month, day, hour, minute }, { zone: tz });
  return shown.getPossibleOffsets().map((at) => at.toMillis());
}

function within(time: string, [from, until]: Hours): boolean {
  return from < until ? from <= time && time < until : from <= time || time < until;
}

function local(at: DateTime | Date, tz: string): DateTime {
  return (at instanceof Date ? DateTime.fromJSDate(at) : at).setZone(tz);
}

/** A date without a clock: in UTC no day is 23 or 25 hours long. */
function dateOf(date: string): DateTime {
  return DateTime.fromISO(date, { zone: 'utc' });
}

function dayAfter(date: string): string {
  return isoDate(dateOf(date).plus({ days: 1 }));
}

function isoDate(at: DateTime): string {
  return at.toFormat('yyyy-MM-dd');
}

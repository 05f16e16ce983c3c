/** What the dialogs say of an enrolment: how it stands, what comes next, and only dates that are true. */
import { DateTime } from 'luxon';
import type { Facts } from '../conversation/dialog.ts';
import { dueDate, localDate } from '../profiles/calendar.ts';
import { nextPayDay } from '../profiles/pay-days.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import type { Enrolment } from './registry.ts';
import { postedUntil } from './standing.ts';

type Status = Enrolment['status'];

/** Statuses that have a reason, which she may ask for at any level (dialogs.md R10). */
const NEGATIVE: ReadonlySet<Status> = new Set(['noteligible', 'blocked', 'suspended', 'ended']);

/** A reason is a code of the registry; anything else (free text of an officer) is left to a person to explain. */
const CODE = /^[a-z][a-z_]{0,39}$/;

/** `payDigit`: the last digit by which her pay days go. */
export type Place = { profile: Profile; now: Date; area: string | null; payDigit?: string | undefined };

/**
 * Facts of one enrolment for a person who has shown who she is. `status` chooses the screen that says what comes next:
 * the status, or one of the same without the date that nobody knows (`activeundated`).
 */
export function factsOf(enrolment: Enrolment, { profile, now, area, payDigit }: Place): Facts {
  const today = localDate(now, profile.calendar.tz);
  const reason = reasonOf(enrolment);
  return {
    prog: enrolment.programme,
    st: enrolment.status,
    why: reason,
    doc: reason,
    place: officeFor(profile, area).name,
    ...next(onPayDay(enrolment, profile, today, payDigit), profile, now, today),
  };
}

/** Facts of one enrolment on a phone that is not registered: no date, amount or place (dialogs.md §4, level 2u). */
export function undisclosedFactsOf(enrolment: Enrolment): Facts {
  return {
    prog: enrolment.programme,
    st: enrolment.status,
    why: reasonOf(enrolment),
    status: NEGATIVE.has(enrolment.status) ? 'undisclosedreason' : 'undisclosed',
  };
}

/** Active, and nobody wrote down when it is paid next: the calendar of the profile says it. */
function onPayDay(
  enrolment: Enrolment,
  profile: Profile,
  today: string,
  payDigit: string | undefined,
): Enrolment {
  const isOpen = enrolment.status === 'active' && enrolment.nextDate === null && payDigit !== undefined;
  return isOpen ? { ...enrolment, nextDate: nextPayDay(profile, today, payDigit) ?? null } : enrolment;
}

function reasonOf({ reason }: Enrolment): string {
  const code = reason?.trim().toLowerCase() ?? '';
  return CODE.test(code) ? code : 'other';
}

/** The screen and the dates that its text names (texts `st.next.*`). */
function next(enrolment: Enrolment, profile: Profile, now: Date, today: string): Facts {
  const { status, since, statusDate, reviewDue } = enrolment;
  const { windows } = profile;
  const coming = enrolment.nextDate !== null && enrolment.nextDate >= today ? enrolment.nextDate : undefined;
  switch (status) {
    case 'received':
      return dated(status, since ?? statusDate, 'unknown');
    case 'incomplete':
    case 'visit':
    case 'review':
      return { status, d: coming ?? answerBy('ELG-WAIT', profile, now) };
    case 'posted':
      return dated(status, postedUntil(profile, enrolment), 'unknown');
    case 'approved':
    case 'active':
      return dated(status, coming, `${status}undated`);
    case 'noteligible':
      return { status, d: appealUntil(enrolment, profile, today) };
    case 'update': {
      const months = windows.update_months;
      const last = statusDate ?? since;
      const due = months === null || last === null ? undefined : plusMonths(last, months);
      // A day that has passed is no day by which anything can be done.
      const by = [reviewDue, coming, due].find((date) => date);
      return dated(status, by && by >= today ? by : undefined, 'updateundated');
    }
    case 'blocked':
      return dated(status, coming, 'blockedundated');
    case 'ended':
      return {
        ...dated(status, statusDate, 'endedundated'),
        d2: appealUntil(enrolment, profile, today),
      };
    case 'appeal': {
      const sla = profile.categories['ELG-APL']?.sla;
      const due = statusDate && sla ? dueDate(noon(statusDate, profile), sla, profile.calendar) : '';
      return { status, d: coming ?? (due >= today ? due : answerBy('ELG-WAIT', profile, now)) };
    }
    case 'migrated': {
      const newprog = profile.programmes[enrolment.programme]?.migrates_to;
      return newprog === undefined ? { status: 'unknown' } : { status, newprog };
    }
    case 'waiting':
    case 'suspended':
    case 'unknown':
      return { status };
  }
}

function dated(status: Status, d: string | null | undefined, otherwise: string): Facts {
  return d ? { status, d } : { status: otherwise };
}

/** A decision whose day nobody wrote down is told to her today: the window runs from when she hears of it. */
function appealUntil({ statusDate }: Enrolment, { windows }: Profile, today: string): string {
  return plusDays(statusDate ?? today, windows.appeal_days);
}

/** By when an answer of this category is promised. */
function answerBy(category: string, profile: Profile, now: Date): string {
  const sla = profile.categories[category]?.sla ?? { days: 5, count: 'working' };
  return dueDate(now, sla, profile.calendar);
}

function plusDays(date: string, days: number): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd');
}

function plusMonths(date: string, months: number): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ months }).toFormat('yyyy-MM-dd');
}

function noon(date: string, { calendar }: Profile): DateTime {
  return DateTime.fromISO(date, { zone: calendar.tz }).set({ hour: 12 });
}

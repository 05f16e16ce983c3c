/** When what happens next to a case by itself: one table, counted in the working time of the country. Pure. */
import { DateTime } from 'luxon';
import {
  addWorkingDays,
  endOfWorkingDay,
  plainFraction,
  workingFraction,
  type Calendar,
} from '../profiles/calendar.ts';
import type { Category } from '../profiles/categories.ts';
import type { CaseStatus } from './lifecycle.ts';

export const CLOCKS = ['triage', 'warn', 'due', 'ask', 'close'] as const;
export type Clock = (typeof CLOCKS)[number];

/** What the clock of a case goes by. */
export type Standing = {
  status: CaseStatus;
  /** ISO date. */
  dueOn: string;
  /** Since when the term runs that `dueOn` ends. */
  from: Date;
  /** Since when it has its status. */
  since: Date;
  /** What the clock has told already, in this term or an earlier one. */
  told: readonly { clock: Clock; at: Date }[];
  /** She can be asked and told of the outcome: she gave a name, and it is no report about somebody else. */
  answerable: boolean;
};

/** The part of a term after which the unit is warned (systems.md §3). */
const WARNED_AFTER = 0.8;

/** Days after which she is asked and after which silence closes the case, 14 days after the question (dialogs.md D6). */
const DAYS = {
  resolved: { ask: 3, close: 17 },
  /** We wait for her: one reminder half way. */
  awaiting_citizen: { ask: 7, close: 14 },
} as const;

/** The next thing that happens by itself; undefined when nothing does. */
export function nextClock(
  standing: Standing,
  category: Category,
  calendar: Calendar,
): { clock: Clock; at: Date } | undefined {
  const began = isHerTurn(standing.status) ? standing.since : standing.from;
  const told = new Set(standing.told.filter(({ at }) => at > began).map(({ clock }) => clock));
  return clocksOf(standing, category, calendar)
    .filter(({ clock }) => !told.has(clock))
    .sort((one, other) => one.at.getTime() - other.at.getTime())[0];
}

/** It is for the citizen to say something: no term of ours runs. */
function isHerTurn(status: CaseStatus): status is keyof typeof DAYS {
  return status in DAYS;
}

function clocksOf(
  { status, dueOn, from, since, answerable }: Standing,
  category: Category,
  calendar: Calendar,
): { clock: Clock; at: Date }[] {
  if (status === 'closed' || status === 'withdrawn') return [];
  if (isHerTurn(status)) {
    const { ask, close } = DAYS[status];
    return [
      ...(answerable ? [{ clock: 'ask', at: daysAfter(since, ask, calendar.tz) } as const] : []),
      { clock: 'close', at: daysAfter(since, close, calendar.tz) },
    ];
  }
  // Private matters are led by the survivor, at her pace.
  if (category.sla === null) return [];
  const due = endOfWorkingDay(dueOn, calendar);
  const { triage_working_days: triage } = category;
  return [
    // Whatever is done with a case shows that somebody has looked at it.
    ...(triage !== null && status === 'received'
      ? [{ clock: 'triage', at: endOfWorkingDay(addWorkingDays(from, triage, calendar), calendar) } as const]
      : []),
    {
      clock: 'warn',
      at:
        category.sla.count === 'working'
          ? workingFraction(from, due, WARNED_AFTER, calendar)
          : plainFraction(from, due, WARNED_AFTER),
    },
    { clock: 'due', at: due },
  ];
}

/** When silence closes a case that waits for her. */
export function closesAt(status: 'resolved' | 'awaiting_citizen', since: Date, tz: string): Date {
  return daysAfter(since, DAYS[status].close, tz);
}

/** At the same time of the day, whatever the clocks did meanwhile. */
function daysAfter(at: Date, days: number, tz: string): Date {
  return DateTime.fromJSDate(at, { zone: tz }).plus({ days }).toJSDate();
}

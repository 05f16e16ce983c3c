/** By when a task was promised, and how each kind of it can end. */
import { DateTime } from 'luxon';
import type { TaskItem, TaskOutcome } from '../../../grievances/tasks-work.ts';
import type { TaskKind } from '../../../grievances/tasks.ts';
import { endOfWorkingDay, type Calendar } from '../../../profiles/calendar.ts';

const NOON = '12:00';

/** A morning is over at noon, any other day when the offices close. */
export function dueOf({ promised_on: day, slot }: TaskItem, calendar: Calendar): Date {
  if (slot !== 'morning') return endOfWorkingDay(day, calendar);
  return DateTime.fromISO(`${day}T${NOON}`, { zone: calendar.tz }).toJSDate();
}

export function outcomesOf(kind: TaskKind): readonly TaskOutcome[] {
  switch (kind) {
    case 'identity_locked':
      return ['unlocked', 'not_unlocked'];
    case 'duty':
      return ['done', 'not_possible'];
    default:
      return ['answered', 'called', 'case_opened', 'not_possible'];
  }
}

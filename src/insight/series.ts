/** Cases day by day: how many came, how many were answered, and how many were open at the end of the day. */
import { OPEN_STATUSES } from '../grievances/lifecycle.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Tx } from '../store/database.ts';
import type { CaseScope } from './case-sets.ts';
import { isSmall } from './suppress.ts';
import { daysOf } from './period.ts';
import { countedCases, countsOnly } from './scope.ts';

/** `day`: local ISO date. Null: hidden, too small to tell. */
export type Day = { day: string; received: number | null; answered: number | null; backlog: number | null };

export async function caseDays(db: Tx, { staff, period, now }: CaseScope): Promise<Day[]> {
  const visible = countedCases(staff, 'g', 4);
  const [moves, open] = await Promise.all([
    db.query<{ day: string; received: number; answered: number; left: number }>(
      `select (e.at at time zone $2)::date as day,
              count(*) filter (where e.kind = 'lodged') as received,
              count(*) filter (where e.to_status = 'resolved') as answered,
              count(*) filter (where e.to_status is not null and not (e.to_status = any($3))
                               and e.from_status = any($3))
                - count(*) filter (where e.to_status = any($3) and not (e.from_status = any($3))) as left
       from grievance_event e join grievance g using (reference)
       where e.at >= $1 and (e.kind = 'lodged' or e.to_status is not null) and ${visible.sql}
       group by 1`,
      [period.start, period.tz, OPEN_STATUSES, ...visible.values],
    ),
    db.query<{ open: number }>(
      `select count(*) as open from grievance g
       where g.closed_at is null and g.status = any($1) and ${countedCases(staff, 'g', 2).sql}`,
      [OPEN_STATUSES, ...countedCases(staff, 'g', 2).values],
    ),
  ]);
  const byDay = new Map(moves.rows.map((row) => [row.day, row]));
  const today = localDate(now, period.tz);
  const days = daysOf({ from: period.from, until: '9999-12-31' }, today);
  let backlog = open.rows[0]?.open ?? 0;
  const series: Day[] = [];
  // Backwards from what is open now: nothing else knows how many were open on a day.
  for (const day of days.reverse()) {
    const move = byDay.get(day) ?? { received: 0, answered: 0, left: 0 };
    if (day < period.until) series.push({ day, received: move.received, answered: move.answered, backlog });
    backlog += move.left - move.received;
  }
  series.reverse();
  if (!countsOnly(staff)) return series;
  const told = (count: number | null) => (count !== null && isSmall(count) ? null : count);
  // The backlog of two days tells what came and went between them.
  return series.map(({ day, received, answered }) => ({
    day,
    received: told(received),
    answered: told(answered),
    backlog: null,
  }));
}

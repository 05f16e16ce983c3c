/** Conversations counted by day: days that are over are counted once and kept, today is counted anew. */
import { localDate } from '../profiles/calendar.ts';
import type { Tx } from '../store/database.ts';
import { dayAfter, daysOf, periodOf, type Period } from './period.ts';

type What = 'sessions' | 'finished' | 'reached' | 'left' | 'texts';
type DayCount = { what: What; screen: string; count: number };

/** A session begun before midnight writes until it ends; the night's days are settled well after that. */
const SETTLED_MS = 3_600_000;

/** A session that brought what it was for is finished wherever it ended; any other was left at its last dialog. */
const COUNT = `
  with step as (
    select contact, session, screen, done, row_number() over (partition by contact, session order by id desc) = 1 as is_last
    from message
    where channel = 'ussd' and direction = 'out' and session is not null and at >= $1 and at < $2
  ), whole as (
    select max(screen) filter (where is_last) as screen, bool_or(done is true) as is_finished
    from step group by contact, session
  )
  select 'sessions' as what, '' as screen, count(*) as count from whole
  union all
  select 'finished', '', count(*) from whole where is_finished or screen is null
  union all
  select 'reached', screen, count(distinct (contact, session)) from step where screen is not null group by screen
  union all
  select 'left', screen, count(*) from whole where not is_finished and screen is not null group by screen
  union all
  select 'texts', '', count(*) from message
  where channel in ('sms', 'whatsapp') and direction = 'in' and at >= $1 and at < $2`;

/** What conversations came to in a period. */
export async function conversationCounts(db: Tx, period: Period, now: Date): Promise<DayCount[]> {
  const days = daysOf(period, localDate(now, period.tz));
  const missing = await countMissing(db, period, days, now);
  const { rows } = await db.query<DayCount>(
    `select what, screen, sum(count)::integer as count from insight_day
     where day >= $1::date and day < $2::date group by what, screen`,
    [period.from, period.until],
  );
  return [...rows, ...missing];
}

/** Counts and keeps the days that are over and not counted yet; returns the counts of those that are not over. */
async function countMissing(db: Tx, { tz }: Period, days: readonly string[], now: Date): Promise<DayCount[]> {
  if (days.length === 0) return [];
  const { rows } = await db.query<{ day: string }>(
    `select day from insight_day where what = 'sessions' and day = any($1::date[])`,
    [days],
  );
  const counted = new Set(rows.map(({ day }) => day));
  const unsettled: DayCount[] = [];
  for (const day of days.filter((one) => !counted.has(one))) {
    const { start, end } = periodOf(day, dayAfter(day), tz);
    const { rows: counts } = await db.query<DayCount>(COUNT, [start, end]);
    if (end.getTime() + SETTLED_MS <= now.getTime()) await keep(db, day, counts);
    else unsettled.push(...counts);
  }
  return unsettled;
}

async function keep(db: Tx, day: string, counts: readonly DayCount[]): Promise<void> {
  await db.query(
    `insert into insight_day (day, what, screen, count)
     select $1::date, * from unnest($2::text[], $3::text[], $4::integer[])
     on conflict do nothing`,
    [
      day,
      counts.map(({ what }) => what),
      counts.map(({ screen }) => screen),
      counts.map(({ count }) => count),
    ],
  );
}

/** Days back that are counted before anybody asks, as far as the longest period of the dashboard reaches. */
const DAYS_AHEAD = 62;

/** Counts what is over, so that the dashboard finds it counted. For the worker, once an hour. */
export async function countDays(db: Tx, tz: string, now: Date): Promise<void> {
  const from = localDate(new Date(now.getTime() - DAYS_AHEAD * 86_400_000), tz);
  const today = localDate(now, tz);
  const yesterday = localDate(new Date(now.getTime() - 86_400_000), tz);
  await countMissing(db, periodOf(from, today, tz), daysOf({ from, until: today }, yesterday), now);
}

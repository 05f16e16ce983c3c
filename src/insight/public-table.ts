/** The public table of a month: how many cases came and were answered, where nobody can be told from the numbers. */
import type { Tx } from '../store/database.ts';
import { csvLine } from './csv.ts';
import type { Period } from './period.ts';
import { hidesPart, isSmall, suppress } from './suppress.ts';

/** Stable: whoever reads the table by program relies on names and order. New columns go to the end. */
export const PUBLIC_COLUMNS = [
  'month',
  'programme',
  'category',
  'area',
  'received',
  'answered',
  'answered_in_time',
  'median_days',
] as const;

/** Stands where a number is too small to publish, or would tell one that is. */
export const HIDDEN = 'hidden';
/** Of all cases, the ones kept secret among them. */
const ALL = 'all';

export type PublicRow = {
  programme: string;
  category: string;
  area: string;
  /** Null: hidden. */
  received: number | null;
  answered: number | null;
  inTime: number | null;
  /** Days from receipt to answer, one decimal; null: hidden, or nothing was answered. */
  medianDays: string | null;
};

type Group = {
  programme: string;
  category: string;
  area: string;
  is_open: boolean;
  received: number;
  answered: number;
  in_time: number;
  median: string | null;
};

/**
 * One row for each programme, category and area of open cases, then one of all cases. Restricted and sensitive ones are
 * in that last row only, and never so few that the others would tell how many. Cases count in the month they came or
 * were answered in, so the table of a month that is over stays as it is.
 */
export async function publicTable(db: Tx, { start, end, tz }: Period): Promise<PublicRow[]> {
  const { rows } = await db.query<Group>(
    `with event as (
       select g.reference, g.programme, g.category, g.area, g.sensitivity, true as is_received, false as is_answered,
              false as in_time, null::double precision as days
       from grievance g where g.created_at >= $1 and g.created_at < $2
       union all
       select g.reference, g.programme, g.category, g.area, g.sensitivity, false, true,
              (a.at at time zone $3)::date <= g.due_on
                and not exists (select from grievance_event e where e.reference = g.reference
                                and e.to_status = 'escalated' and e.reason = 'sla' and e.at < a.at),
              extract(epoch from a.at - g.created_at)::double precision / 86400
       from (select reference, min(at) as at from grievance_event
             where to_status = 'resolved' and at >= $1 and at < $2 group by reference) a
       join grievance g using (reference)
       union all
       select null, null, '', null, 'sensitive', true, false, false, null
       from private_case where created_at >= $1 and created_at < $2
     )
     select case when sensitivity = 'open' then coalesce(programme, '') else '' end as programme,
            case when sensitivity = 'open' then category else '' end as category,
            case when sensitivity = 'open' then coalesce(area, '') else '' end as area,
            sensitivity = 'open' as is_open,
            count(*) filter (where is_received) as received, count(*) filter (where is_answered) as answered,
            count(*) filter (where in_time) as in_time,
            round((percentile_cont(0.5) within group (order by days))::numeric, 1)::text as median
     from event group by 1, 2, 3, 4 order by 4 desc, 1, 2, 3`,
    [start, end, tz],
  );
  return hideSmall(rows);
}

/** Column by column; what is secret is a hidden cell of its own, which the total must not give away. */
function hideSmall(groups: readonly Group[]): PublicRow[] {
  const isSecret = ({ is_open: isOpen }: Group) => !isOpen;
  const received = suppress(
    groups.map((group) => ({ count: group.received, hidden: isSecret(group) && group.received > 0 })),
  );
  const answered = suppress(
    groups.map((group) => ({ count: group.answered, hidden: isSecret(group) && group.answered > 0 })),
  );
  const inTime = suppress(
    groups.map((group, index) => ({
      count: group.in_time,
      hidden: answered.shown[index] === null || hidesPart({ part: group.in_time, whole: group.answered }),
    })),
  );
  const rows = groups.map((group, index): PublicRow => ({
    programme: group.programme,
    category: group.category,
    area: group.area,
    received: received.shown[index] ?? null,
    answered: answered.shown[index] ?? null,
    inTime: inTime.shown[index] ?? null,
    medianDays: answered.shown[index] === null || isSmall(group.answered) ? null : group.median,
  }));
  const total: PublicRow = {
    programme: ALL,
    category: ALL,
    area: ALL,
    received: received.total,
    answered: answered.total,
    inTime: inTime.total,
    medianDays: null,
  };
  return [...rows.filter((_row, index) => groups[index]?.is_open), total];
}

/** UTF-8 with CRLF, as RFC 4180 has it. */
export function publicCsv(month: string, rows: readonly PublicRow[]): string {
  const number = (count: number | null) => count ?? HIDDEN;
  return [
    csvLine(PUBLIC_COLUMNS),
    ...rows.map(({ programme, category, area, received, answered, inTime, medianDays }) =>
      csvLine([
        month,
        programme,
        category,
        area,
        number(received),
        number(answered),
        number(inTime),
        medianDays === null ? null : Number(medianDays),
      ]),
    ),
  ].join('');
}

/** The cases behind each number, as SQL: which cases it looks at, which of them count, and who may see them. */
import { OPEN_STATUSES } from '../grievances/lifecycle.ts';
import type { Staff } from '../staff/roles.ts';
import type { IndicatorId } from './definitions.ts';
import type { Period } from './period.ts';

const OPEN = `array['${OPEN_STATUSES.join("','")}']`;

/**
 * Cases `g` with `at`, the answer that counts (null where there is none). $1 and $2: the moments at which the period
 * begins and ends; $3: time zone; $4: now.
 */
const SETS = {
  received: `select g.*, null::timestamptz as at from grievance g where g.created_at >= $1 and g.created_at < $2`,
  answered: `select g.*, a.at from (
      select reference, min(at) as at from grievance_event
      where to_status = 'resolved' and at >= $1 and at < $2 group by reference) a
    join grievance g using (reference)`,
  /** Answered in the period, or still open when their date in it had passed. */
  due: `select g.*, a.at from (
      select reference, min(at) as at from grievance_event
      where to_status = 'resolved' and at >= $1 and at < $2 group by reference) a
    join grievance g using (reference)
    union all
    select g.*, null::timestamptz as at from grievance g
    where g.closed_at is null and g.status = any(${OPEN})
      and (g.due_on >= ($1 at time zone $3)::date
             and g.due_on < least(($2 at time zone $3)::date, ($4 at time zone $3)::date)
           or exists (select from grievance_event e where e.reference = g.reference and e.to_status = 'escalated'
                      and e.reason = 'sla' and e.at >= $1 and e.at < $2))
      and not exists (select from grievance_event e where e.reference = g.reference
                      and e.to_status = 'resolved' and e.at >= $1 and e.at < $2)`,
  open: `select g.*, null::timestamptz as at from grievance g where g.closed_at is null and g.status = any(${OPEN})`,
} as const;
type SetName = keyof typeof SETS;

const EVENT = 'select from grievance_event e where e.reference = g.reference and';
const WITHIN_A_DAY = `exists (${EVENT} e.to_status is not null and e.actor not in ('citizen', 'system')
  and e.at <= g.created_at + interval '24 hours')`;

export type CaseNumber = {
  set: SetName;
  /** Which cases of the set are looked at; all without it. */
  whole?: string;
  /** Which of those count; all without it. */
  part?: string;
};

/** Keys are numbers with cases behind them; `g` and `g.at` as in the sets. */
export const CASE_NUMBERS = {
  received: { set: 'received' },
  received_rate: { set: 'received' },
  // Whoever has been waiting for less than a day may still hear in time.
  acknowledged: {
    set: 'received',
    whole: `(g.created_at <= $4::timestamptz - interval '24 hours' or ${WITHIN_A_DAY})`,
    part: WITHIN_A_DAY,
  },
  answered: { set: 'answered' },
  in_time: {
    set: 'due',
    part: `(g.at is not null and (g.at at time zone $3)::date <= g.due_on
      and not exists (${EVENT} e.to_status = 'escalated' and e.reason = 'sla' and e.at < g.at))`,
  },
  median_days: { set: 'answered' },
  p90_days: { set: 'answered' },
  backlog: { set: 'open' },
  overdue: { set: 'open', part: 'g.due_on < ($4 at time zone $3)::date' },
  escalated: { set: 'received', part: `exists (${EVENT} e.to_status = 'escalated')` },
  reopened: { set: 'answered', part: `exists (${EVENT} e.to_status = 'reopened' and e.at > g.at)` },
  appealed: {
    set: 'answered',
    whole: `g.kind <> 'appeal'`,
    part: 'exists (select from grievance appeal where appeal.appeal_of = g.reference)',
  },
  overturned: {
    set: 'answered',
    whole: `g.kind = 'appeal' and g.decision is not null`,
    part: `g.decision in ('upheld', 'partly_upheld')`,
  },
  told: {
    set: 'answered',
    whole: 'g.contact is not null',
    part: `(g.satisfaction is not null or exists (
      select from generate_series(0, g.version) v
      join outbound o on o.key = 'grv.answer:' || g.reference || ':' || v
      where o.state in ('sent', 'delivered', 'read')))`,
  },
  satisfaction: { set: 'answered', whole: 'g.satisfaction is not null', part: `g.satisfaction <> 'no'` },
  anonymous: { set: 'received', part: 'g.anonymous' },
  payment_complaints: { set: 'received', part: `g.kind = 'complaint' and g.category like 'PAY-%'` },
} as const satisfies Partial<Record<IndicatorId, CaseNumber>>;
export type CaseNumberId = keyof typeof CASE_NUMBERS;

export function isCaseNumber(id: string): id is CaseNumberId {
  return Object.hasOwn(CASE_NUMBERS, id);
}

/** Cases of a set that the condition `visible` (over alias g, values from $5 on) lets count. */
export function casesOf(set: SetName, visible: string): string {
  return `(select * from (${SETS[set]}) g where ${visible})`;
}

/** $1 to $4 of the sets. The unused ones must be named all the same: PostgreSQL wants to know their types. */
export function setValues({ start, end, tz }: Period, now: Date): unknown[] {
  return [start, end, tz, now];
}

export const USES_ALL = `$1::timestamptz is not null and $2::timestamptz is not null
  and $3::text is not null and $4::timestamptz is not null`;

export function wholeOf(id: CaseNumberId): string {
  const { whole = 'true' }: CaseNumber = CASE_NUMBERS[id];
  return whole;
}

export function partOf(id: CaseNumberId): string {
  const { part = 'true' }: CaseNumber = CASE_NUMBERS[id];
  return part;
}

/** The first parameter after those of a set, for what a member of staff may see. */
export const FIRST_VISIBLE = 5;

export type CaseScope = { staff: Staff; period: Period; now: Date };

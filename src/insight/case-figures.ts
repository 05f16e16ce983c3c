/** Numbers about cases (registry-and-grievance KPIs), for the cases that a member of staff is counted. */
import type { Keys } from '../privacy/keys.ts';
import { openPerson } from '../registry/sealed.ts';
import type { Tx } from '../store/database.ts';
import {
  CASE_NUMBERS,
  casesOf,
  FIRST_VISIBLE,
  partOf,
  setValues,
  USES_ALL,
  wholeOf,
  type CaseNumberId,
  type CaseScope,
} from './case-sets.ts';
import type { Breakdown } from './definitions.ts';
import { countFigure, countLines, shareFigure, shareLines, type Figure, type Line } from './figures.ts';
import { countedCases, countsOnly } from './scope.ts';

const SHARES = [
  'acknowledged',
  'in_time',
  'escalated',
  'reopened',
  'appealed',
  'overturned',
  'told',
  'anonymous',
] as const satisfies readonly CaseNumberId[];

type Sum = { whole: number; part: number };

/** All numbers about cases at once, with one pass over each set of cases. */
export async function caseFigures(db: Tx, scope: CaseScope): Promise<Record<CaseNumberId, Figure>> {
  const isGuarded = countsOnly(scope.staff);
  const [received, answered, due, open] = await Promise.all([
    sums(db, scope, ['received', 'acknowledged', 'escalated', 'anonymous', 'payment_complaints']),
    sums(db, scope, ['answered', 'reopened', 'appealed', 'overturned', 'told']),
    sums(db, scope, ['in_time']),
    sums(db, scope, ['backlog', 'overdue']),
  ]);
  const all = { ...received, ...answered, ...due, ...open };
  const [days, satisfied, beneficiaries, payments] = await Promise.all([
    daysToAnswer(db, scope),
    satisfaction(db, scope),
    countBeneficiaries(db),
    countPayments(db, scope),
  ]);
  const sum = (id: CaseNumberId): Sum => all[id] ?? { whole: 0, part: 0 };
  const count = (id: CaseNumberId) => countFigure(sum(id).part, isGuarded);
  const shares = Object.fromEntries(
    SHARES.map((id) => [id, shareFigure(sum(id).part, sum(id).whole, isGuarded)]),
  ) as Record<(typeof SHARES)[number], Figure>;
  return {
    ...shares,
    received: count('received'),
    received_rate: shareFigure(sum('received').part, beneficiaries, isGuarded, 1_000),
    answered: count('answered'),
    ...(isGuarded && countFigure(sum('answered').part, true).hidden
      ? {
          median_days: { value: null, hidden: true as const },
          p90_days: { value: null, hidden: true as const },
        }
      : { median_days: { value: days.median }, p90_days: { value: days.p90 } }),
    backlog: count('backlog'),
    overdue: count('overdue'),
    satisfaction: satisfactionFigure(satisfied, isGuarded),
    payment_complaints: shareFigure(sum('payment_complaints').part, payments, isGuarded, 1_000),
  };
}

/** `ids`: numbers over one set. */
async function sums(
  db: Tx,
  { staff, period, now }: CaseScope,
  ids: readonly CaseNumberId[],
): Promise<Partial<Record<CaseNumberId, Sum>>> {
  const [first] = ids;
  if (first === undefined) return {};
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const columns = ids.flatMap((id) => [
    `count(*) filter (where ${wholeOf(id)}) as "${id}_whole"`,
    `count(*) filter (where ${wholeOf(id)} and ${partOf(id)}) as "${id}_part"`,
  ]);
  const { rows } = await db.query<Record<string, number>>(
    `select ${columns.join(', ')} from ${casesOf(CASE_NUMBERS[first].set, visible.sql)} g where ${USES_ALL}`,
    [...setValues(period, now), ...visible.values],
  );
  const [row = {}] = rows;
  return Object.fromEntries(
    ids.map((id) => [id, { whole: row[`${id}_whole`] ?? 0, part: row[`${id}_part`] ?? 0 }]),
  );
}

async function daysToAnswer(
  db: Tx,
  { staff, period, now }: CaseScope,
): Promise<{ median: number | null; p90: number | null }> {
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const { rows } = await db.query<{ median: number | null; p90: number | null }>(
    `select percentile_cont(0.5) within group (order by days) as median,
            percentile_cont(0.9) within group (order by days) as p90
     from (select extract(epoch from g.at - g.created_at)::double precision / 86400 as days
           from ${casesOf('answered', visible.sql)} g where ${USES_ALL}) d`,
    [...setValues(period, now), ...visible.values],
  );
  return rows[0] ?? { median: null, p90: null };
}

type Satisfied = { yes: number; partly: number; no: number };

async function satisfaction(db: Tx, { staff, period, now }: CaseScope): Promise<Satisfied> {
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const { rows } = await db.query<Satisfied>(
    `select count(*) filter (where g.satisfaction = 'yes') as yes,
            count(*) filter (where g.satisfaction = 'partly') as partly,
            count(*) filter (where g.satisfaction = 'no') as no
     from ${casesOf('answered', visible.sql)} g where ${USES_ALL}`,
    [...setValues(period, now), ...visible.values],
  );
  return rows[0] ?? { yes: 0, partly: 0, no: 0 };
}

/** "Yes", and half of "partly". */
function satisfactionFigure({ yes, partly, no }: Satisfied, isGuarded: boolean): Figure {
  const whole = yes + partly + no;
  const figure = shareFigure(yes + partly, whole, isGuarded);
  return figure.value === null ? figure : { ...figure, value: ((yes + partly / 2) / whole) * 100 };
}

/** Households of the copy of the registry that are in a programme, or were. */
async function countBeneficiaries(db: Tx): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select count(distinct household) as count from enrolment',
  );
  return rows[0]?.count ?? 0;
}

async function countPayments(db: Tx, { period }: CaseScope): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'select count(*) as count from payment where on_date >= $1::date and on_date < $2::date',
    [period.from, period.until],
  );
  return rows[0]?.count ?? 0;
}

const DIMENSIONS: Partial<Record<Breakdown, string>> = {
  category: 'g.category',
  programme: `coalesce(g.programme, '')`,
  area: `coalesce(g.area, '')`,
  channel: `coalesce(g.channel, '')`,
  language: `coalesce(g.language, '')`,
  age: `case when $4::timestamptz - g.created_at < interval '8 days' then '0-7'
             when $4::timestamptz - g.created_at < interval '31 days' then '8-30'
             when $4::timestamptz - g.created_at < interval '61 days' then '31-60' else '61-' end`,
};

/** A number about cases by one of their traits. Small lines are hidden for everybody: tables are copied. */
export async function caseLines(
  db: Tx,
  { staff, period, now }: CaseScope,
  id: CaseNumberId,
  by: Breakdown,
): Promise<Line[]> {
  const dimension = DIMENSIONS[by];
  if (dimension === undefined) return [];
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const { rows } = await db.query<{ name: string } & Sum>(
    `select ${dimension} as name, count(*) as whole, count(*) filter (where ${partOf(id)}) as part
     from ${casesOf(CASE_NUMBERS[id].set, visible.sql)} g where ${USES_ALL} and ${wholeOf(id)}
     group by 1`,
    [...setValues(period, now), ...visible.values],
  );
  const isShare = SHARES.some((share) => share === id);
  return isShare
    ? shareLines(rows)
    : countLines(rows.map(({ name, part }) => ({ name, count: part })).filter(({ count }) => count > 0));
}

/** Persons opened at once. */
const PAGE = 5_000;

/** Cases received, by the sex of whom they are about, where the registry says it: sealed there, so counted one by one. */
export async function receivedBySex(
  { db, keys }: { db: Tx; keys: Keys },
  { staff, period, now }: CaseScope,
): Promise<Line[]> {
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const values = [...setValues(period, now), ...visible.values];
  const counts = new Map<string, number>();
  for (let after = ''; ;) {
    const { rows } = await db.query<{ reference: string; sealed: Buffer | null }>(
      `select g.reference, p.sealed
       from ${casesOf('received', visible.sql)} g left join person p on p.key = g.person
       where ${USES_ALL} and g.reference > $${values.length + 1}
       order by g.reference limit ${PAGE}`,
      [...values, after],
    );
    for (const { sealed } of rows) {
      const sex = sealed === null ? '' : sexOf(openPerson(keys, sealed).sex);
      counts.set(sex, (counts.get(sex) ?? 0) + 1);
    }
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = last.reference;
  }
  return countLines([...counts].sort().map(([name, count]) => ({ name, count })));
}

/** Registries write it whole or as a letter; empty: not known. */
function sexOf(word: string | null): '' | 'female' | 'male' | 'other' {
  const letter = word?.trim().toLowerCase()[0];
  if (letter === undefined) return '';
  return letter === 'f' ? 'female' : letter === 'm' ? 'male' : 'other';
}

/** Complaints about payments per 1,000 payments of each provider. */
export async function complaintsByProvider(db: Tx, { staff, period, now }: CaseScope): Promise<Line[]> {
  const visible = countedCases(staff, 'g', FIRST_VISIBLE);
  const [complaints, payments] = await Promise.all([
    db.query<{ name: string; count: number }>(
      `select coalesce(p.provider, '') as name, count(*) as count
       from ${casesOf('received', visible.sql)} g left join payment p on p.reference = g.payment
       where ${USES_ALL} and ${partOf('payment_complaints')} group by 1`,
      [...setValues(period, now), ...visible.values],
    ),
    db.query<{ name: string; count: number }>(
      `select coalesce(provider, '') as name, count(*) as count
       from payment where on_date >= $1::date and on_date < $2::date group by 1`,
      [period.from, period.until],
    ),
  ]);
  const paid = new Map(payments.rows.map(({ name, count }) => [name, count]));
  const told = new Map(complaints.rows.map(({ name, count }) => [name, count]));
  const names = [...new Set([...paid.keys(), ...told.keys()])];
  return shareLines(
    names.map((name) => ({ name, part: told.get(name) ?? 0, whole: paid.get(name) ?? 0 })),
    1_000,
  );
}

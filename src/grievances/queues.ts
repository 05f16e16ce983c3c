/** The lists staff work from: cases they may see, what is due first on top, and how many each list holds. */
import type { Tx } from '../conversation/ports.ts';
import type { Sensitivity } from '../profiles/categories.ts';
import type { Staff } from '../staff/roles.ts';
import type { CaseKind } from './cases.ts';
import type { Decision } from './decide.ts';
import { OPEN_STATUSES, type CaseStatus } from './lifecycle.ts';
import { visibleCases } from './visibility.ts';

export type CaseFilter = {
  kind?: CaseKind;
  route?: string;
  status?: CaseStatus;
  category?: string;
  programme?: string;
  /** Nothing decided yet, or everything; open only unless said otherwise. */
  open?: boolean;
  /** Past its date on this local ISO date. */
  lateOn?: string;
  /** A key; `none`: nobody's. */
  owner?: string;
  escalated?: boolean;
  reference?: string;
  contact?: string;
  household?: string;
};

export type CaseRow = {
  reference: string;
  kind: CaseKind;
  category: string;
  sensitivity: Sensitivity;
  status: CaseStatus;
  route: string;
  programme: string | null;
  area: string | null;
  channel: string | null;
  language: string | null;
  owner: string | null;
  level: number;
  /** ISO date. */
  due_on: string;
  decision: Decision | null;
  anonymous: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
};

/** `after`: `next` of the page before. */
export type Page = { after?: string; limit?: number };

const MOST_ROWS = 200;
const ROWS = 50;

/** One page of a list, by date due and number; `next` is null on the last one. */
export async function listCases(
  db: Tx,
  by: Staff,
  filter: CaseFilter,
  { after, limit = ROWS }: Page = {},
): Promise<{ rows: CaseRow[]; next: string | null }> {
  const where = conditions(by, filter);
  const place = /^(\d{4}-\d\d-\d\d)\.(\d{8})$/.exec(after ?? '');
  if (place)
    where.add((due, ref) => `(g.due_on, g.reference) > (${due}::date, ${ref}::char(8))`, place[1], place[2]);
  const most = Math.max(1, Math.min(limit, MOST_ROWS));
  const { rows } = await db.query<CaseRow>(
    `select g.reference, g.kind, g.category, g.sensitivity, g.status, g.route, g.programme, g.area, g.channel,
            g.language, g.owner, g.level, g.due_on, g.decision, g.anonymous, g.version, g.created_at, g.updated_at
     from grievance g where ${where.sql()}
     order by g.due_on, g.reference
     limit ${most + 1}`,
    where.values,
  );
  const page = rows.slice(0, most);
  const last = page.at(-1);
  return { rows: page, next: rows.length > most && last ? `${last.due_on}.${last.reference}` : null };
}

export type QueueCount = { route: string; status: CaseStatus; cases: number; late: number };

/** How many open cases each unit has in each status, and how many of them are past their date. */
export async function countQueues(db: Tx, by: Staff, today: string): Promise<QueueCount[]> {
  const where = conditions(by, {});
  const late = where.value(today);
  const { rows } = await db.query<QueueCount>(
    `select g.route, g.status, count(*) as cases, count(*) filter (where g.due_on < ${late}::date) as late
     from grievance g where ${where.sql()}
     group by g.route, g.status order by g.route, g.status`,
    where.values,
  );
  return rows;
}

function conditions(by: Staff, filter: CaseFilter) {
  const visible = visibleCases(by, 'g', 1);
  const values = [...visible.values];
  const all = [visible.sql];
  const value = (one: unknown): string => `$${values.push(one)}`;
  const add = (sql: (...names: string[]) => string, ...given: unknown[]): void => {
    all.push(sql(...given.map(value)));
  };
  const equal = (column: string, one: string | undefined): void => {
    if (one !== undefined) add((name) => `g.${column}::text = ${name}`, one);
  };
  const { kind, route, status, category, programme, reference, contact, household } = filter;
  for (const [column, one] of Object.entries({
    kind,
    route,
    status,
    category,
    programme,
    contact,
    household,
  }))
    equal(column, one);
  if (reference !== undefined) add((name) => `g.reference = ${name}`, reference);
  if (status === undefined && reference === undefined && filter.open !== false)
    add((name) => `g.status = any(${name}) and g.closed_at is null`, OPEN_STATUSES);
  if (filter.lateOn !== undefined) add((name) => `g.due_on < ${name}::date`, filter.lateOn);
  if (filter.owner === 'none') all.push('g.owner is null');
  else equal('owner', filter.owner);
  if (filter.escalated) all.push('g.level > 0');
  return { values, value, add, sql: () => all.join(' and ') };
}

/** The rows behind a number: cases and messages without anybody's name, and only those one may see. */
import { recordAudit } from '../privacy/audit.ts';
import type { Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import type { CaseStatus } from '../grievances/lifecycle.ts';
import { visibleCases } from '../grievances/visibility.ts';
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
import { csvLine } from './csv.ts';
import { NOT_NOTIFIED } from './service-figures.ts';

export type CaseLine = {
  reference: string;
  kind: string;
  category: string;
  status: CaseStatus;
  programme: string | null;
  area: string | null;
  channel: string | null;
  created_at: Date;
  /** ISO date. */
  due_on: string;
  answered_at: Date | null;
  /** It is in the part that the number counts. */
  counts: boolean;
};

const ROWS = 50;

/** One page of the cases behind a number, newest first; `next` is null on the last page. */
export async function caseRows(
  db: Tx,
  { staff, period, now }: CaseScope,
  id: CaseNumberId,
  { after, limit = ROWS }: { after?: string; limit?: number } = {},
): Promise<{ rows: CaseLine[]; next: string | null }> {
  const visible = visibleCases(staff, 'g', FIRST_VISIBLE);
  const values = [...setValues(period, now), ...visible.values];
  const place = /^(\d{1,16})\.(\d{8})$/.exec(after ?? '');
  const behind = place
    ? `and (g.created_at, g.reference) < ($${values.push(new Date(Number(place[1])))}::timestamptz,
                                          $${values.push(place[2])}::char(8))`
    : '';
  const { rows } = await db.query<CaseLine>(
    `select g.reference, g.kind, g.category, g.status, g.programme, g.area, g.channel, g.created_at, g.due_on,
            coalesce(g.at, g.decided_at) as answered_at, coalesce(${partOf(id)}, false) as counts
     from ${casesOf(CASE_NUMBERS[id].set, visible.sql)} g
     where ${USES_ALL} and ${wholeOf(id)} ${behind}
     order by g.created_at desc, g.reference desc limit ${limit + 1}`,
    values,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    next: rows.length > limit && last ? `${last.created_at.getTime()}.${last.reference}` : null,
  };
}

export type UnreachedLine = {
  id: number;
  kind: string;
  channel: string;
  provider: string | null;
  error: string | null;
  created_at: Date;
  attempts: number;
};

/** Messages that did not reach anybody: when, by what, why; not to whom. */
export async function unreachedRows(
  db: Tx,
  { period }: Pick<CaseScope, 'period'>,
  { after, limit = ROWS }: { after?: string; limit?: number } = {},
): Promise<{ rows: UnreachedLine[]; next: string | null }> {
  const before = /^\d{1,15}$/.test(after ?? '') ? Number(after) : null;
  const { rows } = await db.query<UnreachedLine>(
    `select id, kind, channel, provider, error, created_at, attempts from outbound
     where ${NOT_NOTIFIED} and created_at >= $1 and created_at < $2 and ($3::bigint is null or id < $3)
     order by id desc limit ${limit + 1}`,
    [period.start, period.end, before],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? String(last.id) : null };
}

/** More would be a copy of the database. */
const MOST_EXPORTED = 100_000;

/** The rows behind a number as CSV. Written down in the audit with how many they were. */
export async function exportRows(
  db: Database,
  scope: CaseScope & { by: Staff },
  id: CaseNumberId | 'not_notified',
): Promise<string> {
  const { period, by, now } = scope;
  const lines = id === 'not_notified' ? await unreachedCsv(db, scope) : await casesCsv(db, scope, id);
  await recordAudit(db, {
    actor: by.key,
    action: 'rows_exported',
    subject: `indicator:${id}`,
    details: { from: period.from, until: period.until, rows: lines.length - 1 },
    at: now,
  });
  return lines.join('');
}

async function casesCsv(db: Tx, scope: CaseScope, id: CaseNumberId): Promise<string[]> {
  const { rows } = await caseRows(db, scope, id, { limit: MOST_EXPORTED });
  return [
    csvLine([
      'case',
      'kind',
      'category',
      'status',
      'programme',
      'area',
      'channel',
      'received_at',
      'due_on',
      'answered_at',
      'counts',
    ]),
    ...rows.map((row) =>
      csvLine([
        row.reference,
        row.kind,
        row.category,
        row.status,
        row.programme,
        row.area,
        row.channel,
        row.created_at,
        row.due_on,
        row.answered_at,
        row.counts,
      ]),
    ),
  ];
}

async function unreachedCsv(db: Tx, scope: CaseScope): Promise<string[]> {
  const { rows } = await unreachedRows(db, scope, { limit: MOST_EXPORTED });
  return [
    csvLine(['message', 'kind', 'channel', 'provider', 'error', 'attempts', 'created_at']),
    ...rows.map((row) =>
      csvLine([row.id, row.kind, row.channel, row.provider, row.error, row.attempts, row.created_at]),
    ),
  ];
}

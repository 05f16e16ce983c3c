/** A case as other systems read it: its state and its dates, never who she is or what she told. */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Tx } from '../conversation/ports.ts';
import { promisedBy, type CaseKind } from '../grievances/cases.ts';
import { CASE_STATUSES, type CaseStatus } from '../grievances/lifecycle.ts';
import { checkReference, readReference } from '../grievances/reference.ts';
import type { Keys } from '../privacy/keys.ts';
import { endOfWorkingDay } from '../profiles/calendar.ts';
import type { Sensitivity } from '../profiles/categories.ts';
import type { Profile } from '../profiles/profile.ts';
import { Refused } from './problem.ts';
import type { Token } from './tokens.ts';

export const KINDS = [
  'complaint',
  'appeal',
  'update',
  'information',
  'referral',
] as const satisfies CaseKind[];
export const DECISIONS = ['upheld', 'partly_upheld', 'rejected', 'answered', 'redirected'] as const;

const stamp = z.iso.datetime({ offset: true });

/** What everybody may read who may know of the case. */
export const caseSchema = z
  .object({
    reference: z
      .string()
      .nullable()
      .describe(
        'The number the citizen reads. Null: a private matter, which has no number and cannot be asked for',
      ),
    kind: z.enum(KINDS),
    category: z.string(),
    status: z.enum(CASE_STATUSES),
    created_at: stamp,
    updated_at: stamp.describe(
      'To the hour where the citizen gave no name; follow changes with next, not with this',
    ),
    due_on: z.iso.date().nullable().describe('The day promised to the citizen'),
    due_at: stamp.nullable().describe('When the offices close on that day'),
    programme: z.string().nullable(),
    source: z.string().describe('citizen, or the system that sent it'),
    external_id: z.string().nullable(),
    level: z.int().describe('How often it went one level up'),
    sensitivity: z.enum(['open', 'restricted', 'sensitive']),
  })
  .meta({ id: 'Case' });

export const caseDetailSchema = caseSchema
  .extend({
    decision: z.enum(DECISIONS).nullable(),
    reason_code: z.string().nullable(),
    answer: z.record(z.string(), z.string()).nullable().describe('The answer to her, by language'),
    history: z.array(
      z.object({
        at: stamp,
        kind: z.string(),
        from: z.string().nullable(),
        to: z.string().nullable(),
        by: z.enum(['citizen', 'staff', 'system', 'external']),
      }),
    ),
  })
  .meta({ id: 'CaseDetail' });

export type CaseView = z.output<typeof caseSchema>;

export type CaseRow = {
  reference: string;
  kind: CaseKind;
  category: string;
  status: CaseStatus;
  sensitivity: Sensitivity;
  contact: string | null;
  channel: string | null;
  language: string | null;
  version: number;
  programme: string | null;
  source: string;
  external_id: string | null;
  due_on: string;
  level: number;
  decision: (typeof DECISIONS)[number] | null;
  reason_code: string | null;
  answer_sealed: Buffer | null;
  created_at: Date;
  updated_at: Date;
};

const COLUMNS = `reference, kind, category, status, sensitivity, contact, channel, language, version, programme, source, external_id, due_on, level,
                 decision, reason_code, answer_sealed, created_at, updated_at`;

/** Restricted cases are for tokens that say so; for all others they do not exist. */
export function mayRead(
  token: Pick<Token, 'scopes'>,
  { sensitivity }: Pick<CaseRow, 'sensitivity'>,
): boolean {
  return sensitivity === 'open' || token.scopes.includes('cases:sensitive');
}

/** The case, locked where it will be changed. Throws 404 alike for what is not there and what is not for this token. */
export async function readCase(
  tx: Tx,
  token: Pick<Token, 'scopes'>,
  reference: string,
  lock: '' | 'for update' = '',
): Promise<CaseRow> {
  if (checkReference(reference) === 'ok') {
    const { rows } = await tx.query<CaseRow>(
      `select ${COLUMNS} from grievance where reference = $1 ${lock}`,
      [readReference(reference)],
    );
    const [found] = rows;
    if (found && mayRead(token, found)) return found;
  }
  throw new Refused(404, 'There is no such case for this token; check its 8 digits.');
}

export async function readCases(tx: Tx, references: readonly string[]): Promise<Map<string, CaseRow>> {
  const { rows } = await tx.query<CaseRow>(`select ${COLUMNS} from grievance where reference = any($1)`, [
    references,
  ]);
  return new Map(rows.map((row) => [row.reference, row]));
}

export async function findExternal(tx: Tx, source: string, externalId: string): Promise<CaseRow | undefined> {
  const { rows } = await tx.query<CaseRow>(
    `select ${COLUMNS} from grievance where source = $1 and external_id = $2`,
    [source, externalId],
  );
  return rows[0];
}

export function viewCase(row: CaseRow, profile: Profile): CaseView {
  return {
    reference: row.reference,
    kind: row.kind,
    category: row.category,
    status: row.status,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    due_on: row.due_on,
    due_at: dueAt(row.due_on, profile),
    programme: row.programme,
    source: row.source,
    external_id: row.external_id,
    level: row.level,
    sensitivity: row.sensitivity,
  };
}

/** What the sender of a case may know of it: of a restricted one, only what it was told when it sent it. */
export function receiptOf(row: CaseRow, token: Token, profile: Profile): CaseView {
  if (mayRead(token, row)) return viewCase(row, profile);
  const category = profile.categories[row.category];
  const dueOn = category ? promisedBy(category, row.created_at, profile.calendar) : row.due_on;
  return viewCase(
    { ...row, status: 'received', level: 0, updated_at: row.created_at, due_on: dueOn },
    profile,
  );
}

/** The case with its answer and its history; who did what is a kind of actor, never a person. */
export async function viewDetail(
  tx: Tx,
  keys: Keys,
  row: CaseRow,
  profile: Profile,
): Promise<z.output<typeof caseDetailSchema>> {
  const { rows } = await tx.query<{
    at: Date;
    kind: string;
    from_status: string | null;
    to_status: string | null;
    actor: string;
  }>(
    `select at, kind, from_status, to_status, actor from grievance_event
     where reference = $1 and kind in ('lodged', 'status', 'details', 'feedback', 'decision', 'category')
     order by id`,
    [row.reference],
  );
  return {
    ...viewCase(row, profile),
    decision: row.decision,
    reason_code: row.reason_code,
    answer:
      row.answer_sealed &&
      (keys.openJson('case', row.answer_sealed, 'grievance.answer') as Record<string, string>),
    history: rows.map(({ at, kind, from_status, to_status, actor }) => ({
      at: at.toISOString(),
      kind,
      from: from_status,
      to: to_status,
      by: actorKind(actor),
    })),
  };
}

function actorKind(actor: string): 'citizen' | 'staff' | 'system' | 'external' {
  if (actor === 'citizen' || actor === 'system') return actor;
  return actor.startsWith('token:') ? 'external' : 'staff';
}

/** RFC 3339 in the country's own offset. */
export function dueAt(dueOn: string, { calendar }: Profile): string | null {
  return DateTime.fromJSDate(endOfWorkingDay(dueOn, calendar), { zone: calendar.tz }).toISO({
    suppressMilliseconds: true,
  });
}

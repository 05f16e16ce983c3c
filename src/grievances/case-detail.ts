/** Everything a case page shows, opened: what she told, what was done, what may be done next. */
import type { Tx } from '../conversation/ports.ts';
import { recordAudit } from '../privacy/audit.ts';
import { may, type Staff } from '../staff/roles.ts';
import { openWords, type CaseWords } from './cases.ts';
import { REASONS, type Decision } from './decide.ts';
import { NoSuchCase, WORK_CASE, type Step, type WorkCase, type WorkDeps } from './deeds.ts';
import { TRANSITIONS, type CaseStatus } from './lifecycle.ts';
import { openTask } from './tasks.ts';
import { visibleCases } from './visibility.ts';

/** Words by language for a question, an answer; `{text}` for what she added and for notes. */
export type HistoryItem = Step & { id: number; words: CaseWords | null };

export type Duty = {
  id: number;
  unit: string;
  dueOn: string;
  state: string;
  text: string | null;
  outcome: string | null;
};

export type CaseDetail = {
  found: Omit<WorkCase, 'answer_sealed' | 'anonymous_phone'> & {
    anonymous: boolean;
    /** Without a name, but the phone that lodged it can still read the answer. */
    followed: boolean;
    decision: Decision | null;
    reason_code: string | null;
    decided_at: Date | null;
    payment: string | null;
    satisfaction: string | null;
  };
  words: CaseWords | null;
  answer: CaseWords | null;
  /** What the registry said when an appeal was lodged. */
  evidence: unknown;
  history: HistoryItem[];
  duties: Duty[];
  /** Numbers of the appeals against it that `by` may see. */
  appeals: string[];
  /** What its status leads to. */
  next: readonly CaseStatus[];
  /** Whether `by` may decide it, and from which lists. */
  decide: Partial<Record<Decision, readonly string[]>> | null;
};

/** Throws NoSuchCase. That it was looked at is in the audit. */
export async function caseDetail(
  { db, keys }: Pick<WorkDeps, 'db' | 'keys'>,
  { reference, by, at }: { reference: string; by: Staff; at: Date },
): Promise<CaseDetail> {
  return db.transaction(async (tx) => {
    const { sql, values } = visibleCases(by, 'g', 2);
    const { rows } = await tx.query<Row>(
      `select ${WORK_CASE}, g.anonymous, g.decision, g.reason_code, g.decided_at, g.payment, g.satisfaction,
              g.text_sealed, g.evidence_sealed,
              (select o.decided_by from grievance o where o.reference = g.appeal_of) as original_decided_by
       from grievance g where g.reference = $1 and ${sql}`,
      [reference, ...values],
    );
    if (!rows[0]) throw new NoSuchCase();
    const { text_sealed, evidence_sealed, answer_sealed, anonymous_phone, original_decided_by, ...found } =
      rows[0];
    await recordAudit(tx, {
      actor: by.key,
      action: 'case_opened',
      subject: `case:${reference}`,
      purpose: 'work_case',
      at,
    });
    return {
      found: { ...found, followed: anonymous_phone !== null },
      words: text_sealed && openWords(keys, text_sealed),
      answer: answer_sealed && (keys.openJson('case', answer_sealed, 'grievance.answer') as CaseWords),
      evidence: evidence_sealed && keys.openJson('case', evidence_sealed, 'grievance.evidence'),
      history: await historyOf(tx, keys, reference),
      duties: await dutiesOf(tx, keys, reference),
      appeals: await appealsOf(tx, by, reference),
      next: TRANSITIONS[found.status],
      decide: mayDecide(by, rows[0], original_decided_by) ? REASONS[found.kind] : null,
    };
  });
}

type Row = WorkCase &
  Omit<CaseDetail['found'], 'followed'> & {
    text_sealed: Buffer | null;
    evidence_sealed: Buffer | null;
    original_decided_by: string | null;
  };

function mayDecide(
  by: Staff,
  { kind, sensitivity, status }: Row | CaseDetail['found'],
  original: string | null,
): boolean {
  if (!TRANSITIONS[status].includes('resolved')) return false;
  if (sensitivity === 'restricted') return may(by, 'restricted');
  if (sensitivity === 'sensitive') return may(by, 'private');
  return kind === 'appeal' ? may(by, 'appeals') && original !== by.key : may(by, 'decide');
}

/** Whose words stand where: questions and answers to her are sealed as answers. */
async function historyOf(tx: Tx, keys: WorkDeps['keys'], reference: string): Promise<HistoryItem[]> {
  const { rows } = await tx.query<Step & { id: number; details: Buffer | null }>(
    `select id, at, actor, kind, from_status as "from", to_status as "to", reason, details
     from grievance_event where reference = $1 order by id`,
    [reference],
  );
  return rows.map(({ details, ...step }) => {
    const isToHer = step.kind === 'decision' || step.kind === 'status';
    const isText = step.kind === 'details' || step.kind === 'note' || step.kind === 'duty';
    const context = isToHer ? 'grievance.answer' : isText ? 'grievance.text' : undefined;
    const words = details && context ? (keys.openJson('case', details, context) as CaseWords) : null;
    return { ...step, words };
  });
}

type DutyRow = {
  id: number;
  unit: string;
  dueOn: string;
  state: string;
  details: Buffer | null;
  outcome: string | null;
};

async function dutiesOf(tx: Tx, keys: WorkDeps['keys'], reference: string): Promise<Duty[]> {
  const { rows } = await tx.query<DutyRow>(
    `select id, unit, promised_on as "dueOn", state, details, outcome from task
     where reference = $1 and kind = 'duty' order by id`,
    [reference],
  );
  return rows.map(({ details, ...duty }) => ({
    ...duty,
    text: openTask(keys, { phone: null, details }).details,
  }));
}

async function appealsOf(tx: Tx, by: Staff, reference: string): Promise<string[]> {
  const { sql, values } = visibleCases(by, 'g', 2);
  const { rows } = await tx.query<{ reference: string }>(
    `select g.reference from grievance g where g.appeal_of = $1 and ${sql} order by g.created_at`,
    [reference, ...values],
  );
  return rows.map((row) => row.reference);
}

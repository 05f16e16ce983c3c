/** Her cases as she may have them: her words, the answer, what was done and when; nobody else's name. */
import { openDetails } from '../evidence/attachment.ts';
import { openWords, type CaseWords } from '../grievances/cases.ts';
import { openShared } from '../grievances/referral.ts';
import type { Tx } from '../store/database.ts';
import type { Keys } from './keys.ts';

type CaseRow = {
  reference: string;
  text_sealed: Buffer | null;
  answer_sealed: Buffer | null;
  evidence_sealed: Buffer | null;
  facts: Record<string, unknown>;
};

type StepRow = {
  at: Date;
  by: 'citizen' | 'system' | 'staff';
  kind: string;
  status: string | null;
  reason: string | null;
  details: Buffer | null;
};

/** Of a phone: all that was lodged with it. Of a household: what is not restricted to the phone that lodged it. */
export async function exportCases(
  tx: Tx,
  keys: Keys,
  of: { contact: string } | { household: string },
): Promise<Record<string, unknown>[]> {
  const [where, key] =
    'contact' in of
      ? ['g.contact = $1', of.contact]
      : [`g.household = $1 and g.sensitivity = 'open'`, of.household];
  const { rows } = await tx.query<CaseRow>(
    `select g.reference, g.text_sealed, g.answer_sealed, g.evidence_sealed,
            json_build_object('kind', g.kind, 'category', g.category, 'matter', g.matter, 'programme', g.programme,
              'status', g.status, 'channel', g.channel, 'language', g.language, 'lodged_at', g.created_at,
              'answer_by', g.due_on, 'decision', g.decision, 'reason', g.reason_code, 'closed_at', g.closed_at,
              'appeal_of', g.appeal_of, 'payment', g.payment, 'solved', g.satisfaction) as facts
     from grievance g where ${where} order by g.created_at, g.reference`,
    [key],
  );
  const cases: Record<string, unknown>[] = [];
  for (const { reference, text_sealed, answer_sealed, evidence_sealed, facts } of rows)
    cases.push({
      reference,
      ...facts,
      words: text_sealed && openWords(keys, text_sealed),
      answer: answer_sealed && keys.openJson('case', answer_sealed, 'grievance.answer'),
      registry_said: evidence_sealed && keys.openJson('case', evidence_sealed, 'grievance.evidence'),
      history: await historyOf(tx, keys, reference),
      evidence: await exportEvidence(tx, keys, 'reference', reference),
      referral: await referralOf(tx, keys, reference),
    });
  return cases;
}

/** Her own additions, and what was written to her; what colleagues wrote for each other may name others. */
async function historyOf(tx: Tx, keys: Keys, reference: string): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<StepRow>(
    `select at, case when actor in ('citizen', 'system') then actor else 'staff' end as by, kind,
            to_status as status, reason, details
     from grievance_event where reference = $1 order by id`,
    [reference],
  );
  return rows.map(({ details, ...step }) => ({ ...step, words: details && wordsOf(keys, step, details) }));
}

function wordsOf(keys: Keys, { by, kind }: Pick<StepRow, 'by' | 'kind'>, details: Buffer): CaseWords | null {
  if (kind === 'decision' || kind === 'status')
    return keys.openJson('case', details, 'grievance.answer') as CaseWords;
  if (kind === 'details' && by === 'citizen') return openWords(keys, details);
  return null;
}

async function referralOf(tx: Tx, keys: Keys, reference: string): Promise<Record<string, unknown> | null> {
  const { rows } = await tx.query<{ shared: Buffer | null }>(
    `select partner, need, state, consent_at, consent_words, shared from referral where reference = $1`,
    [reference],
  );
  const [row] = rows;
  return row ? { ...row, shared: row.shared && openShared(keys, row.shared) } : null;
}

/** What she sent beside words: a list. The contents are given out from the console, where each look is in the audit. */
export async function exportEvidence(
  tx: Tx,
  keys: Keys,
  column: 'reference' | 'contact',
  value: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<{ id: string; details: Buffer | null }>(
    `select id, at, kind, channel, state, reason, type, bytes, seconds, details from attachment
     where ${column} = $1 and state <> 'draft' ${column === 'contact' ? 'and reference is null' : ''} order by at, id`,
    [value],
  );
  return rows.map(({ details, ...row }) => ({
    ...row,
    ...(details ? openDetails(keys, row.id, details) : {}),
  }));
}

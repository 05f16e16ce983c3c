/** The life of a case: one table of what may follow what, and the only function that changes a status. */
import type { Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { lockCase, type Case } from './cases.ts';
import { setClock } from './clocks.ts';
import { recordEvent, wasDone } from './events.ts';

export const CASE_STATUSES = [
  'received',
  'acknowledged',
  'in_review',
  'awaiting_citizen',
  'escalated',
  'referred',
  'resolved',
  'closed',
  'reopened',
  'withdrawn',
] as const;
export type CaseStatus = (typeof CASE_STATUSES)[number];

/**
 * What may follow what. Nothing closes without an answer, unless she was asked and stayed silent; an answered case is
 * open to her "not solved" for good; what she took back stays taken back. `escalated` twice: one level up again.
 */
export const TRANSITIONS: Readonly<Record<CaseStatus, readonly CaseStatus[]>> = {
  received: [
    'acknowledged',
    'in_review',
    'awaiting_citizen',
    'escalated',
    'referred',
    'resolved',
    'withdrawn',
  ],
  acknowledged: ['in_review', 'awaiting_citizen', 'escalated', 'referred', 'resolved', 'withdrawn'],
  in_review: ['awaiting_citizen', 'escalated', 'referred', 'resolved', 'withdrawn'],
  awaiting_citizen: ['in_review', 'escalated', 'referred', 'resolved', 'closed', 'withdrawn'],
  escalated: ['in_review', 'awaiting_citizen', 'escalated', 'referred', 'resolved', 'withdrawn'],
  referred: ['in_review', 'escalated', 'resolved', 'withdrawn'],
  resolved: ['closed', 'reopened'],
  closed: ['reopened'],
  reopened: ['in_review', 'awaiting_citizen', 'escalated', 'referred', 'resolved', 'withdrawn'],
  withdrawn: [],
};

/** Somebody still owes her an answer. */
export const OPEN_STATUSES: readonly CaseStatus[] = CASE_STATUSES.filter(
  (status) => !['resolved', 'closed', 'withdrawn'].includes(status),
);

/** How the citizen reads a status: the texts `gs.*`. */
export const CITIZEN_WORDS: Readonly<Record<CaseStatus, string>> = {
  received: 'new',
  acknowledged: 'assigned',
  in_review: 'checking',
  reopened: 'checking',
  awaiting_citizen: 'waiting',
  escalated: 'escalated',
  referred: 'referred',
  resolved: 'answered',
  closed: 'closed',
  withdrawn: 'closed',
};

export type Change = {
  /** `citizen`, `system`, or the key of a member of staff. */
  actor: string;
  /** A short code. */
  reason: string;
  at: Date;
  dueOn?: string;
  level?: number;
  /** Sealed words that belong to the step, such as the question to her. */
  details?: Buffer;
  /** Hash of the turn that asks for it; repeating that turn changes nothing. */
  turn?: string;
};

/** A status that the present one does not lead to; or there is no such case. */
export class TransitionRefused extends Error {
  readonly from: CaseStatus | undefined;
  readonly to: CaseStatus;

  constructor(from: CaseStatus | undefined, to: CaseStatus) {
    super(from === undefined ? 'there is no such case' : `a case that is ${from} cannot become ${to}`);
    this.name = 'TransitionRefused';
    this.from = from;
    this.to = to;
  }
}

export function mayBecome(from: CaseStatus, to: CaseStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/**
 * Changes a status, writes its history and has its clock wound again; a new due date begins a new term. Throws
 * TransitionRefused, having changed nothing.
 */
export async function transition(
  tx: Tx,
  reference: string,
  to: CaseStatus,
  { actor, reason, at, dueOn, level, details, turn }: Change,
): Promise<Case> {
  const found = await lockCase(tx, reference);
  if (!found) throw new TransitionRefused(undefined, to);
  if (turn !== undefined && (await wasDone(tx, turn))) return found;
  const from = found.status;
  if (!mayBecome(from, to)) throw new TransitionRefused(from, to);
  const { rows } = await tx.query<{ due_on: string; level: number }>(
    `update grievance
     set status = $2, updated_at = $3, due_on = coalesce($4, due_on), level = coalesce($5, level),
         owner = case when $6 then null else owner end,
         closed_at = case when $2 in ('closed', 'withdrawn') then $3::timestamptz end
     where reference = $1
     returning due_on, level`,
    [reference, to, at, dueOn ?? null, level ?? null, goesUp(to)],
  );
  await setClock(tx, reference, at, dueOn === undefined ? undefined : at);
  await recordEvent(tx, {
    reference,
    at,
    actor,
    kind: 'status',
    from,
    to,
    reason,
    ...(details === undefined ? {} : { details }),
    ...(turn === undefined ? {} : { turn }),
  });
  return { ...found, ...rows[0], status: to };
}

/** One level up, it is no longer with whoever had it. */
function goesUp(to: CaseStatus): boolean {
  return to === 'escalated' || to === 'reopened';
}

/** Gives the answer, by language, in words short enough for a screen; the citizen is told elsewhere. */
export async function answerCase(
  tx: Tx,
  keys: Keys,
  reference: string,
  answer: Readonly<Record<string, string>>,
  change: Change,
): Promise<Case> {
  const resolved = await transition(tx, reference, 'resolved', change);
  const answer_sealed = keys.sealJson('case', answer, 'grievance.answer');
  await tx.query('update grievance set answer_sealed = $2 where reference = $1', [reference, answer_sealed]);
  return { ...resolved, answer_sealed };
}

/** The answer in her language, or in the first one it was given in. */
export function readAnswer(keys: Keys, sealed: Buffer, language: string): string | undefined {
  const answer = keys.openJson('case', sealed, 'grievance.answer') as Record<string, string>;
  return answer[language] ?? Object.values(answer)[0];
}

const ANONYMOUS_PHONE_DAYS = 30;

/** Cuts the last thread from complaints without a name to a phone, 30 days after they closed. Says how many. */
export async function forgetAnonymousPhones(tx: Tx, now: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `with forgotten as (
       update grievance set anonymous_phone = null, idempotency = null
       where anonymous_phone is not null and closed_at < $1::timestamptz - make_interval(days => ${ANONYMOUS_PHONE_DAYS})
       returning reference
     ), history as (
       update grievance_event set turn = null
       where turn is not null and reference in (select reference from forgotten)
     )
     select from forgotten`,
    [now],
  );
  return rowCount ?? 0;
}

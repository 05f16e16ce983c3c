/** Questions put to citizens by text message, and what their replies set going (dialogs.md D6, D12). */
import type { AskOutput } from '../conversation/dialog.ts';
import type { Port, TurnContext, Tx } from '../conversation/ports.ts';
import { isQuestionKind, type QuestionKind } from '../conversation/questions.ts';
import type { GrievanceDeps } from './cases.ts';
import { replyAboutReferral } from './referral.ts';
import { recordFeedback } from './track.ts';

/** A reply is understood for this long after the question left. */
const OPEN_DAYS = 14;

export type Question = {
  /** Key of the contact who is asked. */
  contact: string;
  kind: QuestionKind;
  /** A case number, the id of a referral, the reference of a payment. */
  reference: string;
  at: Date;
  /** Until when a reply is taken; 14 days from `at`. */
  until?: Date;
};

/**
 * Opens a question: call it in the transaction that queues its text message. Put again, it is open again. Of several,
 * a short reply answers the one put last.
 */
export async function putQuestion(tx: Tx, { contact, kind, reference, at, until }: Question): Promise<void> {
  await tx.query(
    `insert into question (contact, kind, reference, asked_at, until) values ($1, $2, $3, $4, $5)
     on conflict (contact, kind, reference) do update set asked_at = excluded.asked_at, until = excluded.until`,
    [contact, kind, reference, at, until ?? new Date(at.getTime() + OPEN_DAYS * 86_400_000)],
  );
}

/** Ends a question: it was answered elsewhere, or nobody waits for the answer any more. True when it was open. */
export async function closeQuestion(
  tx: Tx,
  { contact, kind, reference }: Pick<Question, 'contact' | 'kind' | 'reference'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'delete from question where contact = $1 and kind = $2 and reference = $3',
    [contact, kind, reference],
  );
  return rowCount === 1;
}

type Row = { kind: string; reference: string; asked_at: Date; language: string | null };

/** After a STOP "yes" means START: what was asked before it is not asked any more. */
export const questionAsked: Port<'questionAsked'> = async (_slots, turn) => {
  const { rows } = await turn.reading.query<Row>({
    name: 'question-newest',
    text: `select q.kind, q.reference, q.asked_at, g.language
           from question q join contact c on c.key = q.contact
           left join referral r on q.kind = 'ref.back' and r.id::text = q.reference
           left join grievance g on g.reference = coalesce(r.reference, q.reference)
           where q.contact = $1 and q.asked_at <= $2 and q.until > $2
             and (c.stopped_at is null or c.stopped_at < q.asked_at)
           order by q.asked_at desc
           limit 1`,
    values: [turn.contact, turn.now],
  });
  const [asked] = rows;
  if (!asked) return { outcome: 'none' };
  return {
    outcome: 'asked',
    kind: asked.kind,
    reference: asked.reference,
    at: asked.asked_at.toISOString(),
    ...(asked.language === null ? {} : { language: asked.language }),
  };
};

/** What a reply to one kind of question does. The question is closed after it, in the same transaction. */
export type Answering = (
  asked: { reference: string; reply: string },
  turn: TurnContext,
) => Promise<AskOutput['answerQuestion']>;

/** `others`: the kinds that another domain answers. */
export function answerQuestion(
  deps: GrievanceDeps,
  others: Partial<Record<QuestionKind, Answering>> = {},
): Port<'answerQuestion'> {
  const answering: Partial<Record<QuestionKind, Answering>> = {
    'grv.ask': ({ reference, reply }, turn) => recordFeedback(deps, reference, reply, turn),
    'ref.back': ({ reference, reply }, turn) => replyAboutReferral(deps, reference, reply, turn),
    ...others,
  };
  return async ({ kind, reference, reply }, turn) => {
    const answer = isQuestionKind(kind) ? answering[kind] : undefined;
    if (!isQuestionKind(kind) || !answer || reference === undefined || reply === undefined)
      throw new Error('this question has nobody to answer it');
    // The case or referral is locked before its question, as everywhere else: or two would wait for each other.
    const told = await answer({ reference, reply }, turn);
    await closeQuestion(await turn.tx(), { contact: turn.contact, kind, reference });
    return told;
  };
}

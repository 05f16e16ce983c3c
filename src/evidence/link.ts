/** Gives what she sent to the case, the task or the conversation it belongs to, and lets go of what belongs to none. */
import type { Tx } from '../store/database.ts';
import { KEEP_MONTHS } from './attachment.ts';

export type Owner = {
  /** The case it is evidence in. */
  reference?: string;
  /** The task of an agent who is to look at it. */
  task?: number;
  /** Null where she gave no name. */
  contact: string | null;
  at: Date;
};

/** She has sent it: from now on it may be fetched. Returns how many there were; 0 when the draft is known no more. */
export async function sendDraft(tx: Tx, draft: string, owner: Owner): Promise<number> {
  const { rowCount } = await tx.query(
    `update attachment
     set state = case when kind = 'location' then 'stored' else 'waiting' end,
         draft = null, reference = $2, task = $3, contact = $4, at = $5, next_at = $5,
         keep_until = $5::timestamptz + make_interval(months => $6)
     where draft = $1 and state = 'draft'`,
    [draft, owner.reference ?? null, owner.task ?? null, owner.contact, owner.at, KEEP_MONTHS],
  );
  return rowCount ?? 0;
}

/** Of what she did not send, or sent about a private matter, no trace stays. */
export async function dropDraft(tx: Tx, draft: string | undefined): Promise<void> {
  if (draft === undefined) return;
  await tx.query(`delete from attachment where draft = $1 and state = 'draft'`, [draft]);
}

/** Hours an unfinished draft can be taken up again (dialogs.md §5), and the hour by which its time is rounded. */
const DRAFT_HOURS = 25;

/** Lets go of drafts nobody took up, and erases what has been kept long enough. Returns how many rows changed. */
export async function forgetEvidence(tx: Tx, now: Date): Promise<number> {
  const dropped = await tx.query(
    `delete from attachment where state = 'draft' and at < $1::timestamptz - make_interval(hours => $2)`,
    [now, DRAFT_HOURS],
  );
  const erased = await tx.query(
    `update attachment a
     set state = 'erased', source = null, content = null, details = null, type = null, bytes = null, seconds = null,
         next_at = null
     where a.state in ('waiting', 'stored', 'refused') and a.keep_until < $1
       and (a.reference is null or exists (
         select from grievance g
         where g.reference = a.reference and g.closed_at < $1::timestamptz - make_interval(months => $2)))`,
    [now, KEEP_MONTHS],
  );
  return (dropped.rowCount ?? 0) + (erased.rowCount ?? 0);
}

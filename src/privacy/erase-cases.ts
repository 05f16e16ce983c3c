/** Her cases, when she asks to be erased: which are open, and how they end if she says so. */
import { OPEN_STATUSES, transition, type CaseStatus } from '../grievances/lifecycle.ts';
import type { Tx } from '../store/database.ts';
import { NO_OPEN_APPEAL } from './empty-case.ts';

export type OfSubject = { contact: string } | { household: string };

type Found = { reference: string; status: CaseStatus; sensitivity: string; isOpen: boolean };

/** Those that hold something of hers, locked. Restricted cases belong to the phone that lodged them, not to a household. */
export async function casesOf(tx: Tx, of: OfSubject): Promise<Found[]> {
  const [where, key] =
    'contact' in of
      ? ['g.contact = $1', of.contact]
      : [`g.household = $1 and g.sensitivity = 'open'`, of.household];
  const { rows } = await tx.query<Found>(
    `select g.reference, g.status, g.sensitivity, g.closed_at is null or not (${NO_OPEN_APPEAL}) as "isOpen"
     from grievance g where ${where} and g.emptied_at is null order by g.created_at, g.reference for update`,
    [key],
  );
  return rows;
}

/**
 * Takes back what is open, and closes what is answered; says which. Cases against staff, bribes and fraud stay: who is
 * accused must not be able to end them by an erasure.
 */
export async function closeCases(
  tx: Tx,
  cases: readonly Found[],
  { by, now }: { by: string; now: Date },
): Promise<string[]> {
  const closing = cases.filter(({ sensitivity }) => sensitivity === 'open');
  const change = { actor: by, reason: 'asked_in_writing', at: now };
  for (const { reference, status } of closing) {
    if (status === 'resolved') await transition(tx, reference, 'closed', change);
    else if (OPEN_STATUSES.includes(status)) await transition(tx, reference, 'withdrawn', change);
  }
  const { rows } = await tx.query<{ reference: string }>(
    `select g.reference from grievance g
     where g.reference = any($1) and g.closed_at is not null and ${NO_OPEN_APPEAL} order by g.created_at, g.reference`,
    [closing.map(({ reference }) => reference)],
  );
  return rows.map(({ reference }) => reference);
}

/** The clock of a case: two columns of its row, unset by whatever changes the case and wound again by `runClocks`. */
import type { Tx } from '../conversation/ports.ts';

/**
 * Has the clock of a case wound again: call it in the transaction of any change of status, category or due date. Who
 * changes a case need not know the calendar; the next pass of `runClocks` (seconds later, in any process) does.
 *
 * @param from when a new term begins to run, if one does: what the clock told in the old one it tells again.
 */
export async function setClock(tx: Tx, reference: string, at: Date, from?: Date): Promise<void> {
  await tx.query(
    `update grievance set
       clock = null,
       clock_at = case when status in ('closed', 'withdrawn') then null else $2::timestamptz end,
       clock_from = coalesce($3, clock_from)
     where reference = $1`,
    [reference, at, from ?? null],
  );
}

/** The history of a case: rows are only ever added. */
import type { TurnContext, Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import type { CaseStatus } from './lifecycle.ts';

/** As the table allows them. `duty`: work asked of another unit, and done by it. `reply`: written to her by staff. */
export type EventKind =
  | 'lodged'
  | 'status'
  | 'details'
  | 'feedback'
  | 'assigned'
  | 'note'
  | 'clock'
  | 'decision'
  | 'referral'
  | 'attachment'
  | 'duty'
  | 'category'
  | 'reply'
  | 'mirror';

/** What a person who works on the case need not have read before they go on. */
const UNREMARKABLE: readonly EventKind[] = ['lodged', 'clock', 'mirror'];

export type CaseEvent = {
  reference: string;
  at: Date;
  /** `citizen` unless named: `system`, or the key of a member of staff. Never who the citizen is. */
  actor?: string;
  kind: EventKind;
  from?: CaseStatus;
  to?: CaseStatus;
  /** A short code, never her words. */
  reason?: string;
  details?: Buffer;
  turn?: string;
};

/**
 * Adds to the history of a case and raises its version; false when this turn had already added it. Nobody else must be
 * changing the case meanwhile: lock it before.
 */
export async function recordEvent(tx: Tx, event: CaseEvent): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with added as (
       insert into grievance_event (reference, at, actor, kind, from_status, to_status, reason, details, turn, version)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9, version + $10::integer from grievance where reference = $1
       on conflict (turn) do nothing
       returning reference
     )
     update grievance set version = version + $10::integer from added where grievance.reference = added.reference`,
    [
      event.reference,
      event.at,
      event.actor ?? 'citizen',
      event.kind,
      event.from ?? null,
      event.to ?? null,
      event.reason ?? null,
      event.details ?? null,
      event.turn ?? null,
      UNREMARKABLE.includes(event.kind) ? 0 : 1,
    ],
  );
  return rowCount === 1;
}

/** Whether this turn already did what it is about to do. */
export async function wasDone(tx: Tx, turn: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from grievance_event where turn = $1', [turn]);
  return rowCount === 1;
}

/**
 * What makes the repetition of a turn the same deed. The key of a turn names the person, so it is hashed with the key
 * of anonymous complaints, which meets no other column.
 */
export function hashOfTurn(keys: Keys, deed: string, turn: Pick<TurnContext, 'key'>): string {
  return keys.anonymous(`${deed}\0${turn.key}`);
}

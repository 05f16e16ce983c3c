/**
 * Takes back, holds and lets go messages that have not left yet, and those that stand in for them (outbound.origin). What
 * is under way or has left stays as it is.
 */
import type { Tx } from '../store/database.ts';
import { lifeHours } from './outbox.ts';

/** Messages that waited and will never be sent. `why`: a code. Returns the keys of those. */
export async function cancelQueued(
  tx: Tx,
  keys: readonly string[],
  { why, now }: { why: string; now: Date },
): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `update outbound set state = 'cancelled', error = $2, settled_at = $3, onward = 'none'
     where (key = any($1) or origin = any($1)) and state = 'queued'
     returning coalesce(origin, key) as key`,
    [keys, why, now],
  );
  return rows.map(({ key }) => key);
}

/** Messages that wait from now on until they are let go. They do not grow too old meanwhile. */
export async function holdQueued(tx: Tx, keys: readonly string[]): Promise<void> {
  await tx.query(
    `update outbound set due = 'infinity', expires_at = 'infinity'
     where (key = any($1) or origin = any($1)) and state = 'queued'`,
    [keys],
  );
}

/** Lets go what was held; it then has as long to leave as a new notice. */
export async function releaseQueued(tx: Tx, keys: readonly string[], due: Date): Promise<void> {
  await tx.query(
    `with freed as (
       update outbound set due = $2, expires_at = $2::timestamptz + $3 * interval '1 hour'
       where (key = any($1) or origin = any($1)) and state = 'queued' and due = 'infinity'
       returning key
     )
     select pg_notify('outbound', '') from (select from freed limit 1) as any_freed`,
    [keys, due, lifeHours.notice],
  );
}

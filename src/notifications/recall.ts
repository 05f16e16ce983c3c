/**
 * Takes back, holds and lets go messages that have not left yet, and those that stand in for them (outbound.origin). What
 * has left stays as it is. What is under way is marked (outbound.recalled): if this attempt fails it is not tried again.
 */
import type { Tx } from '../store/database.ts';
import { lifeHours } from './outbox.ts';

/** `outbound.recalled` of a message that waits until it is let go; every other word there is why it was taken back. */
export const HELD = 'held';

/**
 * Messages that waited, or were to go on by another means, and will never be sent. `why`: a code. Returns the keys of
 * those; what is under way is not among them, since it may arrive.
 */
export async function cancelQueued(
  tx: Tx,
  keys: readonly string[],
  { why, now }: { why: string; now: Date },
): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `with back as (
       update outbound set
         state = case when state = 'queued' then 'cancelled' else state end,
         error = case when state = 'queued' then $2 else error end,
         settled_at = case when state = 'queued' then $3 else settled_at end,
         onward = case when state in ('queued', 'failed') then 'none' else onward end,
         recalled = $2
       where (key = any($1) or origin = any($1))
         and (state in ('queued', 'sending') or (state = 'failed' and onward is null) or recalled = '${HELD}')
       returning coalesce(origin, key) as key, state
     )
     select key from back where state in ('cancelled', 'failed')`,
    [keys, why, now],
  );
  return rows.map(({ key }) => key);
}

/** Messages that wait from now on until they are let go. They do not grow too old meanwhile. */
export async function holdQueued(tx: Tx, keys: readonly string[]): Promise<void> {
  await tx.query(
    `update outbound set
       due = case when state = 'queued' then 'infinity' else due end,
       expires_at = case when state = 'queued' then 'infinity' else expires_at end,
       recalled = case when state <> 'queued' then '${HELD}' end
     where (key = any($1) or origin = any($1))
       and (state in ('queued', 'sending') or (state = 'failed' and onward is null))`,
    [keys],
  );
}

/** Lets go what was held; it then has as long to leave as a new notice. */
export async function releaseQueued(tx: Tx, keys: readonly string[], due: Date): Promise<void> {
  await tx.query(
    `with freed as (
       update outbound set
         due = case when state = 'queued' then $2 else due end,
         expires_at = case when state = 'queued' then $2::timestamptz + $3 * interval '1 hour' else expires_at end,
         recalled = null
       where (key = any($1) or origin = any($1))
         and ((state = 'queued' and due = 'infinity') or recalled = '${HELD}')
       returning key
     )
     select pg_notify('outbound', '') from (select from freed limit 1) as any_freed`,
    [keys, due, lifeHours.notice],
  );
}

/** The rate of a provider product, shared by every process that sends by it: each takes what it is about to send. */
import type { Database } from '../store/database.ts';

export type Allowance = { product: string; perSecond: number; wanted: number };

/**
 * Takes up to `wanted` messages from the allowance, by the database's clock; after a pause there is at most one second's
 * worth. What a process takes and does not use is lost when it dies: it then sends a little less, never more.
 */
export async function takeAllowance(
  db: Database,
  { product, perSecond, wanted }: Allowance,
): Promise<number> {
  const { rows } = await db.query<{ granted: number }>({
    name: 'send-allowance',
    text: `with now as (
             select clock_timestamp() as at
           ), filled as (
             select greatest(a.at, now.at) as at,
               least($2, a.tokens + greatest(0, extract(epoch from now.at - a.at)) * $2::double precision) as tokens
             from send_allowance a, now where a.product = $1
             for update of a
           ), taken as (
             update send_allowance a
             set tokens = filled.tokens - least($3, floor(filled.tokens)), at = filled.at
             from filled where a.product = $1
             returning least($3, floor(filled.tokens))::integer as granted
           )
           select granted from taken`,
    values: [product, Math.max(1, perSecond), wanted],
  });
  if (rows[0]) return rows[0].granted;
  await db.query(
    `insert into send_allowance (product, tokens, at) values ($1, $2, clock_timestamp()) on conflict do nothing`,
    [product, Math.max(1, perSecond)],
  );
  return takeAllowance(db, { product, perSecond, wanted });
}

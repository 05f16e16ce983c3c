/** The order in which changes of cases became visible: whoever follows it from a position misses nothing. */
import type { Database, Tx } from '../store/database.ts';

/** Any number: one at a time gives positions. */
const ORDER_LOCK = 7_015;

/**
 * Gives positions to all changes that are committed. The lock is held until they are visible, so nothing ever appears
 * below the highest position.
 */
export async function orderFeed(db: Database): Promise<void> {
  const { rowCount } = await db.query('select from case_feed where position is null limit 1');
  if (rowCount === 0) return;
  await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [ORDER_LOCK]);
    await tx.query(
      `update case_feed set position = ordered.position
       from (select event, nextval('case_feed_position') as position
             from (select event from case_feed where position is null order by event) waiting) ordered
       where case_feed.event = ordered.event`,
    );
  });
}

export type FeedRow = { position: number; event: number; reference: string };

/** Changes after a position, oldest first. */
export async function readFeed(
  db: Tx,
  { after, limit, restricted }: { after: number; limit: number; restricted: boolean },
): Promise<FeedRow[]> {
  const { rows } = await db.query<FeedRow>(
    `select f.position, f.event, f.reference
     from case_feed f join grievance g using (reference)
     where f.position > $1 and (g.sensitivity = 'open' or $2)
     order by f.position
     limit $3`,
    [after, restricted, limit],
  );
  return rows;
}

/** The last position given out; 0 before the first. */
export async function lastPosition(db: Tx): Promise<number> {
  const { rows } = await db.query<{ last: number }>(
    'select coalesce(max(position), 0) as last from case_feed',
  );
  return rows[0]?.last ?? 0;
}

/** What happened late in an hour may have been committed in the next. */
const SLACK = '5 minutes';

/**
 * The position before all that changed since a moment; without one, before everything. Times of cases without a name
 * stand at the beginning of their hour, so the hour is looked at as a whole.
 */
export async function startOf(db: Tx, since: Date | undefined): Promise<number> {
  if (since === undefined) return 0;
  const { rows } = await db.query<{ first: number | null }>(
    `select min(f.position) as first
     from grievance_event e join case_feed f on f.event = e.id
     where e.at >= date_trunc('hour', $1::timestamptz - interval '${SLACK}', 'UTC')`,
    [since],
  );
  return rows[0]?.first ? rows[0].first - 1 : lastPosition(db);
}

/** Retention by month: what grew with the messages of a month goes as a whole, in one moment, however many they were. */
import type { Database, Tx } from '../store/database.ts';

/** The tables that are kept by month, with the column that says which; `ensure_message_partitions` makes their months. */
const KEPT_BY_MONTH = { message: 'at', outbound: 'created_at', payment_notice: 'at' } as const;

/** A drop waits for what reads the table, and everybody else would wait behind it: better later than long. */
const LOCK_MS = 3_000;
const BATCH = 10_000;

/** What a pass of retention took away. */
export type Dropped = {
  /** Names of the partitions, such as `message_2024_10`. */
  months: string[];
  /** Rows outside them: those without a month of their own, and keys of messages that are gone. */
  rows: number;
};

/**
 * Takes away the months that ended more than `months` whole months before the one of `now` (UTC). Safe to stop and to
 * repeat. Throws when a month is in use for longer than three seconds; the next pass goes on there.
 */
export async function dropOldMonths(db: Database, months: number, now: Date): Promise<Dropped> {
  const first = firstKept(months, now);
  const dropped: Dropped = { months: [], rows: 0 };
  for (const name of await monthsBefore(db, first)) {
    await db.transaction(async (tx) => {
      await tx.query(`set local lock_timeout = ${LOCK_MS}`);
      await tx.query(`drop table if exists ${name}`);
    });
    dropped.months.push(name);
  }
  for (const [table, moment] of Object.entries(KEPT_BY_MONTH))
    dropped.rows += await deleteBefore(db, `${table}_other`, moment, first);
  dropped.rows += await deleteBefore(db, 'outbound_key', 'at', first);
  return dropped;
}

/** Rows that `dropOldMonths` would take away. */
export async function countOldMonths(db: Tx, months: number, now: Date): Promise<number> {
  const counts = [...Object.entries(KEPT_BY_MONTH), ['outbound_key', 'at'] as const].map(
    ([table, moment]) => `(select count(*) from ${table} where ${moment} < $1)`,
  );
  const { rows } = await db.query<{ rows: number }>(`select ${counts.join(' + ')} as rows`, [
    firstKept(months, now),
  ]);
  return rows[0]?.rows ?? 0;
}

/** The beginning of the oldest month that is kept. */
function firstKept(months: number, now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
}

/** Oldest first. */
async function monthsBefore(db: Database, first: Date): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select quote_ident(part.relname) as name
     from pg_inherits
     join pg_class part on part.oid = inhrelid
     where inhparent = any($1::regclass[]) and part.relname ~ '_\\d{4}_\\d{2}$' and right(part.relname, 7) < $2
     order by right(part.relname, 7), part.relname`,
    [Object.keys(KEPT_BY_MONTH), first.toISOString().slice(0, 7).replace('-', '_')],
  );
  return rows.map(({ name }) => name);
}

async function deleteBefore(db: Database, table: string, moment: string, first: Date): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await db.query(
      `delete from ${table} where ctid = any(array(select ctid from ${table} where ${moment} < $1 limit ${BATCH}))`,
      [first],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH) return deleted;
  }
}

/** What the tests ask of a service's tables: forget every conversation, and how much is stored. */
import type { Database } from '../../src/store/database.ts';

/** The registry stays; everything that people said or were told goes: the next dialog is the first. */
export async function forgetConversations(db: Database): Promise<void> {
  await whenNobodyWaits(() =>
    db.transaction(async (tx) => {
      // The sender holds a row of outbound while it writes others: its lock first, then nobody waits in a circle.
      await tx.query('lock table outbound in access exclusive mode');
      await tx.query(
        `truncate conversation, message, inbound, grievance, grievance_event, reference_guess, private_case, task,
         notify_when_open, early_receipt, identity_lock, payment_confirmation cascade`,
      );
      // These are referred to, or kept, by month: to truncate every month takes longer than to delete a few rows.
      await tx.query('delete from outbound');
      await tx.query('delete from outbound_key');
      await tx.query('delete from contact');
    }),
  );
}

/** What runs in the background reads the same tables in an order of its own: of two in a circle one goes again. */
async function whenNobodyWaits(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      const isDeadlock = error instanceof Error && 'code' in error && error.code === '40P01';
      if (!isDeadlock || attempt === 5) throw error;
    }
  }
}

/** How many rows each table has: to show that something stored nothing. */
export async function rowCounts(db: Database): Promise<Record<string, number>> {
  const { rows } = await db.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const { rows: found } = await db.query<{ n: number }>(`select count(*)::integer as n from ${name}`);
    counts[name] = found[0]?.n ?? -1;
  }
  return counts;
}

/** Payment events that wait for a beneficiary: counted for operators, and looked at again in turn. */
import { Gauge, type Registry } from 'prom-client';
import type { Tx } from '../store/database.ts';
import { openEvent } from './sealed-event.ts';
import type { Taken } from './take-event.ts';
import { takeEvents, type TakeEventsDeps } from './take-events.ts';

/** How many events wait, by reason. */
export async function parkedCounts(tx: Tx): Promise<Record<string, number>> {
  const { rows } = await tx.query<{ reason: string; count: number }>(
    `select reason, count(*) as count from payment_event where outcome = 'parked' group by reason order by reason`,
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/** A gauge by reason, the same from every process. */
export function countParked(registry: Registry, db: Tx): void {
  new Gauge({
    name: 'wasl_payment_events_parked',
    help: 'Payment events that cannot be placed yet, by reason',
    labelNames: ['reason'] as const,
    registers: [registry],
    async collect() {
      const counts = await parkedCounts(db).catch(() => undefined);
      if (!counts) return;
      this.reset();
      for (const [reason, count] of Object.entries(counts)) this.set({ reason }, count);
    },
  });
}

const BATCH = 200;
/** Where the next pass goes on; 0: at the oldest. */
export type ParkedCursor = { after: number };

/**
 * Looks again at parked events, such as after an import of the registry. Returns how many found their place. With `most`
 * a pass is bounded and `cursor` keeps where it came to, so that events nobody can place do not keep the others waiting;
 * after the newest it begins again with the oldest. What failed first is thrown when all had their turn.
 */
export async function retryParked(
  deps: TakeEventsDeps,
  cursor: ParkedCursor = { after: 0 },
  most = Infinity,
): Promise<number> {
  let placed = 0;
  const failed: unknown[] = [];
  for (let seen = 0; seen < most;) {
    const { rows } = await deps.db.query<{ id: number; sealed: Buffer }>(
      `select id, sealed from payment_event where outcome = 'parked' and id > $1 order by id limit $2`,
      [cursor.after, Math.min(BATCH, most - seen)],
    );
    const last = rows.at(-1);
    if (!last) {
      cursor.after = 0;
      break;
    }
    cursor.after = last.id;
    seen += rows.length;
    const taken = await takeReadable(deps, rows, failed);
    placed += taken.filter(({ outcome }) => outcome === 'accepted').length;
  }
  if (failed.length > 0) throw failed[0];
  return placed;
}

/** One by one where they do not go together: an event that cannot be opened, or fails, keeps no other waiting. */
async function takeReadable(
  deps: TakeEventsDeps,
  rows: readonly { sealed: Buffer }[],
  failed: unknown[],
): Promise<Taken[]> {
  const events = rows.flatMap(({ sealed }) => {
    try {
      return [openEvent(deps.keys, sealed)];
    } catch (error) {
      failed.push(error);
      return [];
    }
  });
  try {
    return await takeEvents(deps, events);
  } catch {
    const taken: Taken[] = [];
    // While the database is away nothing goes, and nothing is lost: the next round comes to them again.
    for (const event of events) {
      try {
        taken.push(...(await takeEvents(deps, [event])));
      } catch (error) {
        failed.push(error);
      }
    }
    return taken;
  }
}

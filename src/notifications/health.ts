/** How the outbox is: what waits, for how long, and what did not arrive. Counts and codes only. */
import { Gauge, type Registry } from 'prom-client';
import type { Tx } from '../store/database.ts';
import type { MessageKind } from './outbox.ts';

/** What waits in one lane: a product of a provider, or any product of a channel. */
export type Backlog = {
  lane: string;
  /** Might leave now. */
  due: number;
  /** Wait for the end of quiet hours, or of a pause after a failure. */
  later: number;
  /** Since when the longest of those that might leave waits. */
  oldest: Date | null;
};

export async function readBacklog(tx: Tx, now: Date): Promise<Backlog[]> {
  const { rows } = await tx.query<Backlog>(
    `select lane, count(*) filter (where due <= $1) as due, count(*) filter (where due > $1) as later,
            min(due) filter (where due <= $1) as oldest
     from outbound where state = 'queued' group by lane order by lane`,
    [now],
  );
  return rows;
}

/** Messages of one kind of end. `unknown` may have left: the carrier's answer was lost. */
export type Dead = {
  lane: string;
  state: 'failed' | 'unknown';
  /** A code, never a provider's sentence. */
  error: string | null;
  kind: MessageKind;
  messages: number;
  last: Date;
};

const MOST_GROUPS = 100;

/** What failed, or may have, since a moment; the most frequent first. */
export async function readDead(tx: Tx, since: Date): Promise<Dead[]> {
  const { rows } = await tx.query<Dead>(
    `select lane, state, error, kind, count(*) as messages, max(coalesce(settled_at, created_at)) as last
     from outbound where state in ('failed', 'unknown') and created_at >= $1
     group by lane, state, error, kind order by messages desc, last desc limit ${MOST_GROUPS}`,
    [since],
  );
  return rows;
}

/**
 * Gauges of what waits for people, the same from every process: messages of which nobody knows whether they left, and
 * people to reach by other means in the last 30 days. Counted when they are asked for, from small indexes.
 */
export function countWaiting(registry: Registry, db: Tx): void {
  const gauge = (name: string, help: string, sql: string) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const { rows } = await db.query<{ count: number }>(sql).catch(() => ({ rows: [] }));
        if (rows[0]) this.set(rows[0].count);
      },
    });
  gauge(
    'wasl_messages_unknown',
    'Messages that may have left: the answer of the carrier was lost',
    "select count(*) as count from outbound where state = 'unknown'",
  );
  gauge(
    'wasl_people_not_notified',
    'Messages of the last 30 days that reached nobody by any means',
    "select count(*) as count from outbound where onward = 'people' and state <> 'delivered' and created_at > now() - interval '30 days'",
  );
}

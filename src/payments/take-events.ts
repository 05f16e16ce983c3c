/** Takes many payment events: each in a transaction of its own, those of one payment one after the other. */
import type { Database } from '../store/database.ts';
import type { PaymentEvent } from './event.ts';
import { contradiction } from './event.ts';
import { takeEvent, type TakeDeps, type Taken } from './take-event.ts';

export type TakeEventsDeps = Omit<TakeDeps, 'now'> & { db: Database; now: () => Date };

/** Transactions at a time: the other connections are for citizens. */
const AT_ONCE = 4;

/**
 * The outcome of each, in the order given. All that is accepted is durable when this resolves. Rejects when the database
 * fails; what was stored by then is stored, and sending all again changes nothing.
 */
export async function takeEvents(deps: TakeEventsDeps, events: readonly PaymentEvent[]): Promise<Taken[]> {
  const outcomes: Taken[] = [];
  const lines = new Map<string, number[]>();
  events.forEach(({ reference }, index) => lines.set(reference, [...(lines.get(reference) ?? []), index]));
  const queue = [...lines.values()];
  const work = async () => {
    for (let line = queue.shift(); line; line = queue.shift()) {
      for (const index of line) {
        const event = events[index];
        if (event) outcomes[index] = await takeOne(deps, event);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

function takeOne(deps: TakeEventsDeps, event: PaymentEvent): Promise<Taken> {
  const now = deps.now();
  const reason = contradiction(event, now);
  if (reason !== undefined) return Promise.resolve({ outcome: 'rejected', reason });
  return deps.db.transaction((tx) => takeEvent(tx, { ...deps, now }, event));
}

/** One turn at a time for one person: the next waits for the one before, others pass by. */

/** Too many turns of one person are waiting: somebody is not a person. */
export class QueueFull extends Error {}

export type PersonQueue = { run<T>(key: string, work: () => Promise<T>): Promise<T>; readonly size: number };

const MAX_WAITING = 20;

export function personQueue(): PersonQueue {
  const last = new Map<string, { done: Promise<unknown>; waiting: number }>();
  return {
    get size() {
      return last.size;
    },
    async run(key, work) {
      const before = last.get(key);
      if (before && before.waiting >= MAX_WAITING)
        throw new QueueFull('too many turns of one person at once');
      const mine = before ? before.done.then(work, work) : work();
      const entry = { done: mine, waiting: (before?.waiting ?? 0) + 1 };
      last.set(key, entry);
      try {
        return await mine;
      } finally {
        if (last.get(key) === entry) last.delete(key);
      }
    },
  };
}

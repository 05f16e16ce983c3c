/** One turn at a time for one person: the next waits for the one before, others pass by. */

/** Too many turns of one person are waiting: somebody is not a person. */
export class QueueFull extends Error {}

export type PersonQueue = { run<T>(key: string, work: () => Promise<T>): Promise<T>; readonly size: number };

const MAX_WAITING = 20;

export function personQueue(): PersonQueue {
  const lines = new Map<string, { last: Promise<unknown> | undefined; turns: number }>();
  return {
    get size() {
      return lines.size;
    },
    async run(key, work) {
      const line = lines.get(key) ?? { last: undefined, turns: 0 };
      if (line.turns >= MAX_WAITING) throw new QueueFull('too many turns of one person at once');
      const mine = line.last ? line.last.then(work, work) : work();
      line.last = mine;
      line.turns += 1;
      lines.set(key, line);
      try {
        return await mine;
      } finally {
        line.turns -= 1;
        if (line.turns === 0) lines.delete(key);
      }
    },
  };
}

/** A token bucket: no more than so many a second, after a pause at most one second's worth at once. */

export type Bucket = {
  /** Whole tokens there are now. */
  available(): number;
  take(count: number): void;
  /** Milliseconds until there is one; 0 when there is. */
  wait(): number;
};

/** Counts for this process alone. `clock`: milliseconds that never jump back. */
export function createBucket(perSecond: number, clock: () => number = () => performance.now()): Bucket {
  const room = Math.max(1, perSecond);
  let tokens = room;
  let at = clock();
  const refill = (): void => {
    const now = clock();
    tokens = Math.min(room, tokens + ((now - at) / 1_000) * perSecond);
    at = now;
  };
  return {
    available: () => {
      refill();
      return Math.floor(tokens);
    },
    take: (count) => {
      tokens -= count;
    },
    wait: () => {
      refill();
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000);
    },
  };
}

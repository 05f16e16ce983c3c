/** Keeps a registry in trouble from being asked on and on, and from taking all our time while it is. */

export type Gate = {
  /** Runs the call, or throws `Closed` at once: too many calls under way, or the registry is known to be away. */
  pass<T>(call: () => Promise<T>): Promise<T>;
  state(): 'closed' | 'open' | 'half-open';
};

/** The call was not made. */
export class Closed extends Error {}

export type GateOptions = {
  /** Calls under way at a time. */
  concurrency: number;
  /** Failures in a row after which nobody is asked. */
  failures?: number;
  /** Milliseconds until one call tries again; up to a quarter more, so that processes do not try in step. */
  restMs?: number;
  now?: () => number;
};

export function gate({ concurrency, failures = 5, restMs = 3_000, now = Date.now }: GateOptions): Gate {
  let running = 0;
  let failed = 0;
  let openUntil = 0;
  let isTrying = false;

  const isOpen = () => failed >= failures;
  return {
    state: () => (!isOpen() ? 'closed' : now() < openUntil ? 'open' : 'half-open'),
    async pass(call) {
      if (running >= concurrency) throw new Closed('too many calls are under way');
      const trial = isOpen();
      if (trial && (isTrying || now() < openUntil)) throw new Closed('the registry is resting');
      if (trial) isTrying = true;
      running += 1;
      try {
        const answer = await call();
        failed = 0;
        return answer;
      } catch (error) {
        failed += 1;
        if (isOpen()) openUntil = now() + restMs * (1 + Math.random() / 4);
        throw error;
      } finally {
        running -= 1;
        if (trial) isTrying = false;
      }
    },
  };
}

/** Leaves a provider that does not answer alone: while it is away no message is spent on finding that out, but one now and then. */

export type Breaker = {
  /** How many messages may be tried now: 0 while it is open, 1 for the probe. */
  room(): number;
  /** Milliseconds until the next probe; 0 when something may be tried. */
  wait(): number;
  isOpen(): boolean;
  /** A message is under way: while it is open, the probe. */
  trying(): void;
  /** The provider answered, whatever it said. */
  answered(): void;
  /** It could not be reached, failed, or sent us away. */
  failed(): void;
  /** What was under way says nothing of the provider: another message is the probe. */
  unasked(): void;
};

export type BreakerOptions = {
  onChange: (isOpen: boolean) => void;
  /** Milliseconds. */
  clock: () => number;
};

/** Failures in a row: five of a provider that fails one time in twenty are one in three million messages. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 120_000;

/** Counts for this process alone: each finds out by itself, and spends a handful of attempts on it. */
export function createBreaker({ onChange, clock }: BreakerOptions): Breaker {
  let failures = 0;
  let pause = 0;
  let until = 0;
  let isProbing = false;
  const isOpen = () => pause > 0;
  return {
    isOpen,
    room: () => {
      if (!isOpen()) return Infinity;
      return isProbing || clock() < until ? 0 : 1;
    },
    wait: () => (isOpen() ? Math.max(0, until - clock()) : 0),
    trying: () => {
      isProbing = isOpen();
    },
    answered: () => {
      failures = 0;
      isProbing = false;
      if (!isOpen()) return;
      pause = 0;
      onChange(false);
    },
    failed: () => {
      failures += 1;
      if (isOpen() && !isProbing && clock() < until) return;
      if (failures < FAILURES) return;
      const wasOpen = isOpen();
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      until = clock() + pause;
      isProbing = false;
      if (!wasOpen) onChange(true);
    },
    unasked: () => {
      isProbing = false;
    },
  };
}

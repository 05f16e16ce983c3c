/** Asks the registry within a turn: in good time, or not at all. */
import type { TurnContext } from '../conversation/ports.ts';
import { CannotTell } from '../conversation/run.ts';
import { RegistryUnavailable, type Purpose, type Query } from './registry.ts';

/** Milliseconds that the registry has in a turn (dialogs.md R5); the rest of the two seconds is for keeping the request. */
const DEADLINE = 1_500;

/** One deadline a turn, however many questions it asks: two slow answers must not use up the time of a screen. */
const deadlines = new WeakMap<AbortSignal, AbortSignal>();

/**
 * The registry's answer. Throws CannotTell when it is not reachable or too late, also when an adapter does not heed the
 * signal; any other error is passed on.
 */
export async function enquire<T>(
  turn: Pick<TurnContext, 'signal'>,
  purpose: Purpose,
  question: (query: Query) => Promise<T>,
): Promise<T> {
  const signal = deadlineOf(turn.signal);
  try {
    return await Promise.race([question({ purpose, signal }), aborted(signal)]);
  } catch (error) {
    if (error instanceof RegistryUnavailable || signal.aborted) {
      throw new CannotTell('the registry cannot tell now', { cause: error });
    }
    throw error;
  }
}

function deadlineOf(turn: AbortSignal): AbortSignal {
  const signal = deadlines.get(turn) ?? AbortSignal.any([turn, AbortSignal.timeout(DEADLINE)]);
  deadlines.set(turn, signal);
  return signal;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = (): void => {
      reject(new RegistryUnavailable('the registry did not answer in time'));
    };
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}

/** Asks the registry within a turn: in good time, or not at all. */
import type { TurnContext } from '../conversation/ports.ts';
import { CannotTell } from '../conversation/run.ts';
import { RegistryUnavailable, type Purpose, type Query } from './registry.ts';

/** Milliseconds that the registry has in a turn (dialogs.md R5); the rest of the two seconds is for keeping the request. */
const DEADLINE = 1_500;

/** When each turn asked first: two slow answers must not use up the time of a screen. */
const firstAsked = new WeakMap<AbortSignal, number>();

/**
 * The registry's answer. Throws CannotTell when it is not reachable or too late, also when an adapter does not heed the
 * signal; any other error is passed on.
 */
export async function enquire<T>(
  turn: Pick<TurnContext, 'signal'> & Partial<Pick<TurnContext, 'phone'>>,
  purpose: Purpose,
  question: (query: Query) => Promise<T>,
): Promise<T> {
  const { signal: due } = turn;
  const asked = firstAsked.get(due) ?? performance.now();
  firstAsked.set(due, asked);
  const deadline = new AbortController();
  const giveUp = (): void => {
    deadline.abort(new RegistryUnavailable('the registry did not answer in time'));
  };
  const timer = setTimeout(giveUp, asked + DEADLINE - performance.now()).unref();
  due.addEventListener('abort', giveUp, { once: true });
  if (due.aborted) giveUp();
  try {
    const query = { purpose, signal: deadline.signal, turn: { of: due, phone: turn.phone ?? null } };
    return await Promise.race([question(query), aborted(deadline.signal)]);
  } catch (error) {
    if (error instanceof RegistryUnavailable || deadline.signal.aborted) {
      throw new CannotTell('the registry cannot tell now', { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    due.removeEventListener('abort', giveUp);
  }
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

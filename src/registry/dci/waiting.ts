/** Who waits for the answer of an asynchronous search, by transaction. In this process only: nothing of it is stored. */
import { DciFailure } from './http.ts';

export type Waiting<T> = {
  /** The answer that is brought; throws DciFailure when time is up first. */
  answer(transaction: string, signal: AbortSignal): Promise<T>;
  /** False: nobody waits for it (any more). */
  bring(transaction: string, answer: T): boolean;
};

export function waiting<T>(): Waiting<T> {
  const waiters = new Map<string, (answer: T) => void>();
  return {
    answer: (transaction, signal) =>
      new Promise((resolve, reject) => {
        const late = () => {
          waiters.delete(transaction);
          reject(new DciFailure('timeout', 'the registry did not bring its answer in time'));
        };
        if (signal.aborted) {
          late();
          return;
        }
        signal.addEventListener('abort', late, { once: true });
        waiters.set(transaction, (answer) => {
          waiters.delete(transaction);
          signal.removeEventListener('abort', late);
          resolve(answer);
        });
      }),
    bring(transaction, answer) {
      const waiter = waiters.get(transaction);
      waiter?.(answer);
      return waiter !== undefined;
    },
  };
}

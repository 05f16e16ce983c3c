/** A deadline within another. Not `AbortSignal.any`: on Node 20 the timeout in it may be collected before it fires (nodejs/node#57736). */

export type Deadline = {
  /** Aborts when the time is over, or the outer signal says so. */
  signal: AbortSignal;
  /** Lets go of timer and outer signal; call it when the work is done. */
  end: () => void;
};

export function deadline(outer: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, ms);
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

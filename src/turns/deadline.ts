/** How long a screen may take. */

/** A screen is due in 2 s (dialogs.md R5); the gateway gives up at 10 s. */
const SCREEN_MS = 2_000;

/** The time a screen may take, counted from the start of the turn. No timer outlives its turn. */
export type Deadline = { signal(): AbortSignal; clear(): void };

export function screenDeadline(): Deadline {
  const started = performance.now();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal() {
      // Most turns ask nobody and need no timer.
      timer ??= setTimeout(
        () => {
          controller.abort(new DOMException('the screen is due', 'TimeoutError'));
        },
        started + SCREEN_MS - performance.now(),
      ).unref();
      return controller.signal;
    },
    clear() {
      clearTimeout(timer);
    },
  };
}

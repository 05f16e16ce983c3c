/** How a command that runs for long is told to end. */
import type { Logger } from '../observe.ts';

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilTold(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        log.info({ signal }, 'closing');
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}

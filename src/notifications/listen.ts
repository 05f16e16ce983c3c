/** Hears PostgreSQL notifications over a connection of its own, and finds a new one whenever that breaks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/database.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * Calls `onNotice` at every notification on `channel`, and after every connection: something may have been said while
 * nobody listened. Returns what ends it.
 */
export function listen(db: Database, channel: 'outbound', onNotice: () => void): () => Promise<void> {
  const ending = new AbortController();
  let wait = FIRST_WAIT_MS;

  const hear = async (): Promise<void> => {
    const client = await db.connect();
    let hangUp: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (hangUp = resolve));
    client.on('error', hangUp).on('end', hangUp).on('notification', onNotice);
    ending.signal.addEventListener('abort', hangUp, { once: true });
    try {
      await client.query(`listen ${channel}`);
      wait = FIRST_WAIT_MS;
      onNotice();
      if (!ending.signal.aborted) await over;
    } finally {
      ending.signal.removeEventListener('abort', hangUp);
      client.release(true);
    }
  };

  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      // The database may be away for minutes; whoever listens also polls, so nothing is lost meanwhile.
      await hear().catch(() => undefined);
      await sleep(wait, undefined, { signal: ending.signal }).catch(() => undefined);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  };
  const ended = loop();
  return () => {
    ending.abort();
    return ended;
  };
}

/** Gives a test a logical Redis database of its own. */
import { Redis } from 'ioredis';
import { inject } from 'vitest';

/** The URL of an empty database nobody else in this run uses. */
export async function redisUrl(): Promise<string> {
  const shared = new Redis(inject('redisUrl'));
  const database = await shared.incr('databases handed out');
  shared.disconnect();
  return `${inject('redisUrl')}/${database}`;
}

/**
 * Where conversations are looked up between turns. A cache: PostgreSQL holds the truth, and a value that is lost or
 * stale costs one more query, never an answer.
 */
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';

export type SessionStore = {
  /** The bytes last kept under this key, or undefined. Never rejects: a cache that fails is an empty one. */
  get(key: string): Promise<Buffer | undefined>;
  /** Keeps the bytes for an hour. Returns at once; order is kept per key. */
  set(key: string, value: Buffer): void;
  drop(key: string): void;
};

const HOUR_S = 3600;

/** Sessions of one process only. */
export function inProcessSessions(max = 50_000): SessionStore {
  const kept = new LRUCache<string, Buffer>({ max, ttl: HOUR_S * 1000 });
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => void kept.set(key, value),
    drop: (key) => void kept.delete(key),
  };
}

/** Sessions shared by all processes. `onError` counts; a Redis that is away is not waited for. */
export function redisSessions(redis: Redis, onError: () => void): SessionStore {
  const name = (key: string) => `wasl:session:${key}`;
  return {
    get: async (key) => {
      if (redis.status !== 'ready') return undefined;
      try {
        return (await redis.getBuffer(name(key))) ?? undefined;
      } catch {
        onError();
        return undefined;
      }
    },
    set: (key, value) => {
      if (redis.status === 'ready') redis.set(name(key), value, 'EX', HOUR_S).catch(onError);
    },
    drop: (key) => {
      if (redis.status === 'ready') redis.del(name(key)).catch(onError);
    },
  };
}

/** The token bucket. */
import { expect, test } from 'vitest';
import { createBucket } from '../../src/notifications/bucket.ts';

test('gives a second’s worth at once, then what comes in', () => {
  let at = 0;
  const bucket = createBucket(10, () => at);
  expect(bucket.available()).toBe(10);
  bucket.take(10);
  expect([bucket.available(), bucket.wait()]).toEqual([0, 100]);
  at = 250;
  expect([bucket.available(), bucket.wait()]).toEqual([2, 0]);
  at = 60_000;
  expect(bucket.available()).toBe(10);
});

test('works below one a second', () => {
  let at = 0;
  const bucket = createBucket(0.5, () => at);
  bucket.take(1);
  expect([bucket.available(), bucket.wait()]).toEqual([0, 2_000]);
  at = 2_000;
  expect(bucket.available()).toBe(1);
});

/** What follows from each kind of failure. */
import { describe, expect, test } from 'vitest';
import { SendError } from '../../src/channels/channel.ts';
import { failure } from '../../src/channels/failures.ts';
import { judge, MAX_ATTEMPTS } from '../../src/notifications/verdict.ts';

const middle = 0.5;

describe('a failed attempt', () => {
  test.each([
    ['a full network', failure('rate'), 'queued'],
    ['an unreachable provider', failure('unavailable'), 'queued'],
    ['a handset that is off', failure('to.absent'), 'queued'],
    ['a lost answer', failure('answer.lost'), 'unknown'],
    ['a number that is none', failure('to.invalid'), 'failed'],
    ['a number that nobody reaches', failure('to.unreachable'), 'failed'],
    ['an opt-out', failure('to.optedOut'), 'failed'],
    ['words that a carrier refuses', failure('content.refused'), 'failed'],
    ['refused credentials', failure('credentials'), 'queued'],
    ['no money', failure('balance'), 'queued'],
    ['a sender that is not set up', failure('configuration'), 'queued'],
    ['a closed chat window', failure('window.closed'), 'failed'],
    ['a bug of the channel', new TypeError('+96170000001'), 'unknown'],
  ])('by %s', (_what, error, state) => {
    expect(judge(error, 1, middle).state).toBe(state);
  });

  test('waits longer each time and gives up after eight', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => judge(failure('rate'), attempts, middle).wait);
    expect(waits).toEqual([5, 20, 80, 320, 1280, 3600, 3600].map((seconds) => seconds * 1_000));
    expect(judge(failure('rate'), MAX_ATTEMPTS, middle)).toMatchObject({ state: 'failed', error: 'rate' });
  });

  test('is spread over time', () => {
    expect(judge(failure('rate'), 1, 0).wait).toBe(3_750);
    expect(judge(failure('rate'), 1, 0.999).wait).toBeGreaterThan(6_200);
  });

  test('that people must mend is repeated every quarter of an hour, without end', () => {
    const verdict = judge(failure('balance'), 100, middle);
    expect(verdict).toMatchObject({ state: 'queued', wait: 15 * 60_000, alert: true });
  });

  test('keeps the provider’s code and nothing that may be personal', () => {
    expect(judge(failure('refused', '30450'), 1).error).toBe('refused (30450)');
    const told = new SendError('refused', { message: "refused (the number '+96170000001' is not valid)" });
    expect(judge(told, 1).error).toBe('refused');
    expect(judge(new SendError('refused', { message: 'Maryam does not want this' }), 1).error).toBe(
      'refused',
    );
    expect(judge(new Error('+96170000001'), 1).error).toBe('unexpected');
  });
});

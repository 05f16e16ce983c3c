/** The table of a message's states: what it allows, and that reports lead to one end in whatever order they come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSettled, messageStates, sourcesOf, type MessageState } from '../../src/notifications/states.ts';

const allowed = new Set([
  'queued>sending',
  'queued>failed',
  'queued>cancelled',
  'sending>queued',
  'sending>sent',
  'sending>failed',
  'sending>unknown',
  'sending>cancelled',
  'unknown>sent',
  'unknown>failed',
  'unknown>delivered',
  'unknown>read',
  'sent>failed',
  'sent>delivered',
  'sent>read',
  'failed>delivered',
  'failed>read',
  'delivered>read',
]);

const pairs = messageStates.flatMap((from) => messageStates.map((to) => [from, to] as const));

describe('a change of state', () => {
  test.each(pairs)('from %s to %s', (from, to) => {
    expect(sourcesOf(to).includes(from)).toBe(allowed.has(`${from}>${to}`));
  });

  test('never leads from unknown back to the queue, on any way', () => {
    const reached = new Set<MessageState>(['unknown']);
    for (const from of reached)
      for (const to of messageStates) if (sourcesOf(to).includes(from)) reached.add(to);
    expect(reached.has('queued')).toBe(false);
    expect(reached.has('sending')).toBe(false);
  });
});

test('reports lead to the same state in any order and however often they come', () => {
  const reports = fc.array(fc.constantFrom<MessageState>('sent', 'failed', 'delivered', 'read'), {
    maxLength: 8,
  });
  const after = (start: MessageState, heard: MessageState[]) =>
    heard.reduce((state, next) => (sourcesOf(next).includes(state) ? next : state), start);
  fc.assert(
    fc.property(
      fc.constantFrom<MessageState>('sent', 'unknown'),
      reports,
      fc.func(fc.nat()),
      (start, heard, rank) => {
        const shuffled = heard.map((state, at) => [state, rank(at)] as const).sort((a, b) => a[1] - b[1]);
        const other = shuffled.map(([state]) => state);
        expect(after(start, other)).toBe(after(start, heard));
        expect(after(start, [...other, ...heard])).toBe(after(start, heard));
      },
    ),
  );
});

test('a message is settled when nothing more is awaited', () => {
  expect(messageStates.filter(isSettled)).toEqual(['delivered', 'read', 'failed', 'cancelled'].sort(byTable));
});

function byTable(one: string, other: string): number {
  return messageStates.indexOf(one as MessageState) - messageStates.indexOf(other as MessageState);
}

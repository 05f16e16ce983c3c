/** One person's turns follow each other, other people pass by, and nobody fills the queue. */
import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { personQueue, QueueFull } from '../../src/turns/queue.ts';

/** Work that ends when it is told to. */
function held() {
  let finish!: (value?: string) => void;
  let fail!: (error: Error) => void;
  let started = false;
  const done = new Promise<string>((resolve, reject) => {
    finish = (value = 'done') => {
      resolve(value);
    };
    fail = reject;
  });
  const work = () => {
    started = true;
    return done;
  };
  return { work, finish, fail, isStarted: () => started };
}

describe('the queue of a person', () => {
  it('runs her turns one after the other, in order', async () => {
    const queue = personQueue();
    const order: number[] = [];
    let running = 0;
    const turns = Array.from({ length: 15 }, (_, turn) =>
      queue.run('her', async () => {
        running += 1;
        expect(running).toBe(1);
        for (let wait = 15 - turn; wait > 0; wait--) await tick();
        order.push(turn);
        running -= 1;
        return turn;
      }),
    );
    expect(await Promise.all(turns)).toEqual(order);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order).toHaveLength(15);
  });

  it('does not hold up anybody else', async () => {
    const queue = personQueue();
    const slow = held();
    const first = queue.run('her', slow.work);
    expect(await queue.run('him', () => Promise.resolve('his'))).toBe('his');
    slow.finish();
    expect(await first).toBe('done');
  });

  it('starts at once when nobody waits', () => {
    const queue = personQueue();
    const turn = held();
    void queue.run('her', turn.work);
    expect(turn.isStarted()).toBe(true);
    turn.finish();
  });

  it('goes on after a turn that failed, which fails for its own caller only', async () => {
    const queue = personQueue();
    const bad = held();
    const first = queue.run('her', bad.work);
    const second = queue.run('her', () => Promise.resolve('next'));
    bad.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect(await second).toBe('next');
    await expect(queue.run('her', () => Promise.reject(new Error('again')))).rejects.toThrow('again');
    expect(await queue.run('her', () => Promise.resolve('still'))).toBe('still');
  });

  it('refuses the turn that finds too many waiting, and takes turns again when they are done', async () => {
    const queue = personQueue();
    const slow = held();
    let ran = 0;
    const turns = [queue.run('her', slow.work)];
    let refused = 0;
    for (let turn = 0; turn < 100; turn++) {
      const waiting = queue.run('her', () => {
        ran += 1;
        return Promise.resolve('');
      });
      turns.push(
        waiting.catch((error: unknown) => {
          expect(error).toBeInstanceOf(QueueFull);
          refused += 1;
          return '';
        }),
      );
    }
    expect(await queue.run('him', () => Promise.resolve('his'))).toBe('his');
    slow.finish();
    await Promise.all(turns);
    expect(ran).toBeGreaterThanOrEqual(10);
    expect(ran).toBeLessThan(30);
    expect(refused).toBe(100 - ran);
    expect(await queue.run('her', () => Promise.resolve('later'))).toBe('later');
  });

  it('counts only who is waiting now: turns that follow each other for hours fill nothing', async () => {
    const queue = personQueue();
    let previous = held();
    let running = queue.run('her', previous.work);
    for (let turn = 0; turn < 60; turn++) {
      // There is always one waiting behind the one that runs.
      const next = held();
      const waiting = queue.run('her', next.work);
      previous.finish();
      await running;
      [previous, running] = [next, waiting];
    }
    previous.finish();
    await running;
    expect(queue.size).toBe(0);
  });

  it('forgets everybody who is done', async () => {
    const queue = personQueue();
    const turns = ['a', 'b', 'c'].map((key) => queue.run(key, () => Promise.resolve()));
    const failed = queue.run('d', () => Promise.reject(new Error('x'))).catch(() => undefined);
    expect(queue.size).toBe(4);
    await Promise.all([...turns, failed]);
    expect(queue.size).toBe(0);
  });
});

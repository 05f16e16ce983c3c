/** What a turn costs when a million people and conversations are stored, against a thousand: the same service twice. */
import { figuresOf, median, speedOf, type Figures } from './figures.ts';
import { fillDatabase } from './fill.ts';
import type { Measured } from './load.ts';
import { measure, warmUp } from './rounds.ts';
import type { Generator } from './started.ts';
import { startDurableWasl, type Place } from './subjects.ts';

export type Growth = {
  small: Figures;
  large: Figures;
  /** How much longer a turn takes, by turns a second and by p50: the median of the rounds. */
  cost: number;
  p50Cost: number;
  fillSeconds: number;
  stored: Record<string, number>;
};

const LARGE = 1_000_000;
const AT_ONCE = 20;
const ROUNDS = 5;

export async function measureGrowth(
  place: Place,
  generator: Generator,
  seconds: number,
  progress: (line: string) => void,
): Promise<Growth> {
  const small = await startDurableWasl(place, { database: 'small', redisDatabase: 2 });
  const started = performance.now();
  let stored: Record<string, number> = {};
  const large = await startDurableWasl(place, {
    database: 'large',
    redisDatabase: 3,
    fill: async (url) => {
      stored = await fillDatabase(url, LARGE, progress);
    },
  });
  const fillSeconds = (performance.now() - started) / 1_000;
  for (const subject of [small, large]) await warmUp(place, generator, subject);
  const rounds: { small: Measured[]; large: Measured[] } = { small: [], large: [] };
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever comes second finds the machine as the first left it: they change places.
    const order = round % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const);
    for (const name of order) {
      const subject = name === 'small' ? small : large;
      rounds[name].push(await measure(place, generator, subject, AT_ONCE, { seconds, warmUpSeconds: 1 }));
    }
    progress(`growth, round ${round + 1} of ${ROUNDS}`);
  }
  await Promise.all([small.server.stop(), large.server.stop()]);
  const ratioOf = (figure: (measured: Measured) => number) =>
    median(rounds.large.map((measured, n) => figure(measured) / figure(rounds.small[n] ?? measured)));
  return {
    small: figuresOf(rounds.small),
    large: figuresOf(rounds.large),
    cost: 1 / ratioOf(speedOf),
    p50Cost: ratioOf(({ p50 }) => p50),
    fillSeconds,
    stored,
  };
}

/** Measures the subjects in turns, round after round, so that a machine that slows down or is busy slows all alike. */
import type { Measured } from './load.ts';
import type { Generator } from './started.ts';
import type { Key, Place, Subject } from './subjects.ts';

export const CONCURRENCIES = [1, 20, 100] as const;

/** One subject at one number of callers, in each round. */
export type Cell = { key: Key; atOnce: number; rounds: Measured[] };

export type RoundOptions = { rounds: number; seconds: number; warmUpSeconds: number };

export async function measureRounds(
  place: Place,
  generator: Generator,
  subjects: ReadonlyMap<Key, Subject>,
  options: RoundOptions,
  progress: (line: string) => void,
): Promise<Cell[]> {
  for (const [key, subject] of subjects) {
    progress(`warming up (${key})`);
    await warmUp(place, generator, subject);
  }
  const cells: Cell[] = [...subjects.keys()].flatMap((key) =>
    CONCURRENCIES.map((atOnce) => ({ key, atOnce, rounds: [] })),
  );
  for (let round = 1; round <= options.rounds; round++) {
    for (const atOnce of CONCURRENCIES) {
      for (const [key, subject] of subjects) {
        const measured = await measure(place, generator, subject, atOnce, options);
        cells.find((cell) => cell.key === key && cell.atOnce === atOnce)?.rounds.push(measured);
        const { turns, seconds, p50 } = measured;
        progress(
          `round ${round}: (${key}) ${atOnce} at once: ${Math.round(turns / seconds)} turns/s, p50 ${p50.toFixed(2)} ms`,
        );
      }
    }
  }
  return cells;
}

/** Enough for what is hot to be compiled and for each caller to have chosen her language; the first minutes are no figure. */
const WARM_UP = { atOnce: 20, dialogs: 1_500, limitMs: 30_000 };

export async function warmUp(place: Place, generator: Generator, subject: Subject): Promise<void> {
  const { atOnce, dialogs, limitMs } = WARM_UP;
  checked(
    await generator.perform({ ...jobFor(place, subject, atOnce), warmUpMs: 0, measureMs: limitMs, dialogs }),
  );
}

/** Throws when anybody got a wrong answer: a figure for wrong answers is none. */
export async function measure(
  place: Place,
  generator: Generator,
  subject: Subject,
  atOnce: number,
  options: Omit<RoundOptions, 'rounds'>,
): Promise<Measured> {
  return checked(
    await generator.perform({
      ...jobFor(place, subject, atOnce),
      warmUpMs: options.warmUpSeconds * 1_000,
      measureMs: options.seconds * 1_000,
    }),
  );
}

function jobFor({ people }: Place, { server, ussdUrl, blind }: Subject, atOnce: number) {
  return { url: ussdUrl, pid: server.pid, atOnce, callers: people.callers, blind };
}

function checked(measured: Measured): Measured {
  if (measured.wrong.length > 0) {
    throw new Error(`callers got wrong answers:\n  ${measured.wrong.join('\n  ')}`);
  }
  if (measured.turns === 0) throw new Error('nobody got an answer in the time given');
  return measured;
}

/** From rounds to figures: medians, and ratios within one round, which a slow minute of the machine does not bend. */
import type { Measured } from './load.ts';
import type { Cell } from './rounds.ts';
import type { Key } from './subjects.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return below === undefined || above === undefined ? Number.NaN : (below + above) / 2;
}

export const speedOf = ({ turns, seconds }: Measured): number => turns / seconds;

export type Figures = { turnsPerSecond: number; p50: number; p99: number; cpuPerTurn: number | null };

/** Each figure is the median of the rounds. Latencies in milliseconds, CPU time in microseconds. */
export function figuresOf(rounds: readonly Measured[]): Figures {
  const cpu = rounds.flatMap(({ cpuPerTurn }) => cpuPerTurn ?? []);
  return {
    turnsPerSecond: median(rounds.map(speedOf)),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    cpuPerTurn: cpu.length === 0 ? null : median(cpu),
  };
}

/** Turns a second of one subject over another's, the median of the rounds; undefined when one was not measured. */
export function speedRatio(cells: readonly Cell[], one: Key, other: Key, atOnce: number): number | undefined {
  const roundsOf = (key: Key) => cells.find((cell) => cell.key === key && cell.atOnce === atOnce)?.rounds;
  const below = roundsOf(other);
  const ratios = roundsOf(one)?.flatMap((round, n) => {
    const counterpart = below?.[n];
    return counterpart ? [speedOf(round) / speedOf(counterpart)] : [];
  });
  return ratios === undefined || ratios.length === 0 ? undefined : median(ratios);
}

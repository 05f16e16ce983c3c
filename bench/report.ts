/** What the bench says in the end: a table, ratios, and for each target whether it was met. */
import os from 'node:os';
import { figuresOf, speedRatio, type Figures } from './figures.ts';
import type { Growth } from './growth.ts';
import type { Memory, Trend } from './memory.ts';
import { deskLines, deskTargets, type Desk } from './desk.ts';
import { CONCURRENCIES, type Cell } from './rounds.ts';
import { NAMES, type Key } from './subjects.ts';

export type Results = { cells: Cell[]; growth?: Growth; memory?: Memory; desk?: Desk };

export type Target = { what: string; measured: string; met: boolean };

const RATIOS: readonly (readonly [Key, Key])[] = [
  ['d', 'b'],
  ['c', 'b'],
  ['d', 'e'],
  ['e', 'b'],
];
const JUDGED_AT = 20;
const LEAST_OF_LIBRARY = 0.5;
const MOST_P99_MS = 50;
const MOST_GROWTH = 1.25;
const MOST_LIVE_GROWTH = 1.1;
const MOST_RESIDENT_GROWTH = 1.25;

export function render(results: Results): string {
  const { cells, growth, memory, desk } = results;
  return [
    machine(),
    ...(cells.length === 0 ? [] : [...CONCURRENCIES.map((atOnce) => table(cells, atOnce)), ratios(cells)]),
    ...(growth ? [growthLines(growth)] : []),
    ...(memory ? [memoryLines(memory)] : []),
    ...(desk ? [deskLines(desk)] : []),
    targetsOf(results)
      .map(({ what, measured, met }) => `${met ? 'PASS' : 'MISS'}  ${what}: ${measured}`)
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

export function machine(): string {
  const [cpu] = os.cpus();
  const [load = 0] = os.loadavg();
  return `Node ${process.versions.node}, ${os.cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, load ${load.toFixed(1)} at the end`;
}

function table(cells: readonly Cell[], atOnce: number): string {
  const rows = cells
    .filter((cell) => cell.atOnce === atOnce)
    .map(({ key, rounds }) => row(`(${key}) ${NAMES[key]}`, figuresOf(rounds)));
  return [row(`${atOnce} ${atOnce === 1 ? 'caller' : 'callers at once'}`), ...rows].join('\n');
}

function row(title: string, figures?: Figures): string {
  const columns = figures
    ? [
        figures.turnsPerSecond.toFixed(0),
        figures.p50.toFixed(2),
        figures.p99.toFixed(2),
        figures.cpuPerTurn?.toFixed(0) ?? '-',
      ]
    : ['turns/s', 'p50 ms', 'p99 ms', 'CPU us/turn'];
  return title.padEnd(42) + columns.map((column) => column.padStart(12)).join('');
}

function ratios(cells: readonly Cell[]): string {
  const lines = RATIOS.flatMap(([one, other]) => {
    const columns = CONCURRENCIES.map((atOnce) => speedRatio(cells, one, other, atOnce));
    if (columns.includes(undefined)) return [];
    const written = columns.map((ratio) => (ratio?.toFixed(2) ?? '').padStart(12)).join('');
    return [`${one}/${other}`.padEnd(42) + written];
  });
  if (lines.length === 0) return '';
  const heads = CONCURRENCIES.map((atOnce) => `at ${atOnce}`.padStart(12)).join('');
  return ['turns/s, ratios'.padEnd(42) + heads, ...lines].join('\n');
}

function growthLines({ small, large, cost, p50Cost, stored, fillSeconds }: Growth): string {
  const rows = Object.values(stored).reduce((sum, count) => sum + count, 0);
  return [
    row('(d) by what is stored, 20 callers'),
    row('    1,000 families', small),
    row('    and 1,000,000 people more', large),
    `    cost of a turn x ${cost.toFixed(2)} (turns/s), x ${p50Cost.toFixed(2)} (p50); ${rows} rows stored in ${fillSeconds.toFixed(0)} s`,
  ].join('\n');
}

function memoryLines({ sessions, live, resident }: Memory): string {
  const line = (what: string, { firstQuarter, lastQuarter, slope }: Trend) =>
    `    ${what}: ${firstQuarter.toFixed(1)} MiB in the first quarter, ${lastQuarter.toFixed(1)} MiB in the last, ${slope.toFixed(0)} bytes a session`;
  return [`(d) memory over ${sessions} sessions`, line('in use', live), line('resident', resident)].join(
    '\n',
  );
}

/** The targets of what was measured. */
export function targetsOf({ cells, growth, memory, desk }: Results): Target[] {
  const ratio = speedRatio(cells, 'd', 'b', JUDGED_AT);
  const durable = cells.find(({ key, atOnce }) => key === 'd' && atOnce === JUDGED_AT);
  const p99 = durable && figuresOf(durable.rounds).p99;
  const targets: (Target | undefined)[] = [
    ratio === undefined
      ? undefined
      : {
          what: `(d) has at least ${LEAST_OF_LIBRARY} of the turns a second of (b), at ${JUDGED_AT} callers`,
          measured: ratio.toFixed(2),
          met: ratio >= LEAST_OF_LIBRARY,
        },
    p99 === undefined
      ? undefined
      : {
          what: `p99 of (d) at ${JUDGED_AT} callers is below ${MOST_P99_MS} ms`,
          measured: `${p99.toFixed(1)} ms`,
          met: p99 < MOST_P99_MS,
        },
    growth && {
      what: `with a million people and conversations a turn costs less than ${MOST_GROWTH} times as much`,
      measured: growth.cost.toFixed(2),
      met: growth.cost < MOST_GROWTH,
    },
    memory && flat('in use', memory.live, MOST_LIVE_GROWTH),
    memory && flat('resident', memory.resident, MOST_RESIDENT_GROWTH),
    ...(desk ? deskTargets(desk) : []),
  ];
  return targets.filter((target) => target !== undefined);
}

function flat(what: string, { firstQuarter, lastQuarter }: Trend, most: number): Target {
  return {
    what: `memory ${what} in the last quarter is below ${most} times that in the first`,
    measured: (lastQuarter / firstQuarter).toFixed(3),
    met: lastQuarter < firstQuarter * most,
  };
}

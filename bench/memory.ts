/** Does memory stay flat? Fifty thousand sessions, nearly each of another phone; what is left when it rests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './callers.ts';
import { residentMiB } from './process-figures.ts';
import type { Generator } from './started.ts';
import { startDurableWasl, strangers, type Place } from './subjects.ts';

export type Memory = {
  sessions: number;
  /** What is in use once garbage is collected: heap and buffers. It shows a leak. */
  live: Trend;
  /** What the process has from the system: more than is in use, and it is given back late, so it wavers. */
  resident: Trend;
};

/** MiB after each batch; `slope`: bytes a session, by least squares over all samples. */
export type Trend = { samples: number[]; firstQuarter: number; lastQuarter: number; slope: number };

const SESSIONS = 50_000;
const WARM_UP_SESSIONS = 5_000;
const BATCH = 2_500;
/** Every tenth caller is in the registry, and asks for her payment. */
const KNOWN_EVERY = 10;
const AT_ONCE = 20;
const BATCH_LIMIT_MS = 120_000;
const SETTLE_MS = 750;
const MIB = 1_048_576;

/** Loaded into the service: when told to, it collects garbage and writes down how many bytes are left in use. */
const collector = (file: string) =>
  `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  process.on('SIGUSR2', () => {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    writeFileSync(${JSON.stringify(file)}, String(heapUsed + external));
  });`)}`;

export async function measureMemory(
  place: Place,
  generator: Generator,
  progress: (line: string) => void,
): Promise<Memory> {
  const liveFile = join(place.folder, 'live-bytes');
  const subject = await startDurableWasl(place, {
    database: 'memory',
    redisDatabase: 4,
    nodeFlags: ['--expose-gc', '--import', collector(liveFile)],
  });
  const { pid } = subject.server;
  const everybody = mix(strangers(WARM_UP_SESSIONS + SESSIONS), place.people.callers);

  const call = async (callers: Caller[]) => {
    const { wrong, dialogs } = await generator.perform({
      url: subject.ussdUrl,
      pid,
      atOnce: AT_ONCE,
      callers,
      blind: false,
      warmUpMs: 0,
      measureMs: BATCH_LIMIT_MS,
      dialogs: callers.length,
    });
    if (wrong.length > 0) throw new Error(`callers got wrong answers:\n  ${wrong.join('\n  ')}`);
    if (dialogs < callers.length) throw new Error('the sessions of the memory test took too long');
  };
  const rest = async (): Promise<{ live: number; resident: number }> => {
    await sleep(SETTLE_MS);
    process.kill(pid, 'SIGUSR2');
    await sleep(SETTLE_MS);
    const resident = residentMiB(pid);
    if (resident === null) throw new Error('resident memory can only be read on Linux');
    return { live: Number(readFileSync(liveFile, 'utf8')) / MIB, resident };
  };

  await call(everybody.slice(0, WARM_UP_SESSIONS));
  const samples: { live: number; resident: number }[] = [];
  for (let from = WARM_UP_SESSIONS; from < everybody.length; from += BATCH) {
    await call(everybody.slice(from, from + BATCH));
    const sample = await rest();
    samples.push(sample);
    const { live, resident } = sample;
    progress(
      `memory: ${from + BATCH - WARM_UP_SESSIONS} sessions, ${live.toFixed(1)} MiB in use, ${resident.toFixed(0)} resident`,
    );
  }
  await subject.server.stop();
  return {
    sessions: SESSIONS,
    live: trendOf(samples.map(({ live }) => live)),
    resident: trendOf(samples.map(({ resident }) => resident)),
  };
}

function trendOf(samples: number[]): Trend {
  const quarter = Math.ceil(samples.length / 4);
  return {
    samples,
    firstQuarter: mean(samples.slice(0, quarter)),
    lastQuarter: mean(samples.slice(-quarter)),
    slope: slopeOf(samples) * (MIB / BATCH),
  };
}

function mix(unknown: Caller[], known: readonly Caller[]): Caller[] {
  return unknown.map((stranger, n) => {
    const caller = n % KNOWN_EVERY === 0 ? known[(n / KNOWN_EVERY) % known.length] : undefined;
    return caller ?? stranger;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rise from one sample to the next. */
function slopeOf(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const average = mean(samples);
  let rise = 0;
  let run = 0;
  samples.forEach((sample, n) => {
    rise += (n - middle) * (sample - average);
    run += (n - middle) ** 2;
  });
  return rise / run;
}

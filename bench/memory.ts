/** Does memory stay flat? Fifty thousand sessions, nearly each of another phone; resident memory when it is idle. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './callers.ts';
import { residentMiB } from './process-figures.ts';
import type { Generator } from './started.ts';
import { startDurableWasl, strangers, type Place } from './subjects.ts';

export type Memory = {
  sessions: number;
  /** MiB after each batch. */
  samples: number[];
  firstQuarter: number;
  lastQuarter: number;
  /** Bytes a session, by least squares over all samples. */
  slope: number;
};

const SESSIONS = 50_000;
const WARM_UP_SESSIONS = 5_000;
const BATCH = 2_500;
/** Every tenth caller is in the registry, and asks for her payment. */
const KNOWN_EVERY = 10;
const AT_ONCE = 20;
const BATCH_LIMIT_MS = 120_000;
const SETTLE_MS = 750;
/** Loaded into the service: collects garbage when told to, so that what is left can be compared. */
const COLLECTOR = "data:text/javascript,process.on('SIGUSR2', () => globalThis.gc())";

export async function measureMemory(
  place: Place,
  generator: Generator,
  progress: (line: string) => void,
): Promise<Memory> {
  const subject = await startDurableWasl(place, {
    database: 'memory',
    redisDatabase: 4,
    nodeFlags: ['--expose-gc', '--import', COLLECTOR],
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
  const restingMiB = async (): Promise<number> => {
    await sleep(SETTLE_MS);
    process.kill(pid, 'SIGUSR2');
    await sleep(SETTLE_MS);
    const resident = residentMiB(pid);
    if (resident === null) throw new Error('resident memory can only be read on Linux');
    return resident;
  };

  await call(everybody.slice(0, WARM_UP_SESSIONS));
  const samples: number[] = [];
  for (let from = WARM_UP_SESSIONS; from < everybody.length; from += BATCH) {
    await call(everybody.slice(from, from + BATCH));
    samples.push(await restingMiB());
    progress(`memory: ${from + BATCH - WARM_UP_SESSIONS} sessions, ${samples.at(-1)?.toFixed(1) ?? ''} MiB`);
  }
  await subject.server.stop();
  const quarter = Math.ceil(samples.length / 4);
  return {
    sessions: SESSIONS,
    samples,
    firstQuarter: mean(samples.slice(0, quarter)),
    lastQuarter: mean(samples.slice(-quarter)),
    slope: slopeOf(samples) * (1_048_576 / BATCH),
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

/**
 * `npm run bench`: Wasl beside a bare Express app, the npm library ussd-menu-builder and the floor of the machine, in one
 * run on one machine. docs/bench.md says what is measured and how to read it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inventPopulation } from './callers.ts';
import { measureCampaign, renderCampaign } from './campaign.ts';
import { measureDesk } from './desk.ts';
import { figuresOf } from './figures.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { measureNotices, renderNotices } from './notices.ts';
import { measurePaymentsFile, renderPaymentsFile } from './payments-file.ts';
import { machine, render, targetsOf, type Results } from './report.ts';
import { measureRounds } from './rounds.ts';
import { run, startGenerator, stopAll } from './started.ts';
import { NAMES, openPlace, startSubject, type Key, type Subject } from './subjects.ts';

const USAGE = `npm run bench -- [--quick] [--only a,b,c,d,e] [--growth] [--memory] [--seconds n] [--cpu-prof]
  --quick     one short round of the table, one to two minutes
  --only      the table with these subjects only
  --growth    only the cost of a million people; --memory only memory; both: both
  --seconds   of each measurement (4)
  --cpu-prof  write a CPU profile of (d) to bench/results

npm run bench -- desk [--people n] [--messages n]
  only the desk: timeline and search with 1,000,000 people and 10,000,000 messages, or as many as asked

npm run bench -- notices [--notices n]
  only a wave of payment notices (100,000, or as many as asked), with workers killed all the time

npm run bench -- campaign [--people n]
  only how long 1,000,000 due payments, or as many as asked, take into the outbox

npm run bench -- payments-file [--megabytes n]
  only in how much memory a payment file of 3,000 MB, or as many as asked, is read
`;

const PEOPLE = 1_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const resultsFolder = join(root, 'bench', 'results');

type Options = {
  subjects: Key[];
  growth: boolean;
  memory: boolean;
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  cpuProf: boolean;
  notices?: number;
  campaign?: number;
  paymentsFile?: number;
  desk?: { people: number; messages: number };
};

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      people: { type: 'string', default: '1000000' },
      messages: { type: 'string', default: '10000000' },
      notices: { type: 'string', default: '100000' },
      megabytes: { type: 'string', default: '3000' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      growth: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      'cpu-prof': { type: 'boolean', default: false },
    },
  });
  const isDesk = positionals.length === 1 && positionals[0] === 'desk';
  const isNotices = positionals.length === 1 && positionals[0] === 'notices';
  const isCampaign = positionals.length === 1 && positionals[0] === 'campaign';
  const isPaymentsFile = positionals.length === 1 && positionals[0] === 'payments-file';
  const isAlone = isDesk || isNotices || isCampaign || isPaymentsFile;
  const megabytes = Number(values.megabytes);
  const notices = Number(values.notices);
  const desk = { people: Number(values.people), messages: Number(values.messages) };
  const isSized = Object.values(desk).every((count) => Number.isInteger(count) && count >= 10_000);
  if (!isSized || !(notices > 0 && megabytes > 0) || (positionals.length > 0 && !isAlone))
    throw new Error(USAGE);
  const { quick, growth, memory } = values;
  const keys = (values.only ?? 'a,b,c,d,e').split(',').map((key) => key.trim());
  const seconds = Number(values.seconds ?? (quick ? 2 : 4));
  if (!keys.every(isKey) || !(seconds > 0 && seconds <= 600)) throw new Error(USAGE);
  const isPart = quick || values.only !== undefined;
  return {
    subjects: growth || memory || isAlone ? (values.only === undefined ? [] : keys) : keys,
    growth: growth || !(isPart || memory || isAlone),
    memory: memory || !(isPart || growth || isAlone),
    rounds: quick ? 1 : 3,
    seconds,
    warmUpSeconds: quick ? 0.7 : 1,
    cpuProf: values['cpu-prof'],
    ...(isDesk ? { desk } : {}),
    ...(isNotices ? { notices } : {}),
    ...(isCampaign ? { campaign: desk.people } : {}),
    ...(isPaymentsFile ? { paymentsFile: megabytes } : {}),
  };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(NAMES, key);
}

async function bench(options: Options, folder: string): Promise<Results | undefined> {
  const needsWasl =
    options.notices !== undefined ||
    options.growth ||
    options.memory ||
    options.subjects.some((key) => key === 'c' || key === 'd');
  if (needsWasl) {
    progress('npm run build');
    await run('npm', ['run', 'build', '--prefix', root]);
  }
  const place = openPlace(folder, inventPopulation(PEOPLE));
  if (options.notices !== undefined) {
    const result = await measureNotices(place, options.notices, progress);
    progress('');
    process.stdout.write(`${renderNotices(result)}\n`);
    return undefined;
  }
  if (options.campaign !== undefined) {
    const result = await measureCampaign(place, options.campaign, progress);
    progress('');
    process.stdout.write(`${renderCampaign(result)}\n`);
    return undefined;
  }
  if (options.paymentsFile !== undefined) {
    const result = await measurePaymentsFile(place, options.paymentsFile, progress);
    progress('');
    process.stdout.write(`${renderPaymentsFile(result)}\n`);
    return undefined;
  }
  const generator = startGenerator();
  const profiling = ['--cpu-prof', '--cpu-prof-dir', resultsFolder];
  const subjects = new Map<Key, Subject>();
  for (const key of options.subjects) {
    progress(`starting (${key}) ${NAMES[key]}`);
    subjects.set(key, await startSubject(key, place, options.cpuProf ? profiling : []));
  }
  const results: Results = { cells: await measureRounds(place, generator, subjects, options, progress) };
  for (const { server } of subjects.values()) await server.stop();
  if (options.growth) results.growth = await measureGrowth(place, generator, options.seconds, progress);
  if (options.memory) results.memory = await measureMemory(place, generator, progress);
  if (options.desk) results.desk = await measureDesk(place, options.desk, progress);
  return results;
}

function progress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

function record(results: Results): void {
  const cells = results.cells.map(({ key, atOnce, rounds }) => ({
    key,
    name: NAMES[key],
    atOnce,
    ...figuresOf(rounds),
    rounds,
  }));
  const file = join(resultsFolder, 'latest.json');
  const content = {
    at: new Date().toISOString(),
    machine: machine(),
    ...results,
    cells,
    targets: targetsOf(results),
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** Stops everything and leaves no file behind, however the bench ends. */
async function cleanUp(folder: string): Promise<void> {
  await stopAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

const options = readOptions();
mkdirSync(join(root, '.data'), { recursive: true });
mkdirSync(resultsFolder, { recursive: true });
// On the disk of the project, not in a memory file system that some machines have under /tmp.
const folder = mkdtempSync(join(root, '.data', 'bench-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted.abort();
    void cleanUp(folder).finally(() => process.exit(130));
  });
}
try {
  const results = await bench(options, folder);
  if (results) {
    progress('');
    record(results);
    process.stdout.write(`${render(results)}\n`);
  }
} catch (error) {
  if (!interrupted.signal.aborted) {
    process.stderr.write(`\nbench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} finally {
  if (!interrupted.signal.aborted) {
    await cleanUp(folder);
    process.exit();
  }
}

/**
 * `npm run bench -- payments-file`: a payment file far larger than memory, of which most lines are refused: in how much
 * memory it is read, and that nothing but the good lines is in afterwards.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importPayments } from '../src/payments/import/import.ts';
import { profilesDir } from '../src/paths.ts';
import { openKeys } from '../src/privacy/keys.ts';
import { loadProfile } from '../src/profiles/profile.ts';
import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { newDatabase, type Place } from './subjects.ts';

const MIB = 1_048_576;
const HEADER = 'household_id,payment_ref,programme,amount,currency,status,from,until,place,note\n';
const NOTE = 'x'.repeat(900);
/** One line in so many is good: each of those is a transaction, and reading is what is measured. */
const GOOD = 2_000;

export type FileResult = {
  megabytes: number;
  lines: number;
  good: number;
  counts: { accepted: number; parked: number; rejected: number };
  problems: number;
  events: number;
  seconds: number;
  /** Highest resident memory of this process meanwhile, in MiB. */
  peak: number;
};

/** Lines whose amounts are written in two ways, and now and then one that will do. */
function* rowsOf(lines: number): Generator<string> {
  yield `\ufeff${HEADER}`;
  for (let n = 1; n <= lines; n += 1) {
    const amount = n % GOOD === 0 ? '145.00' : n % 2 === 0 ? '"1.145,00"' : '"145,00"';
    const id = createHash('md5').update(String(n)).digest('hex').slice(0, 12);
    yield `HH-${id},PAY-${n},CASH,${amount},USD,ready,2026-11-20,2026-12-10,Saida,${NOTE}\n`;
  }
}

export async function measurePaymentsFile(
  place: Place,
  megabytes: number,
  progress: (line: string) => void,
): Promise<FileResult> {
  const url = await newDatabase(place, 'payments_file');
  await migrate(url);
  const db = openDatabase(url);
  const file = join(place.folder, 'payments.csv');
  const lines = Math.ceil(megabytes * 1_000);
  let peak = 0;
  try {
    progress(`writing ${lines} lines`);
    await pipeline(Readable.from(rowsOf(lines)), createWriteStream(file));
    const keys = await openKeys(db, { current: randomBytes(32) });
    const deps = { db, keys, profile: loadProfile('demo', profilesDir), now: () => new Date() };
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
    const start = performance.now();
    const { problems, ...counts } = await importPayments(deps, file, {
      onProgress: ({ fraction }) => {
        progress(`${(fraction * 100).toFixed(0)} % read`);
      },
    }).finally(() => {
      clearInterval(watch);
    });
    const { rows } = await db.query<{ events: number }>('select count(*) as events from payment_event');
    return {
      ...{ megabytes, lines, good: Math.floor(lines / GOOD), counts, problems: problems.length },
      ...{ events: rows[0]?.events ?? 0, seconds: (performance.now() - start) / 1_000 },
      peak: Math.round(peak / MIB),
    };
  } finally {
    await db.close();
    rmSync(file, { force: true });
  }
}

/** What must hold, each with whether it does. */
export function renderPaymentsFile(result: FileResult): string {
  const { megabytes, lines, good, counts, problems, events, seconds, peak } = result;
  const line = (holds: boolean, text: string) => `${holds ? 'yes' : 'NO '}  ${text}`;
  return [
    `${megabytes} MB, ${lines} lines, ${seconds.toFixed(0)} s: ${(megabytes / seconds).toFixed(1)} MB a second`,
    line(counts.rejected === lines - good, `${counts.rejected} lines refused of ${lines - good} bad ones`),
    line(events === good, `${events} events in of ${good} good lines`),
    line(problems === Math.min(1_000, lines - good), `${problems} refused lines listed`),
    line(peak < 512, `at most ${peak} MiB`),
  ].join('\n');
}

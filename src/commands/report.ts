/** `wasl report`: what is published of the service. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { monthPeriod, type Period } from '../insight/period.ts';
import { publicCsv, publicTable } from '../insight/public-table.ts';
import { receiptCsv, receiptTable } from '../insight/receipt-table.ts';
import { createLogger } from '../observe.ts';
import { untoldCsv } from '../payments/untold.ts';
import type { Database } from '../store/database.ts';

/** Writes the public table of a month that is over, to a file or to standard output. */
export function reportMonth(config: Config, month: string, options: { out?: string }): Promise<void> {
  return report(config, month, options, async (db, period) =>
    publicCsv(month, await publicTable(db, period)),
  );
}

/** Writes what people said of their payments in a month that is over, by who paid them out; it names nobody. */
export function reportReceipts(config: Config, month: string, options: { out?: string }): Promise<void> {
  return report(config, month, options, async (db, period) =>
    receiptCsv(month, await receiptTable(db, period)),
  );
}

/**
 * Writes who was not told of a payment, by office, so that they are told by other means; the month may still go on.
 * It names families by the registry's number, so it is for staff and not published.
 */
export async function reportUntold(config: Config, month: string, { out }: { out?: string }): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  try {
    const period = monthPeriod(month, deployment.profile.calendar.tz);
    if (!period) throw new Error('MONTH: must look like 2026-10');
    const lines = Readable.from(untoldCsv(deployment, period));
    await pipeline(lines, out === undefined ? process.stdout : createWriteStream(out), {
      end: out !== undefined,
    });
  } finally {
    await deployment.close();
  }
}

async function report(
  config: Config,
  month: string,
  options: { out?: string },
  write: (db: Database, period: Period) => Promise<string>,
): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  try {
    const period = monthPeriod(month, deployment.profile.calendar.tz);
    if (!period) throw new Error('MONTH: must look like 2026-10');
    if (period.end > new Date()) throw new Error('MONTH: is not over yet: its numbers would change');
    const csv = await write(deployment.db, period);
    if (options.out === undefined) process.stdout.write(csv);
    else await writeFile(options.out, csv);
  } finally {
    await deployment.close();
  }
}

/** `wasl report`: what is published of the service. */
import { writeFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { monthPeriod } from '../insight/period.ts';
import { publicCsv, publicTable } from '../insight/public-table.ts';
import { createLogger } from '../observe.ts';

/** Writes the public table of a month that is over, to a file or to standard output. */
export async function reportMonth(config: Config, month: string, options: { out?: string }): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  try {
    const period = monthPeriod(month, deployment.profile.calendar.tz);
    if (!period) throw new Error('MONTH: must look like 2026-10');
    if (period.end > new Date()) throw new Error('MONTH: is not over yet: its numbers would change');
    const csv = publicCsv(month, await publicTable(deployment.db, period));
    if (options.out === undefined) process.stdout.write(csv);
    else await writeFile(options.out, csv);
  } finally {
    await deployment.close();
  }
}

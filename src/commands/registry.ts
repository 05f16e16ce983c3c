/** `wasl import registry` and `wasl generate`: a registry brought in, or invented. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { createLogger } from '../observe.ts';
import { importRegistry } from '../registry/import.ts';
import { writePopulation } from '../registry/population.ts';

/** Imports a file. Lines that were refused are listed and make the exit code 2; all others are in. */
export async function importRegistryFile(config: Config, file: string, asJson: boolean): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
  });
  try {
    const result = await importRegistry(deployment.db, deployment.keys, file, {
      country: deployment.profile.numbers.country,
      updateMonths: deployment.profile.windows.update_months,
      signal: stop.signal,
      onProgress: ({ households, fraction }) => {
        if (!asJson && process.stderr.isTTY)
          process.stderr.write(`\r${Math.floor(fraction * 100)} %  ${households} households`);
      },
    });
    if (!asJson && process.stderr.isTTY) process.stderr.write('\n');
    if (asJson) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      for (const { line, reason } of result.rejected)
        process.stderr.write(`line ${line}: refused: ${reason}\n`);
      for (const { line, reason } of result.warnings) process.stderr.write(`line ${line}: ${reason}\n`);
      process.stdout.write(
        `${result.households} households with ${result.members} persons are in, ${result.unchanged} unchanged, ${result.counts.rejected} lines refused.\n`,
      );
    }
    if (result.counts.rejected > 0) process.exitCode = 2;
  } finally {
    await deployment.close();
  }
}

/** Writes `households` invented families; the phones begin where the demo's end when there are many. */
export async function generatePopulation(households: string, file: string, seed: string): Promise<void> {
  const count = Number(households);
  if (!Number.isInteger(count) || count < 1) throw new Error('households: must be a whole number above 0');
  if (!/^\d{1,9}$/.test(seed)) throw new Error('--seed: must be a whole number');
  const stream = createWriteStream(file);
  const lines = await writePopulation(stream, {
    households: count,
    seed: Number(seed),
    today: new Date().toISOString().slice(0, 10),
    ...(count > 60_000 ? { phones: { first: 96_170_001_000, last: 96_170_001_000 + count * 2 } } : {}),
  });
  stream.end();
  await finished(stream);
  process.stdout.write(`${lines} households written to ${file}\n`);
}

/** `wasl import payments`: a file of payment events, or of the payment columns of a registry export. */
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { readLocales } from '../locales.ts';
import { hotlineSwitch } from '../notifications/hotline.ts';
import { createNotifier } from '../notifications/notify.ts';
import { createLogger } from '../observe.ts';
import { importPayments } from '../payments/import/import.ts';
import { createTexts } from '../render/texts.ts';

export type ImportPaymentsOptions = { json?: boolean; silent?: boolean };

/** Lines that were refused are listed and make the exit code 2; all others are in. `silent`: nobody is told. */
export async function importPaymentsFile(
  config: Config,
  file: string,
  { json = false, silent = false }: ImportPaymentsOptions,
): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  const { db, keys, profile } = deployment;
  const hotline = await hotlineSwitch(db, profile);
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort(new Error('stopped; the same command goes on from here'));
  });
  const showsProgress = !json && process.stderr.isTTY;
  try {
    const texts = createTexts(readLocales(), profile, hotline.isUp);
    const result = await importPayments(
      {
        db,
        keys,
        profile,
        now: () => new Date(),
        ...(silent ? {} : { notifier: createNotifier({ keys, texts, profile }) }),
      },
      file,
      {
        signal: stop.signal,
        onProgress: ({ fraction, accepted, duplicate, parked, rejected }) => {
          if (!showsProgress) return;
          const lines = accepted + duplicate + parked + rejected;
          process.stderr.write(`\r${Math.floor(fraction * 100)} %  ${lines} lines`);
        },
      },
    );
    if (showsProgress) process.stderr.write('\n');
    const { accepted, duplicate, parked, rejected, problems } = result;
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      for (const { line, reason } of problems) process.stderr.write(`line ${line}: refused: ${reason}\n`);
      process.stdout.write(
        `${accepted} events are in, ${duplicate} were in before, ${parked} wait for their beneficiary, ${rejected} lines refused.\n`,
      );
    }
    if (rejected > 0) process.exitCode = 2;
  } finally {
    await hotline.stop();
    await deployment.close();
  }
}

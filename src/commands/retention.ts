/** `wasl retention run`: removes what has been kept long enough, or says what that would be. */
import type { Config } from '../config.ts';
import { withDeployment } from '../deployment.ts';
import { dueByRetention, runRetention } from '../privacy/retention.ts';

export type RetentionOptions = { dryRun?: boolean; json?: boolean };

/** Safe to stop and to repeat, and beside a running service, which does the same once a day. */
export async function retentionRun(config: Config, { dryRun, json }: RetentionOptions): Promise<void> {
  await withDeployment(config, async (deployment) => {
    const now = new Date();
    const classes = dryRun
      ? await dueByRetention(deployment, now)
      : await runRetention(deployment, { by: 'command', now });
    if (json) {
      process.stdout.write(`${JSON.stringify({ dry_run: dryRun === true, classes })}\n`);
      return;
    }
    const width = Math.max(...classes.map(({ name }) => name.length));
    const lines = classes.map(
      ({ name, keep, rows }) => `${name.padEnd(width)}  ${String(rows).padStart(9)}  ${keep}`,
    );
    const said = dryRun ? 'Rows that are due; nothing was changed.' : 'Rows removed or emptied.';
    process.stdout.write(`${lines.join('\n')}\n${said}\n`);
  });
}

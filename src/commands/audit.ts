/** `wasl audit verify`: is the audit what it was when it was written? */
import type { Config } from '../config.ts';
import { withDeployment } from '../deployment.ts';
import { verifyAudit, type Head } from '../privacy/audit-chain.ts';

/** Exit code 2 when something is wrong; the first wrong row is named. */
export async function auditVerify(
  config: Config,
  { noted, json }: { noted?: string; json?: boolean },
): Promise<void> {
  const before = noted === undefined ? undefined : headOf(noted);
  await withDeployment(config, async (deployment) => {
    const found = await verifyAudit(deployment, before);
    const { intact, first, rows, blocks, waiting, head, sealedAt } = found;
    if (!intact) process.exitCode = 2;
    if (json === true) {
      process.stdout.write(
        `${JSON.stringify({ intact, first, rows, blocks, waiting, head: head && wordOf(head), sealed_at: sealedAt })}\n`,
      );
      return;
    }
    const lines = intact
      ? [`The audit is intact: ${rows} rows in ${blocks} blocks.`]
      : [`The audit is NOT intact. ${first ?? ''}`, `Before that, ${rows} rows in ${blocks} blocks are.`];
    if (waiting > 0) lines.push(`${waiting} rows are too new to be chained.`);
    if (head && intact)
      lines.push(`Write down outside this machine, and give it next time with --noted: ${wordOf(head)}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}

const wordOf = ({ block, position, hash }: Head): string => `${block}:${position}:${hash}`;

function headOf(word: string): Head {
  const match = /^(\d{1,15}):(\d{1,15}):([0-9a-f]{64})$/.exec(word.trim());
  if (!match)
    throw new Error('--noted: must look like 12:3456:<64 hexadecimal digits>, as verify printed it');
  return { block: Number(match[1]), position: Number(match[2]), hash: match[3] ?? '' };
}

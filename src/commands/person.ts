/** `wasl person`: gives a person what is held about her, or erases it. */
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { Config } from '../config.ts';
import { withDeployment } from '../deployment.ts';
import { erasePerson, StillOpen, type Erased } from '../privacy/erase-person.ts';
import { exportPerson } from '../privacy/export-person.ts';
import { exportPrivate } from '../privacy/export-private.ts';
import { findSubject, type Asked, type Subject } from '../privacy/subject.ts';

type WhoOptions = { phone?: string; household?: string };
export type ExportOptions = WhoOptions & { out?: string; private?: boolean };
export type EraseOptions = WhoOptions & {
  close?: boolean;
  keepOpen?: boolean;
  yes?: boolean;
  json?: boolean;
};

const BY = 'command';

/** Writes one JSON value to `--out` (readable by its owner only, never over another file), or to standard output. */
export async function personExport(config: Config, options: ExportOptions): Promise<void> {
  const asked = whoOf(options);
  const { out } = options;
  if (options.private === true && !('phone' in asked))
    throw new Error('--private: is asked for by --phone: a private matter belongs to no household');
  if (options.private === true && out === undefined)
    throw new Error('--private: needs --out: it goes to a file of its own, never to a screen');
  await withDeployment(config, async (deployment) => {
    const subject = await findSubject(deployment.db, deployment.keys, asked);
    const deed = { by: BY, now: new Date() };
    const held =
      options.private === true && subject.kind === 'phone'
        ? await exportPrivate(deployment, subject, deed)
        : await exportPerson(deployment, subject, deed);
    const text = `${JSON.stringify(held, null, 2)}\n`;
    if (out === undefined) process.stdout.write(text);
    else await writeFile(out, text, { mode: 0o600, flag: 'wx' });
  });
}

/** Asks before it acts. Exit code 3: nothing was done, because cases are open or nobody said yes. */
export async function personErase(config: Config, options: EraseOptions): Promise<void> {
  const asked = whoOf(options);
  if (options.close === true && options.keepOpen === true)
    throw new Error('--close and --keep-open: give one of them');
  await withDeployment(config, async (deployment) => {
    const subject = await findSubject(deployment.db, deployment.keys, asked);
    if (!(await agreed(subject, options))) return;
    try {
      const open = options.close === true ? 'close' : options.keepOpen === true ? 'keep' : 'refuse';
      const erased = await erasePerson(deployment, subject, { open, by: BY, now: new Date() });
      process.stdout.write(options.json === true ? `${JSON.stringify(erased)}\n` : receipt(erased));
    } catch (error) {
      if (!(error instanceof StillOpen)) throw error;
      refuse(error, options);
    }
  });
}

function whoOf({ phone, household }: WhoOptions): Asked {
  if (phone !== undefined && household === undefined) {
    if (!/^\+[1-9]\d{6,14}$/.test(phone))
      throw new Error('--phone: must be international, such as +96170000001');
    return { phone };
  }
  if (household !== undefined && phone === undefined && household.trim() !== '')
    return { household: household.trim() };
  throw new Error('give --phone or --household, one of them');
}

async function agreed(subject: Subject, { yes }: EraseOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    process.stderr.write('wasl: nothing was erased: --yes erases it\n');
    process.exitCode = 3;
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = subject.kind === 'phone' ? 'held about this phone' : 'held about this household';
    const said = await terminal.question(`Erase what is ${what}? It cannot be brought back. [y/N] `);
    if (/^\s*y(es)?\s*$/i.test(said)) return true;
    process.stdout.write('Nothing was erased.\n');
    return false;
  } finally {
    terminal.close();
  }
}

function refuse({ references }: StillOpen, { json }: EraseOptions): void {
  process.exitCode = 3;
  if (json === true) process.stdout.write(`${JSON.stringify({ refused: 'open', open: references })}\n`);
  else
    process.stderr.write(
      `wasl: nothing was erased: still open: ${references.join(', ')}; ` +
        '--keep-open keeps them and erases the rest, --close takes them back first\n',
    );
}

function receipt({ erased, closed, kept, stays }: Erased): string {
  const rows = Object.entries(erased);
  const lines = [
    rows.length === 0 ? 'Nothing was held that may be erased.' : 'Erased or emptied, rows by table:',
    ...rows.map(([table, count]) => `  ${table.padEnd(22)}${count}`),
    ...(closed.length > 0 ? [`Taken back first: ${closed.join(', ')}`] : []),
    ...(kept.length > 0 ? [`Kept whole until they are closed: ${kept.join(', ')}. Erase again then.`] : []),
    'What stays:',
    ...stays.map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

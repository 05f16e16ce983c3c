/** Compiles the project, once a run and only when a test needs it: those that start the program or look at its pages. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { root } from '../../src/paths.ts';

/** As `npm run build`. */
const PROJECTS = ['tsconfig.build.json', 'src/simulator/page', 'src/console/page'];

/** Of tsc: there are errors, and it wrote all the same. They are for `npm run check` to tell. */
const WRITTEN_WITH_ERRORS = 2;

/** The program, compiled. */
export const CLI = path.join(root, 'dist/src/cli.js');

/** Test files run in several processes: the first that comes compiles, the others wait. */
export async function compiled(): Promise<void> {
  const folder = path.join(inject('runFolder'), 'compiled');
  const done = path.join(folder, 'done');
  const failed = path.join(folder, 'failed');
  if (isFirst(folder)) {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    for (const project of PROJECTS) {
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], {
        cwd: root,
        encoding: 'utf8',
      });
      if (status === 0 || status === WRITTEN_WITH_ERRORS) continue;
      writeFileSync(failed, '');
      throw new Error(`${project} does not compile:\n${stdout}`);
    }
    writeFileSync(done, '');
  }
  while (!existsSync(done)) {
    if (existsSync(failed)) throw new Error('the project does not compile: npm run build says why');
    await sleep(100);
  }
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

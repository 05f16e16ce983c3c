/** `wasl serve` as a process of its own, which a test can kill without warning and start again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI, compiled } from './compiled.ts';
import { freePort } from './free-port.ts';

await compiled();

export type ChildService = {
  url: string;
  /** Resolves when it answers; rejects when it ends before. */
  start(): Promise<void>;
  /** SIGKILL: no handler runs, no socket is closed in order. */
  kill(): Promise<void>;
};

export async function childService(env: Record<string, string>): Promise<ChildService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = mkdtempSync(path.join(tmpdir(), 'wasl-child-'));
  const key = randomBytes(32).toString('base64');
  let child: ChildProcess | undefined;

  async function answers(): Promise<boolean> {
    return fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  return {
    url,
    start: async () => {
      const started = spawn(process.execPath, [CLI, 'serve'], {
        env: {
          PATH: process.env['PATH'] ?? '',
          NODE_ENV: 'test',
          PORT: String(port),
          DATA_DIR: dataDir,
          ENCRYPTION_KEY: key,
          LOG_LEVEL: 'silent',
          ...env,
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      child = started;
      while (!(await answers())) {
        if (started.exitCode !== null) throw new Error(`the service ended with ${started.exitCode}`);
        await sleep(50);
      }
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

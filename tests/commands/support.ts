/** Runs the `wasl` command as an operator does: in a process of its own, with an environment of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../../src/paths.ts';
import { CLI, compiled } from '../support/compiled.ts';

export type Ended = { code: number | null; out: string; err: string };

export type Running = {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Resolves to the match once standard output has it; rejects when the process ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
};

await compiled();

/** Nothing of the test's own environment gets in, but the path. */
export function start(args: string[], env: Record<string, string> = {}, input?: string): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: 'pipe',
  });
  // A command that hangs does not outlive the test run.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  let out = '';
  let err = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out, err });
    });
  });
  return {
    child,
    out: () => out,
    err: () => err,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          const match = pattern.exec(out);
          if (!match) return;
          watchers.delete(watch);
          resolve(match);
        };
        watchers.add(watch);
        watch();
        void ended.then(() => {
          reject(new Error(`ended without ${String(pattern)}: ${out}${err}`));
        });
      }),
    ended,
  };
}

export const wasl = (args: string[], env: Record<string, string> = {}, input?: string): Promise<Ended> =>
  start(args, env, input ?? '').ended;

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'wasl-command-'));
}

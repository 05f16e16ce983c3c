/** Everything the bench starts: servers, PostgreSQL, Redis, the load generator. What is started here is stopped by stopAll. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.ts';
import { isAlive, readKeeper } from '../src/store/postgres-state.ts';
import type { Job, Measured } from './load.ts';

export type Server = { url: string; pid: number; stop: () => Promise<void> };

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const TYPESCRIPT = ['--import', import.meta.resolve('tsx')];

const stops = new Set<() => Promise<void>>();

/** Stops whatever still runs, the newest first. */
export async function stopAll(): Promise<void> {
  for (const stop of [...stops].reverse()) await stop();
}

/** One of the bench's own servers, a TypeScript file of this folder. */
export function startOwn(file: string, args: string[] = []): Promise<Server> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  return startServer([...TYPESCRIPT, program, ...args], { NODE_ENV: 'production' });
}

/** The compiled service: `node dist/src/cli.js serve`. */
export function startWasl(environment: NodeJS.ProcessEnv, nodeFlags: string[] = []): Promise<Server> {
  return startServer([...nodeFlags, waslProgram(), 'serve'], { ...environment, PORT: '0' });
}

/** `wasl worker`; resolves once it works. `kill` is kill -9. */
export async function startWorker(environment: NodeJS.ProcessEnv): Promise<{ kill: () => Promise<void> }> {
  const child = spawn(...tied(process.execPath, [waslProgram(), 'worker']), {
    env: { ...plainEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stopWithUs(child);
  const works = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => {
      reject(new Error('a worker did not start'));
    });
  });
  await works;
  return {
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** A command of the compiled service, to its end. Throws with its last words when it fails. */
export async function runWasl(args: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  await run(process.execPath, [waslProgram(), ...args], environment);
}

/** A program to its end, without its output. Throws with its last words when it fails. */
export async function run(file: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn(...tied(file, args), {
    env: { ...plainEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said = `${said}${part.toString()}`.slice(-2_000)));
  child.stderr.on('data', (part: Buffer) => (said = `${said}${part.toString()}`.slice(-2_000)));
  stopWithUs(child);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} failed:\n${said.trim()}`);
}

function waslProgram(): string {
  return fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
}

async function startServer(args: string[], environment: NodeJS.ProcessEnv): Promise<Server> {
  const child = spawn(...tied(process.execPath, args), {
    env: { ...plainEnvironment(), ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const stop = stopWithUs(child);
  const pid = child.pid;
  if (pid === undefined) throw new Error('a server could not be started');
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    const give = setTimeout(
      reject,
      START_LIMIT_MS,
      new Error(`a server takes too long to start: ${args.join(' ')}`),
    );
    child.once('exit', () => {
      clearTimeout(give);
      reject(new Error(`a server did not start: ${args.join(' ')}`));
    });
    // Goes on reading after that: whatever it still says must not fill the pipe.
    lines.on('line', (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (found === undefined) return;
      clearTimeout(give);
      resolve(found);
    });
  });
  return { url, pid, stop };
}

/** A PostgreSQL of our own with fsync and synchronous commits, as the embedded one is for anybody. */
export async function startPostgres(dataDir: string): Promise<string> {
  const { url, stop } = await startEmbeddedPostgres({ dataDir, durable: true });
  stops.add(async () => {
    await stop();
    await endKeeper(dataDir);
  });
  return url;
}

/** Makes sure that the embedded PostgreSQL of this folder is gone; the last process that used it is. */
export async function endKeeper(dataDir: string): Promise<void> {
  const keeper = readKeeper(dataDir);
  if (keeper === undefined || !isAlive(keeper)) return;
  process.kill(keeper.pid, 'SIGTERM');
  const limit = Date.now() + STOP_LIMIT_MS;
  while (isAlive(keeper) && Date.now() < limit) await sleep(20);
}

/** A redis-server from the PATH that keeps an append-only file. Throws one line when there is none. */
export async function startRedis(folder: string): Promise<string> {
  const program = onPath('redis-server');
  if (program === undefined) {
    throw new Error(
      'redis-server is not on the PATH (on Debian: apt-get install redis-server); --only a,b,c does without',
    );
  }
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const child = spawn(...tied(program, [...options, '--save', '', '--appendonly', 'yes']), {
    stdio: 'ignore',
  });
  stopWithUs(child);
  await once(child, 'spawn');
  return `redis://127.0.0.1:${port}`;
}

export type Generator = { perform(job: Job): Promise<Measured> };

export function startGenerator(): Generator {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), { execArgv: TYPESCRIPT });
  stopWithUs(child);
  return {
    async perform(job) {
      const over = new AbortController();
      const gone = once(child, 'exit', { signal: over.signal }).then(() => {
        throw new Error('the load generator ended');
      });
      gone.catch(() => undefined);
      child.send(job);
      try {
        const [measured] = (await Promise.race([once(child, 'message'), gone])) as [Measured];
        return measured;
      } finally {
        over.abort();
      }
    },
  };
}

/** Stops a child with everything else. Returns how to stop it before. */
function stopWithUs(child: ChildProcess): () => Promise<void> {
  const stop = async () => {
    stops.delete(stop);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(kill);
  };
  stops.add(stop);
  child.once('exit', () => stops.delete(stop));
  return stop;
}

/** A command that the kernel ends with us, where it can be asked to: after a kill -9 nothing is left running. */
function tied(file: string, args: string[]): [string, string[]] {
  return onPath('setpriv') ? ['setpriv', ['--pdeathsig', 'TERM', file, ...args]] : [file, args];
}

/** No setting of the shell's reaches what is measured. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), TZ: 'UTC' };
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

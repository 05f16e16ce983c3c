/** Starts what all tests share, once a run: a PostgreSQL cluster and a Redis in a temporary folder; finds Chromium. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { isAlive, readKeeper } from '../../src/store/postgres-state.ts';
import { findPrograms, onPath } from './programs.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- only an interface can be extended
  export interface ProvidedContext {
    /** A superuser's URL of the shared cluster; tests take a database of their own from support/postgres.ts. */
    postgresUrl: string;
    /** The shared Redis, database 0; tests take a database of their own from support/redis.ts. */
    redisUrl: string;
    chromiumPath: string;
    /** Of this run alone, and gone after it. */
    runFolder: string;
  }
}

const FOLDER = 'wasl-tests-';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  removeLeftovers();
  const programs = findPrograms();
  const folder = join(tmpdir(), `${FOLDER}${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  const [postgres, redis] = await Promise.all([
    startPostgres(join(folder, 'postgres')),
    startRedis(programs.redis, folder),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  project.provide('chromiumPath', programs.chromium);
  project.provide('runFolder', folder);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

type Started = { url: string; stop: () => Promise<void> };

async function startPostgres(dataDir: string): Promise<Started> {
  const { url, stop } = await startEmbeddedPostgres({ dataDir, durable: false });
  return {
    url,
    stop: async () => {
      await stop();
      const keeper = readKeeper(dataDir);
      if (keeper === undefined || !isAlive(keeper)) return;
      process.kill(keeper.pid, 'SIGTERM');
      while (isAlive(keeper)) await sleep(10);
    },
  };
}

async function startRedis(program: string, folder: string): Promise<Started> {
  const port = await freePort();
  // A killed test run takes its Redis along where the kernel can be asked to.
  const [file = program, ...wrapper] = onPath('setpriv')
    ? ['setpriv', '--pdeathsig', 'TERM', program]
    : [program];
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--databases', '4096', '--dir', folder];
  const server = spawn(file, [...wrapper, ...options, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const gone = once(server, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(`${url}/0`);
  client.on('error', () => undefined);
  await Promise.race([
    client.ping(),
    gone.then(() => {
      throw new Error(`${program} ended at once; start it by hand to see why.`);
    }),
  ]);
  client.disconnect();
  return {
    url,
    stop: async () => {
      server.kill();
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Folders of runs that were killed; their PostgreSQL stopped by itself. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.startsWith(FOLDER) ? name.slice(FOLDER.length) : Number.NaN);
    if (pid > 0 && !isRunning(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

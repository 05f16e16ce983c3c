/**
 * A PostgreSQL of our own, for a laptop or a single office: started when first needed, shared by every process that
 * names the same folder, stopped when the last of them is gone (even by kill -9). See postgres-keeper.ts for who runs it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { plainEnvironment } from './postgres-programs.ts';
import { SOCKET_PORT } from './postgres-socket.ts';
import { hasCode, isAlive, readKeeper, takeHold } from './postgres-state.ts';

export type EmbeddedPostgresOptions = {
  /** Where the cluster lives, made when missing; the data itself goes to `pg<major>` in it, PostgreSQL's log beside it. */
  dataDir: string;
  /** false gives up safety against a machine's crash for speed; for tests. Default true. */
  durable?: boolean;
  /** Receives one line when the cluster is started or could not be brought back. */
  log?: (line: string) => void;
};

export type EmbeddedPostgres = {
  /** Connection URL of the database `wasl`, over a unix socket only this user may use. */
  url: string;
  /** Gives up this process's use of the cluster; PostgreSQL stops some seconds after the last one did. */
  stop: () => Promise<void>;
};

type Cluster = { dataDir: string; durable: boolean; log: (line: string) => void };

/** Generous, for crash recovery after a power cut on a slow disk. */
const START_LIMIT_MS = 5 * 60_000;
/** A keeper that ends without a word is tried again: another may have been in its place a moment before. */
const MOST_KEEPERS = 5;
const WATCH_MS = 2_000;

/**
 * Starts the cluster, or attaches to the running one. Throws one line saying what to do when PostgreSQL cannot run here
 * (the usual way out is DATABASE_URL).
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new Error('The embedded database needs Linux or macOS; set DATABASE_URL to a PostgreSQL server.');
  }
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const cluster = {
    dataDir: realpathSync(options.dataDir),
    durable: options.durable ?? true,
    log: options.log ?? (() => undefined),
  };
  const release = takeHold(cluster.dataDir);
  try {
    const url = await reach(cluster);
    const unwatch = watch(cluster);
    const stop = (): Promise<void> => {
      unwatch();
      release();
      return Promise.resolve();
    };
    return { url, stop };
  } catch (error) {
    release();
    throw error;
  }
}

/** Waits for a ready keeper, spawning one whenever there is none. The caller holds the cluster already. */
async function reach(cluster: Cluster): Promise<string> {
  const limit = Date.now() + START_LIMIT_MS;
  let spawned = 0;
  let child: ChildProcess | undefined;
  while (Date.now() < limit) {
    const keeper = readKeeper(cluster.dataDir);
    if (keeper !== undefined && isAlive(keeper)) {
      const url = keeper.phase === 'ready' ? await openDatabase(keeper.socketFolder) : undefined;
      if (url !== undefined) return url;
    } else if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      if (keeper?.phase === 'failed' && keeper.pid === child?.pid) throw new Error(keeper.error);
      if (spawned === MOST_KEEPERS) break;
      spawned += 1;
      cluster.log(`starting the embedded database in ${cluster.dataDir}`);
      child = spawnKeeper(cluster);
    }
    await sleep(20);
  }
  throw new Error(`The embedded database did not start; see ${join(cluster.dataDir, 'postgres.log')}`);
}

/** Brings the cluster back, should its keeper be killed while this process uses it. */
function watch(cluster: Cluster): () => void {
  let busy = false;
  const revive = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const keeper = readKeeper(cluster.dataDir);
      if (keeper === undefined || !isAlive(keeper)) await reach(cluster);
    } catch (error) {
      cluster.log(error instanceof Error ? error.message : 'the embedded database did not come back');
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void revive(), WATCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function spawnKeeper({ dataDir, durable }: Cluster): ChildProcess {
  const here = extname(fileURLToPath(import.meta.url));
  const program = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url)).replace(/\.ts$/, here);
  const loader =
    here === '.ts' ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  const log = openSync(join(dataDir, 'postgres.log'), 'a', 0o600);
  // Detached and away from our folder: neither a Ctrl-C at our terminal nor our end reaches it.
  const child = spawn(process.execPath, [...loader, program, dataDir, durable ? 'durable' : 'fast'], {
    cwd: '/',
    detached: true,
    env: plainEnvironment(),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined)
    throw new Error(`The embedded database needs to run ${process.execPath}, but cannot.`);
  return child;
}

/** The URL of the database `wasl`, made when missing; undefined while PostgreSQL does not take connections. */
async function openDatabase(socketFolder: string): Promise<string | undefined> {
  const urlOf = (database: string): string =>
    `postgres://wasl@localhost:${SOCKET_PORT}/${database}?host=${encodeURIComponent(socketFolder)}`;
  try {
    await run(urlOf('wasl'), 'select 1');
    return urlOf('wasl');
  } catch (error) {
    if (isPassing(error)) return undefined;
    if (!hasCode(error, '3D000')) throw error;
  }
  await run(urlOf('postgres'), 'create database wasl').catch((error: unknown) => {
    // Another process is making it just now, or has.
    if (!isPassing(error) && !hasCode(error, '42P04', '23505', '55006')) throw error;
  });
  return undefined;
}

/** Whether PostgreSQL was unreachable, starting or shutting down, which the next attempt may find over. */
function isPassing(error: unknown): boolean {
  return (
    hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03') ||
    (error instanceof Error && error.message === 'Connection terminated unexpectedly')
  );
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // A server that goes away is reported by the call below; unheard, the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

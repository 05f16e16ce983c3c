/** One embedded PostgreSQL cluster in a folder: made, started or found running, and stopped. For the keeper only. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPostgresPrograms, plainEnvironment } from './postgres-programs.ts';
import type { Command, PostgresPrograms } from './postgres-programs.ts';
import { prepareSocketFolder, SOCKET_PORT, socketFolderOf } from './postgres-socket.ts';
import { hasCode, isAlive, markOf } from './postgres-state.ts';
import type { ProcessMark } from './postgres-state.ts';

/** A cluster that accepts connections, on a socket in `socketFolder`. */
export type RunningCluster = { socketFolder: string; isRunning: () => boolean; stop: () => Promise<void> };

const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const STOP_LIMIT_MS = 30_000;

/**
 * `log` is the first level that leaves out a statement's errors, and terse leaves out details: both may quote a row.
 * The rest sizes the cluster for one office's machine.
 */
const SETTINGS = [
  `port=${SOCKET_PORT}`,
  'listen_addresses=',
  'unix_socket_permissions=0700',
  'max_connections=100',
  'shared_buffers=128MB',
  'max_wal_size=1GB',
  'checkpoint_timeout=15min',
  'jit=off',
  'timezone=UTC',
  'log_timezone=UTC',
  'logging_collector=off',
  'log_destination=stderr',
  'log_min_messages=log',
  'log_error_verbosity=terse',
  'log_statement=none',
  'log_min_error_statement=panic',
  'log_min_duration_statement=-1',
  'log_parameter_max_length=0',
  'log_parameter_max_length_on_error=0',
  'log_checkpoints=off',
];

const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Brings up the cluster of `dataDir`. A PostgreSQL left behind by a killed keeper is taken over; one that is shutting
 * down is waited for. Throws one line with the end of PostgreSQL's own log when it does not start.
 */
export async function runCluster(dataDir: string, durable: boolean): Promise<RunningCluster> {
  const socketFolder = socketFolderOf(dataDir);
  for (const name of readdirSync(dataDir).filter((entry) => /^pg\d+$/.test(entry))) {
    const left = await leftRunning(join(dataDir, name));
    if (left !== undefined) return left;
  }
  const programs = findPostgresPrograms(dataDir);
  const folder = join(dataDir, `pg${programs.major}`);
  const log = openLog(dataDir);
  if (existsSync(folder)) giveTo(programs, folder);
  else initialise(programs, dataDir, folder, durable, log);
  prepareSocketFolder(socketFolder, programs.owner);
  return running(await start(programs, folder, socketFolder, durable, log), socketFolder);
}

/** The cluster of a folder that still runs, once it is ready; undefined when none does or it has just stopped. */
async function leftRunning(folder: string): Promise<RunningCluster | undefined> {
  for (;;) {
    const postmaster = readPostmaster(folder);
    if (postmaster === undefined) return undefined;
    const { pid, socketFolder, status } = postmaster;
    const mark = markOf(pid);
    if (mark === undefined && pid > 0) return undefined;
    if (mark === undefined || !isPostmaster(pid, folder)) {
      // After a machine's crash the file may be empty or its id another process's; PostgreSQL would refuse to start.
      rmSync(join(folder, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (status === 'ready') return running({ pid, mark }, socketFolder);
    await sleep(20);
  }
}

type Postmaster = { pid: number; socketFolder: string; status: string };

/** `postmaster.pid`: id on line 1, socket folder on 5, the state of start-up or shutdown on 8 (PostgreSQL 10 on). */
function readPostmaster(folder: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), socketFolder: lines[4] ?? '', status: lines[7]?.trim() ?? '' };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isPostmaster(pid: number, folder: string): boolean {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder);
    } catch {
      return false;
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(folder);
}

function running(postmaster: ProcessMark, socketFolder: string): RunningCluster {
  const isRunning = (): boolean => isAlive(postmaster);
  const stop = async (): Promise<void> => {
    // SIGINT is the fast shutdown: open transactions roll back, what was committed is flushed. SIGQUIT needs recovery.
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      if (isRunning()) process.kill(postmaster.pid, signal);
      const limit = Date.now() + STOP_LIMIT_MS;
      while (isRunning() && Date.now() < limit) await sleep(20);
    }
    rmSync(socketFolder, { recursive: true, force: true });
  };
  return { socketFolder, isRunning, stop };
}

/** Makes the cluster beside its place and moves it there when complete, so that a kill leaves no half of one. */
function initialise(
  programs: PostgresPrograms,
  dataDir: string,
  folder: string,
  durable: boolean,
  log: number,
): void {
  for (const name of readdirSync(dataDir).filter((entry) => entry.startsWith('new-pg'))) {
    rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
  }
  const draft = join(dataDir, `new-pg${programs.major}-${process.pid}`);
  mkdirSync(draft, { mode: 0o700 });
  if (programs.owner !== undefined) chownSync(draft, programs.owner.uid, programs.owner.gid);
  // The C.UTF-8 of PostgreSQL itself (from 17) sorts the same on every machine and system library.
  const locale =
    programs.major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-locale']
      : ['--no-locale'];
  const args = [`--pgdata=${draft}`, '--username=wasl', '--auth=trust', '--encoding=UTF8', ...locale];
  const { file, args: all, user } = programs.command('initdb', durable ? args : [...args, '--no-sync']);
  const before = fstatSync(log).size;
  const run = spawnSync(file, all, { env: plainEnvironment(), stdio: ['ignore', log, log], ...user });
  if (run.status !== 0) {
    throw new Error(
      `The embedded database could not be made: ${run.error?.message ?? logSince(dataDir, before)}`,
    );
  }
  renameSync(draft, folder);
}

async function start(
  programs: PostgresPrograms,
  folder: string,
  socketFolder: string,
  durable: boolean,
  log: number,
): Promise<ProcessMark> {
  const settings = [...SETTINGS, `unix_socket_directories=${socketFolder}`, ...(durable ? [] : NOT_DURABLE)];
  const command = programs.command('postgres', ['-D', folder, ...settings.flatMap((one) => ['-c', one])]);
  const before = fstatSync(log).size;
  const child = spawnQuietly(command, log);
  for (;;) {
    const pid = child.pid;
    const mark = pid === undefined ? undefined : markOf(pid);
    if (pid === undefined || mark === undefined) {
      throw new Error(`The embedded database did not start: ${logSince(join(folder, '..'), before)}`);
    }
    const postmaster = readPostmaster(folder);
    if (postmaster?.pid === pid && postmaster.status === 'ready') return { pid, mark };
    await sleep(10);
  }
}

function spawnQuietly({ file, args, user }: Command, log: number): ReturnType<typeof spawn> {
  const child = spawn(file, args, { env: plainEnvironment(), stdio: ['ignore', log, log], ...user });
  // A program that cannot be spawned has no pid, which is what the caller looks at.
  child.on('error', () => undefined);
  return child;
}

/** Hands the cluster's files to whom the programs run as: the identity may change with the machine's settings. */
function giveTo(programs: PostgresPrograms, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = programs.owner ?? { uid: 0, gid: 0 };
  if (statSync(folder).uid === uid) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(folder, entry), uid, gid);
  chownSync(folder, uid, gid);
}

function openLog(dataDir: string): number {
  const log = openSync(join(dataDir, 'postgres.log'), 'a', 0o600);
  if (fstatSync(log).size > LOG_LIMIT_BYTES) ftruncateSync(log);
  return log;
}

/** The last lines PostgreSQL wrote since then, on one line, and where to read more. */
function logSince(dataDir: string, offset: number): string {
  const file = join(dataDir, 'postgres.log');
  const lines = readFileSync(file).subarray(offset).toString('utf8').trim().split('\n');
  return `${lines.slice(-4).join(' | ')} (see ${file})`;
}

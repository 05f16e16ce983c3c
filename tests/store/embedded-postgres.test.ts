/** The embedded PostgreSQL under what a machine does to it: two users at once, kill -9, long paths, restarts. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { isAlive, ownMark, readKeeper } from '../../src/store/postgres-state.ts';

let folder: string;
let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasl-embedded-'));
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const keeper = readKeeper(dataDir);
  if (keeper !== undefined && isAlive(keeper)) {
    process.kill(keeper.pid, 'SIGTERM');
    await until(() => !isAlive(keeper));
  }
  rmSync(folder, { recursive: true, force: true });
});

const start = (): ReturnType<typeof startEmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir, durable: false });

describe('the embedded PostgreSQL', () => {
  it('makes a cluster on the first start, in UTF-8, reachable only by its owner', async () => {
    const { url, stop } = await start();
    expect(await ask(url, 'show server_encoding')).toBe('UTF8');
    expect(await ask(url, 'select current_database()')).toBe('wasl');
    expect(await ask(url, 'show listen_addresses')).toBe('');
    const socketFolder = await ask(url, 'show unix_socket_directories');
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    await stop();
  });

  it('serves a second process beside the first, from one PostgreSQL', async () => {
    const { url, stop } = await start();
    const second = await holder();
    expect(second.url).toBe(url);
    expect(await ask(url, 'select pg_postmaster_start_time()::text')).toBe(
      await ask(second.url, 'select pg_postmaster_start_time()::text'),
    );
    await stop();
    // The second still holds it, long after the grace for the first is over.
    await sleep(4_000);
    expect(await ask(second.url, 'select 1')).toBe('1');
  });

  it('starts one PostgreSQL when several processes start at once', async () => {
    const holders = await Promise.all([holder(), holder(), start()]);
    const started = await Promise.all(
      holders.map(({ url }) => ask(url, 'select pg_postmaster_start_time()::text')),
    );
    expect(new Set(started).size).toBe(1);
    await holders[2].stop();
  });

  it('keeps what was committed when its last holder is killed, and stops within five seconds', async () => {
    const service = await holder(`
      await client.query('create table receipt (number int)');
      await client.query('insert into receipt values (1)');
      await client.query('begin');
      await client.query('insert into receipt values (2)');
    `);
    const postmaster = postmasterId();
    service.child.kill('SIGKILL');
    await until(() => !isRunning(postmaster), 5_000);
    await until(() => readKeeper(dataDir) === undefined);

    const { url, stop } = await start();
    expect(await ask(url, 'select array_agg(number)::text from receipt')).toBe('{1}');
    await stop();
  });

  it('comes back, with its data, for a process whose keeper was killed', async () => {
    const { url, stop } = await start();
    await ask(url, 'create table receipt as select 7 as number');
    await killKeeper();
    await until(async () => (await ask(url, 'select number from receipt').catch(() => '')) === '7', 15_000);
    await stop();
  });

  it('starts after its keeper was killed', async () => {
    const first = await start();
    await ask(first.url, 'create table receipt as select 7 as number');
    await first.stop();
    await killKeeper();
    const second = await start();
    expect(await ask(second.url, 'select number from receipt')).toBe('7');
    await second.stop();
  });

  it('starts again in the moment it is stopping', async () => {
    await (await start()).stop();
    for (const delay of [0, 10, 30, 60, 100]) {
      const keeper = readKeeper(dataDir);
      if (keeper !== undefined) process.kill(keeper.pid, 'SIGTERM');
      await sleep(delay);
      const { url, stop } = await start();
      expect(await ask(url, 'select 1')).toBe('1');
      await stop();
    }
  });

  it('starts after a crash of the machine left its files behind, their ids now of other processes', async () => {
    await (await start()).stop();
    await until(() => readKeeper(dataDir) === undefined, 10_000);
    const folderOfData = join(dataDir, 'pg18');
    writeFileSync(
      join(folderOfData, 'postmaster.pid'),
      `${process.pid}\n${folderOfData}\n0\n5432\n\n\n\nready\n`,
    );
    writeFileSync(
      join(dataDir, 'keeper.json'),
      JSON.stringify({ ...ownMark(), mark: 'an earlier boot', phase: 'ready' }),
    );
    writeFileSync(join(dataDir, 'holders', 'cut-short'), '');
    const { url, stop } = await start();
    expect(await ask(url, 'select 1')).toBe('1');
    await stop();
  });

  it('works in a data folder too long for a socket and closed to others', async () => {
    dataDir = join(folder, 'a-long-name-of-a-folder'.repeat(4), 'data');
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o700);
    chmodSync(folder, 0o700);
    const { url, stop } = await start();
    const socketFolder = await ask(url, 'show unix_socket_directories');
    expect(socketFolder.startsWith(dataDir)).toBe(false);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    await stop();
  });

  it('writes no value of a row or a parameter to its log', async () => {
    const { url, stop } = await start();
    await ask(url, 'create table citizen (phone text primary key, number int)');
    const add = 'insert into citizen values ($1, $2::text::int)';
    await ask(url, add, ['+249912345678', '1']);
    await expect(ask(url, add, ['+249912345678', '1'])).rejects.toThrow('duplicate key');
    await expect(ask(url, add, ['+249912345679', 'secret-word'])).rejects.toThrow('invalid input');
    const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toMatch(/2499123|secret-word|citizen/);
    await stop();
  });

  it('says in one line that the data is of a PostgreSQL not present, and makes no empty cluster', async () => {
    mkdirSync(join(dataDir, 'pg9'), { recursive: true });
    await expect(start()).rejects.toThrow(
      /^No PostgreSQL can run here.*DATABASE_URL.*the data is of 9[^\n]*$/,
    );
    expect(existsSync(join(dataDir, 'pg18'))).toBe(false);
  });
});

/** Another process that holds the cluster, after running some statements through `client`. */
async function holder(statements = ''): Promise<{ url: string; child: ChildProcess }> {
  const program = `
    import pg from 'pg';
    import { startEmbeddedPostgres } from './src/store/embedded-postgres.ts';
    const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    ${statements}
    console.log(url);
    setInterval(() => undefined, 1_000);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url, child };
}

async function killKeeper(): Promise<void> {
  const keeper = readKeeper(dataDir);
  expect(keeper?.phase).toBe('ready');
  if (keeper === undefined) return;
  process.kill(keeper.pid, 'SIGKILL');
  await until(() => !isAlive(keeper));
}

function postmasterId(): number {
  return Number(readFileSync(join(dataDir, 'pg18', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The first column of the first row, as text. */
async function ask(url: string, statement: string, values: string[] = []): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, values, rowMode: 'array' });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const limit = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`not so within ${limitMs} ms`);
    await sleep(50);
  }
}

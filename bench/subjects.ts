/** The five things that are compared, and how each is started on one machine with the same people. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import YAML from 'yaml';
import type { Caller, Population } from './callers.ts';
import {
  endKeeper,
  runWasl,
  startOwn,
  startPostgres,
  startRedis,
  startWasl,
  type Server,
} from './started.ts';

export type Key = 'a' | 'b' | 'c' | 'd' | 'e';

export const NAMES: Record<Key, string> = {
  a: 'bare Express, fixed text',
  b: 'ussd-menu-builder, nothing stored',
  c: 'Wasl embedded',
  d: 'Wasl on PostgreSQL + Redis, durable',
  e: 'floor: form, Redis, one commit',
};

/** A server to call: where, and whether it has only one answer. */
export type Subject = { server: Server; ussdUrl: string; blind: boolean };

/** Where the bench keeps its files, and what all of its servers share; PostgreSQL and Redis start when first needed. */
export type Place = {
  folder: string;
  people: Population;
  postgres: () => Promise<string>;
  redis: () => Promise<string>;
};

export function openPlace(folder: string, people: Population): Place {
  writeFileSync(join(folder, 'callers.json'), JSON.stringify(people.callers));
  writeFileSync(registryFile(folder), people.households.map((one) => `${JSON.stringify(one)}\n`).join(''));
  writeProfile(folder);
  let postgres: Promise<string> | undefined;
  let redis: Promise<string> | undefined;
  return {
    folder,
    people,
    postgres: () => (postgres ??= startPostgres(join(folder, 'postgres'))),
    redis: () => (redis ??= startRedis(join(folder, 'redis'))),
  };
}

export async function startSubject(key: Key, place: Place, nodeFlags: string[]): Promise<Subject> {
  switch (key) {
    case 'a':
      return own(await startOwn('server-express.ts'), true);
    case 'b':
      return own(await startOwn('server-menu-builder.ts', [join(place.folder, 'callers.json')]), false);
    case 'c':
      return startEmbeddedWasl(place);
    case 'd':
      return startDurableWasl(place, { database: 'durable', redisDatabase: 0, nodeFlags });
    case 'e':
      return own(
        await startOwn('server-floor.ts', [await newDatabase(place, 'floor'), `${await place.redis()}/1`]),
        true,
      );
  }
}

function own(server: Server, blind: boolean): Subject {
  return { server, ussdUrl: `${server.url}/ussd`, blind };
}

async function startEmbeddedWasl(place: Place): Promise<Subject> {
  const dataDir = join(place.folder, 'embedded');
  const environment = { ...waslEnvironment(place), NODE_ENV: 'development', DATA_DIR: dataDir };
  await runWasl(['import', 'registry', registryFile(place.folder)], environment);
  const server = await startWasl(environment);
  const stop = async () => {
    await server.stop();
    await endKeeper(dataDir);
  };
  return wasl({ ...server, stop });
}

export type DurableOptions = {
  database: string;
  redisDatabase: number;
  nodeFlags?: string[];
  /** Called with the URL when the database has its schema, before the registry of the callers is imported. */
  fill?: (databaseUrl: string) => Promise<void>;
};

/** The service as it runs in production, on a database of its own. */
export async function startDurableWasl(place: Place, options: DurableOptions): Promise<Subject> {
  const databaseUrl = await newDatabase(place, options.database);
  const environment = {
    ...waslEnvironment(place),
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    REDIS_URL: `${await place.redis()}/${options.redisDatabase}`,
  };
  await runWasl(['migrate'], environment);
  await options.fill?.(databaseUrl);
  await runWasl(['import', 'registry', registryFile(place.folder)], environment);
  await withClient(databaseUrl, async (client) => {
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
  return wasl(await startWasl(environment, options.nodeFlags));
}

function wasl(server: Server): Subject {
  return { server, ussdUrl: `${server.url}/webhooks/${TOKEN}/africastalking/ussd`, blind: false };
}

/** Runs `work` with a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A server that is stopped under us is reported by the query at hand.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Callers whose phones are in no file. */
export function strangers(count: number): Caller[] {
  const languages = ['ar', 'en', 'fr'] as const;
  return Array.from({ length: count }, (_, n) => ({
    phone: `+9613${String(100_000 + n)}`,
    language: languages[n % languages.length] ?? 'ar',
    last4: '',
    year: '',
    amount: null,
  }));
}

const TOKEN = 'bench-'.padEnd(40, 'x');
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

function waslEnvironment({ folder }: Place): NodeJS.ProcessEnv {
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: 'https://bench.example',
    PROFILE: profileFile(folder),
    WEBHOOK_TOKEN: TOKEN,
    ENCRYPTION_KEY,
    LOG_LEVEL: 'warn',
  };
}

/** An empty database on the PostgreSQL of the bench. */
export async function newDatabase(place: Place, name: string): Promise<string> {
  const url = new URL(await place.postgres());
  await withClient(url.href, (client) => client.query(`create database ${name}`));
  url.pathname = `/${name}`;
  return url.href;
}

function registryFile(folder: string): string {
  return join(folder, 'registry.ndjson');
}

function profileFile(folder: string): string {
  return join(folder, 'bench.yaml');
}

/** Profile demo without its own people, and without limits on how often the same few callers may call. */
function writeProfile(folder: string): void {
  const demo = YAML.parse(readFileSync(new URL('../profiles/demo.yaml', import.meta.url), 'utf8')) as {
    limits?: object;
  };
  const limits = {
    ...demo.limits,
    rate_per_person_per_minute: 100_000,
    rate_per_process_per_minute: 10_000_000,
  };
  writeFileSync(profileFile(folder), YAML.stringify({ ...demo, tenant: 'bench', limits }));
}

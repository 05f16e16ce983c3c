/**
 * The files by which the processes sharing one embedded cluster know of each other: `keeper.json` says who keeps
 * PostgreSQL running, `holders/` holds one file for each use of it. Both outlive a kill -9, so both name a process by
 * its id and its start, and whoever finds a dead owner takes its place.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A process, told apart from a later one with the same id by `mark` (its boot and start time). */
export type ProcessMark = { pid: number; mark: string };

/**
 * What the keeper says of itself. `stopping` is announced before the holders are counted a last time, so a process
 * that wrote its hold and still reads `ready` was counted. `failed` carries one line of explanation.
 */
export type KeeperState = ProcessMark &
  (
    | { phase: 'starting' | 'stopping' }
    | { phase: 'ready'; socketFolder: string }
    | { phase: 'failed'; error: string }
  );

/** The mark of this very process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, mark: markOf(process.pid) ?? '' };
}

/** Whether that process still runs; a zombie does not count. */
export function isAlive(owner: ProcessMark): boolean {
  return markOf(owner.pid) === owner.mark;
}

/** Reads who keeps the cluster in `dataDir`; undefined when nobody does or did. */
export function readKeeper(dataDir: string): KeeperState | undefined {
  return readJson(keeperFile(dataDir)) as KeeperState | undefined;
}

/**
 * Makes this process the keeper, unless a live one exists (then false). A file appears with its content (link fails
 * when the name is taken), so nobody reads half of it. A dead owner's file is moved aside and read again before it is
 * thrown away, because another process may have replaced it in between.
 */
export function claimKeeper(dataDir: string, own: KeeperState): boolean {
  const file = keeperFile(dataDir);
  const draft = writeDraft(dataDir, own);
  const aside = join(dataDir, `.keeper-${randomUUID()}`);
  try {
    for (;;) {
      if (linked(draft, file)) return true;
      const other = readKeeper(dataDir);
      if (other !== undefined && isAlive(other)) return false;
      if (!renamed(file, aside)) continue;
      const moved = readJson(aside) as KeeperState | undefined;
      if (moved !== undefined && isAlive(moved)) {
        linked(aside, file);
        return false;
      }
    }
  } finally {
    rmSync(draft, { force: true });
    rmSync(aside, { force: true });
  }
}

/** Whether `keeper.json` still names this process; false also when the folder was removed. */
export function isKeeper(dataDir: string, own: ProcessMark): boolean {
  const keeper = readKeeper(dataDir);
  return keeper?.pid === own.pid && keeper.mark === own.mark;
}

/** Publishes the keeper's next phase; only for the process that claimed. */
export function updateKeeper(dataDir: string, own: KeeperState): void {
  renameSync(writeDraft(dataDir, own), keeperFile(dataDir));
}

/** Gives the place up. */
export function releaseKeeper(dataDir: string): void {
  rmSync(keeperFile(dataDir), { force: true });
}

/** Says that this process uses the cluster; returns how to take that back. */
export function takeHold(dataDir: string): () => void {
  const folder = join(dataDir, 'holders');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${process.pid}-${randomUUID()}`);
  renameSync(writeDraft(dataDir, ownMark()), file);
  return () => {
    rmSync(file, { force: true });
  };
}

/** Whether any live process uses the cluster; throws the holds of dead ones away. */
export function hasHolder(dataDir: string): boolean {
  const folder = join(dataDir, 'holders');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .map((name) => join(folder, name))
    .some((file) => {
      const holder = readJson(file) as ProcessMark | undefined;
      if (holder !== undefined && isAlive(holder)) return true;
      rmSync(file, { force: true });
      return false;
    });
}

/** Whether an error of the file system or of the network carries this code. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Boot and start time of a live process, else undefined: ids are used again, the more so in containers. */
export function markOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // The command's name may hold spaces and brackets; state and start time are fields 3 and 22 of proc(5).
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot}/${fields[19] ?? ''}`;
    }
    const listed = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
    const [, state, start] = /^(\S+)\s+(.*\S)/.exec(listed.trim()) ?? [];
    return state === undefined || state.startsWith('Z') ? undefined : start;
  } catch {
    return undefined;
  }
}

function keeperFile(dataDir: string): string {
  return join(dataDir, 'keeper.json');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // A file's content is complete when it appears; an empty one was left by a power cut and has no live owner.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function writeDraft(dataDir: string, content: object): string {
  const draft = join(dataDir, `.draft-${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  return draft;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

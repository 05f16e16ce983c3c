/** The folder of the unix socket through which, and only through which, the embedded PostgreSQL is reached. */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only names the socket: nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** A socket's path holds 107 bytes on Linux and 103 on macOS; a longer data folder gets a short one for its socket. */
export function socketFolderOf(dataDir: string): string {
  const socket = `.s.PGSQL.${SOCKET_PORT}`;
  const fits = (folder: string): boolean => Buffer.byteLength(join(folder, socket)) <= 100;
  const beside = join(dataDir, 'socket');
  if (fits(beside)) return beside;
  const name = `wasl-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`;
  const temporary = join(tmpdir(), name);
  return fits(temporary) ? temporary : join('/tmp', name);
}

/**
 * Makes an empty folder for the socket, owned by whom PostgreSQL runs as (`user`, or us). Its mode is what keeps other
 * users of the machine out, so one that somebody else made is refused with one line.
 */
export function prepareSocketFolder(folder: string, user: { uid: number; gid: number } | undefined): void {
  const us = process.getuid?.();
  const owner = user?.uid ?? us;
  if (existsSync(folder)) {
    const found = lstatSync(folder);
    const trusted = found.isDirectory() && [us, owner].includes(found.uid) && (found.mode & 0o077) === 0;
    if (!trusted)
      throw new Error(`The embedded database's socket needs ${folder}, which is not ours; remove it.`);
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { mode: 0o700 });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

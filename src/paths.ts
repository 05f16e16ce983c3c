/** Where the files are that are read, not compiled: the same from src (development) and dist (production). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

function packageRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('no package.json above this file');
  return packageRoot(parent);
}

export const root = packageRoot(path.dirname(fileURLToPath(import.meta.url)));
export const profilesDir = path.join(root, 'profiles');
export const localesDir = path.join(root, 'locales');

/** The file of the profile of that name in `folder`, or of that path. */
export function profileFile(nameOrPath: string, folder: string): string {
  const isPath = /[/\\]|\.ya?ml$/.test(nameOrPath);
  return isPath ? path.resolve(nameOrPath) : path.join(folder, `${nameOrPath}.yaml`);
}

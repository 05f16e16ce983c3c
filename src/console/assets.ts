/** The console's styles and scripts, under an address that changes with their content, so that browsers keep them for good. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import express, { Router } from 'express';
import { root as packageRoot } from '../paths.ts';

export type Assets = { router: Router; css: string; script: string; icon: string };

/** Below the compiled root, since the scripts may import from src/render and the like. */
const SCRIPTS = 'console/page';

export function consoleAssets(root = packageRoot): Assets {
  const source = path.join(root, 'src/console/page');
  const built = path.join(root, 'dist/console');
  const version = versionOf([source, built]);
  const router = Router();
  router.use('/:version', (req, res, next) => {
    // An open page of the version before asks for what is here now, and must not keep it under the old address.
    const isCurrent = req.params.version === version;
    res.set('cache-control', isCurrent ? 'public, max-age=31536000, immutable' : 'no-store');
    next();
  });
  const files = { index: false, cacheControl: false, redirect: false, dotfiles: 'ignore' } as const;
  router.use('/:version/script', express.static(built, { ...files, extensions: false }));
  for (const file of ['console.css', 'icon.svg']) {
    router.get(`/:version/${file}`, (_req, res) => {
      res.sendFile(file, { root: source, cacheControl: false });
    });
  }
  const base = `/console/assets/${version}`;
  return {
    router,
    css: `${base}/console.css`,
    script: `${base}/script/${SCRIPTS}/main.js`,
    icon: `${base}/icon.svg`,
  };
}

function versionOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders.filter((one) => existsSync(one))) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(css|svg|js)$/.test(file))
      .sort();
    for (const file of files) hash.update(file).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

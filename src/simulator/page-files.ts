/** Serves the simulator's page: HTML, CSS and words as they stand in the source, its script as compiled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { root as packageRoot } from '../paths.ts';

/** Nothing from elsewhere, nothing inline; `data:` is the pattern behind the chat. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const notBuilt =
  'The page of the simulator is not built yet: run `npm run build`, then load this address again.';

/** Name under which the router serves a file, and the file. */
const files = {
  '/page.css': 'page.css',
  '/texts.json': 'texts.json',
  '/icon.svg': 'icon.svg',
} as const;

/** The page addresses its files below `/simulator`, so that it works with and without a final slash. */
export function pageFiles(root = packageRoot): Router {
  const source = join(root, 'src/simulator/page');
  const built = join(root, 'dist/simulator');
  const router = Router();
  router.use((_req, res, next) => {
    res.set({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    next();
  });
  router.get('/', (_req, res) => {
    if (existsSync(join(built, 'simulator/page/main.js'))) res.sendFile('page.html', { root: source });
    else res.status(503).type('text/plain').send(notBuilt);
  });
  for (const [path, file] of Object.entries(files))
    router.get(path, (_req, res) => {
      res.sendFile(file, { root: source });
    });
  router.use('/script', express.static(built, { index: false, cacheControl: false }));
  return router;
}

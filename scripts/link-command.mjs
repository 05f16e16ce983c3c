// Puts `wasl` where npx looks first, so that `npx wasl` starts at once instead of installing this package into its cache.
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

const command = new URL('../dist/src/cli.js', import.meta.url);
const bin = new URL('../node_modules/.bin/', import.meta.url);
if (process.platform !== 'win32') {
  chmodSync(command, 0o755);
  mkdirSync(bin, { recursive: true });
  rmSync(new URL('wasl', bin), { force: true });
  symlinkSync('../../dist/src/cli.js', new URL('wasl', bin));
}

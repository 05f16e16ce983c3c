/** Opens the real browser the browser tests drive. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { inject } from 'vitest';
import { compiled } from './compiled.ts';

// Before any hook, whose time is limited.
await compiled();

/** A headless Chromium, for pages whose scripts are compiled; no sandbox, because containers and root have none, and no traffic of its own. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: inject('chromiumPath'),
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

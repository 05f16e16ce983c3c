/** The console as a service of its own for its tests: a fresh database, the demo's staff, an address. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createConsole } from '../../src/console/console.ts';
import type { ConsoleDeps, ConsolePage } from '../../src/console/deps.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { openKeys } from '../../src/privacy/keys.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { createTexts } from '../../src/render/texts.ts';
import { addDemoStaff, DEMO_PASSWORD, demoAddress } from '../../src/staff/demo.ts';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

export type RunningConsole = {
  url: string;
  deps: ConsoleDeps;
  failures: unknown[];
  stop(): Promise<void>;
};

export const password = DEMO_PASSWORD;

/** `pages`: in the place of the console's own. The clock is `clock.now`, for a test to move. */
export async function startConsole(
  options: { pages?: readonly ConsolePage[]; clock?: { now: Date } } & Partial<
    Pick<ConsoleDeps, 'isProduction' | 'live' | 'signOn'>
  > = {},
): Promise<RunningConsole> {
  const { pages, clock, ...given } = options;
  const database = await freshDatabase();
  const db = openDatabase(database.url, { max: 4 });
  const keys = await openKeys(db, { current: randomBytes(32) });
  const profile = loadProfile('demo', profilesDir);
  const now = () => clock?.now ?? new Date();
  const texts = createTexts(readLocales(), profile, () => profile.hotline.up);
  await addDemoStaff({ db, keys, isProduction: false }, now());
  const app = express();
  app.disable('x-powered-by');
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failures: unknown[] = [];
  const deps: ConsoleDeps = {
    db,
    keys,
    profile,
    registry: localRegistry(db, keys, { enrolment: profile.status_map }),
    texts,
    notifier: createNotifier({ keys, texts, profile, now }),
    wake: () => undefined,
    isProduction: false,
    publicUrl: url,
    now,
    report: (_what, error) => failures.push(error),
    demoSignIns: {
      password: DEMO_PASSWORD,
      people: [
        { email: demoAddress('agent'), name: 'Rana Khoury', roles: ['agent'] },
        { email: demoAddress('supervisor'), name: 'Joumana Rizk', roles: ['supervisor'] },
      ],
    },
    ...given,
  };
  app.use('/console', pages ? createConsole(deps, pages) : createConsole(deps));
  return {
    url,
    deps,
    failures,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await db.close();
      await database.drop();
    },
  };
}

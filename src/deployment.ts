/** A deployment, opened: its profile, its database at the schema of this release, and the keys that open what is sealed. */
import type { Config } from './config.ts';
import { createLogger, type Logger } from './observe.ts';
import { seedDemoReplies } from './grievances/demo-replies.ts';
import { profilesDir } from './paths.ts';
import { openKeys, type Keys } from './privacy/keys.ts';
import { loadProfile, type Profile } from './profiles/profile.ts';
import { importHouseholds } from './registry/import.ts';
import { generateHouseholds } from './registry/population.ts';
import { addDemoStaff } from './staff/demo.ts';
import { openDatabase, type Database } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded-postgres.ts';
import { migrate } from './store/migrate.ts';

/** An opened deployment: what every command needs. */
export type Deployment = {
  db: Database;
  keys: Keys;
  profile: Profile;
  databaseUrl: string;
  close(): Promise<void>;
};

/** Opens the database of this configuration (starting the embedded one), migrated, and its keys. */
export async function openDeployment(config: Config, log: Logger): Promise<Deployment> {
  const profile = loadProfile(config.profile, profilesDir);
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({
        dataDir: config.dataDir,
        log: (line) => {
          log.info(line);
        },
      });
  const databaseUrl = config.databaseUrl ?? embedded?.url ?? '';
  const db = openDatabase(databaseUrl, { max: 20 });
  const close = async () => {
    await db.close();
    await embedded?.stop();
  };
  try {
    await migrate(databaseUrl);
    const keys = await openKeys(db, config.encryptionKey);
    return { db, keys, profile, databaseUrl, close };
  } catch (error) {
    await close();
    throw embedded ? error : namingVariable(error);
  }
}

/** Opens a deployment for one command, and closes it whatever comes of the work. */
export async function withDeployment(
  config: Config,
  work: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  try {
    await work(deployment);
  } finally {
    await deployment.close();
  }
}

/** No such host, nobody there, wrong user or password, no such database. */
const NOT_REACHED = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|28\w{3}|3D000)$/;

/** A database that cannot be reached is for the operator to mend, who knows it by the name of its variable. */
function namingVariable(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error;
  if (!NOT_REACHED.test(error.code)) return error;
  return new Error(`DATABASE_URL: ${error.message === '' ? error.code : error.message}`, { cause: error });
}

/** Households of the synthetic registry that profile `demo` is filled with at its first start. */
const DEMO_HOUSEHOLDS = 1_000;

/** Fills an empty registry with invented families and makes the staff to try the console as, for profile `demo`. */
export async function fillDemo({ db, keys, profile }: Deployment, now: Date, log: Logger): Promise<void> {
  await addDemoStaff({ db, keys, isProduction: false }, now);
  const { rows } = await db.query<{ filled: boolean }>('select exists (select from household) as filled');
  if (rows[0]?.filled) return;
  const today = now.toISOString().slice(0, 10);
  const households = generateHouseholds({ households: DEMO_HOUSEHOLDS, today, currency: profile.currency });
  const { counts } = await importHouseholds(db, keys, households, { country: profile.numbers.country });
  await seedDemoReplies(db, now);
  log.info(counts, 'the synthetic registry of profile demo is loaded');
}

/** `wasl migrate`: brings the database to the schema of this release. */
import type { Config } from '../config.ts';
import { openDeployment } from '../deployment.ts';
import { createLogger } from '../observe.ts';

export async function migrateDatabase(config: Config): Promise<void> {
  const deployment = await openDeployment(config, createLogger('warn'));
  await deployment.close();
  process.stdout.write('The database is at the schema of this release.\n');
}

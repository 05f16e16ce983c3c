#!/usr/bin/env node
/** The `wasl` command. Each command works beside a running service, with the embedded database too. */
import { Command } from 'commander';
import { chat } from './commands/chat.ts';
import { doctor } from './commands/doctor.ts';
import { generatePopulation, importRegistryFile } from './commands/registry.ts';
import { profileCheck, profileSchema } from './commands/profile.ts';
import { serve } from './commands/serve.ts';
import { readConfig, type Config } from './config.ts';
import { createLogger } from './observe.ts';
import { openDeployment } from './main.ts';

const program = new Command('wasl').description('The citizen channel of social protection').version('0.1.0');

/** Runs a command; a failure is one line on standard error and exit code 1. */
function run(work: (config: Config) => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work(readConfig(process.env));
    } catch (error) {
      process.stderr.write(`wasl: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  };
}

program.command('serve').description('answer citizens: callbacks, simulator, health').action(run(serve));

program
  .command('migrate')
  .description('bring the database to the schema of this release')
  .action(
    run(async (config) => {
      const deployment = await openDeployment(config, createLogger('warn'));
      await deployment.close();
      process.stdout.write('The database is at the schema of this release.\n');
    }),
  );

program
  .command('doctor')
  .description('check configuration, database, session store, public address and carriers; say what to mend')
  .option('--json', 'answer as JSON')
  .action((options: { json?: boolean }) => run((config) => doctor(config, options.json === true))());

const imports = program.command('import').description('bring data in');
imports
  .command('registry <file>')
  .description(
    'households as NDJSON, or a folder with households.csv, members.csv, enrolments.csv, payments.csv',
  )
  .option('--json', 'print the result as JSON')
  .action((file: string, options: { json?: boolean }) =>
    run((config) => importRegistryFile(config, file, options.json === true))(),
  );

program
  .command('generate <households> <file>')
  .description('write a synthetic registry as NDJSON, for trials and load tests')
  .option('--seed <n>', 'another seed gives other families', '1')
  .action((households: string, file: string, options: { seed: string }) =>
    run((config) => generatePopulation(config, households, file, options.seed))(),
  );

program
  .command('chat')
  .description('talk to the real dialogs in the terminal')
  .option('--phone <number>', 'the calling phone, E.164', '+96170000001')
  .option('--sms', 'write text messages instead of dialling')
  .action((options: { phone: string; sms?: boolean }) => run((config) => chat(config, options))());

const profiles = program.command('profile').description('deployment profiles');
profiles
  .command('check <file>')
  .description('say everything that is wrong with a profile, with line numbers')
  .option('--json', 'answer as JSON')
  .action((file: string, options: { json?: boolean }) => {
    process.exitCode = profileCheck(file, options.json === true);
  });
profiles
  .command('schema')
  .description('print the JSON Schema of profiles')
  .action(() => {
    profileSchema();
  });

await program.parseAsync();

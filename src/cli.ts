#!/usr/bin/env node
/** The `wasl` command. Each command works beside a running service, with the embedded database too. */
import { Command } from 'commander';
import type { ImportPaymentsOptions } from './commands/payments.ts';
import type { NotifyOptions } from './commands/notify.ts';
import type { EraseOptions, ExportOptions } from './commands/person.ts';
import type { RetentionOptions } from './commands/retention.ts';
import type { NewTokenOptions } from './commands/token.ts';
import type { NewWebhookOptions } from './commands/webhook.ts';
import type { AddOptions } from './commands/staff.ts';
import type { Config } from './config.ts';

const program = new Command('wasl').description('The citizen channel of social protection').version('0.1.0');

/** Runs a command with the configuration; a failure is one line on standard error and exit code 1. */
async function run(work: (config: Config) => Promise<void>): Promise<void> {
  try {
    const { readConfig } = await import('./config.ts');
    await work(readConfig(process.env));
  } catch (error) {
    process.stderr.write(`wasl: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** The operating system's own words name calls, not what to mend. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined) return error.message;
  if (code === 'ENOENT') return `${path}: there is no such file or folder`;
  if (code === 'EACCES' || code === 'EPERM') return `${path}: may not be read or written by this user`;
  return error.message;
}

program
  .command('serve')
  .description('answer citizens: callbacks, simulator, health')
  .action(() => run(async (config) => (await import('./commands/serve.ts')).serve(config)));

program
  .command('worker')
  .description('run clocks, outbox and housekeeping without HTTP; serve does so too')
  .action(() => run(async (config) => (await import('./commands/worker.ts')).worker(config)));

program
  .command('migrate')
  .description('bring the database to the schema of this release')
  .action(() => run(async (config) => (await import('./commands/migrate.ts')).migrateDatabase(config)));

program
  .command('doctor')
  .description('check configuration, database, session store, public address and carriers; say what to mend')
  .option('--json', 'answer as JSON')
  .action((options: { json?: boolean }) =>
    run(async (config) => (await import('./commands/doctor.ts')).doctor(config, options.json === true)),
  );

const bring = program.command('import').description('bring data in');
bring
  .command('registry <file>')
  .description(
    'households as NDJSON, or a folder with households.csv, members.csv, enrolments.csv, payments.csv',
  )
  .option('--json', 'print the result as JSON')
  .action((file: string, options: { json?: boolean }) =>
    run(async (config) =>
      (await import('./commands/registry.ts')).importRegistryFile(config, file, options.json === true),
    ),
  );

bring
  .command('payments <file>')
  .description('payment events, or payments with the columns of payments.csv, as CSV or NDJSON')
  .option('--silent', 'history: tell nobody')
  .option('--json', 'print the result as JSON')
  .action((file: string, options: ImportPaymentsOptions) =>
    run(async (config) => (await import('./commands/payments.ts')).importPaymentsFile(config, file, options)),
  );

program
  .command('notify [file]')
  .description('tell payees of their payments: those that a file names, or all that wait to be collected')
  .option('--due', 'all payments that wait to be collected')
  .option('--programme <code>', 'with --due: of this programme only')
  .option('--area <code>', 'with --due: of this area only')
  .option('--draft', 'prepare it only; somebody approves it in the console')
  .option('--yes', 'send without asking; the audit says so')
  .option('--json', 'print the result as JSON')
  .action((file: string | undefined, options: NotifyOptions) =>
    run(async (config) => (await import('./commands/notify.ts')).notify(config, file, options)),
  );

program
  .command('generate <households> <file>')
  .description('write a synthetic registry as NDJSON, for trials and load tests')
  .option('--seed <n>', 'another seed gives other families', '1')
  .action((households: string, file: string, { seed }: { seed: string }) =>
    run(async () => (await import('./commands/registry.ts')).generatePopulation(households, file, seed)),
  );

program
  .command('chat')
  .description('talk to the real dialogs in the terminal')
  .option('--phone <number>', 'the calling phone, E.164', '+96170000001')
  .option('--sms', 'write text messages instead of dialling')
  .action((options: { phone: string; sms?: boolean }) =>
    run(async (config) => (await import('./commands/chat.ts')).chat(config, options)),
  );

const token = program.command('token').description('tokens with which other systems use the API');
token
  .command('create')
  .description('make a token; it is shown once')
  .requiredOption('--scope <scope...>', 'what it may do; one or several')
  .option('--name <name>', 'what it is for')
  .option('--source <system>', 'the system it belongs to: it writes as this one only')
  .option('--expires <days>', 'ends after this many days')
  .option('--json', 'print {"token": ...}')
  .action((options: NewTokenOptions) =>
    run(async (config) => (await import('./commands/token.ts')).tokenCreate(config, options)),
  );
token
  .command('list')
  .description('tokens, without their secrets')
  .option('--json', 'answer as JSON')
  .action((options: { json?: boolean }) =>
    run(async (config) => (await import('./commands/token.ts')).tokenList(config, options.json === true)),
  );
token
  .command('revoke <id>')
  .description('end a token at once')
  .action((id: string) =>
    run(async (config) => (await import('./commands/token.ts')).tokenRevoke(config, id)),
  );

const webhook = program.command('webhook').description('systems that are told when cases change');
webhook
  .command('add <url>')
  .description('tell an address from now on; the key of its signatures is shown once')
  .requiredOption('--event <event...>', 'case.created, case.updated')
  .option('--source <system>', 'the system behind the address: what it reported itself is not sent back')
  .option('--restricted', 'tell of restricted cases too')
  .option('--json', 'print {"id": ..., "secret": ...}')
  .action((url: string, options: NewWebhookOptions) =>
    run(async (config) => (await import('./commands/webhook.ts')).webhookAdd(config, url, options)),
  );
webhook
  .command('list')
  .description('webhooks, and how well each is reached')
  .option('--json', 'answer as JSON')
  .action((options: { json?: boolean }) =>
    run(async (config) => (await import('./commands/webhook.ts')).webhookList(config, options.json === true)),
  );
webhook
  .command('remove <id>')
  .description('tell it no more')
  .action((id: string) =>
    run(async (config) => (await import('./commands/webhook.ts')).webhookRemove(config, id)),
  );
webhook
  .command('enable <id>')
  .description('begin again after it was switched off; what it missed is sent')
  .action((id: string) =>
    run(async (config) => (await import('./commands/webhook.ts')).webhookEnable(config, id)),
  );

const profile = program.command('profile').description('deployment profiles');
profile
  .command('check <file>')
  .description('say everything that is wrong with a profile, with line numbers')
  .option('--json', 'answer as JSON')
  .action(async (file: string, options: { json?: boolean }) => {
    process.exitCode = (await import('./commands/profile.ts')).profileCheck(file, options.json === true);
  });
profile
  .command('new <name>')
  .description('start a profile: a file that passes the check, with a comment for each key')
  .option('--folder <folder>', 'where to write <name>.yaml', 'profiles')
  .action(async (name: string, { folder }: { folder: string }) => {
    process.exitCode = (await import('./commands/profile.ts')).profileNew(name, folder);
  });
profile
  .command('schema')
  .description('print the JSON Schema of profiles')
  .action(async () => {
    (await import('./commands/profile.ts')).profileSchema();
  });

const report = program.command('report').description('what is published of the service');
report
  .command('month <month>')
  .description('cases of a month such as 2026-10 as CSV, with small numbers hidden')
  .option('--out <file>', 'write to this file instead of standard output')
  .action((month: string, options: { out?: string }) =>
    run(async (config) => (await import('./commands/report.ts')).reportMonth(config, month, options)),
  );
report
  .command('receipts <month>')
  .description('what people said of their payments, by who paid them out, as CSV without names')
  .option('--out <file>', 'write to this file instead of standard output')
  .action((month: string, options: { out?: string }) =>
    run(async (config) => (await import('./commands/report.ts')).reportReceipts(config, month, options)),
  );

report
  .command('untold <month>')
  .description('for staff only: who was not told of a payment in a month such as 2026-10, by office, as CSV')
  .option('--out <file>', 'write to this file instead of standard output')
  .action((month: string, options: { out?: string }) =>
    run(async (config) => (await import('./commands/report.ts')).reportUntold(config, month, options)),
  );

const staff = program.command('staff').description('accounts of the console');
const each = (value: string, before: string[] | undefined) => [...(before ?? []), value];
staff
  .command('add <email>')
  .description('add an account; prints its temporary password once')
  .requiredOption('--role <role>', 'what they may do; give it again for another', each)
  .option('--name <name>', 'as colleagues know them; otherwise from the address')
  .option('--unit <route>', 'only cases of this route; give it again for another', each)
  .option('--area <area>', 'only cases of this area')
  .option('--language <code>', "language of the pages; otherwise the profile's first")
  .option('--json', 'answer as JSON')
  .action((email: string, options: AddOptions) =>
    run(async (config) => (await import('./commands/staff.ts')).staffAdd(config, email, options)),
  );
staff
  .command('list')
  .description('who has an account')
  .option('--json', 'answer as JSON')
  .action((options: { json?: boolean }) =>
    run(async (config) => (await import('./commands/staff.ts')).staffList(config, options)),
  );
staff
  .command('disable <email>')
  .description('close an account, at once')
  .action((email: string) =>
    run(async (config) => (await import('./commands/staff.ts')).staffDisable(config, email)),
  );
staff
  .command('reset <email>')
  .description('give a new temporary password; prints it once')
  .option('--second-factor', 'take the authenticator app away too')
  .option('--json', 'answer as JSON')
  .action((email: string, options: { secondFactor?: boolean; json?: boolean }) =>
    run(async (config) => (await import('./commands/staff.ts')).staffReset(config, email, options)),
  );

const person = program.command('person').description('what is held about somebody, when she asks');
person
  .command('export')
  .description('everything that is held, as JSON')
  .option('--phone <number>', 'what was said and lodged with this phone, E.164')
  .option('--household <id>', 'what is held about this family file')
  .option('--out <file>', 'write to this new file, readable by its owner only')
  .option('--private', 'only private matters of the phone, to a file of their own')
  .action((options: ExportOptions) =>
    run(async (config) => (await import('./commands/person.ts')).personExport(config, options)),
  );
person
  .command('erase')
  .description('erase what may go, and say what stays; asks before it acts')
  .option('--phone <number>', 'what was said and lodged with this phone, E.164')
  .option('--household <id>', 'what agents hold about this family file')
  .option('--close', 'take open cases back first, but for those against staff and fraud')
  .option('--keep-open', 'keep open cases until they are closed, and erase the rest')
  .option('--yes', 'erase without asking; the audit has it')
  .option('--json', 'print the receipt as JSON')
  .action((options: EraseOptions) =>
    run(async (config) => (await import('./commands/person.ts')).personErase(config, options)),
  );

program
  .command('retention')
  .description('how long things are kept')
  .command('run')
  .description('remove what has been kept long enough; the service does so once a day')
  .option('--dry-run', 'say what is due; change nothing')
  .option('--json', 'print the result as JSON')
  .action((options: RetentionOptions) =>
    run(async (config) => (await import('./commands/retention.ts')).retentionRun(config, options)),
  );

const audit = program.command('audit').description('what staff, programs and commands saw and did');
audit
  .command('verify')
  .description('check the chain of the audit; names the first row that is wrong or missing')
  .option('--noted <head>', 'what it printed another time: shows an audit that was cut off')
  .option('--json', 'answer as JSON')
  .action((options: { noted?: string; json?: boolean }) =>
    run(async (config) => (await import('./commands/audit.ts')).auditVerify(config, options)),
  );

// A reader that has seen enough (`wasl … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

await program.parseAsync();

/**
 * How long a campaign over many due payments takes, from the empty list to the last message in the outbox, and in how
 * much memory: `tsx bench/campaign.ts [people]`. Its database is made and thrown away.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approveCampaign, makeCampaign } from '../src/campaigns/deeds.ts';
import { runCampaigns } from '../src/campaigns/run.ts';
import { readLocales } from '../src/locales.ts';
import { createNotifier } from '../src/notifications/notify.ts';
import { profilesDir } from '../src/paths.ts';
import { openKeys, type Keys } from '../src/privacy/keys.ts';
import { loadProfile } from '../src/profiles/profile.ts';
import { sealPerson } from '../src/registry/sealed.ts';
import { createTexts } from '../src/render/texts.ts';
import { openDatabase, type Database } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { startPostgres, stopAll } from './started.ts';

const people = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'wasl-campaign-'));
const profile = loadProfile('demo', profilesDir);
const MIB = 1_048_576;

/** One head with a phone and a payment for each household; a tenth of the phones are shared. */
async function fill(db: Database, keys: Keys): Promise<void> {
  const STEP = 5_000;
  for (let from = 0; from < people; from += STEP) {
    const ns = Array.from({ length: Math.min(STEP, people - from) }, (_, n) => from + n);
    const phones = ns.map((n) => `+9613${String(n).padStart(7, '0')}`);
    await db.query(
      `with rows as (
         select * from unnest($1::integer[], $2::bytea[], $3::uuid[]) as r (n, sealed, phone)
       ), h as (
         insert into household (key, area, sealed, members, content)
         select md5('h' || n)::uuid, 'BEY-' || n % 9, '\\x00', 4, md5('c' || n)::uuid from rows
       ), p as (
         insert into person (key, household, external_id, role, sealed, language)
         select md5('p' || n)::uuid, md5('h' || n)::uuid, md5('e' || n)::uuid, 'head', sealed,
           (array['ar', 'ar', 'ar', 'en', 'fr'])[1 + n % 5]
         from rows
       ), f as (
         insert into person_phone (phone, person, household, use, position)
         select phone, md5('p' || n)::uuid, md5('h' || n)::uuid, case when n % 10 = 0 then 'shared' else 'own' end, 0
         from rows
       )
       insert into payment (reference, household, programme, period, amount, currency, status, from_date, until_date, place)
       select 'PAY-' || n, md5('h' || n)::uuid, 'CASH', '2026-11', 25 + 20 * (1 + n % 6), 'USD', 'ready', current_date,
         current_date + 20, 'Main post office'
       from rows`,
      [
        ns,
        phones.map((number, n) =>
          sealPerson(keys, {
            person_id: `P-${n}`,
            given_name: 'Rima',
            family_name: 'Haddad',
            mother_name: 'Salma',
            sex: 'female',
            birth_date: '1980-04-12',
            documents: [{ type: 'national_id', number: '000012340427' }],
            phones: [{ number, use: n % 10 === 0 ? 'shared' : 'own' }],
          }),
        ),
        phones.map((number) => keys.index('phone', number)),
      ],
    );
  }
  await db.query('analyze');
}

let peak = 0;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100).unref();

/** Seconds of processor that the connections of this bench have used in the database: the clock tells of others too. */
async function databaseSeconds(db: Database): Promise<number> {
  const { rows } = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'wasl'`,
  );
  const ticks = rows.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, at most ${Math.round(peak / MIB)} MiB\n`);
  return seconds;
}

try {
  const url = await startPostgres(join(folder, 'postgres'));
  await migrate(url);
  const db = openDatabase(url, { max: 6, statementTimeout: 120_000 });
  const keys = await openKeys(db, { current: randomBytes(32) });
  const texts = createTexts(readLocales(), profile, () => true);
  const deps = {
    db,
    keys,
    profile,
    texts,
    notifier: createNotifier({ keys, texts, profile }),
    now: () => new Date(),
  };
  await timed(`filling ${people} households`, () => fill(db, keys));
  peak = 0;
  const by = 'command' as const;
  const id = await makeCampaign(
    deps,
    { kind: 'payments', source: 'due', title: 'bench' },
    { by, at: new Date() },
  );
  if (id === undefined) throw new Error('not made');
  const before = { own: process.cpuUsage(), database: await databaseSeconds(db) };
  const gathered = await timed('audience and preview', () => runCampaigns(deps, { id }));
  await approveCampaign(deps, { id, by, at: new Date() });
  const queued = await timed('into the outbox', () => runCampaigns(deps, { id }));
  const { rows } = await db.query<{ messages: number }>('select count(*) as messages from outbound');
  process.stdout.write(`${rows[0]?.messages} messages, ${(gathered + queued).toFixed(1)} s in all\n`);
  const { user, system } = process.cpuUsage(before.own);
  const database = (await databaseSeconds(db)) - before.database;
  process.stdout.write(
    `processor: ${((user + system) / 1_000_000).toFixed(1)} s here, ${database.toFixed(1)} s in the database\n`,
  );
  await db.close();
} finally {
  clearInterval(watch);
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

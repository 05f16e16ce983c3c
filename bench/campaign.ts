/**
 * `npm run bench -- campaign`: how long a campaign over many due payments takes, from the empty list to the last message
 * in the outbox (people, phones, consent and language resolved), and with how much memory and processor time.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
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
import { newDatabase, type Place } from './subjects.ts';

const MIB = 1_048_576;
const MILLION = 1_000_000;

export type CampaignResult = {
  people: number;
  messages: number;
  audienceSeconds: number;
  outboxSeconds: number;
  /** Of processor time: this process, and the database's connections. */
  ownSeconds: number;
  databaseSeconds: number;
  /** Highest resident memory of this process meanwhile, in MiB. */
  peak: number;
  /** Processes that wanted a processor, at the start and at the end: what else the machine did. */
  load: [number, number];
};

/** One head with a phone and a payment for each household; a tenth of the phones are shared. */
async function fill(db: Database, keys: Keys, people: number): Promise<void> {
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

/** Seconds of processor that the connections of this bench have used: the clock tells of others too. */
async function databaseSeconds(db: Database): Promise<number> {
  const { rows } = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'wasl' and datname = current_database()`,
  );
  const ticks = rows.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) / 100;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

export async function measureCampaign(
  place: Place,
  people: number,
  progress: (line: string) => void,
): Promise<CampaignResult> {
  const url = await newDatabase(place, 'campaign');
  await migrate(url);
  const profile = loadProfile('demo', profilesDir);
  const db = openDatabase(url, { max: 6, statementTimeout: 120_000 });
  const keys = await openKeys(db, { current: randomBytes(32) });
  const texts = createTexts(readLocales(), profile, () => true);
  const now = () => new Date();
  const deps = { db, keys, profile, texts, notifier: createNotifier({ keys, texts, profile }), now };
  progress(`inventing ${people} households`);
  await fill(db, keys, people);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  const by = 'command' as const;
  const made = { kind: 'payments', source: 'due', title: 'bench' } as const;
  try {
    const id = await makeCampaign(deps, made, { by, at: now() });
    if (id === undefined) throw new Error('not made');
    const before = { own: process.cpuUsage(), database: await databaseSeconds(db), load: loadavg()[0] ?? 0 };
    progress('gathering the audience');
    const audienceSeconds = await timed(() => runCampaigns(deps, { id }));
    await approveCampaign(deps, { id, by, at: now() });
    progress('putting messages into the outbox');
    const outboxSeconds = await timed(() => runCampaigns(deps, { id }));
    const { user, system } = process.cpuUsage(before.own);
    const database = (await databaseSeconds(db)) - before.database;
    const { rows } = await db.query<{ messages: number }>('select count(*) as messages from outbound');
    return {
      ...{ people, audienceSeconds, outboxSeconds, messages: rows[0]?.messages ?? 0 },
      ...{ ownSeconds: (user + system) / MILLION, databaseSeconds: database, peak: Math.round(peak / MIB) },
      load: [before.load, loadavg()[0] ?? 0],
    };
  } finally {
    clearInterval(watch);
    await db.close();
  }
}

/** What must hold, each with whether it does; a smaller run is worked out for a million, and says so. */
export function renderCampaign(result: CampaignResult): string {
  const { people, messages, audienceSeconds, outboxSeconds, ownSeconds, databaseSeconds: database } = result;
  const { peak, load } = result;
  const line = (holds: boolean, text: string) => `${holds ? 'yes' : 'NO '}  ${text}`;
  const seconds = audienceSeconds + outboxSeconds;
  const million = (seconds * MILLION) / people;
  const micro = (of: number) => ((of * MILLION) / people).toFixed(0);
  return [
    `${people} people: audience ${audienceSeconds.toFixed(1)} s, outbox ${outboxSeconds.toFixed(1)} s; load ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`,
    `processor: ${ownSeconds.toFixed(1)} s here (${micro(ownSeconds)} us each), ${database.toFixed(1)} s in the database (${micro(database)} us each)`,
    line(messages === people, `${messages} messages for ${people} people`),
    line(
      million < 120,
      people === MILLION
        ? `${seconds.toFixed(0)} s`
        : `a million would take ${million.toFixed(0)} s at this rate`,
    ),
    line(peak < 512, `at most ${peak} MiB`),
  ].join('\n');
}

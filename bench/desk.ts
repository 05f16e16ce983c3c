/** How long an agent waits: the timeline of a contact and each kind of search, with a million people stored. */
import { randomBytes, randomUUID } from 'node:crypto';
import { search } from '../src/desk/search.ts';
import { timeline } from '../src/desk/timeline.ts';
import { checkReference } from '../src/grievances/reference.ts';
import { openKeys, type Keys } from '../src/privacy/keys.ts';
import { deskRegistry } from '../src/registry/desk.ts';
import type { Staff } from '../src/staff/roles.ts';
import { openDatabase, type Database, type NamedQuery } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { chance, fillDesk, type DeskSize } from './desk-fill.ts';
import { drawName, spelling } from './desk-names.ts';
import type { Target } from './report.ts';
import { newDatabase, type Place } from './subjects.ts';

/** Milliseconds; `plans` of the queries of one sample. */
type Timed = { what: string; p50: number; p95: number; most: number; found: number; plans: string[] };

export type Desk = { size: DeskSize; fillSeconds: number; stored: Record<string, number>; rows: Timed[] };

const SAMPLES = 200;
const WARM_UP = 20;
const TIMELINE_P95_MS = 300;
const SEARCH_P95_MS = 500;
const SHOWN = 50;

const PLACES = [
  { area: 'BEY', names: ['بيروت', 'Beirut'] },
  { area: 'NOR', names: ['طرابلس', 'Tripoli'] },
  { area: 'AKK', names: ['عكار', 'Akkar'] },
];

export async function measureDesk(
  place: Place,
  size: DeskSize,
  progress: (line: string) => void,
): Promise<Desk> {
  const url = await newDatabase(place, 'desk');
  await migrate(url);
  const db = openDatabase(url, { statementTimeout: 3_600_000 });
  try {
    const keys = await openKeys(db, { current: randomBytes(32) });
    const started = performance.now();
    const stored = await fillDesk(url, keys, size, progress);
    const fillSeconds = (performance.now() - started) / 1_000;
    const by = await agent(db);
    const known = await reachable(db, keys, size);
    const rows: Timed[] = [];
    for (const question of questions(by, known)) {
      progress(`desk: ${question.what}`);
      rows.push(await timed(db, keys, question));
    }
    return { size, fillSeconds, stored, rows };
  } finally {
    await db.close();
  }
}

async function agent(db: Database): Promise<Staff> {
  const key = randomUUID();
  await db.query(
    `insert into staff (key, email, sealed, roles, language) values ($1, $2, '', '{agent}', 'ar')`,
    [key, randomUUID()],
  );
  return { key, name: '', email: '', roles: ['agent'], units: null, area: null, language: 'ar' };
}

type Known = { contacts: string[]; busy: string[]; phones: string[]; documents: string[]; cases: string[] };

/** Some of the people get phones and documents that somebody can type; SQL cannot make their keyed hashes. */
async function reachable(db: Database, keys: Keys, { people }: DeskSize): Promise<Known> {
  const families = Math.ceil(people / 4);
  const phones = Array.from({ length: SAMPLES }, (_, n) => `+9613${String(200_000 + n)}`);
  const documents = Array.from({ length: SAMPLES }, (_, n) => String(990_000_000_000 + n * 7_919));
  const contacts = await db.query<{ key: string }>(
    `select md5('contact' || n * $2::integer)::uuid as key from generate_series(0, $1::integer - 1) as n`,
    [SAMPLES, Math.floor(families / SAMPLES)],
  );
  const hashes = phones.map((phone) => keys.index('phone', phone));
  await db.query(
    `update contact c set phone = t.phone
     from unnest($1::uuid[], $2::uuid[]) as t (key, phone) where c.key = t.key`,
    [contacts.rows.map((row) => row.key), hashes],
  );
  await db.query(
    `insert into person_phone (phone, person, household, use, position)
     select t.phone, p.key, p.household, 'own', 1
     from unnest($1::uuid[]) with ordinality as t (phone, n) join person p on p.key = md5('person' || t.n * 4)::uuid`,
    [hashes],
  );
  await db.query(
    `insert into person_document (document, household, person, kind)
     select t.document, p.household, p.key, 'national_id'
     from unnest($1::uuid[]) with ordinality as t (document, n) join person p on p.key = md5('person' || t.n * 4)::uuid`,
    [documents.map((digits) => keys.index('document', digits))],
  );
  const cases = await db.query<{ reference: string }>(
    'select reference from grievance order by reference limit 10000',
  );
  const busy = await db.query<{ key: string }>(
    `select md5('contact' || n)::uuid as key from generate_series(0, $1::integer - 1) as n`,
    [Math.min(SAMPLES, Math.ceil(families / 100))],
  );
  return {
    contacts: contacts.rows.map((row) => row.key),
    busy: busy.rows.map((row) => row.key),
    phones,
    documents,
    cases: cases.rows.map((row) => row.reference).filter((reference) => checkReference(reference) === 'ok'),
  };
}

type Ask = (db: Database, keys: Keys, n: number) => Promise<number>;

/** `before`: what is set up for each time, and not measured. */
type Question = { what: string; ask: Ask; before?: (db: Database, n: number) => Promise<void> };

function questions(by: Staff, known: Known): Question[] {
  const random = chance('questions');
  const pick = (list: readonly string[], n: number) => list[n % list.length] ?? '';
  const open = (contacts: readonly string[]): Ask => {
    return async (db, keys, n) => {
      const contact = pick(contacts, n);
      const at = new Date();
      return (await timeline({ db, keys }, { contact, by, limit: SHOWN, at })).length;
    };
  };
  const find = (query: (n: number) => string): Ask => {
    return async (db, keys, n) => {
      const limiter = { take: () => Promise.resolve({ ok: true } as const) };
      const deps = { db, keys, registry: deskRegistry(db, keys), country: 'LB', places: PLACES, limiter };
      const answer = await search(deps, { query: query(n), by, at: new Date() });
      return answer.ok ? answer.results.length : 0;
    };
  };
  const drawn = () => {
    const { given, family } = drawName(random);
    return [spelling(given, random), spelling(family, random)] as const;
  };
  const digits = (n: number) => String(Math.floor(random() * 10 ** n)).padStart(n, '0');
  const common = ['محمد', 'Mohammed', 'Fatma', 'علي', 'Hussein', 'Houcine'];
  return [
    { what: 'timeline, a contact', ask: open(known.contacts) },
    { what: 'timeline, a contact who called often', ask: open(known.busy) },
    {
      what: 'timeline, a verified caller',
      ask: open(known.contacts),
      before: (db, n) => verified(db, by, pick(known.contacts, n), n),
    },
    { what: 'search, given and family name', ask: find(() => drawn().join(' ')) },
    { what: 'search, the most common names alone', ask: find((n) => pick(common, n)) },
    { what: 'search, two of the most common names', ask: find((n) => `${pick(common, n)} Haddad`) },
    {
      what: 'search, name and place',
      ask: find((n) => `${drawn().join(' ')} ${n % 2 === 0 ? 'طرابلس' : 'Akkar'}`),
    },
    {
      what: 'search, common name and place',
      ask: find((n) => `${pick(common, n)} ${n % 2 === 0 ? 'Tripoli' : 'بيروت'}`),
    },
    {
      what: 'search, a name that nobody has',
      ask: find((n) => `Xqzbrandt Wqkjelfson ${String.fromCharCode(97 + (n % 26))}bk`),
    },
    { what: 'search, phone', ask: find((n) => pick(known.phones, n)) },
    { what: 'search, unknown phone', ask: find(() => `+96171${digits(6)}`) },
    { what: 'search, document or file number', ask: find((n) => pick(known.documents, n)) },
    { what: 'search, end of a document', ask: find(() => digits(4)) },
    { what: 'search, end and year of birth', ask: find(() => `${digits(4)} 19${digits(2)}`) },
    { what: 'search, case number', ask: find((n) => pick(known.cases, n)) },
  ];
}

/** The contact at hand, with a caller who has shown who she is: payments and statuses are in the timeline too. */
async function verified(db: Database, by: Staff, contact: string, n: number): Promise<void> {
  await db.query('update interaction set ended_at = now() where staff = $1 and ended_at is null', [by.key]);
  await db.query(
    `insert into interaction (staff, contact, channel, started_at, household, person, verified_at)
     select $1, $2, 'call', now(), household, key, now() from person where role = 'head' offset $3 limit 1`,
    [by.key, contact, n],
  );
}

async function timed(db: Database, keys: Keys, { what, ask, before }: Question): Promise<Timed> {
  const times: number[] = [];
  let found = 0;
  for (let n = 0; n < WARM_UP + SAMPLES; n++) {
    await before?.(db, n);
    const started = performance.now();
    const count = await ask(db, keys, n);
    if (n < WARM_UP) continue;
    times.push(performance.now() - started);
    found += count;
  }
  times.sort((one, other) => one - other);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? Number.NaN;
  return {
    what,
    p50: at(0.5),
    p95: at(0.95),
    most: at(1),
    found: found / SAMPLES,
    plans: await plansOf(db, keys, ask),
  };
}

/** The plan of each query that one question asks, as PostgreSQL carried it out. */
async function plansOf(db: Database, keys: Keys, ask: Ask): Promise<string[]> {
  const asked = new Map<string, unknown[]>();
  const spied: Database = {
    ...db,
    query: (query: string | NamedQuery, values?: unknown[]) => {
      const text = typeof query === 'string' ? query : query.text;
      asked.set(text, values ?? (typeof query === 'string' ? [] : (query.values ?? [])));
      return db.query(query, values);
    },
  };
  await ask(spied, keys, 1);
  const plans: string[] = [];
  for (const [text, values] of asked) {
    if (!/^\s*(?:select|with)\b/i.test(text)) continue;
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${text}`, values);
    plans.push([text.trim(), ...rows.map((row) => `  ${row['QUERY PLAN']}`)].join('\n'));
  }
  return plans;
}

export function deskLines({ size, fillSeconds, stored, rows }: Desk): string {
  const total = Object.values(stored).reduce((sum, count) => sum + count, 0);
  const head = `the desk, ${size.people} people and ${size.messages} messages`.padEnd(42);
  const columns = ['p50 ms', 'p95 ms', 'most ms', 'found'].map((column) => column.padStart(12)).join('');
  return [
    ...rows.flatMap(({ what, plans }) => [`-- ${what}`, ...plans, '']),
    head + columns,
    ...rows.map(
      ({ what, p50, p95, most, found }) =>
        what.padEnd(42) + [p50, p95, most, found].map((figure) => figure.toFixed(1).padStart(12)).join(''),
    ),
    `    ${total} rows stored in ${fillSeconds.toFixed(0)} s`,
  ].join('\n');
}

export function deskTargets({ rows }: Desk): Target[] {
  return [
    { what: 'timeline', limit: TIMELINE_P95_MS },
    { what: 'search', limit: SEARCH_P95_MS },
  ].map(({ what, limit }) => {
    const [slowest] = rows
      .filter((row) => row.what.startsWith(what))
      .toSorted((one, other) => other.p95 - one.p95);
    return {
      what: `p95 of the ${what} at the desk is at most ${limit} ms`,
      measured: slowest === undefined ? '-' : `${slowest.p95.toFixed(0)} ms (${slowest.what})`,
      met: slowest !== undefined && slowest.p95 <= limit,
    };
  });
}

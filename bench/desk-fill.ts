/** Fills a database for the desk: people with names that search finds, and years of messages that a timeline opens. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Keys } from '../src/privacy/keys.ts';
import { endingIndex } from '../src/registry/digits.ts';
import { areaIndex, nameIndex } from '../src/registry/names.ts';
import { sealHousehold, sealPerson } from '../src/registry/sealed.ts';
import { drawName, spelling } from './desk-names.ts';
import { dropIndexes } from './fill.ts';
import { withClient } from './subjects.ts';

export type DeskSize = { people: number; messages: number };

/** Persons a family; each family has one phone. */
const FAMILY = 4;
/** Different persons sealed and hashed here; the millions in the tables repeat them. */
const PATTERNS = 20_000;
const AREAS = ['BEY', 'MTL', 'NOR', 'AKK', 'BEK', 'SOU'].flatMap((one) =>
  Array.from({ length: 12 }, (_, n) => `${one}-${String(n + 1).padStart(2, '0')}`),
);
const MONTHS = 24;
/** Messages of one USSD session or exchange. */
const EXCHANGE = 6;
const TABLES = [
  'contact',
  'household',
  'person',
  'person_phone',
  'person_document',
  'enrolment',
  'payment',
].concat(['message', 'outbound', 'grievance', 'grievance_event']);

/** The same names and numbers in every run. */
export function chance(seed: string): () => number {
  let n = 0;
  return () => createHash('md5').update(`${seed}${n++}`).digest().readUInt32BE(0) / 2 ** 32;
}

const key = (kind: string, n: string) => `md5('${kind}' || (${n}))::uuid`;
/** Scatters numbers, so that neighbours in a table are strangers. */
const scattered = (n: string, count: number) => `((${n}::bigint * 2654435761) % ${count})`;

export async function fillDesk(
  url: string,
  keys: Keys,
  size: DeskSize,
  progress: (line: string) => void,
): Promise<Record<string, number>> {
  return withClient(url, async (client) => {
    await client.query('set synchronous_commit = off; set session_replication_role = replica');
    for (let month = 0; month <= MONTHS; month++) {
      await client.query(
        `select ensure_message_partitions((current_date - interval '${month} months')::date)`,
      );
    }
    const indexes = await dropIndexes(client, TABLES);
    await patterns(client, keys);
    const rows: Record<string, number> = {};
    for (const [table, sql] of Object.entries(fills(size))) {
      rows[table] = (await client.query(sql)).rowCount ?? 0;
      progress(`desk: ${rows[table]} rows in ${table}`);
    }
    await client.query("set maintenance_work_mem = '512MB'");
    for (const [n, index] of indexes.entries()) {
      progress(`desk: index ${n + 1} of ${indexes.length}`);
      await client.query(index);
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
    return rows;
  });
}

/** What is sealed or hashed with the keys goes in from here; SQL multiplies it. */
async function patterns(client: pg.Client, keys: Keys): Promise<void> {
  await client.query(`
    create unlogged table bench_name (id integer primary key, sealed bytea, name_index uuid[]);
    create unlogged table bench_area (id integer primary key, area text, name_index uuid[]);
    create unlogged table bench_ending (id integer primary key, ending uuid);
    create unlogged table bench_blob (household bytea, said bytea, address bytea)`);
  const random = chance('names');
  for (let start = 0; start < PATTERNS; start += 2_000) {
    const rows = Array.from({ length: 2_000 }, (_, n) => {
      const { given, family } = drawName(random);
      const [given_name, family_name] = [spelling(given, random), spelling(family, random)];
      const sealed = sealPerson(keys, {
        person_id: String(start + n),
        given_name,
        family_name,
        mother_name: 'فاطمة',
        sex: 'f',
        birth_date: `${1930 + Math.floor(random() * 90)}-04-12`,
        documents: [{ type: 'national_id', number: '000012340427' }],
        phones: [{ number: '+96170000001', use: 'own' }],
      });
      return { id: start + n, sealed, index: nameIndex(keys, given_name, family_name) };
    });
    await client.query(
      `insert into bench_name
       select id, sealed, name_index::uuid[] from unnest($1::int[], $2::bytea[], $3::text[]) as t (id, sealed, name_index)`,
      [
        rows.map(({ id }) => id),
        rows.map(({ sealed }) => sealed),
        rows.map(({ index }) => `{${index.join(',')}}`),
      ],
    );
  }
  await client.query(
    `insert into bench_area
     select id - 1, area, name_index::uuid[]
     from unnest($1::text[], $2::text[]) with ordinality as t (area, name_index, id)`,
    [AREAS, AREAS.map((area) => `{${areaIndex(keys, area).join(',')}}`)],
  );
  await client.query(
    'insert into bench_ending select id - 1, ending from unnest($1::uuid[]) with ordinality as t (ending, id)',
    [Array.from({ length: 10_000 }, (_, n) => endingIndex(keys, String(n).padStart(4, '0')))],
  );
  await client.query('insert into bench_blob values ($1, $2, $3)', [
    sealHousehold(keys, { household_id: 'HH-73000001' }),
    keys.seal('conversation', 'لم أستلم المبلغ هذا الشهر، أرجو المساعدة. 1 نعم 2 لا 0 رجوع', 'message'),
    keys.seal('conversation', '+96170000001', 'contact.address'),
  ]);
  await client.query('analyze bench_name; analyze bench_area; analyze bench_ending');
}

function fills({ people, messages }: DeskSize): Record<string, string> {
  const families = Math.ceil(people / FAMILY);
  const series = (count: number) => `generate_series(0, ${count - 1}) as n`;
  const family = `n / ${FAMILY}`;
  const exchange = `n / ${EXCHANGE}`;
  // One exchange in five is had by one family in a hundred: those who call again and again.
  const caller = `case when ${exchange} % 5 = 0 then ${scattered(exchange, Math.ceil(families / 100))} else ${scattered(exchange, families)} end`;
  const at = `now() - ${scattered(exchange, MONTHS * 30 * 24 * 60)} * interval '1 minute' - (${EXCHANGE} - n % ${EXCHANGE}) * interval '8 seconds'`;
  const channel = `(array['ussd', 'ussd', 'ussd', 'sms', 'whatsapp'])[${exchange} % 5 + 1]`;
  const isDelivered = `${exchange} % 5 = 3 and n % 2 = 1`;
  return {
    contact: `insert into contact (key, address, phone)
      select ${key('contact', 'n')}, address, ${key('phone', 'n')} from bench_blob, ${series(families)}`,
    household: `insert into household (key, area, sealed, members, content)
      select ${key('household', 'n')}, a.area, b.household, ${FAMILY}, ${key('content', 'n')}
      from bench_blob b, ${series(families)} join bench_area a on a.id = n % ${AREAS.length}`,
    person: `insert into person (key, household, external_id, role, sealed, language, name_index)
      select ${key('person', 'n')}, ${key('household', family)}, ${key('external', 'n')},
        case n % ${FAMILY} when 0 then 'head' else 'member' end, p.sealed, 'ar', p.name_index || a.name_index
      from ${series(people)}
      join bench_name p on p.id = ${scattered('n', PATTERNS)}
      join bench_area a on a.id = ${family} % ${AREAS.length}`,
    person_phone: `insert into person_phone (phone, person, household, use, position)
      select ${key('phone', 'n')}, ${key('person', `n * ${FAMILY}`)}, ${key('household', 'n')}, 'own', 0
      from ${series(families)}`,
    person_document: `insert into person_document (document, household, person, kind, ending)
      select ${key('document', 'n')}, ${key('household', family)}, ${key('person', 'n')}, 'national_id', e.ending
      from ${series(people)} join bench_ending e on e.id = ${scattered('n', 10_000)}`,
    enrolment: `insert into enrolment (household, programme, status, since)
      select ${key('household', 'n')}, 'CASH', 'active', current_date - 400 from ${series(families)}`,
    payment: `insert into payment (reference, household, programme, period, amount, currency, status, from_date,
        until_date, place, status_date)
      select 'DESK-' || n, ${key('household', family)}, 'CASH', '2026-01', 145, 'USD', 'collected',
        current_date - n % ${FAMILY} * 30 - 9, current_date, 'Main post office', current_date - n % ${FAMILY} * 30 - 5
      from ${series(people)}`,
    outbound: `insert into outbound (contact, channel, provider, address, content, kind, priority, key, due, expires_at,
        state, created_at, sent_at, settled_at)
      select ${key('contact', caller)}, 'sms', 'africastalking', b.address, b.said, 'reply', 0, 'desk:' || n,
        ${at}, ${at}, 'delivered', ${at}, ${at}, ${at}
      from bench_blob b, ${series(messages)} where ${isDelivered}`,
    message: `insert into message (at, contact, channel, direction, session, screen, content, delivery)
      select ${at}, ${key('contact', caller)}, ${channel}, case n % 2 when 0 then 'in' else 'out' end,
        case when ${exchange} % 5 < 3 then 'session-' || ${exchange} end, case when n % 2 = 1 then 'menu' end, b.said,
        case when ${isDelivered} then 'desk:' || n end
      from bench_blob b, ${series(messages)}`,
    grievance: `insert into grievance (reference, kind, category, sensitivity, route, contact, household, area, channel,
        language, due_on, created_at, updated_at, closed_at)
      select (10000000 + n)::text, 'complaint', 'PAY-NR', case n % 50 when 0 then 'restricted' else 'open' end, 'payments',
        ${key('contact', scattered('n', families))}, ${key('household', scattered('n', families))}, 'BEY-01', 'ussd', 'ar',
        current_date, now() - n % 17280 * interval '1 hour', now(), case when n % 10 > 0 then now() end
      from ${series(Math.ceil(people / 5))}`,
    grievance_event: `insert into grievance_event (reference, at, actor, kind, to_status)
      select (10000000 + n / 3)::text, now() - n / 3 % 17280 * interval '1 hour' + n % 3 * interval '10 minutes',
        'system', case n % 3 when 0 then 'lodged' else 'status' end,
        (array['received', 'acknowledged', 'in_review'])[n % 3 + 1]
      from ${series(Math.ceil(people / 5) * 3)}`,
  };
}

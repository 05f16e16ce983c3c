/** Fills a database with strangers, as many as asked: rows of the size the service writes, random keys, no meaning. */
import type pg from 'pg';
import { withClient } from './subjects.ts';

/** Persons a family; each family has a phone, an enrolment and payments. */
const FAMILY = 4;

/** The bytes of a sealed value: only their number matters. Below the size at which PostgreSQL would compress them. */
const sealed = (bytes: number) =>
  `convert_to(left(repeat(md5(n::text), ${Math.ceil(bytes / 32)}), ${bytes}), 'UTF8')`;
/** The key of the n-th person, or of her family when given that number. */
const key = (kind: string, n: string) => `md5('${kind}' || (${n}))::uuid`;
const family = `n / ${FAMILY} * ${FAMILY}`;

type Fill = { table: string; sql: string };

const FILLS: Fill[] = [
  {
    table: 'contact',
    sql: `insert into contact (key, address, phone)
          select ${key('contact', 'n')}, ${sealed(45)}, ${key('phone', 'n')} from series`,
  },
  {
    table: 'conversation',
    sql: `insert into conversation (contact, channel, seq, state, updated_at)
          select ${key('contact', 'n')}, 'ussd', 7, ${sealed(600)}, now() - n % 40000 * interval '1 minute' from series`,
  },
  {
    table: 'message',
    sql: `insert into message (at, contact, channel, direction, session, screen, content)
          select now() - n % 40000 * interval '1 minute', ${key('contact', 'n')}, 'ussd', way, md5(n::text), 'nextpayment',
            ${sealed(120)}
          from series, unnest('{in,out}'::text[]) as way`,
  },
  {
    table: 'household',
    sql: `insert into household (key, area, sealed, members, content)
          select ${key('household', 'n')}, 'AKK-01', ${sealed(70)}, ${FAMILY}, ${key('content', 'n')}
          from series where n % ${FAMILY} = 0`,
  },
  {
    table: 'person',
    sql: `insert into person (key, household, external_id, role, sealed, language, name_index)
          select ${key('person', 'n')}, ${key('household', family)}, ${key('external', 'n')},
            case n % ${FAMILY} when 0 then 'head' else 'member' end, ${sealed(420)}, 'ar',
            array[${key('name', 'n % 5000')}, ${key('name', 'n % 7001')}]
          from series`,
  },
  {
    table: 'person_phone',
    sql: `insert into person_phone (phone, person, household, use, position)
          select ${key('phone', 'n')}, ${key('person', 'n')}, ${key('household', 'n')}, 'own', 0
          from series where n % ${FAMILY} = 0`,
  },
  {
    table: 'person_document',
    sql: `insert into person_document (document, household, person, kind)
          select ${key('document', 'n')}, ${key('household', family)}, ${key('person', 'n')}, 'national_id' from series`,
  },
  {
    table: 'enrolment',
    sql: `insert into enrolment (household, programme, status, since, next_date)
          select ${key('household', 'n')}, 'CASH', 'active', current_date - 400, current_date + 20
          from series where n % ${FAMILY} = 0`,
  },
  {
    table: 'payment',
    sql: `insert into payment (reference, household, programme, period, amount, currency, status, from_date, until_date,
            place, provider)
          select 'FILL-' || n, ${key('household', family)}, 'CASH', '2026-01', 145, 'USD', 'collected',
            current_date - n % ${FAMILY} * 30 - 9, current_date + 20 - n % ${FAMILY} * 30, 'Main post office', 'MTO-A'
          from series`,
  },
];

/** Adds so many people with as many conversations, four to a family. Returns the rows of each table. */
export async function fillDatabase(
  url: string,
  people: number,
  progress: (line: string) => void,
): Promise<Record<string, number>> {
  return withClient(url, async (client) => {
    // Nobody calls meanwhile, and a fill that is cut short is thrown away.
    await client.query('set synchronous_commit = off; set session_replication_role = replica');
    const indexes = await dropIndexes(
      client,
      FILLS.map(({ table }) => table),
    );
    const rows: Record<string, number> = {};
    for (const { table, sql } of FILLS) {
      const filled = await client.query(
        `with series as (select generate_series(0, ${people - 1}) as n) ${sql}`,
      );
      rows[table] = filled.rowCount ?? 0;
      progress(`growth: ${rows[table]} rows in ${table}`);
    }
    await client.query("set maintenance_work_mem = '256MB'");
    for (const index of indexes) await client.query(index);
    return rows;
  });
}

/** Drops the indexes that only make filling slow, and returns the statements that make them again. */
export async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select c.oid::regclass::text as name, pg_get_indexdef(c.oid) as definition
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_class t on t.oid = i.indrelid
     where t.relname = any ($1) and not t.relispartition and not i.indisunique`,
    [tables],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

/**
 * Whole dialogs over the real callback, then a search of everything that is left behind: each column of each table, the
 * session cache, the logs and the metrics. What a person said or is must not be found there in clear.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { createService, type Service } from '../src/main.ts';
import { importHouseholds } from '../src/registry/import.ts';
import { freshDatabase } from './support/postgres.ts';
import { redisUrl } from './support/redis.ts';
import { handset, type Handset, type Screen } from './support/service.ts';
import { testProfile } from './support/test-profile.ts';

const HER = { phone: '+96171555123', name: 'Zubaydah', family: 'Qanbarian', mother: 'Shirouzan' };
const DOCUMENT = '990012345678';
const NAMELESS = '+96171666234';
const PRIVATE = '+96171777345';
const WRITER = '+96171888456';
const NEW_PHONE = '+96171999567';
const CARD = '4539 1488 0343 6467';
const NAMED_WORDS = 'Lefkonico took half of it';
const NAMELESS_WORDS = 'Marmarita asked for coins';
const WRITTEN = `The agent Petroushka kept my card ${CARD} and my paper since last month, please help me now`;

const database = await freshDatabase();
const redis = new Redis(await redisUrl());
const logs: string[] = [];
let service: Service;
let base: string;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const write: (text: string | Uint8Array) => boolean = stream.write.bind(stream);
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      logs.push(String(text));
      return write(text);
    });
  }
  const { host, db } = redis.options;
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    REDIS_URL: `redis://${host ?? ''}:${redis.options.port ?? 0}/${db ?? 0}`,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'debug',
    PROFILE: testProfile(),
  });
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logs.push(chunk.toString('utf8'));
      done();
    },
  });
  service = await createService(config, pino({ level: 'debug' }, sink));
  await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(service.server.address() as AddressInfo).port}`;
  await importHouseholds(
    service.deployment.db,
    service.deployment.keys,
    [
      {
        household_id: 'HH-900001',
        area: 'BEY-03',
        members: [
          {
            person_id: 'P-900001',
            role: 'head',
            given_name: HER.name,
            family_name: HER.family,
            mother_name: HER.mother,
            sex: 'female',
            birth_date: '1987-04-12',
            documents: [{ type: 'national_id', number: DOCUMENT }],
            phones: [{ number: HER.phone, use: 'own' }],
            language: 'en',
            alive: true,
          },
        ],
        enrolments: [{ programme: 'CASH', status: 'active', since: '2024-01-01' }],
        payments: [
          {
            payment_ref: 'PAY-900001',
            programme: 'CASH',
            period: '2026-11',
            amount: '145.00',
            currency: 'USD',
            status: 'ready',
            from: new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10),
            until: new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10),
            place: 'Main post office',
            provider: 'MTO-A',
            person_id: 'P-900001',
          },
        ],
      },
    ],
    { country: 'LB' },
  );
});
afterAll(async () => {
  vi.restoreAllMocks();
  await service.close();
  redis.disconnect();
  await database.drop();
});

/** Dials and gives one input after another; each screen must read as expected, so that the dialog was really had. */
async function talk(phone: string, ...steps: [input: string, screen: RegExp][]): Promise<[Handset, Screen]> {
  const line = handset(`${base}/webhooks/dev/africastalking/ussd`, phone);
  let screen = await line.dial();
  for (const [input, expected] of steps) {
    screen = await line.send(input);
    expect(screen.text, `after ${input}`).toMatch(expected);
  }
  return [line, screen];
}

async function counts(...tables: string[]): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await service.deployment.db.query<{ n: number }>(
      `select count(*)::integer as n from ${table}`,
    );
    found[table] = rows[0]?.n ?? -1;
  }
  return found;
}

const write = (phone: string, text: string) =>
  service.handlers.message({
    channel: 'sms',
    provider: 'simulator-sms',
    from: phone,
    phone,
    id: randomUUID(),
    text,
  });

/** The reference of the complaint without a name. */
let nameless = '';
let named = '';

describe('after dialogs of every kind', () => {
  beforeAll(async () => {
    // Identity with a slip, her payment, and her word on it.
    await talk(
      HER.phone,
      ['2', /Payment/],
      ['2', /next payment/],
      ['2', /LAST 4/],
      ['5679', /YEAR/],
      ['1987', /do not match/],
      ['1', /LAST 4/],
      ['5678', /YEAR/],
      ['1987', /145 USD/],
      ['1', /Did anyone ask/],
      ['1', /Thank you/],
    );
    // A complaint with her name, in her words.
    const [, lodged] = await talk(
      HER.phone,
      ['3', /Complaint about/],
      ['4', /Asked me for money/],
      ['2', /your name/],
      ['1', /details/],
      ['2', /few words/],
      [NAMED_WORDS, /Send this complaint/],
      ['1', /Sent\. Complaint number/],
    );
    named = /\d{8}/.exec(lodged.text)?.[0] ?? '';
    // Her new phone.
    await talk(
      HER.phone,
      ['9', /Update/],
      ['1', /LAST 4/],
      ['5678', /YEAR/],
      ['1987', /What changed/],
      ['1', /be sure it is you/],
      ['1', /NEW number/],
      [NEW_PHONE, /once more/],
      [NEW_PHONE, /Request/],
    );
    // A complaint without a name from another phone, followed and added to; the line drops.
    const [line, sent] = await talk(
      NAMELESS,
      ['2', /Payment/],
      ['3', /Complaint about/],
      ['4', /Asked me for money/],
      ['2', /your name/],
      ['2', /details/],
      ['2', /few words/],
      [NAMELESS_WORDS, /Send this complaint/],
      ['1', /No name is kept/],
    );
    nameless = /\d{8}/.exec(sent.text)?.[0] ?? '';
    await talk(
      NAMELESS,
      ['9', /Track/],
      ['5', /8-digit/],
      [nameless, /Received/],
      ['2', /We told the supervisor today/],
    );
    await line.drop();
    // Documents from a phone that nobody registered.
    await talk(
      WRITER,
      ['2', /Payment/],
      ['1', /not on our list/],
      ['1', /ALL the digits/],
      [DOCUMENT, /YEAR/],
      ['1987', /./],
    );
    // A long message with a card number.
    await write(WRITER, WRITTEN);
    await write(HER.phone, 'STATUS');
  });

  it('both complaints were taken', () => {
    expect(named).toMatch(/^\d{8}$/);
    expect(nameless).toMatch(/^\d{8}$/);
  });

  const clear = [
    ...[HER.phone, NAMELESS, PRIVATE, WRITER, NEW_PHONE].flatMap((phone) => [
      phone.slice(1),
      phone.slice(4),
      `0${phone.slice(4)}`,
      phone.slice(4).replace(/(..)(...)(...)/, '$1 $2 $3'),
    ]),
    ...[HER.name, HER.family, HER.mother],
    ...[DOCUMENT, '5678*1987', '5678 1987', '5679*1987', '1987-04-12'],
    ...[CARD, CARD.replaceAll(' ', ''), '1488 0343', '6467'],
    ...['Lefkonico', 'Marmarita', 'Petroushka'],
  ];

  it('no column of any table holds any of it', async () => {
    const { db } = service.deployment;
    const { rows: columns } = await db.query<{ table: string; column: string; type: string }>(
      `select c.table_name as table, c.column_name as column, c.data_type as type
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where table_schema = 'public' and t.table_type = 'BASE TABLE'
         and c.data_type in ('text', 'character', 'character varying', 'bytea', 'json', 'jsonb', 'ARRAY',
                             'bigint', 'numeric')`,
    );
    expect(columns.filter(({ type }) => type === 'bytea').length).toBeGreaterThan(10);
    const found: string[] = [];
    for (const { table, column, type } of columns) {
      const value = `"${column}"`;
      // A person's own six digits of a card may stand in a random id: only texts and sealed bytes are searched for those.
      const where =
        type === 'bytea'
          ? `exists (select from unnest($1::text[]) word where position(convert_to(word, 'UTF8') in ${value}) > 0)`
          : `exists (select from unnest($1::text[]) word where position(lower(word) in lower(${value}::text)) > 0)`;
      const words = type === 'bytea' ? clear.filter((word) => word.length > 4) : clear;
      const { rows } = await db.query<{ n: number }>(
        `select count(*)::integer as n from "${table}" where ${where}`,
        [type === 'bytea' ? words : words.filter((word) => word !== '6467')],
      );
      if (rows[0]?.n !== 0) found.push(`${table}.${column}: ${rows[0]?.n ?? '?'} rows`);
    }
    expect(found).toEqual([]);
  });

  it('no key or value in Redis holds any of it', async () => {
    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) {
      const value = await redis.dumpBuffer(key);
      for (const word of clear.filter((text) => text.length > 4)) {
        expect(key.includes(word), `key with ${word}`).toBe(false);
        expect(value.includes(word), `value with ${word}`).toBe(false);
      }
    }
  });

  it('no log line holds any of it, nor does any metric', async () => {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toContain('wasl_turn_seconds');
    const all = [...logs, metrics].join('\n').toLowerCase();
    expect(all).toContain('synthetic registry');
    for (const word of clear.filter((text) => text.length > 4))
      expect(all.includes(word.toLowerCase()), word).toBe(false);
  });

  it('would be found if it were there', async () => {
    const { db } = service.deployment;
    const { rows } = await db.query(`select reference from grievance where reference = any($1)`, [
      [named, nameless],
    ]);
    expect(rows).toHaveLength(2);
    await redis.set('probe', Buffer.from(`x${HER.phone}x`));
    expect((await redis.dumpBuffer('probe')).includes(HER.phone.slice(1))).toBe(true);
    await redis.del('probe');
  });

  /** Cells of a case that also stand in a row elsewhere, whatever the column is called. */
  const JOINED = `
    with cells as (${['grievance', 'grievance_event']
      .map(
        (table) =>
          `select '${table}' as name, cell.key, cell.value from ${table} r, jsonb_each_text(to_jsonb(r)) cell where r.reference = $1`,
      )
      .join(' union all ')}),
    elsewhere as (%ELSEWHERE%)
    select distinct cells.name || '.' || cells.key || ' = ' || elsewhere.name || '.' || elsewhere.key as joined
    from cells join elsewhere using (value)
    where length(value) >= 8 and value !~ '^[a-z_]+$' and value !~ '^\\d{4}-\\d\\d-\\d\\d$'
    order by 1`;

  // case_feed belongs to the case: its own number and event, in the order they became visible, and nothing of anybody.
  async function joined(reference: string): Promise<string[]> {
    const { db } = service.deployment;
    const { rows: tables } = await db.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'
         and table_name not in ('grievance', 'grievance_event', 'case_feed', 'schema_migration')`,
    );
    const elsewhere = tables
      .map(
        ({ name }) =>
          `select '${name}' as name, cell.key, cell.value from "${name}" r, jsonb_each_text(to_jsonb(r)) cell`,
      )
      .join(' union all ');
    const { rows } = await db.query<{ joined: string }>(JOINED.replace('%ELSEWHERE%', elsewhere), [
      reference,
    ]);
    return rows.map(({ joined: pair }) => pair);
  }

  it('the complaint without a name meets no value of any other table', async () => {
    expect(await joined(nameless)).toEqual([]);
  });

  it('the complaint with a name does: the search sees a join', async () => {
    expect(await joined(named)).toContain('grievance.contact = contact.key');
  });

  it('her record has no line that leads to the complaint without a name', async () => {
    const { db, keys } = service.deployment;
    const { rows } = await db.query<{ content: Buffer; screen: string | null }>(
      'select content, screen from message where contact = $1',
      [keys.index('contact', NAMELESS)],
    );
    const said = rows.map(({ content }) => keys.open('conversation', content, 'message'));
    expect(said.join('\n')).toContain('Complaint');
    for (const text of said) {
      expect(text).not.toContain(NAMELESS_WORDS);
      expect(text).not.toContain(nameless);
    }
  });

  it('the card number is hidden even from who may read the record', async () => {
    const { db, keys } = service.deployment;
    const { rows } = await db.query<{ content: Buffer }>('select content from message');
    const said = rows.map(({ content }) => keys.open('conversation', content, 'message')).join('\n');
    expect(said).toContain('Petroushka');
    expect(said).not.toContain('1488');
    expect(said).not.toContain('5678');
    expect(said).not.toContain(DOCUMENT);
    const { rows: cases } = await db.query<{ text: Buffer }>(
      'select text_sealed as text from grievance where text_sealed is not null',
    );
    const kept = cases.map(({ text }) => keys.open('case', text, 'grievance.text'));
    expect(kept.some((text) => text.includes('Petroushka'))).toBe(true);
    for (const text of kept) expect(text).not.toContain('1488');
  });
});

describe('a private matter', () => {
  const TABLES = ['message', 'outbound', 'grievance', 'grievance_event', 'task', 'inbound'];

  it('leaves no row where others leave theirs', async () => {
    const [line] = await talk(PRIVATE, ['2', /Payment/], ['3', /Complaint about/]);
    const before = await counts(...TABLES);
    const privateBefore = await counts('private_case');
    for (const [input, expected] of [
      ['5', /This is private/],
      ['8', /safe to call/],
      ['2', /When is it safe/],
      ['1', /Who should call/],
      ['1', /We will call you/],
    ] as const) {
      expect((await line.send(input)).text).toMatch(expected);
    }
    expect(await counts(...TABLES)).toEqual(before);
    expect((await counts('private_case'))['private_case']).toBe((privateBefore['private_case'] ?? 0) + 1);
  });

  it('and the row it does leave meets no value of any other table', async () => {
    const { db } = service.deployment;
    const { rows } = await db.query<{ table: string; column: string }>(
      `select distinct c.table_name as table, c.column_name as column
       from information_schema.columns c where c.table_schema = 'public' and c.data_type = 'uuid'`,
    );
    for (const { table, column } of rows.filter((each) => each.table !== 'private_case')) {
      const { rowCount } = await db.query(
        `select from private_case p join "${table}" t on t."${column}" in (p.id, p.idempotency)`,
      );
      expect(rowCount, `${table}.${column}`).toBe(0);
    }
    const { rowCount } = await db.query(
      `select from private_case p join (
         select updated_at as at from conversation union all select at from message
         union all select created_at from contact union all select created_at from outbound) t
       on t.at = p.created_at`,
    );
    expect(rowCount, 'the same moment').toBe(0);
  });
});

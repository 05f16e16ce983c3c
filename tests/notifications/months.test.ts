/** Messages by month: made ahead, lost never, dropped whole; and a sender finds its work however many there are. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { claim } from '../../src/notifications/claim.ts';
import { dropOldMonths } from '../../src/notifications/months.ts';
import { noon, openOutbox, type Outbox } from './support.ts';

let outbox: Outbox;

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

const make = (day: string) => outbox.db.query('select ensure_message_partitions($1::date)', [day]);

async function parts(): Promise<Record<string, number>> {
  const { rows } = await outbox.db.query<{ part: string; n: number }>(
    'select tableoid::regclass::text as part, count(*)::integer as n from outbound group by 1',
  );
  return Object.fromEntries(rows.map(({ part, n }) => [part, n]));
}

async function emptyParts(): Promise<string[]> {
  const full = await parts();
  const { rows } = await outbox.db.query<{ part: string }>(
    `select inhrelid::regclass::text as part from pg_inherits where inhparent = 'outbound'::regclass`,
  );
  return rows.map(({ part }) => part).filter((part) => !(part in full));
}

/** Puts a message in as if that had been on this day. */
async function putOn(day: string): Promise<string> {
  const key = await outbox.put();
  await outbox.db.query('update outbound set created_at = $2 where key = $1', [key, day]);
  await outbox.db.query('update outbound_key set at = $2 where key = $1', [key, day]);
  return key;
}

test('a message without a month of its own is kept, and moves there once it is made', async () => {
  const key = await putOn('2031-03-05T00:00:00Z');
  expect(await parts()).toEqual({ outbound_other: 1 });
  const before = await outbox.row(key);
  await make('2031-03-20');
  await make('2031-03-20');
  expect(await parts()).toEqual({ outbound_2031_03: 1 });
  expect(await outbox.row(key)).toEqual(before);
});

test('one key is one message in every month', async () => {
  await make('2024-01-01');
  const key = await putOn('2024-01-31T23:59:59Z');
  await outbox.put({ key });
  expect(await parts()).toEqual({ outbound_2024_01: 1 });
});

test('months that may not be kept longer go whole, with their keys; the others stay', async () => {
  const { db, keys } = outbox;
  await make('2024-09-01');
  const contact = await outbox.contact('+96170000001');
  const [gone, kept] = [await putOn('2024-10-31T23:59:59Z'), await putOn('2024-11-01T00:00:00Z')];
  const lost = await putOn('2019-01-01T00:00:00Z');
  await db.query(
    `insert into message (at, contact, channel, direction, content) values ('2024-10-01Z', $1, 'sms', 'in', $2)`,
    [contact, keys.seal('conversation', 'hello', 'message')],
  );
  const { months, rows } = await dropOldMonths(db, 24, noon);
  expect(months).toContain('outbound_2024_10');
  expect(months).toContain('message_2024_10');
  expect(months).not.toContain('outbound_2024_11');
  expect(rows).toBe(3);
  expect((await outbox.rows()).map(({ key }) => key)).toEqual([kept]);
  expect((await db.query('select key from outbound_key')).rows).toEqual([{ key: kept }]);
  expect((await db.query('select from message')).rowCount).toBe(0);
  expect([gone, lost]).not.toContain(kept);
  expect(await dropOldMonths(db, 24, noon)).toEqual({ months: [], rows: 0 });
});

test('two processes may make the same months at the same moment', async () => {
  await Promise.all([1, 2, 3, 4].map(() => make('2032-01-01')));
  await putOn('2032-02-29T12:00:00Z');
  expect(await parts()).toEqual({ outbound_2032_02: 1 });
});

test('a claim looks into indexes only, with 24 months', async () => {
  const { db } = outbox;
  for (let month = 0; month < 24; month += 3) {
    await make(
      `${2024 + Math.floor((11 + month) / 12)}-${String(((11 + month) % 12) + 1).padStart(2, '0')}-01`,
    );
  }
  await outbox.put();
  await db.query(
    `insert into outbound (channel, address, content, kind, priority, key, due, expires_at, state, created_at)
     select 'sms', '', '', 'notice', 5, n::text, now(), now(), 'sent', $1::timestamptz - n * interval '44 minutes'
     from generate_series(1, 24000) n`,
    [noon],
  );
  await db.query('analyze outbound');
  let plan = '';
  const explained = {
    query: async (query: unknown) => {
      const { text, values } = query as { text: string; values: unknown[] };
      const { rows } = await db.query<Record<string, string>>(`explain ${text}`, values);
      plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      return { rows: [], rowCount: 0 };
    },
  } as unknown as typeof db;
  const next = { provider: 'a', lanes: ['a', 'sms'], priorities: [0, 1, 2, 5], limit: 50, now: noon };
  await claim(explained, next);
  expect(plan.match(/_lane_priority_due_id_idx/g)?.length).toBeGreaterThanOrEqual(24);
  // Months to come are empty: there a scan of nothing is as good.
  const scanned = new Set(plan.match(/(?<=Seq Scan on )outbound_\d+_\d+/g));
  for (const empty of await emptyParts()) scanned.delete(empty);
  expect([...scanned]).toEqual([]);
  expect((await claim(db, next)).messages).toHaveLength(1);
});

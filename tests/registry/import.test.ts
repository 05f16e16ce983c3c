/** Importing NDJSON: idempotent, restartable, tolerant of bad lines, and nothing personal in clear. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importHouseholds, importRegistry } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { generateHouseholds } from '../../src/registry/population.ts';
import type { TestRegistry } from './support.ts';
import { contents, household, ndjson, openTestRegistry, query, TODAY, versions } from './support.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await openTestRegistry();
});
afterEach(() => registry.close());

const example = {
  household_id: 'HH-000123',
  area: 'BEY-03',
  members: [
    {
      person_id: 'P-1',
      role: 'head',
      given_name: 'Rima',
      family_name: 'Haddad',
      mother_name: 'Salma',
      sex: 'female',
      birth_date: '1980-04-12',
      documents: [{ type: 'national_id', number: '000012340427' }],
      phones: [{ number: '+96170000001', use: 'own' }],
      language: 'ar',
      alive: true,
    },
  ],
  enrolments: [
    {
      programme: 'ESSN',
      status: 'active',
      since: '2024-01-01',
      status_date: '2026-11-01',
      reason: null,
      next_date: '2026-12-01',
      review_due: null,
    },
  ],
  payments: [
    {
      payment_ref: 'PAY-1',
      programme: 'ESSN',
      period: '2026-11',
      amount: '145.00',
      currency: 'USD',
      status: 'ready',
      from: '2026-11-20',
      until: '2026-12-10',
      place: 'Main post office',
      provider: 'MTO-A',
      person_id: 'P-1',
    },
  ],
};

test('the documented example goes in and is answered as it was written', async () => {
  const { db, keys } = registry;
  const result = await importRegistry(db, keys, registry.file('a.ndjson', ndjson([example])));
  expect(result).toMatchObject({ households: 1, members: 1, unchanged: 0, rejected: [], warnings: [] });

  const local = localRegistry(db, keys);
  const [person] = await local.findByPhone('+96170000001', query());
  expect(person).toMatchObject({
    role: 'head',
    birthYear: 1980,
    birthDate: '1980-04-12',
    documentEndings: ['0427', '0123'],
    alive: true,
    language: 'ar',
    phoneUse: 'own',
  });
  const key = person?.household ?? '';
  expect(await local.enrolments(key, query())).toEqual([
    {
      programme: 'ESSN',
      status: 'active',
      since: '2024-01-01',
      statusDate: '2026-11-01',
      reason: null,
      nextDate: '2026-12-01',
      reviewDue: null,
    },
  ]);
  expect(await local.payments(key, query())).toEqual([
    {
      reference: 'PAY-1',
      programme: 'ESSN',
      period: '2026-11',
      amount: '145.00',
      currency: 'USD',
      status: 'ready',
      from: '2026-11-20',
      until: '2026-12-10',
      place: 'Main post office',
      provider: 'MTO-A',
      statusDate: null,
    },
  ]);
});

test('nothing personal stands in clear in any column of the database', async () => {
  const { db, keys, file } = registry;
  await importRegistry(db, keys, file('a.ndjson', ndjson([example, '{"broken":"+96170000001'])));
  const { rows: columns } = await db.query<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public'`,
  );
  expect(columns.length).toBeGreaterThan(40);
  const personal = [
    '96170000001',
    '70000001',
    'Rima',
    'Haddad',
    'rima',
    'haddad',
    'Salma',
    '000012340427',
    '12340427',
    '1980-04-12',
    'HH-000123',
    '000123',
    'P-1"',
  ];
  for (const { table, column } of columns) {
    // Bytes print as hexadecimal, so a value is looked for both as it is and in that form.
    const { rows } = await db.query<{ value: string | null }>(
      `select "${column}"::text as value from "${table}"`,
    );
    for (const { value } of rows) {
      for (const text of personal) {
        const found =
          value?.includes(text) === true || value?.includes(Buffer.from(text).toString('hex')) === true;
        expect(found, `${table}.${column} holds ${text}`).toBe(false);
      }
    }
  }
});

test('importing the same file again writes nothing', async () => {
  const { db, keys, file } = registry;
  const path = file('a.ndjson', ndjson(generateHouseholds({ households: 700, today: TODAY })));
  const first = await importRegistry(db, keys, path);
  const before = await versions(db);
  const again = await importRegistry(db, keys, path);
  expect(again).toMatchObject({ households: 700, members: first.members, unchanged: 700 });
  expect(await versions(db)).toBe(before);
});

test('a bad line is reported with its number and without its values; the rest goes in', async () => {
  const { db, keys, file } = registry;
  const good = [household('A-10001', '+96171100001'), household('A-10002', '+96171100002')];
  const badRole = { ...good[0], members: [{ person_id: 'P', role: 'Rima', birth_date: '1980-02-31' }] };
  const lines = [
    JSON.stringify(good[0]),
    '{"household_id":"Haddad", oops',
    '',
    JSON.stringify(badRole),
    JSON.stringify({ household_id: 'A-9', members: [] }),
    JSON.stringify({
      ...good[0],
      household_id: 'A-8',
      payments: [{ ...good[0]?.payments?.[0], amount: 'Haddad' }],
    }),
    JSON.stringify({ ...good[0], household_id: 'A-7', area: 'BEY\u0000' }),
    JSON.stringify({ ...good[0], household_id: 'A-6', members: [good[0]?.members[0], good[0]?.members[0]] }),
    '"Haddad"',
    `{"household_id":"${'x'.repeat(1_100_000)}"}`,
    JSON.stringify(good[1]),
  ];
  const bytes = Buffer.concat([Buffer.from(lines.join('\r\n') + '\r\n{"a":"'), Buffer.from([0xff, 0xfe])]);
  const path = file('a.ndjson', '');
  await import('node:fs/promises').then((fs) => fs.writeFile(path, bytes));
  const result = await importRegistry(db, keys, path);
  expect(result).toMatchObject({ households: 2, members: 2 });
  expect(result.rejected).toEqual([
    { line: 2, reason: 'not valid JSON' },
    { line: 4, reason: expect.stringMatching(/^members\.0\.role: .*; members\.0\.birth_date: /) as string },
    { line: 5, reason: expect.stringMatching(/^members: /) as string },
    { line: 6, reason: 'payments.0.amount: expected an amount like 145.00' },
    { line: 7, reason: 'area: a NUL character' },
    { line: 8, reason: 'members.person_id: the same one twice' },
    { line: 9, reason: expect.stringContaining('expected object') as string },
    { line: 10, reason: 'line too long' },
    { line: 12, reason: 'not UTF-8' },
  ]);
  expect(JSON.stringify(result)).not.toMatch(/Haddad|Rima|1980|oops/);
});

test('a phone that is no phone number is left out and reported; the person stays', async () => {
  const { db, keys, file } = registry;
  const own = household('A-10001', '0096171100001');
  own.members[0]?.phones?.push({ number: '12', use: 'own' }, { number: '71 100 002', use: 'shared' });
  const result = await importRegistry(db, keys, file('a.ndjson', ndjson([own])), { country: 'LB' });
  expect(result.rejected).toEqual([]);
  expect(result.warnings).toEqual([{ line: 1, reason: 'members.0.phones.1: not a phone number, left out' }]);
  const local = localRegistry(db, keys);
  expect(await local.findByPhone('+96171100001', query())).toHaveLength(1);
  expect(await local.findByPhone('+96171100002', query())).toMatchObject([{ phoneUse: 'shared' }]);
});

test('what a changed household no longer has disappears; its payments stay', async () => {
  const { db, keys } = registry;
  const local = localRegistry(db, keys);
  const before = household('A-10001', '+96171100001');
  before.members.push({
    person_id: 'P-2',
    role: 'nominee',
    phones: [{ number: '+96171100002', use: 'own' }],
  });
  await importHouseholds(db, keys, [before, household('A-10002', '+96171100009')]);

  const after = household('A-10001', '+96171100003', {
    enrolments: [{ programme: 'SCHOOL', status: 'waiting' }],
    payments: [],
  });
  if (after.members[0]) after.members[0].documents = [{ type: 'passport', number: 'RL 7654321' }];
  const result = await importHouseholds(db, keys, [after]);
  expect(result).toMatchObject({ households: 1, unchanged: 0 });

  expect(await local.findByPhone('+96171100001', query())).toEqual([]);
  expect(await local.findByPhone('+96171100002', query())).toEqual([]);
  const [head] = await local.findByPhone('+96171100003', query());
  expect(head?.documentEndings).toEqual(['4321', '0001']);
  expect(
    (await local.findByDocument('000012340427', query())).map((person) => person.household),
  ).not.toContain(head?.household);
  expect(await local.enrolments(head?.household ?? '', query())).toMatchObject([{ programme: 'SCHOOL' }]);
  expect(await local.payments(head?.household ?? '', query())).toHaveLength(1);
  expect(await local.findByPhone('+96171100009', query())).toHaveLength(1);
});

test('a repeated import does not undo a payment event, a new word of the registry counts', async () => {
  const { db, keys } = registry;
  const local = localRegistry(db, keys);
  const one = household('A-10001', '+96171100001');
  await importHouseholds(db, keys, [one]);
  await db.query(`update payment set status = 'collected'`);
  const [head] = await local.findByPhone('+96171100001', query());
  const status = async () => (await local.payments(head?.household ?? '', query()))[0]?.status;

  await importHouseholds(db, keys, [{ ...one, area: 'NOR-01' }]);
  expect(await status()).toBe('collected');
  await importHouseholds(db, keys, [{ ...one, payments: [{ ...one.payments?.[0], status: 'returned' }] }]);
  expect(await status()).toBe('returned');
});

test('a payment reference that another household has is left out and reported', async () => {
  const { db, keys } = registry;
  const payments = household('A-10001', '+96171100001').payments ?? [];
  const two = [
    household('A-10001', '+96171100001', { payments }),
    household('A-10002', '+96171100002', { payments }),
  ];
  const result = await importHouseholds(db, keys, two);
  expect(result.households).toBe(2);
  expect(result.warnings).toMatchObject([
    { reason: 'payments.payment_ref: belongs to another household, left out' },
  ]);
  expect((await db.query('select 1 from payment')).rowCount).toBe(1);
});

test('stopped in the middle, it goes on where it stopped and ends with the same tables and counts', async () => {
  const secret = randomBytes(32);
  const lines = [...generateHouseholds({ households: 2_000, today: TODAY })].map((one) =>
    JSON.stringify(one),
  );
  lines.splice(400, 0, 'not json');
  lines.splice(1_700, 0, '{"household_id":7}');
  const text = lines.join('\n');

  const { db, keys } = registry;
  const path = registry.file('a.ndjson', text);
  const stop = new AbortController();
  const stopped = importRegistry(db, keys, path, {
    signal: stop.signal,
    onProgress: ({ households }) => {
      if (households >= 500) stop.abort();
    },
  });
  await expect(stopped).rejects.toThrow(/abort/i);
  const { rows } = await db.query<{ n: number }>('select count(*) as n from household');
  expect(rows[0]?.n).toBeGreaterThanOrEqual(500);
  expect(rows[0]?.n).toBeLessThan(2_000);
  const stoppedAt = await versions(db);

  const resumed = await importRegistry(db, keys, path);
  expect(resumed).toMatchObject({ households: 2_000, unchanged: 0 });
  expect(resumed.rejected.map(({ line }) => line)).toEqual([401, 1_701]);
  const after = new Set((await versions(db)).split('\n'));
  expect(stoppedAt.split('\n').every((version) => after.has(version))).toBe(true);

  const other = await openTestRegistry(secret);
  try {
    const whole = await importRegistry(other.db, other.keys, other.file('a.ndjson', text));
    expect(whole).toEqual(resumed);
    const count = async (where: TestRegistry) =>
      (await contents(where))
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')
        .split('\n')
        .sort();
    expect(await count(other)).toEqual(await count(registry));
  } finally {
    await other.close();
  }
});

test('two imports of the same file at once: one wins, and nothing goes in twice', async () => {
  const { db, keys, file } = registry;
  const path = file('a.ndjson', ndjson(generateHouseholds({ households: 1_200, today: TODAY })));
  const results = await Promise.allSettled([importRegistry(db, keys, path), importRegistry(db, keys, path)]);
  expect(results.some((result) => result.status === 'fulfilled')).toBe(true);
  const { rows } = await db.query<{ n: number }>('select count(*) as n from household');
  expect(rows[0]?.n).toBe(1_200);
});

test('details hold for the months of the profile after an interview, unless the registry names the day', async () => {
  const { db, keys } = registry;
  const local = localRegistry(db, keys, { payDocument: 'national_id' });
  const enrolments = [
    { programme: 'CASH', status: 'active', last_interview: '2024-02-29' },
    { programme: 'SCHOOL', status: 'active', last_interview: '2024-02-29', review_due: '2026-05-01' },
  ];
  const one = household('A-10077', '+96171100077', { enrolments });
  const due = async () => {
    const [head] = await local.findByPhone('+96171100077', query());
    return (await local.enrolments(head?.household ?? '', query())).map(({ reviewDue }) => reviewDue);
  };
  await importHouseholds(db, keys, [one]);
  expect(await due()).toEqual([null, '2026-05-01']);
  const { unchanged } = await importHouseholds(db, keys, [one], { updateMonths: 24 });
  expect(unchanged).toBe(0);
  expect(await due()).toEqual(['2026-02-28', '2026-05-01']);
});

test('the last digit by which pay days go is that of the head, and leaves only where the profile asks for it', async () => {
  const { db, keys } = registry;
  await importHouseholds(db, keys, [household('A-10078', '+96171100078')]);
  const [head] = await localRegistry(db, keys).findByPhone('+96171100078', query());
  const stateOf = async (payDocument?: string) => {
    const local = localRegistry(db, keys, payDocument === undefined ? {} : { payDocument });
    return (await local.file(head?.household ?? '', query()))?.state;
  };
  expect(await stateOf('national_id')).toMatchObject({ payDigit: '7' });
  expect(await stateOf('nis')).not.toHaveProperty('payDigit');
  expect(await stateOf()).not.toHaveProperty('payDigit');
});

/** The local registry's answers, for the people of the demo and for the cases that dialogs depend on. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Keys } from '../../src/privacy/keys.ts';
import { demoPeople } from '../../src/registry/demo-people.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { generateHouseholds } from '../../src/registry/population.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { RegistryUnavailable } from '../../src/registry/registry.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { TestRegistry } from './support.ts';
import { household, openTestRegistry, query, TODAY } from './support.ts';

let registry: TestRegistry;
let local: Registry;
beforeAll(async () => {
  registry = await openTestRegistry();
  local = localRegistry(registry.db, registry.keys, {
    enrolment: { beneficiaire: 'active' },
    payment: { vire: 'sent' },
  });
  await importHouseholds(registry.db, registry.keys, generateHouseholds({ households: 300, today: TODAY }));
});
afterAll(() => registry.close());

/** What a dialog learns about a number, as one line. */
async function story(phone: string): Promise<string> {
  const persons = await local.findByPhone(phone, query());
  const lines = await Promise.all(
    persons.map(async (person) => {
      const [file, enrolments, payments] = await Promise.all([
        local.file(person.household, query()),
        local.enrolments(person.household, query()),
        local.payments(person.household, query()),
      ]);
      return [
        person.role,
        person.phoneUse,
        ...(file?.state.headDeceased === true ? ['head deceased'] : []),
        ...enrolments.map(({ programme, status, reason }) =>
          [programme, status, reason].filter(Boolean).join(' '),
        ),
        ...payments.slice(0, 2).map(({ status, amount, currency }) => `${status} ${amount} ${currency}`),
      ].join(', ');
    }),
  );
  return lines.sort().join(' | ');
}

test('each person of the demo has the story told of her', async () => {
  const told = await Promise.all(
    demoPeople.map(async ({ phone }) => `${phone.slice(-2)} ${await story(phone)}`),
  );
  expect(told).toEqual([
    '01 head, own, CASH active, ready 145.00 USD, collected 145.00 USD',
    '02 head, own, CASH active, scheduled 145.00 USD, collected 145.00 USD',
    '03 head, own, CASH active, collected 145.00 USD, paid 145.00 USD',
    '04 head, own, CASH active, failed 145.00 USD, collected 145.00 USD',
    '05 head, own, CASH waiting',
    '06 head, own, CASH noteligible income',
    '07 head, shared, CASH active | head, shared, CASH active, ready 145.00 USD',
    '08 nominee, own, CASH active, ready 45.00 USD',
    '09 member, own, head deceased, CASH active, on_hold 65.00 USD',
    '10 head, own, CASH active, SCHOOL active, scheduled 285.00 USD, ready 145.00 USD',
    '11 ',
    '12 nominee, own, CASH active, ready 45.00 USD',
    '13 head, borrowed, CASH active, ready 145.00 USD',
    '14 head, own, CASH suspended update_due, on_hold 145.00 USD, collected 145.00 USD',
  ]);
});

test('each person of the demo can be identified by what the list says', async () => {
  for (const { phone, last4, birthYear } of demoPeople) {
    if (last4 === null) continue;
    const persons = await local.findByPhone(phone, query());
    const found = persons.some((one) => one.documentEndings.includes(last4) && one.birthYear === birthYear);
    expect(found, phone).toBe(true);
  }
});

test('a document finds its holder, a family file number the whole family', async () => {
  expect(await local.findByDocument('٠٠٠٠ 1234-0427', query())).toMatchObject([
    { role: 'head', birthYear: 1980 },
  ]);
  const family = await local.findByDocument('000123', query());
  expect(family).toHaveLength(6);
  expect(family.every((person) => !('phoneUse' in person))).toBe(true);
  expect(await local.findByDocument('0427', query())).toEqual([]);
  expect(await local.findByDocument('', query())).toEqual([]);
});

test('an answer holds no more than the port asks for', async () => {
  const [rima] = await local.findByPhone('+96170000001', query());
  expect(JSON.stringify(rima)).not.toMatch(/Rima|Haddad|Salma|00001234|70000001/);
  const columns = [
    'alive',
    'birthDate',
    'birthYear',
    'documentEndings',
    'household',
    'language',
    'person',
    'phoneUse',
    'role',
  ];
  expect(Object.keys(rima ?? {}).sort()).toEqual(columns);
});

test("the registered phone is the living head's: her own first, never a borrowed one", async () => {
  const registered = async (phone: string) => {
    const [person] = await local.findByPhone(phone, query());
    return local.registeredPhone(person?.household ?? '', query());
  };
  expect(await registered('+96170000001')).toEqual({ phone: '+96170000001', use: 'own' });
  expect(await registered('+96170000008')).toBeUndefined();
  expect(await registered('+96170000009')).toBeUndefined();
  expect(await registered('+96170000013')).toBeUndefined();

  const both = household('Q-10001', '+96171200001');
  both.members[0]?.phones?.unshift({ number: '+96171200002', use: 'shared' });
  await importHouseholds(registry.db, registry.keys, [both]);
  expect(await registered('+96171200002')).toEqual({ phone: '+96171200001', use: 'own' });
});

test('words of another registry are read as the profile says, others as unknown', async () => {
  const payments = ['Ready', 'VIRE', 'en attente', 'toString'].map((status, index) => ({
    payment_ref: `W-${index}`,
    programme: 'CASH',
    status,
    from: TODAY,
    amount: ['12', '12.5', '12.345', null][index] ?? null,
  }));
  const enrolments = ['Active', 'Beneficiaire', 'bizarre', 'constructor'].map((status, index) => ({
    programme: `P${index}`,
    status,
  }));
  await importHouseholds(registry.db, registry.keys, [
    household('W-10001', '+96171200011', { payments, enrolments }),
  ]);
  const [person] = await local.findByPhone('+96171200011', query());
  const key = person?.household ?? '';
  expect((await local.enrolments(key, query())).map(({ status }) => status)).toEqual([
    'active',
    'active',
    'unknown',
    'unknown',
  ]);
  const found = (await local.payments(key, query())).reverse();
  expect(found.map(({ status }) => status)).toEqual(['ready', 'sent', 'unknown', 'unknown']);
  expect(found.map(({ amount }) => amount)).toEqual(['12', '12.5', '12.345', null]);
});

test('payments come newest first: a year of them and all open ones, 24 at most', async () => {
  const day = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const payment = (ref: string, status: string, days: number) => ({
    payment_ref: ref,
    programme: 'CASH',
    status,
    from: day(days),
  });
  const few = [
    payment('F-old', 'collected', 500),
    payment('F-open', 'failed', 500),
    payment('F-new', 'collected', 5),
    { payment_ref: 'F-period', programme: 'CASH', status: 'paid', period: day(40).slice(0, 7) },
  ];
  const many = Array.from({ length: 40 }, (_, index) =>
    payment(`M-${String(index).padStart(2, '0')}`, 'ready', index),
  );
  await importHouseholds(registry.db, registry.keys, [
    household('N-10001', '+96171200021', { payments: few }),
    household('N-10002', '+96171200022', { payments: many }),
  ]);
  const references = async (phone: string) => {
    const [person] = await local.findByPhone(phone, query());
    return (await local.payments(person?.household ?? '', query())).map(({ reference }) => reference);
  };
  expect(await references('+96171200021')).toEqual(['F-new', 'F-period', 'F-open']);
  expect(await references('+96171200022')).toEqual(many.slice(0, 24).map((one) => one.payment_ref));
});

test('a household that is not there is no error', async () => {
  const nobody = '00000000-0000-0000-0000-000000000000';
  expect(await local.file(nobody, query())).toBeUndefined();
  expect(await local.enrolments(nobody, query())).toEqual([]);
  expect(await local.payments(nobody, query())).toEqual([]);
  expect(await local.registeredPhone(nobody, query())).toBeUndefined();
});

test('past the deadline the registry is unavailable, at once', async () => {
  await expect(local.findByPhone('+96170000001', query(AbortSignal.abort()))).rejects.toThrow(
    RegistryUnavailable,
  );

  const lock = await registry.db.connect();
  try {
    await lock.query('begin; lock table person_phone in access exclusive mode');
    const started = performance.now();
    const late = local.findByPhone('+96170000001', query(AbortSignal.timeout(200)));
    await expect(late).rejects.toThrow(RegistryUnavailable);
    expect(performance.now() - started).toBeLessThan(2_000);
  } finally {
    await lock.query('rollback');
    lock.release();
  }
  expect(await local.findByPhone('+96170000001', query())).toHaveLength(1);
});

test('a database that cannot be reached is unavailable; a broken seal is an error of its own', async () => {
  const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/none');
  const error = await localRegistry(nowhere, registry.keys)
    .findByPhone('+96170000001', query())
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RegistryUnavailable);
  expect((error as Error).message).not.toContain('70000001');
  await nowhere.close();

  const other = await openTestRegistry(randomBytes(32));
  const mixed: Keys = { ...other.keys, index: (kind, value) => registry.keys.index(kind, value) };
  await expect(localRegistry(registry.db, mixed).findByPhone('+96170000001', query())).rejects.toThrow(
    /could not be opened/,
  );
  await other.close();
});

/** One suite for every adapter of the registry port: the same people, the same answers, the same way to be away. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compositeRegistry } from '../../src/registry/composite.ts';
import { demoPeople } from '../../src/registry/demo-people.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { generateHouseholds } from '../../src/registry/population.ts';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { openDatabase } from '../../src/store/database.ts';
import { startMockDci, type MockDci } from '../support/mock-dci.ts';
import { ask, blockFor, openDci } from './dci-support.ts';
import { openTestRegistry, TODAY, type TestRegistry } from './support.ts';

const people = [...generateHouseholds({ households: 40, today: TODAY })];
const RIMA = '+96170000001';

let store: TestRegistry;
let mock: MockDci;
const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/none');

beforeAll(async () => {
  store = await openTestRegistry();
  await importHouseholds(store.db, store.keys, people);
  mock = await startMockDci(people);
});
beforeEach(() => {
  mock.mood = 'well';
});
afterAll(async () => {
  await Promise.all([store.close(), mock.stop(), nowhere.close()]);
});

type Adapter = { open: () => Registry; away: () => Registry };

const local = (): Registry => localRegistry(store.db, store.keys);
const overDci = (): Registry => openDci(blockFor(mock.url), store.keys).registry;
const away = (): Registry => openDci(blockFor('http://127.0.0.1:1'), store.keys).registry;
const localAway = (): Registry => localRegistry(nowhere, store.keys);

const adapters: [string, Adapter][] = [
  ['local', { open: local, away: localAway }],
  ['dci', { open: overDci, away }],
  [
    'composite',
    {
      open: () =>
        compositeRegistry([
          { name: 'sr', roles: ['identification', 'social'], registry: overDci() },
          { name: 'own', roles: ['beneficiary', 'payments'], registry: local() },
        ]),
      away: () =>
        compositeRegistry([
          { name: 'sr', roles: ['identification', 'social'], registry: away() },
          { name: 'own', roles: ['beneficiary', 'payments'], registry: localAway() },
        ]),
    },
  ],
];

describe.each(adapters)('%s', (_name, adapter) => {
  const story = async (registry: Registry, phone: string): Promise<string> => {
    const query = ask(phone);
    const persons = await registry.findByPhone(phone, query);
    const lines = await Promise.all(
      persons.map(async ({ role, phoneUse, household }) => {
        const [file, enrolments, payments] = await Promise.all([
          registry.file(household, query),
          registry.enrolments(household, query),
          registry.payments(household, query),
        ]);
        return [
          role,
          phoneUse,
          ...(file?.state.headDeceased === true ? ['head deceased'] : []),
          ...enrolments.map(({ programme, status, reason }) =>
            [programme, status, reason].filter(Boolean).join(' '),
          ),
          ...payments.slice(0, 2).map(({ status, amount, currency }) => `${status} ${amount} ${currency}`),
        ].join(', ');
      }),
    );
    return lines.sort().join(' | ');
  };

  it('tells the story of each person of the demo', async () => {
    const registry = adapter.open();
    // One after the other: each question has its own 1.5 s, also on a machine that is busy.
    const told: string[] = [];
    for (const { phone } of demoPeople) told.push(await story(registry, phone));
    expect(told).toEqual([
      'head, own, CASH active, ready 145.00 USD, collected 145.00 USD',
      'head, own, CASH active, scheduled 145.00 USD, collected 145.00 USD',
      'head, own, CASH active, collected 145.00 USD, paid 145.00 USD',
      'head, own, CASH active, failed 145.00 USD, collected 145.00 USD',
      'head, own, CASH waiting',
      'head, own, CASH noteligible income',
      'head, shared, CASH active | head, shared, CASH active, ready 145.00 USD',
      'nominee, own, CASH active, ready 45.00 USD',
      'member, own, head deceased, CASH active, on_hold 65.00 USD',
      'head, own, CASH active, SCHOOL active, scheduled 285.00 USD, ready 145.00 USD',
      '',
      'nominee, own, CASH active, ready 45.00 USD',
      'head, borrowed, CASH active, ready 145.00 USD',
      'head, own, CASH suspended update_due, on_hold 145.00 USD, collected 145.00 USD',
    ]);
  });

  it('identifies each of them by what she is asked', async () => {
    const registry = adapter.open();
    for (const { phone, last4, birthYear } of demoPeople) {
      if (last4 === null) continue;
      const persons = await registry.findByPhone(phone, ask(phone));
      const found = persons.some((one) => one.documentEndings.includes(last4) && one.birthYear === birthYear);
      expect(found, phone).toBe(true);
    }
  });

  it('finds a holder by her document and the family by its file, and goes on from there in later turns', async () => {
    const registry = adapter.open();
    const [rima] = await registry.findByDocument('000012340427', ask('+96179999999'));
    expect(rima).toMatchObject({ role: 'head', birthYear: 1980 });
    expect(rima).not.toHaveProperty('phoneUse');
    expect(await registry.findByDocument('000123', ask())).toHaveLength(6);
    expect(await registry.findByDocument('0427', ask())).toEqual([]);
    expect(await registry.findByDocument('', ask())).toEqual([]);
    const later = ask('+96179999999');
    const key = rima?.household ?? '';
    expect(await registry.enrolments(key, later)).toMatchObject([{ programme: 'CASH', status: 'active' }]);
    expect(await registry.registeredPhone(key, later)).toEqual({ phone: RIMA, use: 'own' });
  });

  it('gives the same keys to the same people, and no key to two', async () => {
    const [one] = await adapter.open().findByPhone(RIMA, ask(RIMA));
    const [again] = await adapter.open().findByPhone(RIMA, ask(RIMA));
    const [other] = await adapter.open().findByPhone('+96170000002', ask('+96170000002'));
    const [locally] = await local().findByPhone(RIMA, ask(RIMA));
    expect(one).toEqual(again);
    expect([one?.person, one?.household]).toEqual([locally?.person, locally?.household]);
    expect(one?.household).not.toBe(other?.household);
  });

  it('tells no more than the port asks for', async () => {
    const registry = adapter.open();
    const query = ask(RIMA);
    const [rima] = await registry.findByPhone(RIMA, query);
    const key = rima?.household ?? '';
    const told = JSON.stringify([
      rima,
      await registry.file(key, query),
      await registry.enrolments(key, query),
      await registry.payments(key, query),
    ]);
    expect(told).not.toMatch(/Rima|Haddad|Salma|00001234|70000001|poverty|disab/i);
  });

  it('knows nothing of a household that is none', async () => {
    const none = '00000000-0000-0000-0000-000000000000';
    expect(await adapter.open().file(none, ask(RIMA))).toBeUndefined();
  });

  it('away is unavailable, never "nobody"', async () => {
    const registry = adapter.away();
    const key = (await local().findByPhone(RIMA, ask()))[0]?.household ?? '';
    const questions = [
      registry.findByPhone(RIMA, ask(RIMA)),
      registry.findByDocument('000012340427', ask(RIMA)),
      registry.file(key, ask(RIMA)),
      registry.enrolments(key, ask(RIMA)),
      registry.payments(key, ask(RIMA)),
      registry.registeredPhone(key, ask(RIMA)),
    ];
    for (const settled of await Promise.allSettled(questions)) {
      expect(settled.status).toBe('rejected');
      if (settled.status === 'rejected') {
        expect(settled.reason).toBeInstanceOf(RegistryUnavailable);
        expect((settled.reason as Error).message).not.toMatch(/\d{4}/);
      }
    }
  });

  it('gives up when the caller does', async () => {
    const query = { ...ask(RIMA), signal: AbortSignal.abort() };
    await expect(adapter.open().findByPhone(RIMA, query)).rejects.toBeInstanceOf(RegistryUnavailable);
  });
});

/** Lines of systems.md that belong to no country (§2.11, §5, §6): ports by themselves, nothing at rest, who gets what and when. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryRole } from '../../src/profiles/registry-block.ts';
import { compositeRegistry, type Source } from '../../src/registry/composite.ts';
import { deskRegistry } from '../../src/registry/desk.ts';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { profilesDir } from '../../src/paths.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import { startMockDci } from '../support/mock-dci.ts';
import { startService } from '../support/service.ts';
import { openCountry, referenceIn, type Country } from './support.ts';

const RIMA = '+96171000001';
const ENGLISH = '2';
const AWAY = 'Records are not available now.';

/** What each port of §2.11 is here; the sixth, the grievance system, is Wasl itself. */
const PORTS = {
  social: ['social'],
  identification: ['identification'],
  beneficiary: ['beneficiary'],
  integrated: ['integrated'],
  payments: ['payments'],
} as const satisfies Record<string, RegistryRole[]>;
type Port = keyof typeof PORTS;

let country: Country;
let registry: Registry;
let local: Registry;
let asked: string[] = [];

/** A port that answers only what it is for: the rest is empty, as a registry of that kind has no such records. */
function stub(port: Port): Source {
  const ask = <T>(what: string, answer: Promise<T>) => {
    asked.push(`${port}.${what}`);
    return answer;
  };
  const isPayer = port === 'payments';
  const isLister = port === 'beneficiary' || port === 'integrated';
  return {
    name: port,
    roles: PORTS[port],
    registry: {
      ...local,
      enrolments: (household, query) =>
        ask('enrolments', isLister ? local.enrolments(household, query) : Promise.resolve([])),
      payments: (household, query) =>
        ask('payments', isPayer ? local.payments(household, query) : Promise.resolve([])),
    },
  };
}

function dead(port: Port): Source {
  const no = () => Promise.reject(new RegistryUnavailable('away'));
  return {
    name: port,
    roles: PORTS[port],
    registry: {
      findByPhone: no,
      findByDocument: no,
      file: no,
      enrolments: no,
      payments: no,
      registeredPhone: no,
    },
  };
}

const ALL = Object.keys(PORTS) as Port[];

/** All ports but those absent; those that are down are there and answer nothing. */
function ports({ absent = [], down = [] }: { absent?: Port[]; down?: Port[] }): void {
  registry = compositeRegistry(
    ALL.filter((port) => !absent.includes(port)).map((port) =>
      down.includes(port) ? dead(port) : stub(port),
    ),
  );
}

beforeAll(async () => {
  country = await openCountry('lebanon-daem', {
    registry: (real) => {
      local = real;
      registry = real;
      return {
        findByPhone: (...given) => registry.findByPhone(...given),
        findByDocument: (...given) => registry.findByDocument(...given),
        file: (...given) => registry.file(...given),
        enrolments: (...given) => registry.enrolments(...given),
        payments: (...given) => registry.payments(...given),
        registeredPhone: (...given) => registry.registeredPhone(...given),
      };
    },
  });
});
afterAll(() => country.stop());
beforeEach(async () => {
  asked = [];
  ports({});
  await country.db.query('delete from conversation');
});

const status = () => country.phone(RIMA).dial(ENGLISH, '1', '0427', '1980');
const payment = () => country.phone(RIMA).dial(ENGLISH, '2', '1', '0427', '1980');
const complain = () => country.phone('+96171000777').dial(ENGLISH, '3', '1', '1', '2', '1', '1');

describe('§2.11 each port can be present, absent or down by itself', () => {
  it('with all of them', async () => {
    expect(await status()).toContain('AMAN: Active');
    await country.db.query('delete from conversation');
    expect(await payment()).toContain('145 USD is ready');
  });

  it.each([
    { port: 'social', status: true, payment: true },
    { port: 'identification', status: true, payment: true },
    { port: 'beneficiary', status: true, payment: true },
    { port: 'integrated', status: true, payment: true },
  ] as const)('without $port the others do what it is for', async ({ port }) => {
    ports({ absent: [port] });
    expect(await status()).toContain('AMAN: Active');
    await country.db.query('delete from conversation');
    expect(await payment()).toContain('145 USD is ready');
  });

  it('without a payment platform no payment is known, and none is invented', async () => {
    ports({ absent: ['payments'] });
    expect(await status()).toContain('AMAN: Active');
    await country.db.query('delete from conversation');
    expect(await payment()).toContain('No payment is planned for you now.');
  });

  it.each([
    { down: ['social'], status: AWAY, payment: AWAY },
    { down: ['identification'], status: 'AMAN: Active', payment: '145 USD is ready' },
    { down: ['beneficiary'], status: 'AMAN: Active', payment: '145 USD is ready' },
    { down: ['integrated'], status: 'AMAN: Active', payment: '145 USD is ready' },
    { down: ['beneficiary', 'integrated'], status: AWAY, payment: '145 USD is ready' },
    { down: ['payments'], status: 'AMAN: Active', payment: AWAY },
  ] satisfies { down: Port[]; status: string; payment: string }[])(
    'while $down is down the dialogs that need it say so, never "nothing found"; the others go on',
    async ({ down, status: expectedStatus, payment: expectedPayment }) => {
      ports({ down });
      expect(await status()).toContain(expectedStatus);
      await country.db.query('delete from conversation');
      expect(await payment()).toContain(expectedPayment);
    },
  );

  it('while all of them are down a complaint is taken, and information given', async () => {
    ports({ down: ALL });
    expect(referenceIn(await complain())).toMatch(/^\d{8}$/);
    expect(await country.phone(RIMA).dial(ENGLISH, '4', '3')).toContain('You have a right to');
    await country.db.query('delete from conversation');
    const screen = await country.phone(RIMA).dial(ENGLISH, '1');
    expect(screen).not.toMatch(/No file found|No programme/);
  });
});

describe('§2.11, §6 who gets what, and when', () => {
  it('one question answers for one person in several programmes, in at most five screens', async () => {
    const layla = country.phone('+96171000006');
    registry = counting(local);
    const screen = await layla.dial(ENGLISH, '1', '9004', '1975');
    expect(screen).toContain('AMAN');
    expect(screen).toContain('School top-up');
    expect(asked.filter((one) => one === 'enrolments')).toHaveLength(1);
    expect(layla.screens.filter((line) => line.startsWith('    ')).length).toBeLessThanOrEqual(5);
  });

  it('an agent reads all programmes and payments with their dates in one look', async () => {
    const { db, keys } = country.service.service.deployment;
    const desk = deskRegistry(db, keys);
    const [layla] = await desk.searchPhone('+96171000006', 5);
    const card = await desk.card(layla?.household ?? '');
    expect(card?.enrolments.map(({ programme }) => programme).sort()).toEqual(['ESSN', 'ESSN_TOPUP']);
    expect(card?.payments.length).toBeGreaterThan(0);
    for (const { amount, on } of card?.payments ?? []) {
      expect(amount).not.toBeNull();
      expect(on).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });
});

describe('§2.11 read-through, no copy', () => {
  it('after status and payment over a registry elsewhere nothing of the family can be read at rest', async () => {
    const families = readFileSync(path.join(import.meta.dirname, 'lebanon-daem/households.ndjson'), 'utf8');
    const [rima = ''] = families.split('\n');
    const household = JSON.parse(rima.replaceAll(/"day[+-]\d+"/g, '"2026-11-01"')) as HouseholdInput;
    const mock = await startMockDci([household]);
    const text = readFileSync(path.join(profilesDir, 'lebanon-daem.yaml'), 'utf8');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-rest-')), 'rest.yaml');
    const block = {
      kind: 'dci',
      url: mock.url,
      receiver_id: 'registry.example.gov',
      documents: ['NID', 'FILE'],
    };
    writeFileSync(file, `${text}\nregistry: ${JSON.stringify(block)}\n`);
    const service = await startService({ PROFILE: file });
    try {
      expect(service.service.deployment.profile.privacy.cache_ttl_s).toBe(0);
      const handset = service.handset(RIMA);
      await handset.dial();
      expect((await handset.keys(ENGLISH, '1', '0427', '1980')).text).toContain('AMAN: Active');
      await handset.drop();
      expect(mock.requests.length).toBeGreaterThan(0);
      const { db } = service.service.deployment;
      const { rows: tables } = await db.query<{ name: string }>(
        `select quote_ident(relname) as name from pg_class
         where relkind = 'r' and relnamespace = current_schema()::regnamespace`,
      );
      for (const { name } of tables) {
        const { rows } = await db.query<{ row: string }>(`select t::text as row from ${name} t`);
        const readable = rows.filter(({ row }) => /Haddad|Rima|000012340427|1980-04-12|71000001/.test(row));
        expect([name, readable.length]).toEqual([name, 0]);
        if (['household', 'person', 'person_phone', 'enrolment', 'payment'].includes(name))
          expect([name, rows.length]).toEqual([name, 0]);
      }
    } finally {
      await service.stop();
      await mock.stop();
    }
  });
});

function counting(real: Registry): Registry {
  return {
    ...real,
    enrolments: (household, query) => {
      asked.push('enrolments');
      return real.enrolments(household, query);
    },
  };
}

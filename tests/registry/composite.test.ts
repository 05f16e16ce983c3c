/** Several registries as one: each role present, absent or away by itself; contradictions are told as such. */
import { describe, expect, it } from 'vitest';
import type { RegistryRole } from '../../src/profiles/registry-block.ts';
import { compositeRegistry, type Source } from '../../src/registry/composite.ts';
import {
  RegistryUnavailable,
  type Enrolment,
  type Payment,
  type Registry,
  type RegistryPerson,
} from '../../src/registry/registry.ts';
import { ask } from './dci-support.ts';

const RIMA = '+96170000001';

const person = (more: Partial<RegistryPerson> = {}): RegistryPerson => ({
  person: 'p-1',
  household: 'h-1',
  role: 'head',
  birthYear: 1980,
  birthDate: '1980-04-12',
  documentEndings: ['0427'],
  alive: true,
  language: null,
  phoneUse: 'own',
  ...more,
});

const enrolment = (
  programme: string,
  status: Enrolment['status'],
  more: Partial<Enrolment> = {},
): Enrolment => ({
  programme,
  status,
  since: null,
  statusDate: null,
  reason: null,
  nextDate: null,
  reviewDue: null,
  ...more,
});

const payment = (reference: string, status: Payment['status'], more: Partial<Payment> = {}): Payment => ({
  reference,
  programme: 'CASH',
  period: '2026-11',
  amount: '145.00',
  currency: 'USD',
  status,
  from: '2026-11-20',
  until: null,
  place: null,
  provider: null,
  statusDate: null,
  ...more,
});

type Content = { persons?: RegistryPerson[]; enrolments?: Enrolment[]; payments?: Payment[] };

function source(
  name: string,
  roles: RegistryRole[],
  { persons = [], enrolments = [], payments = [] }: Content,
): Source {
  const has = (household: string) => persons.some((one) => one.household === household);
  const registry: Registry = {
    findByPhone: (phone) => Promise.resolve(phone === RIMA ? persons : []),
    findByDocument: () => Promise.resolve(persons.map(({ phoneUse: _, ...rest }) => rest)),
    file: (household) =>
      Promise.resolve(has(household) ? { household, state: { headDeceased: false, area: name } } : undefined),
    enrolments: (household) => Promise.resolve(has(household) ? enrolments : []),
    payments: (household) => Promise.resolve(has(household) ? payments : []),
    registeredPhone: () => Promise.resolve({ phone: RIMA, use: 'own' }),
  };
  return { name, roles, registry };
}

function down(name: string, roles: RegistryRole[]): Source {
  const no = () => Promise.reject(new RegistryUnavailable('away'));
  return {
    name,
    roles,
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

const SR = source('sr', ['social', 'identification'], { persons: [person()] });

describe('roles', () => {
  it('asks each source only what it is for', async () => {
    const registry = compositeRegistry([
      source('sr', ['social'], { persons: [person()], enrolments: [enrolment('WRONG', 'active')] }),
      source('ibr', ['integrated'], { persons: [person()], enrolments: [enrolment('CASH', 'active')] }),
      source('pay', ['payments'], { persons: [person()], payments: [payment('PAY-1', 'ready')] }),
    ]);
    expect(await registry.enrolments('h-1', ask(RIMA))).toMatchObject([{ programme: 'CASH' }]);
    expect(await registry.payments('h-1', ask(RIMA))).toMatchObject([{ reference: 'PAY-1' }]);
    expect(await registry.file('h-1', ask(RIMA))).toMatchObject({ state: { area: 'sr' } });
  });

  it('one role away takes its own answers away only', async () => {
    const ibr = source('ibr', ['integrated'], {
      persons: [person()],
      enrolments: [enrolment('CASH', 'active')],
    });
    const noPay = compositeRegistry([SR, ibr, down('pay', ['payments'])]);
    expect(await noPay.findByPhone(RIMA, ask(RIMA))).toHaveLength(1);
    expect(await noPay.enrolments('h-1', ask(RIMA))).toHaveLength(1);
    await expect(noPay.payments('h-1', ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
    const noIbr = compositeRegistry([SR, down('ibr', ['integrated'])]);
    expect(await noIbr.findByPhone(RIMA, ask(RIMA))).toHaveLength(1);
    await expect(noIbr.enrolments('h-1', ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('away is never "nobody": neither for a person nor for a household', async () => {
    const registry = compositeRegistry([down('id', ['identification']), SR]);
    expect(await registry.findByPhone(RIMA, ask(RIMA))).toHaveLength(1);
    await expect(registry.findByPhone('+96179999999', ask())).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('a source without the household is asked by who she is, and says that she is not in it', async () => {
    const other = person({ person: 'x', household: 'other', documentEndings: ['0427', '9999'] });
    const linked = source('ibr', ['integrated'], {
      persons: [other],
      enrolments: [enrolment('CASH', 'active')],
    });
    expect(await compositeRegistry([SR, linked]).enrolments('h-1', ask(RIMA))).toHaveLength(1);
    const stranger = person({ person: 'x', household: 'other', birthYear: 1999 });
    const unlinked = source('ibr', ['integrated'], {
      persons: [stranger],
      enrolments: [enrolment('CASH', 'active')],
    });
    expect(await compositeRegistry([SR, unlinked]).enrolments('h-1', ask(RIMA))).toEqual([]);
    // By document, from another phone: nothing links the two, so nothing can be told.
    await expect(
      compositeRegistry([SR, unlinked]).enrolments('h-1', ask('+96179999999')),
    ).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('who shares her phone in any register is treated so', async () => {
    const other = source('crvs', ['identification'], { persons: [person({ phoneUse: 'shared' })] });
    expect(await compositeRegistry([SR, other]).findByPhone(RIMA, ask())).toMatchObject([
      { phoneUse: 'shared' },
    ]);
  });
});

describe('contradictions', () => {
  const two = (one: Content, other: Content, onDisagreement = (_kind: string) => undefined) =>
    compositeRegistry(
      [
        SR,
        source('ibr', ['integrated'], { persons: [person()], ...one }),
        source('mis', ['beneficiary'], { persons: [person()], ...other }),
      ],
      { onDisagreement },
    );

  it('agreeing sources fill each other in, the first one first', async () => {
    const registry = two(
      { enrolments: [enrolment('CASH', 'active', { since: '2024-01-01' })] },
      { enrolments: [enrolment('CASH', 'active', { since: '2023-01-01', nextDate: '2026-12-01' })] },
    );
    expect(await registry.enrolments('h-1', ask(RIMA))).toEqual([
      enrolment('CASH', 'active', { since: '2024-01-01', nextDate: '2026-12-01' }),
    ]);
  });

  it('contradicting ones are being checked, and what each said is kept', async () => {
    const heard: string[] = [];
    const registry = two(
      {
        enrolments: [
          enrolment('CASH', 'active', { statusDate: '2026-05-01' }),
          enrolment('SCHOOL', 'active'),
        ],
      },
      { enrolments: [enrolment('CASH', 'suspended', { reason: 'update_due', statusDate: '2026-11-02' })] },
      (kind) => void heard.push(kind),
    );
    expect(await registry.enrolments('h-1', ask(RIMA))).toEqual([
      {
        ...enrolment('CASH', 'unknown'),
        said: [
          { source: 'ibr', status: 'active', date: '2026-05-01' },
          { source: 'mis', status: 'suspended', date: '2026-11-02' },
        ],
      },
      enrolment('SCHOOL', 'active'),
    ]);
    expect(heard).toEqual(['enrolment']);
  });

  it('a payment platform decides what became of a payment, but not in silence about its amount', async () => {
    const build = (amount: string) =>
      compositeRegistry([
        SR,
        source('ibr', ['integrated'], { persons: [person()], payments: [payment('B-1', 'sent')] }),
        source('pay', ['payments'], {
          persons: [person()],
          payments: [payment('PAY-1', 'ready', { amount })],
        }),
      ]);
    expect(await build('145').payments('h-1', ask(RIMA))).toEqual([
      payment('PAY-1', 'ready', { amount: '145' }),
    ]);
    expect(await build('100.00').payments('h-1', ask(RIMA))).toMatchObject([
      {
        status: 'unknown',
        amount: null,
        said: [
          { source: 'ibr', amount: '145.00' },
          { source: 'pay', amount: '100.00' },
        ],
      },
    ]);
  });

  it('a register is not heard on a payment while the platform is away', async () => {
    const registry = compositeRegistry([
      SR,
      source('ibr', ['integrated'], { persons: [person()], payments: [payment('B-1', 'paid')] }),
      down('pay', ['payments']),
    ]);
    await expect(registry.payments('h-1', ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('two payments of one month are told apart by their references, whatever their order', async () => {
    const arrears = payment('ARREARS', 'ready', { amount: '60.00' });
    const registry = two(
      { payments: [payment('A', 'sent'), arrears] },
      { payments: [arrears, payment('A', 'sent')] },
    );
    expect(await registry.payments('h-1', ask(RIMA))).toEqual([payment('A', 'sent'), arrears]);
  });

  it('the same figure in two currencies is a contradiction', async () => {
    const registry = two(
      { payments: [payment('A', 'sent')] },
      { payments: [payment('A', 'sent', { currency: 'LBP' })] },
    );
    expect(await registry.payments('h-1', ask(RIMA))).toMatchObject([{ status: 'unknown', amount: null }]);
  });

  it('an amount that one source leaves out contradicts nothing', async () => {
    const registry = two(
      { payments: [payment('A', 'sent')] },
      { payments: [payment('B', 'sent', { amount: null })] },
    );
    expect(await registry.payments('h-1', ask(RIMA))).toEqual([payment('A', 'sent')]);
  });
});

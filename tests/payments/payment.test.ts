/** Payments as they are told, and her word on what arrived (dialogs.md D4): only what is true today, only to her. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextPayment as flow } from '../../flows/next-payment.ts';
import type { AskName, Facts, Slots } from '../../src/conversation/dialog.ts';
import type { TurnContext } from '../../src/conversation/ports.ts';
import { CannotTell, send, start, type Place, type Stop } from '../../src/conversation/run.ts';
import type { Identity } from '../../src/conversation/session.ts';
import { paymentPorts, type PaymentPorts } from '../../src/payments/payment-ports.ts';
import { inOrder, tell } from '../../src/payments/payment-facts.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import {
  PAYMENT_STATUSES,
  RegistryUnavailable,
  type Payment,
  type Registry,
} from '../../src/registry/registry.ts';
import { createTexts } from '../../src/render/texts.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { inTurn, type Asking } from '../support/turn.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const LANGUAGES = ['ar', 'en', 'fr'] as const;
const profile = loadProfile('demo', fileURLToPath(new URL('../../profiles', import.meta.url)));
const locales = Object.fromEntries(
  LANGUAGES.map((language) => [
    language,
    JSON.parse(readFileSync(new URL(`../../locales/${language}.json`, import.meta.url), 'utf8')) as Record<
      string,
      string
    >,
  ]),
);
const texts = createTexts(locales, profile, () => true);

let db: Database;
let keys: Keys;
let local: Registry;
let drop: () => Promise<void>;
let consent: 'unasked' | 'full' | 'discreet' | 'none';
let unmapped: string[];
let cases: unknown[];

beforeAll(async () => {
  const fresh = await freshDatabase();
  ({ drop } = fresh);
  db = openDatabase(fresh.url);
  keys = await openKeys(db, { current: randomBytes(32) });
  const { rejected } = await importHouseholds(db, keys, [
    {
      household_id: 'HH-920001',
      area: 'SOU-03',
      members: [{ person_id: 'P-1', role: 'head', phones: [{ number: '+96170920001', use: 'own' }] }],
      payments: [
        {
          payment_ref: 'PAY-1',
          programme: 'CASH',
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
        {
          payment_ref: 'PAY-2',
          programme: 'SCHOOL',
          amount: '185',
          currency: 'USD',
          status: 'scheduled',
          from: '2026-12-20',
        },
        {
          payment_ref: 'PAY-0',
          programme: 'CASH',
          amount: '145',
          currency: 'USD',
          status: 'collected',
          from: '2026-10-20',
        },
      ],
    },
  ]);
  expect(rejected).toEqual([]);
  local = localRegistry(db, keys);
});

afterAll(async () => {
  await db.close();
  await drop();
});

beforeEach(() => {
  consent = 'full';
  unmapped = [];
  cases = [];
});

function portsOf(registry: Registry = local): PaymentPorts {
  return paymentPorts({
    profile,
    registry,
    consentOf: () => Promise.resolve(consent),
    unmapped: (kind) => unmapped.push(kind),
    openCase: (_turn, complaint) => {
      cases.push(complaint);
      return Promise.resolve({ ref: '48217739', d: '2026-12-31' });
    },
  });
}

const withPayments = (...list: Payment[]) => portsOf({ ...local, payments: () => Promise.resolve(list) });

function her(level: Identity['level'] = '2', more: Partial<Identity> = {}): Identity {
  return {
    level,
    person: keys.index('person', 'HH-920001\0P-1'),
    household: keys.index('household', 'HH-920001'),
    ...more,
  };
}

const ask = <T>(asking: Asking, question: (turn: TurnContext) => Promise<T>) =>
  inTurn(db, { now: NOW, phone: '+96170920001', ...asking }, question);
const payment = async (ports: PaymentPorts, slots: Slots = {}, asking: Asking = {}) =>
  (await ask({ identity: her(), ...asking }, (turn) => ports.payment(slots, turn))).answer;

function a(status: Payment['status'], more: Partial<Payment> = {}): Payment {
  return {
    reference: `PAY-${status}`,
    programme: 'CASH',
    period: '2026-11',
    amount: '145.00',
    currency: 'USD',
    status,
    from: null,
    until: null,
    place: null,
    provider: null,
    statusDate: null,
    ...more,
  };
}

const AMT = { amount: '145.00', currency: 'USD' };

describe('one payment is told', () => {
  it.each<[string, Payment, Facts]>([
    [
      'ready',
      a('ready', { from: '2026-11-20', until: '2026-12-10' }),
      { outcome: 'ready', d: '2026-12-10', amt: AMT },
    ],
    ['ready on its last day', a('ready', { until: '2026-11-22' }), { outcome: 'ready', d: '2026-11-22' }],
    ['ready without an end', a('ready'), { outcome: 'readyundated' }],
    ['ready until yesterday', a('ready', { until: '2026-11-21' }), { outcome: 'checking' }],
    [
      'ready from tomorrow',
      a('ready', { from: '2026-11-23', until: '2026-12-10' }),
      { outcome: 'scheduled', d: '2026-11-23' },
    ],
    ['scheduled', a('scheduled', { from: '2026-12-01' }), { outcome: 'scheduled', d: '2026-12-01' }],
    ['scheduled for nobody knows when', a('scheduled'), { outcome: 'checking' }],
    ['scheduled for a day that passed', a('scheduled', { from: '2026-11-01' }), { outcome: 'checking' }],
    ['late', a('late', { from: '2026-12-01' }), { outcome: 'late', d: '2026-12-01' }],
    ['sent', a('sent'), { outcome: 'sent', amt: AMT }],
    ['credited', a('paid', { statusDate: '2026-11-02' }), { outcome: 'paid', d: '2026-11-02' }],
    ['credited 41 days ago', a('paid', { statusDate: '2026-10-12' }), { outcome: 'none' }],
    [
      'collected',
      a('collected', { statusDate: '2026-11-02', place: 'Hamra' }),
      { outcome: 'collected', d: '2026-11-02', place: 'Hamra' },
    ],
    ['collected somewhere', a('collected', { statusDate: '2026-11-02' }), { outcome: 'collectedanywhere' }],
    ['collected 61 days ago', a('collected', { statusDate: '2026-09-22' }), { outcome: 'none' }],
    ['failed', a('failed'), { outcome: 'failed', d: '2026-12-04' }],
    ['returned', a('returned'), { outcome: 'failed', d: '2026-12-04' }],
    ['on hold', a('on_hold'), { outcome: 'on_hold' }],
    ['cancelled', a('cancelled'), { outcome: 'none' }],
  ])('%s', async (_, one, expected) => {
    expect(await payment(withPayments(one))).toMatchObject(expected);
    expect(unmapped).toEqual([]);
  });

  it.each([null, '0', '0.00', '-5', '', 'abc'])(
    'never with the amount %j, which is counted',
    async (amount) => {
      const told = await payment(withPayments(a('ready', { amount, until: '2026-12-10' })));
      expect(told).toMatchObject({ outcome: 'checking' });
      expect(told).not.toHaveProperty('amt');
      expect(unmapped).toEqual(['amount']);
    },
  );

  it('as "being checked" when the registry uses a word that nobody mapped', async () => {
    expect(await payment(withPayments(a('unknown')))).toMatchObject({ outcome: 'checking' });
    expect(unmapped).toEqual(['payment']);
  });

  it('with the office of her area where it names no place', async () => {
    const told = await payment(withPayments(a('ready')));
    expect(told).toMatchObject({ place: { en: 'Saida post office' } });
  });
});

describe('the line of payments', () => {
  it('begins with the most urgent, whatever the order of the file', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...PAYMENT_STATUSES], { minLength: 10 }), (statuses) => {
        const dates = { from: '2026-12-01', until: '2026-12-10', statusDate: '2026-11-20' };
        const line = statuses.map((status) =>
          a(status, { ...dates, ...(status === 'ready' ? { from: null } : {}) }),
        );
        expect(inOrder(line, { profile, now: NOW }).map(({ status }) => status)).toEqual([
          'ready',
          'late',
          'sent',
          'failed',
          'returned',
          'on_hold',
          'paid',
          'scheduled',
          'collected',
        ]);
      }),
    );
  });

  it('is gone through one by one, of one programme where she chose one', async () => {
    const ports = portsOf();
    const first = await payment(ports);
    expect(first).toMatchObject({
      outcome: 'ready',
      payment: 'PAY-1',
      place: 'Main post office',
      further: true,
    });
    const next = async (slots: Slots) =>
      (await ask({ identity: her() }, (turn) => ports.nextInLine(slots, turn))).answer;
    expect(await next({ payment: 'PAY-1' })).toMatchObject({
      outcome: 'scheduled',
      payment: 'PAY-2',
      further: true,
    });
    expect(await next({ payment: 'PAY-2' })).toMatchObject({ payment: 'PAY-0', further: false });
    expect(await payment(ports, { programme: 'SCHOOL' })).toMatchObject({ payment: 'PAY-2', further: false });
  });

  it('is empty', async () => {
    expect(await payment(withPayments())).toEqual({ outcome: 'none', further: false });
  });

  it('offers for confirmation only what can have arrived', async () => {
    const confirm = { want: 'confirm' };
    const line = [
      a('late', { from: '2026-12-01' }),
      a('ready', { amount: '0' }),
      a('collected', { statusDate: '2026-11-02' }),
    ];
    expect(await payment(withPayments(...line), confirm)).toMatchObject({ payment: 'PAY-collected' });
    expect(await payment(withPayments(line[0] as Payment), confirm)).toMatchObject({ outcome: 'none' });
  });

  it('says where and until when', async () => {
    const point = async (ports: PaymentPorts) =>
      (await ask({ identity: her() }, (turn) => ports.payPoint({ want: 'where' }, turn))).answer;
    expect(await point(portsOf())).toMatchObject({
      outcome: 'found',
      place: 'Main post office',
      d: '2026-12-10',
      h1: '08:00',
      h2: '16:00',
    });
    const office = await point(withPayments(a('ready', { until: '2026-12-10' })));
    expect(office).toMatchObject({ outcome: 'found', place: { en: 'Saida post office' }, h2: '14:00' });
    const coming = await point(withPayments(a('scheduled', { from: '2026-12-01' })));
    expect(coming).toMatchObject({ outcome: 'scheduled', d: '2026-12-01' });
  });
});

describe('who may see it', () => {
  it('a proxy may; another phone sees nothing at all, whatever the payment', async () => {
    expect(await payment(portsOf(), {}, { identity: her('2', { proxy: true }) })).toMatchObject({
      outcome: 'ready',
    });
    const elsewhere = { identity: her('2u') };
    for (const slots of [{}, { want: 'confirm' }, { want: 'where' }])
      expect(await payment(portsOf(), slots, elsewhere)).toEqual({ outcome: 'undisclosed' });
    for (const name of ['nextInLine', 'payPoint'] as const) {
      const { answer } = await ask(elsewhere, (turn) => portsOf()[name]({ payment: 'PAY-1' }, turn));
      expect(answer).toEqual({ outcome: 'undisclosed' });
    }
  });

  it('nobody without identity: the turn fails', async () => {
    await expect(payment(portsOf(), {}, { identity: null })).rejects.toThrow('without identity');
    await expect(payment(portsOf(), {}, { identity: her('1') })).rejects.toThrow('without identity');
  });

  it('nobody while the registry is down', async () => {
    const down = portsOf({ ...local, payments: () => Promise.reject(new RegistryUnavailable('down')) });
    await expect(payment(down)).rejects.toThrow(CannotTell);
  });

  it('by text message: what is ready, to who agreed to full messages', async () => {
    const sms = { channel: 'sms', identity: her('1') } as const;
    const told = await payment(portsOf(), {}, sms);
    expect(told).toMatchObject({
      outcome: 'text',
      amt: AMT,
      d: '2026-11-20',
      d2: '2026-12-10',
      place: 'Main post office',
    });
    for (const language of LANGUAGES)
      expect(texts.text(language, 'sms.pay.ready', { facts: told })).toContain('10/12/2026');
    for (const one of [a('ready'), a('scheduled', { from: '2026-12-01' }), a('ready', { amount: null })])
      expect(await payment(withPayments(one), {}, sms)).toEqual({ outcome: 'private' });
    expect(await payment(portsOf(), {}, { ...sms, identity: null })).toEqual({ outcome: 'private' });
    consent = 'unasked';
    expect(await payment(portsOf(), {}, sms)).toEqual({ outcome: 'private' });
  });
});

describe('her word on what arrived', () => {
  const confirm = (slots: Slots, asking: Asking = {}) =>
    ask({ identity: her(), ...asking }, (turn) => portsOf().confirmReceipt(slots, turn));
  const stored = async () =>
    (
      await db.query(
        'select payment, answer, amount_said, fee, channel from payment_confirmation order by id',
      )
    ).rows;

  beforeEach(() => db.query('delete from payment_confirmation'));

  it('is kept', async () => {
    await confirm({ payment: 'PAY-1', answer: 'all', fee: 'no', amount: '50' });
    await confirm({ payment: 'PAY-1', answer: 'less', amount: '50.5', fee: 'skip' });
    await confirm({ payment: 'PAY-1', answer: 'less', amount: 'unknown', fee: 'skip' });
    await confirm({ payment: 'PAY-1', answer: 'nothing' });
    const of = (answer: string, amount_said: string | null, fee: string) => ({
      payment: 'PAY-1',
      answer,
      amount_said,
      fee,
      channel: 'ussd',
    });
    expect(await stored()).toEqual([
      of('all', null, 'no'),
      of('less', '50.5', 'skip'),
      of('less', null, 'skip'),
      of('nothing', null, 'skip'),
    ]);
    expect(cases).toHaveLength(2);
  });

  it('opens a case for a fee, and one for missing money', async () => {
    await confirm({ payment: 'PAY-1', programme: 'CASH', answer: 'all', fee: 'yes' });
    expect(cases).toEqual([{ matter: 'feeasked', programme: 'CASH', details: 'PAY-1' }]);
    cases = [];
    const { answer } = await confirm({
      payment: 'PAY-1',
      programme: 'CASH',
      answer: 'less',
      amount: '50',
      fee: 'yes',
    });
    expect(cases).toEqual([
      { matter: 'lessmoney', programme: 'CASH', details: 'PAY-1: 50' },
      { matter: 'feeasked', programme: 'CASH', details: 'PAY-1: 50' },
    ]);
    expect(answer).toEqual({
      recorded: 'two',
      ref: '48217739',
      ref2: '48217739',
      d: '2026-12-31',
    });
  });

  it('counts once a turn', async () => {
    for (let i = 0; i < 2; i++)
      await confirm({ payment: 'PAY-1', answer: 'less', fee: 'yes' }, { key: 'one-turn' });
    expect(await stored()).toHaveLength(1);
    expect(cases).toHaveLength(2);
  });

  it('is not taken from another phone, or about no payment', async () => {
    await expect(confirm({ payment: 'PAY-1', answer: 'all' }, { identity: her('2u') })).rejects.toThrow();
    await expect(confirm({ answer: 'all' })).rejects.toThrow('no payment');
    expect(await stored()).toEqual([]);
  });
});

describe('the dialog', () => {
  const choose = (place: Place, id: string, answer: (name: AskName, slots: Slots) => Promise<Facts>) =>
    send(flow, place, { type: `choose.${id}` }, answer);
  const placeOf = (stop: Stop): Place => {
    if (stop.over) throw new Error('the dialog is over');
    return stop.place;
  };

  it('tells the port which payment she speaks of, and only her last answer', async () => {
    const asked: [AskName, Slots][] = [];
    const answer = (name: AskName, slots: Slots) => {
      asked.push([name, slots]);
      return Promise.resolve({
        outcome: 'paid',
        payment: 'PAY-7',
        programme: 'CASH',
        amt: AMT,
        d: '2026-11-02',
      });
    };
    const shown = placeOf(await start(flow, { amount: '12', fee: 'yes' }, answer));
    const fee = placeOf(await choose(shown, 'received', answer));
    await choose(fee, 'no', answer);
    expect(asked.at(-1)).toEqual([
      'confirmReceipt',
      { payment: 'PAY-7', programme: 'CASH', answer: 'all', fee: 'no' },
    ]);

    const less = placeOf(await choose(shown, 'less', answer));
    const said = placeOf(await send(flow, less, { type: 'answer', value: '50' }, answer));
    await choose(said, 'skip', answer);
    expect(asked.at(-1)?.[1]).toMatchObject({ payment: 'PAY-7', answer: 'less', amount: '50', fee: 'skip' });

    const nothing = await choose(shown, 'notme', answer);
    expect(asked.at(-1)).toMatchObject(['confirmReceipt', { payment: 'PAY-7', answer: 'nothing' }]);
    expect(nothing).toMatchObject({
      over: true,
      next: 'complaint',
      slots: { matter: 'notreceived', payment: 'PAY-7' },
    });

    await choose(shown, 'more', answer);
    expect(asked.at(-1)).toMatchObject(['nextInLine', { payment: 'PAY-7' }]);
  });

  it('keeps the request with what it was about when the registry is down', async () => {
    const asked: [AskName, Slots][] = [];
    await start(flow, {}, (name, slots) => {
      asked.push([name, slots]);
      return name === 'payment'
        ? Promise.reject(new CannotTell('down'))
        : Promise.resolve({ d: '2026-11-23' });
    });
    expect(asked.at(-1)).toEqual(['keepRequest', { goal: 'nextpayment' }]);
  });

  const isoDate = fc
    .date({ min: new Date('2026-08-01'), max: new Date('2027-03-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const anyPayment = fc.record({
    reference: fc.constant('PAY-X'),
    programme: fc.constantFrom('CASH', 'SCHOOL', 'GONE'),
    period: fc.constant(null),
    amount: fc.constantFrom('145.00', '1250000', '0', null),
    currency: fc.constantFrom('USD', 'XAF', null),
    status: fc.constantFrom(...PAYMENT_STATUSES, 'unknown' as const),
    from: fc.option(isoDate),
    until: fc.option(isoDate),
    place: fc.option(fc.constant('Main post office')),
    provider: fc.constant(null),
    statusDate: fc.option(isoDate),
  });

  it('has words for every payment, in every language, whatever she wants of it', async () => {
    await fc.assert(
      fc.asyncProperty(anyPayment, fc.constantFrom({}, { want: 'confirm' }), async (one, slots) => {
        const told = inOrder([one], { profile, now: NOW }).map((each) =>
          tell(each, profile.place, { profile, now: NOW }),
        );
        const facts = { ...(told[0] ?? { outcome: 'none' }), further: true };
        const stop = await start(flow, slots, () => Promise.resolve(facts));
        if (stop.over) throw new Error('the dialog is over');
        const { screen, place } = stop;
        for (const language of LANGUAGES) {
          const text = texts.text(language, screen.text, place.context);
          expect(text).not.toMatch(/\{\{|undefined|null|\b0 (USD|XAF)/u);
          for (const { id } of screen.choices ?? [])
            expect(texts.text(language, `${screen.text}.${id}`, place.context)).not.toBe('');
        }
      }),
      { numRuns: 600 },
    );
  });
});

/** Payment events over a real database: stored once, told once, corrected when they turn out wrong. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contactFor } from '../../src/notifications/contact.ts';
import { stopMessages } from '../../src/notifications/opt-out.ts';
import { parkedCounts, retryParked } from '../../src/payments/parked.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { localRegistry } from '../../src/registry/local.ts';
import { query } from '../registry/support.ts';
import { event, family, hoursLater, NOON, openPayments, profile, type Office } from './support.ts';

const PHONE = '+96170000001';
let office: Office;
beforeAll(async () => {
  office = await openPayments();
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.clear();
  await office.add(family('HH-10001', PHONE));
});

const texts = async () =>
  (await office.messages()).filter(({ state }) => state !== 'cancelled').map(({ text }) => text);

describe('an event', () => {
  it('makes the payment, tells the payee on her own phone, and the dialog reads the same truth at once', async () => {
    const ready = { from: '2026-11-23', until: '2026-12-10', place: 'Main post office' };
    expect(await office.take(event('ready', ready))).toEqual({ outcome: 'accepted' });
    const [message, ...more] = await office.messages();
    expect(more).toEqual([]);
    expect(message).toMatchObject({ to: PHONE, state: 'queued', due: NOON });
    expect(message?.text).toBe(
      'Wasl: 145 USD ready from 23/11/2026 to 10/12/2026 at Main post office. Bring ID. FREE, pay no fee. We never ask your PIN. Help: 1747 free',
    );
    const registry = localRegistry(office.db, office.keys);
    const [head] = await registry.findByPhone(PHONE, query());
    const told = async () => (await registry.payments(head?.household ?? '', query()))[0];
    expect(await told()).toMatchObject({
      reference: 'PAY-1',
      status: 'ready',
      amount: '145.00',
      until: '2026-12-10',
    });
    await office.take(event('collected', { occurredAt: hoursLater(1), amount: null, place: null }));
    expect(await told()).toMatchObject({ status: 'collected', amount: '145.00', statusDate: '2026-11-23' });
  });

  it('is taken once, however often and in parallel it comes', async () => {
    const one = event('paid');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => office.takeAll([one])));
    expect(outcomes.flat().filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.flat().filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(7);
    expect(await office.messages()).toHaveLength(1);
    expect(await office.take({ ...one, amount: '1.00' })).toMatchObject({ outcome: 'rejected' });
    expect(await office.take({ ...one, source: 'other' })).toEqual({ outcome: 'accepted' });
    expect(await office.messages()).toHaveLength(1);
  });

  it('that is late changes nothing and says nothing', async () => {
    await office.take(event('paid', { occurredAt: hoursLater(-1) }));
    expect(await office.take(event('sent', { occurredAt: hoursLater(-3) }))).toEqual({ outcome: 'accepted' });
    expect(await office.take(event('sent', { occurredAt: NOON }))).toEqual({ outcome: 'accepted' });
    expect(await office.payment('PAY-1')).toMatchObject({ status: 'paid' });
    expect(await texts()).toEqual([
      'Wasl: 145 USD was sent to your account on 23/11/2026. Not there? Call 1747, free. We never ask your PIN.',
    ]);
  });

  it('that reverses a payment two days later corrects what was said', async () => {
    await office.take(event('paid'));
    await office.sendAll();
    office.clock.now = hoursLater(48);
    await office.take(
      event('returned', { occurredAt: hoursLater(48), reasonCode: 'account_blocked', reasonText: 'x' }),
    );
    expect((await texts()).at(-1)).toBe(
      'Wasl: correction. 145 USD did not reach you. You will not lose it. We will fix it by 09/12/2026. Do not pay anyone. Help: 1747 free',
    );
    expect(await office.payment('PAY-1')).toMatchObject({ status: 'returned', reason: 'account_blocked' });
  });

  it('takes a notice back that has not left, and then has nothing to correct', async () => {
    office.clock.now = hoursLater(9);
    await office.take(event('ready', { until: '2026-12-10' }));
    await office.take(event('cancelled', { occurredAt: hoursLater(8) }));
    expect((await office.messages()).map(({ state }) => state)).toEqual(['cancelled']);
    await office.take(event('ready', { reference: 'PAY-2', until: '2026-12-10' }));
    await office.sendAll();
    await office.take(event('cancelled', { reference: 'PAY-2', occurredAt: hoursLater(8) }));
    expect((await texts()).at(-1)).toContain('correction. The payment we wrote about is not ready');
  });

  it('says a new amount once, and no amount where none is known', async () => {
    const ready = { from: '2026-11-23', until: '2026-12-10' };
    await office.take(event('ready', ready));
    await office.sendAll();
    await office.take(event('ready', { ...ready, occurredAt: hoursLater(1), amount: '145.0' }));
    expect(await texts()).toHaveLength(1);
    await office.take(event('ready', { ...ready, occurredAt: hoursLater(2), amount: '125.00' }));
    expect((await texts()).at(-1)).toContain('your amount is 125 USD');
    await office.take(event('ready', { ...ready, reference: 'PAY-2', amount: null }));
    expect((await texts()).at(-1)).toBe('You have a message. Dial *384*1747# or call 1747. Free.');
  });
});

describe('who is told', () => {
  it.each([
    ['own', null, 'full'],
    ['unknown', null, 'discreet'],
    ['unknown', 'full', 'full'],
    ['shared', 'full', 'discreet'],
    ['borrowed', null, 'discreet'],
    ['own', 'discreet', 'discreet'],
    ['own', 'none', 'refused'],
    ['own', 'stop', 'opted_out'],
  ] as const)('on a phone that is %s, having answered %s: %s', async (use, consent, expected) => {
    await office.clear();
    await office.add(family('HH-10001', PHONE, use));
    const { key } = await contactFor(office.db, office.keys, { from: PHONE });
    if (consent === 'stop') await stopMessages(office.db, key);
    else await office.db.query('update contact set consent = $2 where key = $1', [key, consent]);
    await office.take(event('paid'));
    const [notice] = await office.notices();
    const wasTold = expected === 'full' || expected === 'discreet';
    expect(notice).toMatchObject(
      wasTold ? { reach: expected, reason: null } : { reach: 'none', reason: expected },
    );
    expect(await office.messages()).toHaveLength(wasTold ? 1 : 0);
  });

  it('lists who has no phone, two files on one phone are told discreetly, old news is no news', async () => {
    const one = family('HH-10002', '+96170000002');
    await office.add({ ...one, members: one.members.map((head) => ({ ...head, phones: [] })) });
    await office.add(family('HH-10003', PHONE));
    await office.take(
      event('paid', { reference: 'PAY-2', beneficiary: { idType: 'person_id', idValue: 'P-HH-10002' } }),
    );
    await office.take(event('paid'));
    await office.take(event('paid', { reference: 'PAY-3', occurredAt: hoursLater(-24 * 40) }));
    expect(await office.notices()).toMatchObject([
      { reach: 'none', reason: 'no_phone' },
      { reach: 'discreet' },
      { reach: 'none', reason: 'old' },
    ]);
  });

  it('never reads a personal datum on a phone that is not only hers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('shared', 'borrowed', 'unknown'),
        fc.constantFrom('ready', 'paid', 'collected', 'late', 'failed', 'returned'),
        fc.integer({ min: 1, max: 999_999 }),
        fc.constantFrom('Saida', 'Tripoli post'),
        async (use, status, cents, place) => {
          await office.clear();
          await office.add(family('HH-10001', PHONE, use));
          const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
          await office.take(event(status, { amount, place, from: '2026-12-01', until: '2026-12-20' }));
          for (const text of await texts()) {
            expect(text).toBe('You have a message. Dial *384*1747# or call 1747. Free.');
          }
          expect(await texts()).toHaveLength(1);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('a beneficiary', () => {
  it('who is unknown parks the event, counted and untold, until the registry knows her', async () => {
    const stranger = event('paid', { beneficiary: { idType: 'household_id', idValue: 'HH-20002' } });
    expect(await office.take(stranger)).toEqual({ outcome: 'parked', reason: 'unknown_beneficiary' });
    expect(await office.take(stranger)).toEqual({ outcome: 'parked', reason: 'unknown_beneficiary' });
    await office.take(
      event('paid', { reference: 'PAY-9', beneficiary: { idType: 'phone', idValue: PHONE } }),
    );
    expect(await parkedCounts(office.db)).toEqual({ unknown_beneficiary: 1, unknown_id_type: 1 });
    expect(await office.messages()).toEqual([]);
    expect(await office.payment('PAY-1')).toBeUndefined();
    await office.add(family('HH-20002', '+96170000020'));
    expect(await retryParked(office.deps)).toBe(1);
    expect((await office.messages()).map(({ to }) => to)).toEqual(['+96170000020']);
    expect(await office.take(stranger)).toEqual({ outcome: 'duplicate' });
  });

  it('is found by household, person and document, and must be the one the payment belongs to', async () => {
    const ids = [
      { idType: 'person_id', idValue: 'P-HH-10001' },
      { idType: 'national-id', idValue: '0000 10001' },
      { idType: 'family_file', idValue: 'HH-10001' },
    ];
    for (const [index, beneficiary] of ids.entries()) {
      expect(await office.take(event('paid', { reference: `PAY-${index + 2}`, beneficiary }))).toEqual({
        outcome: 'accepted',
      });
    }
    await office.add(family('HH-20002', '+96170000020'));
    const other = { idType: 'household_id', idValue: 'HH-20002' };
    expect(await office.take(event('returned', { reference: 'PAY-2', beneficiary: other }))).toEqual({
      outcome: 'parked',
      reason: 'other_household',
    });
  });
});

describe('parked events', () => {
  it('are looked at in turn: a head that nobody can place does not keep the others waiting', async () => {
    for (let n = 0; n < 6; n += 1) {
      await office.take(
        event('ready', {
          eventId: `head-${n}`,
          reference: `HEAD-${n}`,
          beneficiary: { idType: 'household_id', idValue: 'HH-NEVER' },
        }),
      );
    }
    const late = { idType: 'household_id', idValue: 'HH-LATER' };
    await office.take(event('ready', { eventId: 'tail', reference: 'TAIL', beneficiary: late }));
    await office.add(family('HH-LATER', '+96171999999'));
    const cursor = { after: 0 };
    expect(await retryParked(office.deps, cursor, 4)).toBe(0);
    expect(await retryParked(office.deps, cursor, 4)).toBe(1);
    expect(cursor).toEqual({ after: 0 });
    expect(await parkedCounts(office.db)).toEqual({ unknown_beneficiary: 6 });
  });
});

describe('a parked event that cannot be opened', () => {
  it('keeps no other waiting', async () => {
    const late = { idType: 'household_id', idValue: 'HH-LATER' };
    for (const name of ['broken', 'whole'])
      await office.take(event('ready', { eventId: name, reference: name, beneficiary: late }));
    await office.db.query(`update payment_event set sealed = '\\x01' where event_id = 'broken'`);
    await office.add(family('HH-LATER', '+96171999999'));
    await expect(retryParked(office.deps)).rejects.toThrow();
    expect((await office.payment('whole'))?.['status']).toBe('ready');
  });
});

describe('the order of arrival', () => {
  it('changes neither the truth nor what was last said', async () => {
    const statuses = [
      'scheduled',
      'sent',
      'ready',
      'late',
      'paid',
      'collected',
      'failed',
      'returned',
    ] as const;
    const plan = fc.uniqueArray(fc.constantFrom(...statuses), { minLength: 2, maxLength: 4 }).chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(
          list.map((_, index) => index),
          { minLength: list.length },
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(plan, async ([list, order]) => {
        const run = async (indices: number[], reference: string) => {
          for (const index of indices) {
            const status = list[index];
            if (!status) continue;
            const occurredAt = hoursLater(-10 + index);
            await office.take(
              event(status, { reference, occurredAt, from: '2026-12-01', until: '2026-12-20' }),
            );
            await office.sendAll();
          }
          const { rows } = await office.db.query<{ status: string }>(
            'select status from payment_notice where payment_ref = $1 order by id',
            [reference],
          );
          const payment = await office.payment(reference);
          return {
            status: payment?.['status'],
            date: payment?.['status_date'],
            said: rows.map(({ status }) => status),
          };
        };
        await office.clear();
        await office.add(family('HH-10001', PHONE));
        const straight = await run(
          list.map((_, index) => index),
          'PAY-1',
        );
        const shuffled = await run(order, 'PAY-2');
        expect(shuffled.status).toBe(straight.status);
        expect(shuffled.date).toBe(straight.date);
        const told = new Set(['ready', 'paid', 'collected', 'late', 'failed', 'returned']);
        if (told.has(String(straight.status))) {
          expect(straight.said.at(-1)).toBe(straight.status);
          expect(shuffled.said.at(-1)).toBe(straight.status);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('an import of the registry', () => {
  it('does not take back what events said, unless that can follow', async () => {
    const one = family('HH-10001', PHONE);
    const said = (status: string, more = {}) =>
      importHouseholds(office.db, office.keys, [
        {
          ...one,
          payments: [{ payment_ref: 'PAY-1', programme: 'CASH', amount: '145.00', status, ...more }],
        },
      ]);
    await said('scheduled');
    await office.take(event('paid'));
    await said('scheduled', { place: 'Saida' });
    expect(await office.payment('PAY-1')).toMatchObject({ status: 'paid' });
    await said('collected');
    expect(await office.payment('PAY-1')).toMatchObject({ status: 'collected' });
    await office.take(event('sent', { occurredAt: hoursLater(1) }));
    expect(await office.payment('PAY-1')).toMatchObject({ status: 'collected' });
    expect(profile.currency).toBe('USD');
  });
});

/** The table of payment states: every pair is tried, and the truth does not depend on what arrived first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALLOWED_STEPS, mayFollow, truthOf, type Details, type Step } from '../../src/payments/states.ts';
import { PAYMENT_STATUSES, type PaymentStatus } from '../../src/registry/registry.ts';

const nothing: Details = {
  programme: null,
  period: null,
  amount: null,
  currency: null,
  from: null,
  until: null,
  place: null,
  provider: null,
  reason: null,
  person: null,
};
const step = (id: number, status: PaymentStatus, minute: number, more: Partial<Step> = {}): Step => ({
  id,
  source: 'bank',
  eventId: `e${id}`,
  occurredAt: new Date(Date.UTC(2026, 10, 20, 8, minute)),
  status,
  supersedes: null,
  details: nothing,
  ...more,
});

/** Written by hand a second time, on purpose: what may not follow what. */
const REFUSED: Record<PaymentStatus, readonly PaymentStatus[]> = {
  scheduled: [],
  sent: ['scheduled'],
  ready: ['scheduled', 'sent'],
  late: [],
  on_hold: [],
  paid: ['scheduled', 'sent', 'ready', 'late', 'on_hold', 'cancelled'],
  collected: ['scheduled', 'sent', 'ready', 'late', 'on_hold', 'paid', 'failed', 'cancelled'],
  failed: [],
  returned: ['collected', 'failed'],
  cancelled: PAYMENT_STATUSES.filter((status) => status !== 'cancelled'),
};

describe('the transitions', () => {
  const pairs = PAYMENT_STATUSES.flatMap((from) => PAYMENT_STATUSES.map((to) => [from, to] as const));

  it.each(pairs)('%s -> %s', (from, to) => {
    const allowed = !REFUSED[from].includes(to);
    expect(mayFollow(from, to)).toBe(allowed);
    expect(ALLOWED_STEPS.includes(`${from}>${to}`)).toBe(allowed);
    const truth = truthOf(null, [step(1, from, 0), step(2, to, 1)]);
    expect(truth.status).toBe(allowed ? to : from);
    expect(truth.outcomes.get(2)).toBe(allowed ? 'applied' : 'ignored');
  });
});

describe('the truth', () => {
  it('is the same in every order of arrival', () => {
    const one = fc.record({
      status: fc.constantFrom(...PAYMENT_STATUSES),
      minute: fc.integer({ min: 0, max: 4 }),
      supersedes: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null, freq: 4 }),
      amount: fc.constantFrom(null, '145.00', '20.5'),
    });
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 7 }).chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(
              list.map((_, index) => index),
              { minLength: list.length },
            ),
          ),
        ),
        ([list, order]) => {
          const steps = list.map(({ status, minute, supersedes, amount }, index) =>
            step(index, status, minute, {
              supersedes: supersedes === null ? null : `e${supersedes}`,
              details: { ...nothing, amount },
            }),
          );
          const shuffled = order.flatMap((index) => steps[index] ?? []);
          const first = truthOf(null, steps);
          const second = truthOf(null, shuffled);
          expect(second.status).toBe(first.status);
          expect(second.last?.id).toBe(first.last?.id);
          expect(second.details).toEqual(first.details);
          expect([...second.outcomes].sort()).toEqual([...first.outcomes].sort());
        },
      ),
    );
  });

  it('leaves a late `sent` out, and takes a reversal days later', () => {
    const paid = step(1, 'paid', 10);
    expect(truthOf(null, [paid, step(2, 'sent', 5)]).status).toBe('paid');
    expect(truthOf(null, [paid, step(2, 'sent', 15)]).status).toBe('paid');
    expect(truthOf(null, [paid, step(2, 'returned', 15)]).status).toBe('returned');
  });

  it('forgets what its own source takes back, and nothing that another one does', () => {
    const wrong = step(1, 'collected', 10);
    const right = step(2, 'paid', 9, { supersedes: 'e1' });
    expect(truthOf(null, [wrong, right]).status).toBe('paid');
    expect(truthOf(null, [wrong, { ...right, source: 'other' }]).status).toBe('collected');
  });

  it('keeps what is not said again, but no end before the new beginning', () => {
    const ready = step(1, 'ready', 0, {
      details: { ...nothing, amount: '145.00', from: '2026-11-20', until: '2026-11-25' },
    });
    const late = step(2, 'late', 1, { details: { ...nothing, from: '2026-12-01' } });
    expect(truthOf(null, [ready, late]).details).toMatchObject({
      amount: '145.00',
      from: '2026-12-01',
      until: null,
    });
  });

  it('begins with what the registry said, before or between the events', () => {
    const base = { status: 'collected', statusDate: null, at: null, details: nothing };
    expect(truthOf(base, [step(1, 'sent', 0)]).status).toBe('collected');
    expect(truthOf({ ...base, status: 'ABIERTO' }, [step(1, 'sent', 0)]).status).toBe('sent');
    const later = { ...base, at: '2026-11-20T09:00:00Z' };
    expect(truthOf(later, [step(1, 'paid', 0)]).status).toBe('collected');
  });
});

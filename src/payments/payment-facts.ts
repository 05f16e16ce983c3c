/** What the dialogs say of payments: the most urgent first, and of each only what is true today. */
import { DateTime } from 'luxon';
import type { Facts } from '../conversation/dialog.ts';
import { dueDate, localDate } from '../profiles/calendar.ts';
import { wholeTimes } from '../profiles/amount.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Payment } from '../registry/registry.ts';

/** A payment as it is told. `outcome`: the screen; `payment`, `programme`: which one it is. */
export type Told = Facts & { outcome: string; payment: string; programme: string };

/** `expired`: it was ready, and the time to collect it has passed. */
type Urgency = Payment['status'] | 'expired';

/** Most urgent first: money to fetch, money to worry about, then what is done. */
const URGENCY: readonly Urgency[] = [
  'ready',
  'late',
  'sent',
  'failed',
  'returned',
  'on_hold',
  'expired',
  'unknown',
  'paid',
  'scheduled',
  'collected',
];

/** Days for which a payment that is done is still worth telling. */
const RECENT: Readonly<Record<string, number>> = { paid: 40, collected: 60 };

/** She can say of these whether they arrived. */
const RECEIVABLE: ReadonlySet<string> = new Set([
  'ready',
  'readyundated',
  'sent',
  'paid',
  'collected',
  'collectedanywhere',
]);

export type Asked = { profile: Profile; now: Date; unmapped?: ((kind: string) => void) | undefined };

/** Her payments in the order in which she is told of them; cancelled and long finished ones are left out. */
export function inOrder(payments: readonly Payment[], { profile, now }: Asked): Payment[] {
  const today = localDate(now, profile.calendar.tz);
  const collected = payments.filter(({ status }) => status === 'collected').map(doneDate);
  // An older credit is history as well once a newer payment was fetched.
  const isPast = (payment: Payment) =>
    payment.status === 'paid' && collected.some((date) => date > doneDate(payment));
  const rank = (payment: Payment) =>
    URGENCY.indexOf(isPast(payment) ? 'collected' : urgencyOf(payment, today));
  return payments
    .filter((payment) => payment.status !== 'cancelled' && isRecent(payment, today))
    .sort((one, other) => rank(one) - rank(other) || byDate(one, other));
}

/** Can she say of a payment told so whether it arrived? */
export function isReceivable(told: Told): boolean {
  return RECEIVABLE.has(told.outcome);
}

/**
 * One payment as it is told. `checking` where it cannot be told truly: no amount (never "0 USD"), a date that has
 * passed, a word of the registry that nobody mapped. `place`: where to collect if the payment does not say.
 */
export function tell(payment: Payment, place: Facts[string], { profile, now, unmapped }: Asked): Told {
  const today = localDate(now, profile.calendar.tz);
  const which = { payment: payment.reference, programme: payment.programme, prog: payment.programme };
  const amt = moneyOf(payment, profile);
  if (payment.status === 'unknown') unmapped?.('payment');
  if (!amt) unmapped?.('amount');
  const said = amt && stateOf(payment, today, profile, now);
  if (!said) return { ...which, outcome: 'checking' };
  return { ...which, amt, place: placeOf(payment, place, profile), ...said };
}

/** Where one collects at a firm of the profile's list, the firm is named with the place. */
function placeOf({ place, provider }: Payment, otherwise: Facts[string], { psp }: Profile): Facts[string] {
  const firm = psp.flatMap(({ brands }) => brands).find((brand) => brand === provider);
  if (firm === undefined || place?.includes(firm)) return place ?? otherwise;
  return place === null ? firm : `${firm}, ${place}`;
}

/** The screen and its dates; undefined where nothing true can be said. */
function stateOf(
  payment: Payment,
  today: string,
  profile: Profile,
  now: Date,
): { outcome: string; d?: string } | undefined {
  const { status, from, until } = payment;
  const coming = from !== null && from >= today ? from : undefined;
  switch (urgencyOf(payment, today)) {
    case 'ready':
      return until === null ? { outcome: 'readyundated' } : { outcome: 'ready', d: until };
    case 'scheduled':
    case 'late':
      return dated(status === 'late' ? 'late' : 'scheduled', coming);
    case 'paid':
      return dated('paid', doneOn(payment, today));
    case 'collected':
      return dated(payment.place === null ? 'collectedanywhere' : 'collected', doneOn(payment, today));
    case 'sent':
    case 'on_hold':
      return { outcome: status };
    case 'failed':
    case 'returned': {
      const sla = profile.categories['PAY-NR']?.sla ?? { days: 10, count: 'working' };
      return { outcome: 'failed', d: dueDate(now, sla, profile.calendar) };
    }
    case 'expired':
    case 'cancelled':
    case 'unknown':
      return undefined;
  }
}

function dated(outcome: string, d: string | undefined): { outcome: string; d: string } | undefined {
  return d === undefined ? undefined : { outcome, d };
}

/** The status, corrected by today: not yet open is scheduled, and an offer that ran out is no offer. */
function urgencyOf({ status, from, until }: Payment, today: string): Urgency {
  if (status !== 'ready') return status;
  if (until !== null && until < today) return 'expired';
  return from !== null && from > today ? 'scheduled' : 'ready';
}

/** When it was paid or collected; of a source that does not say, when it could first be. Never a day to come. */
function doneOn({ statusDate, from }: Payment, today: string): string | undefined {
  return [statusDate, from].find((date) => date !== null && date <= today) ?? undefined;
}

function isRecent(payment: Payment, today: string): boolean {
  const days = RECENT[payment.status];
  const done = doneOn(payment, today);
  if (days === undefined || done === undefined) return true;
  return done >= DateTime.fromISO(today, { zone: 'utc' }).minus({ days }).toFormat('yyyy-MM-dd');
}

const doneDate = ({ statusDate, from }: Payment): string => statusDate ?? from ?? '';

/** What comes soonest first; of what is done, the newest first. */
function byDate(one: Payment, other: Payment): number {
  const isDone = one.status in RECENT;
  const [first, second] = [one, other].map(({ statusDate, from, until }) =>
    isDone ? (statusDate ?? from ?? '') : (until ?? from ?? '9999'),
  ) as [string, string];
  return isDone ? second.localeCompare(first) : first.localeCompare(second);
}

/**
 * The amount as it is told. None where it is zero, or outside what the programme pays for one student: then another
 * programme's amount has slipped in. `days`: what it is for, where the programme pays by the day.
 */
function moneyOf(
  { amount, currency, programme }: Payment,
  profile: Profile,
): { amount: string; currency: string; days?: number } | undefined {
  if (amount === null || !/^\d+(\.\d+)?$/.test(amount) || Number(amount) === 0) return undefined;
  const { per_student: range, day_rate: rate } = profile.programmes[programme] ?? {};
  if (range && (Number(amount) < range[0] || Number(amount) > range[1])) return undefined;
  const days = rate === undefined ? undefined : wholeTimes(amount, rate);
  return { amount, currency: currency ?? profile.currency, ...(days === undefined ? {} : { days }) };
}

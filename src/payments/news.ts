/** What is said of a payment, and when it is worth saying: one saying for each state, corrections of what was said before. */
import type { TextKey } from '../conversation/dialog.ts';
import { isZero, sameAmount } from '../profiles/amount.ts';
import { dueDate, localDate } from '../profiles/calendar.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import type { PaymentStatus } from '../registry/registry.ts';
import type { Truth } from './states.ts';

/** What a saying is about: equal facts of the same status are no news. */
export type SaidFacts = { amount?: string; currency?: string; from?: string; until?: string; place?: string };

/** A notice that was said, or that waits to be. */
export type Said = { status: PaymentStatus; facts: SaidFacts };

export type News = {
  status: PaymentStatus;
  /** Told to who may read everything; who may not gets `sms.pay.discreet`. */
  text: TextKey;
  values: Readonly<Record<string, unknown>>;
  facts: SaidFacts;
};

/** After these she counts on the money, so what contradicts them must be said. */
const PROMISED: ReadonlySet<PaymentStatus> = new Set(['ready', 'late', 'paid', 'collected']);

export type Telling = {
  profile: Profile;
  now: Date;
  /** Area of the household, for the office where no place is named. */
  area: string | null;
};

/**
 * What must be said now that this is true and `last` was what she was told; undefined: nothing new. An amount that is not
 * known is never stated: then only that there is a message.
 */
export function newsOf(truth: Truth, last: Said | undefined, telling: Telling): News | undefined {
  const { status } = truth;
  if (status === 'unknown') return undefined;
  const facts = factsOf(truth, status);
  if (last?.status === status && areSame(last.facts, facts)) return undefined;
  const words = wordsOf(truth, status, last, telling);
  return words && { status, facts, ...words };
}

type Words = Pick<News, 'text' | 'values'>;

const DISCREET: Words = { text: 'sms.pay.discreet', values: {} };

function wordsOf(
  truth: Truth,
  status: PaymentStatus,
  last: Said | undefined,
  telling: Telling,
): Words | undefined {
  const { profile, now } = telling;
  const today = localDate(now, profile.calendar.tz);
  const amt = moneyOf(truth, profile);
  const wasPromised = last !== undefined && PROMISED.has(last.status);
  const { from, until, place } = truth.details;
  const done = truth.since === null ? today : localDate(truth.since, profile.calendar.tz);
  switch (status) {
    case 'ready':
      if (until !== null && until < today) return undefined;
      if (!amt) return DISCREET;
      if (last?.status === 'ready' && isOnlyAmountNew(last.facts, factsOf(truth, status))) {
        return { text: 'sms.pay.change', values: { amt, d: from ?? today, d2: appealUntil(telling) } };
      }
      return until === null
        ? { text: 'sms.pay.readyundated', values: { amt, place: placeOf(place, telling) } }
        : {
            text: 'sms.pay.ready',
            values: { amt, d: from ?? today, d2: until, place: placeOf(place, telling) },
          };
    case 'paid':
      return amt ? { text: 'sms.pay.credited', values: { amt, d: done } } : DISCREET;
    case 'collected':
      if (!amt) return DISCREET;
      return place === null
        ? { text: 'sms.pay.collected', values: { amt, d: done } }
        : { text: 'sms.pay.paid', values: { amt, d: done, place: placeOf(place, telling) } };
    case 'late':
      return late(from, today);
    case 'failed':
    case 'returned': {
      const d = mendedBy(telling);
      return wasPromised && last.status !== 'late' && amt
        ? { text: 'sms.pay.returned', values: { amt, d } }
        : { text: 'sms.pay.failed', values: { d } };
    }
    case 'scheduled':
    case 'sent':
      return wasPromised && last.status !== 'late' ? late(from, today) : undefined;
    case 'cancelled':
    case 'on_hold':
      return wasPromised ? { text: 'sms.pay.stopped', values: {} } : undefined;
  }
}

function late(from: string | null, today: string): Words {
  return from !== null && from >= today
    ? { text: 'sms.pay.late', values: { d: from } }
    : { text: 'sms.pay.lateundated', values: {} };
}

function factsOf({ details }: Truth, status: PaymentStatus): SaidFacts {
  const { amount, currency, from, until, place } = details;
  const money = {
    ...(amount === null ? {} : { amount }),
    ...(currency === null ? {} : { currency }),
  };
  switch (status) {
    case 'ready':
      return {
        ...money,
        ...(from === null ? {} : { from }),
        ...(until === null ? {} : { until }),
        ...(place === null ? {} : { place }),
      };
    case 'paid':
    case 'collected':
      return money;
    case 'late':
      return from === null ? {} : { from };
    default:
      return {};
  }
}

function areSame(one: SaidFacts, other: SaidFacts): boolean {
  return (
    (one.amount === other.amount || sameAmount(one.amount, other.amount)) &&
    one.currency === other.currency &&
    one.from === other.from &&
    one.until === other.until &&
    one.place === other.place
  );
}

function isOnlyAmountNew(before: SaidFacts, now: SaidFacts): boolean {
  const { amount } = before;
  return amount !== undefined && areSame({ ...before, ...(now.amount ? { amount: now.amount } : {}) }, now);
}

/** Undefined: no amount to state. "0 USD" is none. */
function moneyOf({ details }: Truth, profile: Profile): { amount: string; currency: string } | undefined {
  const { amount, currency } = details;
  if (amount === null || isZero(amount)) return undefined;
  return { amount, currency: currency ?? profile.currency };
}

/** Longer names than an office may have would cost her a second message: then the office of her area. */
const LONGEST_PLACE = { latin: 18, arabic: 12 };

/** In each language the place as the payment system wrote it, where it fits, or the office of her area. */
function placeOf(place: string | null, { profile, area }: Telling): unknown {
  const office = officeFor(profile, area).name;
  if (place === null) return office;
  return Object.fromEntries(
    profile.languages.offered.map((language) => [
      language,
      fitsIn(language, place) ? place : (office[language] ?? office[profile.languages.default]),
    ]),
  );
}

/** One Arabic letter halves the room of a text in Latin letters. */
function fitsIn(language: string, place: string): boolean {
  if (language === 'ar') return place.length <= LONGEST_PLACE.arabic;
  return place.length <= LONGEST_PLACE.latin && !/\p{Script=Arabic}/u.test(place);
}

/** The day by which a payment that went wrong is mended: the clock of a complaint about it. */
function mendedBy({ profile, now }: Telling): string {
  const sla = profile.categories['PAY-NR']?.sla ?? { days: 10, count: 'working' as const };
  return dueDate(now, sla, profile.calendar);
}

function appealUntil({ profile, now }: Telling): string {
  return dueDate(now, { days: profile.windows.appeal_days, count: 'calendar' }, profile.calendar);
}

/** The words of a campaign for one recipient: a payment's own, or the campaign's text with what it names. */
import type { TextKey } from '../conversation/dialog.ts';
import { newsOf, type News, type Said } from '../payments/news.ts';
import { statusOf, type Truth } from '../payments/states.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import { DRAFT_KEY, type Campaign } from './campaign.ts';

/** A payment as its row stands; the columns that words depend on. */
export type PaymentRow = {
  status: string;
  amount: string | null;
  currency: string | null;
  from_date: string | null;
  until_date: string | null;
  place: string | null;
  status_date: string | null;
};

/** The columns of PaymentRow of `payment p`. */
export const PAYMENT_COLUMNS =
  'p.status, p.amount, p.currency, p.from_date, p.until_date, p.place, p.status_date';

export type Words = { text: TextKey; values: Readonly<Record<string, unknown>> };

type Situation = { profile: Profile; now: Date; area: string | null };

/** What is to be said of a payment now, in the words of payment notices; undefined: nothing new. */
export function paymentNews(row: PaymentRow, last: Said | undefined, situation: Situation): News | undefined {
  const truth: Truth = {
    status: statusOf(row.status),
    word: row.status,
    // A date has no zone: noon is on this day everywhere.
    since: row.status_date === null ? null : new Date(`${row.status_date}T12:00:00Z`),
    last: null,
    details: {
      programme: null,
      period: null,
      amount: row.amount,
      currency: row.currency,
      from: row.from_date,
      until: row.until_date,
      place: row.place,
      provider: null,
      reason: null,
      person: null,
    },
    outcomes: new Map(),
  };
  return newsOf(truth, last, situation);
}

/** The words of a broadcast or a reminder. `key`: of the message; a reminder's names the day it is about. */
export function broadcastWords(
  { text, until }: Pick<Campaign, 'text' | 'until'>,
  { key, profile, area }: { key: string | null; profile: Profile; area: string | null },
): Words {
  if (text === null) throw new Error('a broadcast has a text');
  const own = key?.startsWith(DRAFT_KEY) === true ? key.slice(DRAFT_KEY.length) : key;
  const day = own?.startsWith('due:') === true ? own.split(':')[2] : (until ?? undefined);
  return { text, values: { ...(day === undefined ? {} : { d: day }), place: officeFor(profile, area).name } };
}

/** What everybody may read who holds the phone. */
export const DISCREET: Words = { text: 'sms.pay.discreet', values: {} };

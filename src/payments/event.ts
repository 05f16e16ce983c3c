/** A payment event (registry-and-grievance.md §3.2): the one form that every way in is brought to, checked. */
import { z } from 'zod';
import { PAYMENT_STATUSES, type PaymentStatus } from '../registry/registry.ts';

/** What a payment system said, read and checked. */
export type PaymentEvent = {
  source: string;
  /** With `source`, what makes it the same event. */
  eventId: string;
  occurredAt: Date;
  status: PaymentStatus;
  reference: string;
  batch: string | null;
  /** In the registry's own identifiers; null where the sender knows none and the reference must do. */
  beneficiary: { idType: string; idValue: string } | null;
  /** The member who is paid, by the registry's person id, where the beneficiary is the household. */
  payee: string | null;
  programme: string | null;
  period: string | null;
  /** Decimal string; null: no amount is stated to anybody. */
  amount: string | null;
  currency: string | null;
  method: string | null;
  provider: string | null;
  /** The last characters of an account, at most 4. */
  accountHint: string | null;
  from: string | null;
  until: string | null;
  place: string | null;
  reasonCode: string | null;
  /** For staff; never said to a citizen. */
  reasonText: string | null;
  supersedes: string | null;
};

/** The words of other systems: G2P Connect, Mojaloop, the OpenG2P bridge (registry-and-grievance.md §3.1). */
const WORDS: Readonly<Record<string, PaymentStatus>> = {
  rcvd: 'scheduled',
  pdng: 'sent',
  succ: 'paid',
  rjct: 'failed',
  received: 'sent',
  reserved: 'sent',
  committed: 'paid',
  completed: 'paid',
  aborted: 'failed',
  rejected: 'failed',
  reversed: 'returned',
  redeemed: 'collected',
};

/** The status that a word means, ours or another system's. */
export function statusWord(word: string): PaymentStatus | undefined {
  const plain = word.trim().toLowerCase();
  return PAYMENT_STATUSES.find((status) => status === plain) ?? WORDS[plain];
}

export const AMOUNT = /^\d{1,12}(\.\d{1,3})?$/;

const plain = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `at most ${max} characters`)
    .regex(/^\P{C}*$/u, 'must not hold control characters');
const required = (max: number) => plain(max).min(1, 'missing');
const orNull = <T extends z.ZodType>(schema: T) =>
  z
    .preprocess((value) => (value === '' || value === undefined ? null : value), schema.nullable())
    .optional()
    .transform((value) => value ?? null);
const date = z.iso.date('must be a date YYYY-MM-DD');

const idField = required(200).or(z.int().nonnegative().transform(String));

/** The event as it is sent. Unknown fields are left aside. */
export const paymentEventFields = z.object({
  source: required(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dots, dashes and underscores, at most 64')
    .describe('The payment system, by the name agreed with the operator'),
  event_id: required(200).describe('Unique at the sender; sent again, it changes nothing'),
  occurred_at: z.iso
    .datetime({ offset: true, error: 'must be a date-time of RFC 3339 with its offset' })
    .transform((text) => new Date(text))
    .describe('When it happened, RFC 3339: events are ordered by it'),
  status: z
    .string()
    .transform((word, context) => {
      const status = statusWord(word);
      if (status) return status;
      context.addIssue({ code: 'custom', message: `must be one of ${PAYMENT_STATUSES.join(', ')}` });
      return z.NEVER;
    })
    .describe(PAYMENT_STATUSES.join(', ')),
  payment_ref: idField,
  batch_ref: orNull(plain(200)),
  beneficiary: z
    .object({ id_type: required(64), id_value: idField })
    .describe("In the registry's identifiers: household_id, person_id, or a kind of document; never a phone"),
  payee: orNull(idField).describe('person_id of the member who is paid, where not the head'),
  programme_id: orNull(plain(64)),
  period: orNull(plain(32)).describe('Such as 2026-11'),
  amount: orNull(z.string('must be a text such as "145.00"').regex(AMOUNT, 'must look like "145.00"')),
  currency: orNull(z.string().regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217 such as USD')),
  method: orNull(plain(64)).describe('mobile_money, bank, card, cash_agent, voucher'),
  provider: orNull(plain(120)),
  account_hint: orNull(z.string().max(4, 'at most the last 4 characters of an account: send no more')),
  collect_from: orNull(date),
  collect_until: orNull(date),
  collect_place_code: orNull(plain(200)).describe(
    'An area with an office in the profile, or the name of a place',
  ),
  reason_code: orNull(plain(100)),
  reason_text: orNull(plain(1000)).describe('For staff; a citizen never reads it'),
  supersedes: orNull(plain(200)).describe('event_id of the same source that this one corrects'),
});

/** The event in our form. */
export function paymentEvent(sent: z.output<typeof paymentEventFields>): PaymentEvent {
  return {
    source: sent.source,
    eventId: sent.event_id,
    occurredAt: sent.occurred_at,
    status: sent.status,
    reference: sent.payment_ref,
    batch: sent.batch_ref,
    beneficiary: { idType: sent.beneficiary.id_type, idValue: sent.beneficiary.id_value },
    payee: sent.payee,
    programme: sent.programme_id,
    period: sent.period,
    amount: sent.amount,
    currency: sent.currency,
    method: sent.method,
    provider: sent.provider,
    accountHint: sent.account_hint,
    from: sent.collect_from,
    until: sent.collect_until,
    place: sent.collect_place_code,
    reasonCode: sent.reason_code,
    reasonText: sent.reason_text,
    supersedes: sent.supersedes,
  };
}

const MINUTES_AHEAD = 5;

/** Why an event cannot be taken although every field is well-formed; a code of its words for the sender. */
export function contradiction(event: PaymentEvent, now: Date): string | undefined {
  if (event.occurredAt.getTime() > now.getTime() + MINUTES_AHEAD * 60_000)
    return 'occurred_at: lies ahead; check the clock of the system that sends it';
  if (event.from !== null && event.until !== null && event.until < event.from)
    return 'collect_until: lies before collect_from';
  if (event.supersedes === event.eventId) return 'supersedes: an event cannot correct itself';
  return undefined;
}

/** One row of a payment file as an event: the fields of an event, or the payment columns of a registry export. */
import { createHash } from 'node:crypto';
import { identifier, paymentRecord, reasonOf } from '../../registry/import/record.ts';
import { paymentEvent, paymentEventFields, statusWord, type PaymentEvent } from '../event.ts';

/** `isListed`: from payment columns, where each payment stands on one line only. */
export type ReadEvent = { event: PaymentEvent; isListed: boolean } | { problem: string };

/** The payment system that payment columns without one are from. */
const SOURCE = 'import';

const listed = paymentRecord.extend({ household_id: identifier });

/** `now`: when a payment without `status_date` is taken to have come so far. */
export function readEvent(row: Record<string, unknown>, now: Date): ReadEvent {
  if ('event_id' in row) {
    const sent = paymentEventFields.safeParse({ source: SOURCE, ...row });
    if (!sent.success) return { problem: reasonOf(sent.error) };
    return { event: paymentEvent(sent.data), isListed: false };
  }
  const read = listed.safeParse(row);
  if (!read.success) return { problem: reasonOf(read.error) };
  const { household_id, payment_ref, person_id, status: word, status_date, ...more } = read.data;
  const status = statusWord(word);
  if (!status) return { problem: 'status: not a word for the status of a payment' };
  if (more.currency !== null && !/^[A-Z]{3}$/.test(more.currency))
    return { problem: 'currency: must be a code of ISO 4217 such as USD' };
  const event: PaymentEvent = {
    source: SOURCE,
    eventId: createHash('sha256').update(JSON.stringify(read.data)).digest('hex').slice(0, 40),
    occurredAt: status_date === null ? now : new Date(`${status_date}T00:00:00Z`),
    status,
    reference: payment_ref,
    batch: null,
    beneficiary: { idType: 'household_id', idValue: household_id },
    payee: person_id,
    ...more,
    method: null,
    accountHint: null,
    reasonCode: null,
    reasonText: null,
    supersedes: null,
  };
  return { event, isListed: true };
}

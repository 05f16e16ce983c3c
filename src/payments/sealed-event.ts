/** A payment event at rest: it names a beneficiary and an account, so it is sealed as a whole. */
import type { Keys } from '../privacy/keys.ts';
import type { PaymentEvent } from './event.ts';

const CONTEXT = 'payment_event';

export function sealEvent(keys: Keys, event: PaymentEvent): Buffer {
  return keys.sealJson('personal', event, CONTEXT);
}

/** The event as it was taken. Throws SealBroken. */
export function openEvent(keys: Keys, sealed: Buffer): PaymentEvent {
  const event = keys.openJson('personal', sealed, CONTEXT) as Omit<PaymentEvent, 'occurredAt'> & {
    occurredAt: string;
  };
  return { ...event, occurredAt: new Date(event.occurredAt) };
}

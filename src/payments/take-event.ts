/** Takes a payment event: stored once, put in its place among the others of its payment, and told in the same transaction. */
import type { Keys } from '../privacy/keys.ts';
import { findBeneficiary, memberOf, onlyProgramme, type NoBeneficiary } from '../registry/payee.ts';
import type { Tx } from '../store/database.ts';
import type { PaymentEvent } from './event.ts';
import { sealEvent } from './sealed-event.ts';
import { lockPayment, settle, type Known } from './settle.ts';
import type { TellDeps } from './tell.ts';

/** Why an event waits: nobody is told and no payment changes until it can be placed. */
export type Parked = NoBeneficiary | 'no_beneficiary' | 'other_household' | 'no_programme';

export type Taken =
  | { outcome: 'accepted' | 'duplicate' }
  | { outcome: 'parked'; reason: Parked }
  | { outcome: 'rejected'; reason: string };

export type TakeDeps = TellDeps;

/**
 * Idempotent by source and event id. Everything happens in `tx`: call it in a transaction of its own, since it locks the
 * payment. `rejected`: nothing is stored. A parked event that is sent again is looked at again.
 */
export async function takeEvent(tx: Tx, deps: TakeDeps, event: PaymentEvent): Promise<Taken> {
  const { keys, now } = deps;
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`payment:${event.reference}`]);
  const content = keys.index('content', JSON.stringify({ ...event, occurredAt: null }));
  const stored = await storedEvent(tx, event);
  if (stored && stored.content !== content) {
    return { outcome: 'rejected', reason: 'event_id: was used for another event; give each its own' };
  }
  if (stored && stored.outcome !== 'parked') return { outcome: 'duplicate' };
  const known = await lockPayment(tx, event.reference);
  const placed = await place(tx, deps, event, known);
  const parked = typeof placed === 'string' ? placed : undefined;
  const person = typeof placed === 'string' ? null : placed.person;
  const id = await store(tx, keys, event, { content, now, parked, person, stored: stored?.id });
  if (id === undefined) {
    return { outcome: 'rejected', reason: 'event_id: was used for another event; give each its own' };
  }
  if (typeof placed === 'string') return { outcome: 'parked', reason: placed };
  await settle(tx, deps, { reference: event.reference, ...placed, known });
  return { outcome: 'accepted' };
}

async function storedEvent(
  tx: Tx,
  { source, eventId }: PaymentEvent,
): Promise<{ id: number; content: string; outcome: string } | undefined> {
  const { rows } = await tx.query<{ id: number; content: string; outcome: string }>({
    name: 'payment-event-stored',
    text: 'select id, content, outcome from payment_event where source = $1 and event_id = $2',
    values: [source, eventId],
  });
  return rows[0];
}

type Placed = { household: string; programme: string; person: string | null };

/** Whose payment it is, or why nobody can tell. */
async function place(
  tx: Tx,
  { keys, profile }: TakeDeps,
  { beneficiary, programme, payee }: PaymentEvent,
  known: Known | undefined,
): Promise<Placed | Parked> {
  const found = beneficiary
    ? await findBeneficiary(tx, keys, beneficiary, profile.identity.documents)
    : undefined;
  if (typeof found === 'string') return found;
  if (known && found && found.household !== known.household) return 'other_household';
  const household = known?.household ?? found?.household;
  if (household === undefined) return 'no_beneficiary';
  const its = known?.programme ?? programme ?? (await onlyProgramme(tx, household));
  if (its === null) return 'no_programme';
  const member = payee === null ? null : await memberOf(tx, keys, household, payee);
  return { household, programme: its, person: member ?? found?.person ?? null };
}

type Storing = {
  content: string;
  now: Date;
  parked: Parked | undefined;
  person: string | null;
  stored: number | undefined;
};

/** Undefined: the id was taken at the same moment by an event of another payment. */
async function store(
  tx: Tx,
  keys: Keys,
  event: PaymentEvent,
  { content, now, parked, person, stored }: Storing,
): Promise<number | undefined> {
  const outcome = parked === undefined ? 'applied' : 'parked';
  if (stored !== undefined) {
    await tx.query('update payment_event set outcome = $2, reason = $3, person = $4 where id = $1', [
      stored,
      outcome,
      parked ?? null,
      person,
    ]);
    return stored;
  }
  const { rows } = await tx.query<{ id: number }>({
    name: 'payment-event-store',
    text: `insert into payment_event
             (source, event_id, content, payment_ref, status, occurred_at, received_at, supersedes, outcome, reason,
              person, sealed)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           on conflict (source, event_id) do nothing
           returning id`,
    values: [
      event.source,
      event.eventId,
      content,
      event.reference,
      event.status,
      event.occurredAt,
      now,
      event.supersedes,
      outcome,
      parked ?? null,
      person,
      sealEvent(keys, event),
    ],
  });
  return rows[0]?.id;
}

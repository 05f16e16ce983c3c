/** A registry with a few households, and payment events over it, with the words that were queued opened. */
import { openMessage } from '../../src/notifications/outbox.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import type { PaymentEvent } from '../../src/payments/event.ts';
import { takeEvent, type Taken } from '../../src/payments/take-event.ts';
import { takeEvents, type TakeEventsDeps } from '../../src/payments/take-events.ts';
import { loadProfile } from '../../src/profiles/profile.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import type { HouseholdInput } from '../../src/registry/import/record.ts';
import { createTexts } from '../../src/render/texts.ts';
import { household, openTestRegistry, type TestRegistry } from '../registry/support.ts';

export const profile = loadProfile('demo', profilesDir);
export const texts = createTexts(readLocales(), profile, () => true);

/** A Monday noon in Beirut. */
export const NOON = new Date('2026-11-23T10:00:00Z');
export const hoursLater = (hours: number) => new Date(NOON.getTime() + hours * 3_600_000);

export type Message = { key: string; state: string; text: string; to: string; due: Date };

export type Office = TestRegistry & {
  clock: { now: Date };
  deps: TakeEventsDeps;
  add(...households: HouseholdInput[]): Promise<void>;
  take(event: PaymentEvent): Promise<Taken>;
  takeAll(events: PaymentEvent[]): Promise<Taken[]>;
  messages(): Promise<Message[]>;
  /** As if everything queued had left. */
  sendAll(): Promise<void>;
  notices(): Promise<Record<string, unknown>[]>;
  payment(reference: string): Promise<Record<string, unknown> | undefined>;
  clear(): Promise<void>;
};

export async function openPayments(): Promise<Office> {
  const registry = await openTestRegistry();
  const { db, keys } = registry;
  const clock = { now: NOON };
  const now = () => clock.now;
  const deps: TakeEventsDeps = {
    db,
    keys,
    profile,
    now,
    notifier: createNotifier({ keys, texts, profile, now }),
  };
  return {
    ...registry,
    clock,
    deps,
    add: async (...households) => {
      await importHouseholds(db, keys, households);
    },
    take: (event) => db.transaction((tx) => takeEvent(tx, { ...deps, now: now() }, event)),
    takeAll: (events) => takeEvents(deps, events),
    messages: async () => {
      const { rows } = await db.query<{
        key: string;
        state: string;
        address: Buffer;
        content: Buffer;
        due: Date;
      }>('select key, state, address, content, due from outbound order by id');
      return rows.map(({ key, state, due, ...sealed }) => {
        const { to, content } = openMessage(keys, sealed);
        return { key, state, due, to, text: content.kind === 'text' ? content.body : content.kind };
      });
    },
    sendAll: async () => {
      await db.query(`update outbound set state = 'sent' where state = 'queued'`);
    },
    notices: async () =>
      (await db.query('select status, said, reach, reason from payment_notice order by id')).rows,
    payment: async (reference) =>
      (await db.query('select * from payment where reference = $1', [reference])).rows[0],
    clear: async () => {
      clock.now = NOON;
      // Deleted, not truncated: a truncate makes new files for every index of every month.
      for (const table of [
        ...[
          'question',
          'grievance',
          'payment_notice',
          'payment',
          'household',
          'payment_event',
          'outbound',
          'outbound_key',
        ],
        ...['contact', 'payment_import'],
      ])
        await db.query(`delete from ${table}`);
    },
  };
}

/** A household of one head with this phone, in one programme, without payments. */
export function family(id: string, phone: string, use: 'own' | 'shared' | 'borrowed' | 'unknown' = 'own') {
  const one = household(id, phone, { payments: [] });
  const [head] = one.members;
  if (!head) throw new Error('a household has a head');
  return {
    ...one,
    members: [
      {
        ...head,
        person_id: `P-${id}`,
        language: 'en',
        documents: [{ type: 'national_id', number: `0000${id.replace(/\D/g, '')}` }],
        phones: [{ number: phone, use }],
      },
    ],
  };
}

let events = 0;

/** An event of household HH-1 and payment PAY-1, at noon, unless told otherwise. */
export function event(status: PaymentEvent['status'], more: Partial<PaymentEvent> = {}): PaymentEvent {
  events += 1;
  return {
    source: 'bank',
    eventId: `event-${events}`,
    occurredAt: NOON,
    status,
    reference: 'PAY-1',
    batch: null,
    beneficiary: { idType: 'household_id', idValue: 'HH-10001' },
    payee: null,
    programme: 'CASH',
    period: '2026-11',
    amount: '145.00',
    currency: 'USD',
    method: null,
    provider: null,
    accountHint: null,
    from: null,
    until: null,
    place: null,
    reasonCode: null,
    reasonText: null,
    supersedes: null,
    ...more,
  };
}

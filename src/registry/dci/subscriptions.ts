/** What we asked registries to tell us of, and what they said to it. */
import type { Database } from '../../store/database.ts';
import type { DciClient } from './client.ts';
import { subscribeMessage, unsubscribeMessage } from './envelope.ts';
import { firstText, listOf, objectOf, textOf, type Json } from './json.ts';

export type SubscribeDeps = { db: Database; now: () => Date };

/** A request that nobody answered, and a refusal, are tried again after a day. */
const AGAIN_MS = 86_400_000;
const SEND_MS = 10_000;

/** Asks for every event of the profile that is not asked for yet. Throws RegistryUnavailable; run it now and then. */
export async function subscribeAll(
  { db, now }: SubscribeDeps,
  source: string,
  client: Pick<DciClient, 'block' | 'send'>,
): Promise<void> {
  for (const wanted of client.block.subscribe) {
    const at = now();
    const message = subscribeMessage(client.block, wanted, at);
    const { rowCount } = await db.query(
      `insert into dci_subscription as s (source, event, transaction_id, state, asked_at)
       values ($1, $2, $3, 'asked', $4)
       on conflict (source, event) do update
         set transaction_id = excluded.transaction_id, state = 'asked', asked_at = excluded.asked_at, code = null
         where s.state <> 'active' and s.asked_at < $5`,
      [source, wanted.event, message['transaction_id'], at, new Date(at.getTime() - AGAIN_MS)],
    );
    if (rowCount !== 0)
      await client.send('subscribe', '/registry/subscribe', message, AbortSignal.timeout(SEND_MS));
  }
}

/** Takes back what the profile does not name any more. Throws RegistryUnavailable. */
export async function unsubscribeOthers(
  { db, now }: SubscribeDeps,
  source: string,
  client: Pick<DciClient, 'block' | 'send'>,
): Promise<void> {
  const { rows } = await db.query<{ code: string }>(
    `select code from dci_subscription
     where source = $1 and state = 'active' and code is not null and event <> all($2)`,
    [source, client.block.subscribe.map(({ event }) => event)],
  );
  if (rows.length === 0) return;
  const message = unsubscribeMessage(
    rows.map(({ code }) => code),
    now(),
  );
  await client.send('unsubscribe', '/registry/unsubscribe', message, AbortSignal.timeout(SEND_MS));
}

/** The registry's word on a subscription of ours; false where it is none of ours. */
export async function noteSubscribed(db: Database, source: string, message: Json): Promise<boolean> {
  const [response] = listOf(message['subscribe_response']).map(objectOf);
  if (!response) return false;
  const [subscription] = listOf(response['subscriptions']).map(objectOf);
  const code = subscription ? firstText(subscription, 'code', 'subscription_code') : null;
  const isRefused = textOf(response['status'])?.toLowerCase() === 'rjct';
  const isHad = textOf(response['status_reason_code']) === 'rjct.event.already_subscribed';
  const { rowCount } = await db.query(
    `update dci_subscription set state = $3, code = coalesce($4, code)
     where source = $1 and transaction_id = $2`,
    [
      source,
      textOf(message['transaction_id']),
      isRefused && !isHad ? 'refused' : 'active',
      code ?? firstText(response, 'subscription_code'),
    ],
  );
  return rowCount !== 0;
}

export async function noteUnsubscribed(db: Database, source: string, message: Json): Promise<boolean> {
  // Misspelt so in the published schema (registry-and-grievance.md §1.6).
  const listed = [...listOf(message['subscription_codes']), ...listOf(message['sunscription_codes'])];
  const codes = [...listed, ...listOf(message['subscription_status'])].flatMap(
    (one) => textOf(one) ?? firstText(objectOf(one), 'code', 'subscription_code') ?? [],
  );
  const { rowCount } = await db.query(
    `update dci_subscription set state = 'ended'
     where source = $1 and (code = any($2) or transaction_id = $3)`,
    [source, codes, textOf(message['transaction_id'])],
  );
  return rowCount !== 0;
}

export async function noteNotified(
  db: Database,
  source: string,
  events: readonly string[],
  at: Date,
): Promise<void> {
  await db.query('update dci_subscription set notified_at = $3 where source = $1 and event = any($2)', [
    source,
    events,
    at,
  ]);
}

/** Callbacks of yesterday: every signature over them has expired. */
export async function forgetDciMessages(db: Database, now: Date): Promise<void> {
  await db.query('delete from dci_message where at < $1', [new Date(now.getTime() - AGAIN_MS)]);
}

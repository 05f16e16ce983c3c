/** Webhooks: which systems are told when a case changes, and how well that goes. */
import { randomBytes } from 'node:crypto';
import type { Keys } from '../privacy/keys.ts';
import type { Database, Tx } from '../store/database.ts';
import { lastPosition, orderFeed } from './feed.ts';
import { checkAddress } from './webhook-address.ts';

export const WEBHOOK_EVENTS = ['case.created', 'case.updated'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export type NewWebhook = {
  url: string;
  events: readonly WebhookEvent[];
  /** The system behind the address: what it reported itself is not sent back. */
  source: string | null;
  /** Is told of restricted cases too. */
  restricted: boolean;
  at: Date;
};

export type WebhookRow = {
  id: string;
  url: string;
  events: WebhookEvent[];
  source: string | null;
  restricted: boolean;
  created_at: Date;
  failing_since: Date | null;
  disabled_at: Date | null;
  waiting: number;
  failed: number;
};

const SECRET_CONTEXT = 'webhook.secret';

/** Stores a webhook, which is told of all that happens from now on. Throws AddressRefused. */
export async function addWebhook(
  db: Database,
  keys: Keys,
  { url, events, source, restricted, at }: NewWebhook,
  isProduction: boolean,
): Promise<{ id: string; secret: string }> {
  const address = checkAddress(url, isProduction).href;
  const secret = `whsec_${randomBytes(32).toString('base64url')}`;
  await orderFeed(db);
  const { rows } = await db.query<{ id: string }>(
    `insert into webhook (url, events, source, restricted, secret, position, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [
      address,
      [...new Set(events)],
      source,
      restricted,
      keys.seal('case', secret, SECRET_CONTEXT),
      await lastPosition(db),
      at,
    ],
  );
  return { id: rows[0]?.id ?? '', secret };
}

export function openWebhookSecret(keys: Keys, sealed: Buffer): string {
  return keys.open('case', sealed, SECRET_CONTEXT);
}

export async function listWebhooks(db: Tx): Promise<WebhookRow[]> {
  const { rows } = await db.query<WebhookRow>(
    `select id, url, events, source, restricted, created_at, failing_since, disabled_at,
            (select count(*) from webhook_delivery where webhook = id and state = 'waiting') as waiting,
            (select count(*) from webhook_delivery where webhook = id and state = 'failed') as failed
     from webhook order by created_at`,
  );
  return rows;
}

/** Takes a webhook away with what it was still to be told. False when there is none. */
export async function removeWebhook(tx: Tx, id: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from webhook where id::text = $1', [id]);
  return rowCount === 1;
}

/** Begins again after a webhook was switched off: all that it missed is sent. False when there is none switched off. */
export async function enableWebhook(tx: Tx, id: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with enabled as (
       update webhook set disabled_at = null, failing_since = null
       where id::text = $1 and disabled_at is not null returning id
     ), again as (
       update webhook_delivery set state = 'waiting', attempts = 0, created_at = $2, next_at = $2
       where webhook in (select id from enabled) and state <> 'delivered'
     )
     select from enabled`,
    [id, at],
  );
  return rowCount === 1;
}

/** What `wasl doctor` says of each webhook: the host only, since paths often hold secrets. */
export async function webhookHealth(db: Tx): Promise<{ part: string; ok: boolean; note: string }[]> {
  return (await listWebhooks(db)).map(({ id, url, waiting, failed, failing_since, disabled_at }) => {
    const part = `webhook ${URL.parse(url)?.host ?? id}`;
    if (disabled_at) {
      const since = disabled_at.toISOString().slice(0, 10);
      return {
        part,
        ok: false,
        note: `switched off since ${since}; mend it, then wasl webhook enable ${id}`,
      };
    }
    if (failing_since)
      return { part, ok: false, note: `fails since ${failing_since.toISOString()}, ${waiting} waiting` };
    if (failed > 0)
      return { part, ok: false, note: `${failed} deliveries were given up; it answers again now` };
    return { part, ok: true, note: `${waiting} waiting` };
  });
}

/** Tells webhooks what changed: at least once, in the order of each case, signed, tried again for a day. */
import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import { dueAt, readCases, type CaseRow } from './case-view.ts';
import { orderFeed } from './feed.ts';
import { checkAddress, guardedLookup } from './webhook-address.ts';
import { openWebhookSecret, type WebhookEvent } from './webhooks.ts';

export type WebhookDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  now: () => Date;
  isProduction: boolean;
  /** Milliseconds a receiver has to answer; 10,000. */
  timeout?: number;
  /** For the metric: what came of one attempt. */
  onAttempt?: (outcome: 'delivered' | 'failed' | 'given_up') => void;
};

/** Kinds of events that change what a case view shows; notes and assignments are nobody else's. */
const TOLD = ['lodged', 'status', 'decision', 'category'];
const FAN_OUT = 500;
const AT_ONCE = 8;
const DAY_MS = 86_400_000;
const GIVE_UP_MS = DAY_MS;
const SWITCH_OFF_MS = 7 * DAY_MS;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Takes over what changed and sends what is due; as a chore every few seconds, in any number of processes. */
export async function runWebhooks(deps: WebhookDeps): Promise<number> {
  const { rows } = await deps.db.query<{ id: string }>('select id from webhook where disabled_at is null');
  if (rows.length === 0) return 0;
  await orderFeed(deps.db);
  for (const { id } of rows) while ((await takeOver(deps, id)) === FAN_OUT);
  let sent = 0;
  for (;;) {
    const due = await claim(deps);
    if (due.length === 0) return sent;
    await Promise.all(due.map((delivery) => deliver(deps, delivery)));
    sent += due.length;
  }
}

/** Moves a webhook along the feed: what concerns it becomes deliveries, in one transaction with its position. */
async function takeOver({ db, now, profile: { sources } }: WebhookDeps, id: string): Promise<number> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ position: number }>(
      'select position from webhook where id = $1 for update skip locked',
      [id],
    );
    const [webhook] = rows;
    if (!webhook) return 0;
    const { rows: taken } = await tx.query<{ last: number | null; seen: number }>(
      `with seen as (
         select position, event, reference from case_feed where position > $2 order by position limit $3
       ), made as (
         insert into webhook_delivery (webhook, position, event, reference, created_at, next_at)
         select w.id, s.position, s.event, s.reference, $4, $4
         from seen s
           join grievance_event e on e.id = s.event
           join grievance g on g.reference = s.reference
           join webhook w on w.id = $1
           left join api_token t on e.actor = 'token:' || t.id
         where e.kind = any($5)
           and (w.restricted or g.sensitivity = 'open')
           and case when e.kind = 'lodged' then 'case.created' else 'case.updated' end = any(w.events)
           -- A source of the profile hears of its own cases, where it is told at all.
           and (w.source is null or w.source <> all($6) or (w.source = any($7) and g.source = w.source))
           and coalesce(case when e.kind = 'lodged' then g.source else t.source end, '') <> coalesce(w.source, ' ')
         on conflict do nothing
       )
       select max(position) as last, count(*) as seen from seen`,
      [
        id,
        webhook.position,
        FAN_OUT,
        now(),
        TOLD,
        sources.map((source) => source.id),
        sources.filter(({ told }) => told).map((source) => source.id),
      ],
    );
    const { last = null, seen = 0 } = taken[0] ?? {};
    if (last !== null) await tx.query('update webhook set position = $2 where id = $1', [id, last]);
    return seen;
  });
}

type Delivery = {
  webhook: string;
  position: number;
  event: number;
  reference: string;
  attempts: number;
  created_at: Date;
  url: string;
  secret: Buffer;
  /** It may hear of restricted cases. */
  restricted: boolean;
};

/**
 * Deliveries that are due, lent to this process until a while after their timeout. What waits behind an earlier change
 * of the same case stays.
 */
async function claim({ db, now, timeout = 10_000 }: WebhookDeps): Promise<Delivery[]> {
  const at = now();
  const { rows } = await db.query<Delivery>(
    `with due as (
       select d.webhook, d.position
       from webhook_delivery d join webhook w on w.id = d.webhook
       where d.state = 'waiting' and d.next_at <= $1 and w.disabled_at is null
         and not exists (
           select from webhook_delivery earlier
           where earlier.webhook = d.webhook and earlier.reference = d.reference
             and earlier.position < d.position and earlier.state = 'waiting')
       order by d.position
       limit $2
       for update of d skip locked
     )
     update webhook_delivery d set attempts = d.attempts + 1, next_at = $3
     from due, webhook w
     where d.webhook = due.webhook and d.position = due.position and w.id = d.webhook
     returning d.webhook, d.position, d.event, d.reference, d.attempts, d.created_at, w.url, w.secret, w.restricted`,
    [at, AT_ONCE, new Date(at.getTime() + timeout * 3)],
  );
  return rows.sort((a, b) => a.position - b.position);
}

async function deliver(deps: WebhookDeps, delivery: Delivery): Promise<void> {
  const body = await payloadOf(deps, delivery);
  if (body === undefined) {
    await withdraw(deps, delivery);
    return;
  }
  const status = await post(deps, delivery, body).catch(() => null);
  const isDone = status !== null && status >= 200 && status < 300;
  await (isDone ? delivered(deps, delivery, status) : missed(deps, delivery, status));
}

/** It goes as if it had never been due: what waits behind it is not held up. */
async function withdraw({ db }: WebhookDeps, { webhook, position }: Delivery): Promise<void> {
  await db.query('delete from webhook_delivery where webhook = $1 and position = $2', [webhook, position]);
}

/** Codes and dates only: who wants more reads the case with a token. Undefined: erased, or made secret, since. */
async function payloadOf(
  { db, profile }: WebhookDeps,
  { event, reference, restricted }: Delivery,
): Promise<string | undefined> {
  const [cases, { rows }] = await Promise.all([
    readCases(db, [reference]),
    db.query<{ at: Date; kind: string; to_status: CaseRow['status'] | null }>(
      'select at, kind, to_status from grievance_event where id = $1',
      [event],
    ),
  ]);
  const [happened] = rows;
  const row = cases.get(reference);
  if (!happened || !row || (row.sensitivity !== 'open' && !restricted)) return undefined;
  const type: WebhookEvent = happened.kind === 'lodged' ? 'case.created' : 'case.updated';
  return JSON.stringify({
    id: `evt_${event}`,
    type,
    occurred_at: happened.at.toISOString(),
    case: {
      reference,
      source: row.source,
      external_id: row.external_id,
      kind: row.kind,
      category: row.category,
      programme: row.programme,
      status: happened.to_status ?? row.status,
      level: row.level,
      due_on: row.due_on,
      due_at: dueAt(row.due_on, profile),
      decision: row.decision,
      reason_code: row.reason_code,
    },
  });
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>`. */
export function signature(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** The status of the answer. Follows no redirect, reads no body, and rejects when no answer comes in time. */
async function post(
  { keys, now, isProduction, timeout = 10_000 }: WebhookDeps,
  { url, secret, event }: Delivery,
  body: string,
): Promise<number> {
  const address = checkAddress(url, isProduction);
  const { request } = address.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(
      address,
      {
        method: 'POST',
        agent: false,
        lookup: guardedLookup(isProduction),
        signal: AbortSignal.timeout(timeout),
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'wasl-webhook/1',
          'Wasl-Event-Id': `evt_${event}`,
          'Wasl-Signature': signature(openWebhookSecret(keys, secret), body, now()),
        },
      },
      (answer) => {
        answer.destroy();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

async function delivered(
  { db, onAttempt }: WebhookDeps,
  { webhook, position }: Delivery,
  status: number,
): Promise<void> {
  await db.query(
    `update webhook_delivery set state = 'delivered', status = $3 where webhook = $1 and position = $2`,
    [webhook, position, status],
  );
  await db.query('update webhook set failing_since = null where id = $1 and failing_since is not null', [
    webhook,
  ]);
  onAttempt?.('delivered');
}

/** Waits longer each time; a day after it became due the delivery is given up, a week of failures ends the webhook. */
async function missed(
  { db, now, onAttempt }: WebhookDeps,
  { webhook, position, attempts, created_at }: Delivery,
  status: number | null,
): Promise<void> {
  const at = now();
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS) * (0.8 + Math.random() * 0.4);
  const next = new Date(at.getTime() + wait);
  const isOver = next.getTime() > created_at.getTime() + GIVE_UP_MS;
  await db.query(
    `update webhook_delivery set state = $3, next_at = $4, status = $5
     where webhook = $1 and position = $2 and state = 'waiting'`,
    [webhook, position, isOver ? 'failed' : 'waiting', next, status],
  );
  await db.query(
    `update webhook set
       failing_since = coalesce(failing_since, $2),
       disabled_at = case when $3 or failing_since < $4 then coalesce(disabled_at, $2) else disabled_at end
     where id = $1`,
    // 410: the receiver says that there will never be anybody there again.
    [webhook, at, status === 410, new Date(at.getTime() - SWITCH_OFF_MS)],
  );
  onAttempt?.(isOver ? 'given_up' : 'failed');
}

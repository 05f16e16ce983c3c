/** The SQL of sending: claims messages under a lease and writes down what became of them. */
import type { Tx } from '../store/database.ts';
import type { MessageKind } from './outbox.ts';
import { HELD } from './recall.ts';
import { sourcesOf } from './states.ts';
import type { Verdict } from './verdict.ts';

/** How long a process may take to send what it claimed; after that it counts as dead. Channels give up far earlier. */
export const LEASE_MS = 60_000;

/** Which message: with the moment it was put in, as the database writes it, only its own month is looked into. */
export type MessageId = { id: number; at: string };

export type Claimed = MessageId & {
  /** Until when it is this sender's, as the database writes it: a claim of its own for each. */
  lease: string;
  contact: string | null;
  kind: MessageKind;
  attempts: number;
  address: Buffer;
  content: Buffer;
};

export type Claim = {
  /** The product that will send. */
  provider: string;
  /** What it may take, see `outbound.lane`. */
  lanes: readonly string[];
  /** In the order in which they are served. */
  priorities: readonly number[];
  limit: number;
  now: Date;
};

/** What a claim took: messages to send, and how many it took out of the queue altogether. */
export type Batch = { messages: Claimed[]; taken: number };

/**
 * Takes up to `limit` due messages. They are marked `sending` before the request leaves, so a killed process leaves a
 * trace. Notices to who does not want them, or is not kept any more, are cancelled here, at the last moment, and what came too late fails.
 */
export async function claim(db: Tx, { provider, lanes, priorities, limit, now }: Claim): Promise<Batch> {
  // One index probe for each priority, lane and month, in this order: messages that wait for tomorrow cost nothing. The
  // last two conditions say nothing new: they keep the update to the rows and months that were found.
  const probes = priorities.flatMap((priority) => lanes.map((lane) => ({ priority, lane })));
  const { rows } = await db.query<Claimed & { state: string }>({
    name: 'outbound-claim',
    text: `with next as (
             select found.id, found.created_at, found.contact
             from unnest($1::smallint[], $2::text[]) as probe (priority, lane)
             cross join lateral (
               select id, created_at, contact from outbound
               where state = 'queued' and lane = probe.lane and priority = probe.priority and due <= $3
               order by due, id
               limit $4
               for update skip locked
             ) as found
             limit $4
           ), judged as (
             select next.id, next.created_at, case
               when c.stopped_at is not null then 'stopped'
               when c.consent = 'none' or (c.key is null and next.contact is not null) then 'consent'
             end as refused
             from next left join contact c on c.key = next.contact
           )
           update outbound o set
             state = case
               when o.expires_at < $3 then 'failed'
               when o.kind = 'notice' and refused is not null then 'cancelled'
               else 'sending'
             end,
             error = case
               when o.expires_at < $3 then 'expired'
               when o.kind = 'notice' then refused
             end,
             settled_at = case
               when o.expires_at < $3 or (o.kind = 'notice' and refused is not null) then $3
             end,
             provider = $5,
             attempts = o.attempts + 1,
             lease_until = $6
           from judged
           where o.id = judged.id and o.created_at = judged.created_at
             and o.id = any(array(select id from next))
             and o.created_at between (select min(created_at) from next) and (select max(created_at) from next)
           returning o.id, o.created_at::text as at, o.lease_until::text as lease, o.contact, o.kind, o.attempts, o.address,
             o.content, o.state`,
    values: [
      probes.map(({ priority }) => priority),
      probes.map(({ lane }) => lane),
      now,
      limit,
      provider,
      new Date(now.getTime() + LEASE_MS),
    ],
  });
  return { messages: rows.filter(({ state }) => state === 'sending'), taken: rows.length };
}

/** A late answer still counts where the lease has run out meanwhile (`unknown`). */
export async function markSent(db: Tx, { id, at }: MessageId, providerId: string, now: Date): Promise<void> {
  await db.query({
    name: 'outbound-sent',
    text: `update outbound
           set state = 'sent', provider_id = $2, sent_at = $3, lease_until = null, error = null
           where id = $1 and created_at = $5::timestamptz and state = any($4)`,
    values: [id, providerId, now, sourcesOf('sent'), at],
  });
}

/**
 * Writes down a failed attempt. What was taken back meanwhile gets no other: it is cancelled, or held until it is let go
 * (recall.ts). An opt-out stops the contact with it. Only its own claim can fail: written a second time, because the answer
 * to the first was lost, it must not touch the claim of who sends the message by then.
 */
export async function markFailed(
  db: Tx,
  { id, at, lease }: Pick<Claimed, 'id' | 'at' | 'lease'>,
  verdict: Verdict,
  now: Date,
): Promise<void> {
  await db.query(
    `with mine as (
       select id, created_at, case
         when $2 <> 'queued' or recalled is null then $2
         when recalled = '${HELD}' then '${HELD}'
         else 'cancelled'
       end as becomes
       from outbound
       where id = $1 and created_at = $9::timestamptz and state = any($7) and lease_until = $10::timestamptz
       for update
     ), marked as (
       update outbound o set
         state = case when becomes = '${HELD}' then 'queued' else becomes end,
         error = case when becomes = 'cancelled' then recalled else $3 end,
         due = case becomes when 'queued' then $4 when '${HELD}' then 'infinity' else due end,
         expires_at = case when becomes = '${HELD}' then 'infinity' else expires_at end,
         provider = case when becomes in ('queued', '${HELD}') and not is_fixed then null else provider end,
         attempts = attempts - $5,
         settled_at = case when becomes in ('failed', 'cancelled') then $6::timestamptz end,
         recalled = case when becomes = '${HELD}' then null else recalled end,
         lease_until = null
       from mine
       where o.id = mine.id and o.created_at = mine.created_at
       returning contact
     )
     update contact set stopped_at = coalesce(stopped_at, $6)
     from marked
     where $8 and key = marked.contact`,
    [
      id,
      verdict.state,
      verdict.error,
      new Date(now.getTime() + verdict.wait),
      verdict.alert && verdict.state === 'queued' ? 1 : 0,
      now,
      sourcesOf(verdict.state),
      verdict.optOut,
      at,
      lease,
    ],
  );
}

/**
 * Messages whose process died between the claim and the mark: they may have left, so they are not sent again. The
 * lease stays: by it a late answer finds them.
 */
export async function expireLeases(db: Tx, now: Date): Promise<number> {
  const { rowCount } = await db.query(
    `update outbound set state = 'unknown', error = 'lease.expired'
     where state = 'sending' and lease_until < $1`,
    [now],
  );
  return rowCount ?? 0;
}

/** While a product is away nothing is claimed for it, so what comes too late is found here; a bounded pass. */
export async function expireQueued(db: Tx, lanes: readonly string[], now: Date): Promise<void> {
  await db.query(
    `update outbound set state = 'failed', error = 'expired', settled_at = $2
     where (id, created_at) in (
       select id, created_at from outbound
       where state = 'queued' and lane = any($1) and due < $2 and expires_at < $2
       limit 1000
       for update skip locked)`,
    [lanes, now],
  );
}

/** During a change of release an old process must leave alone what only new ones know. */
const CHANNEL_OFF_MS = 15 * 60_000;

/**
 * Messages that no configured product would take: those of a product that is gone go to another one of their channel,
 * those of a channel that is off fail once they have been due for a quarter of an hour. Returns how many failed.
 */
export async function rehome(
  db: Tx,
  lanes: readonly string[],
  openChannels: readonly string[],
  now: Date,
): Promise<number> {
  // Walks the index from lane to lane: a handful of steps, however long the queue.
  const { rows } = await db.query<{ lane: string }>(
    `with recursive present (lane) as (
       select min(lane) from outbound where state = 'queued'
       union all
       select (select min(o.lane) from outbound o where o.state = 'queued' and o.lane > present.lane)
       from present where present.lane is not null
     )
     select lane from present where lane <> all($1)`,
    [lanes],
  );
  if (rows.length === 0) return 0;
  const homeless = rows.map(({ lane }) => lane);
  await db.query(
    `update outbound set provider = null where state = 'queued' and lane = any($1) and channel = any($2)`,
    [homeless, openChannels],
  );
  const { rowCount } = await db.query(
    `update outbound set state = 'failed', error = 'channel.off', settled_at = $3
     where state = 'queued' and lane = any($1) and channel <> all($2) and due < $4`,
    [homeless, openChannels, now, new Date(now.getTime() - CHANNEL_OFF_MS)],
  );
  return rowCount ?? 0;
}

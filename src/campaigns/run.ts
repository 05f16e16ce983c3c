/** Carries campaigns on, chunk by chunk, in any number of processes: what a killed process did not finish, another does. */
import { endOfQuietHours } from '../profiles/calendar.ts';
import { cancelQueued, holdQueued, releaseQueued } from '../notifications/recall.ts';
import type { Tx } from '../store/database.ts';
import { gatherChunk } from './audience.ts';
import { BY_KEYS, readCampaign, type Campaign, type CampaignDeps, type CampaignState } from './campaign.ts';
import { sendChunk, type Chunk } from './send-chunk.ts';

export type RunOptions = {
  /** Only this one. */
  id?: string;
  /** Ends after the chunks at hand. */
  signal?: AbortSignal;
  /** Begins no chunk after so many milliseconds; without it, until nothing is left to do. */
  atMostMs?: number;
  /** Told after every chunk. */
  onChunk?: () => void;
};

/** Chunks under way at once in one process: one is written by the database while another is sealed here. */
const AT_ONCE = 2;

/**
 * All that can be done now: audiences gathered, chunks queued, held, let go or cancelled, campaigns ended. One that fails
 * or takes long keeps no other waiting: the time is shared, and what failed first is thrown when all had their turn.
 */
export async function runCampaigns(deps: CampaignDeps, options: RunOptions = {}): Promise<void> {
  const end = performance.now() + (options.atMostMs ?? Infinity);
  const failed: unknown[] = [];
  const ids = await openCampaigns(deps.db, options.id);
  for (const [index, id] of ids.entries()) {
    if (options.signal?.aborted === true) break;
    const share = Math.max(0, end - performance.now()) / (ids.length - index);
    try {
      await runOne(deps, id, options, performance.now() + share);
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw failed[0];
}

/** Begins no step after `until`, but always one of each kind: a pause that comes last is followed all the same. */
async function runOne(deps: CampaignDeps, id: string, options: RunOptions, until: number): Promise<void> {
  const mayGoOn = () => performance.now() < until && options.signal?.aborted !== true;
  const onChunk = () => {
    options.onChunk?.();
    return mayGoOn();
  };
  while ((await gatherChunk(deps, id)) && onChunk());
  await begin(deps, id);
  const failed: unknown[] = [];
  const drain = async () => {
    try {
      while (failed.length === 0 && (await workChunk(deps, id)) && onChunk());
    } catch (error) {
      failed.push(error);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, drain));
  if (failed.length > 0) throw failed[0];
  if (mayGoOn()) await settle(deps, id);
}

/** Who paused or stopped one waits for nothing; then the oldest first. */
async function openCampaigns(tx: Tx, only: string | undefined): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select c.id from campaign c
     where c.state not in ('done', 'draft', 'reading') and ($1::text is null or c.id::text = $1) and (
       c.state in ('gathering', 'approved', 'running')
       or exists (
         select from campaign_chunk k
         where k.campaign = c.id and k.state = any(case c.state when 'paused' then $2::text[] else $3::text[] end)
       )
     )
     order by c.state in ('paused', 'stopped') desc, c.made_at`,
    [only ?? null, WORK.paused, WORK.stopped],
  );
  return rows.map(({ id }) => id);
}

async function begin({ db, now }: CampaignDeps, id: string): Promise<void> {
  await db.query(
    `update campaign set state = 'running', started_at = $2 where id = $1 and state = 'approved'`,
    [id, now()],
  );
}

/** Chunks that have to follow when a campaign is in this state. */
const WORK: Readonly<Record<'running' | 'paused' | 'stopped', readonly string[]>> = {
  running: ['open', 'held'],
  paused: ['queued'],
  stopped: ['open', 'queued', 'held'],
};

const isAtWork = (state: CampaignState): state is keyof typeof WORK => state in WORK;

type Row = Chunk & { state: 'open' | 'queued' | 'held' };

/** One chunk, one transaction; false when none is left that nobody else is at. */
async function workChunk(deps: CampaignDeps, id: string): Promise<boolean> {
  return deps.db.transaction(async (tx) => {
    await tx.query(BY_KEYS);
    // Who pauses or stops waits for the chunks under way, and no chunk begins after it.
    await tx.query('select from campaign where id = $1 for share', [id]);
    const campaign = await readCampaign(tx, id);
    if (!campaign || !isAtWork(campaign.state)) return false;
    const { rows } = await tx.query<Row>({
      name: 'campaign-next-chunk',
      text: `select number, first_n, last_n, state from campaign_chunk
             where campaign = $1 and state = any($2)
             order by number limit 1 for update skip locked`,
      values: [id, WORK[campaign.state]],
    });
    const [chunk] = rows;
    if (!chunk) return false;
    const state = await follow(tx, deps, campaign, chunk);
    await tx.query('update campaign_chunk set state = $3 where campaign = $1 and number = $2', [
      id,
      chunk.number,
      state,
    ]);
    return true;
  });
}

async function follow(tx: Tx, deps: CampaignDeps, campaign: Campaign, chunk: Row): Promise<string> {
  const now = deps.now();
  if (campaign.state === 'running' && chunk.state === 'open') {
    await sendChunk(tx, deps, campaign, chunk);
    return 'queued';
  }
  const keys = await keysOf(tx, campaign.id, chunk);
  switch (campaign.state) {
    case 'running':
      await releaseQueued(tx, keys, endOfQuietHours(now, deps.profile.quiet_hours, deps.profile.calendar.tz));
      return 'queued';
    case 'paused':
      await holdQueued(tx, keys);
      return 'held';
    default:
      if (chunk.state === 'open') await forget(tx, campaign.id, chunk);
      else await cancel(tx, keys, now);
      return 'cancelled';
  }
}

async function keysOf(tx: Tx, campaign: string, { first_n: first, last_n: last }: Chunk): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `select key from campaign_recipient
     where campaign = $1 and n between $2 and $3 and reach <> 'none' and key is not null`,
    [campaign, first, last],
  );
  return rows.map(({ key }) => key);
}

/** Who was not told of a payment after all may be told of it by the next campaign. */
async function cancel(tx: Tx, keys: readonly string[], now: Date): Promise<void> {
  const cancelled = await cancelQueued(tx, keys, { why: 'campaign.stopped', now });
  await tx.query(`update payment_notice set reach = 'none', reason = 'replaced' where key = any($1)`, [
    cancelled,
  ]);
}

/** Nothing of it was ever queued, so a later reminder must find its place free. */
async function forget(tx: Tx, campaign: string, { first_n: first, last_n: last }: Chunk): Promise<void> {
  await tx.query(
    `update campaign_recipient set key = null
     where campaign = $1 and n between $2 and $3 and key like 'due:%'`,
    [campaign, first, last],
  );
}

/** Chunks looked at in one pass: messages leave in order, so the first ones tell. */
const LOOKED_AT = 10;

/** Chunks of which nothing waits any more, and a campaign of which no chunk does. */
async function settle({ db, now }: CampaignDeps, id: string): Promise<void> {
  for (let settled = LOOKED_AT; settled === LOOKED_AT;) {
    const { rowCount } = await db.query(
      `update campaign_chunk c set state = 'left'
       from (
         select number from campaign_chunk where campaign = $1 and state = 'queued' order by number limit ${LOOKED_AT}
       ) as next
       where c.campaign = $1 and c.number = next.number and c.state = 'queued' and not exists (
         select from campaign_recipient r join outbound o on o.key = r.key or o.origin = r.key
         where r.campaign = $1 and r.n between c.first_n and c.last_n and r.reach <> 'none'
           and o.state in ('queued', 'sending')
       )`,
      [id],
    );
    settled = rowCount ?? 0;
  }
  await db.query(
    `update campaign c set state = 'done', ended_at = $2
     where c.id = $1 and c.state = 'running'
       and not exists (select from campaign_chunk k where k.campaign = c.id and k.state <> 'left')`,
    [id, now()],
  );
}

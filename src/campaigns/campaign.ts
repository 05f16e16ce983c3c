/** What a campaign is: one message to many, how it may go on, and its row. */
import type { Tx } from '../store/database.ts';
import type { TextKey } from '../conversation/dialog.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Texts } from '../render/texts.ts';
import type { Notifier } from '../notifications/notify.ts';
import type { Database } from '../store/database.ts';
import type { Preview } from './preview.ts';

export type CampaignDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  texts: Texts;
  notifier: Notifier;
  now: () => Date;
};

/** `payments`: each payee reads of her own payment. `reminder`: by the calendar, without anybody asking. */
export type CampaignKind = 'payments' | 'broadcast' | 'reminder';

/**
 * `due`: payments that wait to be collected. `file`: payments that a file names. `people`: heads of households.
 * `subscribers`: who asked to be told when registration opens. `update_due`: whose details must be confirmed soon.
 */
export type CampaignSource = 'due' | 'file' | 'people' | 'subscribers' | 'update_due';

export const CAMPAIGN_STATES = [
  'reading',
  'gathering',
  'draft',
  'approved',
  'running',
  'paused',
  'stopped',
  'done',
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** What each state may become, and so which deeds there are. */
export const CAMPAIGN_STEPS: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  reading: ['gathering', 'stopped'],
  gathering: ['draft', 'approved', 'stopped'],
  draft: ['approved', 'stopped'],
  approved: ['running', 'paused', 'stopped'],
  running: ['paused', 'stopped', 'done'],
  paused: ['running', 'stopped'],
  stopped: [],
  done: [],
};

/** Who is in the audience; what is absent does not narrow it. Statuses in our words, areas with all below them. */
export type Filter = {
  programme?: string;
  area?: string;
  language?: string;
  sex?: 'female' | 'male';
  status?: string;
  period?: string;
  /** ISO date: only those whose day to be reminded lies after it. */
  since?: string;
};

/** Texts that may be sent to many, and what each one needs. `date`: names a day. `to`: its only audience. */
export const BROADCASTS = [
  { text: 'sms.fraud', date: false, to: 'people' },
  { text: 'sms.ap.posted', date: true, to: 'people' },
  { text: 'sms.up.due', date: true, to: 'people' },
  { text: 'sms.cond', date: false, to: 'people' },
  { text: 'sms.inf.open', date: false, to: 'subscribers' },
] as const satisfies readonly { text: TextKey; date: boolean; to: CampaignSource }[];
export type BroadcastText = (typeof BROADCASTS)[number]['text'];

export type Campaign = {
  id: string;
  kind: CampaignKind;
  source: CampaignSource;
  /** Null: each payment has words of its own. */
  text: BroadcastText | null;
  title: string;
  filter: Filter;
  /** ISO date. */
  until: string | null;
  origin: string | null;
  state: CampaignState;
  recipients: number;
  chunks: number;
  preview: Preview | null;
  made_by: string;
  made_at: Date;
  tried_at: Date | null;
  approved_by: string | null;
  approved_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
};

const COLUMNS = `id, kind, source, text, title, filter, until, origin, state, recipients, chunks, preview, made_by, made_at,
  tried_at, approved_by, approved_at, started_at, ended_at`;

/** Why a deed cannot be done: closed, so that a page has words for each. */
export type RefusedWhy = 'unknown' | 'own' | 'permission' | 'state' | 'untried' | 'empty' | 'bad';

/** A deed that this campaign, or this person, does not allow. */
export class CampaignRefused extends Error {
  readonly why: RefusedWhy;

  constructor(why: RefusedWhy) {
    super(`the campaign does not allow this: ${why}`);
    this.name = 'CampaignRefused';
    this.why = why;
  }
}

/** Recipients of a chunk: what one transaction puts into the outbox, and what memory holds at a time. */
export const CHUNK = 2_000;

/**
 * Stands before the key of a reminder that somebody has to approve first: until it is sent it takes the place of none
 * that goes by the calendar.
 */
export const DRAFT_KEY = 'draft:';

/**
 * For the transactions of a chunk: all is found by its key. A plan made while a table was empty, or by a guess at how few
 * rows a filter leaves, would read a million rows for each two thousand.
 */
export const BY_KEYS = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin']
  .map((way) => `set local enable_${way} = off`)
  .join('; ');

export async function readCampaign(tx: Tx, id: string): Promise<Campaign | undefined> {
  const { rows } = await tx.query<Campaign>(`select ${COLUMNS} from campaign where id::text = $1`, [id]);
  return rows[0];
}

/** Locks it until the transaction ends: nobody pauses or approves it meanwhile. */
export async function lockCampaign(tx: Tx, id: string): Promise<Campaign> {
  const { rows } = await tx.query<Campaign>(
    `select ${COLUMNS} from campaign where id::text = $1 for update`,
    [id],
  );
  const [found] = rows;
  if (!found) throw new CampaignRefused('unknown');
  return found;
}

const MOST_LISTED = 200;

/** The newest first; reminders that found nobody are left out. */
export async function listCampaigns(tx: Tx): Promise<Campaign[]> {
  const { rows } = await tx.query<Campaign>(
    `select ${COLUMNS} from campaign where kind <> 'reminder' or recipients > 0
     order by made_at desc limit ${MOST_LISTED}`,
  );
  return rows;
}

export async function findByOrigin(tx: Tx, origin: string): Promise<Campaign | undefined> {
  const { rows } = await tx.query<Campaign>(`select ${COLUMNS} from campaign where origin = $1`, [origin]);
  return rows[0];
}

/** What people do with a campaign: make, try, approve, pause, resume and stop it; each with a row in the audit. */
import { recordAudit } from '../privacy/audit.ts';
import { may, type Permission, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import {
  BROADCASTS,
  CAMPAIGN_STEPS,
  CampaignRefused,
  lockCampaign,
  type BroadcastText,
  type Campaign,
  type CampaignKind,
  type CampaignSource,
  type CampaignState,
  type Filter,
} from './campaign.ts';

/** Who does it: staff by their roles; `command`: the operator, who may everything and whom the audit names so. */
export type By = Staff | 'command' | 'service';

const keyOf = (by: By): string => (typeof by === 'string' ? by : by.key);

export type NewCampaign = {
  kind: CampaignKind;
  source: CampaignSource;
  text?: BroadcastText;
  title: string;
  filter?: Filter;
  /** ISO date that the text names. */
  until?: string;
  /** See campaign.origin. */
  origin?: string;
};

type Db = { db: Database };

/**
 * Makes a campaign and begins to gather its audience; of a file first its lines are read. Returns its id; undefined
 * when there is one with this origin. Throws CampaignRefused.
 */
export async function makeCampaign(
  { db }: Db,
  made: NewCampaign,
  { by, at }: { by: By; at: Date },
): Promise<string | undefined> {
  mustMay(by, 'campaign');
  mustFit(made);
  return db.transaction(async (tx) => {
    const { kind, source, text = null, title, filter = {}, until = null, origin = null } = made;
    const { rows } = await tx.query<{ id: string }>(
      `insert into campaign (kind, source, text, title, filter, until, origin, state, made_by, made_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (origin) do nothing
       returning id`,
      [
        kind,
        source,
        text,
        title,
        JSON.stringify(filter),
        until,
        origin,
        source === 'file' ? 'reading' : 'gathering',
        keyOf(by),
        at,
      ],
    );
    const id = rows[0]?.id;
    if (id !== undefined) await audit(tx, 'campaign_made', id, { by, at }, { kind, source, text, ...filter });
    return id;
  });
}

/** Closed lists and their company: a text that names a day has one, and goes to whom it is for. */
function mustFit({ kind, source, text, title, until }: NewCampaign): void {
  if (title.trim() === '' || title.length > 100) throw new CampaignRefused('bad');
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(until)) throw new CampaignRefused('bad');
  if (kind === 'payments') {
    if (text !== undefined || (source !== 'due' && source !== 'file')) throw new CampaignRefused('bad');
    return;
  }
  const broadcast = BROADCASTS.find((one) => one.text === text);
  if (!broadcast) throw new CampaignRefused('bad');
  if (source === 'update_due' ? text !== 'sms.up.due' : broadcast.to !== source)
    throw new CampaignRefused('bad');
  if (source !== 'update_due' && broadcast.date !== (until !== undefined)) throw new CampaignRefused('bad');
}

/**
 * Lets it be sent. Never by who made it, and not before somebody has looked at ten of its messages; the operator at the
 * command line answers for both alone.
 */
export async function approveCampaign(
  { db }: Db,
  { id, by, at }: { id: string; by: By; at: Date },
): Promise<void> {
  mustMay(by, 'campaign.approve');
  await db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, id);
    mustStep(campaign, 'approved');
    if (by !== 'command' && campaign.made_by === keyOf(by)) throw new CampaignRefused('own');
    if (by !== 'command' && campaign.tried_at === null) throw new CampaignRefused('untried');
    if ((campaign.preview?.told ?? 0) === 0) throw new CampaignRefused('empty');
    await tx.query(
      `update campaign set state = 'approved', approved_by = $2, approved_at = $3 where id = $1`,
      [id, keyOf(by), at],
    );
    const { total = 0, told = 0, parts = 0 } = campaign.preview ?? {};
    await audit(tx, 'campaign_approved', id, { by, at }, { total, told, parts });
  });
}

/** Nothing more goes into the outbox, and what waits there is held. */
export async function pauseCampaign(db: Db, deed: { id: string; by: By; at: Date }): Promise<void> {
  await step(db, deed, 'paused', 'campaign_paused');
}

export async function resumeCampaign(db: Db, deed: { id: string; by: By; at: Date }): Promise<void> {
  await step(db, deed, 'running', 'campaign_resumed');
}

/** For good: what has not left is cancelled. A draft is thrown away the same way. */
export async function stopCampaign(db: Db, deed: { id: string; by: By; at: Date }): Promise<void> {
  await step(db, deed, 'stopped', 'campaign_stopped');
}

async function step(
  { db }: Db,
  { id, by, at }: { id: string; by: By; at: Date },
  to: CampaignState,
  action: string,
): Promise<void> {
  mustMay(by, 'campaign', 'campaign.approve');
  await db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, id);
    mustStep(campaign, to);
    // Resuming is for what was paused; what was only approved begins by itself.
    if (to === 'running' && campaign.state !== 'paused') throw new CampaignRefused('state');
    await tx.query(
      `update campaign set state = $2, ended_at = case when $2 = 'stopped' then $3::timestamptz end where id = $1`,
      [id, to, at],
    );
    await audit(tx, action, id, { by, at });
  });
}

function mustStep({ state }: Campaign, to: CampaignState): void {
  if (!CAMPAIGN_STEPS[state].includes(to)) throw new CampaignRefused('state');
}

function mustMay(by: By, ...permissions: Permission[]): void {
  if (typeof by !== 'string' && !permissions.some((one) => may(by, one)))
    throw new CampaignRefused('permission');
}

/** Written down in the transaction of what was done. */
export async function audit(
  tx: Tx,
  action: string,
  id: string,
  { by, at }: { by: By; at: Date },
  details?: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, {
    actor: keyOf(by),
    action,
    subject: `campaign:${id}`,
    ...(details ? { details } : {}),
    at,
  });
}

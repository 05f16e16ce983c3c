/** An agent and a citizen in contact: one at a time, and the next only when this one has its code (console.md S9). */
import type { Tx } from '../store/database.ts';
import { may, type Staff } from '../staff/roles.ts';

/** What a contact came to, in twelve words. */
export const WRAP_UP_CODES = [
  'answered_info',
  'case_opened',
  'case_updated',
  'callback_set',
  'verification_failed',
  'referred',
  'wrong_number',
  'silent',
  'abusive',
  'technical',
  'sensitive',
  'other',
] as const;
export type WrapUpCode = (typeof WRAP_UP_CODES)[number];

/** Time to write things down after a contact; the agent may take longer. */
export const WRAP_UP_SECONDS = 30;

export type InteractionChannel = 'call' | 'callback' | 'sms' | 'whatsapp' | 'desk';

export type Interaction = {
  id: string;
  staff: string;
  /** Null: nobody is known yet, or nobody may be told from it any more. */
  contact: string | null;
  channel: InteractionChannel;
  startedAt: Date;
  person: string | null;
  household: string | null;
  /** When she showed who she is; lasts as long as this contact. */
  verifiedAt: Date | null;
  /** When the call was hung up: the wrap-up runs from then. Null while talking, and on other channels. */
  hungUpAt: Date | null;
};

export type Started =
  | { ok: true; interaction: Interaction }
  /** `busy`: the contact before has no code yet. */
  | { ok: false; why: 'busy'; interaction: Interaction }
  | { ok: false; why: 'forbidden' };

const COLUMNS = `i.id, i.staff, i.contact, i.channel, i.started_at as "startedAt", i.person, i.household,
  i.verified_at as "verifiedAt",
  case when i.channel in ('call', 'callback') then (
    select c.ended_at from call c
    where c.contact = i.contact and c.staff = i.staff and c.state <> 'ringing'
    order by c.started_at desc limit 1) end as "hungUpAt"`;

/** Begins a contact, or goes on with the one this agent has with the same person. */
export async function startInteraction(
  tx: Tx,
  { by, contact, channel, at }: { by: Staff; contact: string | null; channel: InteractionChannel; at: Date },
): Promise<Started> {
  if (!may(by, 'desk')) return { ok: false, why: 'forbidden' };
  await tx.query(
    `insert into interaction (staff, contact, channel, started_at) values ($1, $2, $3, $4)
     on conflict (staff) where ended_at is null do nothing`,
    [by.key, contact, channel, at],
  );
  const interaction = await currentInteraction(tx, by.key);
  if (!interaction) throw new Error('the contact that was begun is not there');
  return interaction.contact === contact
    ? { ok: true, interaction }
    : { ok: false, why: 'busy', interaction };
}

/** The contact this member of staff is in. */
export async function currentInteraction(db: Tx, staff: string): Promise<Interaction | undefined> {
  const { rows } = await db.query<Interaction>(
    `select ${COLUMNS} from interaction i where i.staff = $1 and i.ended_at is null`,
    [staff],
  );
  return rows[0];
}

/** Says which household, and which person of it, this contact is about. A different one has to be verified anew. */
export async function bindInteraction(
  tx: Tx,
  { by, id, household, person }: { by: Staff; id: string; household: string; person: string | null },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update interaction set
       household = $3,
       person = $4,
       verified_at = case when household = $3 and person is not distinct from $4 then verified_at end,
       verification = case when household = $3 and person is not distinct from $4 then verification end
     where id = $1 and staff = $2 and ended_at is null`,
    [id, by.key, household, person],
  );
  return rowCount === 1;
}

/**
 * Ends a contact with its code; false when it is not this agent's or has ended. A sensitive hand-over leaves no trace of
 * whom it was with.
 */
export async function wrapUp(
  tx: Tx,
  { by, id, code, followUp, at }: { by: Staff; id: string; code: WrapUpCode; followUp: boolean; at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update interaction set
       wrap_up = $3,
       follow_up = $4,
       ended_at = $5,
       contact = case when $3 <> 'sensitive' then contact end,
       household = case when $3 <> 'sensitive' then household end,
       person = case when $3 <> 'sensitive' then person end,
       verification = case when $3 <> 'sensitive' then verification end
     where id = $1 and staff = $2 and ended_at is null`,
    [id, by.key, code, followUp, at],
  );
  return rowCount === 1;
}

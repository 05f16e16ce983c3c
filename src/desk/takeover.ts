/** An agent answers a conversation instead of the dialog: takes it, writes, and hands it back where the dialog was. */
import { openAddress } from '../notifications/contact.ts';
import { enqueue, openMessage } from '../notifications/outbox.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import { readWords, type WordsRefused } from './words.ts';

/** Without a message of the agent for so long, the dialog answers again: nobody is left with nobody. */
export const HANDLED_HOURS = 2;

/** Ten SMS parts: more is a letter. */
export const MAX_REPLY = 1_500;

export type ChatChannel = 'sms' | 'whatsapp';

/** Who has a conversation now. */
export type Handler = { staff: string; channel: ChatChannel; since: Date; until: Date };

export type Taken =
  | { ok: true; handler: Handler }
  | { ok: false; why: 'forbidden' | 'unknown' }
  /** Somebody else has it. */
  | { ok: false; why: 'taken'; handler: Handler };

const HANDLER = `handled_by as staff, handled_channel as channel, handled_at as since, handled_until as until`;

/** From now on what she writes on this channel is for the agent. Taking again what one has prolongs it. */
export async function takeOver(
  tx: Tx,
  { contact, channel, by, at }: { contact: string; channel: ChatChannel; by: Staff; at: Date },
): Promise<Taken> {
  if (!may(by, 'desk')) return { ok: false, why: 'forbidden' };
  const { rows } = await tx.query<Handler>(
    `update contact set
       handled_told = handled_by is not distinct from $2 and handled_channel = $3 and handled_until > $4
                      and handled_told,
       handled_at = case
         when handled_by = $2 and handled_channel = $3 and handled_until > $4 then handled_at else $4::timestamptz end,
       handled_by = $2,
       handled_channel = $3,
       handled_until = $5
     where key = $1 and (handled_by is null or handled_by = $2 or handled_until <= $4)
     returning ${HANDLER}`,
    [contact, by.key, channel, at, end(at)],
  );
  const [handler] = rows;
  if (!handler) {
    const other = await handlerOf(tx, contact, at);
    return other ? { ok: false, why: 'taken', handler: other } : { ok: false, why: 'unknown' };
  }
  await recordAudit(tx, {
    actor: by.key,
    action: 'take_over',
    subject: `contact:${contact}`,
    details: { channel },
    at,
  });
  return { ok: true, handler };
}

/** Who answers this person instead of the dialog now; undefined: the dialog does. */
export async function handlerOf(db: Tx, contact: string, at: Date): Promise<Handler | undefined> {
  const { rows } = await db.query<Handler>(
    `select ${HANDLER} from contact where key = $1 and handled_by is not null and handled_until > $2`,
    [contact, at],
  );
  return rows[0];
}

/** Lets the dialog go on where it was. A supervisor may hand back what others took. False: there was nothing to. */
export async function handBack(
  tx: Tx,
  { contact, by, at }: { contact: string; by: Staff; at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update contact set handled_by = null, handled_at = null, handled_channel = null, handled_until = null,
                        handled_told = false
     where key = $1 and handled_by is not null and (handled_by = $2 or $3)`,
    [contact, by.key, may(by, 'team')],
  );
  if (rowCount !== 1) return false;
  await recordAudit(tx, { actor: by.key, action: 'hand_back', subject: `contact:${contact}`, at });
  return true;
}

export type Replied =
  | { ok: true }
  /** `repeated`: this reply was sent before. `not_yours`: another agent has it, or nobody. */
  | { ok: false; why: WordsRefused | 'repeated' | 'not_yours' | 'no_phone' | 'window_closed' };

/**
 * Sends what an agent wrote, on the channel of the conversation, and records it with its author.
 * @param reply `key`: makes a repeated form the same reply; `holdMs`: it waits so long, to be taken back (held-replies.ts).
 */
export async function replyAsStaff(
  { db, keys }: { db: Pick<Database, 'transaction'>; keys: Keys },
  reply: { contact: string; text: string; key: string; by: Staff; at: Date; holdMs?: number },
): Promise<Replied> {
  const words = readWords(reply.text, MAX_REPLY);
  if (!words.ok) return words;
  return db.transaction(async (tx) => {
    const channel = await lockHandled(tx, reply);
    if (!channel) return { ok: false, why: 'not_yours' };
    const { contact, by, at, holdMs = 0 } = reply;
    const due = new Date(at.getTime() + holdMs);
    const key = `desk:${by.key}:${reply.key}`;
    const { rowCount } = await tx.query('select from outbound where key = $1', [key]);
    if (rowCount !== 0) return { ok: false, why: 'repeated' };
    if (channel === 'whatsapp' && !(await isWindowOpen(tx, contact, at)))
      return { ok: false, why: 'window_closed' };
    const way = await wayTo(tx, keys, contact, channel);
    if (!way) return { ok: false, why: 'no_phone' };
    const content = { kind: 'text', body: words.text } as const;
    await enqueue(tx, keys, { contact, channel, ...way, content, kind: 'answer', key, due });
    await tx.query(
      `insert into message (at, contact, channel, direction, content, author, delivery)
       values ($1, $2, $3, 'out', $4, $5, $6)`,
      [at, contact, channel, keys.seal('conversation', words.text, 'message'), by.key, key],
    );
    await tx.query('update contact set handled_until = $2 where key = $1', [contact, end(at)]);
    return { ok: true };
  });
}

/** The channel on which this agent has the conversation; nobody takes it until the transaction ends. */
async function lockHandled(
  tx: Tx,
  { contact, by, at }: { contact: string; by: Staff; at: Date },
): Promise<ChatChannel | undefined> {
  const { rows } = await tx.query<{ channel: ChatChannel }>(
    `select handled_channel as channel from contact
     where key = $1 and handled_by = $2 and handled_until > $3
     for update`,
    [contact, by.key, at],
  );
  return rows[0]?.channel;
}

/** WhatsApp lets us write freely for 24 hours after she last wrote (channels.md C.7). */
async function isWindowOpen(tx: Tx, contact: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from conversation
     where contact = $1 and channel = 'whatsapp' and updated_at > $2::timestamptz - interval '24 hours'
     union all
     (select from message
      where contact = $1 and channel = 'whatsapp' and direction = 'in' and at <= $2
        and at > $2::timestamptz - interval '24 hours'
      limit 1)`,
    [contact, at],
  );
  return rowCount !== 0;
}

/** Answers leave by the product, and to the address, that she was last answered at; else by SMS to her phone. */
async function wayTo(
  tx: Tx,
  keys: Keys,
  contact: string,
  channel: ChatChannel,
): Promise<{ provider: string | null; address: string } | undefined> {
  const last = await tx.query<{ provider: string | null; address: Buffer; content: Buffer }>(
    `select provider, address, content from outbound
     where contact = $1 and channel = $2 and kind = 'reply' order by id desc limit 1`,
    [contact, channel],
  );
  const [answered] = last.rows;
  if (answered) return { provider: answered.provider, address: openMessage(keys, answered).to };
  const { rows } = await tx.query<{ address: Buffer }>(
    "select address from contact where key = $1 and (phone is not null or $2 = 'whatsapp')",
    [contact, channel],
  );
  return rows[0] && { provider: null, address: openAddress(keys, rows[0].address) };
}

function end(at: Date): Date {
  return new Date(at.getTime() + HANDLED_HOURS * 3_600_000);
}

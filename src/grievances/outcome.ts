/** Tells a citizen that something waits for her: that there is an answer, or a question; never what it says. */
import type { TextKey } from '../conversation/dialog.ts';
import type { Tx } from '../conversation/ports.ts';
import { openAddress } from '../notifications/contact.ts';
import type { WorkDeps } from './deeds.ts';
import { reachOf } from './reach.ts';

/**
 * How much may be said on her phone. `full`: that it is about her complaint, with its number. `discreet`: that there is
 * a message. `none`: nothing at all.
 */
export type Audience = 'full' | 'discreet' | 'none';

/** WhatsApp lets us write freely for 24 hours after she last wrote (channels.md C.7). */
const WINDOW_HOURS = 24;

type Lodged = { contact: string | null; sensitivity: string; category: string };

/**
 * What may be said to who lodged a case; nothing where there is no name, where the matter is secret from her phone, or
 * where she wants no messages. Asks the registry whose phone it is, so call it before the transaction.
 */
export async function audienceOf(deps: Omit<WorkDeps, 'notifier'>, reference: string): Promise<Audience> {
  const { rows } = await deps.db.query<Lodged>(
    'select contact, sensitivity, category from grievance where reference = $1',
    [reference],
  );
  return rows[0] ? audienceFor(deps, rows[0]) : 'none';
}

/** The same for a case that is about to be lodged. Where the registry cannot be asked, somebody else might read it. */
export async function audienceFor(deps: Omit<WorkDeps, 'notifier'>, lodged: Lodged): Promise<Audience> {
  const { kind } = await reachOf(deps.db, deps, { ...lodged, language: null });
  if (kind !== 'unsure') return kind;
  return lodged.sensitivity === 'open' ? 'discreet' : 'none';
}

export type Told = {
  reference: string;
  contact: string | null;
  channel: string | null;
  language: string | null;
  audience: Audience;
  text: TextKey;
  values: Readonly<Record<string, unknown>>;
  /** Two with the same key are one. */
  key: string;
  at: Date;
};

/** Queues the message in the transaction of what it tells of. */
export async function tellOutcome(
  tx: Tx,
  { keys, notifier }: Pick<WorkDeps, 'keys' | 'notifier'>,
  told: Told,
): Promise<void> {
  const { contact, audience, at } = told;
  if (contact === null || audience === 'none') return;
  const { rows } = await tx.query<{
    address: Buffer;
    has_phone: boolean;
    chats: boolean;
    language: string | null;
  }>(
    `select c.address, c.phone is not null as has_phone, c.consent_language as language,
            exists (select from conversation where contact = c.key and channel = 'whatsapp'
                    and updated_at > $2::timestamptz - make_interval(hours => ${WINDOW_HOURS})) as chats
     from contact c where c.key = $1`,
    [contact, at],
  );
  const [to] = rows;
  if (!to) return;
  const byChat = told.channel === 'whatsapp' && to.chats;
  const phone = to.has_phone && !byChat ? openAddress(keys, to.address) : null;
  const recipient = { contact, phone, language: told.language ?? to.language ?? '' };
  const words =
    audience === 'full' ? { text: told.text, values: told.values } : { text: 'sms.pay.discreet' as const };
  await notifier(tx, recipient, { ...words, kind: 'answer', key: told.key });
}

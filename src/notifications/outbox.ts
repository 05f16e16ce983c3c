/** Puts a message into the outbox, in the transaction of whatever causes it: it leaves exactly when that is stored. */
import type { OutboundContent } from '../channels/channel.ts';
import type { Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { SealBroken } from '../privacy/seal.ts';
import { segments } from '../render/measure.ts';
import { openAddress, sealAddress } from './contact.ts';

/**
 * `reply`: the answer to a message she just wrote. `answer`: what she asked for. `security`: a warning to her.
 * `notice`: our own initiative; the only kind that waits for quiet hours and that STOP or a refused consent cancels.
 */
export type MessageKind = 'reply' | 'answer' | 'security' | 'notice';

/** Lower leaves first. A reply waits behind nothing: somebody is looking at her phone. */
export const priorities: Readonly<Record<MessageKind, number>> = {
  reply: 0,
  security: 1,
  answer: 2,
  notice: 5,
};

/** Hours after which a message has become confusing and fails instead of leaving. */
export const lifeHours: Readonly<Record<MessageKind, number>> = {
  reply: 1,
  security: 24,
  answer: 24,
  notice: 72,
};

export type Message = {
  /** Key of the contact; null for an address that is nobody's. */
  contact: string | null;
  channel: 'sms' | 'whatsapp';
  /** The product it must leave by; null: the first one configured for the channel. */
  provider: string | null;
  /** E.164 phone or chat user id; or a contact's address as it is kept, which need not be sealed again. */
  address: string | Buffer;
  content: OutboundContent;
  kind: MessageKind;
  /** Two messages with the same key are one. Stored in clear: no personal value. */
  key: string;
  /** Not before. */
  due: Date;
  /** The message that failed and that this one stands in for, with the key of the first of them. */
  insteadOf?: { id: number; origin: string };
};

/** The words that the sealed columns are bound to; an address is sealed as contacts have it. */
const EARLIER_ADDRESS = 'outbound.address';
const CONTENT = 'outbound.content';

/** Stores the message and wakes the senders once the transaction commits. A key that is there already changes nothing. */
export async function enqueue(tx: Tx, keys: Keys, message: Message): Promise<void> {
  await enqueueAll(tx, keys, [message]);
}

/**
 * Stores many messages in one statement and wakes the senders once. Keys that are there already, also earlier in the
 * list, change nothing. Returns how many are new. Hand over a few thousand at a time: memory holds them sealed.
 */
export async function enqueueAll(tx: Tx, keys: Keys, messages: readonly Message[]): Promise<number> {
  if (messages.length === 0) return 0;
  const seen = new Set<string>();
  const first = messages.filter(({ key }) => !seen.has(key) && seen.add(key));
  const sheets = first.map(sheetWriter(keys));
  // Keys in order: two calls with the same ones cannot wait for each other.
  // "is true" keeps the look-up a hash: as a join, PostgreSQL would take a list of unknown length for a short one.
  const { rows } = await tx.query<{ stored: number }>({
    name: 'outbound-enqueue',
    text: `with fresh as (
             insert into outbound_key (key) select unnest($9::text[]) order by 1
             on conflict (key) do nothing
             returning key
           ), queued as (
             insert into outbound (contact, channel, provider, address, content, parts, kind, priority, key, due, expires_at,
               is_fixed, instead_of, origin)
             select m.contact, m.channel, m.provider, m.address, m.content, m.parts, m.kind, m.priority, m.key, m.due,
               m.due + m.life * interval '1 hour', m.provider is not null, m.instead_of, m.origin
             from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::smallint[], $7::text[],
               $8::smallint[], $9::text[], $10::timestamptz[], $11::integer[], $12::bigint[], $13::text[])
               as m (contact, channel, provider, address, content, parts, kind, priority, key, due, life, instead_of, origin)
             where (m.key in (select key from fresh)) is true
             returning id
           ), counted as (
             select count(*)::integer as stored from queued
           )
           select stored, case when stored > 0 then pg_notify('outbound', '') end from counted`,
    values: [
      first.map(({ contact }) => contact),
      first.map(({ channel }) => channel),
      first.map(({ provider }) => provider),
      first.map(({ address }) => (typeof address === 'string' ? sealAddress(keys, address) : address)),
      sheets.map(({ sealed }) => sealed),
      sheets.map(({ parts }) => parts),
      first.map(({ kind }) => kind),
      first.map(({ kind }) => priorities[kind]),
      first.map(({ key }) => key),
      first.map(isoWriter()),
      first.map(({ kind }) => lifeHours[kind]),
      first.map(({ insteadOf }) => insteadOf?.id ?? null),
      first.map(({ insteadOf }) => insteadOf?.origin ?? null),
    ],
  });
  return rows[0]?.stored ?? 0;
}

/** Messages put in together are mostly due together. */
function isoWriter(): (message: Message) => string {
  let last = { due: new Date(Number.NaN), iso: '' };
  return ({ due }) => {
    if (due.getTime() !== last.due.getTime()) last = { due, iso: due.toISOString() };
    return last.iso;
  };
}

/**
 * What a message says, ready to be stored. Of many notices most say the same: each text is sealed and measured once.
 * So who reads the table sees which messages of a call are equal, which payments and audiences show anyway.
 */
function sheetWriter(keys: Keys): (message: Message) => { sealed: Buffer; parts: number | null } {
  const written = new Map<string, { sealed: Buffer; parts: number | null }>();
  return ({ channel, content }) => {
    const words = `${channel} ${JSON.stringify(content)}`;
    const found = written.get(words);
    if (found) return found;
    const sheet = {
      sealed: keys.sealJson('conversation', content, CONTENT),
      parts: channel === 'sms' && content.kind === 'text' ? segments(content.body).segments : null,
    };
    written.set(words, sheet);
    return sheet;
  };
}

/** What the sealed columns hold. Throws SealBroken. */
export function openMessage(
  keys: Keys,
  row: { address: Buffer; content: Buffer },
): { to: string; content: OutboundContent } {
  return {
    to: openTo(keys, row.address),
    content: keys.openJson('conversation', row.content, CONTENT) as OutboundContent,
  };
}

/** Messages that were put in before migration 0032 have an address of their own. */
function openTo(keys: Keys, sealed: Buffer): string {
  try {
    return openAddress(keys, sealed);
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    return keys.open('conversation', sealed, EARLIER_ADDRESS);
  }
}

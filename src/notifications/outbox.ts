/** Puts a message into the outbox, in the transaction of whatever causes it: it leaves exactly when that is stored. */
import type { OutboundContent } from '../channels/channel.ts';
import type { Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { segments } from '../render/measure.ts';

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
const lifeHours: Readonly<Record<MessageKind, number>> = { reply: 1, security: 24, answer: 24, notice: 72 };

export type Message = {
  /** Key of the contact; null for an address that is nobody's. */
  contact: string | null;
  channel: 'sms' | 'whatsapp';
  /** The product it must leave by; null: the first one configured for the channel. */
  provider: string | null;
  /** E.164 phone or chat user id. */
  address: string;
  content: OutboundContent;
  kind: MessageKind;
  /** Two messages with the same key are one. Stored in clear: no personal value. */
  key: string;
  /** Not before. */
  due: Date;
};

/** The words that the sealed columns are bound to. */
const ADDRESS = 'outbound.address';
const CONTENT = 'outbound.content';

/** Stores the message and wakes the senders once the transaction commits. A key that is there already changes nothing. */
export async function enqueue(tx: Tx, keys: Keys, message: Message): Promise<void> {
  const { contact, channel, provider, content, kind, key, due } = message;
  await tx.query({
    name: 'outbound-enqueue',
    text: `with queued as (
             insert into outbound (contact, channel, provider, address, content, parts, kind, priority, key, due, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, $10 + $11 * interval '1 hour')
             on conflict (key) do nothing
             returning id
           )
           select pg_notify('outbound', '') from queued`,
    values: [
      contact,
      channel,
      provider,
      keys.seal('conversation', message.address, ADDRESS),
      keys.sealJson('conversation', content, CONTENT),
      channel === 'sms' && content.kind === 'text' ? segments(content.body).segments : null,
      kind,
      priorities[kind],
      key,
      due,
      lifeHours[kind],
    ],
  });
}

/** What the sealed columns hold. Throws SealBroken. */
export function openMessage(
  keys: Keys,
  row: { address: Buffer; content: Buffer },
): { to: string; content: OutboundContent } {
  return {
    to: keys.open('conversation', row.address, ADDRESS),
    content: keys.openJson('conversation', row.content, CONTENT) as OutboundContent,
  };
}

/**
 * Reads what Meta posts (channels.md D.2, D.3): several messages and delivery reports at once, of one or more numbers,
 * with fields that come and go. What is not understood is passed over, never refused.
 */
import type { DeliveryState, Inbound, Media, Receipt } from './channel.ts';
import { isOptOut } from './failures.ts';
import { metaFailure } from './meta.ts';
import { parsePhone } from './phone.ts';
import { isUserId } from './user-id.ts';

export const provider = 'meta-whatsapp';

/** In the order in which they arrived. */
export type Notification = { messages: Inbound[]; receipts: Receipt[] };

type Fields = Readonly<Record<string, unknown>>;

/** Reads one post. Other products of the app, other fields, and other numbers than `phoneNumberId` are not for us. */
export function readNotification(body: unknown, phoneNumberId: string): Notification {
  const { object, entry } = fields(body);
  const read: Notification = { messages: [], receipts: [] };
  if (object !== 'whatsapp_business_account') return read;
  for (const { field, value } of list(entry).flatMap(({ changes }) => list(changes))) {
    const { metadata, contacts, messages, statuses } = fields(value);
    const number = fields(metadata);
    const addressed = word(number['phone_number_id']) || phoneNumberId;
    if (field !== 'messages' || addressed !== phoneNumberId) continue;
    const to = parsePhone(word(number['display_phone_number']));
    const senders = list(contacts);
    // Of several contacts nothing says whose message is whose.
    const only = senders.length === 1 ? (senders[0] ?? {}) : {};
    read.messages.push(...list(messages).flatMap((message) => readMessage(message, only, to)));
    read.receipts.push(...list(statuses).flatMap(readReceipt));
  }
  return read;
}

function readMessage(message: Fields, contact: Fields, to: string | undefined): Inbound[] {
  const id = word(message['id']);
  const phone = phoneOf(message['from']) ?? phoneOf(contact['wa_id']);
  const userId = [message['from_user_id'], contact['user_id']].map(word).find(isUserId);
  const from = phone ?? userId;
  const content = readContent(message);
  if (id === '' || from === undefined || content === undefined) return [];
  // What is said in a group is not said to us alone.
  if (word(message['group_id']) !== '') return [];
  return [
    {
      channel: 'whatsapp',
      provider,
      from,
      ...(phone !== undefined && { phone }),
      ...(to !== undefined && { to }),
      id,
      ...content,
    },
  ];
}

type Content = Pick<Inbound, 'text' | 'choice' | 'media'>;

/** Undefined for what wants no answer: reactions, changes of her number, cards, orders, kinds to come. */
function readContent(message: Fields): Content | undefined {
  const type = word(message['type']);
  const part = fields(message[type]);
  switch (type) {
    case 'text':
      return { text: word(part['body']) };
    case 'interactive': {
      const { id, title } = fields(part[word(part['type'])]);
      return { text: word(title), ...(word(id) !== '' && { choice: word(id) }) };
    }
    case 'button': {
      // Without a payload of its own the button of a template repeats its label, which then reads as her words.
      const [payload, text] = [word(part['payload']), word(part['text'])];
      return { text, ...(payload !== '' && payload !== text && { choice: payload }) };
    }
    case 'image':
    case 'sticker':
      return withMedia('image', part);
    case 'audio':
    case 'voice':
      return withMedia('audio', part);
    case 'video':
    case 'document':
      return withMedia(type, part);
    case 'location': {
      const { latitude, longitude } = part;
      if (typeof latitude !== 'number' || typeof longitude !== 'number') return { text: '' };
      return { text: '', media: [{ kind: 'location', url: `geo:${latitude},${longitude}` }] };
    }
    case 'unsupported':
      return { text: '' };
    default:
      return undefined;
  }
}

/** `url` is Meta's id of the content; addresses of it live for minutes. */
function withMedia(kind: Media['kind'], part: Fields): Content {
  const [id, contentType, text] = [part['id'], part['mime_type'], part['caption']].map(word);
  return {
    text: text ?? '',
    media: [{ kind, ...(id && { url: id }), ...(contentType && { contentType }) }],
  };
}

const states = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['failed', 'failed'],
]);

function readReceipt(status: Fields): Receipt[] {
  const providerId = word(status['id']);
  const said = word(status['status']);
  if (providerId === '' || said === '') return [];
  const state = states.get(said);
  const errorCode = word(list(status['errors'])[0]?.['code']);
  const code = state === 'failed' ? metaFailure(errorCode === '' ? NaN : Number(errorCode)) : undefined;
  const message = word(status['biz_opaque_callback_data']);
  return [
    {
      provider,
      providerId,
      raw: errorCode || said,
      ...(state !== undefined && { state }),
      ...(code !== undefined && { code, ...(isOptOut(code) && { optOut: true }) }),
      ...(message !== '' && { message }),
    },
  ];
}

/** Meta writes phone numbers without the `+`. */
function phoneOf(value: unknown): string | undefined {
  const digits = word(value);
  return /^\d+$/.test(digits) ? parsePhone(`+${digits}`) : undefined;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** A text or a number as text, else ''. PostgreSQL stores neither NUL nor half a surrogate pair. */
function word(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? Buffer.from(value.replaceAll('\u0000', '')).toString() : '';
}

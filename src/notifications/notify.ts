/** Turns a notice (a text and its values) into a message in the outbox: written, addressed, and due at a decent hour. */
import type { OutboundContent } from '../channels/channel.ts';
import type { Notice, Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { endOfQuietHours } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Texts } from '../render/texts.ts';
import { contactFor, openAddress } from './contact.ts';
import { enqueue } from './outbox.ts';

/** To whom a notice goes unless it names another phone. */
export type Recipient = {
  contact: string;
  /** E.164; null for a chat user without a phone, who is answered in her chat. */
  phone: string | null;
  language: string;
  /** The SMS product that she wrote to, if she did: notices leave by the same one. */
  smsProvider?: string;
};

export type Notifier = (tx: Tx, recipient: Recipient, notice: Notice) => Promise<void>;

export type NotifierOptions = {
  keys: Keys;
  texts: Texts;
  profile: Pick<Profile, 'quiet_hours' | 'calendar' | 'languages'>;
  now?: () => Date;
};

/** WhatsApp lets us write freely for 24 hours after she last wrote (channels.md C.7). */
async function isWindowOpen(tx: Tx, contact: string, due: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    "select from conversation where contact = $1 and channel = 'whatsapp' and updated_at > $2::timestamptz - interval '24 hours'",
    [contact, due],
  );
  return rowCount !== 0;
}

/** Throws TextMissing for a text, or a value in it, that does not exist. */
export function createNotifier({ keys, texts, profile, now = () => new Date() }: NotifierOptions): Notifier {
  /** A language that the profile no longer offers has no words. */
  const languageOf = (...wanted: (string | undefined)[]): string =>
    wanted.find((language) => language !== undefined && texts.languages.includes(language)) ??
    profile.languages.default;

  return async (tx, recipient, notice) => {
    const language = languageOf(notice.language, recipient.language);
    const body = texts.text(language, notice.text, { facts: notice.values ?? {} });
    const at = now();
    const due = notice.kind === 'notice' ? endOfQuietHours(at, profile.quiet_hours, profile.calendar.tz) : at;
    const to = await addressOf(tx, recipient, notice.phone);
    await enqueue(tx, keys, {
      ...to,
      content:
        to.channel === 'whatsapp' && !(await isWindowOpen(tx, to.contact, due))
          ? waiting(language)
          : { kind: 'text', body },
      kind: notice.kind,
      key: notice.key,
      due,
    });
  };

  /** Outside the window only an approved template may leave: the one that says "you have a message" and nothing else. */
  function waiting(language: string): OutboundContent {
    const fallback = texts.text(language, 'sms.pay.discreet');
    return { kind: 'template', name: 'waiting', language, variables: [], fallback };
  }

  async function addressOf(tx: Tx, { contact, phone, smsProvider }: Recipient, other: string | undefined) {
    if (other !== undefined && other !== phone) {
      const { key } = await contactFor(tx, keys, { from: other });
      return { contact: key, channel: 'sms', provider: null, address: other } as const;
    }
    if (phone !== null)
      return { contact, channel: 'sms', provider: smsProvider ?? null, address: phone } as const;
    const { rows } = await tx.query<{ address: Buffer }>('select address from contact where key = $1', [
      contact,
    ]);
    if (!rows[0]) throw new Error('this contact has no address');
    const address = openAddress(keys, rows[0].address);
    return { contact, channel: 'whatsapp', provider: null, address } as const;
  }
}

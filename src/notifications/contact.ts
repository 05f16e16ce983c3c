/** The contact of an address: found or made, with what she answered to "may we send messages". */
import type { Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';

export type Consent = 'full' | 'discreet' | 'none';

export type Contact = {
  /** UUID text; the same on every channel of one phone. */
  key: string;
  /** Null: not asked yet. */
  consent: Consent | null;
  /** STOP is in force. */
  stopped: boolean;
};

/** Who writes to us: `from` is an E.164 phone or a chat user id; `phone` (E.164) where the chat says it too. */
export type Address = { from: string; phone?: string };

const CONTEXT = 'contact.address';

/** The contact with this address, made when it is new. */
export async function contactFor(tx: Tx, keys: Keys, { from, phone }: Address): Promise<Contact> {
  const number = phone ?? (from.startsWith('+') ? from : undefined);
  const address = number ?? from;
  const key = keys.index('contact', address);
  const found = await tx.query<{ consent: Consent | null; stopped: boolean }>({
    name: 'contact-find',
    text: 'select consent, stopped_at is not null as stopped from contact where key = $1',
    values: [key],
  });
  const row = found.rows[0];
  if (row) return { key, ...row };
  // Two first messages at once: the second finds the row made, and nothing can have been answered yet.
  await tx.query(
    'insert into contact (key, address, phone) values ($1, $2, $3) on conflict (key) do nothing',
    [key, sealAddress(keys, address), number === undefined ? null : keys.index('phone', number)],
  );
  return { key, consent: null, stopped: false };
}

/** The address of a contact: E.164 phone or chat user id. Throws SealBroken. */
export function openAddress(keys: Keys, sealed: Buffer): string {
  return keys.open('conversation', sealed, CONTEXT);
}

/** The address of a contact as it is kept. */
export function sealAddress(keys: Keys, address: string): Buffer {
  return keys.seal('conversation', address, CONTEXT);
}

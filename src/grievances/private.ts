/** Private matters (dialogs.md D8): who may call when, and nothing else, where nothing else leads. */
import type { Port } from '../conversation/ports.ts';
import { dropDraft } from '../evidence/link.ts';
import type { Keys } from '../privacy/keys.ts';
import { startOfHour, type GrievanceDeps } from './cases.ts';
import { hashOfTurn } from './events.ts';

/** What a trained person must know to call safely. */
export type PrivateCall = {
  phone: string | null;
  /** The address, only where there is no phone to call. */
  contact: string | null;
  language: string;
  /** any, morning, midday, afternoon, evening; null: not asked, she wrote of danger. */
  time: string | null;
  /** woman, man, any; null: not asked. */
  who: string | null;
  /** The channel, or `words`: a message that spoke of danger. */
  via: string;
};

const CONTACT_HOURS = 24;

/** No message, no number, no row anywhere else: whoever holds this phone later finds no trace. */
export function lodgePrivate({ profile, keys }: GrievanceDeps): Port<'lodgePrivate'> {
  return async (slots, turn) => {
    const call: PrivateCall = {
      phone: turn.phone,
      contact: turn.phone === null ? turn.contact : null,
      language: turn.language,
      time: slots['time'] ?? null,
      who: slots['who'] ?? null,
      via: slots['via'] ?? turn.channel,
    };
    const hours = profile.categories['SEN']?.contact_hours ?? CONTACT_HOURS;
    const at = startOfHour(turn.now);
    const tx = await turn.tx();
    await dropDraft(tx, slots['evidence']);
    await tx.query(
      `insert into private_case (idempotency, sealed, contact_by, created_at) values ($1, $2, $3, $4)
       on conflict (idempotency) do nothing`,
      [
        hashOfTurn(keys, 'private', turn),
        keys.sealJson('sensitive', call, 'private_case'),
        new Date(at.getTime() + hours * 3_600_000),
        at,
      ],
    );
    return {};
  };
}

/** What `lodgePrivate` sealed; for the trained people only. */
export function openPrivateCall(keys: Keys, sealed: Buffer): PrivateCall {
  return keys.openJson('sensitive', sealed, 'private_case') as PrivateCall;
}

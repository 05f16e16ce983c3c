/** Takes what came beside words into rows, in the transaction of the turn. Nothing is fetched here. */
import { randomUUID } from 'node:crypto';
import type { SentMedia } from '../conversation/input.ts';
import type { Port, Tx } from '../conversation/ports.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import type { Keys } from '../privacy/keys.ts';
import { KEEP_MONTHS, sealDetails, sealSource, type AttachmentKind, type Details } from './attachment.ts';

/** More than this in one matter shows nothing new. */
const MOST_IN_DRAFT = 20;

const KINDS: Readonly<Record<SentMedia['kind'], AttachmentKind>> = {
  image: 'photo',
  audio: 'voice',
  video: 'video',
  document: 'document',
  location: 'location',
};

export type Received = {
  media: readonly SentMedia[];
  /** Her words under it. */
  caption?: string;
  channel: string;
  language: string;
  /** To the hour: until she sends it nothing says when she was in this dialog. */
  at: Date;
};

/**
 * Keeps what she sent under a draft (slot `evidence`, made when there is none): it belongs to nobody until a case, a
 * task or a conversation takes it (link.ts). Slots `media` (JSON of SentMedia[]) and `caption`.
 */
export function keepEvidence({ keys }: { keys: Keys }): Port<'keepEvidence'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const draft = slots['evidence'] ?? randomUUID();
    const media = JSON.parse(slots['media'] ?? '[]') as SentMedia[];
    const { caption } = slots;
    const isKept = await receiveMedia(tx, keys, draft, {
      media,
      ...(caption === undefined ? {} : { caption }),
      channel: turn.channel,
      language: turn.language,
      at: turn.now,
    });
    return { outcome: isKept ? 'kept' : 'full', evidence: draft };
  };
}

/** False when this draft holds enough already: nothing was added. */
export async function receiveMedia(tx: Tx, keys: Keys, draft: string, received: Received): Promise<boolean> {
  const { media, caption = '', channel, language } = received;
  const { rows } = await tx.query<{ held: number }>(
    'select count(*) as held from attachment where draft = $1',
    [draft],
  );
  if ((rows[0]?.held ?? 0) + media.length > MOST_IN_DRAFT) return false;
  const at = new Date(received.at.getTime() - (received.at.getTime() % 3_600_000));
  const said = maskSecrets(caption.trim()).text;
  for (const [index, { kind, url, provider }] of media.entries()) {
    const id = randomUUID();
    const details: Details = {
      ...(index === 0 && said !== '' ? { caption: said } : {}),
      ...(kind === 'location' ? { place: placeIn(url) } : {}),
    };
    await tx.query(
      `insert into attachment (id, draft, kind, channel, language, provider, source, details, at, keep_until)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9::timestamptz + make_interval(months => $10))`,
      [
        id,
        draft,
        KINDS[kind],
        channel,
        language,
        provider,
        kind === 'location' ? null : sealSource(keys, id, url),
        Object.keys(details).length === 0 ? null : sealDetails(keys, id, details),
        at,
        KEEP_MONTHS,
      ],
    );
  }
  return true;
}

/** `geo:<latitude>,<longitude>` in degrees, held to the globe. */
function placeIn(url: string): NonNullable<Details['place']> {
  const [latitude = 0, longitude = 0] = url.replace('geo:', '').split(',').map(Number);
  const within = (limit: number, degrees: number): number =>
    Math.max(-limit, Math.min(limit, Number.isFinite(degrees) ? degrees : 0));
  return { latitude: within(90, latitude), longitude: within(180, longitude) };
}

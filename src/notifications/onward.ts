/** Carries on where a message ended without arriving: puts the next one out, or the person on the list for other means. */
import type { Keys } from '../privacy/keys.ts';
import { SealBroken } from '../privacy/seal.ts';
import type { Database, Tx } from '../store/database.ts';
import { openAddress } from './contact.ts';
import { asSms, nextMeans, type Means } from './next-means.ts';
import { enqueue, openMessage, type MessageKind } from './outbox.ts';
import { HELD } from './recall.ts';

/** Nobody was reached by any means, or it was taken back. `key`: of the first message; `reason`: a code. */
export type Unreached = { key: string; reason: string };

export type OnwardOptions = {
  db: Database;
  keys: Keys;
  /** SMS products that are configured, in their order. */
  sms: readonly string[];
  now: Date;
  /** Told in the transaction that puts her on the list. */
  onUnreached?: (tx: Tx, unreached: Unreached) => Promise<void>;
};

type Row = {
  id: number;
  at: string;
  contact: string | null;
  channel: 'sms' | 'whatsapp';
  provider: string | null;
  address: Buffer;
  content: Buffer;
  kind: Exclude<MessageKind, 'reply'>;
  key: string;
  origin: string | null;
  state: 'failed' | 'cancelled';
  error: string | null;
  is_fixed: boolean;
  was_sent: boolean;
  /** Why it was taken back while it was under way. */
  recalled: string | null;
};

const BATCH = 200;
const NOTHING: Means = { onward: 'none' };

/**
 * One pass over what has ended since the last one; any number of processes may run it. A reply is not carried on: whoever
 * writes to us sees that no answer came, and writes again.
 */
export async function carryOn(options: OnwardOptions): Promise<void> {
  for (;;) {
    const done = await options.db.transaction((tx) => carryOnBatch(tx, options));
    if (done < BATCH) return;
  }
}

async function carryOnBatch(tx: Tx, options: OnwardOptions): Promise<number> {
  const { rows } = await tx.query<Row>(
    `select id, created_at::text as at, contact, channel, provider, address, content, kind, key, origin, state, error,
            is_fixed, sent_at is not null as was_sent, recalled
     from outbound
     where state in ('failed', 'cancelled') and onward is null and kind <> 'reply'
       and recalled is distinct from '${HELD}'
     order by id limit ${BATCH}
     for update skip locked`,
  );
  for (const row of rows) {
    const { onward } = row.recalled === null ? await carryOnOne(tx, options, row) : NOTHING;
    await tx.query('update outbound set onward = $3 where id = $1 and created_at = $2::timestamptz', [
      row.id,
      row.at,
      onward,
    ]);
    if (onward === 'people' || row.recalled !== null)
      await options.onUnreached?.(tx, {
        key: row.origin ?? row.key,
        reason: row.recalled ?? row.error?.split(' ')[0] ?? 'failed',
      });
  }
  return rows.length;
}

/** What cannot be opened is for people: it must not keep the others waiting. */
async function carryOnOne(tx: Tx, options: OnwardOptions, row: Row): Promise<Means> {
  try {
    return await putOut(tx, options, row);
  } catch (error) {
    if (error instanceof SealBroken) return { onward: 'people' };
    throw error;
  }
}

async function putOut(tx: Tx, { keys, sms, now }: OnwardOptions, row: Row): Promise<Means> {
  const origin = row.origin ?? row.key;
  const phone = await phoneOf(tx, keys, row);
  const means = nextMeans(
    {
      ...{ state: row.state, error: row.error, channel: row.channel, wasSent: row.was_sent },
      // One that stands in for another is tied to its product, but not for good.
      isFixed: row.is_fixed && row.origin === null,
    },
    { sms, tried: await triedBy(tx, origin), hasPhone: phone !== undefined },
  );
  if (means.onward !== 'message' || phone === undefined) return means;
  const content = asSms(openMessage(keys, row).content);
  if (!content) return { onward: 'people' };
  const { channel, provider } = means;
  await enqueue(tx, keys, {
    ...{ contact: row.contact, channel, provider, address: phone, content, kind: row.kind, due: now },
    key: `${origin}~${provider ?? channel}`,
    insteadOf: { id: row.id, origin },
  });
  return means;
}

async function triedBy(tx: Tx, origin: string): Promise<Set<string>> {
  const { rows } = await tx.query<{ provider: string }>(
    `select provider from outbound where key = $1 and provider is not null
     union select provider from outbound where origin = $1 and provider is not null`,
    [origin],
  );
  return new Set(rows.map(({ provider }) => provider));
}

/** E.164. An SMS went to a phone; a chat user may have one. */
async function phoneOf(tx: Tx, keys: Keys, row: Row): Promise<string | undefined> {
  if (row.channel === 'sms') return openMessage(keys, row).to;
  const { rows } = await tx.query<{ address: Buffer }>(
    'select address from contact where key = $1 and phone is not null',
    [row.contact],
  );
  const address = rows[0] && openAddress(keys, rows[0].address);
  return address?.startsWith('+') ? address : undefined;
}

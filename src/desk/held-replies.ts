/** A reply leaves a moment after it was sent, so that a mistake can be taken back (console.md U10). */
import { openMessage } from '../notifications/outbox.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';

/** How long a reply waits. */
export const HOLD_SECONDS = 10;

export type HeldReply = { key: string; until: Date };

type Whose = { contact: string; by: Staff; at: Date };

/** The reply of this agent to her that has not left yet. */
export async function heldReply(db: Tx, { contact, by, at }: Whose): Promise<HeldReply | undefined> {
  const { rows } = await db.query<HeldReply>(
    `select key, due as until from outbound
     where contact = $1 and key like $2 and state = 'queued' and due > $3
     order by id desc limit 1`,
    [contact, `desk:${by.key}:%`, at],
  );
  return rows[0];
}

/** Takes it back, as if it had never been written. The words, to go on with them; undefined: it has left. */
export async function takeBackReply(
  { db, keys }: { db: Pick<Database, 'transaction'>; keys: Keys },
  { contact, key, by, at }: Whose & { key: string },
): Promise<string | undefined> {
  if (!key.startsWith(`desk:${by.key}:`)) return undefined;
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ address: Buffer; content: Buffer }>(
      `with taken as (
         delete from outbound where key = $1 and contact = $2 and state = 'queued' and due > $3
         returning key, address, content
       ), freed as (
         delete from outbound_key using taken where outbound_key.key = taken.key
       )
       select address, content from taken`,
      [key, contact, at],
    );
    const [taken] = rows;
    if (!taken) return undefined;
    await tx.query('delete from message where contact = $1 and delivery = $2', [contact, key]);
    const { content } = openMessage(keys, taken);
    return content.kind === 'text' ? content.body : undefined;
  });
}

/** Messages of which nobody knows whether they left: shown to people, and settled by what people find out. */
import { recordAudit } from '../privacy/audit.ts';
import type { Database, Tx } from '../store/database.ts';
import type { MessageKind } from './outbox.ts';

export type UnknownMessage = {
  id: number;
  contact: string | null;
  channel: 'sms' | 'whatsapp';
  provider: string | null;
  kind: MessageKind;
  /** `lease.expired`: the process that sent it died; else why the answer was lost. */
  error: string | null;
  at: Date;
};

/** Oldest first; `after`: the last id of the page before. */
export async function readUnknown(db: Tx, { after = 0, limit = 50 } = {}): Promise<UnknownMessage[]> {
  const { rows } = await db.query<UnknownMessage>(
    `select id, contact, channel, provider, kind, error, created_at as at
     from outbound where state = 'unknown' and id > $1 order by id limit $2`,
    [after, limit],
  );
  return rows;
}

/**
 * A person has found out, such as by a call or in the provider's own console. `lost` puts her on the list for other
 * means: it is never sent again by itself. False: it is not unknown any more, such as after a delivery report.
 */
export async function settleUnknown(
  db: Pick<Database, 'transaction'>,
  { id, found, by, at }: { id: number; found: 'arrived' | 'lost'; by: string; at: Date },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update outbound set
         state = case when $2 = 'arrived' then 'delivered' else 'failed' end,
         error = case when $2 = 'lost' then 'by_hand' end,
         report = 'by_hand',
         settled_at = $3
       where id = $1 and state = 'unknown'`,
      [id, found, at],
    );
    if (rowCount !== 1) return false;
    await recordAudit(tx, { actor: by, action: `message_${found}`, subject: `message:${id}`, at });
    return true;
  });
}

/** Private matters of one phone, apart from everything else: who reads over her shoulder must not find them by chance. */
import { openPrivateCall } from '../grievances/private.ts';
import type { Database } from '../store/database.ts';
import { recordAudit } from './audit.ts';
import type { Keys } from './keys.ts';
import { SealBroken } from './seal.ts';

const AT_ONCE = 500;

/** The key of private matters does not open them here; then nothing is given out. */
export class PrivateKeyMissing extends Error {
  constructor() {
    super('the key of private matters does not open them here');
    this.name = 'PrivateKeyMissing';
  }
}

type Row = { id: string; created_at: Date; contact_by: Date; state: string; sealed: Buffer };

/**
 * Nothing leads from a phone to them, so each is opened and compared. That one was given out stands with the matter and
 * in the audit, under its own key; nothing is written about the phone.
 */
export function exportPrivate(
  { db, keys }: { db: Database; keys: Keys },
  { number, contact }: { number: string; contact: string },
  { by, now }: { by: string; now: Date },
): Promise<Record<string, unknown>> {
  return db.transaction(async (tx) => {
    const matters: Record<string, unknown>[] = [];
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await tx.query<Row>(
        `select id, created_at, contact_by, state, sealed from private_case where id > $1 order by id limit ${AT_ONCE}`,
        [after],
      );
      for (const { id, sealed, ...row } of rows) {
        const call = opened(() => openPrivateCall(keys, sealed));
        if (call.phone !== number && (call.contact === null || call.contact !== contact)) continue;
        const { rows: steps } = await tx.query<{ at: Date; kind: string; sealed: Buffer | null }>(
          'select at, kind, sealed from private_event where private_case = $1 order by id',
          [id],
        );
        matters.push({
          ...row,
          call: { ...call, contact: undefined },
          history: steps.map(({ at, kind, sealed: words }) => ({
            at,
            kind,
            // Notes are for colleagues; what she agreed to and how she is reached is hers.
            ...(words && (kind === 'safe_contact' || kind === 'referral')
              ? { words: opened(() => keys.openJson('sensitive', words, 'private_event')) }
              : {}),
          })),
        });
        await tx.query(`insert into private_event (private_case, at, kind) values ($1, $2, 'opened')`, [
          id,
          now,
        ]);
        await recordAudit(tx, {
          actor: by,
          action: 'private_case',
          subject: `private:${id}`,
          purpose: 'subject_access',
          at: now,
        });
      }
      const last = rows.at(-1);
      if (rows.length < AT_ONCE || !last) return { about: 'private matters', made_at: now, matters };
      after = last.id;
    }
  });
}

function opened<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SealBroken) throw new PrivateKeyMissing();
    throw error;
  }
}

/** Addresses on which nothing hangs any more: no consent, no STOP, no message, no case, no work of anybody. */
import { forgetTurns } from './forget-turns.ts';
import type { Work } from './retention-classes.ts';

const AT_ONCE = 500;

/** Every column that leads to a contact; a STOP and a no are kept, or she would be written to again. */
const LONELY = `c.created_at < $1 and c.consent is null and c.stopped_at is null
  and not exists (select from conversation x where x.contact = c.key and x.updated_at >= $1)
  ${['message', 'outbound', 'grievance', 'task', 'referral', 'interaction', 'call', 'note', 'attachment']
    .concat(['notify_when_open', 'payment_notice', 'campaign_recipient'])
    .map((table) => `and not exists (select from ${table} x where x.contact = c.key)`)
    .join('\n  ')}`;

export const countLonely: Work['count'] = async ({ db }, { before }) => {
  const { rows } = await db.query<{ n: number }>(`select count(*) as n from contact c where ${LONELY}`, [
    before,
  ]);
  return rows[0]?.n ?? 0;
};

/** From key to key, so that no pass looks at an address twice. */
export const removeLonely: Work['remove'] = async ({ db, keys }, { before }) => {
  let removed = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const last = await db.transaction(async (tx) => {
      const { rows } = await tx.query<{ key: string; lonely: boolean }>(
        `select c.key, (${LONELY}) as lonely
         from (select * from contact where key > $2 order by key limit ${AT_ONCE} for update skip locked) c
         order by c.key`,
        [before, after],
      );
      const gone = rows.filter(({ lonely }) => lonely).map(({ key }) => key);
      if (gone.length > 0) {
        await forgetTurns(tx, keys, gone);
        await tx.query('delete from contact where key = any($1)', [gone]);
        removed += gone.length;
      }
      return rows.at(-1)?.key;
    });
    if (last === undefined) return removed;
    after = last;
  }
};

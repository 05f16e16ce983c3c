/** Where dialogs stand that nobody goes on with: what was answered there and who was shown go, the language stays. */
import { newSession, type Session } from '../conversation/session.ts';
import type { Keys } from './keys.ts';
import type { Work } from './retention-classes.ts';

const CONTEXT = 'conversation';
const AT_ONCE = 500;
const OLD = `from conversation c
  where c.updated_at < $1 and (c.emptied_at is null or c.emptied_at < c.updated_at)
    and coalesce(c.draft_until, '-infinity') < $2`;

type State = { session: Session; consent: string; ussd: unknown };

/** The sealed place of a dialog as it is for somebody who only ever chose a language. */
export function emptied(keys: Keys, sealed: Buffer): Buffer {
  const { session, consent } = keys.openJson('conversation', sealed, CONTEXT) as State;
  const state: State = { session: newSession(session.language, new Date(session.at)), consent, ussd: null };
  return keys.sealJson('conversation', state, CONTEXT);
}

export const countPlaces: Work['count'] = async ({ db }, { before, now }) => {
  const { rows } = await db.query<{ n: number }>(`select count(*) as n ${OLD}`, [before, now]);
  return rows[0]?.n ?? 0;
};

/**
 * From key to key: an index on the time would cost every turn. Whoever writes meanwhile has another `seq`, and keeps
 * her place.
 */
export const emptyPlaces: Work['remove'] = async ({ db, keys }, { before, now }) => {
  let last = { contact: '00000000-0000-0000-0000-000000000000', channel: '' };
  for (let done = 0; ;) {
    const { rows } = await db.query<{ contact: string; channel: string; seq: number; state: Buffer }>(
      `select c.contact, c.channel, c.seq, c.state ${OLD} and (c.contact, c.channel) > ($3, $4)
       order by c.contact, c.channel limit ${AT_ONCE}`,
      [before, now, last.contact, last.channel],
    );
    const { rowCount } = await db.query(
      `update conversation c set state = made.state, emptied_at = $5
       from unnest($1::uuid[], $2::text[], $3::integer[], $4::bytea[]) as made (contact, channel, seq, state)
       where c.contact = made.contact and c.channel = made.channel and c.seq = made.seq`,
      [
        rows.map(({ contact }) => contact),
        rows.map(({ channel }) => channel),
        rows.map(({ seq }) => seq),
        rows.map(({ state }) => emptied(keys, state)),
        now,
      ],
    );
    done += rowCount ?? 0;
    last = rows.at(-1) ?? last;
    if (rows.length < AT_ONCE) return done;
  }
};

/** The stored conversation: its place, its last reply and what was said, written in one statement with each turn. */
import type { Channel } from '../conversation/dialog.ts';
import type { Place } from '../conversation/run.ts';
import type { Session } from '../conversation/session.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Database, Tx } from '../store/database.ts';
import type { SessionStore } from './session-store.ts';

/** What is sealed: all that a turn needs from the turns before it. */
export type State = {
  session: Session;
  consent: 'unasked' | 'full' | 'discreet' | 'none';
  /**
   * The USSD session last heard of, and what was answered. Of its input, which the gateway repeats and which holds
   * identity answers, only the length and a digest are kept: enough to know it again.
   */
  ussd: {
    id: string;
    typed: { length: number; digest: string };
    reply: { text: string; end: boolean; label?: string };
  } | null;
};

export type Conversation = {
  contact: string;
  channel: Channel;
  /** 0: never stored. */
  seq: number;
  state: State | null;
  /** An unfinished draft on another channel. Only known when read from the database. */
  elsewhere: Place | null;
};

/**
 * A line of the record, sealed when stored. Private matters leave none. `delivery`: key of the message in the outbox,
 * for what leaves through it. `done`: with this, she has what she dialled for, or came to a last screen.
 */
export type Said = {
  direction: 'in' | 'out';
  content: string;
  screen: string | null;
  delivery?: string;
  done?: boolean;
};

/** Another turn of this person was stored meanwhile: load again and repeat. */
export class Overtaken extends Error {}

export type Conversations = {
  /** `fresh`: past the cache, with consent and drafts of other channels as they are now. */
  load(contact: string, channel: Channel, fresh: boolean): Promise<Conversation>;
  /** Writes the turn; rejects with Overtaken when `conversation.seq` is no longer the stored one. */
  save(tx: Tx, conversation: Conversation, state: State, turn: Turn): Promise<() => void>;
  forget(conversation: Conversation): void;
};

export type Turn = {
  at: Date;
  said: Said[];
  sessionId: string | null;
  draftUntil: Date | null;
  /** The draft of another channel was offered: no channel offers it again. */
  adopted: boolean;
  /** She goes on with it here: where she began, a new dial does not come back to it. */
  continued?: boolean;
};

type Row = {
  seq: number;
  state: Buffer;
  channel: Channel;
  consent: State['consent'] | null;
  /** Its draft goes on in another channel. */
  left: boolean;
};

const CONTEXT = 'conversation';

export function conversations(db: Database, keys: Keys, cache: SessionStore, now: () => Date): Conversations {
  const open = (state: Buffer) => keys.openJson('conversation', state, CONTEXT) as State;
  const keyOf = (contact: string, channel: Channel) => `${contact}:${channel}`;

  async function fromDatabase(contact: string, channel: Channel): Promise<Conversation> {
    const { rows } = await db.query<Row>({
      name: 'conversation-load',
      text: `select c.seq, c.state, c.channel, c.draft_until is not distinct from '-infinity' as left,
                    case when k.stopped_at is not null then 'none' else k.consent end as consent
             from conversation c join contact k on k.key = c.contact
             where c.contact = $1 and (c.channel = $2 or c.draft_until > $3)`,
      values: [contact, channel, now()],
    });
    const own = rows.find((row) => row.channel === channel);
    const other = rows.find((row) => row.channel !== channel);
    const state = own ? { ...open(own.state), consent: own.consent ?? ('unasked' as const) } : null;
    if (state && own?.left) state.session = { ...state.session, here: null, back: [], cut: null };
    const elsewhere = other ? open(other.state).session.here : null;
    return { contact, channel, seq: own?.seq ?? 0, state, elsewhere };
  }

  return {
    async load(contact, channel, fresh) {
      const cached = fresh ? undefined : await cache.get(keyOf(contact, channel));
      if (!cached) return fromDatabase(contact, channel);
      try {
        const state = open(cached.subarray(4));
        return { contact, channel, seq: cached.readUInt32BE(0), state, elsewhere: null };
      } catch {
        return fromDatabase(contact, channel);
      }
    },

    async save(tx, { contact, channel, seq }, state, turn) {
      const sealed = keys.sealJson('conversation', state, CONTEXT);
      const { rows } = await tx.query<{ moved: number }>({
        name: 'conversation-save',
        text: `with moved as (
                 insert into conversation as c (contact, channel, seq, state, draft_until, updated_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (contact, channel) do update
                   set seq = excluded.seq, state = excluded.state,
                       draft_until = excluded.draft_until, updated_at = excluded.updated_at
                   where c.seq = excluded.seq - 1
                 returning c.contact
               ), said as (
                 insert into message (at, contact, channel, direction, session, screen, content, delivery, done)
                 select $6, moved.contact, $2, line.direction, $7, line.screen, line.content, line.delivery, line.done
                 from moved, unnest($8::text[], $9::text[], $10::bytea[], $11::text[], $12::boolean[])
                   as line (direction, screen, content, delivery, done)
               )
               select count(*)::integer as moved from moved`,
        values: [
          contact,
          channel,
          seq + 1,
          sealed,
          turn.draftUntil,
          turn.at,
          turn.sessionId,
          turn.said.map(({ direction }) => direction),
          turn.said.map(({ screen }) => screen),
          turn.said.map(({ content }) => keys.seal('conversation', content, 'message')),
          turn.said.map(({ delivery }) => delivery ?? null),
          turn.said.map(({ done }) => done ?? null),
        ],
      });
      if (rows[0]?.moved !== 1) throw new Overtaken('another turn of this conversation was stored first');
      if (turn.adopted || turn.continued) {
        await tx.query('update conversation set draft_until = $3 where contact = $1 and channel <> $2', [
          contact,
          channel,
          turn.continued ? '-infinity' : null,
        ]);
      }
      return () => {
        const head = Buffer.alloc(4);
        head.writeUInt32BE(seq + 1);
        cache.set(keyOf(contact, channel), Buffer.concat([head, sealed]));
      };
    },

    forget: ({ contact, channel }) => {
      cache.drop(keyOf(contact, channel));
    },
  };
}

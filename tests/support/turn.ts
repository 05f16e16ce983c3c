/** A turn for tests of ports: a real transaction, and everything the port did written down. */
import type { Notice, TurnContext } from '../../src/conversation/ports.ts';
import type { Identity } from '../../src/conversation/session.ts';
import type { Database } from '../../src/store/database.ts';

export type Did<T> = {
  answer: T;
  identity: Identity | null;
  notices: Notice[];
  /** Statements sent to the turn's transaction. */
  statements: number;
};

export type Asking = Partial<Omit<TurnContext, 'tx' | 'notify' | 'setIdentity'>>;

let turns = 0;

/** Runs `work` as one turn, which is stored when it succeeds. */
export function inTurn<T>(
  db: Database,
  asking: Asking,
  work: (turn: TurnContext) => Promise<T>,
): Promise<Did<T>> {
  turns += 1;
  const key = `turn-${turns}`;
  return db.transaction(async (tx) => {
    let statements = 0;
    const notices: Notice[] = [];
    const turn: TurnContext = {
      contact: '00000000-0000-4000-8000-000000000001',
      phone: null,
      channel: 'ussd',
      language: 'en',
      now: new Date(),
      goal: null,
      identity: null,
      key,
      signal: AbortSignal.timeout(2_000),
      ...asking,
      setIdentity: (identity) => {
        turn.identity = identity;
      },
      reading: tx,
      tx: () =>
        Promise.resolve({
          query: (...statement) => {
            statements += 1;
            return tx.query(...statement);
          },
        }),
      notify: (notice) => {
        notices.push(notice);
        return Promise.resolve();
      },
    };
    const answer = await work(turn);
    return { answer, identity: turn.identity, notices, statements };
  });
}

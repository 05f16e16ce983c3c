/** What answers the flows' questions is given: who asks, and the transaction of the turn. */
import type { AskName, AskOutput, Channel, FlowName, Slots, TextKey } from './dialog.ts';
import type { Identity } from './session.ts';

/** Runs SQL inside the transaction of the turn. */
export type Tx = {
  // The row type is the caller's word for what its own SQL selects.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  query<R extends object = Record<string, unknown>>(
    query: string | { name: string; text: string; values?: unknown[] },
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
};

/** A message to this person that leaves after the turn is stored. */
export type Notice = {
  /** Whom: this turn's person unless another phone (E.164) is named. */
  phone?: string;
  /** A text of the locales, in the person's language unless another is named. */
  text: TextKey;
  language?: string;
  values?: Readonly<Record<string, unknown>>;
  /**
   * `answer`: what she asked for; `security`: a warning to her; neither waits for quiet hours. `notice`: waits, and is
   * not sent to who does not want messages.
   */
  kind: 'answer' | 'security' | 'notice';
  /** Two notices with the same key are one. */
  key: string;
};

export type TurnContext = {
  /** Key of the person's address; the same on every channel of one phone. */
  contact: string;
  /** E.164; null for chat users without a phone. */
  phone: string | null;
  channel: Channel;
  language: string;
  now: Date;
  /** The flow that waits for identity, while identity is being asked. */
  goal: FlowName | null;
  /** What she has shown of who she is; the identity ports set it, all others only read it. */
  identity: Identity | null;
  setIdentity(identity: Identity | null): void;
  /** The same for every repetition of this turn: side effects carry it. */
  key: string;
  /** Aborted when the turn runs out of time (2 s). */
  signal: AbortSignal;
  /**
   * For questions that write nothing: the turn's transaction where there is one, and otherwise no connection is held
   * while the turn goes on to wait for a registry.
   */
  readonly reading: Tx;
  /** The transaction in which the turn will be stored: what is written here is durable exactly when the turn is. */
  tx(): Promise<Tx>;
  notify(notice: Notice): Promise<void>;
};

/** Answers one question. Rejects with CannotTell when it cannot now (registry down); any other rejection fails the turn. */
export type Port<Name extends AskName> = (slots: Slots, turn: TurnContext) => Promise<AskOutput[Name]>;

export type Ports = { [Name in AskName]: Port<Name> };

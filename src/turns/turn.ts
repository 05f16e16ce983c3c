/**
 * One turn as a transaction: load, take, render, store, reply. What a port wrote, the place and the record become
 * durable together or not at all; a turn that was overtaken is taken again from the newer place.
 */
import type { Input } from '../conversation/input.ts';
import type { AskName, Channel, Facts, Flow, FlowName, Slots } from '../conversation/dialog.ts';
import type { IntentMatch } from '../conversation/keywords.ts';
import type { Offering } from '../conversation/offer.ts';
import type { Readers } from '../conversation/input.ts';
import type { Notice, Port, Ports, TurnContext } from '../conversation/ports.ts';
import type { Place } from '../conversation/run.ts';
import { newSession, type Session } from '../conversation/session.ts';
import { take, type Taken } from '../conversation/take.ts';
import type { Database, Tx } from '../store/database.ts';
import { screenDeadline, type Deadline } from './deadline.ts';
import { unitOfWork, type UnitOfWork } from './unit-of-work.ts';
import { Overtaken, type Conversation, type Conversations, type Said, type State } from './conversations.ts';
import type { PersonQueue } from './queue.ts';

/** Who is in this turn. */
export type Person = { contact: string; phone: string | null; channel: Channel; address: string };

export type TurnDeps = {
  db: Database;
  conversations: Conversations;
  queue: PersonQueue;
  flows: ReadonlyMap<FlowName, Flow>;
  offering: Offering;
  ports: Ports;
  intent: (text: string) => IntentMatch | undefined;
  accuses: (text: string) => boolean;
  readers: Readers;
  /** Makes the person known before her first turn is stored. */
  meet(tx: Tx, person: Person): Promise<void>;
  notify(tx: Tx, person: Person, language: string, notice: Notice): Promise<void>;
  defaultLanguage: string;
  now(): Date;
  /** Told when messages were queued, once they are durable. */
  wake(): void;
};

/** What a channel makes of a turn: what is stored beside the session, and what it answers. */
export type Reply<Answer> = {
  answer: Answer;
  ussd: State['ussd'];
  /** Pages the renderer made; 1 where there are none. */
  pages: number;
  said: Said[];
  sessionId: string | null;
  /** Written in the transaction of the turn. */
  also?(tx: Tx): Promise<void>;
};

/** A turn of one channel: decides from what is stored whether there is anything to take. */
export type Turning<Answer> = {
  person: Person;
  /** Read past the cache: the start of a session. */
  fresh: boolean;
  /** The stored answer to a repeated request, or the input to take. */
  read(state: State | null): { repeated: Answer } | { input: Input };
  /** Renders what was taken. `before`: the session as it was. */
  reply(taken: Taken, before: State | null, language: string): Reply<Answer>;
};

const MAX_ATTEMPTS = 5;

export async function runTurn<Answer>(deps: TurnDeps, turning: Turning<Answer>): Promise<Answer> {
  const { contact, channel } = turning.person;
  return deps.queue.run(`${contact}:${channel}`, async () => {
    let { fresh } = turning;
    for (let attempt = 1; ; attempt++) {
      const conversation = await deps.conversations.load(contact, channel, fresh);
      try {
        return await attemptTurn(deps, turning, conversation);
      } catch (error) {
        const isStale = error instanceof Overtaken || (!fresh && isOfNobody(error));
        if (!isStale || attempt === MAX_ATTEMPTS) throw error;
        deps.conversations.forget(conversation);
        fresh = true;
      }
    }
  });
}

/** PostgreSQL's foreign_key_violation: the person was erased while a cache still knew her. */
function isOfNobody(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}

async function attemptTurn<Answer>(
  deps: TurnDeps,
  turning: Turning<Answer>,
  conversation: Conversation,
): Promise<Answer> {
  const { person } = turning;
  const read = turning.read(conversation.state);
  if ('repeated' in read) return read.repeated;
  const now = deps.now();
  const unit = unitOfWork(deps.db);
  const deadline = screenDeadline();
  try {
    const before = conversation.state;
    const session = before?.session ?? newSession(null, now);
    const context = turnContext(deps, person, conversation, unit, deadline, now);
    let consent = before?.consent ?? 'unasked';
    const taken = await take(session, read.input, {
      channel: person.channel,
      now,
      flows: deps.flows,
      offering: deps.offering,
      consent,
      elsewhere: conversation.elsewhere,
      answer: async (ask, slots, current) => {
        const facts = await answerOf(deps.ports, ask, slots, context(current));
        if (ask === 'saveConsent') consent = consentIn(slots) ?? consent;
        return facts;
      },
      intent: deps.intent,
      accuses: deps.accuses,
      readers: deps.readers,
    });
    const language = taken.session.language ?? deps.defaultLanguage;
    const reply = turning.reply(taken, before, language);
    const state: State = {
      session: { ...taken.session, pages: reply.pages },
      consent,
      ussd: reply.ussd,
    };
    const stored = {
      at: now,
      said: isUnrecorded(before, taken) ? [] : reply.said,
      sessionId: reply.sessionId,
      draftUntil: draftUntil(deps.flows, taken, now),
      adopted: conversation.elsewhere !== null && taken.place?.flow === 'resume',
      continued: isContinued(before, taken),
    };
    if (conversation.seq === 0) await deps.meet(await unit.tx(), person);
    if (reply.also) {
      await reply.also(await unit.tx());
      unit.queued = true;
    }
    const tx = stored.adopted || stored.continued ? await unit.tx() : (unit.open ?? deps.db);
    const settled = await deps.conversations.save(tx, conversation, state, stored);
    await unit.commit();
    settled();
    if (unit.queued) deps.wake();
    return reply.answer;
  } finally {
    deadline.clear();
    await unit.end();
  }
}

/**
 * Turns that leave no line in the record: private matters, from either side of the turn (dialogs.md D8), and a complaint
 * as long as it may become anonymous, or is: the record is by person, and would tell who lodged it (D5).
 */
function isUnrecorded(before: State | null, taken: Taken): boolean {
  if (taken.shown.offered.text === 'sms.safe') return true;
  return leavesNoTrace(before?.session.here) || leavesNoTrace(taken.place);
}

/** A place whose words are in no record. */
export function leavesNoTrace(place: Place | null | undefined): boolean {
  return (
    place?.flow === 'private' ||
    (place?.flow === 'complaint' && place.context.slots['named'] !== 'named') ||
    place?.context.facts['nameless'] === true
  );
}

/** She said yes to the offer of going on with what she began on another channel. */
function isContinued(before: State | null, taken: Taken): boolean {
  const offer = before?.session.here;
  if (offer?.flow !== 'resume' || offer.context.slots['from'] !== 'elsewhere') return false;
  return taken.place !== null && !['resume', 'entry', 'language'].includes(taken.place.flow);
}

function draftUntil(flows: ReadonlyMap<FlowName, Flow>, taken: Taken, now: Date): Date | null {
  const { here } = taken.session;
  const flow = here ? flows.get(here.flow) : undefined;
  if (
    !here ||
    !flow?.draft ||
    taken.session.back.length === 0 ||
    Object.keys(here.context.slots).length === 0
  )
    return null;
  return new Date(now.getTime() + flow.resume * 60_000);
}

function consentIn({ consent }: Slots): State['consent'] | undefined {
  return consent === 'full' || consent === 'discreet' || consent === 'none' ? consent : undefined;
}

async function answerOf(ports: Ports, ask: AskName, slots: Slots, context: TurnContext): Promise<Facts> {
  // The union of ports cannot be called without losing which question this is: each takes the same two arguments.
  const port = ports[ask] as Port<AskName>;
  return port(slots, context);
}

function turnContext(
  deps: TurnDeps,
  person: Person,
  conversation: Conversation,
  unit: UnitOfWork,
  deadline: Deadline,
  now: Date,
) {
  return (session: Session): TurnContext => {
    const language = session.language ?? deps.defaultLanguage;
    return {
      contact: person.contact,
      phone: person.phone,
      channel: person.channel,
      language,
      now,
      goal: session.goal?.flow ?? null,
      identity: session.identity,
      setIdentity: (identity) => {
        session.identity = identity;
      },
      key: `${person.contact}:${person.channel}:${conversation.seq + 1}`,
      get signal() {
        return deadline.signal();
      },
      get reading() {
        return unit.open ?? deps.db;
      },
      tx: async () => {
        const fresh = unit.open === undefined;
        const tx = await unit.tx();
        if (fresh && conversation.seq === 0) await deps.meet(tx, person);
        return tx;
      },
      notify: async (notice) => {
        await deps.notify(await unit.tx(), person, language, notice);
        unit.queued = true;
      },
    };
  };
}

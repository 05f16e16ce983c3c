/** What the service does with what its channels hear: turns, delivery reports, opt-outs, dropped lines. */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type {
  Handlers,
  Inbound,
  OutboundContent,
  Receipt,
  UssdReply,
  UssdSessionEnd,
} from '../channels/channel.ts';
import type { Notice } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Texts } from '../render/texts.ts';
import type { UssdLimits } from '../render/ussd.ts';
import type { Tx } from '../store/database.ts';
import type { State } from './conversations.ts';
import { hearForAgent } from './handled.ts';
import { AlreadyTaken, messageTurning } from './messages.ts';
import { QueueFull } from './queue.ts';
import { runTurn, type Person, type TurnDeps } from './turn.ts';
import { ussdTurning } from './ussd.ts';

export type HandlerDeps = TurnDeps & {
  keys: Keys;
  texts: Texts;
  limits: { ussd: UssdLimits; rate_per_person_per_minute: number; rate_per_process_per_minute: number };
  enqueueReply(tx: Tx, person: Person, inbound: Inbound, content: OutboundContent): Promise<void>;
  takeReceipt(receipt: Receipt): Promise<void>;
  stopMessages(contact: string): Promise<void>;
  restartMessages(contact: string): Promise<void>;
  /** A phone that only its owner reads: nothing is sent unasked to any other. */
  isOwnPhone(phone: string): Promise<boolean>;
  /** Told about every turn: how it ended and how many milliseconds it took. */
  measure(
    channel: Person['channel'],
    outcome: 'answered' | 'repeated' | 'refused' | 'failed',
    ms: number,
  ): void;
  /** Told about a failure, without anything personal. */
  report(what: string, error: unknown): void;
};

/** What she answered is kept until then when the line drops (dialogs.md §5). */
const DRAFT_HOURS = 24;

export function createHandlers(deps: HandlerDeps): Handlers {
  const perPerson = new RateLimiterMemory({ points: deps.limits.rate_per_person_per_minute, duration: 60 });
  const perProcess = new RateLimiterMemory({ points: deps.limits.rate_per_process_per_minute, duration: 60 });

  const contactOf = (address: string) => deps.keys.index('contact', address);
  const caller = (phone: string): Person => ({
    contact: contactOf(phone),
    phone,
    channel: 'ussd',
    address: phone,
  });

  async function languageOf(person: Person): Promise<string> {
    const { state } = await deps.conversations.load(person.contact, person.channel, false);
    return state?.session.language ?? deps.defaultLanguage;
  }

  /** A last screen that says why, in her language where it is known. Never fails. */
  async function sorry(key: string, person?: Person): Promise<UssdReply> {
    const language = person
      ? await languageOf(person).catch(() => deps.defaultLanguage)
      : deps.defaultLanguage;
    return { text: deps.texts.text(language, key), end: true };
  }

  async function allowed(person: Person): Promise<boolean> {
    try {
      await Promise.all([perPerson.consume(person.contact), perProcess.consume('all')]);
      return true;
    } catch {
      return false;
    }
  }

  return {
    async ussd(turn) {
      const person = caller(turn.phone);
      const started = performance.now();
      const done = (outcome: Parameters<HandlerDeps['measure']>[1]) => {
        deps.measure('ussd', outcome, performance.now() - started);
      };
      if (!(await allowed(person))) {
        done('refused');
        return sorry('err.busy', person);
      }
      try {
        const reply = await runTurn(
          deps,
          ussdTurning({ texts: deps.texts, limits: deps.limits.ussd }, person, turn),
        );
        done('answered');
        return reply;
      } catch (error) {
        done('failed');
        if (!(error instanceof QueueFull)) deps.report('a USSD turn failed', error);
        return sorry(error instanceof QueueFull ? 'err.busy' : 'err.sorry', person);
      }
    },

    ussdRefusal: (reason, phone) =>
      sorry(
        reason === 'phone' ? 'err.notphone' : 'err.request',
        phone === undefined ? undefined : caller(phone),
      ),

    async ussdEnd(end) {
      if (end.outcome === 'dropped') await offerReturn(deps, caller(end.phone), end);
    },

    async message(inbound) {
      const person: Person = {
        contact: contactOf(inbound.phone ?? inbound.from),
        phone: inbound.phone ?? null,
        channel: inbound.channel,
        address: inbound.phone ?? inbound.from,
      };
      const started = performance.now();
      if (inbound.handledOptOut) return recordOptOut(deps, person, inbound.handledOptOut);
      if (!(await allowed(person))) {
        deps.measure(inbound.channel, 'refused', performance.now() - started);
        return;
      }
      try {
        if (!(await hearForAgent(deps, person, inbound)))
          await runTurn(deps, messageTurning(deps, person, inbound));
        deps.measure(inbound.channel, 'answered', performance.now() - started);
      } catch (error) {
        const repeated = error instanceof AlreadyTaken;
        deps.measure(inbound.channel, repeated ? 'repeated' : 'failed', performance.now() - started);
        if (repeated) return;
        deps.report(`a turn by ${inbound.channel} failed`, error);
        throw error;
      }
    },

    receipt: (receipt) => deps.takeReceipt(receipt),
    optOut: ({ phone }) => recordOptOut(deps, { ...caller(phone), channel: 'sms' }, 'stop'),
  };
}

async function recordOptOut(
  deps: HandlerDeps,
  person: Person,
  word: 'stop' | 'start' | 'help',
): Promise<void> {
  await deps.db.transaction((tx) => deps.meet(tx, person));
  if (word === 'stop') await deps.stopMessages(person.contact);
  if (word === 'start') await deps.restartMessages(person.contact);
}

/**
 * The line dropped after a category was chosen: one SMS says that the answers are kept. Not to a phone that others
 * read, and never about a private matter.
 */
async function offerReturn(deps: HandlerDeps, person: Person, end: UssdSessionEnd): Promise<void> {
  const { state } = await deps.conversations.load(person.contact, 'ussd', true);
  if (!state || state.ussd?.id !== end.sessionId || !hasDraft(deps, state)) return;
  if (state.consent === 'none' || state.consent === 'discreet' || !person.phone) return;
  if (!(await deps.isOwnPhone(person.phone))) return;
  const until = new Date(deps.now().getTime() + DRAFT_HOURS * 3_600_000);
  const notice: Notice = {
    text: 'sms.dropped',
    values: { d: until.toISOString().slice(0, 10) },
    kind: 'answer',
    key: `dropped:${person.contact}:${deps.keys.index('content', end.sessionId)}`,
  };
  const language = state.session.language ?? deps.defaultLanguage;
  await deps.db.transaction((tx) => deps.notify(tx, person, language, notice));
  deps.wake();
}

function hasDraft(deps: HandlerDeps, { session }: State): boolean {
  const flow = session.here ? deps.flows.get(session.here.flow) : undefined;
  return flow?.draft === true && session.here?.context.slots['matter'] !== undefined;
}

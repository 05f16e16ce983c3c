/**
 * The dialog vocabulary: all that a flow may use. A flow is a pure XState statechart; a state shows at most one
 * Screen, or asks one question of a port. No words, no channel, no I/O.
 */
import { assign, fromPromise, setup, type OutputFrom } from 'xstate';
import type locale from '../../locales/en.json';

/** A text in the locales. The compiler knows them all; missing ones do not build. */
export type TextKey = keyof typeof locale;

/** How a citizen reaches us. */
export type Channel = 'ussd' | 'sms' | 'whatsapp';

export type FlowName =
  | 'language'
  | 'entry'
  | 'resume'
  | 'identify'
  | 'status'
  | 'payment'
  | 'nextpayment'
  | 'complaint'
  | 'track'
  | 'information'
  | 'callback'
  | 'private'
  | 'consent'
  | 'appeal'
  | 'update'
  | 'freetext'
  | 'referral'
  | 'record';

/**
 * A choice has a stable id (the event `choose.<id>`, the button id) and a fixed key that people memorise. Its words are
 * the locale text `<screen text>.<id>`. `flow`, `level`: hidden, leaving a gap, where the profile does not offer them.
 */
export type Choice = {
  id: string;
  key: string;
  flow?: FlowName;
  /** Offered from this engagement level on (systems.md §5). */
  level?: 2 | 3 | 4;
};

/** What may be typed: the decoder accepts or refuses it before the machine sees it. */
export type AskKind = 'last4' | 'year' | 'area' | 'document' | 'reference' | 'phone' | 'amount' | 'text';

export type Ask = {
  kind: AskKind;
  /** Shown in place of the question when the answer does not fit. */
  invalid: TextKey;
  /** The answer is an identity secret: it is masked in every record of the conversation. */
  secret?: true;
};

/** What key 0 means here; the word shown is `nav.<zero>`, or `<screen text>.zero` where a shorter one is needed. */
export type Zero = 'back' | 'menu' | 'exit' | 'skip' | 'later' | 'cancel';

export type Screen = {
  text: TextKey;
  /** Lines above the text, made at run time from `facts[lines]`: an array of `Written`. */
  lines?: string;
  choices?: readonly Choice[];
  /** The grounds of the profile stand in the place of these choices, where it has its own. */
  grounds?: true;
  /** Choices made at run time from `facts[list]`: an array of {id, label}; keys 1-5, more by 9. */
  list?: string;
  /** A choice for each language of the profile, in its order. */
  languages?: true;
  ask?: Ask;
  zero?: Zero;
  /** Key 8 is printed here (it is accepted everywhere). */
  call?: true;
  /** Key 9 leads on (`choose.more`); a name: only where that fact is true. */
  more?: true | string;
  /** Further choices that a channel with room shows on the same screen instead of behind 9. */
  extended?: readonly (Choice & { text: TextKey })[];
  /** A channel without screens says this instead; its numbers are the same. */
  sms?: TextKey;
  /** The text names its own keys: no line is added for them. */
  bare?: true;
  /** The last screen of a session: nothing can be answered. */
  end?: true;
};

/** A text with the values that it names. */
export type Written = { text: TextKey; values: Facts };

/** What the citizen said, by question. Strings only: they survive a deploy, a dropped line and a change of channel. */
export type Slots = Readonly<Record<string, string>>;

/** What a port answered. JSON; forgotten whenever identity is. */
export type Facts = Readonly<Record<string, unknown>>;

export type Context = { slots: Slots; facts: Facts };

export type DialogEvent = { type: 'answer'; value: string } | { type: `choose.${string}` };

/**
 * `screen`: what is shown. `screens`: the one that a fact chooses. `next` (final states): the flow that follows, or
 * `goal`: the one that waited for identity, `resumed`: the one that was cut off, `home`: the menu, `end`: the session is over; `carry` names the slots handed on, `set` adds
 * some. `slot`: where an answer or choice is kept.
 */
export type Meta = {
  screen?: Screen;
  screens?: { by: string; cases: Readonly<Record<string, Screen>>; otherwise: Screen };
  next?: FlowName | 'goal' | 'home' | 'resumed' | 'end';
  carry?: readonly string[];
  set?: Slots;
};

/** `committed`: something was stored; back is empty and a dropped line does not come back here. `served`: a task is done. */
export type Tag = 'committed' | 'served';

/** A question to a port. The promise logic is never run by XState: conversation/run.ts answers it. */
const ask = <Output extends Facts, Input extends Slots = Slots>() =>
  fromPromise<Output, Input>(() => Promise.reject(new Error('a port must answer this')));

type Outcome<Names extends string> = { outcome: Names };

/** Every question a flow may ask, with the shape of its answer. `unavailable`: cannot tell now; never "no". */
const asks = {
  /**
   * Who is this phone, before any secret is asked? `private`: a channel on which identity is never asked. `second`: what
   * is asked beside the document, where it is not the year of birth.
   */
  phoneOwner: ask<
    Outcome<
      'matched' | 'roles' | 'unmatched' | 'shared' | 'locked' | 'limit' | 'known' | 'private' | 'unavailable'
    > & { second?: 'area' }
  >(),
  /** last4 + birth year or area (+ who) against the files of this phone. `n`: tries left. */
  checkIdentity: ask<
    Outcome<'ok' | 'proxy' | 'nomatch' | 'locked' | 'deceased' | 'minor' | 'unavailable'> & { n?: number }
  >(),
  /** All digits of a document + birth year, from a phone that is not registered. */
  checkDocument: ask<Outcome<'ok' | 'unknown' | 'limit' | 'deceased' | 'minor' | 'unavailable'>>(),
  /** Keeps what could not be answered now (slot `goal`: the flow that wanted it); `d`: answered by. */
  keepRequest: ask<{ d: string }>(),
  /** `text`: by SMS, and she agreed to that; `private`: by SMS, and she did not; `proxy`: proxies see payments only. */
  enrolments: ask<
    Outcome<'one' | 'many' | 'none' | 'text' | 'private' | 'proxy' | 'unavailable'> & { programmes?: unknown }
  >(),
  /** The one she chose (slot `programme`). */
  enrolment: ask<Outcome<'one' | 'none' | 'text' | 'private' | 'proxy' | 'unavailable'>>(),
  /** What else she may ask for who was refused (slot `programme`), where the profile says what. */
  alternatives: ask<Outcome<'many' | 'none' | 'unavailable'> & { programmes?: unknown }>(),
  statusBySms: ask<Outcome<'sent' | 'refused' | 'unavailable'>>(),
  /** All that is held of her household: `entries`, lines (`Written`); `programmes`, what they are of. */
  myRecord: ask<
    Outcome<'shown' | 'none' | 'undisclosed' | 'private' | 'unavailable'> & {
      d?: string;
      entries?: unknown;
      programmes?: unknown;
    }
  >(),
  /**
   * Her most urgent payment: how it stands, or `none`, `checking`, `undisclosed`, `unavailable`. `further`: there are
   * others. `payment`, `programme`: which one it is, for the slots of the same names.
   */
  payment: ask<Outcome<string> & { further?: boolean }>(),
  /** The one after it (slot `payment`). */
  nextInLine: ask<Outcome<string> & { further?: boolean }>(),
  /** Where and until when to collect; where there is nothing to collect, what `payment` answers. */
  payPoint: ask<Outcome<string>>(),
  /** Slots `payment`, `answer` (all, less, nothing), `amount`, `fee`. */
  confirmReceipt: ask<Facts>(),
  /** `where`: her case goes to the office of her area, and nobody knows it yet. */
  duplicate: ask<Outcome<'none' | 'duplicate'> & { ref?: string; where?: 'ask' }>(),
  lodge: ask<{ ref: string; d: string }>(),
  lodgePrivate: ask<Facts>(),
  /** `refused`: her words were not added, since the case is not hers to add to. */
  addDetails: ask<Outcome<'added' | 'refused'> & { ref: string; d: string }>(),
  /**
   * `found`: state and date, and nothing to do; `open`: hers, to add to; `asked`: it waits for her answer to the question
   * `out`; `answered`: the answer is `out`.
   */
  caseState: ask<Outcome<'found' | 'open' | 'asked' | 'answered' | 'none' | 'limit'>>(),
  /** `late`: it went up, with a new date; `early`: it went up, and the date stands; `told`: it had gone up before. */
  tooSlow: ask<Outcome<'late' | 'early' | 'told' | 'refused'> & { d: string }>(),
  caseFeedback: ask<Facts>(),
  callTimes: ask<Outcome<'open' | 'closed'>>(),
  requestCall: ask<Outcome<'done' | 'full'> & { d: string }>(),
  saveConsent: ask<Facts>(),
  programmes: ask<Outcome<'one' | 'many'> & { programmes: unknown }>(),
  /** `offer`: `sms` where this can be sent to her as a text message (slot `programme`), `area` where the amount depends on where she lives. */
  information: ask<Outcome<'open' | 'closed'> & { offer?: 'sms' | 'area' }>(),
  informationBySms: ask<Outcome<'sent' | 'refused'>>(),
  /** The amount of a programme where she lives: slots `programme`, `area` (digits of its code). */
  amountInArea: ask<Outcome<'found' | 'unknown'>>(),
  /** The office of her file, where she has shown who she is; else nothing, and the profile's own is told. */
  nearestOffice: ask<Facts>(),
  tellWhenOpen: ask<Facts>(),
  /** `unknown`: no decision is known (she is not identified); the appeal is taken all the same. */
  appealWindow: ask<Outcome<'open' | 'late' | 'unknown' | 'unavailable'> & { d?: string }>(),
  /** `lodged`: `plain`, or `call` with `d2`, the day she is called by. */
  lodgeAppeal: ask<{ ref: string; d: string; lodged: 'plain' | 'call'; d2?: string }>(),
  lodgeUpdate: ask<Facts>(),
  /** Takes a complaint back ("not a complaint? reply 0"). */
  withdraw: ask<{ ref: string }>(),
  /** The newest question put to her by text message and still open; `at`: when, ISO; `language`: in which (questions.ts). */
  questionAsked: ask<
    Outcome<'none' | 'asked'> & { kind?: string; reference?: string; at?: string; language?: string }
  >(),
  /** Her reply to it: slots `kind`, `reference`, `reply`. The outcome names what she is told. */
  answerQuestion: ask<
    Outcome<
      'recorded' | 'reopened' | 'confirmed' | 'again' | 'supervisor' | 'withdrawn' | 'received' | 'missing'
    > & {
      ref?: string;
      org?: string;
      d?: string;
    }
  >(),
  /**
   * What another service may be told of her: `asked`, the question is open; `active`, she agreed. `means`: may her means
   * be checked; `meansgiven`: she said so. `id`: which referral.
   */
  referral: ask<
    Outcome<'asked' | 'active' | 'none' | 'private' | 'means' | 'meansgiven'> & { id?: string }
  >(),
  /** Whether her means may be checked with the sources named to her: slot `agreed` (yes, no). */
  answerMeans: ask<Outcome<'given' | 'refused'>>(),
  /** Slots `referral`, `agreed` (yes, no). */
  answerReferral: ask<Outcome<'sent' | 'refused' | 'gone'>>(),
  /** Slot `referral`. */
  withdrawReferral: ask<Outcome<'withdrawn' | 'gone'>>(),
  /** STOP and START, in any language, at any time. */
  stop: ask<Facts>(),
  start: ask<Facts>(),
  /** A message that no dialog understood becomes an agent's task, and so does what came beside it (slot `evidence`); `d`: answered by. */
  handToAgent: ask<{ d: string }>(),
  /**
   * Keeps what came beside words (slots `media`: JSON of SentMedia[], `caption`) until a case or a task takes it.
   * `evidence`: the slot by which they are told of it. `full`: there is enough already.
   */
  keepEvidence: ask<Outcome<'kept' | 'full'> & { evidence: string }>(),
};

export type AskName = keyof typeof asks;

/** What a port must provide: for each question, its answer. */
export type AskOutput = { [Name in AskName]: OutputFrom<(typeof asks)[Name]> };

type Answered = { output?: Facts };

/** Reads `facts.outcome`-like paths; a fact that is not a string matches nothing. */
function fact(context: Context, name: string): unknown {
  return context.facts[name];
}

const vocabulary = setup({
  types: {
    context: {} as Context,
    events: {} as DialogEvent,
    input: {},
    meta: {},
    tags: {} as Tag,
  },
  actors: asks,
  guards: {
    /** The citizen has already said this. */
    has: ({ context }, params: { slot: string }) => context.slots[params.slot] !== undefined,
    /** She said exactly this. */
    said: ({ context }, params: { slot: string; value: string }) =>
      context.slots[params.slot] === params.value,
    /** A port's answer had this outcome (or another fact this value). */
    is: ({ context }, params: { fact?: string; value: string | readonly string[] }) => {
      const value = fact(context, params.fact ?? 'outcome');
      return typeof params.value === 'string' ? value === params.value : params.value.includes(String(value));
    },
  },
  actions: {
    /** Keeps the answer, or the id of the choice, as a slot. */
    fill: assign(({ context, event }, params: { slot: string }) => ({
      slots: {
        ...context.slots,
        [params.slot]: event.type === 'answer' ? event.value : event.type.slice('choose.'.length),
      },
    })),
    set: assign(({ context }, params: Slots) => ({ slots: { ...context.slots, ...params } })),
    forget: assign(({ context }, params: { slots: readonly string[] }) => ({
      slots: Object.fromEntries(
        Object.entries(context.slots).filter(([name]) => !params.slots.includes(name)),
      ),
    })),
    /** Keeps facts as slots of the same names, so that ports are told which one she means. */
    point: assign(({ context }, params: { facts: readonly string[] }) => ({
      slots: {
        ...context.slots,
        ...Object.fromEntries(
          params.facts.flatMap((name) => {
            const value = context.facts[name];
            return typeof value === 'string' ? [[name, value]] : [];
          }),
        ),
      },
    })),
    /** Keeps what the port answered beside the facts already known. */
    learn: assign(({ context, event }) => ({ facts: { ...context.facts, ...(event as Answered).output } })),
    /** Keeps a fact as if she had said it, since ports are asked with slots only; a fact not known keeps nothing. */
    recall: assign(({ context }, params: { fact: string; slot: string }) => {
      const value = fact(context, params.fact);
      return typeof value === 'string' ? { slots: { ...context.slots, [params.slot]: value } } : {};
    }),
    /** What a question's port failed to answer: the same as "cannot tell now". */
    cannotTell: assign(({ context }) => ({ facts: { ...context.facts, outcome: 'unavailable' } })),
  },
});

/** Makes a flow's statechart. */
export const createFlow = vocabulary.createMachine;

/** The context every flow starts with. XState also asks for one when it only looks at a machine, without any input. */
export const begin = ({ input }: { input: { slots?: Slots } | undefined }): Context => ({
  slots: input?.slots ?? {},
  facts: {},
});

/** A state that asks a port with all slots, keeps the answer as facts and goes on; a failure is `unavailable`. */
export const consult = <Name extends AskName, Target extends string>(src: Name, target: Target) => ({
  invoke: {
    src,
    input: ({ context }: { context: Context }) => context.slots,
    onDone: { actions: 'learn' as const, target },
    onError: { actions: 'cannotTell' as const, target },
  },
});

/** A question whose answer fills a slot; a slot that is already filled skips it. */
export const question = <Slot extends string, Target extends string>(
  slot: Slot,
  screen: Screen,
  target: Target,
) => ({
  meta: { screen },
  always: { guard: { type: 'has' as const, params: { slot } }, target },
  on: { answer: { actions: { type: 'fill' as const, params: { slot } } } },
});

/** Branches on a port's outcome: `when('locked', 'closed')`. */
export const when = <Target extends string>(value: string | readonly string[], target: Target) => ({
  guard: { type: 'is' as const, params: { value } },
  target,
});

/** The registry cannot be asked now: what she wanted is kept, and a complaint is possible all the same. */
export const recordsAway: Screen = {
  text: 'err.regdown',
  choices: [{ id: 'complaint', key: '3' }],
  call: true,
  zero: 'menu',
};

/** Choices 1, 2, 3... of a screen, named so that a channel with room can show them on the screen before. */
export const further = <Text extends string, Id extends string>(
  text: Text,
  ...ids: Id[]
): { id: Id; key: string; text: `${Text}.${Id}` }[] =>
  ids.map((id, index) => ({ id, key: String(index + 1), text: `${text}.${id}` }));

/** The end of this flow and the start of another. */
export const go = (next: NonNullable<Meta['next']>, more: Pick<Meta, 'carry' | 'set'> = {}) => ({
  type: 'final' as const,
  meta: { next, ...more },
});

export type FlowMachine = ReturnType<typeof createFlow>;

/**
 * A dialog and what the conversation must know of it. `version` rises when the shape of the statechart changes.
 * `needs`: identity level before it starts. `resume`: for how many minutes a dropped line comes back to it (0: never).
 * `draft`: another channel may offer to continue it.
 */
export type Flow = {
  name: FlowName;
  version: number;
  machine: FlowMachine;
  needs?: 2;
  /** Not for a named proxy, who sees payments and complains: she is told so instead (dialogs.md §4). */
  ownOnly?: true;
  /** Though not for every proxy, for one whom the household nominated to act for it. */
  agentToo?: true;
  resume: number;
  draft?: true;
};

/**
 * Words instead of numbers (dialogs.md §3, contract §8 "Unclear SMS"): danger first; commands in three languages and
 * their dialects; a long message is a complaint that can be refused with 0; what nobody understands goes to a person.
 */
import type { AskOutput, Screen, Slots, TextKey } from './dialog.ts';
import { draftOf } from './evidence.ts';
import type { Input } from './input.ts';
import { wordCount } from './keywords.ts';
import { cleanInput, toLatinDigits } from './normalize.ts';
import { digitOf, isQuestionKind, replyTo } from './questions.ts';
import type { Place } from './run.ts';
import type { Taken, Turn } from './take.ts';

/** More words than this are a story, not a slip. */
const SHORT = 3;

/** Where the complaint being told already is. */
const TELLING: ReadonlySet<string> = new Set(['complaint', 'appeal']);

type Message = Extract<Input, { kind: 'text' }>;

/** What she is told, by what came of her reply. */
const REPLIED: Readonly<Record<AskOutput['answerQuestion']['outcome'], TextKey>> = {
  recorded: 'sms.fb.thanks',
  reopened: 'sms.fb.again',
  confirmed: 'sms.ref.thanks',
  again: 'sms.ref.again',
  supervisor: 'sms.ref.up',
  withdrawn: 'sms.ref.ended',
  received: 'sms.pay.thanks',
  missing: 'sms.pay.case',
};

/**
 * The reply to a question that we put to her by text message, unless she went on with a dialog after it: what was asked
 * last is what she answers. The dialog she is in stays where it was.
 */
export async function answerAsked(turn: Turn, input: Message): Promise<Taken | undefined> {
  if (turn.world.channel === 'ussd' || input.choice || input.media) return undefined;
  const digit = digitOf(input.text);
  const word = digit === undefined ? turn.world.intent(input.text)?.answer : undefined;
  if (digit === undefined && word === undefined) return undefined;
  const asked = (await turn.answer('questionAsked', {})) as AskOutput['questionAsked'];
  const { kind, reference, at } = asked;
  if (!isQuestionKind(kind) || reference === undefined || at === undefined) return undefined;
  if (turn.session.here && Date.parse(at) <= turn.lastHeard) return undefined;
  const reply = replyTo(kind, digit, word);
  if (reply === undefined) return undefined;
  if (asked.language && turn.world.offering.languages.includes(asked.language))
    turn.session.language ??= asked.language;
  const facts = (await turn.answer('answerQuestion', {
    kind,
    reference,
    reply,
  })) as AskOutput['answerQuestion'];
  return turn.say(REPLIED[facts.outcome], facts);
}

/** What the message asks for, done; undefined when it holds no words to understand and the menu should answer. */
export async function understand(
  turn: Turn,
  input: Message,
  screen?: Screen,
  place?: Place,
): Promise<Taken | undefined> {
  const text = cleanInput(input.text);
  if (input.choice?.startsWith('entry.')) return fromMenu(turn, input.choice);
  if (input.choice) return undefined;
  if (text === '' || /^[\d*#]+$/.test(toLatinDigits(text))) return digitsOnMenu(turn, input, screen);
  const command = await obey(turn, text, screen);
  if (command) return command;
  if (turn.world.channel === 'ussd') return undefined;
  if (input.masked && wordCount(text) <= SHORT) return turn.say('sms.idwarn');
  if (wordCount(text) > SHORT) {
    const isTaken = turn.world.offering.flows.has('freetext');
    return warned(input, isTaken ? await story(turn, text, place) : await handOver(turn, text));
  }
  if (turn.world.channel === 'whatsapp' && screen) return undefined;
  return puzzled(turn, text);
}

/** A tap on an older menu still means what it says. */
async function fromMenu(turn: Turn, tap: string): Promise<Taken> {
  const menu = await turn.begin('entry', {});
  return menu.place
    ? turn.input({ kind: 'text', text: '', choice: tap.replace(/^[^/]*/, 'entry.menu') })
    : menu;
}

/** By SMS the numbers of `sms.help` are always open, even when nothing was asked. */
async function digitsOnMenu(turn: Turn, input: Message, screen?: Screen): Promise<Taken | undefined> {
  const text = cleanInput(input.text);
  // A screen without choices of its own ("your message is kept") leaves them open.
  if ((screen && !screen.bare) || turn.world.channel === 'ussd' || text === '') return undefined;
  const reference = turn.world.readers.reference(text);
  if (reference) return turn.begin('track', { reference });
  if (/^\d{8}$/.test(toLatinDigits(text))) return misread(turn);
  const menu = await turn.begin('entry', {});
  return menu.place ? turn.input({ kind: 'text', text: input.text }) : menu;
}

async function obey(turn: Turn, text: string, screen?: Screen): Promise<Taken | undefined> {
  const heard = turn.world.intent(text);
  if (!heard) return undefined;
  const isText = turn.world.channel !== 'ussd';
  switch (heard.intent) {
    case 'danger':
      if (turn.world.channel !== 'sms') return turn.begin('private', draftOf(turn.session.here));
      await turn.answer('lodgePrivate', { via: 'words' });
      return turn.say('sms.safe');
    case 'stop':
      if (!isText) return turn.begin('consent', { consent: 'none' });
      await turn.answer('stop', {});
      turn.session.here = null;
      return turn.say('sms.stop');
    case 'answer':
      return undefined;
    case 'start':
      if (screen) return undefined;
      if (!isText) return turn.begin('consent', { consent: 'full' });
      await turn.answer('start', {});
      return turn.say('sms.start');
    case 'help':
    case 'menu':
      return turn.world.elsewhere ? turn.first(null) : turn.home();
    case 'language':
      if (!heard.language || !turn.world.offering.languages.includes(heard.language)) {
        return turn.begin('language', {});
      }
      turn.session.language = heard.language;
      return turn.home();
    default:
      return isText ? open(turn, heard.intent, cleanInput(heard.rest)) : undefined;
  }
}

/** Her complaint is kept, and she is told not to send such numbers. */
function warned(input: Message, taken: Taken): Taken {
  return input.masked ? { ...taken, shown: { ...taken.shown, preface: 'sms.idwarn' } } : taken;
}

/** A command with what was written behind it: `STATUS 12345678`, `COMPLAINT they asked me for money`. */
function open(turn: Turn, intent: string, rest: string): Promise<Taken> {
  const reference = turn.world.readers.reference(rest);
  if (reference && (intent === 'status' || intent === 'track' || intent === 'complaint')) {
    return turn.begin('track', { reference });
  }
  if (/^(?:\d[\s-]?){8}$/.test(toLatinDigits(rest))) return misread(turn);
  switch (intent) {
    case 'status':
      return turn.begin('status', {});
    case 'payment':
      return turn.begin(turn.world.channel === 'sms' ? 'nextpayment' : 'payment', {});
    case 'bribe':
      return turn.begin('freetext', { matter: 'bribe', details: rest === '' ? 'bribe' : rest });
    case 'appeal':
      return turn.begin('appeal', rest === '' ? {} : { details: rest });
    case 'call':
      return turn.begin('callback', {});
    case 'update':
      return turn.begin('update', {});
    case 'track':
      return turn.begin('track', {});
    default:
      return rest === '' ? turn.begin('complaint', {}) : turn.begin('freetext', telling(turn, rest));
  }
}

/** What accuses somebody of the programme is for inspectors alone, from its first reader on. */
const telling = ({ world }: Turn, details: string): Slots => ({
  matter: world.accuses(details) ? 'bribe' : 'freetext',
  details,
});

/** Eight digits whose check digit is wrong: said at once, and asked again. */
async function misread(turn: Turn): Promise<Taken> {
  const taken = await turn.begin('track', {});
  return { ...taken, shown: { ...taken.shown, notice: 'grv.badref' } };
}

/** More than a command: it is kept as a complaint, or as the details of the one being told. */
function story(turn: Turn, text: string, place?: Place): Promise<Taken> {
  if (place && TELLING.has(place.flow) && !place.context.slots['details']) {
    return turn.begin(place.flow, { ...place.context.slots, details: text });
  }
  return turn.begin('freetext', telling(turn, text));
}

async function puzzled(turn: Turn, text: string): Promise<Taken> {
  turn.session.unclear += 1;
  if (turn.session.unclear < 2) return turn.say('sms.unknown');
  turn.session.unclear = 0;
  return handOver(turn, text);
}

async function handOver(turn: Turn, text: string): Promise<Taken> {
  return turn.say('sms.agent', await turn.answer('handToAgent', { details: text }));
}

/**
 * Pictures, voice notes and places in a chat (dialogs.md D5): they go with the complaint being told or the case at hand,
 * otherwise to a person. Of a private matter none is kept.
 */
import type { AskOutput, Slots } from './dialog.ts';
import type { Input } from './input.ts';
import { wordCount } from './keywords.ts';
import { cleanInput } from './normalize.ts';
import { look, type Place } from './run.ts';
import type { Taken, Turn } from './take.ts';

/** What becomes a case when it is sent. */
const DRAFTS: ReadonlySet<string> = new Set(['complaint', 'appeal']);

/** More words than this beside it are a story. */
const SHORT = 3;

type Message = Extract<Input, { kind: 'text' }>;

/** Undefined: what was written beside it is to be done, and it is not kept (danger, STOP). */
export async function takeMedia(turn: Turn, input: Message): Promise<Taken | undefined> {
  const heard = turn.world.intent(input.text)?.intent;
  if (input.choice || heard === 'danger' || heard === 'stop' || heard === 'start') return undefined;
  const place = turn.session.here;
  if (place?.flow === 'private') return cleanInput(input.text) === '' ? turn.note('ev.private') : undefined;
  if (!turn.session.language && turn.world.channel === 'whatsapp') {
    const told = await handOver(turn, input, await keep(turn, input));
    const asked = await turn.begin('language', {});
    return {
      ...asked,
      shown: { ...told.shown, ...asked.shown, preface: 'sms.voice', values: told.shown.values },
    };
  }
  const where = place ? whereAt(turn, place) : undefined;
  if (place && where === 'draft') return withDraft(turn, input, place);
  if (where !== undefined) return withCase(turn, input, where);
  if (wordCount(cleanInput(input.text)) <= SHORT) return handOver(turn, input, await keep(turn, input));
  const slots = { matter: 'freetext', details: cleanInput(input.text) };
  return turn.begin('freetext', { ...slots, ...(await keep(turn, { ...input, text: '' })) });
}

/** What she was about to send, where a dialog is left for a private matter: it is to be dropped. */
export function draftOf(place: Place | null | undefined): Slots {
  const evidence = place?.context.slots['evidence'];
  return evidence === undefined ? {} : { evidence };
}

/** A draft, the number of the case it belongs to, or neither. */
function whereAt(turn: Turn, place: Place): string | undefined {
  const flow = turn.flow(place.flow);
  if (flow.version !== place.version) return undefined;
  const { slots, facts } = place.context;
  if (look(flow, place).tags.has('committed')) return caseNumber(facts['ref']);
  if (DRAFTS.has(place.flow)) return 'draft';
  const isOpen = facts['outcome'] === 'open' || facts['outcome'] === 'asked';
  return place.flow === 'track' && isOpen ? caseNumber(slots['reference']) : undefined;
}

function caseNumber(ref: unknown): string | undefined {
  return typeof ref === 'string' && /^\d{8}$/.test(ref) ? ref : undefined;
}

/** The dialog stays where it is: what she wrote beside a picture belongs to the picture. */
async function withDraft(turn: Turn, input: Message, place: Place): Promise<Taken> {
  const slots = await keep(turn, input, draftOf(place));
  if (!slots) return turn.note('ev.full');
  turn.keep(slots);
  return turn.note('ev.draft');
}

async function withCase(turn: Turn, input: Message, reference: string): Promise<Taken> {
  const slots = await keep(turn, input);
  const added = (await turn.answer('addDetails', { reference, ...slots })) as AskOutput['addDetails'];
  // The number is somebody else's: a person must look at it.
  if (added.outcome === 'refused') return handOver(turn, input, slots);
  return turn.note('ev.added', { ref: reference });
}

/** The slot that names what was kept; undefined when there is enough already. */
async function keep(
  turn: Turn,
  { media = [], text }: Message,
  draft: Slots = {},
): Promise<Slots | undefined> {
  const caption = cleanInput(text);
  const kept = (await turn.answer('keepEvidence', {
    ...draft,
    media: JSON.stringify(media),
    ...(caption === '' ? {} : { caption }),
  })) as AskOutput['keepEvidence'];
  return kept.outcome === 'kept' ? { evidence: kept.evidence } : undefined;
}

async function handOver(turn: Turn, { text }: Message, slots: Slots | undefined): Promise<Taken> {
  turn.session.unclear = 0;
  const details = cleanInput(text);
  const facts = await turn.answer('handToAgent', { ...slots, ...(details === '' ? {} : { details }) });
  return turn.say('sms.voice', facts);
}

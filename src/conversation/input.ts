/** Typed text -> what it means on this screen: a global key, a choice, an answer that fits, or none of these. */
import type { Ask, DialogEvent, Screen } from './dialog.ts';
import { cleanInput, normalize, toLatinDigits } from './normalize.ts';
import type { Offered } from './session.ts';

/** A picture, voice note or place that came beside the words, still with the provider. */
export type SentMedia = {
  kind: 'image' | 'audio' | 'video' | 'document' | 'location';
  /** The provider product that received it. */
  provider: string;
  /** The provider's address of it, or `geo:<latitude>,<longitude>`. */
  url: string;
};

/** What a citizen sent. `choice`: the id of a tapped button or row, `<screen text>/<choice id>`. */
export type Input =
  | { kind: 'dial' }
  | {
      kind: 'text';
      text: string;
      choice?: string;
      media?: readonly SentMedia[];
      /** A long number was hidden in it. */ masked?: boolean;
    };

export type Meaning =
  | { kind: 'zero' | 'call' | 'more' }
  | { kind: 'event'; event: DialogEvent }
  /** A typed answer to this question that does not fit. */
  | { kind: 'unfit' }
  | { kind: 'unknown' };

/** A free text may be this long (dialogs.md D5); a longer one is kept whole, only USSD cannot send it. */
const MAX_TEXT = 2000;

/** Read what people write into its stored form; undefined when it is none. */
export type Readers = {
  /** E.164. */
  phone(text: string): string | undefined;
  /** Eight digits whose check digit is right. */
  reference(text: string): string | undefined;
  /** Whether digits can be the number of a document here: a slip is said at once, and costs no try. */
  document?(digits: string): boolean;
};

export function decode(
  typed: string,
  screen: Screen,
  offered: Offered,
  now: Date,
  readers: Readers,
): Meaning {
  const text = cleanInput(typed);
  const digits = toLatinDigits(text).replace(/[\s.#)-]+$/u, '');
  const chosen = offered.choices.find(({ key }) => key !== '' && key === digits);
  if (chosen) return { kind: 'event', event: { type: `choose.${chosen.id}` } };
  if (digits === '0') return { kind: 'zero' };
  if (digits === '8') return { kind: 'call' };
  if (digits === '9' && screen.ask?.kind !== 'text') return { kind: 'more' };
  if (!screen.ask) return byLabel(text, offered);
  const value = answerOf(screen.ask, text, now, readers);
  return value === undefined ? { kind: 'unfit' } : { kind: 'event', event: { type: 'answer', value } };
}

/** The choice whose id, or tapped row, this is. Taps on an older message mean nothing here. */
export function decodeTap(tap: string, offered: Offered): Meaning {
  const [text, id] = tap.split('/');
  if (text !== offered.text || !id) return { kind: 'unknown' };
  if (id === 'zero' || id === 'call' || id === 'more') return { kind: id };
  const chosen = offered.choices.find((choice) => choice.id === id);
  return chosen ? { kind: 'event', event: { type: `choose.${chosen.id}` } } : { kind: 'unknown' };
}

function byLabel(text: string, offered: Offered): Meaning {
  const word = normalize(text);
  const chosen = word === '' ? undefined : offered.choices.find(({ id }) => id === word);
  return chosen ? { kind: 'event', event: { type: `choose.${chosen.id}` } } : { kind: 'unknown' };
}

/** The answer in its stored form, or undefined when it does not fit the question. */
function answerOf(ask: Ask, text: string, now: Date, readers: Readers): string | undefined {
  const latin = toLatinDigits(text);
  const compact = latin.replace(/[\s-]/gu, '');
  switch (ask.kind) {
    case 'last4':
      return /^\d{4}$/.test(compact) ? compact : undefined;
    case 'year': {
      const year = Number(compact);
      return /^\d{4}$/.test(compact) && year >= 1900 && year <= now.getFullYear() ? compact : undefined;
    }
    case 'document': {
      const digits = compact.replace(/\D/gu, '');
      const fits = digits.length >= 5 && digits.length <= 20 && (readers.document?.(digits) ?? true);
      return fits ? digits : undefined;
    }
    case 'area': {
      const digits = compact.replace(/\D/gu, '');
      return digits.length >= 1 && digits.length <= 12 ? digits : undefined;
    }
    case 'reference':
      return readers.reference(latin);
    case 'phone':
      return readers.phone(latin);
    case 'amount': {
      const amount = compact.replace(/[,٬](?=\d{3}\b)/gu, '').replace(/[^\d.]/gu, '');
      return /^\d{1,10}(\.\d{1,2})?$/.test(amount) ? amount : undefined;
    }
    case 'text':
      return /[\p{L}\p{N}]/u.test(text) && text.length <= MAX_TEXT ? text : undefined;
  }
}

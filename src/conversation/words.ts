/** The words of a message as keywords are compared with them: Arabic prefixes, Arabizi spelling, slips of the thumb. */
import { normalize } from './normalize.ts';

/** `text` is normalised; `start` and `end` say where it stands in the message. */
export type Word = {
  text: string;
  start: number;
  end: number;
  /** Part of a phrase that looks like a keyword and is none. */
  ignored: boolean;
};

// Chinese puts no space between words: each character is looked up as one.
const TOKEN = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}\p{Cf}\u0640'´`’‘ʼ′])+/gu;
const HAN = /^\p{Script=Han}$/u;

/** The words of a message, in order; punctuation and emoji are none. */
export function tokenize(text: string): Word[] {
  const words: Word[] = [];
  for (const token of text.matchAll(TOKEN)) {
    const end = token.index + token[0].length;
    for (const word of normalize(token[0]).split(' ')) {
      // "STATUS12345678": people forget the space before a number.
      const glued = /^(\p{L}{2,})([0-9]{4,})$/u.exec(word);
      const middle = end - (glued?.[2]?.length ?? 0);
      if (glued?.[1] && glued[2])
        words.push(
          { text: glued[1], start: token.index, end: middle, ignored: false },
          { text: glued[2], start: middle, end, ignored: false },
        );
      else if (word !== '') words.push({ text: word, start: token.index, end, ignored: false });
    }
  }
  return words;
}

/** How many words these are for a reader: a Chinese word has two characters more often than not. */
export function length(words: readonly Word[]): number {
  return words.reduce((sum, { text }) => sum + (HAN.test(text) ? 0.5 : 1), 0);
}

/** Arabic joins "and", "so", "with", "for" and "the" to the word; what is left must still be three letters. */
const PREFIX = /^(?:[وف]?(?:بال|لل|ال|[بل])|[وف])(?=\p{L}{3})/u;
const PREFIX_AND = /^[وف](?=\p{L}{3})/u;

/** Latin letters with the digits that stand for Arabic sounds. */
const ARABIZI = /^(?=[a-z2356789]*[a-z])[a-z]*[2356789][a-z2356789]*$/;

/**
 * Consonants and sound digits of an Arabizi word, since nobody spells its vowels and doubled letters the same way
 * twice; undefined for any other word.
 */
export function skeleton(word: string): string | undefined {
  if (!ARABIZI.test(word)) return undefined;
  const bones = word
    .replace(/[cks]h/g, (pair) => (pair === 'kh' ? '5' : '$'))
    .replace(/[aeiouy]/g, '')
    .replace(/(.)\1+/g, '$1');
  return bones.length >= 3 ? `~${bones}` : undefined;
}

/** The forms under which a word of a message is looked up, as written first. */
export function forms(word: string): string[] {
  const bones = skeleton(word);
  if (bones !== undefined) return [word, bones];
  const found = [word];
  for (const prefix of [PREFIX_AND, PREFIX]) {
    const bare = word.replace(prefix, '');
    if (bare !== word) found.push(bare);
  }
  return found;
}

/** Whether one letter added, dropped, changed or swapped with its neighbour makes `a` into `b`. */
export function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let head = 0;
  while (head < a.length && a[head] === b[head]) head += 1;
  const [restA, restB] = [a.slice(head + 1), b.slice(head + 1)];
  if (a.length > b.length) return restA === b.slice(head);
  if (a.length < b.length) return a.slice(head) === restB;
  if (restA === restB) return true;
  return a[head] === b[head + 1] && a[head + 1] === b[head] && a.slice(head + 2) === b.slice(head + 2);
}

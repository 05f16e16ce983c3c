/**
 * Questions that were put to a person by text message ("was it solved? Reply 1 yes, 2 partly, 3 no"): one table of
 * what may be replied. Whoever sends such a question opens it; a short reply is the answer to the newest one.
 */
import type { AnswerWord } from './keywords.ts';
import { cleanInput, toLatinDigits } from './normalize.ts';

/** A kind of question, its replies in the order of their digits, and what "yes", "partly" and "no" mean to it. */
const REPLIES = {
  /** `sms.grv.ask`: was the problem solved? */
  'grv.ask': { digits: ['yes', 'partly', 'no'], words: { yes: 'yes', partly: 'partly', no: 'no' } },
  /** `sms.ref.back`: did the partner contact you? */
  'ref.back': { digits: ['yes', 'no', 'unneeded'], words: { yes: 'yes', no: 'no' } },
  /** `sms.pay.confirm`: did the money arrive? */
  'pay.confirm': { digits: ['all', 'less', 'nothing'], words: { yes: 'all', partly: 'less', no: 'nothing' } },
} as const satisfies Record<
  string,
  { digits: readonly string[]; words: Partial<Record<AnswerWord, string>> }
>;

export type QuestionKind = keyof typeof REPLIES;

export function isQuestionKind(kind: unknown): kind is QuestionKind {
  return typeof kind === 'string' && kind in REPLIES;
}

/** The digit of a message that is nothing else: `1`, `٢.`, `(3)`. */
export function digitOf(text: string): number | undefined {
  const found = /^[\s(]*([1-9])[\s.,)!#]*$/u.exec(toLatinDigits(cleanInput(text)));
  return found ? Number(found[1]) : undefined;
}

/** What the reply means to this question; undefined when it is none. `word`: what the words of the message say. */
export function replyTo(
  kind: QuestionKind,
  digit: number | undefined,
  word: AnswerWord | undefined,
): string | undefined {
  const { digits, words } = REPLIES[kind] as {
    digits: readonly string[];
    words: Partial<Record<AnswerWord, string>>;
  };
  return digit === undefined ? word && words[word] : digits[digit - 1];
}

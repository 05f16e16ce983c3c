/** What an answer to a citizen may hold, and what it costs: checked before it is kept, shown while it is written. */
import { maskSecrets } from '../conversation/secrets.ts';
import { toLatinDigits } from '../conversation/normalize.ts';
import { offenders, segments, toGsm7, type Segments } from '../render/measure.ts';
import { checkReference } from './reference.ts';

export type AnswerProblem = {
  /**
   * `empty` and `long` concern the whole text. `number`: a document, phone, card or account number. `silent`: a line that
   * nobody answers now.
   */
  kind: 'empty' | 'long' | 'link' | 'pin' | 'number' | 'silent' | 'bidi' | 'control' | 'variable';
  /** Where in the text, in UTF-16 code units. */
  from: number;
  until: number;
};

/** As many parts as a short message may have; one screen pages the same text. */
export const MAX_PARTS = 3;

const LINK =
  /\b(?:https?:\/\/|www\.)\S+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|info|biz|link|site|online|top|app|io|ly|me|co|lb|xyz)\b(?:\/\S*)?|\S+@\S+\.\S+/giu;
const PIN =
  /\bpins?\b|\bpin[- ]?codes?\b|\bpass(?:word|code)s?\b|\bsecret (?:code|number)s?\b|\bcodes? (?:secrets?|pin|confidentiels?)\b|\bmots? de passe\b|\b(?:cvv|otp)\b|(?:ال)?(?:رقم|رمز|كود)\s+(?:ال)?سري|كلم[ةه]\s+(?:ال)?(?:سر|مرور)|بن كود/giu;
/** What turns the order of letters around. U+200E stays: it only keeps a service code readable in Arabic. */
const BIDI = /[\u061c\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Joiners are letters of Arabic and Persian writing. */
const CONTROL = /(?![\n\u061c\u200c-\u200f\u202a-\u202e\u2066-\u2069])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]+/gu;
const VARIABLE = /\{\{|\}\}/gu;
const NUMBER = /\+?\p{Nd}(?:[ .\-/]?\p{Nd}){6,}/gu;
const DATE = /^(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2})$/;
const AMOUNT = /^\d{1,3}(?:[ .]\d{3})+$/;

/**
 * Everything that must not stand in a text for a citizen; empty when it may be sent.
 * @param lines the public numbers: those that answer, and the one that does not at present
 */
export function checkAnswer(text: string, { known = [], silent }: PublicLines = {}): AnswerProblem[] {
  const whole = { from: 0, until: text.length };
  const problems: AnswerProblem[] = [];
  if (text.trim() === '') problems.push({ kind: 'empty', ...whole });
  if (segments(text).segments > MAX_PARTS) problems.push({ kind: 'long', ...whole });
  return [
    ...problems,
    ...found('link', LINK, text),
    ...found('pin', PIN, text),
    ...found('number', NUMBER, text).filter(({ from, until }) => isSecret(text.slice(from, until), known)),
    ...hazards(text),
    ...found('variable', VARIABLE, text),
    ...(silent === undefined ? [] : found('silent', lineIn(silent), toLatinDigits(text))),
  ].sort((one, other) => one.from - other.from);
}

/** Characters that show a text otherwise than it is stored; notes of staff are held to this alone. */
export function hazards(text: string): AnswerProblem[] {
  return [...found('bidi', BIDI, text), ...found('control', CONTROL, text)];
}

function found(kind: AnswerProblem['kind'], pattern: RegExp, text: string): AnswerProblem[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    from: match.index,
    until: match.index + match[0].length,
  }));
}

/** What may be written of lines that citizens can call. */
export type PublicLines = { known?: readonly string[]; silent?: string };

/** The number by itself: in a service code it is another thing. */
function lineIn(number: string): RegExp {
  const digits = number.replace(/\D/g, '').split('').join('[ .-]?');
  return new RegExp(`(?<![*\\d])${digits}(?![#\\d])`, 'gu');
}

/** Complaint numbers, dates, amounts and public numbers are none; everything else of seven digits and more is. */
function isSecret(number: string, known: readonly string[]): boolean {
  const latin = toLatinDigits(number);
  const digits = latin.replace(/\D/g, '');
  if (/^\d{8}$/.test(latin) && checkReference(latin) === 'ok') return false;
  if (known.some((one) => one.replace(/\D/g, '') === digits)) return false;
  if (DATE.test(latin)) return false;
  return !AMOUNT.test(latin) || maskSecrets(number).masked;
}

export type AnswerMeasure = Segments & {
  /** Characters that force the expensive alphabet, though the text could do without them. */
  because: string[];
  /** Parts it would take with the nearest plain letters. */
  plainSegments: number;
};

/** How many text messages an answer takes, and which letters make it more than need be. */
export function measureAnswer(text: string): AnswerMeasure {
  const measured = segments(text);
  const plain = segments(toGsm7(text));
  return {
    ...measured,
    because: measured.encoding === 'ucs2' && plain.encoding === 'gsm7' ? offenders(text) : [],
    plainSegments: plain.segments,
  };
}

/** Hides document and card numbers in what a citizen typed, before anything is stored. */
import { toLatinDigits } from './normalize.ts';

/** This many digits are a document, account or card number; complaint numbers, dates and amounts are shorter. */
const SECRET_LENGTH = 10;
const REFERENCE_LENGTH = 8;

/** Digits in any script with what people put between them. Letters, colons and brackets end a run. */
const RUN = /\p{Nd}[\p{Nd}\s\p{Cf}\p{Pd}.,/_]*/gu;

/** One group of digits; `gap` is what stands between it and the next group. */
type Group = { text: string; digits: string; gap: string };

/**
 * The text with every digit of a document or card number as `•`, and whether there was one. Numbers of 10 digits and
 * more are hidden, also when spaces or dashes part them; the usual card groupings also when dots or slashes do. Dates,
 * amounts in thousands and complaint numbers of 8 digits stay.
 */
export function maskSecrets(text: string): { text: string; masked: boolean } {
  let masked = false;
  const safe = text.replace(RUN, (run) => {
    const hidden = maskRun(run);
    if (hidden !== run) masked = true;
    return hidden;
  });
  return { text: safe, masked };
}

function maskRun(run: string): string {
  if (run.length < SECRET_LENGTH) return run;
  const groups: Group[] = [];
  for (const [, text = '', gap = ''] of run.matchAll(/(\p{Nd}+)(\P{Nd}*)/gu))
    groups.push({ text, digits: toLatinDigits(text), gap });
  let result = '';
  for (let at = 0; at < groups.length;) {
    const number = groups.slice(at, at + extent(groups, at));
    const secret = isSecret(number);
    for (const { text, gap } of number) result += (secret ? text.replace(/\p{Nd}/gu, '•') : text) + gap;
    at += number.length;
  }
  return result;
}

/** How many groups, from `at` on, form one number. */
function extent(groups: Group[], at: number): number {
  const alone = standsAlone(groups, at);
  if (alone > 0) return alone;
  let size = Math.max(1, cardAt(groups, at));
  while (joins(groups[at + size - 1]) && at + size < groups.length && standsAlone(groups, at + size) === 0)
    size += 1;
  return size;
}

const joins = (group: Group | undefined): boolean =>
  group !== undefined && /^[\s\p{Cf}\p{Pd}]{1,3}$/u.test(group.gap);

/** Whether the group before this gap ends its number here: at the end of the run, or before a space or a comma. */
const ends = (groups: Group[], at: number): boolean =>
  at < 0 || at >= groups.length - 1 || /[\s,]/.test(groups[at]?.gap ?? '');

/** The groups, from `at` on, of a date or a complaint number with nothing attached to either side; otherwise 0. */
function standsAlone(groups: Group[], at: number): number {
  if (!ends(groups, at - 1)) return 0;
  const [first, second, third] = groups.slice(at, at + 3);
  if (first?.digits.length === REFERENCE_LENGTH && ends(groups, at)) return 1;
  if (!first || !second || !third || first.gap !== second.gap || !/^[-/.]$/.test(first.gap)) return 0;
  if (!ends(groups, at + 2)) return 0;
  const [year, month, day] = first.digits.length === 4 ? [first, second, third] : [third, second, first];
  const isDate = /^(19|20)\d\d$/.test(year.digits) && inRange(month, 12) && inRange(day, 31);
  return isDate ? 3 : 0;
}

const inRange = (group: Group, max: number): boolean =>
  group.digits.length <= 2 && Number(group.digits) >= 1 && Number(group.digits) <= max;

/** Groupings printed on cards: Visa and Mastercard, American Express, Diners Club. */
const CARD_GROUPS = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];

/** The groups, from `at` on, of a card number, whatever parts them; otherwise 0. */
function cardAt(groups: Group[], at: number): number {
  const shape = CARD_GROUPS.find((lengths) =>
    lengths.every((length, i) => {
      const group = groups[at + i];
      return group?.digits.length === length && (i === lengths.length - 1 || group.gap.length <= 3);
    }),
  );
  return shape?.length ?? 0;
}

function isSecret(number: Group[]): boolean {
  const length = number.reduce((sum, { digits }) => sum + Array.from(digits).length, 0);
  return length >= SECRET_LENGTH && !isAmount(number);
}

/** `1 250 000 000`: parted in thousands and round, which document numbers are not. */
function isAmount(number: Group[]): boolean {
  const [first, ...thousands] = number.map(({ digits }) => digits);
  return (
    (first?.length ?? 0) <= 3 &&
    thousands.every((digits) => digits.length === 3) &&
    thousands.at(-1) === '000'
  );
}

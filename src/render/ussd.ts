/** A screen on a handset: pages that each fit the operator's budget. Whole words, whole choices, nothing dropped. */
import { encodingOf, measure } from './measure.ts';
import { numbered, writeLine, type Line, type Page } from './page.ts';

/** Septets of a GSM-7 screen, UTF-16 units of a UCS-2 screen (profile `limits.ussd`). */
export type UssdLimits = { gsm7: number; ucs2: number };

/** The screen's pages, at least one. Every page but the last ends with 9 More; 8 and 0 are on each. */
export function ussdPages(page: Page, language: string, limits: UssdLimits, more: string): string[] {
  const whole = numbered(page, language);
  if (fits(whole, limits)) return [whole];
  const fixed = page.navigation.filter(({ id }) => id !== 'more').map((line) => writeLine(line, language));
  const onward = writeLine({ id: 'more', key: '9', label: more }, language);
  const last = page.navigation.map((line) => writeLine(line, language));
  const between = [onward, ...fixed];
  const pages: string[][] = [];
  let current: string[] = [];
  const flush = () => {
    if (current.length > 0) pages.push(current);
    current = [];
  };
  for (const piece of pieces(page, language, limits, between)) {
    const joined = join(current, piece);
    if (!fits([...joined, ...between].join('\n'), limits)) {
      flush();
      current = [piece.text];
    } else current = joined;
  }
  if (!fits([...current, ...last].join('\n'), limits) && current.length > 1) {
    const kept = current.pop() ?? '';
    flush();
    current = [kept];
  }
  flush();
  return pages.map((lines, index) => [...lines, ...(index === pages.length - 1 ? last : between)].join('\n'));
}

/** A part that stays together. `glue`: it continues the line before it. */
type Piece = { text: string; glue: boolean };

function join(lines: string[], { text, glue }: Piece): string[] {
  const before = lines.at(-1);
  return glue && before !== undefined ? [...lines.slice(0, -1), `${before} ${text}`] : [...lines, text];
}

/** The body word by word, then each choice as a whole (by words only where one alone is wider than a screen). */
function pieces(page: Page, language: string, limits: UssdLimits, between: string[]): Piece[] {
  const words = (line: string): Piece[] =>
    line
      .split(' ')
      .flatMap((word, index) =>
        chop(word, limits, between).map((text, part) => ({ text, glue: index > 0 && part === 0 })),
      );
  const body = page.body === '' ? [] : page.body.split('\n').flatMap(words);
  const choices = page.choices.map((choice: Line) => writeLine(choice, language));
  return [
    ...body,
    ...choices.flatMap((line) =>
      fits([line, ...between].join('\n'), limits) ? [{ text: line, glue: false }] : words(line),
    ),
  ];
}

/** A word wider than a screen (nobody writes one, a registry might) goes on in the next line. */
function chop(word: string, limits: UssdLimits, between: string[]): string[] {
  if (fits([word, ...between].join('\n'), limits)) return [word];
  const parts: string[] = [];
  let part = '';
  for (const letter of word) {
    if (fits([part + letter, ...between].join('\n'), limits)) part += letter;
    else {
      parts.push(part);
      part = letter;
    }
  }
  return [...parts, part];
}

function fits(text: string, limits: UssdLimits): boolean {
  return measure(text).units <= limits[encodingOf(text)];
}

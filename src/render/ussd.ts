/** A screen on a handset: pages that each fit the operator's budget. Whole words, whole choices, nothing dropped. */
import { encodingOf, measure } from './measure.ts';
import { numbered, writeLine, type Line, type Page } from './page.ts';

/** Septets of a GSM-7 screen, UTF-16 units of a UCS-2 screen (profile `limits.ussd`). */
export type UssdLimits = { gsm7: number; ucs2: number };

/** The screen's pages, at least one. Every page but the last ends with 9 More; 0 is on each, and 8 where it cuts no sentence. */
export function ussdPages(page: Page, language: string, limits: UssdLimits, more: string): string[] {
  const whole = numbered(page, language);
  if (fits(whole, limits)) return [whole];
  const fixed = written(
    page.navigation.filter(({ id }) => id !== 'more'),
    language,
  );
  const onward = writeLine({ id: 'more', key: '9', label: more }, language);
  const last = written(page.navigation, language);
  // A sentence is not cut for the sake of a key that is accepted anyway and printed on the last page.
  const withoutCall = [
    onward,
    ...written(
      page.navigation.filter(({ id }) => id === 'zero'),
      language,
    ),
  ];
  const isBodyWhole = (keys: string[]) => fits([page.body, ...keys].join('\n'), limits);
  const between =
    !isBodyWhole([onward, ...fixed]) && isBodyWhole(withoutCall) ? withoutCall : [onward, ...fixed];
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
  if (!fits([...current, ...last].join('\n'), limits)) {
    const kept = current.length > 1 ? current.splice(-1) : [];
    flush();
    pages.push(kept);
  } else flush();
  return pages.map((lines, index) => [...lines, ...(index === pages.length - 1 ? last : between)].join('\n'));
}

function written(lines: Line[], language: string): string[] {
  return lines.map((line) => writeLine(line, language));
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
      // Uzbek writes 1 250 000: a number is not cut where it has room.
      .split(/ (?!(?<=\d )\d{3}(?!\d))/u)
      .flatMap((run) => (fits([run, ...between].join('\n'), limits) ? [run] : run.split(' ')))
      .flatMap((word, index) =>
        chop(word, limits, between).map((text, part) => ({ text, glue: index > 0 && part === 0 })),
      );
  const whole = (line: string): Piece[] =>
    fits([line, ...between].join('\n'), limits) ? [{ text: line, glue: false }] : words(line);
  const body =
    page.body === ''
      ? []
      : page.body.split('\n').flatMap((line, at) => (at < (page.entries ?? 0) ? whole(line) : words(line)));
  const choices = page.choices.map((choice: Line) => writeLine(choice, language));
  return [...body, ...choices.flatMap(whole)];
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

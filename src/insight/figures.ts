/** How a number is told: its value, what it is made of, and nothing where that would be too small to tell. */
import { hidesPart, isSmall, suppress } from './suppress.ts';

/** `value` null: hidden where `hidden`, otherwise nothing to count. `part` of `whole` where it is a share. */
export type Figure = { value: number | null; part?: number; whole?: number; hidden?: true };

/** One line of a breakdown; `share` in the unit of the number, null: hidden, or nothing to share; absent: only counted. */
export type Line = { name: string; count: number | null; share?: number | null };

export type Counted = { name: string; part: number; whole: number };

/** `isGuarded`: small numbers are hidden. */
export function countFigure(count: number, isGuarded: boolean): Figure {
  return isGuarded && isSmall(count) ? { value: null, hidden: true } : { value: count };
}

/** `per`: 100 or 1,000. `isOfPeople`: the whole counts people or cases, so that the part may not tell the rest. */
export function shareFigure(part: number, whole: number, isGuarded: boolean, per = 100): Figure {
  if (whole === 0) return { value: null };
  const hides = per === 100 ? hidesPart({ part, whole }) : isSmall(part);
  return isGuarded && hides ? { value: null, hidden: true } : { value: (part / whole) * per, part, whole };
}

/** Lines of a count, largest first; small ones hidden, with what could tell them. */
export function countLines(counted: readonly { name: string; count: number }[]): Line[] {
  const sorted = [...counted].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const { shown } = suppress(sorted);
  return sorted.map(({ name }, index) => ({ name, count: shown[index] ?? null }));
}

/** Lines of a share. `count`: the whole of each; where the part or the rest of it is small, the share is hidden. */
export function shareLines(counted: readonly Counted[], per = 100): Line[] {
  const sorted = [...counted].sort((a, b) => b.whole - a.whole || (a.name < b.name ? -1 : 1));
  const wholes = suppress(sorted.map(({ whole }) => ({ count: whole }))).shown;
  const parts = suppress(
    sorted.map(({ part, whole }, index) => ({
      count: part,
      hidden: wholes[index] === null || (per === 100 && hidesPart({ part, whole })),
    })),
  ).shown;
  return sorted.map(({ name, whole }, index) => {
    const part = parts[index] ?? null;
    return {
      name,
      count: wholes[index] ?? null,
      share: part === null || whole === 0 ? null : (part / whole) * per,
    };
  });
}

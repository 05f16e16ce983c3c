/** Hides small numbers, and as many more as it takes that none of them can be worked out from the rest. */

/** Fewer people than this could be told apart. */
export const SMALLEST = 5;

/** `hidden`: not to be shown whatever its size. */
export type Cell = { count: number; hidden?: boolean };

export type Suppressed = {
  /** In the order given; null: hidden. */
  shown: (number | null)[];
  /** Null where it would give away what is hidden. */
  total: number | null;
};

export function isSmall(count: number): boolean {
  return count > 0 && count < SMALLEST;
}

/**
 * Cells that add up to a total. One hidden cell alone is the total less the others, so the smallest ones shown are
 * hidden with it, until what is hidden could be made up in more than one way; where that cannot be, the total goes too.
 */
export function suppress(cells: readonly Cell[]): Suppressed {
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  const hidden = new Set(
    cells.flatMap(({ count, hidden: isForced }, index) => (isForced || isSmall(count) ? [index] : [])),
  );
  const shown = () => cells.map(({ count }, index) => (hidden.has(index) ? null : count));
  if (hidden.size === 0) return { shown: shown(), total };
  let isMixed = cells.some(({ hidden: isForced }) => isForced);
  for (;;) {
    const sum = [...hidden].reduce((all, index) => all + (cells[index]?.count ?? 0), 0);
    // As many ones as cells, or all at the upper end, would be the only way to make up the sum.
    const isAmbiguous = sum > hidden.size && (isMixed || sum < (SMALLEST - 1) * hidden.size);
    if (hidden.size > 1 && sum >= SMALLEST && isAmbiguous) return { shown: shown(), total };
    const next = smallestShown(cells, hidden);
    if (next === undefined) return { shown: shown(), total: null };
    hidden.add(next);
    isMixed = true;
  }
}

function smallestShown(cells: readonly Cell[], hidden: ReadonlySet<number>): number | undefined {
  let found: number | undefined;
  for (const [index, { count }] of cells.entries()) {
    if (hidden.has(index) || count === 0) continue;
    if (found === undefined || count < (cells[found]?.count ?? 0)) found = index;
  }
  return found;
}

/** A part of a whole: telling it tells the rest too. */
export function hidesPart({ part, whole }: { part: number; whole: number }): boolean {
  return isSmall(whole) || isSmall(part) || isSmall(whole - part);
}

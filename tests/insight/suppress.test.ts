/** Hidden numbers stay hidden: neither the other lines nor the total tell them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../../src/insight/csv.ts';
import { suppress } from '../../src/insight/suppress.ts';

const plain = (counts: readonly number[]) => suppress(counts.map((count) => ({ count })));

/** Every table of this many cells up to `most`. */
function* tables(cells: number, most: number): Generator<number[]> {
  if (cells === 0) {
    yield [];
    return;
  }
  for (const rest of tables(cells - 1, most))
    for (let count = 0; count <= most; count += 1) yield [...rest, count];
}

describe('small numbers', () => {
  it('are hidden, and with a single one the next smallest', () => {
    expect(plain([20, 3, 9])).toEqual({ shown: [20, null, null], total: 32 });
    expect(plain([20, 4, 3])).toEqual({ shown: [20, null, null], total: 27 });
    expect(plain([20, 9])).toEqual({ shown: [20, 9], total: 29 });
    expect(plain([0, 7])).toEqual({ shown: [0, 7], total: 7 });
  });

  it('take the total with them where nothing else is left to hide', () => {
    expect(plain([3])).toEqual({ shown: [null], total: null });
    expect(plain([1, 1])).toEqual({ shown: [null, null], total: null });
    expect(suppress([{ count: 40, hidden: true }])).toEqual({ shown: [null], total: null });
  });

  it('can be made up in more than one way from what is told', () => {
    for (let cells = 1; cells <= 3; cells += 1)
      for (const counts of tables(cells, 6)) {
        const { shown, total } = plain(counts);
        if (total === null) continue;
        const hidden = shown.filter((value) => value === null).length;
        const rest = total - shown.reduce<number>((sum, value) => sum + (value ?? 0), 0);
        const ways = [...tables(hidden, rest)].filter(
          (way) => way.every((count) => count > 0) && way.reduce((sum, count) => sum + count, 0) === rest,
        );
        for (let cell = 0; cell < hidden; cell += 1)
          if (new Set(ways.map((way) => way[cell])).size < 2) throw new Error(`told: ${String(counts)}`);
      }
  });

  it('never stand alone, and nothing shown is small', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 12 }), (counts) => {
        const { shown, total } = plain(counts);
        for (const value of shown) expect(value === null || value === 0 || value >= 5).toBe(true);
        const hidden = shown.filter((value) => value === null).length;
        if (total === null) return;
        const rest = total - shown.reduce<number>((sum, value) => sum + (value ?? 0), 0);
        expect(hidden === 0 || (hidden > 1 && rest >= 5 && rest > hidden)).toBe(true);
      }),
    );
  });
});

describe('a line of CSV', () => {
  it('is quoted as RFC 4180 says, and no text of it is a formula', () => {
    expect(csvLine(['a,b', 'say "x"', 'two\nlines', null, 3, -3, true])).toBe(
      '"a,b","say ""x""","two\nlines",,3,-3,true\r\n',
    );
    expect(csvLine(['=1+1', '+961', '-x', '@SUM', '\tx'])).toBe("'=1+1,'+961,'-x,'@SUM,'\tx\r\n");
  });

  it('never begins a field with what a spreadsheet runs', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const line = csvLine([text]);
        expect(/^"?[=+\-@\t\r\n]/.test(line.slice(0, -2))).toBe(false);
      }),
    );
  });
});

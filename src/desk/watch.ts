/** Finds new rows by their growing id, also those whose transaction took longer than that of a later one. */

/** How long a number may be missing before its transaction must have been rolled back; statements end after 30 s. */
const LATE_MS = 60_000;
/** Numbers looked back at when the watch begins, and the most that may be missing at once. */
export const LOOK_BACK = 500;

export type IdWatch = {
  /** The highest id seen. */
  readonly after: number;
  /** Lower ids that nobody has seen yet: their transactions may still be under way. */
  readonly missing: readonly number[];
  /** Begins: the newest `LOOK_BACK` ids are known, all of them when there are fewer. */
  begin(known: readonly number[], at: Date): void;
  /** Of the rows found by `id > after or id = any(missing)`, those not seen before; each is returned once. */
  news<R extends { id: number }>(rows: readonly R[], at: Date): R[];
};

export function idWatch(): IdWatch {
  let after = 0;
  /** Since when each is missed, in milliseconds. */
  const missing = new Map<number, number>();

  /** Everything between the last id and this one is missing until it is seen. */
  const rise = (id: number, at: number): void => {
    for (let gap = Math.max(after + 1, id - LOOK_BACK); gap < id; gap++) missing.set(gap, at);
    after = id;
  };
  const forget = (at: number): void => {
    for (const [id, since] of missing)
      if (since < at - LATE_MS || missing.size > LOOK_BACK) missing.delete(id);
  };

  return {
    get after() {
      return after;
    },
    get missing() {
      return [...missing.keys()];
    },
    begin(known, at) {
      const last = Math.max(0, ...known);
      after = Math.max(0, last - LOOK_BACK);
      for (const id of [...known].sort((a, b) => a - b)) if (id > after) rise(id, at.getTime());
    },
    news(rows, at) {
      const fresh = rows.filter(({ id }) => id > after || missing.has(id)).sort((a, b) => a.id - b.id);
      for (const { id } of fresh) {
        missing.delete(id);
        if (id > after) rise(id, at.getTime());
      }
      forget(at.getTime());
      return fresh;
    },
  };
}

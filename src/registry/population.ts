/** A synthetic registry population: the same seed gives the same families, in which every case of the dialogs occurs. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { DayOf } from './demo-households.ts';
import { demoHouseholds } from './demo-households.ts';
import type { HouseholdInput } from './import/record.ts';
import type { Draw, FamilyPhone } from './population-family.ts';
import { makeFamily } from './population-family.ts';

export type PopulationOptions = {
  households: number;
  /** Another seed gives other families under the same household ids. 1. */
  seed?: number;
  /** ISO date that all dates lie around. */
  today: string;
  /** First and last number to hand out, without `+`. 96170001000 to 96170099999, enough for 60,000 households. */
  phones?: { first: number; last: number };
  /** Begin with the people of demo-people.ts. True. */
  demo?: boolean;
  /** ISO 4217. USD. */
  currency?: string;
};

const PHONES = { first: 96_170_001_000, last: 96_170_099_999 };
/**
 * The households of an invented registry, in the import format, one at a time. Throws RangeError when the range of
 * phone numbers is used up.
 */
export function* generateHouseholds(options: PopulationOptions): Generator<HouseholdInput> {
  const day = daysAround(options.today);
  const currency = options.currency ?? 'USD';
  const demo = options.demo === false ? [] : demoHouseholds(day, currency).slice(0, options.households);
  yield* demo;
  const nextPhone = phoneNumbers(options.phones ?? PHONES);
  let neighbour: FamilyPhone | undefined;
  for (let n = 1; n <= options.households - demo.length; n++) {
    // A generator of its own for each family: a longer population begins with the shorter one.
    const draw = random((options.seed ?? 1) * 1_000_003 + n);
    const family = makeFamily({ n, draw, day, currency, nextPhone, neighbour });
    neighbour = family.members[0]?.phones?.[0] ?? neighbour;
    yield family;
  }
}

/** Writes a population as NDJSON, waiting for the stream when it is full. Leaves it open. Returns the lines written. */
export async function writePopulation(stream: Writable, options: PopulationOptions): Promise<number> {
  let lines = 0;
  let text = '';
  for (const household of generateHouseholds(options)) {
    text += `${JSON.stringify(household)}\n`;
    lines += 1;
    if (text.length > 256 * 1024) {
      if (!stream.write(text)) await once(stream, 'drain');
      text = '';
    }
  }
  if (text !== '' && !stream.write(text)) await once(stream, 'drain');
  return lines;
}

function daysAround(today: string): DayOf {
  const start = Date.parse(`${today}T00:00:00Z`);
  if (Number.isNaN(start)) throw new RangeError('today must be an ISO date');
  return (days) => new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}

function phoneNumbers(range: { first: number; last: number }): () => string {
  let number = range.first;
  return () => {
    if (number > range.last) throw new RangeError('the range of phone numbers is used up: give a larger one');
    return `+${number++}`;
  };
}

/** Mulberry32: small, fast, the same on every machine. Not for secrets. */
function random(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  // Neighbouring seeds start alike.
  for (let warmUp = 0; warmUp < 3; warmUp++) next();
  return {
    chance: (share) => next() < share,
    whole: (from, until) => from + Math.floor(next() * (until - from + 1)),
    one: (list) => {
      const item = list[Math.floor(next() * list.length)];
      if (item === undefined) throw new RangeError('nothing to draw from');
      return item;
    },
  };
}

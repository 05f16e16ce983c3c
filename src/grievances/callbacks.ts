/** "Call me": a date that agents can keep, because no more calls are promised than they can make. */
import { DateTime } from 'luxon';
import type { Slots } from '../conversation/dialog.ts';
import type { Port, TurnContext, Tx } from '../conversation/ports.ts';
import {
  addWorkingDays,
  hoursOn,
  isOpen,
  isWorkingDay,
  localDate,
  nextWorkingDay,
  type Calendar,
} from '../profiles/calendar.ts';
import { askedBy, startOfHour, type GrievanceDeps } from './cases.ts';
import { createTask, promisedBefore, type CallSlot } from './tasks.ts';

const SLOTS: readonly CallSlot[] = ['soon', 'morning', 'afternoon'];
const NOON = '12:00';

/** Nine of ten calls are made within four working hours (systems.md §3): sooner is hoped for, not promised. */
const SOON_HOURS = 4;

/** Any number: whoever promises a call in a slot waits for who is promising one, so that none is promised twice. */
const SLOT_LOCK = 7_432;

export function callTimes({ profile: { calendar } }: GrievanceDeps): Port<'callTimes'> {
  return (_slots, { now }) => {
    const today = localDate(now, calendar.tz);
    const day = isWorkingDay(today, calendar) ? today : nextWorkingDay(now, calendar);
    const [h1, h2] = hoursOn(day, calendar);
    return Promise.resolve({ outcome: isOpen(now, calendar) ? 'open' : 'closed', h1, h2 });
  };
}

/** Full slots are not refused: the call is promised for the first free day, and the screen says so. */
export function requestCall(deps: GrievanceDeps): Port<'requestCall'> {
  return async (slots, turn) => {
    const { d, isFirst } = await bookCall(await turn.tx(), deps, turn, {
      slot: SLOTS.find((slot) => slot === slots['when']) ?? 'soon',
      contact: turn.contact,
      phone: slots['phone'] ?? turn.phone,
      household: slots['phone'] === undefined ? (turn.identity?.household ?? null) : null,
      reference: null,
      by: askedBy(slots, turn),
    });
    return { outcome: isFirst ? 'done' : 'full', d };
  };
}

/**
 * The call she asks for while complaining, and the ISO date it is promised for. A complaint without a name stays without one: the call then names neither
 * the complaint nor her address, only the phone to ring.
 */
export async function bookCallAbout(
  tx: Tx,
  deps: GrievanceDeps,
  turn: TurnContext,
  { reference, anonymous, by: slots }: { reference: string; anonymous: boolean; by: Slots },
): Promise<string> {
  const by = askedBy(slots, turn);
  const { d } = await bookCall(tx, deps, turn, {
    slot: 'soon',
    contact: anonymous ? null : turn.contact,
    phone: turn.phone,
    household: anonymous || by === 'helper' ? null : (turn.identity?.household ?? null),
    reference: anonymous ? null : reference,
    by: anonymous ? undefined : by,
    // The very instant of the complaint would name it as surely as its number.
    ...(anonymous ? { at: startOfHour(turn.now) } : {}),
  });
  return d;
}

type Call = {
  slot: CallSlot;
  contact: string | null;
  phone: string | null;
  household: string | null;
  reference: string | null;
  /** Who speaks for her: `proxy`, `helper`. */
  by: string | undefined;
  /** When it was asked for, where that is not the turn's own time. */
  at?: Date;
};

async function bookCall(
  tx: Tx,
  { profile, keys }: GrievanceDeps,
  turn: TurnContext,
  { by, ...call }: Call,
): Promise<{ d: string; isFirst: boolean }> {
  const { per_slot_capacity: capacity, days_ahead: days } = profile.callback;
  const dates = callDates(call.slot, turn.now, profile.calendar, days);
  await tx.query('select pg_advisory_xact_lock($1, $2)', [SLOT_LOCK, SLOTS.indexOf(call.slot)]);
  const d =
    (await promisedBefore(tx, keys, 'callback', turn.key)) ??
    (await createTask(tx, keys, {
      kind: 'callback',
      key: turn.key,
      at: turn.now,
      ...(by === undefined ? {} : { about: by }),
      ...call,
      language: turn.language,
      promisedOn: await firstFree(tx, dates, call.slot, capacity),
    }));
  return { d, isFirst: d === dates[0] };
}

/** The first date with room; when there is none, the last takes the overflow, since she must be called all the same. */
async function firstFree(tx: Tx, dates: string[], slot: CallSlot, capacity: number): Promise<string> {
  const { rows } = await tx.query<{ promised_on: string; calls: number }>(
    `select promised_on, count(*) as calls from task
     where kind = 'callback' and slot = $1 and promised_on = any($2::date[])
     group by promised_on`,
    [slot, dates],
  );
  const calls = new Map(rows.map((row) => [row.promised_on, row.calls]));
  const free = dates.find((date) => (calls.get(date) ?? 0) < capacity) ?? dates.at(-1);
  if (free === undefined) throw new Error('there is no day to call on');
  return free;
}

/** Days of the calendar looked through for a day that has the slot at all (short days have no afternoon). */
const MAX_LOOK_AHEAD = 90;

/** The dates on which the slot can still be kept, soonest first. */
export function callDates(slot: CallSlot, now: Date, calendar: Calendar, count: number): string[] {
  const dates: string[] = [];
  let date = addWorkingDays(now, 0, calendar);
  for (let look = 0; dates.length < count && look < MAX_LOOK_AHEAD; look++) {
    if (isPossible(slot, date, now, calendar)) dates.push(date);
    date = nextWorkingDay(DateTime.fromISO(date, { zone: calendar.tz }), calendar);
  }
  return dates.length > 0 ? dates : [date];
}

/** Mornings and afternoons are promised before they begin. */
function isPossible(slot: CallSlot, date: string, now: Date, calendar: Calendar): boolean {
  const [opens, closes] = hoursOn(date, calendar);
  if (slot === 'morning' && opens >= NOON) return false;
  if (slot === 'afternoon' && closes <= NOON) return false;
  if (date !== localDate(now, calendar.tz)) return true;
  const time = DateTime.fromJSDate(now, { zone: calendar.tz }).toFormat('HH:mm');
  if (slot === 'morning') return time < opens;
  if (slot === 'afternoon') return time < (opens > NOON ? opens : NOON);
  const from = time > opens ? time : opens;
  return minutes(from) + SOON_HOURS * 60 <= minutes(closes);
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

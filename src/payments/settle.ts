/** Works out what is true of a payment from all that was said of it, writes it, and has it told where it changed. */
import { DateTime } from 'luxon';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Tx } from '../store/database.ts';
import { reasonFamily } from './reasons.ts';
import { openEvent } from './sealed-event.ts';
import { truthOf, type Base, type Step, type Truth } from './states.ts';
import { tellPayment, type TellDeps } from './tell.ts';

/** A payment as it stands, locked. */
export type Known = {
  household: string;
  person: string | null;
  programme: string;
  period: string | null;
  amount: string | null;
  currency: string | null;
  status: string;
  from_date: string | null;
  until_date: string | null;
  place: string | null;
  provider: string | null;
  status_date: string | null;
  version: number;
  base: Base | null;
  receipt_ask_at: Date | null;
  receipt_asks: number;
};

export async function lockPayment(tx: Tx, reference: string): Promise<Known | undefined> {
  const { rows } = await tx.query<Known>({
    name: 'payment-lock',
    text: `select household, person, programme, period, amount, currency, status, from_date, until_date, place,
             provider, status_date, version, base, receipt_ask_at, receipt_asks
           from payment where reference = $1 for update`,
    values: [reference],
  });
  return rows[0];
}

export type Settling = {
  reference: string;
  household: string;
  /** Where no event names one. */
  programme: string;
  /** As `lockPayment` found it. */
  known: Known | undefined;
};

/** Call it with the payment locked, after an event of it was stored. */
export async function settle(
  tx: Tx,
  deps: TellDeps,
  { reference, household, programme, known }: Settling,
): Promise<void> {
  const base = known ? (known.version === 0 ? baseOf(known, deps.profile.calendar.tz) : known.base) : null;
  const truth = truthOf(base, await judged(tx, deps, reference, base));
  await write(tx, deps, { reference, household, programme, known }, base, truth);
  if (known && known.receipt_asks > 0 && !isPaid(truth)) await withdrawQuestion(tx, reference, deps.now);
  await tellPayment(tx, deps, { reference, household, truth });
}

/** The events of the payment; what each one is in the light of the others is written down. */
async function judged(
  tx: Tx,
  { keys, profile }: TellDeps,
  reference: string,
  base: Base | null,
): Promise<Step[]> {
  const { rows } = await tx.query<{ id: number; sealed: Buffer; person: string | null; outcome: string }>({
    name: 'payment-events',
    text: `select id, sealed, person, outcome from payment_event where payment_ref = $1 and outcome <> 'parked'`,
    values: [reference],
  });
  const steps = rows.map(({ id, sealed, person }): Step => {
    const event = openEvent(keys, sealed);
    const { source, eventId, occurredAt, status, supersedes } = event;
    const { programme, period, amount, currency, from, until, provider } = event;
    const place = placeName(profile, event.place);
    const reason = reasonFamily(event.reasonCode);
    const details = { programme, period, amount, currency, from, until, place, provider, reason, person };
    return { id, source, eventId, occurredAt, status, supersedes, details };
  });
  const { outcomes } = truthOf(base, steps);
  const changed = rows.filter(({ id, outcome }) => outcomes.get(id) !== outcome);
  if (changed.length > 0) {
    await tx.query(
      `update payment_event e set outcome = o.outcome
       from unnest($1::bigint[], $2::text[]) as o (id, outcome)
       where e.id = o.id`,
      [changed.map(({ id }) => id), changed.map(({ id }) => outcomes.get(id))],
    );
  }
  return steps;
}

/** The office of an area where the code is one; else the place as it was written. */
function placeName({ offices, languages }: Profile, code: string | null): string | null {
  const office = offices.find(({ area }) => area === code);
  return office?.name[languages.default] ?? code;
}

async function write(
  tx: Tx,
  { profile, now }: TellDeps,
  { reference, household, programme, known }: Settling,
  base: Base | null,
  truth: Truth,
): Promise<void> {
  const { details, last, since } = truth;
  const { tz } = profile.calendar;
  await tx.query({
    name: 'payment-settle',
    text: `insert into payment as p
             (reference, household, person, programme, period, amount, currency, status, from_date, until_date,
              place, provider, status_date, last_event, base, reason, receipt_ask_at, receipt_asks, version, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19)
           on conflict (reference) do update set
             person = excluded.person, programme = excluded.programme, period = excluded.period,
             amount = excluded.amount, currency = excluded.currency, status = excluded.status,
             from_date = excluded.from_date, until_date = excluded.until_date, place = excluded.place,
             provider = excluded.provider, status_date = excluded.status_date, last_event = excluded.last_event,
             base = excluded.base, reason = excluded.reason, receipt_ask_at = excluded.receipt_ask_at,
             receipt_asks = excluded.receipt_asks, version = p.version + 1, updated_at = excluded.updated_at`,
    values: [
      reference,
      household,
      details.person,
      details.programme ?? programme,
      details.period,
      details.amount,
      details.currency,
      truth.word,
      details.from,
      details.until,
      details.place,
      details.provider,
      last && since ? localDate(since, tz) : (base?.statusDate ?? null),
      last?.id ?? null,
      base === null ? null : JSON.stringify(base),
      details.reason,
      askAt(truth, known, now),
      isPaid(truth) ? (known?.receipt_asks ?? 0) : 0,
      now,
    ],
  });
}

/** A day of the registry's is one of the country's. */
function baseOf(known: Known, tz: string): Base {
  const { programme, period, amount, currency, place, provider, person, status_date: statusDate } = known;
  return {
    status: known.status,
    statusDate,
    at: statusDate === null ? null : DateTime.fromISO(statusDate, { zone: tz }).toUTC().toISO(),
    details: {
      programme,
      period,
      amount,
      currency,
      from: known.from_date,
      until: known.until_date,
      place,
      provider,
      reason: null,
      person,
    },
  };
}

const DAY_MS = 86_400_000;

/** Payments of long ago are not asked about. */
const ASK_DAYS = 30;

function isPaid({ status }: Truth): boolean {
  return status === 'paid' || status === 'collected';
}

/** A day after it was paid, or after we heard of it (dialogs.md D4); once it was asked, the chore says when again. */
function askAt(truth: Truth, known: Known | undefined, now: Date): Date | null {
  const { since, last } = truth;
  if (!isPaid(truth) || since === null || last === null) return null;
  if (known && (known.receipt_asks > 0 || known.receipt_ask_at !== null)) return known.receipt_ask_at;
  if (now.getTime() - since.getTime() > ASK_DAYS * DAY_MS) return null;
  return new Date(Math.max(since.getTime(), now.getTime()) + DAY_MS);
}

/** "Did you get it?" is no question any more: it did not arrive. */
async function withdrawQuestion(tx: Tx, reference: string, now: Date): Promise<void> {
  await tx.query(`delete from question where kind = 'pay.confirm' and reference = $1`, [reference]);
  await tx.query(
    `update outbound set state = 'cancelled', error = 'replaced', settled_at = $2
     where key = any($1) and state = 'queued'`,
    [[receiptKey(reference, 1), receiptKey(reference, 2)], now],
  );
}

/** The key of the question whether it arrived: first and reminder. */
export function receiptKey(reference: string, asks: number): string {
  return `pay:${reference}:confirm:${asks}`;
}

/** The life of a payment: the one table of what may follow what, whatever order the news of it arrives in. */
import { PAYMENT_STATUSES, type PaymentStatus } from '../registry/registry.ts';

/**
 * What may follow what, in the order in which it happened (registry-and-grievance.md §3.2). A step back is no news: a
 * late `sent` after `paid` is left out. What was paid can come back days later, and what failed can be tried again. Each
 * status may follow itself: its dates or amount have changed.
 */
export const PAYMENT_TRANSITIONS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  scheduled: [
    'scheduled',
    'sent',
    'ready',
    'late',
    'on_hold',
    'paid',
    'collected',
    'failed',
    'returned',
    'cancelled',
  ],
  sent: ['sent', 'ready', 'late', 'on_hold', 'paid', 'collected', 'failed', 'returned', 'cancelled'],
  ready: ['ready', 'late', 'on_hold', 'paid', 'collected', 'failed', 'returned', 'cancelled'],
  late: [
    'late',
    'scheduled',
    'sent',
    'ready',
    'on_hold',
    'paid',
    'collected',
    'failed',
    'returned',
    'cancelled',
  ],
  on_hold: [
    'on_hold',
    'scheduled',
    'sent',
    'ready',
    'late',
    'paid',
    'collected',
    'failed',
    'returned',
    'cancelled',
  ],
  paid: ['paid', 'collected', 'failed', 'returned'],
  collected: ['collected', 'returned'],
  failed: [
    'failed',
    'scheduled',
    'sent',
    'ready',
    'late',
    'on_hold',
    'paid',
    'collected',
    'returned',
    'cancelled',
  ],
  returned: ['returned', 'scheduled', 'sent', 'ready', 'late', 'on_hold', 'paid', 'cancelled'],
  cancelled: ['cancelled'],
};

/** `unknown`: the registry used a word of its own, so nothing can be ruled out. */
export function mayFollow(from: PaymentStatus | 'unknown', to: PaymentStatus): boolean {
  return from === 'unknown' || PAYMENT_TRANSITIONS[from].includes(to);
}

/** `paid>returned` and so on: the table for SQL. */
export const ALLOWED_STEPS: readonly string[] = PAYMENT_STATUSES.flatMap((from) =>
  PAYMENT_TRANSITIONS[from].map((to) => `${from}>${to}`),
);

/** Of two events of the same moment, the one further along came later. */
const RANK: readonly PaymentStatus[] = [
  'scheduled',
  'on_hold',
  'late',
  'sent',
  'ready',
  'paid',
  'collected',
  'failed',
  'returned',
  'cancelled',
];

/** The canonical status for a registry's word. */
export function statusOf(word: string): PaymentStatus | 'unknown' {
  const plain = word.trim().toLowerCase();
  return PAYMENT_STATUSES.find((status) => status === plain) ?? 'unknown';
}

/** What an event may change beside the status; null: it does not say. Amounts are decimal strings, dates ISO. */
export type Details = {
  programme: string | null;
  period: string | null;
  amount: string | null;
  currency: string | null;
  from: string | null;
  until: string | null;
  place: string | null;
  provider: string | null;
  reason: string | null;
  /** Key of the person who is paid, where not the head. */
  person: string | null;
};

export type Step = {
  id: number;
  source: string;
  eventId: string;
  occurredAt: Date;
  status: PaymentStatus;
  supersedes: string | null;
  details: Details;
};

/** What the registry said. `at`: since when; null: before all events. */
export type Base = { status: string; statusDate: string | null; at: string | null; details: Details };

export type Outcome = 'applied' | 'ignored' | 'superseded';

/** The truth. `since`: when the status was reached; `last`: the event that said so last; both null for the registry. */
export type Truth = {
  status: PaymentStatus | 'unknown';
  word: string;
  since: Date | null;
  last: Step | null;
  details: Details;
  outcomes: ReadonlyMap<number, Outcome>;
};

const WITH_REASON: ReadonlySet<string> = new Set(['failed', 'returned', 'on_hold', 'cancelled']);

/**
 * What is true of a payment by all that was said of it: the same whatever the order of arrival. Events are taken in the
 * order in which they happened; what is superseded, or a step that the table does not have, changes nothing.
 */
export function truthOf(base: Base | null, steps: readonly Step[]): Truth {
  const replaced = supersededBy(steps);
  const outcomes = new Map<number, Outcome>();
  let truth: Omit<Truth, 'outcomes'> | undefined;
  for (const one of inOrder(base, steps)) {
    if (one === 'base') {
      truth = base ? withBase(truth, base) : truth;
      continue;
    }
    if (replaced.has(one)) outcomes.set(one.id, 'superseded');
    else if (truth && !mayFollow(truth.status, one.status)) outcomes.set(one.id, 'ignored');
    else {
      outcomes.set(one.id, 'applied');
      truth = withStep(truth, one);
    }
  }
  if (!truth) throw new Error('nothing is known of this payment');
  return { ...truth, outcomes };
}

function inOrder(base: Base | null, steps: readonly Step[]): (Step | 'base')[] {
  const sorted: (Step | 'base')[] = steps.toSorted(compare);
  if (base === null) return sorted;
  const at = base.at === null ? -Infinity : Date.parse(base.at);
  const place = sorted.findIndex((one) => one !== 'base' && one.occurredAt.getTime() > at);
  sorted.splice(place < 0 ? sorted.length : place, 0, 'base');
  return sorted;
}

function compare(one: Step, other: Step): number {
  return (
    one.occurredAt.getTime() - other.occurredAt.getTime() ||
    RANK.indexOf(one.status) - RANK.indexOf(other.status) ||
    (one.source < other.source ? -1 : one.source > other.source ? 1 : 0) ||
    (one.eventId < other.eventId ? -1 : 1)
  );
}

/** Only the source itself takes its word back. Events that take back each other say nothing of which is right. */
function supersededBy(steps: readonly Step[]): Set<Step> {
  const named = (by: Step) =>
    steps.find(({ source, eventId }) => source === by.source && eventId === by.supersedes);
  const replaced = new Set<Step>();
  for (const step of steps) {
    const before = named(step);
    if (before && before !== step && named(before) !== step) replaced.add(before);
  }
  return replaced.size < steps.length ? replaced : new Set();
}

function withBase(truth: Omit<Truth, 'outcomes'> | undefined, base: Base): Omit<Truth, 'outcomes'> {
  const status = statusOf(base.status);
  if (truth && status !== 'unknown' && !mayFollow(truth.status, status)) return truth;
  const { statusDate } = base;
  return {
    status,
    word: base.status,
    since: statusDate === null ? null : new Date(`${statusDate}T00:00:00Z`),
    last: null,
    details: truth ? merged(truth.details, base.details) : base.details,
  };
}

function withStep(truth: Omit<Truth, 'outcomes'> | undefined, step: Step): Omit<Truth, 'outcomes'> {
  const { status, occurredAt, details } = step;
  const isSame = truth?.status === status;
  return {
    status,
    word: status,
    since: isSame ? truth.since : occurredAt,
    last: step,
    details: {
      ...(truth ? merged(truth.details, details) : details),
      reason: WITH_REASON.has(status) ? (details.reason ?? (isSame ? truth.details.reason : null)) : null,
    },
  };
}

/** What is not said stays; but a new day to begin ends an end that lies before it. */
function merged(before: Details, said: Details): Details {
  const from = said.from ?? before.from;
  const until = said.until ?? before.until;
  return {
    programme: said.programme ?? before.programme,
    period: said.period ?? before.period,
    amount: said.amount ?? before.amount,
    currency: said.currency ?? before.currency,
    from,
    until: from !== null && until !== null && until < from ? said.until : until,
    place: said.place ?? before.place,
    provider: said.provider ?? before.provider,
    reason: said.reason ?? before.reason,
    person: said.person ?? before.person,
  };
}

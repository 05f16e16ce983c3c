/** What a clock of a case does when it has run down, in the transaction that also winds the next one. */
import type { Tx } from '../conversation/ports.ts';
import type { Notifier } from '../notifications/notify.ts';
import { localDate, nextWorkingDay } from '../profiles/calendar.ts';
import type { Category } from '../profiles/categories.ts';
import type { Profile } from '../profiles/profile.ts';
import { promisedBy, type Case } from './cases.ts';
import { recordEvent } from './events.ts';
import { transition } from './lifecycle.ts';
import { putQuestion } from './questions.ts';
import { reachOf, type Reach, type ReachDeps } from './reach.ts';
import { createTask } from './tasks.ts';
import { closesAt, type Clock } from './term.ts';

export type EffectDeps = ReachDeps & { notifier: Notifier; now: Date };

/** A case whose clock has run down. */
export type Ticking = Pick<
  Case,
  'reference' | 'category' | 'sensitivity' | 'status' | 'contact' | 'due_on' | 'level'
> & {
  language: string | null;
  /** Null: to be wound. */
  clock: Clock | null;
  clock_from: Date;
  /** Since when it has its status. */
  since: Date;
};

/** Above it nobody is left to take a case to: the supervisor gets a task instead. */
const HIGHEST_LEVEL = 3;

/** A question that waits for the registry looks again so often, and is given up so long before the case closes. */
const LOOK_AGAIN_MS = 3_600_000;
const TOO_LATE_TO_ASK_MS = 7 * 86_400_000;

/** `later`: nothing happened, and the clock stands at another time now. */
export type Effect = 'fired' | 'later';

export async function fire(tx: Tx, deps: EffectDeps, ticking: Ticking, clock: Clock): Promise<Effect> {
  switch (clock) {
    case 'triage':
    case 'warn':
      return record(tx, ticking, clock, deps.now);
    case 'due':
      return overdue(tx, deps, ticking);
    case 'ask':
      return ticking.status === 'awaiting_citizen' ? remind(tx, deps, ticking) : askHer(tx, deps, ticking);
    case 'close': {
      const reason = ticking.status === 'resolved' ? 'silent' : 'no_reply';
      await transition(tx, ticking.reference, 'closed', { actor: 'system', reason, at: deps.now });
      return 'fired';
    }
  }
}

/** The category of a case; what the profile no longer knows is treated as what nobody has sorted yet. */
export function categoryOfCase(profile: Profile, { category: code }: Pick<Case, 'category'>): Category {
  const category = profile.categories[code] ?? profile.categories['OTH'];
  if (!category) throw new Error('the profile has no category OTH');
  return category;
}

/** Supervisors read it on their board. `unasked`: she could not be asked. */
async function record(tx: Tx, { reference }: Ticking, reason: Clock | 'unasked', at: Date): Promise<'fired'> {
  await recordEvent(tx, { reference, at, actor: 'system', kind: 'clock', reason });
  return 'fired';
}

/**
 * One level up with a full new term, and she is told the new date. The term ends with the office day, hours before the
 * night, so that the notice leaves the same day; only after an outage it waits for the morning. On the highest level the
 * supervisor gets a task, once.
 */
async function overdue(tx: Tx, deps: EffectDeps, ticking: Ticking): Promise<Effect> {
  const { profile, keys, now } = deps;
  const { reference, level, language, due_on } = ticking;
  if (level >= HIGHEST_LEVEL) {
    await createTask(tx, keys, {
      kind: 'duty',
      key: `overdue:${reference}:${due_on}`,
      about: 'overdue',
      unit: 'supervisor',
      contact: null,
      phone: null,
      reference,
      language: language ?? profile.languages.default,
      promisedOn: nextWorkingDay(now, profile.calendar),
      at: now,
    });
    return record(tx, ticking, 'due', now);
  }
  const category = categoryOfCase(profile, ticking);
  const dueOn = promisedBy(category, now, profile.calendar);
  const change = { actor: 'system', reason: 'sla', at: now, dueOn, level: level + 1 };
  await transition(tx, reference, 'escalated', change);
  await write(deps, tx, await reachOf(tx, deps, ticking), ticking, {
    text: 'sms.grv.late',
    values: { ref: reference, d: dueOn },
    key: `grv.late:${reference}:${level + 1}`,
  });
  return 'fired';
}

/** We wait for her reply, and after this reminder not for ever. */
async function remind(tx: Tx, deps: EffectDeps, ticking: Ticking): Promise<Effect> {
  const { tz } = deps.profile.calendar;
  const { reference, since } = ticking;
  const isWritten = await write(deps, tx, await reachOf(tx, deps, ticking), ticking, {
    text: 'sms.grv.wait',
    values: { ref: reference, d: localDate(closesAt('awaiting_citizen', since, tz), tz) },
    key: `grv.wait:${reference}:${since.getTime()}`,
  });
  return record(tx, ticking, isWritten ? 'ask' : 'unasked', deps.now);
}

/** "Was it solved? Reply 1, 2, 3": only where the reply can come back, and where nobody else reads the question. */
async function askHer(tx: Tx, deps: EffectDeps, ticking: Ticking): Promise<Effect> {
  const { profile, now, notifier } = deps;
  const { reference, since } = ticking;
  const reach = await reachOf(tx, deps, ticking);
  const closes = closesAt('resolved', since, profile.calendar.tz);
  if (reach.kind === 'unsure' && now.getTime() < closes.getTime() - TOO_LATE_TO_ASK_MS) {
    const again = new Date(now.getTime() + LOOK_AGAIN_MS);
    await tx.query('update grievance set clock_at = $2 where reference = $1', [reference, again]);
    return 'later';
  }
  const isHeard = reach.kind === 'full' && (reach.recipient.phone === null || hasTwoWaySms(profile));
  if (!isHeard) return record(tx, ticking, 'unasked', now);
  await notifier(tx, reach.recipient, {
    text: 'sms.grv.ask',
    kind: 'notice',
    values: { ref: reference },
    key: `grv.ask:${reference}:${since.getTime()}`,
  });
  await putQuestion(tx, {
    contact: reach.recipient.contact,
    kind: 'grv.ask',
    reference,
    at: now,
    until: closes,
  });
  return record(tx, ticking, 'ask', now);
}

/** Without a number to write to, a reply by SMS would be lost. */
export function hasTwoWaySms({ channels }: Profile): boolean {
  return channels.sms.two_way !== null;
}

type Words = {
  text: 'sms.grv.late' | 'sms.grv.wait';
  values: Readonly<Record<string, unknown>>;
  key: string;
};

/** Writes all of it, or only that there is a message; false when nothing may be written. */
async function write(
  { notifier }: EffectDeps,
  tx: Tx,
  reach: Reach,
  { sensitivity }: Ticking,
  { text, values, key }: Words,
): Promise<boolean> {
  if (reach.kind === 'none' || (reach.kind === 'unsure' && sensitivity !== 'open')) return false;
  const words = reach.kind === 'full' ? { text, values } : ({ text: 'sms.pay.discreet' } as const);
  await notifier(tx, reach.recipient, { ...words, kind: 'notice', key });
  return true;
}

/** The ordinary deeds on a case: taking it up, asking the citizen, passing it on, and writing it down. */
import { DateTime } from 'luxon';
import { publicLines } from '../notifications/hotline.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Tx } from '../store/database.ts';
import { checkAnswer, hazards, type AnswerProblem } from './answer-check.ts';
import { BadDeed, dueAgain, onCase, type Deed, type WorkDeps } from './deeds.ts';
import { recordEvent } from './events.ts';
import { transition } from './lifecycle.ts';
import { audienceOf, tellOutcome } from './outcome.ts';
import { closesAt } from './term.ts';

export const ESCALATION_REASONS = [
  'needs_decision',
  'complex',
  'overdue',
  'citizen_asks',
  'conflict',
  'other',
] as const;
export const REOPENING_REASONS = ['not_solved', 'new_facts', 'decided_in_error'] as const;
export const WITHDRAWAL_REASONS = [
  'asked_by_phone',
  'asked_in_writing',
  'asked_in_person',
  'solved_itself',
] as const;

/** Notes longer than this are files. */
export const MAX_NOTE = 4_000;

/** The first look: she can read that an officer has it. */
export function acknowledge(deps: WorkDeps, deed: Deed): Promise<void> {
  return onCase(deps, deed, { need: 'work', action: 'case_acknowledged' }, async (tx) => {
    await transition(tx, deed.reference, 'acknowledged', change(deed, 'acknowledged'));
  });
}

/** Work on it begins; who begins owns it where nobody did. */
export function startReview(deps: WorkDeps, deed: Deed): Promise<void> {
  return onCase(deps, deed, { need: 'work', action: 'case_in_review' }, async (tx) => {
    await transition(tx, deed.reference, 'in_review', change(deed, 'review_started'));
    await tx.query('update grievance set owner = coalesce(owner, $2) where reference = $1', [
      deed.reference,
      deed.by.key,
    ]);
  });
}

/** Staff writes for staff. Two notes at once are no conflict, so the version may be left out. */
export function addNote(
  deps: WorkDeps,
  deed: Omit<Deed, 'version'> & { version?: number; text: string },
): Promise<void> {
  const text = mustBeNote(deed.text);
  return onCase(deps, deed, { need: 'work', action: 'case_note' }, async (tx) => {
    const details = deps.keys.sealJson('case', { text }, 'grievance.text');
    await recordEvent(tx, { ...event(deed), kind: 'note', details });
    await touch(tx, deed);
  });
}

/** Puts a question to the citizen. She is told that one waits; she reads it by following her number. */
export async function askCitizen(
  deps: WorkDeps,
  deed: Deed & { text: Readonly<Record<string, string>> },
): Promise<void> {
  const audience = await audienceOf(deps, deed.reference);
  const { tz } = deps.profile.calendar;
  await onCase(deps, deed, { need: 'work', action: 'case_question' }, async (tx, found) => {
    const text = await mustBeText(tx, deps.profile, deed.text, found.language);
    await transition(tx, deed.reference, 'awaiting_citizen', {
      ...change(deed, 'question'),
      details: deps.keys.sealJson('case', text, 'grievance.answer'),
    });
    await tellOutcome(tx, deps, {
      ...found,
      audience,
      text: 'sms.grv.wait',
      values: { ref: deed.reference, d: localDate(closesAt('awaiting_citizen', deed.at, tz), tz) },
      key: `grv.wait:${deed.reference}:${deed.version}`,
      at: deed.at,
    });
  });
}

/** One level up: out of the hands it was in, with the date she was promised if that can still be kept. */
export function escalateCase(deps: WorkDeps, deed: Deed & { reason: string }): Promise<void> {
  const reason = oneOf(ESCALATION_REASONS, deed.reason);
  return onCase(deps, deed, { need: 'work', action: 'case_escalated' }, async (tx, found) => {
    await transition(tx, deed.reference, 'escalated', {
      ...change(deed, reason),
      dueOn: dueAgain(deps.profile, found, deed.at),
      level: found.level + 1,
    });
  });
}

/** She told somebody that she takes it back. */
export function withdrawForCitizen(deps: WorkDeps, deed: Deed & { reason: string }): Promise<void> {
  const reason = oneOf(WITHDRAWAL_REASONS, deed.reason);
  return onCase(deps, deed, { need: 'work', action: 'case_withdrawn' }, async (tx) => {
    await transition(tx, deed.reference, 'withdrawn', change(deed, reason));
  });
}

/** Takes an answered case up again, one level higher, for a full term. */
export function reopenCase(deps: WorkDeps, deed: Deed & { reason: string }): Promise<void> {
  const reason = oneOf(REOPENING_REASONS, deed.reason);
  return onCase(deps, deed, { need: 'work', action: 'case_reopened' }, async (tx, found) => {
    await transition(tx, deed.reference, 'reopened', {
      ...change(deed, reason),
      dueOn: dueAgain(deps.profile, { ...found, due_on: '' }, deed.at),
      level: found.level + 1,
    });
  });
}

/** Everything of a step but its status. */
export function change(
  { by, at }: Pick<Deed, 'by' | 'at'>,
  reason: string,
): { actor: string; reason: string; at: Date } {
  return { actor: by.key, reason, at };
}

export function event({ reference, by, at }: Pick<Deed, 'reference' | 'by' | 'at'>): {
  reference: string;
  actor: string;
  at: Date;
} {
  return { reference, actor: by.key, at };
}

export function touch(
  tx: Parameters<typeof recordEvent>[0],
  { reference, at }: Pick<Deed, 'reference' | 'at'>,
): Promise<unknown> {
  return tx.query('update grievance set updated_at = $2 where reference = $1', [reference, at]);
}

/** Throws BadDeed for a code that is not in its list. */
export function oneOf<T extends string>(codes: readonly T[], code: string): T {
  const known = codes.find((one) => one === code);
  if (known === undefined) throw new BadDeed('reason');
  return known;
}

/** A note as it is kept. Throws BadDeed. */
export function mustBeNote(text: string): string {
  const note = text.normalize('NFC').replace(/\r\n?/g, '\n').trim();
  const problems = note.length > MAX_NOTE ? [] : hazards(note.replaceAll('\t', ' '));
  if (note === '' || note.length > MAX_NOTE || problems.length > 0) throw new BadDeed('text', problems);
  return note.replaceAll('\t', ' ');
}

/**
 * A text for the citizen by language, as it is kept: in languages of the profile, hers among them, each without
 * anything that must not be written to her. Throws BadDeed with the problems by language.
 */
export async function mustBeText(
  tx: Tx,
  profile: Profile,
  text: Readonly<Record<string, string>>,
  wanted: string | null,
): Promise<Record<string, string>> {
  const { offered, default: usual } = profile.languages;
  const lines = await publicLines(tx, profile);
  const hers = wanted !== null && offered.includes(wanted) ? wanted : usual;
  const kept: Record<string, string> = {};
  const problems: Record<string, AnswerProblem[]> = {};
  for (const [language, words] of Object.entries(text)) {
    const said = words.normalize('NFC').replace(/\r\n?/g, '\n').trim();
    if (said === '') continue;
    const wrong = offered.includes(language) ? checkAnswer(said, lines) : [];
    if (wrong.length > 0 || !offered.includes(language)) problems[language] = wrong;
    else kept[language] = said;
  }
  if (kept[hers] === undefined && problems[hers] === undefined)
    problems[hers] = [{ kind: 'empty', from: 0, until: 0 }];
  if (Object.keys(problems).length > 0) throw new BadDeed('answer', problems);
  return kept;
}

/** The local ISO date so many days after. */
export function daysAfter({ calendar }: Profile, at: Date, days: number): string {
  return DateTime.fromJSDate(at, { zone: calendar.tz }).plus({ days }).toFormat('yyyy-MM-dd');
}

/** Following a case by its number (dialogs.md D6): everybody may ask how it stands, few what was answered. */
import type { AskOutput } from '../conversation/dialog.ts';
import type { Port, TurnContext, Tx } from '../conversation/ports.ts';
import { dueAfterPause, localDate } from '../profiles/calendar.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import {
  findCase,
  isOwn,
  lockCase,
  mayRead,
  momentOn,
  promisedBy,
  type Case,
  type GrievanceDeps,
} from './cases.ts';
import { addEvidence } from './evidence.ts';
import { hashOfTurn, recordEvent, wasDone } from './events.ts';
import {
  CITIZEN_WORDS,
  mayBecome,
  OPEN_STATUSES,
  readAnswer,
  transition,
  type CaseStatus,
} from './lifecycle.ts';
import { householdShown, wordsOf } from './lodge.ts';

const WRONG_NUMBERS_A_DAY = 5;

/** Also when it is closed she may read it again, and say that it is not solved after all. */
const ANSWERED: ReadonlySet<CaseStatus> = new Set(['resolved', 'closed']);

/**
 * How the case stands and by when it is answered; the answer only to who may read it. After five numbers that do not
 * exist a phone is told no more that day, except about its own cases: eight digits can be guessed.
 */
export function caseState({ profile, keys, referenceLimit }: GrievanceDeps): Port<'caseState'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const found = await findCase(tx, slots['reference'] ?? '');
    const readable = found !== undefined && mayRead(found, keys, turn);
    const today = localDate(turn.now, profile.calendar.tz);
    if (!readable) {
      const wrong = await wrongNumbers(tx, turn.contact, today);
      if (wrong >= (referenceLimit ?? WRONG_NUMBERS_A_DAY)) return { outcome: 'limit' };
    }
    // A private case is not even said to exist.
    if (!found || (found.sensitivity === 'sensitive' && !readable)) {
      await countWrongNumber(tx, hashOfTurn(keys, 'guess', turn), turn.contact, today);
      return { outcome: 'none' };
    }
    const state = {
      ref: found.reference,
      gs: CITIZEN_WORDS[found.status],
      d: found.due_on,
      // Her record would say whose case it is.
      ...(found.contact === null ? { nameless: true } : {}),
    };
    if (readable && ANSWERED.has(found.status) && found.answer_sealed && tellsOutcome(profile, found)) {
      const out = readAnswer(keys, found.answer_sealed, turn.language);
      if (out !== undefined) return { outcome: 'answered', ...state, out };
    }
    if (!mayAdd(found, keys, turn) || !OPEN_STATUSES.includes(found.status))
      return { outcome: 'found', ...state };
    const out =
      readable && found.status === 'awaiting_citizen' ? await questionOf(tx, keys, found, turn) : undefined;
    return out === undefined ? { outcome: 'open', ...state } : { outcome: 'asked', ...state, out };
  };
}

/** Who reports another person is not told what became of it. */
function tellsOutcome(profile: Profile, found: Case): boolean {
  return profile.categories[found.category]?.feedback ?? true;
}

/**
 * Whether her words belong to the case, and whether she may press for it: the phone that lodged it, or who showed to be
 * of that household (contract §8 "Tracking by number"). Any other phone may have the number from anywhere.
 */
function mayAdd(found: Case, keys: Keys, turn: TurnContext): boolean {
  if (isOwn(found, keys, turn)) return true;
  const household = householdShown(turn);
  return household !== null && found.sensitivity === 'open' && found.household === household;
}

/** What staff last asked her, in her language. */
async function questionOf(
  tx: Tx,
  keys: Keys,
  { reference }: Case,
  { language }: TurnContext,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ details: Buffer }>(
    `select details from grievance_event
     where reference = $1 and to_status = 'awaiting_citizen' and details is not null
     order by id desc limit 1`,
    [reference],
  );
  return rows[0] && readAnswer(keys, rows[0].details, language);
}

async function wrongNumbers(tx: Tx, contact: string, day: string): Promise<number> {
  const { rows } = await tx.query<{ wrong: number }>(
    'select count(*) as wrong from reference_guess where contact = $1 and day = $2',
    [contact, day],
  );
  return rows[0]?.wrong ?? 0;
}

async function countWrongNumber(tx: Tx, turn: string, contact: string, day: string): Promise<void> {
  await tx.query('delete from reference_guess where contact = $1 and day < $2', [contact, day]);
  await tx.query(
    'insert into reference_guess (turn, contact, day) values ($1, $2, $3) on conflict (turn) do nothing',
    [turn, contact, day],
  );
}

/** Adds her words to a case that is hers; a case that waited for her goes back to work. */
export function addDetails({ profile, keys }: GrievanceDeps): Port<'addDetails'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const found = await mustLock(tx, slots['reference']);
    const ref = found.reference;
    if (!mayAdd(found, keys, turn)) return { outcome: 'refused', ref, d: found.due_on };
    const at = momentOn(found, turn.now);
    const contact = found.contact === null ? null : turn.contact;
    const hasEvidence = await addEvidence(tx, keys, slots, { reference: ref, contact, at, turn });
    const hasWords = slots['addition'] !== undefined || !hasEvidence;
    const hasDetails =
      hasWords &&
      (await recordEvent(tx, {
        reference: ref,
        at,
        kind: 'details',
        details: keys.sealJson('case', wordsOf(slots['addition']), 'grievance.text'),
        turn: hashOfTurn(keys, 'details', turn),
      }));
    const added = hasEvidence || hasDetails;
    if (added && found.status === 'awaiting_citizen') {
      const d = await dueAgain(tx, profile, found, at);
      await transition(tx, ref, 'in_review', { actor: 'citizen', reason: 'details_added', at });
      return { outcome: 'added', ref, d };
    } else if (added) {
      await tx.query('update grievance set updated_at = $2, version = version + 1 where reference = $1', [
        ref,
        at,
      ]);
    }
    return { outcome: 'added', ref, d: found.due_on };
  };
}

/** The date that its clock will keep (run-clocks.ts): later by as long as we waited for her. */
async function dueAgain(
  tx: Tx,
  profile: Profile,
  { reference, category, due_on }: Case,
  at: Date,
): Promise<string> {
  const { rows } = await tx.query<{ at: Date }>(
    `select at from grievance_event
     where reference = $1 and to_status = 'awaiting_citizen' order by id desc limit 1`,
    [reference],
  );
  const sla = (profile.categories[category] ?? profile.categories['OTH'])?.sla;
  if (!rows[0] || !sla) return due_on;
  return dueAfterPause(due_on, rows[0].at, at, sla, profile.calendar);
}

/**
 * Takes a case that is too slow one level up, once at each level: while the supervisor's own date has not passed, and
 * on the day it went up, she is told that date again. A date that has not passed is no delay, and stands.
 */
export function tooSlow({ profile, keys }: GrievanceDeps): Port<'tooSlow'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const found = await mustLock(tx, slots['reference']);
    if (!mayAdd(found, keys, turn)) return { outcome: 'refused', d: found.due_on };
    const today = localDate(turn.now, profile.calendar.tz);
    const isUp = found.status === 'escalated' && found.due_on >= today;
    const wentUpToday = (await lastEscalation(tx, found.reference, profile.calendar.tz)) === today;
    if (isUp || wentUpToday || !mayBecome(found.status, 'escalated'))
      return { outcome: 'told', d: found.due_on };
    const { due_on } = await transition(tx, found.reference, 'escalated', {
      actor: 'citizen',
      reason: 'too_slow',
      at: momentOn(found, turn.now),
      dueOn: newPromise(profile, found, turn, today),
      level: found.level + 1,
      turn: hashOfTurn(keys, 'too_slow', turn),
    });
    return { outcome: found.due_on < today ? 'late' : 'early', d: due_on };
  };
}

/** Local date on which the case last went up; undefined when it never did. */
async function lastEscalation(tx: Tx, reference: string, tz: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ at: Date }>(
    `select at from grievance_event where reference = $1 and to_status = 'escalated' order by id desc limit 1`,
    [reference],
  );
  return rows[0] && localDate(rows[0].at, tz);
}

/** What she thinks of the answer, said in the dialog. */
export function caseFeedback(deps: GrievanceDeps): Port<'caseFeedback'> {
  return (slots, turn) => recordFeedback(deps, slots['reference'], slots['solved'] ?? 'skip', turn);
}

/** What is kept with the case of what she said. */
const SATISFACTION: Readonly<Record<string, string>> = {
  yes: 'yes',
  partly: 'partly',
  no: 'no',
  unsolved: 'no',
};

/**
 * What she thinks of the answer (`solved`: yes, partly, no, unsolved, skip): solved closes the case, not solved takes it
 * up again, one level higher and with a new date. Nothing from who may not read the answer.
 */
export async function recordFeedback(
  { profile, keys }: GrievanceDeps,
  of: string | undefined,
  solved: string,
  turn: TurnContext,
): Promise<AskOutput['answerQuestion'] & { ref: string; d: string }> {
  const tx = await turn.tx();
  const found = await mustLock(tx, of);
  const { reference, due_on: d } = found;
  const recorded = { outcome: 'recorded', ref: reference, d } as const;
  const hash = hashOfTurn(keys, 'feedback', turn);
  if (!mayRead(found, keys, turn) || (await wasDone(tx, hash))) return recorded;
  const at = momentOn(found, turn.now);
  await recordEvent(tx, { reference, at, kind: 'feedback', reason: `solved_${solved}`, turn: hash });
  await tx.query(
    'update grievance set satisfaction = coalesce($2, satisfaction), version = version + 1 where reference = $1',
    [reference, SATISFACTION[solved] ?? null],
  );
  await tx.query(`delete from question where kind = 'grv.ask' and reference = $1`, [reference]);
  const change = { actor: 'citizen', reason: `solved_${solved}`, at };
  if (solved === 'yes' && mayBecome(found.status, 'closed')) {
    await transition(tx, reference, 'closed', change);
  }
  if (SATISFACTION[solved] !== 'no' || !mayBecome(found.status, 'reopened')) return recorded;
  const today = localDate(turn.now, profile.calendar.tz);
  const dueOn = newPromise(profile, { ...found, due_on: '' }, turn, today);
  await transition(tx, reference, 'reopened', { ...change, dueOn, level: found.level + 1 });
  return { outcome: 'reopened', ref: reference, d: dueOn };
}

/** A full term from now; but saying that it is slow never moves a promise that can still be kept. */
function newPromise(profile: Profile, found: Case, { now }: TurnContext, today: string): string {
  const category = profile.categories[found.category] ?? profile.categories['OTH'];
  if (!category) throw new Error('the profile has no category OTH');
  const term = promisedBy(category, now, profile.calendar);
  return found.due_on >= today && found.due_on < term ? found.due_on : term;
}

/** The case a dialog goes on about. Only found numbers lead here, so a missing one is a fault. */
async function mustLock(tx: Tx, reference: string | undefined): Promise<Case> {
  const found = reference === undefined ? undefined : await lockCase(tx, reference);
  if (!found) throw new Error('the case of this dialog does not exist');
  return found;
}

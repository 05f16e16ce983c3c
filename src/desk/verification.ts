/**
 * Is the caller who they say? Five questions drawn by chance, judged here: the right answers never leave the server,
 * neither before nor after. Three right make level 3, for this contact only (dialogs.md §4).
 */
import { randomInt } from 'node:crypto';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { deskRegistry } from '../registry/desk.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import { askable, isRight, textOf, type Asked, type QuestionKind, type Text } from './questions.ts';
import type { Place } from './places.ts';

export type VerificationDeps = {
  db: Database;
  keys: Keys;
  places: readonly Place[];
  /** Chance: a whole number below `max`. */
  random?: (max: number) => number;
};

const DRAWN = 5;
const TO_PASS = 3;
/** Failures of one file in a day after which only a supervisor may try again. */
const MOST_FAILED = 5;
const DAY_MS = 86_400_000;

export type Judgement = 'right' | 'wrong' | 'unknown';
export type VerificationState = 'open' | 'passed' | 'failed';

/** What the page may know: the questions and how they were judged. */
export type Verification = {
  questions: { number: number; text: Text; judged?: Judgement }[];
  state: VerificationState;
};

/**
 * `forbidden`: not their contact, or it has ended; `safe_mode`: somebody is listening; `locked`: failed too often
 * today; `too_little`: the file holds too little to ask; `not_found`: no such file; `answered`: judged before.
 */
export type VerificationRefusal =
  'forbidden' | 'safe_mode' | 'locked' | 'too_little' | 'not_found' | 'answered';
type Refused = { ok: false; why: VerificationRefusal };

/** Of one file. Holds no answers: they are read anew from the registry each time. */
type Attempt = { person: string; questions: { kind: QuestionKind; judged?: Judgement }[] };
/** `attempts` by household: whoever comes back to a file finds the same questions and the same mistakes. */
type Sealed = { safe: boolean; current: string | null; attempts: Record<string, Attempt> };

type Contact = { interaction: string; by: Staff; at: Date };

const CONTEXT = 'interaction.verification';

/**
 * Draws the questions for a file; drawn before in this contact, the same again.
 * @param person who the caller says they are; the head when left out
 */
export async function drawQuestions(
  deps: VerificationDeps,
  { interaction, household, person, by, at }: Contact & { household: string; person?: string },
): Promise<({ ok: true } & Verification) | Refused> {
  return deps.db.transaction(async (tx) => {
    const sealed = await hold(tx, deps.keys, interaction, by);
    if (sealed === undefined) return refuse('forbidden');
    if (sealed.safe) return refuse('safe_mode');
    const before = sealed.attempts[household];
    if (before !== undefined) {
      await save(tx, deps.keys, interaction, { ...sealed, current: household });
      return { ok: true, ...shown(before) };
    }
    if (!may(by, 'team') && (await failedToday(tx, household, at)) >= MOST_FAILED) return refuse('locked');
    const asked = await fileOf(tx, deps, household, person);
    if (asked === undefined) return refuse('not_found');
    const kinds = askable(asked);
    if (kinds.length < TO_PASS) return refuse('too_little');
    const random = deps.random ?? ((max) => randomInt(max));
    const questions: Attempt['questions'] = [];
    while (questions.length < DRAWN && kinds.length > 0) {
      const [kind] = kinds.splice(random(kinds.length), 1);
      if (kind !== undefined) questions.push({ kind });
    }
    const attempt: Attempt = { person: asked.person.person, questions };
    await save(tx, deps.keys, interaction, {
      ...sealed,
      current: household,
      attempts: { ...sealed.attempts, [household]: attempt },
    });
    await audit(tx, 'verification_started', { interaction, by, at }, household, {
      questions: questions.length,
    });
    return { ok: true, ...shown(attempt) };
  });
}

/**
 * Judges what the caller said to one of the questions, once; null: they do not know. After three right answers the
 * contact is verified; when three can no longer be reached it has failed, and the file counts one failure more.
 */
export async function judge(
  deps: VerificationDeps,
  { interaction, number, said, by, at }: Contact & { number: number; said: string | null },
): Promise<({ ok: true; judged: Judgement } & Verification) | Refused> {
  return deps.db.transaction(async (tx) => {
    const sealed = await hold(tx, deps.keys, interaction, by);
    const household = sealed?.current ?? undefined;
    const attempt = household === undefined ? undefined : sealed?.attempts[household];
    if (sealed === undefined || household === undefined || attempt === undefined) return refuse('forbidden');
    if (sealed.safe) return refuse('safe_mode');
    const question = attempt.questions[number - 1];
    if (question === undefined || question.judged !== undefined || stateOf(attempt) !== 'open') {
      return refuse('answered');
    }
    const asked = await fileOf(tx, deps, household, attempt.person);
    if (asked === undefined) return refuse('not_found');
    const empty = said === null || said.trim() === '';
    const judged = empty ? 'unknown' : isRight(question.kind, asked, said.slice(0, 100)) ? 'right' : 'wrong';
    const after: Attempt = {
      ...attempt,
      questions: attempt.questions.map((one, i) => (i === number - 1 ? { ...one, judged } : one)),
    };
    await save(tx, deps.keys, interaction, {
      ...sealed,
      attempts: { ...sealed.attempts, [household]: after },
    });
    const state = stateOf(after);
    if (state === 'passed') {
      await tx.query('update interaction set person = $2, household = $3, verified_at = $4 where id = $1', [
        interaction,
        attempt.person,
        household,
        at,
      ]);
    }
    if (state !== 'open') {
      const right = after.questions.filter((one) => one.judged === 'right').length;
      await audit(tx, `verification_${state}`, { interaction, by, at }, household, { right });
    }
    return { ok: true, judged, ...shown(after) };
  });
}

/** Somebody is listening to the call: until it is taken back nothing is asked, and the card shows no details. */
export async function setSafeMode(
  deps: Pick<VerificationDeps, 'db' | 'keys'>,
  { interaction, on, by, at }: Contact & { on: boolean },
): Promise<{ ok: true } | Refused> {
  return deps.db.transaction(async (tx) => {
    const sealed = await hold(tx, deps.keys, interaction, by);
    if (sealed === undefined) return refuse('forbidden');
    await save(tx, deps.keys, interaction, { ...sealed, safe: on });
    await recordAudit(tx, {
      actor: by.key,
      action: on ? 'safe_mode_on' : 'safe_mode_off',
      details: { interaction },
      at,
    });
    return { ok: true };
  });
}

/** What a contact has shown so far. `household` only when verified and nobody is listening. */
export type Shown = {
  level: 'none' | 'verified';
  safe: boolean;
  household: string | null;
  person: string | null;
};

/** Whether this contact, theirs and still going on, has been verified; undefined when it is not theirs. */
export async function shownBy(
  tx: Tx,
  keys: Keys,
  interaction: string,
  by: Staff,
): Promise<Shown | undefined> {
  const { rows } = await tx.query<{
    household: string | null;
    person: string | null;
    verified: boolean;
    verification: Buffer | null;
  }>(
    `select household, person, verified_at is not null as verified, verification
     from interaction where id = $1 and staff = $2 and ended_at is null`,
    [interaction, by.key],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { safe } = open(keys, row.verification);
  if (!row.verified || safe) return { level: 'none', safe, household: null, person: null };
  return { level: 'verified', safe, household: row.household, person: row.person };
}

/** The questions of a contact as they stand, to show the page again; undefined before any were drawn. */
export async function currentVerification(
  tx: Tx,
  keys: Keys,
  interaction: string,
  by: Staff,
): Promise<(Verification & { household: string }) | undefined> {
  const { rows } = await tx.query<{ verification: Buffer | null }>(
    'select verification from interaction where id = $1 and staff = $2 and ended_at is null',
    [interaction, by.key],
  );
  const { current, attempts } = open(keys, rows[0]?.verification ?? null);
  const attempt = current === null ? undefined : attempts[current];
  return current === null || attempt === undefined ? undefined : { household: current, ...shown(attempt) };
}

function refuse(why: VerificationRefusal): Refused {
  return { ok: false, why };
}

function shown(attempt: Attempt): Verification {
  return {
    questions: attempt.questions.map(({ kind, judged }, i) => ({
      number: i + 1,
      text: textOf(kind),
      ...(judged === undefined ? {} : { judged }),
    })),
    state: stateOf(attempt),
  };
}

function stateOf({ questions }: Attempt): VerificationState {
  const right = questions.filter(({ judged }) => judged === 'right').length;
  const left = questions.filter(({ judged }) => judged === undefined).length;
  if (right >= TO_PASS) return 'passed';
  return right + left < TO_PASS ? 'failed' : 'open';
}

/** Locks the contact, so that two answers at once are judged one after the other. */
async function hold(tx: Tx, keys: Keys, interaction: string, by: Staff): Promise<Sealed | undefined> {
  if (!may(by, 'desk')) return undefined;
  const { rows } = await tx.query<{ verification: Buffer | null }>(
    'select verification from interaction where id = $1 and staff = $2 and ended_at is null for update',
    [interaction, by.key],
  );
  return rows[0] && open(keys, rows[0].verification);
}

function open(keys: Keys, sealed: Buffer | null): Sealed {
  if (sealed === null) return { safe: false, current: null, attempts: {} };
  return keys.openJson('personal', sealed, CONTEXT) as Sealed;
}

async function save(tx: Tx, keys: Keys, interaction: string, sealed: Sealed): Promise<void> {
  await tx.query('update interaction set verification = $2 where id = $1', [
    interaction,
    keys.sealJson('personal', sealed, CONTEXT),
  ]);
}

async function fileOf(
  tx: Tx,
  { keys, places }: VerificationDeps,
  household: string,
  person: string | undefined,
): Promise<Asked | undefined> {
  const card = await deskRegistry(tx, keys).card(household);
  const claimed = card?.members.find((member) =>
    person === undefined ? member.role === 'head' && member.alive : member.person === person,
  );
  return card && claimed && { card, person: claimed, places };
}

async function failedToday(tx: Tx, household: string, at: Date): Promise<number> {
  const { rows } = await tx.query<{ failed: number }>(
    `select count(*) as failed from audit where subject = $1 and action = 'verification_failed'
       and at > $2 and at <= $3`,
    [`household:${household}`, new Date(at.getTime() - DAY_MS), at],
  );
  return rows[0]?.failed ?? 0;
}

async function audit(
  tx: Tx,
  action: string,
  { interaction, by, at }: Contact,
  household: string,
  details: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, {
    actor: by.key,
    action,
    subject: `household:${household}`,
    purpose: 'verify_caller',
    details: { interaction, ...details },
    at,
  });
}

/** What the desk and the units owe people beside cases: calls, messages nobody understood, locked files, duties. */
import type { Tx } from '../conversation/ports.ts';
import type { Notifier } from '../notifications/notify.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { forgetTries, type Subject } from '../privacy/lock.ts';
import { nextWorkingDay } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import { DateTime } from 'luxon';
import { recordEvent } from './events.ts';
import { transition } from './lifecycle.ts';
import { openTask, type CallSlot, type TaskKind } from './tasks.ts';
import { visibleCases } from './visibility.ts';

export type TaskDeps = { db: Database; keys: Keys; profile: Profile; notifier: Notifier };

export type TaskDeed = { id: number; version: number; by: Staff; at: Date };

export const CALL_OUTCOMES = [
  'reached',
  'no_answer',
  'busy',
  'switched_off',
  'wrong_number',
  'other_person',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

export const TASK_OUTCOMES = [
  'answered',
  'called',
  'case_opened',
  'unlocked',
  'not_unlocked',
  'done',
  'not_possible',
] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];

const MAX_ATTEMPTS = 3;
const AGAIN_HOURS = 2;

/** There is no such task, or none for this member of staff. */
export class NoSuchTask extends Error {
  constructor() {
    super('there is no such task');
    this.name = 'NoSuchTask';
  }
}

/** Somebody else was faster, or the task is over. */
export class StaleTask extends Error {
  constructor() {
    super('the task has changed since it was read');
    this.name = 'StaleTask';
  }
}

type Row = {
  id: number;
  kind: TaskKind;
  about: string | null;
  contact: string | null;
  phone: Buffer | null;
  household: string | null;
  reference: string | null;
  language: string | null;
  details: Buffer | null;
  promised_on: string;
  slot: CallSlot | null;
  who: 'woman' | 'man' | 'any' | null;
  unit: string | null;
  state: 'open' | 'done' | 'failed';
  attempts: number;
  next_at: Date | null;
  owner: string | null;
  outcome: string | null;
  version: number;
  created_at: Date;
};

/** A task as the board shows it: the phone and the words opened. */
export type TaskItem = Omit<Row, 'phone' | 'details'> & {
  phone: string | null;
  text: string | null;
  late: boolean;
};

const COLUMNS = `t.id, t.kind, t.about, t.contact, t.phone, t.household, t.reference, t.language, t.details,
  t.promised_on, t.slot, t.who, t.unit, t.state, t.attempts, t.next_at, t.owner, t.outcome, t.version, t.created_at`;

/** Calls and messages are the desk's; duties are for who works in that unit; and none of a case they may not know of. */
function visibleTasks(by: Staff): { sql: string; values: unknown[] } {
  const cases = visibleCases(by, 'g', 1);
  const values = [...cases.values];
  const seen = `(t.reference is null or exists (select from grievance g where g.reference = t.reference and ${cases.sql}))`;
  const either: string[] = [];
  if (may(by, 'desk')) either.push(`(t.kind <> 'duty' and ${seen})`);
  if (may(by, 'cases') || may(by, 'restricted')) {
    const units = by.units === null ? 'true' : `t.unit = any($${values.push(by.units)}::text[])`;
    const open = may(by, 'cases')
      ? `exists (select from grievance g where g.reference = t.reference and g.sensitivity = 'open'
                 and g.accused_staff is distinct from $${values.push(by.key)}::uuid
                 and ($${values.push(by.area)}::text is null or g.accused_area is distinct from $${values.length}::text))`
      : 'false';
    either.push(`(t.kind = 'duty' and ${units} and (${seen} or ${open}))`);
  }
  return either.length > 0 ? { sql: `(${either.join(' or ')})`, values } : { sql: 'false', values: [] };
}

export type TaskFilter = { kinds?: readonly TaskKind[]; owner?: string; unit?: string };

/** Open tasks, the late ones first, then by date promised; those that wait for their next attempt last. At most 200. */
export async function listTasks(
  { db, keys, profile }: Omit<TaskDeps, 'notifier'>,
  by: Staff,
  { kinds, owner, unit }: TaskFilter,
  at: Date,
): Promise<TaskItem[]> {
  const { sql, values } = visibleTasks(by);
  const name = (one: unknown): string => `$${values.push(one)}`;
  const today = DateTime.fromJSDate(at, { zone: profile.calendar.tz }).toFormat('yyyy-MM-dd');
  const where = [sql, `t.state = 'open'`];
  if (kinds) where.push(`t.kind = any(${name(kinds)}::text[])`);
  if (owner !== undefined) where.push(`t.owner::text = ${name(owner)}`);
  if (unit !== undefined) where.push(`t.unit = ${name(unit)}`);
  const { rows } = await db.query<Row & { late: boolean }>(
    `select ${COLUMNS}, t.promised_on < ${name(today)}::date as late from task t
     where ${where.join(' and ')}
     order by late desc, coalesce(t.next_at > ${name(at)}::timestamptz, false), t.promised_on, t.id
     limit 200`,
    values,
  );
  return rows.map((row) => ({ ...itemOf(keys, row), late: row.late }));
}

function itemOf(keys: Keys, { phone, details, ...row }: Row): Omit<TaskItem, 'late'> {
  const opened = openTask(keys, { phone, details });
  return { ...row, phone: opened.phone, text: opened.details };
}

/** Takes a task: whoever else reads it sees that it is in hand. Taking what a colleague has is refused. */
export function claimTask(deps: TaskDeps, deed: TaskDeed): Promise<void> {
  return onTask(deps, deed, 'task_claimed', async (tx, task) => {
    if (task.owner !== null && task.owner !== deed.by.key && !may(deed.by, 'team')) throw new StaleTask();
    await tx.query('update task set owner = $2 where id = $1', [task.id, deed.by.key]);
  });
}

/**
 * One try to call (dialogs.md D10). Not reached: again two hours later; then a message that says we called, and the next
 * working day; then it is closed with its reason.
 */
export function recordAttempt(deps: TaskDeps, deed: TaskDeed & { outcome: CallOutcome }): Promise<void> {
  const { by, at, outcome } = deed;
  return onTask(deps, deed, 'task_attempt', async (tx, task) => {
    if (task.kind !== 'callback' && task.kind !== 'referral') throw new NoSuchTask();
    await tx.query('insert into task_attempt (task, at, staff, outcome) values ($1, $2, $3, $4)', [
      task.id,
      at,
      by.key,
      outcome,
    ]);
    if (outcome === 'reached') return finish(tx, deed, 'done', 'reached', task.attempts + 1);
    const attempts = task.attempts + 1;
    if (attempts >= MAX_ATTEMPTS || outcome === 'wrong_number')
      return finish(tx, deed, 'failed', outcome, attempts);
    const again =
      attempts === 1 ? new Date(at.getTime() + AGAIN_HOURS * 3_600_000) : openingOf(deps.profile, at);
    await tx.query('update task set attempts = $2, next_at = $3, owner = null where id = $1', [
      task.id,
      attempts,
      again,
    ]);
    if (attempts === 2) await sayWeCalled(tx, deps, task);
  });
}

/** When the offices open on the next working day. */
function openingOf({ calendar }: Profile, at: Date): Date {
  const day = nextWorkingDay(at, calendar);
  return DateTime.fromISO(`${day}T${calendar.hours[0]}`, { zone: calendar.tz }).toJSDate();
}

/** Neutral: whoever reads it learns nothing. Only to an address we keep; a nameless caller is sent nothing. */
async function sayWeCalled(tx: Tx, { keys, notifier }: TaskDeps, task: Row): Promise<void> {
  const { phone } = openTask(keys, task);
  if (task.contact === null || phone === null) return;
  const { rowCount } = await tx.query(
    `select from contact where key = $1 and stopped_at is null and consent is distinct from 'none'`,
    [task.contact],
  );
  if (rowCount === 0) return;
  const recipient = { contact: task.contact, phone, language: task.language ?? '' };
  await notifier(tx, recipient, { text: 'sms.cb.missed', kind: 'answer', key: `cb.missed:${task.id}` });
}

/** A task is done, or cannot be. A duty that is done takes its case back to work. */
export function finishTask(
  deps: TaskDeps,
  deed: TaskDeed & { outcome: TaskOutcome; text?: string },
): Promise<void> {
  const { by, at, outcome } = deed;
  return onTask(deps, deed, 'task_done', async (tx, task) => {
    if (!TASK_OUTCOMES.includes(outcome)) throw new StaleTask();
    if (outcome === 'unlocked') await unlock(tx, deps.keys, task);
    await finish(tx, deed, outcome === 'not_possible' ? 'failed' : 'done', outcome);
    if (task.kind !== 'duty' || task.reference === null) return;
    const { rows } = await tx.query<{ status: string; others: boolean }>(
      `select status, exists (select from task where reference = $1 and kind = 'duty' and state = 'open') as others
       from grievance where reference = $1 for update`,
      [task.reference],
    );
    const words =
      deed.text === undefined
        ? {}
        : { details: deps.keys.sealJson('case', { text: deed.text }, 'grievance.text') };
    await recordEvent(tx, {
      reference: task.reference,
      at,
      actor: by.key,
      kind: 'duty',
      reason: outcome,
      ...words,
    });
    if (rows[0]?.status === 'referred' && !rows[0].others)
      await transition(tx, task.reference, 'in_review', { actor: by.key, reason: 'duty_done', at });
  });
}

/** The right details were given to a person: nothing counts against the phone and the file any more. */
async function unlock(tx: Tx, keys: Keys, task: Row): Promise<void> {
  if (task.kind !== 'identity_locked') throw new NoSuchTask();
  const { phone } = openTask(keys, task);
  const subjects: Subject[] = [];
  if (phone !== null) subjects.push({ kind: 'phone', subject: keys.index('phone', phone) });
  if (task.household !== null) subjects.push({ kind: 'file', subject: task.household });
  if (task.contact !== null) subjects.push({ kind: 'unmatched', subject: task.contact });
  await forgetTries(tx, subjects);
}

async function finish(
  tx: Tx,
  { id, by, at }: TaskDeed,
  state: 'done' | 'failed',
  outcome: string,
  attempts?: number,
): Promise<void> {
  await tx.query(
    `update task set state = $2, outcome = $3, done_at = $4, done_by = $5, attempts = coalesce($6, attempts), next_at = null
     where id = $1`,
    [id, state, outcome, at, by.key, attempts ?? null],
  );
}

async function onTask(
  { db }: TaskDeps,
  { id, version, by, at }: TaskDeed,
  action: string,
  work: (tx: Tx, task: Row) => Promise<void>,
): Promise<void> {
  await db.transaction(async (tx) => {
    const { sql, values } = visibleTasks(by);
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS} from task t where t.id = $${values.push(id)} and ${sql} for update of t`,
      values,
    );
    const [task] = rows;
    if (!task) throw new NoSuchTask();
    if (task.version !== version || task.state !== 'open') throw new StaleTask();
    await work(tx, task);
    await tx.query('update task set version = version + 1 where id = $1', [id]);
    await recordAudit(tx, { actor: by.key, action, subject: `task:${id}`, at });
  });
}

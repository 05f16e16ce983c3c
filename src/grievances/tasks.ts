/** What agents owe a citizen: calls, requests kept while the registry was down, messages that nobody understood. */
import type { Port, Tx } from '../conversation/ports.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { sendDraft } from '../evidence/link.ts';
import type { Keys } from '../privacy/keys.ts';
import { nextWorkingDay } from '../profiles/calendar.ts';
import type { GrievanceDeps } from './cases.ts';

export type TaskKind =
  'callback' | 'kept_request' | 'identity_locked' | 'message' | 'voice' | 'referral' | 'duty';
export type CallSlot = 'soon' | 'morning' | 'afternoon';

export type NewTask = {
  kind: TaskKind;
  /** What makes a repetition the same task: the key of the turn. */
  key: string;
  /** Which of its kind: what a kept request asked for (`status`, `payment`), what a partner is to be told (`sent`, ...), who speaks for whom is called (`proxy`, `helper`). */
  about?: string;
  contact: string | null;
  /** E.164, the phone to call; sealed. */
  phone: string | null;
  household?: string | null;
  /** The case it belongs to. */
  reference?: string | null;
  language: string;
  /** Her words, sealed; they must have been through maskSecrets. */
  details?: string | null;
  /** ISO date. */
  promisedOn: string;
  slot?: CallSlot;
  /** The unit that owes it; without one, whoever is on the desk. */
  unit?: string;
  at: Date;
};

/** Stores a task, once. Returns the date promised: of the first time, when it was there already. */
export async function createTask(tx: Tx, keys: Keys, task: NewTask): Promise<string> {
  const { details = null, phone } = task;
  const idempotency = hashOfTask(keys, task.kind, task.key);
  await tx.query(
    `insert into task (kind, about, contact, phone, household, reference, language, details, promised_on, slot,
                       idempotency, created_at, unit)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (idempotency) do nothing`,
    [
      task.kind,
      task.about ?? null,
      task.contact,
      phone === null ? null : keys.seal('personal', phone, 'task.phone'),
      task.household ?? null,
      task.reference ?? null,
      task.language,
      details === null ? null : keys.seal('conversation', details, 'task.details'),
      task.promisedOn,
      task.slot ?? null,
      idempotency,
      task.at,
      task.unit ?? null,
    ],
  );
  return (await promisedBefore(tx, keys, task.kind, task.key)) ?? task.promisedOn;
}

/** The date this task was promised for when it was first asked for. */
export async function promisedBefore(
  tx: Tx,
  keys: Keys,
  kind: TaskKind,
  key: string,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ promised_on: string }>(
    'select promised_on from task where idempotency = $1',
    [hashOfTask(keys, kind, key)],
  );
  return rows[0]?.promised_on;
}

async function taskOf(tx: Tx, keys: Keys, kind: TaskKind, key: string): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>('select id from task where idempotency = $1', [
    hashOfTask(keys, kind, key),
  ]);
  return rows[0]?.id;
}

/** What an agent must read to do a task. */
export function openTask(
  keys: Keys,
  task: { phone: Buffer | null; details: Buffer | null },
): { phone: string | null; details: string | null } {
  return {
    phone: task.phone && keys.open('personal', task.phone, 'task.phone'),
    details: task.details && keys.open('conversation', task.details, 'task.details'),
  };
}

/** The key of a turn names the person, and a caller may have given no name: see events.ts, `hashOfTurn`. */
function hashOfTask(keys: Keys, kind: TaskKind, key: string): string {
  return keys.anonymous(`task:${kind}\0${key}`);
}

/** A message that no dialog understood, or a picture or voice note (slot `evidence`): a person sees to it by the next working day. */
export function handToAgent({ profile, keys }: GrievanceDeps): Port<'handToAgent'> {
  return async (slots, turn) => {
    const { details: text, evidence } = slots;
    const kind = evidence === undefined ? 'message' : 'voice';
    const tx = await turn.tx();
    const d = await createTask(tx, keys, {
      kind,
      key: turn.key,
      contact: turn.contact,
      phone: turn.phone,
      household: turn.identity?.household ?? null,
      language: turn.language,
      details: text === undefined ? null : maskSecrets(text).text,
      promisedOn: nextWorkingDay(turn.now, profile.calendar),
      at: turn.now,
    });
    if (evidence !== undefined) {
      const task = await taskOf(tx, keys, kind, turn.key);
      await sendDraft(tx, evidence, {
        contact: turn.contact,
        at: turn.now,
        ...(task === undefined ? {} : { task }),
      });
    }
    return { d };
  };
}

/** Subject access: everything that is held about a person on her channel, as one JSON value. */
import { openAddress } from '../notifications/contact.ts';
import { openMessage } from '../notifications/outbox.ts';
import { openHousehold, openPerson } from '../registry/sealed.ts';
import { openTask } from '../grievances/tasks.ts';
import { openNote } from '../desk/notes.ts';
import type { Database, Tx } from '../store/database.ts';
import { recordAudit } from './audit.ts';
import { exportCases, exportEvidence } from './export-cases.ts';
import type { Keys } from './keys.ts';
import { subjectOf, type Subject } from './subject.ts';

/** Said in every export, whether there are any or not: that the sentence is there tells nothing. */
const LEFT_OUT = [
  'private matters, if there are any: asked for apart, and handed over apart',
  'complaints without a name: nobody can tell whose they are',
  'a dialog that is under way: it is let go of after a day',
  'what members of staff wrote for each other about a case, and their names',
];
const LEFT_OUT_OF_HOUSEHOLD = [
  'conversations and restricted cases: they belong to the phone that had them, and are asked for by its number',
];

/** Reads it all at one moment. That it was given out is in the audit, in the same transaction. */
export function exportPerson(
  { db, keys }: { db: Database; keys: Keys },
  subject: Subject,
  { by, now }: { by: string; now: Date },
): Promise<Record<string, unknown>> {
  return db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read');
    const held =
      subject.kind === 'phone'
        ? {
            ...(await ofPhone(tx, keys, subject)),
            ...(subject.household === null
              ? {}
              : await ofHousehold(tx, keys, subject.household, subject.persons)),
            cases: await exportCases(tx, keys, { contact: subject.contact }),
          }
        : {
            ...(await ofHousehold(tx, keys, subject.household, null)),
            notes: await notesOf(tx, keys, 'household', subject.household),
            cases: await exportCases(tx, keys, { household: subject.household }),
          };
    const references = held.cases.map(({ reference }) => String(reference));
    const seen = await seenBy(tx, subject, references);
    await recordAudit(tx, {
      actor: by,
      action: 'person_exported',
      subject: subjectOf(subject),
      purpose: 'subject_access',
      at: now,
    });
    return {
      about: subject.kind,
      made_at: now,
      left_out: subject.kind === 'phone' ? LEFT_OUT : [...LEFT_OUT, ...LEFT_OUT_OF_HOUSEHOLD],
      ...held,
      seen_by: seen,
    };
  });
}

async function ofPhone(
  tx: Tx,
  keys: Keys,
  { contact }: { contact: string },
): Promise<Record<string, unknown>> {
  return {
    contact: await contactOf(tx, keys, contact),
    conversations: await listOf(
      tx,
      'select channel, updated_at from conversation where contact = $1',
      contact,
    ),
    messages: await messagesOf(tx, keys, contact),
    notices: await noticesOf(tx, keys, contact),
    callbacks_and_tasks: await tasksOf(tx, keys, contact),
    calls: await listOf(
      tx,
      `select started_at, state, answered_at, ended_at from call where contact = $1 order by started_at`,
      contact,
    ),
    contacts_with_agents: await listOf(
      tx,
      `select channel, started_at, ended_at, verified_at is not null as verified, wrap_up
       from interaction where contact = $1 order by started_at`,
      contact,
    ),
    notes: await notesOf(tx, keys, 'contact', contact),
    evidence: await exportEvidence(tx, keys, 'contact', contact),
    questions: await listOf(
      tx,
      'select kind, reference, asked_at, until from question where contact = $1 order by asked_at',
      contact,
    ),
    waits_for_registration: await listOf(
      tx,
      'select language, created_at from notify_when_open where contact = $1',
      contact,
    ),
  };
}

/** `persons`: only these of the file; null: all of it. */
async function ofHousehold(
  tx: Tx,
  keys: Keys,
  household: string,
  persons: readonly string[] | null,
): Promise<Record<string, unknown>> {
  const { rows: files } = await tx.query<{ area: string | null; sealed: Buffer }>(
    'select area, sealed from household where key = $1',
    [household],
  );
  const { rows: people } = await tx.query<{ role: string; language: string | null; sealed: Buffer }>(
    `select role, language, sealed from person
     where household = $1 and ($2::uuid[] is null or key = any($2)) order by role, key`,
    [household, persons],
  );
  const [file] = files;
  return {
    registry: file && {
      ...openHousehold(keys, file.sealed),
      area: file.area,
      persons: people.map(({ sealed, ...person }) => ({ ...openPerson(keys, sealed), ...person })),
    },
    enrolments: await listOf(
      tx,
      `select programme, status, since, status_date, reason, next_date, review_due
       from enrolment where household = $1 order by programme`,
      household,
    ),
    payments: await listOf(
      tx,
      `select reference, programme, period, amount, currency, status, from_date, until_date, place, provider, reason
       from payment where household = $1 order by on_date, reference`,
      household,
    ),
    payments_said: await listOf(
      tx,
      `select payment, answer, amount_said, fee, channel, at from payment_confirmation where household = $1 order by at`,
      household,
    ),
    payment_notices: await listOf(
      tx,
      `select payment_ref as payment, status, said, facts, reach, reason, at
       from payment_notice where household = $1 order by at, id`,
      household,
    ),
  };
}

async function listOf(tx: Tx, sql: string, key: string): Promise<Record<string, unknown>[]> {
  return (await tx.query(sql, [key])).rows;
}

async function contactOf(tx: Tx, keys: Keys, contact: string): Promise<Record<string, unknown> | null> {
  const { rows } = await tx.query<{ address: Buffer }>(
    `select address, consent, consent_at, consent_language, consent_channel, consent_words, stopped_at, created_at
     from contact where key = $1`,
    [contact],
  );
  const [row] = rows;
  return row ? { ...row, address: openAddress(keys, row.address) } : null;
}

async function messagesOf(tx: Tx, keys: Keys, contact: string): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<{ content: Buffer | null }>(
    `select at, channel, case when direction = 'in' then 'citizen' when author is null then 'service' else 'staff' end as by,
            content
     from message where contact = $1 order by at, id`,
    [contact],
  );
  return rows.map(({ content, ...row }) => ({
    ...row,
    words: content && keys.open('conversation', content, 'message'),
  }));
}

/** What left unasked; answers stand with the messages. */
async function noticesOf(tx: Tx, keys: Keys, contact: string): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<{ address: Buffer; content: Buffer }>(
    `select created_at, channel, kind, state, sent_at, address, content from outbound
     where contact = $1 and kind <> 'reply' and key not like 'desk:%' order by created_at, id`,
    [contact],
  );
  return rows.map(({ address, content: sealed, ...row }) => {
    const { content } = openMessage(keys, { address, content: sealed });
    return { ...row, words: content.kind === 'template' ? content.fallback : content.body };
  });
}

async function tasksOf(tx: Tx, keys: Keys, contact: string): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<{ phone: Buffer | null; details: Buffer | null }>(
    `select t.kind, t.about, t.created_at, t.promised_on, t.slot, t.state, t.outcome, t.reference, t.phone, t.details,
            (select coalesce(json_agg(json_build_object('at', a.at, 'outcome', a.outcome) order by a.id), '[]')
             from task_attempt a where a.task = t.id) as attempts
     from task t where t.contact = $1 and t.kind <> 'duty' order by t.created_at`,
    [contact],
  );
  return rows.map(({ phone, details, ...row }) => {
    const opened = openTask(keys, { phone, details });
    return { ...row, phone: opened.phone, words: opened.details };
  });
}

async function notesOf(
  tx: Tx,
  keys: Keys,
  column: 'contact' | 'household',
  key: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await tx.query<{ at: Date; sealed: Buffer }>(
    `select at, sealed from note where ${column} = $1 order by at`,
    [key],
  );
  return rows.map(({ at, sealed }) => ({ at, by: 'staff', words: openNote(keys, sealed) }));
}

/**
 * Who looked, by role and purpose. What people of private work looked at, and what inspectors did beside her own cases,
 * would say that there is such a matter: it may be somebody else's of the same home.
 */
async function seenBy(
  tx: Tx,
  subject: Subject,
  references: readonly string[],
): Promise<Record<string, unknown>[]> {
  const own =
    subject.kind === 'phone' && subject.household !== null ? [`household:${subject.household}`] : [];
  const { rows } = await tx.query(
    `select a.at, a.action, a.purpose,
            case when s.key is not null then array_to_string(s.roles, ', ') when a.actor like 'token:%' then 'system'
                 else a.actor end as role
     from audit a left join staff s on s.key::text = a.actor
     where (a.subject = any($1) and not coalesce(s.roles && '{inspector,protection_officer}', false)
            or a.subject = any($2) and not coalesce(s.roles && '{protection_officer}', false))
       and a.action not like 'private%'
     order by a.at, a.id`,
    [
      [subjectOf(subject), ...own, ...(await tasksSeen(tx, subject))],
      references.map((reference) => `case:${reference}`),
    ],
  );
  return rows;
}

/** Lists of what is to be done show whom to call: each such look is about the task. */
async function tasksSeen(tx: Tx, subject: Subject): Promise<string[]> {
  if (subject.kind !== 'phone') return [];
  const { rows } = await tx.query<{ subject: string }>(
    `select 'task:' || id as subject from task where contact = $1`,
    [subject.contact],
  );
  return rows.map((row) => row.subject);
}

/**
 * Erasure: what may go goes; what the law keeps stays without what she said or is. In one transaction, beside a running
 * service; a second time there is nothing left to do.
 */
import type { Database, Tx } from '../store/database.ts';
import { recordAudit } from './audit.ts';
import { emptyCases, type Counts } from './empty-case.ts';
import { closeCases, casesOf, type OfSubject } from './erase-cases.ts';
import { forgetTurns } from './forget-turns.ts';
import type { Keys } from './keys.ts';
import { emptied } from './old-places.ts';
import { subjectOf, type Subject } from './subject.ts';

/** What becomes of cases that nobody has answered yet. */
export type WithOpen = 'refuse' | 'keep' | 'close';

export type Erased = {
  /** Rows deleted or emptied. */
  erased: Counts;
  /** Numbers of cases that were taken back for it. */
  closed: string[];
  /** Numbers of cases that stay whole until they are closed, with the address that is to be answered. */
  kept: string[];
  /** What else stays of hers, and why. */
  stays: string[];
};

/** Cases are open, and nothing was said of what is to become of them. Nothing was changed. */
export class StillOpen extends Error {
  readonly references: readonly string[];

  constructor(references: readonly string[]) {
    super('cases are still open');
    this.name = 'StillOpen';
    this.references = references;
  }
}

const STAYS = [
  "the registry's own copy (persons, enrolments, payments): the registry decides on it",
  'payment events and notices, without an address',
  'the audit, which names nobody',
];

/** A few tables are searched whole: nobody asks for it often enough for an index that every message would pay for. */
const AT_MOST_MS = 600_000;

/** Throws StillOpen. What was erased is in the audit by its counts. */
export function erasePerson(
  { db, keys }: { db: Database; keys: Keys },
  subject: Subject,
  { open, by, now }: { open: WithOpen; by: string; now: Date },
): Promise<Erased> {
  return db.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = ${AT_MOST_MS}`);
    const of: OfSubject =
      subject.kind === 'phone' ? { contact: subject.contact } : { household: subject.household };
    if ('contact' in of) await tx.query('select from contact where key = $1 for update', [of.contact]);
    const found = await casesOf(tx, of);
    const waiting = found.filter(({ isOpen }) => isOpen);
    if (open === 'refuse' && waiting.length > 0)
      throw new StillOpen(waiting.map(({ reference }) => reference));
    const closed = open === 'close' ? await closeCases(tx, waiting, { by, now }) : [];
    const kept = waiting.map(({ reference }) => reference).filter((reference) => !closed.includes(reference));
    const done = found.map(({ reference }) => reference).filter((reference) => !kept.includes(reference));

    const erased: Counts = await emptyCases(tx, done, now);
    const stays = [...STAYS];
    if (subject.kind === 'phone') stays.push(...(await erasePhone(tx, keys, subject, kept, erased, now)));
    else await eraseHousehold(tx, subject.household, kept, erased);
    const counts = Object.fromEntries(Object.entries(erased).filter(([, rows]) => rows > 0));
    await recordAudit(tx, {
      actor: by,
      action: 'person_erased',
      subject: subjectOf(subject),
      purpose: 'erasure_request',
      details: { rows: counts, closed: closed.length, kept: kept.length },
      at: now,
    });
    return { erased: counts, closed, kept, stays };
  });
}

type Statement = { table: string; sql: string; values: unknown[] };

/** Adds to the counts of a table: some are changed by two statements. */
async function carryOut(tx: Tx, statements: readonly Statement[], erased: Counts): Promise<void> {
  for (const { table, sql, values } of statements) {
    const { rowCount } = await tx.query(sql, values);
    erased[table] = (erased[table] ?? 0) + (rowCount ?? 0);
  }
}

async function erasePhone(
  tx: Tx,
  keys: Keys,
  { contact, phone }: Extract<Subject, { kind: 'phone' }>,
  kept: readonly string[],
  erased: Counts,
  now: Date,
): Promise<string[]> {
  // The answer to a case that stays is still hers to get.
  const leaving = kept.length > 0 ? `and state not in ('queued', 'sending')` : '';
  await carryOut(
    tx,
    [
      {
        table: 'outbound_key',
        // What she did that made a message to somebody else is in the key of that message.
        sql: `delete from outbound_key where key in (select key from outbound where contact = $1 ${leaving})
              or position($2 in key) > 0 and not exists (
                select from outbound o where o.key = outbound_key.key and o.contact = $1)`,
        values: [contact, contact],
      },
      { table: 'outbound', sql: `delete from outbound where contact = $1 ${leaving}`, values: [contact] },
      {
        table: 'outbound',
        sql: `update outbound set key = 'erased:' || id where position($1 in key) > 0 and contact is distinct from $2`,
        values: [contact, contact],
      },
      {
        table: 'outbound',
        sql: `update outbound set origin = 'erased' where position($1 in origin) > 0`,
        values: [contact],
      },
      { table: 'message', sql: 'delete from message where contact = $1', values: [contact] },
      {
        table: 'message',
        sql: 'update message set delivery = null where position($1 in delivery) > 0',
        values: [contact],
      },
      {
        table: 'attachment',
        sql: 'delete from attachment where contact = $1 and (reference is null or reference <> all($2))',
        values: [contact, kept],
      },
      {
        table: 'task',
        sql: 'delete from task where contact = $1 and (reference is null or reference <> all($2))',
        values: [contact, kept],
      },
      { table: 'call', sql: 'delete from call where contact = $1', values: [contact] },
      { table: 'note', sql: 'delete from note where contact = $1', values: [contact] },
      {
        table: 'interaction',
        sql: `update interaction set contact = null, person = null, household = null, verification = null
              where contact = $1`,
        values: [contact],
      },
      {
        table: 'question',
        sql: 'delete from question where contact = $1 and reference <> all($2)',
        values: [contact, kept],
      },
      { table: 'reference_guess', sql: 'delete from reference_guess where contact = $1', values: [contact] },
      {
        table: 'notify_when_open',
        sql: 'delete from notify_when_open where contact = $1',
        values: [contact],
      },
      {
        table: 'payment_confirmation',
        sql: 'delete from payment_confirmation where position($1 in key) > 0',
        values: [contact],
      },
      {
        table: 'payment_notice',
        sql: 'update payment_notice set contact = null where contact = $1',
        values: [contact],
      },
      {
        table: 'campaign_recipient',
        sql: `update campaign_recipient r
              set contact = null, phone = null, person = null, household = null,
                  reach = case when c.state in ('done', 'stopped') then r.reach else 'none' end,
                  reason = case when c.state in ('done', 'stopped') then r.reason else 'nobody' end
              from campaign c where c.id = r.campaign and (r.contact = $1 or r.phone = $2)`,
        values: [contact, phone],
      },
      {
        table: 'identity_lock',
        // Whoever is locked out must not get new tries by asking for this.
        sql: `delete from identity_lock where (kind, subject) in (('phone', $1::uuid), ('unmatched', $2::uuid))
                and coalesce(locked_until < $3, true)`,
        values: [phone, contact, now],
      },
    ],
    erased,
  );
  return eraseContact(tx, keys, contact, kept, erased);
}

/** The address goes last, unless somebody is still to be answered there, or it said that nothing may be sent to it. */
async function eraseContact(
  tx: Tx,
  keys: Keys,
  contact: string,
  kept: readonly string[],
  erased: Counts,
): Promise<string[]> {
  const { rows } = await tx.query<{ said_no: boolean }>(
    `select stopped_at is not null or consent is not distinct from 'none' as said_no from contact where key = $1`,
    [contact],
  );
  const [row] = rows;
  if (!row) return ['a dialog that is cached: at most an hour'];
  if (kept.length === 0 && !row.said_no) {
    await forgetTurns(tx, keys, [contact]);
    await carryOut(
      tx,
      [
        { table: 'conversation', sql: 'delete from conversation where contact = $1', values: [contact] },
        { table: 'contact', sql: 'delete from contact where key = $1', values: [contact] },
      ],
      erased,
    );
    return ['a dialog that is cached: at most an hour'];
  }
  erased['conversation'] = await emptyConversations(tx, keys, contact);
  return [
    row.said_no
      ? 'her address with her no: or she would be written to again'
      : 'her address, until the cases that are open are closed',
    'a dialog that is cached: at most an hour',
  ];
}

/** With another `seq`, so that what a cache still knows of it is stale. */
async function emptyConversations(tx: Tx, keys: Keys, contact: string): Promise<number> {
  const { rows } = await tx.query<{ channel: string; state: Buffer }>(
    `select channel, state from conversation
     where contact = $1 and (emptied_at is null or emptied_at < updated_at) for update`,
    [contact],
  );
  for (const { channel, state } of rows)
    await tx.query(
      `update conversation set state = $3, seq = seq + 1, draft_until = null, emptied_at = greatest(now(), updated_at)
       where contact = $1 and channel = $2`,
      [contact, channel, emptied(keys, state)],
    );
  return rows.length;
}

async function eraseHousehold(
  tx: Tx,
  household: string,
  kept: readonly string[],
  erased: Counts,
): Promise<void> {
  await carryOut(
    tx,
    [
      { table: 'note', sql: 'delete from note where household = $1', values: [household] },
      {
        table: 'task',
        sql: `update task set household = null, phone = null, details = null
              where household = $1 and reference is null and state <> 'open'`,
        values: [household],
      },
      {
        table: 'interaction',
        sql: `update interaction set person = null, household = null, verification = null where household = $1`,
        values: [household],
      },
      {
        table: 'payment_confirmation',
        sql: 'delete from payment_confirmation where household = $1',
        values: [household],
      },
      {
        table: 'referral',
        sql: `update referral set household = null where household = $1 and reference <> all($2)
                and not exists (select from grievance g where g.reference = referral.reference and g.emptied_at is null)`,
        values: [household, kept],
      },
      {
        table: 'campaign_recipient',
        sql: `update campaign_recipient r set contact = null, phone = null, person = null, household = null
              from campaign c
              where c.id = r.campaign and r.household = $1 and c.state in ('done', 'stopped')`,
        values: [household],
      },
    ],
    erased,
  );
}

/** How long each kind of thing is kept, and what becomes of it then: the table of docs/privacy.md, as it is carried out. */
import { forgetEvidence } from '../evidence/link.ts';
import { KEEP_MONTHS } from '../evidence/attachment.ts';
import { forgetAnonymousPhones } from '../grievances/lifecycle.ts';
import { countOldMonths, dropOldMonths } from '../notifications/months.ts';
import type { Profile } from '../profiles/profile.ts';
import { forgetSessions } from '../staff/sessions.ts';
import type { Database } from '../store/database.ts';
import { dropOldAudit, oldAuditRows } from './audit-chain.ts';
import type { Keys } from './keys.ts';
import { countLonely, removeLonely } from './lonely-contacts.ts';
import { oldCases, emptyOldCases } from './old-cases.ts';
import { countPlaces, emptyPlaces } from './old-places.ts';

export type RetentionDeps = { db: Database; keys: Keys; profile: Profile };

/** `profile`: `privacy.retain_conversation_months`, which no profile can set above 24. */
export type Term = { months: number } | { days: number } | 'profile';

/** `before`: what ended before then has been kept long enough. */
type Due = { before: Date; now: Date };

export type Work = {
  /** Rows that are due. */
  count: (deps: RetentionDeps, due: Due) => Promise<number>;
  /** Removes them, a batch at a time; how many rows. Safe to stop, to repeat, and beside another process. */
  remove: (deps: RetentionDeps, due: Due) => Promise<number>;
};

export type RetentionClass = {
  name: string;
  /** In the words of the documentation. */
  what: string;
  term: Term;
  since: string;
  then: string;
  work: readonly Work[];
};

const BATCH = 10_000;

/** Rows of `table` (as `t`) for which `where` holds; $1 is the day before which they are old. */
function rows(table: string, where: string, change?: { set: string; key: string }): Work {
  const chosen = (what: string) => `select ${what} from ${table} t where ${where}`;
  const statement = change
    ? `update ${table} set ${change.set} where ${change.key} = any(array(${chosen(`t.${change.key}`)} limit ${BATCH}))`
    : `delete from ${table} where ctid = any(array(${chosen('t.ctid')} limit ${BATCH}))`;
  return {
    async count({ db }, { before }) {
      const { rows: found } = await db.query<{ n: number }>(chosen('count(*) as n'), [before]);
      return found[0]?.n ?? 0;
    },
    async remove({ db }, { before }) {
      for (let removed = 0; ;) {
        const { rowCount } = await db.query(statement, [before]);
        removed += rowCount ?? 0;
        if ((rowCount ?? 0) < BATCH) return removed;
      }
    },
  };
}

const AUDIT_YEARS = 7;

/** In the order in which they are carried out: what hangs on something goes before it. */
export const RETENTION: readonly RetentionClass[] = [
  {
    name: 'conversations',
    what: 'lines of the record, messages sent, payment notices and what came of them',
    term: 'profile',
    since: 'the end of their month',
    then: 'dropped by whole months',
    work: [
      {
        count: ({ db, profile }, { now }) =>
          countOldMonths(db, profile.privacy.retain_conversation_months, now),
        async remove(deps, due) {
          const months = deps.profile.privacy.retain_conversation_months;
          const count = await countOldMonths(deps.db, months, due.now);
          await dropOldMonths(deps.db, months, due.now);
          return count;
        },
      },
    ],
  },
  {
    name: 'places',
    what: 'where a dialog stands: answers given, identity shown, last reply',
    term: { days: 1 },
    since: 'her last turn there',
    then: 'emptied, but for the language',
    work: [{ count: countPlaces, remove: emptyPlaces }],
  },
  {
    name: 'receipts',
    what: "the provider's message ids and words about delivery",
    term: { days: 90 },
    since: 'the message arrived or failed',
    then: 'emptied',
    work: [
      rows(
        'outbound',
        't.settled_at < $1 and t.created_at < $1 and (t.provider_id is not null or t.report is not null)',
        {
          set: 'provider_id = null, report = null',
          key: 'id',
        },
      ),
    ],
  },
  {
    name: 'inbound',
    what: 'message ids of providers, against a second delivery',
    term: { days: 7 },
    since: 'the message came',
    then: 'deleted',
    work: [rows('inbound', 't.at < $1')],
  },
  {
    name: 'callbacks',
    what: 'delivery reports without a message, message ids of registries',
    term: { days: 1 },
    since: 'they came',
    then: 'deleted',
    work: [rows('early_receipt', 't.at < $1'), rows('dci_message', 't.at < $1')],
  },
  {
    name: 'cases',
    what: 'ordinary cases: words, answer, history, evidence, who lodged them',
    term: { months: 24 },
    since: 'the case was closed',
    then: 'emptied; number, category, dates and statuses stay',
    work: [{ count: oldCases('open'), remove: emptyOldCases('open') }],
  },
  {
    name: 'restricted cases',
    what: 'the same of cases against staff, bribes and fraud',
    term: { months: 60 },
    since: 'the case was closed',
    then: 'emptied; number, category, dates and statuses stay',
    work: [{ count: oldCases('restricted'), remove: emptyOldCases('restricted') }],
  },
  {
    name: 'private matters',
    what: 'who was to be called, how safely, and what was done',
    term: { months: 24 },
    since: 'the last thing was done, when it is closed',
    then: 'deleted',
    work: [
      rows(
        'private_case',
        `t.state <> 'open' and t.created_at < $1
         and not exists (select from private_event e where e.private_case = t.id and e.at >= $1)`,
      ),
    ],
  },
  {
    name: 'nameless',
    what: 'hashed phone of a complaint without a name',
    term: { days: 30 },
    since: 'the case was closed',
    then: 'emptied',
    work: [
      {
        count: rows('grievance', 't.anonymous_phone is not null and t.closed_at < $1').count,
        remove: ({ db }, { now }) => forgetAnonymousPhones(db, now),
      },
    ],
  },
  {
    name: 'drafts',
    what: 'photos and voice notes that were never sent',
    term: { days: 2 },
    since: 'they came',
    then: 'deleted unread',
    work: [rows('attachment', `t.state = 'draft' and t.at < $1`)],
  },
  {
    name: 'evidence',
    what: 'photos, voice notes and places',
    term: { months: KEEP_MONTHS },
    since: 'they came, and their case was closed',
    then: 'emptied; that there was one stays',
    work: [
      {
        count: rows(
          'attachment',
          `t.state in ('waiting', 'stored', 'refused') and t.keep_until < $1::timestamptz + make_interval(months => ${KEEP_MONTHS})
           and (t.reference is null or exists (
             select from grievance g where g.reference = t.reference and g.closed_at < $1))`,
        ).count,
        remove: ({ db }, { now }) => forgetEvidence(db, now),
      },
    ],
  },
  {
    name: 'calls to make',
    what: 'phone and words of what an agent did for her',
    term: { days: 90 },
    since: 'it was done',
    then: 'emptied',
    work: [
      rows(
        'task',
        `t.state <> 'open' and t.reference is null and coalesce(t.done_at, t.created_at) < $1
         and (t.phone is not null or t.details is not null)`,
        { set: 'phone = null, details = null', key: 'id' },
      ),
    ],
  },
  {
    name: 'desk',
    what: 'calls, contacts with agents and what they verified, notes, tasks that are done',
    term: 'profile',
    since: 'they ended',
    then: 'deleted',
    work: [
      rows('call', `t.started_at < $1 and t.state in ('ended', 'missed')`),
      rows('interaction', 't.ended_at < $1'),
      rows('note', 't.at < $1'),
      rows('task', `t.state <> 'open' and t.reference is null and coalesce(t.done_at, t.created_at) < $1`),
    ],
  },
  {
    name: 'waiting list',
    what: 'who asked for a message when registration opens',
    term: 'profile',
    since: 'she asked',
    then: 'deleted',
    work: [rows('notify_when_open', 't.created_at < $1')],
  },
  {
    name: 'questions',
    what: 'questions sent by SMS, look-ups of numbers that do not exist, failed identity checks',
    term: { days: 2 },
    since: 'they ended',
    then: 'deleted',
    work: [
      rows('question', 't.until < $1'),
      rows('reference_guess', 't.day < $1::date'),
      rows('identity_lock', 't.first_failed_at < $1 and coalesce(t.locked_until < $1, true)'),
    ],
  },
  {
    name: 'confirmations',
    what: 'what she said of a payment',
    term: 'profile',
    since: 'she said it',
    then: 'deleted',
    work: [rows('payment_confirmation', 't.at < $1')],
  },
  {
    name: 'campaigns',
    what: 'whom a campaign was for',
    term: 'profile',
    since: 'the campaign ended',
    then: 'deleted; its counts stay',
    work: [
      rows(
        'campaign_recipient',
        't.campaign in (select id from campaign where coalesce(ended_at, made_at) < $1)',
      ),
      rows(
        'campaign_listed',
        't.campaign in (select id from campaign where coalesce(ended_at, made_at) < $1)',
      ),
    ],
  },
  {
    name: 'parked payments',
    what: 'payment events of a beneficiary whom the registry never named',
    term: { months: 12 },
    since: 'they came',
    then: 'deleted',
    work: [rows('payment_event', `t.outcome = 'parked' and t.received_at < $1`)],
  },
  {
    name: 'payment events',
    what: 'what payment systems said, as they said it',
    term: { months: 84 },
    since: 'they came',
    then: 'deleted; the payment as it ended stays',
    work: [rows('payment_event', `t.outcome <> 'parked' and t.received_at < $1`)],
  },
  {
    name: 'imports',
    what: 'rows of an import that was broken off',
    term: { days: 30 },
    since: 'it last went on',
    then: 'deleted',
    work: [
      rows('registry_import_row', 't.file in (select file from registry_import where updated_at < $1)'),
      rows('payment_import_ref', 't.file in (select file from payment_import where updated_at < $1)'),
    ],
  },
  {
    name: 'webhooks',
    what: 'what other systems were told',
    term: { days: 30 },
    since: 'it was queued, when nothing waits',
    then: 'deleted',
    work: [rows('webhook_delivery', `t.state <> 'waiting' and t.created_at < $1`)],
  },
  {
    name: 'sign-ins',
    what: 'sessions of staff that have ended (30 idle minutes, 12 hours)',
    term: { days: 0 },
    since: 'they ended',
    then: 'deleted',
    work: [
      {
        count: rows(
          'staff_session',
          `t.expires_at <= $1 or t.last_seen_at <= $1::timestamptz - interval '30 minutes'`,
        ).count,
        async remove(deps, due) {
          const ended = await this.count(deps, due);
          await forgetSessions(deps.db, due.now);
          return ended;
        },
      },
    ],
  },
  {
    name: 'contacts',
    what: 'addresses with no consent, no STOP, and nothing left that hangs on them',
    term: 'profile',
    since: 'the first message',
    then: 'deleted',
    work: [{ count: countLonely, remove: removeLonely }],
  },
  {
    name: 'audit',
    what: 'who saw and did what; no content',
    term: { months: AUDIT_YEARS * 12 },
    since: 'the last entry of its block',
    then: 'deleted by whole blocks of the chain',
    work: [
      {
        count: ({ db }, { now }) => oldAuditRows(db, AUDIT_YEARS, now),
        remove: (deps, { now }) => dropOldAudit(deps, AUDIT_YEARS, now),
      },
    ],
  },
];

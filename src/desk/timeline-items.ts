/** What stands in a timeline, apart from messages: calls, payments, cases, consent, notes and who looked. */
import { visibleCases } from '../grievances/visibility.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';
import { openNote } from './notes.ts';
import { attachmentItems } from './timeline-attachments.ts';

export type TimelineKind =
  | 'message'
  | 'ussd'
  | 'call'
  | 'callback'
  | 'payment'
  | 'status'
  | 'case'
  | 'consent'
  | 'note'
  | 'lookup'
  | 'task'
  | 'attachment';

/** A screen or an input of a USSD session. */
export type TimelineLine = { at: Date; direction: 'in' | 'out'; text?: string; hidden?: 'by_rule' };

export type TimelineItem = {
  /** Unique in the timeline, and the same each time it is read. */
  id: string;
  at: Date;
  kind: TimelineKind;
  channel?: string;
  direction?: 'in' | 'out';
  /** `citizen`, `system`, or the key of a member of staff. */
  author?: string;
  /** A word of a closed list, by kind: delivery state, status of a case, outcome of a call. */
  state?: string;
  /** Why it failed, or was decided so: a code. */
  reason?: string;
  text?: string;
  lines?: TimelineLine[];
  /** Of a USSD session: inputs, seconds, and the dialog of its last recorded screen, where it ended or was cut. */
  session?: { steps: number; seconds: number; leftAt?: string };
  /** Of the case it belongs to. */
  reference?: string;
  /** Amounts, dates and words by name; the page says them in its language. */
  facts?: Readonly<Record<string, string | number | boolean | null>>;
  /** The rule keeps the words from this member of staff; that there is something, she may know. */
  hidden?: 'by_rule';
};

/** Whose timeline, seen by whom. `household` only when its payments may be seen. */
export type Scope = { contact: string; household: string | null; by: Staff; before: Date; count: number };

type Source = (tx: Tx, keys: Keys, scope: Scope) => Promise<TimelineItem[]>;

const calls: Source = async (tx, _keys, { contact, before, count }) => {
  const { rows } = await tx.query<{
    id: number;
    at: Date;
    staff: string | null;
    state: string;
    seconds: number | null;
  }>(
    `select id, started_at as at, staff, state,
            extract(epoch from ended_at - answered_at)::integer as seconds
     from call where contact = $1 and started_at < $2 order by started_at desc limit $3`,
    [contact, before, count],
  );
  return rows.map(({ id, at, staff, state, seconds }) => ({
    id: `call:${id}`,
    at,
    kind: 'call',
    channel: 'call',
    direction: 'in',
    author: staff ?? 'citizen',
    state,
    ...(seconds === null ? {} : { facts: { seconds } }),
  }));
};

/** A task that belongs to a case is there for whoever may know of the case. */
const tasks: Source = async (tx, _keys, { contact, by, before, count }) => {
  const seen = visibleCases(by, 'g', 4);
  const { rows } = await tx.query<{
    id: number;
    at: Date;
    kind: string;
    state: string;
    outcome: string | null;
    promised_on: string;
    slot: string | null;
    reference: string | null;
    attempts: { at: string; staff: string; outcome: string }[];
  }>(
    `select t.id, t.created_at as at, t.kind, t.state, t.outcome, t.promised_on, t.slot, t.reference,
            coalesce((select json_agg(json_build_object('at', a.at, 'staff', a.staff, 'outcome', a.outcome) order by a.id)
                      from task_attempt a where a.task = t.id), '[]') as attempts
     from task t left join grievance g on g.reference = t.reference
     where t.contact = $1 and t.created_at < $2 and (t.reference is null or ${seen.sql})
     order by t.created_at desc limit $3`,
    [contact, before, count, ...seen.values],
  );
  return rows.flatMap(({ id, at, kind, state, outcome, promised_on, slot, reference, attempts }) => {
    const about = reference === null ? {} : { reference };
    const item: TimelineItem = {
      id: `task:${id}`,
      at,
      kind: kind === 'callback' ? 'callback' : 'task',
      author: 'citizen',
      state,
      ...(outcome === null ? {} : { reason: outcome }),
      facts: { task: kind, promised_on, slot, attempts: attempts.length },
      ...about,
    };
    const tries = attempts.map((attempt, n): TimelineItem => ({
      id: `task:${id}:${n + 1}`,
      at: new Date(attempt.at),
      kind: 'callback',
      channel: 'callback',
      direction: 'out',
      author: attempt.staff,
      state: attempt.outcome,
      ...about,
    }));
    return [item, ...tries.filter((one) => one.at < before)];
  });
};

const payments: Source = async (tx, _keys, { household, before, count }) => {
  if (household === null) return [];
  const { rows } = await tx.query<{
    reference: string;
    at: Date;
    status: string;
    facts: NonNullable<TimelineItem['facts']>;
  }>(
    `select reference, status,
            least(coalesce(status_date::timestamptz, on_date::timestamptz, updated_at), updated_at) as at,
            json_build_object('payment', reference, 'programme', programme, 'period', period, 'amount', amount::text,
                              'currency', currency, 'place', place, 'provider', provider,
                              'from', from_date, 'until', until_date) as facts
     from payment
     where household = $1
       and least(coalesce(status_date::timestamptz, on_date::timestamptz, updated_at), updated_at) < $2
     order by at desc limit $3`,
    [household, before, count],
  );
  const said = await tx.query<{
    id: number;
    at: Date;
    channel: string;
    answer: string;
    facts: NonNullable<TimelineItem['facts']>;
  }>(
    `select id, at, channel, answer,
            json_build_object('payment', payment, 'amount_said', amount_said::text, 'fee', fee) as facts
     from payment_confirmation where household = $1 and at < $2 order by at desc limit $3`,
    [household, before, count],
  );
  return [
    ...rows.map(({ reference, at, status, facts }): TimelineItem => ({
      id: `payment:${reference}`,
      at,
      kind: 'payment',
      author: 'system',
      state: status,
      facts,
    })),
    ...said.rows.map(({ id, at, channel, answer, facts }): TimelineItem => ({
      id: `confirmation:${id}`,
      at,
      kind: 'payment',
      channel,
      direction: 'in',
      author: 'citizen',
      state: `confirmed_${answer}`,
      facts,
    })),
  ];
};

const enrolments: Source = async (tx, _keys, { household, before }) => {
  if (household === null) return [];
  const { rows } = await tx.query<{
    programme: string;
    status: string;
    at: Date;
    reason: string | null;
    since: string | null;
  }>(
    `select programme, status, reason, since, status_date::timestamptz as at from enrolment
     where household = $1 and status_date::timestamptz < $2`,
    [household, before],
  );
  return rows.map(({ programme, status, at, reason, since }) => ({
    id: `status:${programme}`,
    at,
    kind: 'status',
    author: 'system',
    state: status,
    ...(reason === null ? {} : { reason }),
    facts: { programme, since },
  }));
};

/** Events without what stands in them: the page of the case shows that, to whoever works on it. */
const cases: Source = async (tx, _keys, { contact, household, by, before, count }) => {
  const seen = visibleCases(by, 'g', 5);
  const { rows } = await tx.query<{
    id: number;
    at: Date;
    actor: string;
    event: string;
    status: string | null;
    reason: string | null;
    reference: string;
    kind: string;
    category: string;
    channel: string | null;
  }>(
    `select e.id, e.at, e.actor, e.kind as event, e.to_status as status, e.reason,
            g.reference, g.kind, g.category, g.channel
     from grievance g join grievance_event e using (reference)
     where (g.contact = $1 or g.household = $2) and e.at < $3 and ${seen.sql}
     order by e.at desc, e.id desc limit $4`,
    [contact, household, before, count, ...seen.values],
  );
  return rows.map(({ id, at, actor, event, status, reason, reference, kind, category, channel }) => ({
    id: `case:${id}`,
    at,
    kind: 'case',
    author: actor,
    ...(status === null ? {} : { state: status }),
    ...(reason === null ? {} : { reason }),
    ...(event === 'lodged' && channel !== null ? { channel } : {}),
    reference,
    facts: { event, kind, category },
  }));
};

const consent: Source = async (tx, _keys, { contact, before }) => {
  const { rows } = await tx.query<{
    consent: string | null;
    consent_at: Date | null;
    consent_channel: string | null;
    consent_words: string | null;
    stopped_at: Date | null;
  }>('select consent, consent_at, consent_channel, consent_words, stopped_at from contact where key = $1', [
    contact,
  ]);
  const [row] = rows;
  const items: TimelineItem[] = [];
  if (row?.consent && row.consent_at)
    items.push({
      id: 'consent',
      at: row.consent_at,
      kind: 'consent',
      author: 'citizen',
      state: row.consent,
      ...(row.consent_channel === null ? {} : { channel: row.consent_channel }),
      ...(row.consent_words === null ? {} : { text: row.consent_words }),
    });
  if (row?.stopped_at)
    items.push({ id: 'stop', at: row.stopped_at, kind: 'consent', author: 'citizen', state: 'stopped' });
  return items.filter(({ at }) => at < before);
};

/** Consents to be sent to another service, with the case they belong to. */
const referrals: Source = async (tx, _keys, { contact, household, by, before, count }) => {
  const seen = visibleCases(by, 'g', 5);
  const { rows } = await tx.query<{
    id: string;
    at: Date;
    state: string;
    partner: string;
    need: string;
    reference: string;
  }>(
    `select r.id, coalesce(r.consent_at, r.created_at) as at, r.state, r.partner, r.need, r.reference
     from referral r join grievance g on g.reference = r.reference
     where (r.contact = $1 or r.household = $2) and coalesce(r.consent_at, r.created_at) < $3 and ${seen.sql}
     order by at desc limit $4`,
    [contact, household, before, count, ...seen.values],
  );
  return rows.map(({ id, at, state, partner, need, reference }) => ({
    id: `referral:${id}`,
    at,
    kind: 'consent',
    author: 'citizen',
    state,
    reference,
    facts: { partner, need },
  }));
};

const notes: Source = async (tx, keys, { contact, household, before, count }) => {
  const { rows } = await tx.query<{ id: number; at: Date; staff: string; sealed: Buffer }>(
    `(select id, at, staff, sealed from note where contact = $1 and at < $3 order by at desc limit $4)
     union
     (select id, at, staff, sealed from note where household = $2 and at < $3 order by at desc limit $4)`,
    [contact, household, before, count],
  );
  return rows.map(({ id, at, staff, sealed }) => ({
    id: `note:${id}`,
    at,
    kind: 'note',
    author: staff,
    text: openNote(keys, sealed),
  }));
};

/** Who else looked, and why. What people of restricted and private work looked at would say that there is such a matter. */
const lookups: Source = async (tx, _keys, { contact, household, by, before, count }) => {
  const { rows } = await tx.query<{
    id: number;
    at: Date;
    actor: string;
    action: string;
    purpose: string | null;
  }>(
    `select a.id, a.at, a.actor, a.action, a.purpose from audit a
     where a.subject = any($1) and a.at < $2 and a.action not like 'private%'
       and (a.action <> 'timeline' or a.actor <> $4) and not exists (
       select from staff s where s.key::text = a.actor and s.roles && '{inspector,protection_officer}')
     order by a.at desc limit $3`,
    [
      [`contact:${contact}`, ...(household === null ? [] : [`household:${household}`])],
      before,
      count,
      by.key,
    ],
  );
  return rows.map(({ id, at, actor, action, purpose }) => ({
    id: `lookup:${id}`,
    at,
    kind: 'lookup',
    author: actor,
    state: action,
    ...(purpose === null ? {} : { reason: purpose }),
  }));
};

/** Each source with the kinds it gives: what is filtered out is not read. */
export const sources: readonly { kinds: readonly TimelineKind[]; read: Source }[] = [
  { kinds: ['call'], read: calls },
  { kinds: ['callback', 'task'], read: tasks },
  { kinds: ['payment'], read: payments },
  { kinds: ['status'], read: enrolments },
  { kinds: ['case'], read: cases },
  { kinds: ['consent'], read: consent },
  { kinds: ['consent'], read: referrals },
  { kinds: ['note'], read: notes },
  { kinds: ['lookup'], read: lookups },
  { kinds: ['attachment'], read: attachmentItems },
];

/** What waits for a person on the desk: calls that ring, conversations, callbacks and tasks, by the time promised. */
import { visibleCases } from '../grievances/visibility.ts';
import type { Calendar } from '../profiles/calendar.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';

export type QueueItem = {
  /** Unique in the queue, and the same each time it is read. */
  id: string;
  kind: 'call' | 'conversation' | 'callback' | 'task';
  contact: string | null;
  /** By when somebody was promised to act; for calls and conversations, since when she waits. */
  due: Date;
  since: Date;
  channel?: 'call' | 'sms' | 'whatsapp';
  /** Of a task. */
  task?: {
    id: number;
    kind: string;
    version: number;
    attempts: number;
    slot: string | null;
    language: string | null;
  };
  reference?: string;
};

/** Parts of a day, as callbacks are promised: the hour by which each is over. */
const ENDS: Readonly<Record<string, string>> = { soon: '23:59', morning: '12:00', afternoon: '23:59' };

/** The most that is shown; more than this nobody works through. */
const MOST = 200;

/** @param calendar its time zone says when the promised day ends */
export async function myQueue(
  db: Tx,
  staff: Staff,
  { now, calendar }: { now: Date; calendar: Pick<Calendar, 'tz'> },
): Promise<QueueItem[]> {
  if (!may(staff, 'desk')) return [];
  const items = [
    ...(await ringing(db, staff)),
    ...(await waitingForMe(db, staff, now)),
    ...(await promised(db, staff, now, calendar.tz)),
  ];
  const urgency = ({ kind }: QueueItem): number => (kind === 'call' ? 0 : 1);
  return items.sort((a, b) => urgency(a) - urgency(b) || a.due.getTime() - b.due.getTime());
}

async function ringing(db: Tx, staff: Staff): Promise<QueueItem[]> {
  const { rows } = await db.query<{ id: number; contact: string; since: Date }>(
    `select id, contact, started_at as since from call where staff = $1 and state = 'ringing' order by id limit ${MOST}`,
    [staff.key],
  );
  return rows.map(({ id, contact, since }) => ({
    id: `call:${id}`,
    kind: 'call',
    channel: 'call',
    contact,
    due: since,
    since,
  }));
}

/** Conversations this agent took over, in which she spoke last. */
async function waitingForMe(db: Tx, staff: Staff, now: Date): Promise<QueueItem[]> {
  const { rows } = await db.query<{ contact: string; channel: 'sms' | 'whatsapp'; since: Date }>(
    `select c.key as contact, c.handled_channel as channel, last.at as since
     from contact c
     cross join lateral (
       select at, author, direction from message m
       where m.contact = c.key and m.channel = c.handled_channel and (m.direction = 'in' or m.author is not null)
       order by at desc limit 1) last
     where c.handled_by = $1 and c.handled_until > $2 and last.direction = 'in'`,
    [staff.key, now],
  );
  return rows.map(({ contact, channel, since }) => ({
    id: `conversation:${contact}`,
    kind: 'conversation',
    channel,
    contact,
    due: since,
    since,
  }));
}

/** Tasks of nobody or mine, without those of cases that do not exist for me. */
async function promised(db: Tx, staff: Staff, now: Date, tz: string): Promise<QueueItem[]> {
  const seen = visibleCases(staff, 'g', 5);
  const { rows } = await db.query<{
    id: number;
    kind: string;
    contact: string | null;
    due: Date;
    since: Date;
    version: number;
    attempts: number;
    slot: string | null;
    language: string | null;
    reference: string | null;
  }>(
    `select t.id, t.kind, t.contact, t.created_at as since, t.version, t.attempts, t.slot, t.language, t.reference,
            (t.promised_on + coalesce($3::jsonb ->> t.slot, '23:59')::time) at time zone $4 as due
     from task t left join grievance g on g.reference = t.reference
     where t.state = 'open' and t.kind in ('callback', 'kept_request', 'identity_locked', 'message', 'voice')
       and (t.owner is null or t.owner = $1)
       and (t.next_at is null or t.next_at <= $2)
       and (t.reference is null or ${seen.sql})
     order by t.promised_on, t.id limit ${MOST}`,
    [staff.key, now, JSON.stringify(ENDS), tz, ...seen.values],
  );
  return rows.map(({ id, kind, contact, due, since, reference, ...task }) => ({
    id: `task:${id}`,
    kind: kind === 'callback' ? 'callback' : 'task',
    contact,
    due,
    since,
    task: { id, kind, ...task },
    ...(reference === null ? {} : { reference }),
  }));
}

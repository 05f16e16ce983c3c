/** How things stand this moment: who waits, who is there, what is late, and whether messages leave. */
import { localDate } from '../profiles/calendar.ts';
import type { Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';
import { OPEN_STATUSES } from '../grievances/lifecycle.ts';
import { countedCases } from './scope.ts';

export type Standing = {
  calls: { waiting: number; longestSeconds: number };
  /** Of the staff who are signed in. */
  agents: { ready: number; talking: number; wrappingUp: number };
  /** Messages that nobody understood and nobody has answered. */
  texts: { waiting: number; oldest: Date | null };
  callbacks: { open: number; late: number };
  cases: { open: number; late: number };
};

export type Lane = {
  /** The provider product, or the channel. */
  name: string;
  queued: number;
  /** Since when the oldest that could leave has waited. */
  oldest: Date | null;
  /** In the last hour. */
  sent: number;
  failed: number;
};

export type Health = {
  lanes: Lane[];
  /** Requests kept because the registry did not answer. */
  registry: { kept: number; importedAt: Date | null };
};

export async function standing(db: Tx, staff: Staff, now: Date, tz: string): Promise<Standing> {
  const visible = countedCases(staff, 'g', 3);
  const today = localDate(now, tz);
  const [desk, cases] = await Promise.all([
    db.query<{
      calls: number;
      longest: number;
      ready: number;
      talking: number;
      wrapping: number;
      texts: number;
      oldest: Date | null;
      callbacks: number;
      late: number;
    }>(
      `with open_call as (
         select started_at from call where state = 'ringing' and started_at > $1::timestamptz - interval '1 hour'
       ), contact_now as (
         select i.staff, exists (
           select from call c where c.contact = i.contact and c.staff = i.staff and c.state = 'ended'
             and c.ended_at >= i.started_at) as is_hung_up
         from interaction i where i.ended_at is null
       ), present as (
         select s.key, s.ready from staff s
         where s.disabled_at is null and exists (
           select from staff_session o where o.staff = s.key and o.complete and o.expires_at > $1)
       )
       select (select count(*) from open_call) as calls,
              (select coalesce(extract(epoch from $1::timestamptz - min(started_at)), 0)::integer from open_call) as longest,
              (select count(*) from present where ready and key not in (select staff from contact_now)) as ready,
              (select count(*) from contact_now where not is_hung_up) as talking,
              (select count(*) from contact_now where is_hung_up) as wrapping,
              (select count(*) from task where state = 'open' and kind in ('message', 'voice')) as texts,
              (select min(created_at) from task where state = 'open' and kind in ('message', 'voice')) as oldest,
              (select count(*) from task where state = 'open' and kind = 'callback') as callbacks,
              (select count(*) from task where state = 'open' and kind = 'callback' and promised_on < $2::date) as late`,
      [now, today],
    ),
    db.query<{ open: number; late: number }>(
      `select count(*) as open, count(*) filter (where g.due_on < $1::date) as late
       from grievance g where g.closed_at is null and g.status = any($2) and ${visible.sql}`,
      [today, OPEN_STATUSES, ...visible.values],
    ),
  ]);
  const [row] = desk.rows;
  if (!row) throw new Error('a query of counts gave none');
  return {
    calls: { waiting: row.calls, longestSeconds: Math.max(0, row.longest) },
    agents: { ready: row.ready, talking: row.talking, wrappingUp: row.wrapping },
    texts: { waiting: row.texts, oldest: row.oldest },
    callbacks: { open: row.callbacks, late: row.late },
    cases: cases.rows[0] ?? { open: 0, late: 0 },
  };
}

export async function health(db: Tx, now: Date): Promise<Health> {
  const [lanes, registry] = await Promise.all([
    db.query<Lane>(
      `with waiting as (
         select lane, count(*) as queued, min(due) filter (where due <= $1) as oldest
         from outbound where state = 'queued' group by lane
       ), gone as (
         select lane, count(*) filter (where state <> 'failed') as sent, count(*) filter (where state = 'failed') as failed
         from outbound
         where created_at > $1::timestamptz - interval '1 hour'
           and state in ('sent', 'delivered', 'read', 'unknown', 'failed')
         group by lane
       )
       select coalesce(w.lane, g.lane) as name, coalesce(w.queued, 0) as queued, w.oldest,
              coalesce(g.sent, 0) as sent, coalesce(g.failed, 0) as failed
       from waiting w full join gone g on g.lane = w.lane
       order by 1`,
      [now],
    ),
    db.query<{ kept: number; imported: Date | null }>(
      `select (select count(*) from task where kind = 'kept_request' and state = 'open') as kept,
              (select max(updated_at) from registry_import where finished) as imported`,
    ),
  ]);
  const [row] = registry.rows;
  return { lanes: lanes.rows, registry: { kept: row?.kept ?? 0, importedAt: row?.imported ?? null } };
}

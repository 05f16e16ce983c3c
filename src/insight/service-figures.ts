/** Numbers about channels, payments and the desk. None of them is about one person; small ones are hidden. */
import type { Tx } from '../store/database.ts';
import { conversationCounts } from './day-counts.ts';
import type { Breakdown, IndicatorId } from './definitions.ts';
import {
  countFigure,
  countLines,
  shareFigure,
  shareLines,
  type Counted,
  type Figure,
  type Line,
} from './figures.ts';
import { namedPeriod, type Period } from './period.ts';

export type ServiceId = Extract<
  IndicatorId,
  | 'sensitive'
  | 'not_notified'
  | 'less_or_nothing'
  | 'ussd_sessions'
  | 'ussd_completion'
  | 'sms_unknown'
  | 'callbacks_kept'
  | 'first_contact'
  | 'handling_time'
  | 'wrapped_up'
  | 'service_level'
  | 'abandoned'
>;

/** Seconds in which a staffed line answers (contact-centre habit; systems.md proposes 80 % of calls). */
const ANSWER_SECONDS = 20;
/** Days in which somebody whose matter is not settled calls again. */
const AGAIN_DAYS = 7;

/** `isGuarded`: small numbers are hidden. What is about private matters or her word on money always is. */
export async function serviceFigures(
  db: Tx,
  { period, now, isGuarded }: { period: Period; now: Date; isGuarded: boolean },
): Promise<Record<ServiceId, Figure>> {
  const [conversations, unread, sensitive, unreached, confirmed, callbacks, desk, first, calls] =
    await Promise.all([
      conversationCounts(db, period, now),
      count(
        db,
        `select count(*) as count from task where kind = 'message' and created_at >= $1 and created_at < $2`,
        period,
      ),
      countSensitive(db, now, period.tz),
      count(
        db,
        `select count(*) as count from outbound where ${NOT_NOTIFIED} and created_at >= $1 and created_at < $2`,
        period,
      ),
      confirmations(db, period),
      callbacksKept(db, period, now),
      deskTimes(db, period),
      firstContacts(db, period, now),
      callTimes(db, period),
    ]);
  const sum = (what: string) =>
    conversations.filter((one) => one.what === what).reduce((all, one) => all + one.count, 0);
  const less = confirmed.reduce((all, { part }) => all + part, 0);
  const answers = confirmed.reduce((all, { whole }) => all + whole, 0);
  return {
    sensitive: countFigure(sensitive, true),
    not_notified: countFigure(unreached, isGuarded),
    less_or_nothing: shareFigure(less, answers, true),
    ussd_sessions: { value: sum('sessions') },
    ussd_completion: shareFigure(sum('finished'), sum('sessions'), isGuarded),
    sms_unknown: shareFigure(unread, Math.max(unread, sum('texts')), isGuarded),
    callbacks_kept: shareFigure(callbacks.part, callbacks.whole, isGuarded),
    first_contact: shareFigure(first.part, first.whole, isGuarded),
    handling_time: { value: desk.seconds },
    wrapped_up: shareFigure(desk.coded, desk.ended, false),
    service_level: shareFigure(calls.quick, calls.all, false),
    abandoned: shareFigure(calls.missed, calls.all, false),
  };
}

export async function serviceLines(
  db: Tx,
  { period, now }: { period: Period; now: Date },
  id: ServiceId,
  by: Breakdown,
): Promise<Line[]> {
  switch (`${id}:${by}`) {
    case 'ussd_completion:dialog':
      return dialogLines(await conversationCounts(db, period, now));
    case 'less_or_nothing:provider':
      return shareLines(await confirmations(db, period));
    case 'less_or_nothing:answer':
      return countLines(
        await grouped(
          db,
          'select answer as name, count(*) as count from payment_confirmation where at >= $1 and at < $2 group by 1',
          period,
        ),
      );
    case 'not_notified:code':
      return countLines(
        await grouped(
          db,
          `select coalesce(error, '') as name, count(*) as count from outbound
           where ${NOT_NOTIFIED} and created_at >= $1 and created_at < $2 group by 1`,
          period,
        ),
      );
    case 'wrapped_up:code':
      return countLines(
        await grouped(
          db,
          `select coalesce(wrap_up, '') as name, count(*) as count from interaction
           where ended_at >= $1 and ended_at < $2 group by 1`,
          period,
        ),
      );
    default:
      return [];
  }
}

/** What we promised to tell, and could not by any means. What she stopped herself is not counted. */
export const NOT_NOTIFIED = `state = 'failed' and kind in ('notice', 'answer', 'security') and onward is distinct from 'message'`;

/** Of the sessions that saw a dialog, those that ended in it without its last screen. */
function dialogLines(counts: Awaited<ReturnType<typeof conversationCounts>>): Line[] {
  const dialogs = new Map<string, Counted>();
  for (const { what, screen, count: found } of counts) {
    if (what !== 'reached' && what !== 'left') continue;
    const line = dialogs.get(screen) ?? { name: screen, part: 0, whole: 0 };
    if (what === 'reached') line.whole += found;
    else line.part += found;
    dialogs.set(screen, line);
  }
  return shareLines([...dialogs.values()]);
}

/**
 * Private matters and sensitive cases of the last month that is over, whatever the period: two overlapping periods would
 * tell the difference between them.
 */
async function countSensitive(db: Tx, now: Date, tz: string): Promise<number> {
  return count(
    db,
    `select (select count(*) from private_case where created_at >= $1 and created_at < $2)
          + (select count(*) from grievance
             where sensitivity = 'sensitive' and created_at >= $1 and created_at < $2) as count`,
    namedPeriod('month', now, tz),
  );
}

/** Her newest word on each payment, by provider. */
async function confirmations(db: Tx, period: Period): Promise<Counted[]> {
  const { rows } = await db.query<Counted>(
    `select coalesce(p.provider, '') as name, count(*) as whole,
            count(*) filter (where c.answer in ('less', 'nothing')) as part
     from (select distinct on (payment, person) payment, answer from payment_confirmation
           where at >= $1 and at < $2 order by payment, person, id desc) c
     left join payment p on p.reference = c.payment
     group by 1`,
    [period.start, period.end],
  );
  return rows;
}

/** Promised for a day of the period that is over, or tried already; kept: tried on that day or before. */
async function callbacksKept(db: Tx, { from, until, tz }: Period, now: Date): Promise<Counted> {
  const { rows } = await db.query<Counted>(
    `select '' as name, count(*) as whole,
            count(*) filter (where (first.at at time zone $3)::date <= t.promised_on) as part
     from task t
     left join lateral (select min(a.at) as at from task_attempt a where a.task = t.id) first on true
     where t.kind = 'callback' and t.promised_on >= $1::date and t.promised_on < $2::date
       and (t.promised_on < ($4::timestamptz at time zone $3)::date or first.at is not null)`,
    [from, until, tz, now],
  );
  return rows[0] ?? { name: '', whole: 0, part: 0 };
}

async function deskTimes(
  db: Tx,
  { start, end }: Period,
): Promise<{ ended: number; coded: number; seconds: number | null }> {
  const { rows } = await db.query<{ ended: number; coded: number; seconds: number | null }>(
    `select count(*) as ended, count(wrap_up) as coded,
            (avg(extract(epoch from ended_at - started_at)) filter (where channel in ('call', 'callback')))::double precision
              as seconds
     from interaction where ended_at >= $1 and ended_at < $2`,
    [start, end],
  );
  return rows[0] ?? { ended: 0, coded: 0, seconds: null };
}

/** Contacts that ended a week ago or longer; settled: the same person was in no contact in the week after. */
async function firstContacts(db: Tx, { start, end }: Period, now: Date): Promise<Counted> {
  const { rows } = await db.query<Counted>(
    `select '' as name, count(*) as whole,
            count(*) filter (where not exists (
              select from interaction later
              where later.contact = i.contact and later.started_at > i.ended_at
                and later.started_at <= i.ended_at + make_interval(days => $4))
            and not exists (
              select from call c
              where c.contact = i.contact and c.started_at > i.ended_at
                and c.started_at <= i.ended_at + make_interval(days => $4))) as part
     from interaction i
     where i.contact is not null and i.ended_at >= $1 and i.ended_at < $2
       and i.wrap_up in ('answered_info', 'case_opened', 'case_updated', 'callback_set', 'referred', 'verification_failed')
       and i.ended_at <= $3::timestamptz - make_interval(days => $4)`,
    [start, end, now, AGAIN_DAYS],
  );
  return rows[0] ?? { name: '', whole: 0, part: 0 };
}

async function callTimes(
  db: Tx,
  { start, end }: Period,
): Promise<{ all: number; quick: number; missed: number }> {
  const { rows } = await db.query<{ all: number; quick: number; missed: number }>(
    `select count(*) as all, count(*) filter (where state = 'missed') as missed,
            count(*) filter (where answered_at <= started_at + make_interval(secs => $3)) as quick
     from call where started_at >= $1 and started_at < $2 and state <> 'ringing'`,
    [start, end, ANSWER_SECONDS],
  );
  return rows[0] ?? { all: 0, quick: 0, missed: 0 };
}

async function count(db: Tx, sql: string, { start, end }: Period): Promise<number> {
  const { rows } = await db.query<{ count: number }>(sql, [start, end]);
  return rows[0]?.count ?? 0;
}

async function grouped(
  db: Tx,
  sql: string,
  { start, end }: Period,
): Promise<{ name: string; count: number }[]> {
  return (await db.query<{ name: string; count: number }>(sql, [start, end])).rows;
}

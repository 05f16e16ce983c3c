/** Numbers over a few cases counted by hand, for who may see them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newReference } from '../../src/grievances/reference.ts';
import type { CaseScope } from '../../src/insight/case-sets.ts';
import { countDays } from '../../src/insight/day-counts.ts';
import { linesOf, measure } from '../../src/insight/measure.ts';
import { health, standing } from '../../src/insight/now.ts';
import { namedPeriod, periodOf } from '../../src/insight/period.ts';
import { publicCsv, publicTable } from '../../src/insight/public-table.ts';
import { caseRows, exportRows, unreachedRows } from '../../src/insight/rows.ts';
import { auditCsv } from '../../src/insight/audit-export.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { sealPerson } from '../../src/registry/sealed.ts';
import type { Role, Staff } from '../../src/staff/roles.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

const TZ = 'Asia/Beirut';
/** A Monday noon. */
const NOW = new Date('2026-11-23T10:00:00Z');
const period = periodOf('2026-11-01', '2026-11-24', TZ);
const at = (day: number, hour = 8) => new Date(Date.UTC(2026, 10, day, hour));

let db: Database;
let keys: Keys;
let drop: () => Promise<void>;
let agent: string;

beforeAll(async () => {
  const database = await freshDatabase();
  db = openDatabase(database.url, { max: 4 });
  drop = database.drop;
  keys = await openKeys(db, { current: randomBytes(32) });
});
afterAll(async () => {
  await db.close();
  await drop();
});
beforeEach(async () => {
  await db.query(`truncate grievance, grievance_event, case_feed, message, task, task_attempt, call, interaction, outbound,
    payment, payment_confirmation, private_case, insight_day, household, staff, contact cascade`);
  const { rows } = await db.query<{ key: string }>(
    `insert into staff (email, sealed, roles, language) values ($1, '\\x00', '{agent}', 'en') returning key`,
    [randomUUID()],
  );
  agent = rows[0]?.key ?? '';
});

function staff(...roles: Role[]): Staff {
  return { key: agent, name: 'N', email: 'n@example.org', roles, units: null, area: null, language: 'en' };
}
const scope = (...roles: Role[]): CaseScope => ({ staff: staff(...roles), period, now: NOW });

type Made = {
  category?: string;
  sensitivity?: string;
  area?: string;
  created?: Date;
  due?: string;
  answered?: Date;
  acknowledged?: Date;
  late?: Date;
  reopened?: Date;
  satisfaction?: string;
  kind?: string;
  decision?: string;
  against?: string;
  payment?: string;
  anonymous?: boolean;
};

/** A case with its history. */
async function make(made: Made = {}): Promise<string> {
  const reference = newReference();
  const created = made.created ?? at(2);
  const status = made.reopened
    ? 'reopened'
    : made.answered
      ? 'resolved'
      : made.late
        ? 'escalated'
        : 'received';
  await db.query(
    `insert into grievance (reference, kind, category, sensitivity, status, route, area, due_on, created_at, updated_at,
                            satisfaction, decision, appeal_of, payment, anonymous, channel, language)
     values ($1, $2, $3, $4, $5, 'payments', $6, $7, $8, $8, $9, $10, $11, $12, $13, 'ussd', 'ar')`,
    [
      reference,
      made.kind ?? 'complaint',
      made.category ?? 'PAY-NR',
      made.sensitivity ?? 'open',
      status,
      made.area ?? 'BEY-03',
      made.due ?? '2026-11-16',
      created,
      made.satisfaction ?? null,
      made.decision ?? null,
      made.against ?? null,
      made.payment ?? null,
      made.anonymous ?? false,
    ],
  );
  const event = (
    when: Date,
    kind: string,
    from: string | null,
    to: string | null,
    actor: string,
    reason: string | null,
  ) =>
    db.query(
      `insert into grievance_event (reference, at, actor, kind, from_status, to_status, reason)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [reference, when, actor, kind, from, to, reason],
    );
  await event(created, 'lodged', null, 'received', 'citizen', null);
  if (made.acknowledged) await event(made.acknowledged, 'status', 'received', 'acknowledged', agent, null);
  if (made.late) await event(made.late, 'status', 'received', 'escalated', 'system', 'sla');
  if (made.answered) await event(made.answered, 'status', 'in_review', 'resolved', agent, 'done');
  if (made.reopened) await event(made.reopened, 'status', 'resolved', 'reopened', 'citizen', 'solved_no');
  return reference;
}

describe('numbers about cases', () => {
  it('are what one counts by hand', async () => {
    // Answered in time after 4 and 10 days; answered late; late and open; new and waiting; one of last month.
    const first = await make({ acknowledged: at(2, 20), answered: at(6), satisfaction: 'yes' });
    await make({ acknowledged: at(4), answered: at(12), satisfaction: 'partly', reopened: at(13) });
    await make({ answered: at(20), late: at(17), due: '2026-11-27', satisfaction: 'no' });
    await make({ late: at(17), due: '2026-11-27', area: 'AKK' });
    await make({ created: at(23, 9), due: '2026-12-07', anonymous: true });
    await make({ created: new Date('2026-10-05T08:00:00Z'), due: '2026-10-20' });
    await make({ kind: 'appeal', category: 'ELG-APL', answered: at(10), decision: 'upheld', against: first });
    const { figures } = await measure(db, scope('supervisor'));
    expect(figures.received).toEqual({ value: 6 });
    expect(figures.answered).toEqual({ value: 4 });
    // One within 12 hours of the five older than a day; the new one is not looked at yet.
    expect(figures.acknowledged).toEqual({ value: 20, part: 1, whole: 5 });
    // In time: days 6, 12 and the appeal; not: late then answered, and late and open.
    expect(figures.in_time).toEqual({ value: 60, part: 3, whole: 5 });
    // 4, 8, 10 and 18 days.
    expect(figures.median_days.value).toBeCloseTo(9);
    // Open: reopened, late, new, of last month.
    expect(figures.backlog).toEqual({ value: 4 });
    expect(figures.overdue).toEqual({ value: 2 });
    expect(figures.escalated).toMatchObject({ part: 2, whole: 6 });
    expect(figures.reopened).toMatchObject({ part: 1, whole: 4 });
    expect(figures.appealed).toMatchObject({ part: 1, whole: 3 });
    expect(figures.overturned).toMatchObject({ part: 1, whole: 1, value: 100 });
    expect(figures.satisfaction).toMatchObject({ value: 50 });
    expect(figures.anonymous).toMatchObject({ part: 1, whole: 6 });
  });

  it('leave restricted cases to who may see them, and tell an auditor no small number', async () => {
    await make();
    await make({ sensitivity: 'restricted', category: 'STF' });
    await make({ sensitivity: 'sensitive', category: 'SEN' });
    expect((await measure(db, scope('supervisor'))).figures.received).toEqual({ value: 1 });
    expect((await measure(db, scope('supervisor', 'inspector'))).figures.received).toEqual({ value: 2 });
    const { figures } = await measure(db, scope('auditor'));
    expect(figures.received).toEqual({ value: null, hidden: true });
    expect(figures.sensitive).toEqual({ value: 0 });
    const { rows } = await caseRows(db, scope('auditor'), 'received');
    expect(rows).toEqual([]);
    const lines = await linesOf({ db, keys }, scope('supervisor'), 'received');
    expect(JSON.stringify(lines)).not.toContain('STF');
    expect(lines.find(({ by }) => by === 'category')?.lines).toEqual([{ name: 'PAY-NR', count: null }]);
  });

  it('count women and men where the registry knows, and hide a few of either', async () => {
    const household = randomUUID();
    await db.query(`insert into household (key, members, sealed, content) values ($1, 3, '\\x00', $1)`, [
      household,
    ]);
    const about = async (sex: string | null, cases: number): Promise<void> => {
      const person = randomUUID();
      const none = {
        person_id: 'P',
        given_name: null,
        family_name: null,
        mother_name: null,
        birth_date: null,
      };
      await db.query(
        `insert into person (key, household, external_id, role, sealed) values ($1, $2, $1, 'member', $3)`,
        [person, household, sealPerson(keys, { ...none, sex, documents: [], phones: [] })],
      );
      for (let n = 0; n < cases; n += 1)
        await db.query('update grievance set person = $1 where reference = $2', [person, await make()]);
    };
    await about('female', 7);
    await about('F', 6);
    await about('M', 9);
    for (let n = 0; n < 6; n += 1) await make();
    const bySex = async () =>
      (await linesOf({ db, keys }, scope('supervisor'), 'received')).find(({ by }) => by === 'sex')?.lines;
    expect(await bySex()).toEqual([
      { name: 'female', count: 13 },
      { name: 'male', count: 9 },
      { name: '', count: 6 },
    ]);
    await about(' x ', 1);
    expect((await bySex())?.find(({ name }) => name === 'other')).toEqual({ name: 'other', count: null });
  });

  it('follow the backlog back day by day', async () => {
    await make({ created: at(19), answered: at(21) });
    await make({ created: at(20) });
    const { days } = await measure(db, scope('supervisor'));
    expect(
      days
        .slice(-5)
        .map(({ day, received, answered, backlog }) => [day.slice(-2), received, answered, backlog]),
    ).toEqual([
      ['19', 1, 0, 1],
      ['20', 1, 0, 2],
      ['21', 0, 1, 1],
      ['22', 0, 0, 1],
      ['23', 0, 0, 1],
    ]);
  });
});

describe('rows', () => {
  it('page through all of them once, and export without names, safe for spreadsheets, into the audit', async () => {
    const made = [];
    for (let day = 1; day <= 5; day += 1) made.push(await make({ created: at(day) }));
    await make({ sensitivity: 'restricted' });
    await db.query(`update grievance set area = '=cmd|x' where reference = $1`, [made[0]]);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await caseRows(db, scope('supervisor'), 'received', {
        limit: 2,
        ...(after ? { after } : {}),
      });
      seen.push(...page.rows.map(({ reference }) => reference));
      after = page.next ?? undefined;
    } while (after);
    expect(seen).toEqual([...made].reverse());
    const csv = await exportRows(db, { ...scope('supervisor'), by: staff('supervisor') }, 'received');
    expect(csv.split('\r\n')).toHaveLength(7);
    expect(csv).toContain(",'=cmd|x,");
    const { rows } = await db.query('select action, subject, details from audit order by id desc limit 1');
    expect(rows).toEqual([
      {
        action: 'rows_exported',
        subject: 'indicator:received',
        details: { from: '2026-11-01', until: '2026-11-24', rows: 5 },
      },
    ]);
  });
});

describe('the public table', () => {
  it('hides small cells, and secret cases in a total that does not tell them', async () => {
    for (let index = 0; index < 12; index += 1) await make({ answered: at(6) });
    for (let index = 0; index < 7; index += 1) await make({ area: 'AKK' });
    await make({ area: 'TRI-01' });
    await make({ sensitivity: 'restricted', category: 'STF' });
    const csv = publicCsv('2026-11', await publicTable(db, period));
    expect(csv).not.toContain('STF');
    expect(csv.split('\r\n').slice(0, 5)).toEqual([
      'month,programme,category,area,received,answered,answered_in_time,median_days',
      '2026-11,,PAY-NR,AKK,hidden,0,0,',
      '2026-11,,PAY-NR,BEY-03,12,12,12,4',
      '2026-11,,PAY-NR,TRI-01,hidden,0,0,',
      '2026-11,all,all,all,21,12,12,',
    ]);
  });
});

describe('numbers about the service', () => {
  async function session(day: number, ...screens: (string | null)[]): Promise<void> {
    const [contact, name] = [randomUUID(), randomUUID()];
    for (const [index, screen] of screens.entries())
      await db.query(
        `insert into message (at, contact, channel, direction, session, screen, done) values ($1, $2, 'ussd', 'out', $3, $4, $5)`,
        [
          new Date(at(day).getTime() + index * 1_000),
          contact,
          name,
          screen,
          screen === 'payment' || screen === null,
        ],
      );
  }

  it('count sessions once a day is over, and left dialogs', async () => {
    for (let index = 0; index < 6; index += 1) await session(20, 'entry', 'identify');
    for (let index = 0; index < 8; index += 1) await session(20, 'entry', 'identify', 'payment');
    for (let index = 0; index < 6; index += 1) await session(23, 'entry', null);
    await countDays(db, TZ, NOW);
    const counted = await db.query(
      `select count from insight_day where day = '2026-11-20' and what = 'left'`,
    );
    expect(counted.rows).toEqual([{ count: 6 }]);
    const { figures } = await measure(db, scope('supervisor'));
    expect(figures.ussd_sessions).toEqual({ value: 20 });
    expect(figures.ussd_completion).toEqual({ value: 70, part: 14, whole: 20 });
    const [dialogs] = await linesOf({ db, keys }, scope('supervisor'), 'ussd_completion');
    expect(dialogs?.lines.find(({ name }) => name === 'identify')?.count).toBe(14);
  });

  it('say how often payments arrived whole, by provider', async () => {
    await db.query(`insert into household (key, members, sealed, content) values ($1, 3, '\\x00', $1)`, [
      agent,
    ]);
    for (const [index, answer] of [
      'all',
      'all',
      'all',
      'all',
      'all',
      'less',
      'less',
      'less',
      'nothing',
      'nothing',
    ].entries()) {
      await db.query(
        `insert into payment (reference, household, programme, amount, currency, status, from_date, provider)
         values ($1, $2, 'P', 20.5, 'USD', 'paid', '2026-11-05', 'post')`,
        [`p${index}`, agent],
      );
      await db.query(
        `insert into payment_confirmation (key, payment, household, person, answer, fee, channel, at)
         values ($1, $2, $3, $4, $5, 'no', 'ussd', $6)`,
        [randomUUID(), `p${index}`, agent, randomUUID(), answer, at(8)],
      );
    }
    await make({ payment: 'p1' });
    const { figures } = await measure(db, scope('supervisor'));
    expect(figures.less_or_nothing).toEqual({ value: 50, part: 5, whole: 10 });
    expect(figures.payment_complaints).toEqual({ value: 100, part: 1, whole: 10 });
    const [byProvider] = await linesOf({ db, keys }, scope('supervisor'), 'less_or_nothing');
    expect(byProvider?.lines).toEqual([{ name: 'post', count: 10, share: 50 }]);
  });

  it('time calls, contacts and callbacks', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const call = (contact: string, state: string, day: number, answeredAfter: number | null) =>
      db.query(
        `insert into call (call_id, contact, state, started_at, answered_at) values ($1, $2, $3, $4, $5)`,
        [
          randomUUID(),
          contact,
          state,
          at(day),
          answeredAfter === null ? null : new Date(at(day).getTime() + answeredAfter * 1_000),
        ],
      );
    await call(one, 'ended', 3, 10);
    await call(one, 'ended', 5, 60);
    await call(two, 'missed', 20, null);
    await call(two, 'ringing', 23, null);
    const contact = (who: string, day: number, seconds: number, code: string | null) =>
      db.query(
        `insert into interaction (staff, contact, channel, started_at, ended_at, wrap_up) values ($1, $2, 'call', $3, $4, $5)`,
        [agent, who, at(day), new Date(at(day).getTime() + seconds * 1_000), code],
      );
    await contact(one, 3, 100, 'answered_info');
    await contact(one, 5, 200, 'answered_info');
    await contact(two, 20, 300, null);
    const callback = async (promised: string, tried: Date | null) => {
      const { rows } = await db.query<{ id: number }>(
        `insert into task (kind, promised_on, idempotency, created_at) values ('callback', $1, $2, $3) returning id`,
        [promised, randomUUID(), at(2)],
      );
      if (tried)
        await db.query(`insert into task_attempt (task, at, staff, outcome) values ($1, $2, $3, 'reached')`, [
          rows[0]?.id,
          tried,
          agent,
        ]);
    };
    await callback('2026-11-05', at(5));
    await callback('2026-11-05', at(6));
    await callback('2026-11-06', null);
    await callback('2026-11-23', null);
    const { figures } = await measure(db, scope('supervisor'));
    expect(figures.service_level).toMatchObject({ part: 1, whole: 3 });
    expect(figures.abandoned).toMatchObject({ part: 1, whole: 3 });
    expect(figures.handling_time).toEqual({ value: 200 });
    expect(figures.wrapped_up).toMatchObject({ part: 2, whole: 3 });
    // The second was the last of hers for a week; the third is too young to tell.
    expect(figures.first_contact).toEqual({ value: 50, part: 1, whole: 2 });
    expect(figures.callbacks_kept).toMatchObject({ part: 1, whole: 3 });
    const now = await standing(db, staff('supervisor'), NOW, TZ);
    expect(now.callbacks).toEqual({ open: 4, late: 3 });
  });

  it('say which messages reached nobody, and how gateways do', async () => {
    await db.query(
      `insert into outbound (channel, provider, address, content, kind, priority, key, due, expires_at, state, error, created_at)
       select 'sms', 'twilio-sms', '\\x00', '\\x00', 'notice', 5, 'k' || n, $1, $1, 'failed', 'unreachable', $1
       from generate_series(1, 6) n`,
      [new Date(NOW.getTime() - 60_000)],
    );
    const { figures } = await measure(db, scope('supervisor'));
    expect(figures.not_notified).toEqual({ value: 6 });
    expect((await unreachedRows(db, scope('supervisor'), { limit: 4 })).rows).toHaveLength(4);
    expect((await health(db, NOW)).lanes).toEqual([
      { name: 'twilio-sms', queued: 0, oldest: null, sent: 0, failed: 6 },
    ]);
  });
});

describe('the audit as CSV', () => {
  it('holds every row once, over pages', async () => {
    await db.query(
      `insert into audit (at, actor, action, subject)
       select $1::timestamptz + make_interval(secs => n), 'command', 'looked', 'contact:x' from generate_series(1, 2500) n`,
      [at(3)],
    );
    let csv = '';
    const options = { by: staff('auditor'), at: NOW, nameOf: () => '' };
    for await (const part of auditCsv(db, { action: 'looked', from: at(3), until: at(4) }, options))
      csv += part;
    expect(csv.split('\r\n')).toHaveLength(2 + 2500);
    const { rows } = await db.query('select action from audit order by id desc limit 1');
    expect(rows).toEqual([{ action: 'audit_exported' }]);
  });
});

describe('periods', () => {
  it('are local days, and a month is one that is over', () => {
    expect(namedPeriod('month', NOW, TZ)).toMatchObject({ from: '2026-10-01', until: '2026-11-01' });
    // Clocks go back at midnight: the Saturday has 25 hours.
    const { start, end } = periodOf('2026-10-24', '2026-10-25', TZ);
    expect((end.getTime() - start.getTime()) / 3_600_000).toBe(25);
    expect(namedPeriod('today', new Date('2026-11-22T22:30:00Z'), TZ).from).toBe('2026-11-23');
  });
});

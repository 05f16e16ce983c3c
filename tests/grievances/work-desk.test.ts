/** What the desk works on beside the deeds of cases: calls, duties, private matters, replies, lodging, appeals. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/conversation/ports.ts';
import { checkAnswer } from '../../src/grievances/answer-check.ts';
import { lastDayOf } from '../../src/grievances/appeal-window.ts';
import { referToUnit } from '../../src/grievances/assign.ts';
import {
  approveReply,
  BadReply,
  draftReply,
  fillReply,
  listReplies,
  missingTranslations,
} from '../../src/grievances/canned.ts';
import { caseDetail } from '../../src/grievances/case-detail.ts';
import { decideCase } from '../../src/grievances/decide.ts';
import { NotAllowed, type WorkDeps } from '../../src/grievances/deeds.ts';
import { seedDemoReplies } from '../../src/grievances/demo-replies.ts';
import { lodgeForCitizen, similarCases, type LodgeForCitizen } from '../../src/grievances/desk-lodge.ts';
import {
  closePrivate,
  listPrivate,
  NoSuchPrivateCase,
  openPrivate,
  recordPrivateAttempt,
  setSafeContact,
} from '../../src/grievances/private-work.ts';
import {
  claimTask,
  finishTask,
  listTasks,
  recordAttempt,
  StaleTask,
} from '../../src/grievances/tasks-work.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { holdTries, readTries, saveTries } from '../../src/privacy/lock.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { ROLES, type Role, type Staff } from '../../src/staff/roles.ts';
import { everything, HOUSEHOLD, identified, later, NOW, openDesk, PHONE, type Desk } from './support.ts';

let desk: Desk;
let deps: WorkDeps;
let notices: Notice[] = [];
const staff = {} as Record<Role, Staff>;

beforeAll(async () => {
  desk = await openDesk();
  const registry: Partial<Registry> = {
    findByPhone: () => Promise.resolve([]),
    file: () => Promise.resolve(undefined),
  };
  deps = {
    db: desk.db,
    keys: desk.keys,
    profile: desk.profile,
    registry: registry as Registry,
    notifier: (_tx, _to, notice) => {
      notices.push(notice);
      return Promise.resolve();
    },
  };
  for (const role of Object.keys(ROLES) as Role[]) {
    const key = randomUUID();
    await desk.db.query(
      `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', $3, 'en')`,
      [key, randomUUID(), [role]],
    );
    staff[role] = { key, name: role, email: '', roles: [role], units: null, area: null, language: 'en' };
  }
  await contactFor(desk.db, desk.keys, { from: PHONE });
});
beforeEach(async () => {
  notices = [];
  await desk.db.query('truncate grievance, task, private_case, canned_reply cascade');
});
afterAll(() => desk.close());

const board = (by: Staff, at = NOW) => listTasks(deps, by, {}, at);
const first = async (by: Staff, at = NOW) => {
  const [task] = await board(by, at);
  if (!task) throw new Error('the board is empty');
  return { id: task.id, version: task.version, by, at };
};
const filing = (more: Partial<LodgeForCitizen> = {}): LodgeForCitizen => ({
  by: staff.agent,
  at: NOW,
  key: randomUUID(),
  contact: desk.contactOf(PHONE),
  phone: PHONE,
  kind: 'complaint',
  category: 'PAY-NR',
  text: 'No money since October',
  language: 'en',
  channel: 'call',
  ...more,
});
const lodged = async (more: Partial<LodgeForCitizen> = {}) => {
  const made = await lodgeForCitizen(deps, filing(more));
  if (made.kind !== 'case') throw new Error('it was private');
  return made.reference;
};
const versionOf = async (reference: string) =>
  (
    await desk.db.query<{ version: number }>('select version from grievance where reference = $1', [
      reference,
    ])
  ).rows[0]?.version ?? -1;

describe('calling back', () => {
  it('tries three times: two hours later, then after a message the next morning, then gives up', async () => {
    await desk.ask('requestCall', { when: 'soon' });
    await recordAttempt(deps, { ...(await first(staff.agent)), outcome: 'no_answer' });
    expect((await board(staff.agent))[0]).toMatchObject({ attempts: 1, next_at: later(0, 2), phone: PHONE });
    expect(notices).toEqual([]);
    await recordAttempt(deps, { ...(await first(staff.agent, later(0, 2))), outcome: 'busy' });
    expect(notices).toMatchObject([{ text: 'sms.cb.missed' }]);
    expect((await board(staff.agent))[0]?.next_at).toEqual(new Date('2026-11-24T06:00:00Z'));
    await recordAttempt(deps, { ...(await first(staff.agent, later(1))), outcome: 'switched_off' });
    expect(await board(staff.agent)).toEqual([]);
    expect(await desk.rows('task')).toMatchObject([
      { state: 'failed', outcome: 'switched_off', attempts: 3 },
    ]);
    expect(await desk.rows('task_attempt')).toHaveLength(3);
  });

  it('reached is done, and done is over', async () => {
    await desk.ask('requestCall', { when: 'soon' });
    const deed = await first(staff.agent);
    await recordAttempt(deps, { ...deed, outcome: 'reached' });
    await expect(recordAttempt(deps, { ...deed, outcome: 'reached' })).rejects.toThrow(StaleTask);
    expect(await desk.rows('task')).toMatchObject([{ state: 'done', outcome: 'reached' }]);
  });

  it('late ones come first, and what a colleague has is theirs', async () => {
    await desk.ask('requestCall', { when: 'soon' });
    await desk.ask('requestCall', { when: 'soon' });
    await desk.db.query(`update task set promised_on = '2026-11-20' where id = (select max(id) from task)`);
    const tasks = await board(staff.agent);
    expect(tasks.map(({ late }) => late)).toEqual([true, false]);
    await claimTask(deps, await first(staff.agent));
    await expect(claimTask(deps, await first(staff.vendor_agent))).rejects.toThrow(StaleTask);
  });

  it('is nothing for who is not on the desk', async () => {
    await desk.ask('requestCall', { when: 'soon' });
    for (const role of ['inspector', 'protection_officer', 'auditor', 'admin', 'content_manager'] as const)
      expect(await board(staff[role])).toEqual([]);
  });
});

describe('duties and locks', () => {
  it('a duty is on the list of its unit, and done it takes the case back to work', async () => {
    const reference = await lodged();
    const version = await versionOf(reference);
    await referToUnit(deps, {
      reference,
      version,
      by: staff.supervisor,
      at: NOW,
      unit: 'registry',
      dueOn: '2026-12-01',
      text: 'Is it her?',
    });
    const officer = { ...staff.case_officer, units: ['registry'] };
    const stranger = { ...staff.case_officer, units: ['outreach'] };
    expect(await board(stranger)).toEqual([]);
    expect(await board(officer)).toMatchObject([{ kind: 'duty', text: 'Is it her?', unit: 'registry' }]);
    await finishTask(deps, { ...(await first(officer)), outcome: 'done', text: 'It is' });
    const detail = await caseDetail(deps, { reference, by: staff.supervisor, at: NOW });
    expect(detail.found.status).toBe('in_review');
    expect(detail.history.find(({ kind }) => kind === 'duty')?.words).toEqual({ text: 'It is' });
  });

  it('unlocks a phone and a file', async () => {
    const subject = { kind: 'phone', subject: desk.keys.index('phone', PHONE) } as const;
    await desk.db.transaction(async (tx) => {
      const held = await holdTries(tx, [subject]);
      await saveTries(
        tx,
        held.map((one) => ({ ...one, failures: 3, lockedUntil: later(1) })),
      );
    });
    await desk.db.query(
      `insert into task (kind, contact, phone, promised_on, idempotency, created_at) values ('identity_locked', $1, $2, '2026-11-24', gen_random_uuid(), now())`,
      [desk.contactOf(PHONE), desk.keys.seal('personal', PHONE, 'task.phone')],
    );
    await finishTask(deps, { ...(await first(staff.agent)), outcome: 'unlocked' });
    expect(await readTries(desk.db, [subject])).toEqual([]);
  });
});

describe('private matters', () => {
  it('are there for protection officers alone, and every opening stays with them', async () => {
    await desk.ask('lodgePrivate', { time: 'morning', who: 'woman' });
    const [row] = await listPrivate(deps, staff.protection_officer);
    const id = row?.id ?? '';
    for (const role of Object.keys(ROLES) as Role[]) {
      if (role === 'protection_officer') continue;
      expect(await listPrivate(deps, staff[role])).toEqual([]);
      await expect(openPrivate(deps, { id, by: staff[role], at: NOW })).rejects.toThrow(NoSuchPrivateCase);
    }
    const by = staff.protection_officer;
    expect((await openPrivate(deps, { id, by, at: NOW })).call).toMatchObject({ phone: PHONE, who: 'woman' });
    await setSafeContact(deps, {
      id,
      version: 0,
      by,
      at: NOW,
      contact: { time: 'evening', codeWord: 'jasmine' },
    });
    await recordPrivateAttempt(deps, { id, version: 1, by, at: NOW, outcome: 'other_person' });
    await expect(closePrivate(deps, { id, version: 1, by, at: NOW })).rejects.toThrow(StaleTask);
    await closePrivate(deps, { id, version: 2, by, at: NOW });
    const detail = await openPrivate(deps, { id, by, at: NOW });
    expect(detail).toMatchObject({ state: 'done', attempts: 1, call: { time: 'evening' } });
    expect(detail.steps.map(({ kind }) => kind)).toEqual([
      'opened',
      'safe_contact',
      'attempt',
      'closed',
      'opened',
    ]);
    expect(await everything(desk.db)).not.toMatch(/jasmine|evening|other_person/);
    expect(notices).toEqual([]);
  });

  it('taken down at the desk have no number and are in no list', async () => {
    const made = await lodgeForCitizen(deps, filing({ category: 'SEN', text: 'x' }));
    expect(made).toEqual({ kind: 'private' });
    expect(await desk.rows('grievance')).toEqual([]);
    expect(await listPrivate(deps, staff.protection_officer)).toHaveLength(1);
  });
});

describe('canned replies', () => {
  const texts = { en: 'Case {{ref}} is done.', ar: 'تم {{ref}}' };
  const draft = (by = staff.content_manager) => draftReply(deps, { key: 'done', texts, by, at: NOW });

  it('are approved by a second person', async () => {
    const { id } = await draft();
    await expect(approveReply(deps, { id, by: staff.content_manager, at: NOW })).rejects.toThrow(NotAllowed);
    await expect(approveReply(deps, { id, by: staff.agent, at: NOW })).rejects.toThrow(NotAllowed);
    await approveReply(deps, { id, by: staff.supervisor, at: NOW });
    const next = await draft();
    expect(next.version).toBe(2);
    await approveReply(deps, { id: next.id, by: staff.supervisor, at: NOW });
    expect((await listReplies(desk.db)).map(({ version, state }) => [version, state])).toEqual([
      [2, 'approved'],
      [1, 'retired'],
    ]);
    expect(await missingTranslations(deps)).toEqual([{ key: 'done', languages: ['fr'] }]);
  });

  it.each(['Dear {{name}}', 'Send your PIN', 'www.example.org', '{{phone}}'])('refuse %j', async (en) => {
    const bad = draftReply(deps, { key: 'bad', texts: { en }, by: staff.content_manager, at: NOW });
    await expect(bad).rejects.toThrow(BadReply);
  });

  it('are filled in whole or not at all', () => {
    expect(fillReply({ texts }, 'en', { ref: '12345678' })).toBe('Case 12345678 is done.');
    expect(fillReply({ texts }, 'en', {})).toBeUndefined();
    expect(fillReply({ texts }, 'fr', { ref: '1' })).toBeUndefined();
  });

  it('ten are there for the demonstration, in three languages, fit to be sent', async () => {
    expect(await seedDemoReplies(desk.db, NOW)).toBe(10);
    expect(await seedDemoReplies(desk.db, NOW)).toBe(0);
    expect(await missingTranslations(deps)).toEqual([]);
    const values = { ref: '', d: '31/12/2026', svc: 'Wasl', hot: '1747', code: '*384*1747#' };
    for (const reply of await listReplies(desk.db))
      for (const language of ['ar', 'en', 'fr'])
        expect(checkAnswer(fillReply(reply, language, values) ?? ''), `${reply.key} ${language}`).toEqual([]);
  });
});

describe('lodging for a citizen', () => {
  it('is one case however often it is sent, with its acknowledgement', async () => {
    const one = filing();
    const made = await lodgeForCitizen(deps, one);
    expect(await lodgeForCitizen(deps, one)).toEqual({ ...made, created: false });
    expect(notices).toMatchObject([{ text: 'sms.grv.ack' }]);
  });

  it('warns of the same problem, also in another programme and of another phone of the household', async () => {
    const reference = await lodged({ programme: 'CASH', household: HOUSEHOLD });
    const asked = { ...filing({ household: HOUSEHOLD, contact: null }), by: staff.agent };
    expect(await similarCases(desk.db, asked)).toEqual([reference]);
    expect(await similarCases(desk.db, { ...asked, at: later(31) })).toEqual([]);
    expect(await similarCases(desk.db, { ...asked, by: staff.auditor })).toEqual([]);
    expect(await similarCases(desk.db, { ...asked, category: 'SRV' })).toEqual([]);
  });

  it('hides card numbers, and without a name keeps none', async () => {
    const reference = await lodged({ contact: null, phone: null, text: 'Card 4111 1111 1111 1111' });
    const detail = await caseDetail(deps, { reference, by: staff.agent, at: NOW });
    expect(detail.words?.['text']).toBe('Card •••• •••• •••• ••••');
    expect(detail.found).toMatchObject({ anonymous: true, contact: null });
    expect(notices).toEqual([]);
  });
});

describe('appeals against a decision of staff', () => {
  const decide = async () => {
    const reference = await lodged();
    const deed = { reference, version: await versionOf(reference), by: staff.case_officer, at: NOW };
    await decideCase(deps, {
      ...deed,
      decision: 'rejected',
      reasonCode: 'paid_as_due',
      answer: { en: 'It was paid.' },
    });
    return reference;
  };

  it('have a window that counts from the notice and grows by outages', async () => {
    const reference = await decide();
    expect((await desk.ask('appealWindow', {})).facts).toEqual({ outcome: 'open', d: '2026-12-23' });
    await desk.db.query(
      `insert into outbound (contact, channel, address, content, kind, priority, key, due, expires_at, state, settled_at)
       values ($1, 'sms', '\\x00', '\\x00', 'answer', 2, $2, now(), now(), 'delivered', $3)`,
      [desk.contactOf(PHONE), `grv.answer:${reference}:1`, later(2)],
    );
    expect((await desk.ask('appealWindow', {})).facts).toEqual({ outcome: 'open', d: '2026-12-25' });
  });

  it('are tied to it, with what the registry said', async () => {
    const reference = await decide();
    desk.registry.enrolments = [
      {
        programme: 'CASH',
        status: 'suspended',
        statusDate: '2026-11-10',
        since: null,
        reason: 'x',
        nextDate: null,
        reviewDue: null,
      },
    ];
    const { facts } = await desk.ask('lodgeAppeal', { ground: 'income' }, { identity: identified });
    const appeal = String(facts['ref']);
    const detail = await caseDetail(deps, { reference: appeal, by: staff.appeal_officer, at: NOW });
    expect(detail.found.appeal_of).toBe(reference);
    expect(detail.evidence).toMatchObject({ source: 'local', enrolments: [{ status: 'suspended' }] });
    expect((await caseDetail(deps, { reference, by: staff.appeal_officer, at: NOW })).appeals).toEqual([
      appeal,
    ]);
  });

  it('an outage of a day and a half gives two days more, and what it adds can meet the next', () => {
    const tz = 'Asia/Beirut';
    const out = { from: '2026-12-01T00:00:00Z', until: '2026-12-02T12:00:00Z' };
    expect(lastDayOf('2026-11-10', 30, [], tz)).toBe('2026-12-10');
    expect(lastDayOf('2026-11-10', 30, [out, out], tz)).toBe('2026-12-12');
    const next = { from: '2026-12-11T12:00:00Z', until: '2026-12-12T12:00:00Z' };
    expect(lastDayOf('2026-11-10', 30, [out, next], tz)).toBe('2026-12-13');
    expect(
      lastDayOf('2026-11-10', 30, [{ from: '2027-01-01T00:00:00Z', until: '2027-02-01T00:00:00Z' }], tz),
    ).toBe('2026-12-10');
  });
});

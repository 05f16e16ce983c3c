/** The deeds of staff: each in every status, by every role, at once with another, and what the citizen is told. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { measureAnswer, checkAnswer } from '../../src/grievances/answer-check.ts';
import { assign, changeCategory, nameAccused, referToUnit } from '../../src/grievances/assign.ts';
import { caseDetail } from '../../src/grievances/case-detail.ts';
import { decideCase } from '../../src/grievances/decide.ts';
import {
  BadDeed,
  NoSuchCase,
  NotAllowed,
  StaleCase,
  type Deed,
  type WorkDeps,
} from '../../src/grievances/deeds.ts';
import {
  CASE_STATUSES,
  mayBecome,
  TransitionRefused,
  type CaseStatus,
} from '../../src/grievances/lifecycle.ts';
import { countQueues, listCases } from '../../src/grievances/queues.ts';
import { newReference } from '../../src/grievances/reference.ts';
import {
  acknowledge,
  addNote,
  askCitizen,
  escalateCase,
  reopenCase,
  startReview,
  withdrawForCitizen,
} from '../../src/grievances/work.ts';
import type { Notice } from '../../src/conversation/ports.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { ROLES, type Role, type Staff } from '../../src/staff/roles.ts';
import { NOW, openDesk, OTHER_PHONE, PHONE, type Desk } from './support.ts';

let desk: Desk;
let deps: WorkDeps;
let notices: Notice[] = [];
const staff = {} as Record<Role, Staff>;
let second: Staff;

async function hire(role: Role): Promise<Staff> {
  const key = randomUUID();
  await desk.db.query(
    `insert into staff (key, email, sealed, roles, language) values ($1, $2, '\\x00', $3, 'en')`,
    [key, randomUUID(), [role]],
  );
  return { key, name: role, email: '', roles: [role], units: null, area: null, language: 'en' };
}

beforeAll(async () => {
  desk = await openDesk();
  const nobody: Partial<Registry> = { findByPhone: () => Promise.resolve([]) };
  deps = {
    db: desk.db,
    keys: desk.keys,
    profile: desk.profile,
    registry: nobody as Registry,
    notifier: (_tx, _to, notice) => {
      notices.push(notice);
      return Promise.resolve();
    },
  };
  for (const role of Object.keys(ROLES) as Role[]) staff[role] = await hire(role);
  second = await hire('case_officer');
  await contactFor(desk.db, desk.keys, { from: PHONE });
  await contactFor(desk.db, desk.keys, { from: OTHER_PHONE });
});
beforeEach(() => {
  notices = [];
});
afterAll(() => desk.close());

type Made = {
  status?: CaseStatus;
  sensitivity?: string;
  kind?: string;
  category?: string;
  more?: Record<string, unknown>;
};

async function make({
  status = 'received',
  sensitivity = 'open',
  kind = 'complaint',
  category = 'PAY-NR',
  more = {},
}: Made = {}) {
  const row: Record<string, unknown> = {
    reference: newReference(),
    kind,
    category,
    sensitivity,
    status,
    route: sensitivity === 'open' ? 'payments' : 'inspection',
    contact: desk.contactOf(PHONE),
    language: 'en',
    channel: 'ussd',
    due_on: '2026-12-07',
    created_at: NOW,
    updated_at: NOW,
    ...more,
  };
  const names = Object.keys(row);
  await desk.db.query(
    `insert into grievance (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  return row['reference'] as string;
}

const deedOf = async (reference: string, by: Staff): Promise<Deed> => {
  const { rows } = await desk.db.query<{ version: number }>(
    'select version from grievance where reference = $1',
    [reference],
  );
  return { reference, version: rows[0]?.version ?? 0, by, at: NOW };
};
const stateOf = async (reference: string) =>
  (await desk.db.query('select * from grievance where reference = $1', [reference])).rows[0] ?? {};
const text = { en: 'We sent the money on 20/11/2026.' };
const decision = { decision: 'upheld', reasonCode: 'payment_sent', answer: text } as const;

const DEEDS: [string, CaseStatus, (deed: Deed) => Promise<void>][] = [
  ['acknowledge', 'acknowledged', (deed) => acknowledge(deps, deed)],
  ['startReview', 'in_review', (deed) => startReview(deps, deed)],
  ['askCitizen', 'awaiting_citizen', (deed) => askCitizen(deps, { ...deed, text })],
  ['escalateCase', 'escalated', (deed) => escalateCase(deps, { ...deed, reason: 'complex' })],
  [
    'referToUnit',
    'referred',
    (deed) => referToUnit(deps, { ...deed, unit: 'registry', dueOn: '2026-12-01', text: 'Check' }),
  ],
  [
    'withdrawForCitizen',
    'withdrawn',
    (deed) => withdrawForCitizen(deps, { ...deed, reason: 'asked_by_phone' }),
  ],
  ['reopenCase', 'reopened', (deed) => reopenCase(deps, { ...deed, reason: 'not_solved' })],
  ['decideCase', 'resolved', (deed) => decideCase(deps, { ...deed, ...decision })],
];

describe.each(DEEDS)('%s', (_name, to, deed) => {
  it.each(CASE_STATUSES)('of a case that is %s', async (status) => {
    const reference = await make({ status });
    const before = await stateOf(reference);
    const done = deed(await deedOf(reference, staff.supervisor));
    if (mayBecome(status, to)) {
      await done;
      const after = await stateOf(reference);
      expect(after['status']).toBe(to);
      expect(Number(after['version'])).toBeGreaterThan(Number(before['version']));
      const { rows } = await desk.db.query('select actor from audit where subject = $1', [
        `case:${reference}`,
      ]);
      expect(rows).toEqual([{ actor: staff.supervisor.key }]);
    } else {
      await expect(done).rejects.toThrow(TransitionRefused);
      expect(await stateOf(reference)).toEqual(before);
    }
  });

  it('is refused in the words for a number that is nobody’s, where the case is not to be seen', async () => {
    const reference = await make({ sensitivity: 'restricted', category: 'STF' });
    await expect(deed(await deedOf(reference, staff.supervisor))).rejects.toThrow(NoSuchCase);
    await expect(deed(await deedOf('00000000', staff.supervisor))).rejects.toThrow(NoSuchCase);
  });

  it('is refused at another version, and says what happened since', async () => {
    const reference = await make({ status: to === 'reopened' ? 'closed' : 'received' });
    const read = await deedOf(reference, staff.supervisor);
    await addNote(deps, { ...read, by: second, text: 'Called the post office' });
    const late = await deed(read).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(StaleCase);
    expect((late as StaleCase).since).toMatchObject([{ kind: 'note', actor: second.key }]);
  });
});

describe('deciding', () => {
  it('is for who may decide', async () => {
    for (const role of Object.keys(ROLES) as Role[]) {
      const done = decideCase(deps, { ...(await deedOf(await make(), staff[role])), ...decision });
      if (role === 'case_officer' || role === 'supervisor') await done;
      else if (role === 'agent' || role === 'vendor_agent') await expect(done).rejects.toThrow(NotAllowed);
      else await expect(done).rejects.toThrow(NoSuchCase);
    }
  });

  it('by two at once: one wins, the other is told by whom, and one message leaves', async () => {
    const reference = await make();
    const read = await deedOf(reference, second);
    const results = await Promise.allSettled([
      decideCase(deps, { ...read, ...decision }),
      decideCase(deps, { ...read, by: staff.case_officer, ...decision }),
    ]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(lost[0]?.reason).toBeInstanceOf(StaleCase);
    const { decided_by } = await stateOf(reference);
    expect((lost[0]?.reason as StaleCase).since.at(-1)).toMatchObject({
      kind: 'decision',
      actor: decided_by,
    });
    expect(notices.filter((notice) => notice.text === 'sms.grv.answer')).toHaveLength(1);
  });

  it('tells her that there is an answer, in words that hold no answer', async () => {
    const reference = await make();
    await decideCase(deps, { ...(await deedOf(reference, second)), ...decision });
    expect(notices).toMatchObject([{ text: 'sms.grv.answer', values: { ref: reference, d: '2026-12-23' } }]);
    const detail = await caseDetail(deps, { reference, by: second, at: NOW });
    expect(detail.answer).toEqual(text);
    expect(detail.found.decision).toBe('upheld');
  });

  it.each([
    ['a nameless complaint', { contact: null, anonymous: true }],
    ['what she wants no answer to', { category: 'FRD' }],
  ])('tells nobody about %s', async (_, more) => {
    await decideCase(deps, { ...(await deedOf(await make({ more }), second)), ...decision });
    expect(notices).toEqual([]);
  });

  it('tells nobody who has stopped messages', async () => {
    const contact = desk.contactOf(OTHER_PHONE);
    await desk.db.query('update contact set stopped_at = now() where key = $1', [contact]);
    await decideCase(deps, { ...(await deedOf(await make({ more: { contact } }), second)), ...decision });
    expect(notices).toEqual([]);
  });

  it('says no more than that there is a message on a phone that others read', async () => {
    const shared = {
      findByPhone: () => Promise.resolve([{ household: 'h', phoneUse: 'shared' }]),
    } as unknown as Registry;
    await decideCase({ ...deps, registry: shared }, { ...(await deedOf(await make(), second)), ...decision });
    expect(notices).toMatchObject([{ text: 'sms.pay.discreet' }]);
  });

  it.each([
    ['no answer in her language', { answer: { fr: 'Nous avons payé.' } }],
    ['a link', { answer: { en: 'See www.example.org' } }],
    ['a reason of another kind of case', { reasonCode: 'papers_missing' }],
  ])('is refused with %s', async (_, wrong) => {
    const reference = await make();
    const before = await stateOf(reference);
    const done = decideCase(deps, { ...(await deedOf(reference, second)), ...decision, ...wrong });
    await expect(done).rejects.toThrow(BadDeed);
    expect(await stateOf(reference)).toEqual(before);
  });

  it('of an appeal is never by the first decider, whatever else they may do', async () => {
    const both: Staff = { ...second, roles: ['appeal_officer', 'agent'] };
    const original = await make({ status: 'resolved', more: { decided_by: second.key } });
    const appeal = await make({ kind: 'appeal', category: 'ELG-APL', more: { appeal_of: original } });
    const given = { decision: 'upheld', reasonCode: 'decision_changed', answer: text } as const;
    await expect(decideCase(deps, { ...(await deedOf(appeal, both)), ...given })).rejects.toThrow(NotAllowed);
    await expect(
      decideCase(deps, { ...(await deedOf(appeal, { ...both, roles: ['appeal_officer'] })), ...given }),
    ).rejects.toThrow(NoSuchCase);
    await decideCase(deps, { ...(await deedOf(appeal, staff.appeal_officer)), ...given });
    expect((await stateOf(appeal))['decided_by']).toBe(staff.appeal_officer.key);
  });
});

describe('where a case belongs', () => {
  it('who takes it is its owner, and it counts as looked at', async () => {
    const reference = await make();
    await assign(deps, { ...(await deedOf(reference, second)), owner: second.key });
    expect(await stateOf(reference)).toMatchObject({ owner: second.key, status: 'acknowledged' });
  });

  it('only a supervisor gives it to another, and only to one who may see it', async () => {
    const reference = await make();
    const toOfficer = { owner: staff.case_officer.key };
    await expect(assign(deps, { ...(await deedOf(reference, second)), ...toOfficer })).rejects.toThrow(
      NotAllowed,
    );
    const deed = await deedOf(reference, staff.supervisor);
    await expect(assign(deps, { ...deed, owner: staff.inspector.key })).rejects.toThrow(BadDeed);
    await assign(deps, { ...deed, ...toOfficer });
    expect((await stateOf(reference))['owner']).toBe(staff.case_officer.key);
  });

  it('what turns out to be about staff goes to the inspection and out of sight', async () => {
    const reference = await make({ more: { area: 'BEY' } });
    await changeCategory(deps, { ...(await deedOf(reference, second)), category: 'STF' });
    expect(await stateOf(reference)).toMatchObject({
      sensitivity: 'restricted',
      route: 'inspection',
      area: null,
      owner: null,
    });
    await expect(caseDetail(deps, { reference, by: second, at: NOW })).rejects.toThrow(NoSuchCase);
    const back = changeCategory(deps, { ...(await deedOf(reference, staff.inspector)), category: 'SRV' });
    await expect(back).rejects.toThrow(BadDeed);
  });

  it('what turns out to be private leaves no word behind', async () => {
    const reference = await make({ more: { text_sealed: Buffer.from('x') } });
    await addNote(deps, { ...(await deedOf(reference, second)), text: 'She was in tears' });
    await changeCategory(deps, { ...(await deedOf(reference, second)), category: 'SEN' });
    expect(await stateOf(reference)).toMatchObject({
      status: 'withdrawn',
      text_sealed: null,
      sensitivity: 'open',
    });
    const { rows } = await desk.db.query(
      'select from grievance_event where reference = $1 and details is not null',
      [reference],
    );
    expect(rows).toEqual([]);
    expect(await desk.rows('private_case')).toHaveLength(1);
  });

  it('whom it accuses does not see it any more', async () => {
    const reference = await make({ sensitivity: 'restricted', category: 'STF' });
    const other = await hire('inspector');
    await assign(deps, { ...(await deedOf(reference, other)), owner: other.key });
    await nameAccused(deps, { ...(await deedOf(reference, staff.inspector)), staff: other.key });
    expect((await stateOf(reference))['owner']).toBeNull();
    await expect(caseDetail(deps, { reference, by: other, at: NOW })).rejects.toThrow(NoSuchCase);
  });

  it('lists page through what is visible, once each, first due first', async () => {
    for (let day = 1; day <= 5; day++) await make({ more: { due_on: `2027-01-0${day}`, route: 'outreach' } });
    await make({ sensitivity: 'restricted', category: 'STF', more: { route: 'outreach' } });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listCases>> = await listCases(
        desk.db,
        staff.agent,
        { route: 'outreach' },
        after === null ? { limit: 2 } : { limit: 2, after },
      );
      seen.push(...page.rows.map(({ due_on }) => due_on));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(['2027-01-01', '2027-01-02', '2027-01-03', '2027-01-04', '2027-01-05']);
    const counts = await countQueues(desk.db, staff.agent, '2027-01-03');
    expect(counts.find(({ route }) => route === 'outreach')).toMatchObject({ cases: 5, late: 2 });
    expect(await countQueues(desk.db, staff.auditor, '2027-01-03')).toEqual([]);
  });
});

describe('an answer', () => {
  it.each([
    ['Look at https://bit.ly/x', 'link'],
    ['Tell us your PIN', 'pin'],
    ['أرسلوا الرقم السري', 'pin'],
    ['Votre code secret', 'pin'],
    ['Your card 4111 1111 1111 1111', 'number'],
    ['Call +961 70 123 456', 'number'],
    ['a\u202eb', 'bidi'],
    ['a\u0007b', 'control'],
    [' ', 'empty'],
    ['x'.repeat(500), 'long'],
  ])('%j is refused: %s', (words, kind) => {
    expect(checkAnswer(words).map((problem) => problem.kind)).toContain(kind);
  });

  it.each([
    ['Call 1747 tomorrow', ['silent']],
    ['اتصلوا على ١٧٤٧', ['silent']],
    ['Dial *384*1747# tomorrow', []],
    ['You get 17470 LBP', []],
  ])('%j while the call line is down: %j', (words, kinds) => {
    expect(checkAnswer(words, { silent: '1747' }).map(({ kind }) => kind)).toEqual(kinds);
    expect(checkAnswer(words)).toEqual([]);
  });

  it.each([`Case ${newReference()} of 20/11/2026`, 'You get 1 250 000 LBP', 'الرد على طلبكم جاهز'])(
    '%j may be sent',
    (words) => {
      expect(checkAnswer(words)).toEqual([]);
    },
  );

  it('says which letter makes it two messages', () => {
    expect(measureAnswer(`${'a'.repeat(80)}ê`)).toMatchObject({
      segments: 2,
      because: ['ê'],
      plainSegments: 1,
    });
    expect(measureAnswer('é')).toMatchObject({ segments: 1, because: [] });
  });
});

/** What an agent sees of a person before and after the caller has shown who they are, and how they show it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { personCard } from '../../src/desk/card.ts';
import { reveal } from '../../src/desk/reveal.ts';
import {
  currentVerification,
  drawQuestions,
  judge,
  setSafeMode,
  type VerificationDeps,
} from '../../src/desk/verification.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { AT, member, openTestDesk, PLACES, type TestDesk } from './search-support.ts';

let desk: TestDesk;
let deps: VerificationDeps;
let household: string;
let head: string;
let agent: Staff;
let interaction: string;
beforeAll(async () => {
  desk = await openTestDesk([
    {
      id: 'HH-10001',
      members: [
        member('1', 'محمد', 'حداد', {
          birth_date: '1980-04-12',
          mother_name: 'فاطمة خوري',
          documents: [{ type: 'national_id', number: '000012340427' }],
          phones: [{ number: '+96170000001', use: 'own' }],
        }),
        member('2', 'Layla', 'Haddad', { role: 'member', birth_date: '2015-01-01' }),
      ],
      payments: [
        {
          payment_ref: 'P-1',
          programme: 'CASH',
          status: 'collected',
          from: '2026-10-01',
          status_date: '2026-10-04',
          place: 'Tripoli post office',
        },
      ],
    },
    { id: 'HH-10002', members: [{ person_id: '1', role: 'head' }] },
  ]);
  deps = { db: desk.db, keys: desk.keys, places: PLACES };
  household = desk.householdKey('HH-10001');
  head = desk.personKey('HH-10001', '1');
});
afterAll(() => desk.close());
beforeEach(async () => {
  agent = await desk.staff('agent');
  interaction = await desk.interaction(agent);
});

/** What the citizen would say, by the English text of the question. */
const RIGHT: Readonly<Record<string, string>> = {
  'In which year were you born?': '١٩٨٠',
  "What is your mother's first name?": 'Fatma',
  'How many people are registered in your family file?': ' 2 ',
  'In which district are you registered?': 'Beyrouth',
  'In which month did you receive your last payment?': 'تشرين الأول',
  'Where did you collect your last payment?': 'طرابلس',
  'What are the last four digits of your document?': '٠٤٢٧',
  'What is the first name of the youngest member of the family?': 'ليلى',
  'In which year was the youngest member of the family born?': '2015',
  'In which year did your aid begin?': '2024',
};

const at = AT;
const draw = (by = agent, id = interaction, when = at) =>
  drawQuestions(deps, { interaction: id, household, by, at: when });

async function drawn(by = agent, id = interaction) {
  const answer = await draw(by, id);
  if (!answer.ok) throw new Error(answer.why);
  return answer.questions;
}

async function pass(by = agent, id = interaction): Promise<void> {
  for (const { number, text } of (await drawn(by, id)).slice(0, 3)) {
    const answer = await judge(deps, { interaction: id, number, said: RIGHT[text.en] ?? '', by, at });
    expect(answer).toMatchObject({ ok: true, judged: 'right' });
  }
}

test('five questions by chance, each judged right when it is', async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const id = await desk.interaction(agent);
    const questions = await drawn(agent, id);
    expect(questions).toHaveLength(5);
    for (const { text } of questions) {
      expect(Object.keys(RIGHT)).toContain(text.en);
      seen.add(text.en);
    }
    await pass(agent, id);
  }
  // 5 of 10, twelve times: that one never comes is as likely as 1 in 400, that two never come nearly impossible.
  expect(seen.size).toBeGreaterThanOrEqual(8);
});

test('every kind of question knows its right answer and a wrong one', async () => {
  const open = new Set(Object.keys(RIGHT));
  for (let i = 0; i < 60 && open.size > 0; i++) {
    const id = await desk.interaction(agent);
    const [question] = (await drawn(agent, id)).filter(({ text }) => open.has(text.en));
    if (!question) continue;
    const right = await judge(deps, {
      interaction: id,
      number: question.number,
      said: RIGHT[question.text.en] ?? '',
      by: agent,
      at,
    });
    expect([question.text.en, right]).toMatchObject([question.text.en, { judged: 'right' }]);
    const other = await desk.interaction(agent);
    const same = (await drawn(agent, other)).find(({ text }) => text.en === question.text.en);
    if (same) {
      const wrong = await judge(deps, {
        interaction: other,
        number: same.number,
        said: 'Zzyx 77',
        by: agent,
        at,
      });
      expect([question.text.en, wrong]).toMatchObject([question.text.en, { judged: 'wrong' }]);
    }
    open.delete(question.text.en);
  }
  expect([...open]).toEqual([]);
});

test('three right verify this contact, and only it', async () => {
  expect((await personCard(desk, { household, interaction, by: agent, at }))?.level).toBe(0);
  await pass();
  const { rows } = await desk.db.query(
    'select household, person, verified_at from interaction where id = $1',
    [interaction],
  );
  expect(rows).toEqual([{ household, person: head, verified_at: AT }]);
  expect((await personCard(desk, { household, interaction, by: agent, at }))?.level).toBe(3);

  const later = await desk.interaction(agent);
  expect((await personCard(desk, { household, interaction: later, by: agent, at }))?.level).toBe(0);
  const colleague = await desk.staff('agent');
  expect((await personCard(desk, { household, interaction, by: colleague, at }))?.level).toBe(0);
  await desk.db.query('update interaction set ended_at = $2 where id = $1', [interaction, AT]);
  expect((await personCard(desk, { household, interaction, by: agent, at }))?.level).toBe(0);
});

test('three wrong or unknown fail, and nothing can be tried again in this contact', async () => {
  const questions = await drawn();
  const said = ['1899', null, '  '];
  const results = [];
  for (const [i, word] of said.entries()) {
    results.push(
      await judge(deps, { interaction, number: questions[i]?.number ?? 0, said: word, by: agent, at }),
    );
  }
  expect(results.map((one) => one.ok && [one.judged, one.state])).toEqual([
    ['wrong', 'open'],
    ['unknown', 'open'],
    ['unknown', 'failed'],
  ]);
  expect(await judge(deps, { interaction, number: 4, said: '1980', by: agent, at })).toEqual({
    ok: false,
    why: 'answered',
  });
  expect(await draw()).toMatchObject({ ok: true, state: 'failed' });
  expect((await personCard(desk, { household, interaction, by: agent, at }))?.file).toBeUndefined();
});

test('drawing again gives the same questions with the same mistakes, also after another file', async () => {
  const [first] = await drawn();
  await judge(deps, { interaction, number: 1, said: 'Zzyx', by: agent, at });
  expect(
    await judge(deps, { interaction, number: 1, said: RIGHT[first?.text.en ?? ''] ?? '', by: agent, at }),
  ).toEqual({
    ok: false,
    why: 'answered',
  });
  await drawQuestions(deps, { interaction, household: desk.householdKey('HH-10002'), by: agent, at });
  expect((await drawn())[0]).toEqual({ ...first, judged: 'wrong' });
  expect(await currentVerification(desk.db, desk.keys, interaction, agent)).toMatchObject({
    household,
    state: 'open',
  });
});

test('no answer is in anything that the page gets, nor in the database in clear', async () => {
  const questions = await drawn();
  const judged = await judge(deps, { interaction, number: 1, said: 'Zzyx', by: agent, at });
  const page = JSON.stringify([
    questions,
    judged,
    await currentVerification(desk.db, desk.keys, interaction, agent),
  ]);
  expect(page).not.toMatch(/1980|2015|2024|0427|محمد|فاطمة|Layla|Tripoli|BEY|2026|birth_year/);
  const { rows } = await desk.db.query<{ verification: Buffer }>(
    'select verification from interaction where id = $1',
    [interaction],
  );
  const sealed = desk.keys.open(
    'personal',
    rows[0]?.verification ?? Buffer.alloc(0),
    'interaction.verification',
  );
  expect(sealed).not.toMatch(/1980|0427|محمد|Zzyx/);
  const audit = await desk.db.query('select * from audit where actor = $1', [agent.key]);
  expect(JSON.stringify(audit.rows)).not.toMatch(/1980|0427|Zzyx/);
});

test('guesses in a row are no answer', async () => {
  for (let i = 0; i < 30; i++) {
    const id = await desk.interaction(agent);
    const mother = (await drawn(agent, id)).find(({ text }) => text.en.includes('mother'));
    if (!mother) continue;
    const said = 'Mariam Zeinab Fatima Khadija';
    expect(await judge(deps, { interaction: id, number: mother.number, said, by: agent, at })).toMatchObject({
      judged: 'wrong',
    });
    return;
  }
  expect.unreachable();
});

test('a contact of somebody else, or one that has ended, verifies nothing', async () => {
  const colleague = await desk.staff('agent');
  expect(await draw(colleague)).toEqual({ ok: false, why: 'forbidden' });
  await drawn();
  expect(await judge(deps, { interaction, number: 1, said: '1980', by: colleague, at })).toEqual({
    ok: false,
    why: 'forbidden',
  });
  await desk.db.query('update interaction set ended_at = $2 where id = $1', [interaction, AT]);
  expect(await draw()).toEqual({ ok: false, why: 'forbidden' });
  const officer = await desk.staff('case_officer');
  expect(await draw(officer, await desk.interaction(officer))).toEqual({ ok: false, why: 'forbidden' });
});

test('a file that tells too little, or none, is said so', async () => {
  const of = (key: string) => drawQuestions(deps, { interaction, household: key, by: agent, at });
  expect(await of(desk.householdKey('HH-99999'))).toEqual({ ok: false, why: 'not_found' });
  expect(await of(desk.householdKey('HH-10002'))).toMatchObject({ ok: true });
});

test('five failures in a day leave a file to supervisors', async () => {
  const day = new Date('2027-03-01T08:00:00Z');
  for (let i = 0; i < 5; i++) {
    const by = await desk.staff('agent');
    const id = await desk.interaction(by);
    const answer = await draw(by, id, day);
    if (!answer.ok) throw new Error(answer.why);
    for (const { number } of answer.questions.slice(0, 3))
      await judge(deps, { interaction: id, number, said: null, by, at: day });
  }
  expect(await draw(agent, interaction, day)).toEqual({ ok: false, why: 'locked' });
  const supervisor = await desk.staff('supervisor');
  expect(await draw(supervisor, await desk.interaction(supervisor), day)).toMatchObject({ ok: true });
  const nextDay = new Date(day.getTime() + 86_400_001);
  expect(await draw(agent, interaction, nextDay)).toMatchObject({ ok: true });
});

test('while somebody is listening nothing is asked and nothing shown', async () => {
  await pass();
  await setSafeMode(deps, { interaction, on: true, by: agent, at });
  expect(await personCard(desk, { household, interaction, by: agent, at })).toMatchObject({
    level: 0,
    safe: true,
  });
  expect(await draw()).toEqual({ ok: false, why: 'safe_mode' });
  await setSafeMode(deps, { interaction, on: false, by: agent, at });
  expect(await personCard(desk, { household, interaction, by: agent, at })).toMatchObject({
    level: 3,
    safe: false,
  });
});

test('before verification a card is initials, district, cases and badges', async () => {
  const contact = desk.keys.index('contact', '+96170000001');
  await desk.db.query(`insert into contact (key, address, phone, consent) values ($1, $2, $3, 'discreet')`, [
    contact,
    Buffer.alloc(0),
    desk.keys.index('phone', '+96170000001'),
  ]);
  for (const [reference, sensitivity] of [
    ['12345672', 'open'],
    ['22345673', 'restricted'],
  ]) {
    await desk.db.query(
      `insert into grievance (reference, kind, category, sensitivity, route, household, due_on, created_at, updated_at)
       values ($1, 'complaint', 'PAY-NR', $2, 'payments', $3, '2026-12-01', $4, $4)`,
      [reference, sensitivity, household, AT],
    );
  }
  expect(await personCard(desk, { contact, household, interaction, by: agent, at })).toEqual({
    household,
    initials: 'م. ح.',
    district: 'BEY-03',
    openCases: ['12345672'],
    badges: ['discreet'],
    level: 0,
    safe: false,
  });
});

test('after it names are shown and numbers masked; each is revealed once, for a purpose, and audited', async () => {
  await pass();
  const card = await personCard(desk, { household, interaction, by: agent, at });
  expect(card?.file?.members.map(({ name }) => name)).toEqual(['محمد حداد', 'Layla Haddad']);
  expect(JSON.stringify(card)).not.toMatch(/70000001|0427|1980|فاطمة|10001/);
  const ask = (field: string, more: object = {}) =>
    reveal(desk, {
      household,
      person: head,
      field,
      purpose: 'call_back',
      ground: { interaction },
      by: agent,
      at,
      ...more,
    });
  expect(await ask('phone.0')).toEqual({ ok: true, value: '+96170000001' });
  expect(await ask('document.0')).toEqual({ ok: true, value: '0427' });
  expect(await ask('birth_year')).toEqual({ ok: true, value: '1980' });
  expect(await ask('mother')).toEqual({ ok: true, value: 'فاطمة خوري' });
  expect(await ask('file')).toEqual({ ok: true, value: '10001' });
  for (const odd of ['phone.9', 'phone', 'phone.-1', 'phone.constructor', 'sealed', '', '__proto__']) {
    expect(await ask(odd)).toEqual({ ok: false, why: 'unknown' });
  }
  expect(await ask('file', { purpose: 'curiosity' })).toEqual({ ok: false, why: 'forbidden' });
  expect(await ask('file', { household: desk.householdKey('HH-10002') })).toEqual({
    ok: false,
    why: 'not_verified',
  });
  const { rows } = await desk.db.query(
    `select subject, purpose, details from audit where actor = $1 and action = 'revealed' order by id limit 1`,
    [agent.key],
  );
  expect(rows).toEqual([
    {
      subject: `household:${household}`,
      purpose: 'call_back',
      details: { field: 'phone.0', person: head, interaction },
    },
  ]);
});

test("a contractor's agent stops at level 2: no documents, no family, nothing revealed", async () => {
  const vendor = await desk.staff('vendor_agent');
  const id = await desk.interaction(vendor);
  await pass(vendor, id);
  const card = await personCard(desk, { household, interaction: id, by: vendor, at });
  expect(card).toMatchObject({ level: 2, file: { members: [{ person: head, documents: [] }] } });
  expect(JSON.stringify(card)).not.toContain('Layla');
  expect(
    await reveal(desk, {
      household,
      person: head,
      field: 'phone.0',
      purpose: 'call_back',
      ground: { interaction: id },
      by: vendor,
      at,
    }),
  ).toEqual({ ok: false, why: 'forbidden' });
});

test('an open case of the household that they may see lets an officer reveal, an agent not', async () => {
  const officer = await desk.staff('case_officer');
  const ask = (by: Staff, reference: string) =>
    reveal(desk, {
      household,
      person: head,
      field: 'phone.0',
      purpose: 'work_case',
      ground: { reference },
      by,
      at,
    });
  expect(await ask(officer, '12345672')).toEqual({ ok: true, value: '+96170000001' });
  expect(await ask(officer, '22345673')).toEqual({ ok: false, why: 'not_verified' });
  expect(await ask(agent, '12345672')).toEqual({ ok: false, why: 'not_verified' });
});

test('roles that see no person get no card', async () => {
  for (const role of ['admin', 'auditor', 'content_manager', 'inspector', 'protection_officer'] as const) {
    expect(await personCard(desk, { household, by: await desk.staff(role), at })).toBeUndefined();
  }
});

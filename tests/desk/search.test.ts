/** One box finds cases, phones, documents and names, for those who may see them, and tells nothing to others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { search, searchLimiter, type SearchResult } from '../../src/desk/search.ts';
import { newReference } from '../../src/grievances/reference.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { AT, member, openTestDesk, type TestDesk } from './search-support.ts';

let desk: TestDesk;
let agent: Staff;
beforeAll(async () => {
  desk = await openTestDesk([
    {
      id: 'HH-10001',
      members: [
        member('1', 'محمد', 'حداد', {
          birth_date: '1980-04-12',
          documents: [{ type: 'national_id', number: '000012340427' }],
          phones: [{ number: '+96170000001', use: 'own' }],
        }),
      ],
    },
    {
      id: 'HH-10002',
      area: 'NOR-02',
      members: [
        member('1', 'Mohamad', 'El Haddad', {
          birth_date: '1955',
          documents: [{ type: 'passport', number: 'RL 99-0427' }],
          phones: [{ number: '+9613123456', use: 'shared' }],
        }),
        member('2', 'عبد الرحمن', 'خوري', { role: 'member' }),
      ],
    },
    { id: 'HH-10003', members: [member('1', 'Mahmoud', 'Haddad')] },
    ...Array.from({ length: 30 }, (_, n) => ({
      id: `HH-2${String(n).padStart(4, '0')}`,
      members: [member('1', 'زينب', 'منصور')],
    })),
  ]);
  agent = await desk.staff('agent');
});
afterAll(() => desk.close());

async function ask(query: string, by = agent) {
  const answer = await search(desk.deps, { query, by, at: AT });
  if (!answer.ok) throw new Error(answer.why);
  return answer;
}

function told(results: SearchResult[]): string[] {
  return results.map((one) => {
    if (one.kind === 'case') return `case ${one.reference}`;
    if (one.kind === 'contact') return `contact ${one.phoneEnding}`;
    return `${one.initials} ${one.area ?? '-'} ${one.phoneEnding ?? '-'} ${one.exact ? 'exact' : 'sound'}`;
  });
}

const MOHAMED = ['م. ح. BEY-03 001', 'M. H. NOR-02 456'];

test.each([
  ['محمد حداد', ['م. ح. BEY-03 001 exact', 'M. H. NOR-02 456 sound']],
  ['Mohammed Haddad', [...MOHAMED.map((one) => `${one} sound`)]],
  ['haddad mohamad', ['M. H. NOR-02 456 exact', 'م. ح. BEY-03 001 sound']],
  ['مُحَمَّـد الحدّاد', [...MOHAMED.map((one) => `${one} sound`)]],
  ['Abdel Rahman', ['ع. خ. NOR-02 - sound']],
  ['Mohammed Haddad Tripoli', ['M. H. NOR-02 456 sound']],
  ['محمد طرابلس', ['M. H. NOR-02 456 sound']],
  ['Nobody Here', []],
])('%s finds by name', async (query, expected) => {
  const { results, asked } = await ask(query);
  expect(asked).toBe('name');
  expect(told(results).sort()).toEqual([...expected].sort());
});

test('the name spelled so comes first', async () => {
  expect(told((await ask('Mohamad Haddad')).results)[0]).toBe('M. H. NOR-02 456 exact');
  expect(told((await ask('محمد حداد')).results)[0]).toBe('م. ح. BEY-03 001 exact');
});

test.each(['70000001', '٧٠٠٠٠٠٠١', '+961 70 000 001', '0096170000001', '70-000-001'])(
  'the phone %s finds who has it',
  async (query) => {
    expect(told((await ask(query)).results)).toEqual(['م. ح. BEY-03 001 exact']);
  },
);

test('a contact is found before the persons of its phone', async () => {
  await desk.db.query('insert into contact (key, address, phone) values ($1, $2, $3)', [
    desk.keys.index('contact', '+9613123456'),
    Buffer.alloc(0),
    desk.keys.index('phone', '+9613123456'),
  ]);
  expect(told((await ask('03 123 456')).results)).toEqual(['contact 456', 'M. H. NOR-02 456 exact']);
});

test('the end of a document finds, with the year only those born then', async () => {
  expect((await ask('0427')).results).toHaveLength(2);
  expect(told((await ask('٠٤٢٧ ١٩٨٠')).results)).toEqual(['م. ح. BEY-03 001 exact']);
  expect(told((await ask('0427/1955')).results)).toEqual(['M. H. NOR-02 456 exact']);
  expect((await ask('0427 1981')).results).toEqual([]);
  // Of the family file number too: the whole family.
  expect((await ask('0002')).results).toHaveLength(2 + 1);
});

test('a document or file number finds whole', async () => {
  expect(told((await ask('000012340427')).results)).toEqual(['م. ح. BEY-03 001 exact']);
  expect((await ask('HH-10002')).results).toHaveLength(2);
  expect((await ask('10002')).results).toHaveLength(2);
});

test('a common name shows twenty and says that there are more', async () => {
  const { results, narrow } = await ask('zeinab mansour');
  expect(results).toHaveLength(20);
  expect(narrow).toBe(true);
  expect((await ask('محمد')).narrow).toBe(false);
});

test('results hold no name, number, year or document', async () => {
  const all = await Promise.all(['محمد حداد', 'mohamad', '0427', '70000001'].map((query) => ask(query)));
  expect(JSON.stringify(all)).not.toMatch(/محمد|حداد|Mohamad|Haddad|70000001|1980|1955|0427|12340427/);
});

async function lodge(more: Record<string, unknown> = {}): Promise<string> {
  const row = {
    reference: newReference(),
    kind: 'complaint',
    category: 'PAY-NR',
    sensitivity: 'open',
    route: 'payments',
    due_on: '2026-12-01',
    created_at: AT,
    updated_at: AT,
    ...more,
  };
  const names = Object.keys(row);
  await desk.db.query(
    `insert into grievance (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  return row.reference;
}

test('a case is found by whoever may see it; for others it does not exist', async () => {
  const open = await lodge();
  const restricted = await lodge({ sensitivity: 'restricted', route: 'inspection' });
  const accused = await lodge({ accused_staff: agent.key });
  expect(told((await ask(`${open.slice(0, 4)} ${open.slice(4)}`)).results)).toEqual([`case ${open}`]);

  const nowhere = await ask(newReference());
  for (const hidden of [restricted, accused]) expect(await ask(hidden)).toEqual(nowhere);
  const inspector = await desk.staff('inspector');
  expect(told((await ask(restricted, inspector)).results)).toEqual([`case ${restricted}`]);
  expect((await ask(open, inspector)).results).toEqual([]);
});

test('persons are for the desk; configuration and protection search nothing', async () => {
  expect((await ask('محمد', await desk.staff('case_officer'))).results).toEqual([]);
  expect((await ask('70000001', await desk.staff('inspector'))).results).toEqual([]);
  for (const role of ['admin', 'content_manager', 'protection_officer', 'auditor'] as const) {
    const by = await desk.staff(role);
    expect(await search(desk.deps, { query: 'محمد', by, at: AT })).toEqual({ ok: false, why: 'forbidden' });
  }
});

test('the audit says who searched for what kind of thing, never for what', async () => {
  const by = await desk.staff('agent');
  await ask('محمد حداد', by);
  await ask('0427 1980', by);
  const { rows } = await desk.db.query(
    'select action, subject, details from audit where actor = $1 order by id',
    [by.key],
  );
  expect(rows).toEqual([
    { action: 'search', subject: null, details: { kind: 'name', results: 2, more: false } },
    { action: 'search', subject: null, details: { kind: 'ending', results: 1, more: false } },
  ]);
});

test('nobody walks through the registry: so many searches a minute', async () => {
  const by = await desk.staff('agent');
  const deps = { ...desk.deps, limiter: searchLimiter(3) };
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await search(deps, { query: `000${i}`, by, at: AT }));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, false]);
  expect(answers[3]).toMatchObject({ why: 'too_many', waitSeconds: expect.any(Number) as number });
  expect((await search(deps, { query: '0001', by: agent, at: AT })).ok).toBe(true);
});

test.each([
  '',
  ' ',
  '12',
  "' or 1=1 --",
  '%',
  '\0',
  '\u202e\u202e',
  '{}',
  'ا',
  '9'.repeat(500),
  'م'.repeat(1e6),
  '🙂',
])('odd input %# finds nobody and breaks nothing', async (query) => {
  expect((await ask(query)).results).toEqual([]);
});

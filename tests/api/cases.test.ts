/** Cases over the API: taken once, read by whoever may, followed without a gap, changed only as the lifecycle allows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseStatus } from '../../src/grievances/lifecycle.ts';
import { openPrivateCall } from '../../src/grievances/private.ts';
import { openWords } from '../../src/grievances/cases.ts';
import { newCase, NOW, startApi, type Reply, type TestApi } from './support.ts';

let api: TestApi;
let writer: string;
let reader: string;
let inspector: string;
beforeAll(async () => {
  api = await startApi();
  writer = await api.token('cases:write');
  reader = await api.token('cases:read');
  inspector = await api.token('cases:read', 'cases:write', 'cases:sensitive');
});
afterAll(() => api.close());

const send = (json: unknown, token = writer) => api.ask('POST', '/cases', { token, json });
const read = (reference: unknown, token = reader) => api.ask('GET', `/cases/${String(reference)}`, { token });
const report = (reference: unknown, json: unknown, token = writer) =>
  api.ask('POST', `/cases/${String(reference)}/events`, { token, json });
const sent = async (more: Record<string, unknown> = {}) =>
  String((await send(newCase(more))).body['reference']);
const pointers = ({ body }: Reply) => (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);

describe('sending a case', () => {
  it('answers 201 with its number and its dates', async () => {
    const made = await send(
      newCase({
        external_id: 'A-1',
        phone: '03 123 456',
        language: 'ar',
        text: 'لم يصلني المبلغ',
        programme: 'CASH',
      }),
    );
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      reference: expect.stringMatching(/^[1-9]\d{7}$/) as string,
      kind: 'complaint',
      category: 'PAY-NR',
      status: 'received',
      created_at: NOW.toISOString(),
      updated_at: NOW.toISOString(),
      due_on: expect.stringMatching(/^2026-12-\d\d$/) as string,
      due_at: expect.stringMatching(/^2026-12-\d\dT\d\d:\d\d:00\+02:00$/) as string,
      programme: 'CASH',
      source: 'portal',
      external_id: 'A-1',
      level: 0,
      sensitivity: 'open',
    });
    const { rows } = await api.db.query<{ contact: string; text_sealed: Buffer; language: string }>(
      "select contact, text_sealed, language from grievance where external_id = 'A-1'",
    );
    expect(rows[0]).toMatchObject({ contact: api.keys.index('contact', '+9613123456'), language: 'ar' });
    expect(openWords(api.keys, rows[0]?.text_sealed ?? Buffer.alloc(0))).toEqual({ text: 'لم يصلني المبلغ' });
  });

  it('answers 200 with the same case when it is sent again, also with other words', async () => {
    const first = await send(newCase({ external_id: 'A-2' }));
    const again = await send(newCase({ external_id: 'A-2', text: 'again', category: 'SRV' }));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const other = await send(newCase({ external_id: 'A-2', source: 'other' }));
    expect(other.status).toBe(201);
    expect(other.body['reference']).not.toBe(first.body['reference']);
  });

  it('makes one case of twenty deliveries at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => send(newCase({ external_id: 'race', phone: '+96171000009' }))),
    );
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(new Set(all.map(({ body }) => body['reference'])).size).toBe(1);
    const { rows } = await api.db.query("select from grievance where external_id = 'race'");
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['an unknown category', { category: 'NOPE' }, '/category', 'PAY-NR'],
    ['an unknown programme', { programme: 'NOPE' }, '/programme', 'CASH'],
    ['an unknown kind', { kind: 'rant' }, '/kind', 'complaint'],
    ['an unknown language', { language: 'xx' }, '/language', 'ar'],
    ['no telephone number', { phone: 'my sister' }, '/phone', '+<country>'],
    ['our own name as source', { source: 'citizen' }, '/source', 'dialogs'],
    ['control characters in an id', { external_id: 'a\u0000b' }, '/external_id', 'control'],
    ['no id', { external_id: '' }, '/external_id', ''],
    ['a number for words', { text: 5 }, '/text', 'string'],
    ['more words than anybody reads', { text: 'x'.repeat(8_001) }, '/text', '8000'],
  ])('refuses %s with 422 and says what is allowed', async (_what, wrong, pointer, says) => {
    const refused = await send(newCase(wrong));
    expect(refused.status).toBe(422);
    expect(pointers(refused)).toEqual([pointer]);
    expect(refused.text).toContain(says);
    expect(refused.text).not.toContain('my sister');
  });

  it('keeps a document number and marks that turn the reading direction out of the words', async () => {
    await send(newCase({ external_id: 'A-3', text: 'my id is 0000 1234 0427\u202e\u0000 thanks' }));
    const { rows } = await api.db.query<{ text_sealed: Buffer }>(
      "select text_sealed from grievance where external_id = 'A-3'",
    );
    expect(openWords(api.keys, rows[0]?.text_sealed ?? Buffer.alloc(0))['text']).toMatch(
      /^my id is [• ]+ thanks$/,
    );
  });

  it('lets a token of a system write as that system only', async () => {
    const { token } = await api.tokenOf('grm', ['cases:write']);
    expect((await send(newCase({ source: 'portal' }), token)).status).toBe(403);
    expect((await send(newCase({ source: 'grm' }), token)).status).toBe(201);
  });

  it('hands a private matter to the trained people only, once, and says nothing of it', async () => {
    const matter = newCase({
      external_id: 'S-1',
      category: 'SEN',
      phone: '+96171000001',
      text: 'he beats me',
    });
    const all = await Promise.all([send(matter), send(matter)]);
    expect(all.map(({ status }) => status).sort()).toEqual([200, 201]);
    for (const { body } of all) {
      expect(body).toMatchObject({ reference: null, status: 'received', due_at: null, external_id: 'S-1' });
      expect(body['created_at']).toBe('2026-11-23T08:00:00.000Z');
    }
    // Whatever it is sent as later, it stays where it is.
    expect((await send({ ...matter, category: 'PAY-NR' })).body['reference']).toBeNull();
    const { rows } = await api.db.query<{ sealed: Buffer; contact_by: Date }>(
      'select sealed, contact_by from private_case',
    );
    expect(rows).toHaveLength(1);
    expect(openPrivateCall(api.keys, rows[0]?.sealed ?? Buffer.alloc(0))).toEqual({
      phone: '+96171000001',
      contact: null,
      language: api.profile.languages.default,
      time: null,
      who: null,
      via: 'portal S-1',
    });
    for (const table of ['grievance', 'grievance_event', 'case_feed', 'contact', 'audit']) {
      const found = await api.db.query<{ text: string }>(`select ${table}::text as text from ${table}`);
      expect(JSON.stringify(found.rows)).not.toContain('S-1');
      expect(JSON.stringify(found.rows)).not.toContain(api.keys.index('contact', '+96171000001'));
    }
  });
});

describe('reading a case', () => {
  it('shows its history and its answer without saying who', async () => {
    const reference = await sent();
    await report(reference, { kind: 'status', status: 'in_review' });
    await report(reference, { kind: 'note', text: 'for colleagues only' });
    await report(reference, {
      kind: 'decision',
      decision: 'upheld',
      reason: 'paid_now',
      answer: { en: 'Your money is sent.', ar: 'أُرسل المبلغ.' },
    });
    const { status, body, text } = await read(reference);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      reference,
      status: 'resolved',
      decision: 'upheld',
      reason_code: 'paid_now',
      answer: { en: 'Your money is sent.', ar: 'أُرسل المبلغ.' },
    });
    expect((body['history'] as { to: string }[]).map(({ to }) => to)).toEqual([
      'received',
      'in_review',
      'resolved',
    ]);
    expect(text).not.toContain('colleagues');
    expect(text).not.toMatch(/token:|[0-9a-f]{8}-[0-9a-f]{4}-/);
    const { rows } = await api.db.query('select action from audit where subject = $1', [`case:${reference}`]);
    expect(rows).toEqual([{ action: 'case_read' }]);
  });

  it('finds no restricted case without cases:sensitive, in any way', async () => {
    const made = await send(newCase({ external_id: 'R-1', category: 'STF', phone: '+96171000002' }));
    expect(made).toMatchObject({ status: 201 });
    const reference = String(made.body['reference']);
    const unknown = await read('12345674');
    const hidden = await read(reference);
    expect([unknown.status, hidden.status]).toEqual([404, 404]);
    expect(hidden.body).toEqual(unknown.body);
    expect((await report(reference, { kind: 'status', status: 'in_review' })).body).toEqual(unknown.body);
    const list = await api.ask('GET', '/cases?limit=200', { token: reader });
    expect(list.text).not.toContain(reference);

    expect((await read(reference, inspector)).status).toBe(200);
    expect((await api.ask('GET', '/cases?limit=200', { token: inspector })).text).toContain(reference);
    expect((await report(reference, { kind: 'status', status: 'escalated' }, inspector)).status).toBe(201);
    // Whoever sent it learns no more from sending it again than it did at first.
    const again = await send(newCase({ external_id: 'R-1', category: 'STF' }));
    expect(again).toMatchObject({ status: 200, body: made.body });
  });

  it.each(['1', '12345678', 'abcdefgh', '00000000', '%00', '..%2f..', '٣'.repeat(8)])(
    'answers 404 for %s',
    async (reference) => {
      expect((await read(reference)).status).toBe(404);
    },
  );
});

describe('following cases', () => {
  type Page = { cases: { reference: string; status: string }[]; next: string; more: boolean };
  const page = async (query: string, token = reader): Promise<Page> =>
    (await api.ask('GET', `/cases?${query}`, { token })).body as unknown as Page;

  it('gives every change once it is visible, page by page, and nothing when nothing changed', async () => {
    const start = await page('updated_since=2026-11-24T00:00:00Z');
    expect(start).toMatchObject({ cases: [], more: false });
    const made = [await sent(), await sent(), await sent()];
    const first = await page(`cursor=${start.next}&limit=2`);
    expect(first.cases.map(({ reference }) => reference)).toEqual(made.slice(0, 2));
    expect(first.more).toBe(true);
    const second = await page(`cursor=${first.next}&limit=2`);
    expect(second.cases.map(({ reference }) => reference)).toEqual(made.slice(2));
    expect(second.more).toBe(false);
    expect(await page(`cursor=${second.next}`)).toEqual({ cases: [], next: second.next, more: false });
    await report(made[0], { kind: 'status', status: 'acknowledged' });
    const third = await page(`cursor=${second.next}`);
    expect(third.cases).toMatchObject([{ reference: made[0], status: 'acknowledged' }]);
  });

  it('misses no change of a slow transaction that a fast one overtook', async () => {
    const start = await page('updated_since=2026-11-24T00:00:00Z');
    const [slow, fast] = [await sent(), await sent()];
    let finish = () => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    let started = () => {};
    const begun = new Promise<void>((resolve) => (started = resolve));
    const slowly = api.db.transaction(async (tx) => {
      await tx.query(
        "insert into grievance_event (reference, at, actor, kind) values ($1, $2, 'system', 'details')",
        [slow, NOW],
      );
      started();
      await held;
    });
    await begun;
    await report(fast, { kind: 'status', status: 'in_review' });
    const before = await page(`cursor=${start.next}`);
    expect(before.cases.at(-1)).toMatchObject({ reference: fast, status: 'in_review' });
    finish();
    await slowly;
    const after = await page(`cursor=${before.next}`);
    expect(after.cases.map(({ reference }) => reference)).toEqual([slow]);
  });

  it('shows a nameless case whose times stand at the beginning of the hour to who asks since the last minute', async () => {
    const reference = await sent();
    await api.db.query(
      "update grievance set updated_at = date_trunc('hour', updated_at) where reference = $1",
      [reference],
    );
    const since = encodeURIComponent('2026-11-23T10:45:00+02:00');
    expect((await page(`updated_since=${since}&limit=200`)).cases.map((one) => one.reference)).toContain(
      reference,
    );
  });

  it.each(['cursor=x', 'cursor=', 'updated_since=yesterday', 'limit=0', 'limit=201', 'limit=1e9'])(
    'refuses %s with 422',
    async (query) => {
      const refused = await api.ask('GET', `/cases?${query}`, { token: reader });
      expect(refused.status).toBe(422);
      expect(pointers(refused)[0]).toBe(`?${query.split('=')[0] ?? ''}`);
    },
  );
});

describe('reporting on a case', () => {
  const history = async (reference: string) => {
    const { rows } = await api.db.query(
      'select kind, to_status from grievance_event where reference = $1 order by id',
      [reference],
    );
    return rows;
  };

  it('takes a report once, also when it comes ten times at once', async () => {
    const reference = await sent();
    const event = {
      external_event_id: 'E-1',
      kind: 'status',
      status: 'in_review',
      occurred_at: NOW.toISOString(),
    };
    const all = await Promise.all(Array.from({ length: 10 }, () => report(reference, event)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(all.filter(({ body }) => body['outcome'] === 'duplicate')).toHaveLength(9);
    expect(await history(reference)).toEqual([
      { kind: 'lodged', to_status: 'received' },
      { kind: 'status', to_status: 'in_review' },
    ]);
    // The same id on another case is another report.
    expect((await report(await sent(), event)).status).toBe(201);
  });

  it('refuses what the lifecycle does not allow with 409, says from and to, and lets it be sent again later', async () => {
    const reference = await sent();
    const close = { external_event_id: 'E-2', kind: 'status', status: 'closed' };
    const refused = await report(reference, close);
    expect(refused).toMatchObject({ status: 409, body: { from: 'received', to: 'closed' } });
    expect(await history(reference)).toHaveLength(1);
    await report(reference, { kind: 'decision', reason: 'done', answer: { fr: 'Votre carte est prête.' } });
    expect((await report(reference, close)).status).toBe(201);
  });

  it.each([
    ['kind', { kind: 'party' }],
    ['a status that is a decision', { kind: 'status', status: 'resolved' }],
    ['no status', { kind: 'status' }],
    ['a decision without reason', { kind: 'decision', answer: { en: 'Yes' } }],
    ['a decision without words', { kind: 'decision', reason: 'r', answer: {} }],
    ['a decision in a language nobody reads here', { kind: 'decision', reason: 'r', answer: { xx: 'Yes' } }],
    ['a decision with a link', { kind: 'decision', reason: 'r', answer: { en: 'See https://bit.ly/x' } }],
    [
      'a decision that asks for a PIN',
      { kind: 'decision', reason: 'r', answer: { ar: 'أرسلوا الرقم السري' } },
    ],
    ['a time to come', { kind: 'status', status: 'in_review', occurred_at: '2026-11-24T00:00:00Z' }],
    ['a note without words', { kind: 'note', text: ' \u202e ' }],
  ])('refuses %s with 422 and changes nothing', async (_what, event) => {
    const reference = await sent();
    expect((await report(reference, event)).status).toBe(422);
    expect(await history(reference)).toHaveLength(1);
  });

  it('counts an escalation as one level up', async () => {
    const reference = await sent();
    await report(reference, { kind: 'status', status: 'escalated' });
    expect((await report(reference, { kind: 'status', status: 'escalated' })).body['case']).toMatchObject({
      level: 2,
    });
  });

  it('walks from each status only as the table allows', async () => {
    const to: CaseStatus[] = ['acknowledged', 'withdrawn', 'reopened', 'closed'];
    const answers = await Promise.all(
      to.map(async (status) => (await report(await sent(), { kind: 'status', status })).status),
    );
    expect(answers).toEqual([201, 201, 409, 409]);
  });
});

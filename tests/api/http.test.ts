/** The manners of the API: every refusal says what to do, every scope opens only its own calls, and all is documented. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/api/tokens.ts';
import { newCase, NOW, startApi, type Reply, type TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({
    takeCall: ({ staff, phone }) =>
      Promise.resolve(
        staff === 'gone@example.org' ? undefined : { contact: `contact of ${phone}`, shared: false },
      ),
    timeline: ({ restricted }) =>
      Promise.resolve([
        { id: 'a', at: NOW, kind: 'message', channel: 'sms', direction: 'in', text: 'hello' },
        {
          id: 'b',
          at: NOW,
          kind: 'case',
          text: 'secret',
          reference: '12345674',
          hidden: restricted ? null : 'by_rule',
        },
      ]),
  });
});
afterAll(() => api.close());

/** Every call, with a body that would do. */
const CALLS: { method: string; path: string; scope: Scope; json?: unknown; done: number }[] = [
  {
    method: 'POST',
    path: '/payments/events',
    scope: 'payments:write',
    json: {
      event_id: 'e-1',
      source: 'bank',
      occurred_at: NOW.toISOString(),
      status: 'paid',
      payment_ref: 'PAY-1',
      beneficiary: { id_type: 'household_id', id_value: 'HH-1' },
    },
    done: 200,
  },
  { method: 'GET', path: '/cases', scope: 'cases:read', done: 200 },
  { method: 'GET', path: '/cases/12345674', scope: 'cases:read', done: 404 },
  { method: 'POST', path: '/cases', scope: 'cases:write', json: newCase(), done: 201 },
  {
    method: 'POST',
    path: '/cases/12345674/events',
    scope: 'cases:write',
    json: { kind: 'status', status: 'in_review' },
    done: 404,
  },
  {
    method: 'POST',
    path: '/conversations/search',
    scope: 'conversations:read',
    json: { phone: '+96171000001' },
    done: 200,
  },
  {
    method: 'POST',
    path: '/calls',
    scope: 'calls:write',
    json: { phone: '+96171000001', staff: 'a@example.org', call_id: 'C1', state: 'ringing' },
    done: 200,
  },
  {
    method: 'POST',
    path: '/means-checks',
    scope: 'means:check',
    json: { household_id: 'HH-1', sources: ['tax'] },
    done: 404,
  },
  {
    method: 'POST',
    path: '/referrals/00000000-0000-4000-8000-000000000001/feedback',
    scope: 'referrals:write',
    json: { outcome: 'accepted' },
    done: 404,
  },
];

function expectProblem(reply: Reply, status: number): void {
  expect(reply.status).toBe(status);
  expect(reply.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect(reply.headers.get('X-Request-Id')).toBeTruthy();
  expect(reply.body).toMatchObject({
    type: expect.any(String) as string,
    title: expect.any(String) as string,
    status,
  });
  expect(String(reply.body['detail']).length).toBeGreaterThan(10);
}

describe.each(CALLS)('$method $path', ({ method, path, scope, json, done }) => {
  it('needs a token that is good', async () => {
    const bad = [
      undefined,
      'nonsense',
      `wasl_${'0'.repeat(12)}_${'A'.repeat(43)}`,
      `${(await api.token(scope)).slice(0, -4)}AAAA`,
      (await api.tokenOf(null, [scope], new Date(NOW.getTime() - 1))).token,
    ];
    for (const token of bad) {
      const reply = await api.ask(method, path, { token, json });
      expectProblem(reply, 401);
      expect(reply.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
    }
  });

  it(`is opened by ${scope} alone`, async () => {
    for (const other of SCOPES.filter((one) => one !== scope)) {
      const reply = await api.ask(method, path, { token: await api.token(other), json });
      expectProblem(reply, 403);
      expect(reply.body['detail']).toContain(scope);
    }
    expect((await api.ask(method, path, { token: await api.token(scope), json })).status).toBe(done);
  });

  it('refuses other methods with Allow', async () => {
    const reply = await api.ask('DELETE', path);
    expectProblem(reply, 405);
    expect(reply.headers.get('Allow')).toContain(method);
  });
});

it.each(CALLS.filter(({ json }) => json !== undefined))(
  '$method $path refuses what is no JSON, too much, or of another shape',
  async ({ method, path, scope }) => {
    const token = await api.token(scope);
    const size = path.startsWith('/payments') ? 1_100_000 : 70_000;
    expectProblem(
      await api.ask(method, path, { token, raw: 'a=b', type: 'application/x-www-form-urlencoded' }),
      415,
    );
    expectProblem(
      await api.ask(method, path, { token, raw: '{"phone": "+9617100', type: 'application/json' }),
      400,
    );
    expectProblem(await api.ask(method, path, { token, json: { text: 'x'.repeat(size) } }), 413);
    for (const raw of ['[]', 'null', '{}', '""', '{"__proto__": {"source": "x"}}']) {
      const reply = await api.ask(method, path, { token, raw });
      // A body that is no object or array is refused as no JSON document.
      expect([400, 422]).toContain(reply.status);
    }
  },
);

it('ends a token at once', async () => {
  const { id, token } = await api.tokenOf(null, ['cases:read']);
  expect((await api.ask('GET', '/cases', { token })).status).toBe(200);
  const { rows } = await api.db.query('select last_used_on from api_token where id = $1', [id]);
  expect(rows).toEqual([{ last_used_on: '2026-11-23' }]);
  await api.db.query('update api_token set revoked_at = now() where id = $1', [id]);
  expect((await api.ask('GET', '/cases', { token })).status).toBe(401);
});

it('keeps the caller’s request id where it is a plain one', async () => {
  const asked = await api.ask('GET', '/cases', { headers: { 'X-Request-Id': 'trace-12345678' } });
  expect(asked.headers.get('X-Request-Id')).toBe('trace-12345678');
  const forged = await api.ask('GET', '/cases', { headers: { 'X-Request-Id': 'a b <script>' } });
  expect(forged.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
});

it('finds nothing elsewhere', async () => {
  expectProblem(await api.ask('GET', '/nothing'), 404);
  expectProblem(await api.ask('POST', '/payments/refunds'), 404);
});

it('slows a token down alone', async () => {
  const slow = await startApi({ perMinute: 2 });
  try {
    const [one, two] = [await slow.token('cases:read'), await slow.token('cases:read')];
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await slow.ask('GET', '/cases', { token: one }));
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    const last = statuses[2];
    if (last) expectProblem(last, 429);
    expect(Number(last?.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await slow.ask('GET', '/cases', { token: two })).status).toBe(200);
  } finally {
    await slow.close();
  }
});

it('answers 503 while the database is away, and says nothing of it', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
  const gone = await startApi({
    db: {
      query: () => Promise.reject(away),
      transaction: () => Promise.reject(away),
    } as unknown as TestApi['db'],
  });
  try {
    const reply = await gone.ask('GET', '/cases', { token: await gone.token('cases:read') });
    expectProblem(reply, 503);
    expect(reply.headers.get('Retry-After')).toBe('5');
    expect(reply.text).not.toContain('10.1.2.3');
    expect(gone.reported).toHaveLength(1);
  } finally {
    await gone.close();
  }
});

it('shows what the rules hide to nobody, and writes each look down', async () => {
  const token = await api.token('conversations:read');
  const { body, text } = await api.ask('POST', '/conversations/search', {
    token,
    json: { phone: '71 000 001' },
  });
  expect((body['timeline'] as unknown[]).length).toBe(2);
  expect(text).not.toMatch(/secret|12345674/);
  const { rows } = await api.db.query("select 1 from audit where action = 'timeline_read' and subject = $1", [
    `contact:${api.keys.index('contact', '+96171000001')}`,
  ]);
  expect(rows.length).toBeGreaterThan(0);
});

it('says when nobody on the staff has the address of a call', async () => {
  const json = { phone: '+96171000001', staff: 'gone@example.org', call_id: 'C2', state: 'ringing' };
  const reply = await api.ask('POST', '/calls', { token: await api.token('calls:write'), json });
  expectProblem(reply, 422);
  expect(reply.text).not.toContain('gone@');
});

it('moves a referral as its table allows, for the partner it was sent to', async () => {
  const made = await api.ask('POST', '/cases', { token: await api.token('cases:write'), json: newCase() });
  const { rows } = await api.db.query<{ id: string }>(
    `insert into referral (reference, partner, need, state, due_on, asked_at, created_at, updated_at)
     values ($1, 'clinic', 'health', 'sent', '2026-12-01', $2, $2, $2) returning id`,
    [made.body['reference'], NOW],
  );
  const path = `/referrals/${rows[0]?.id ?? ''}/feedback`;
  const { token } = await api.tokenOf('clinic', ['referrals:write']);
  const other = await api.tokenOf('school', ['referrals:write']);
  const say = (outcome: string, as = token) => api.ask('POST', path, { token: as, json: { outcome } });
  expect((await say('served', other.token)).status).toBe(404);
  expect(await say('accepted')).toMatchObject({ status: 200, body: { state: 'accepted' } });
  expect((await say('accepted')).status).toBe(200);
  expect((await say('served')).status).toBe(200);
  const refused = await say('accepted');
  expect(refused).toMatchObject({ status: 409, body: { from: 'served', to: 'accepted' } });
  expect((await say('confirmed')).status).toBe(422);
  const stored = await api.db.query('select state, due_on, asked_at from referral');
  expect(stored.rows).toEqual([{ state: 'served', due_on: '2026-11-23', asked_at: null }]);
});

describe('the OpenAPI document', () => {
  type Document = { paths: Record<string, Record<string, { security: { token: string[] }[] }>> };

  it('is valid, open to all, and names every call with its scope, no more and no less', async () => {
    const { status, body } = await api.ask('GET', '/openapi.json');
    expect(status).toBe(200);
    const validator = new Validator();
    expect(await validator.validate(structuredClone(body))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const { paths } = body as unknown as Document;
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { security }]) => `${method.toUpperCase()} ${path} ${security[0]?.token.join() ?? ''}`,
      ),
    );
    const called = CALLS.map(({ method, path, scope }) => {
      const template = path.replace(/12345674/, '{reference}').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}');
      return `${method} ${template} ${scope}`;
    });
    expect(documented.sort()).toEqual(called.sort());
  });

  it('leads nowhere that is not there', async () => {
    const { text, body } = await api.ask('GET', '/openapi.json');
    const components = (body['components'] as { schemas: Record<string, unknown> }).schemas;
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(Object.keys(components)).toContain(name);
  });
});

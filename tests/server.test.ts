/** The HTTP side: who finds what, what an error tells, and that a request costs no more than it must. */
import { createHash } from 'node:crypto';
import express, { type Express } from 'express';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { africasTalkingUssd } from '../src/channels/africastalking-ussd.ts';
import type { Channel } from '../src/channels/channel.ts';
import { createServer } from '../src/server.ts';
import { recorder } from './channels/support.ts';
import { freshDatabase } from './support/postgres.ts';
import { startService } from './support/service.ts';

const TOKEN = createHash('sha256').update('token').digest('hex');
const SECRET = 'Rima Haddad +96170000001';

/** A channel whose routes fail in every way, and that keeps what it was asked with. */
const seen: http.IncomingMessage[] = [];
const failing: Channel = {
  name: 'failing',
  channel: 'sms',
  path: '/failing',
  routes: () =>
    express
      .Router()
      .get('/throws', () => {
        throw new Error(SECRET);
      })
      .get('/rejects', () => Promise.reject(new Error(SECRET)))
      .get('/breaks', (_req, res) => {
        res.write('half');
        throw new Error(SECRET);
      })
      .post('/json', express.json({ limit: '1kb' }), (req, res) => {
        res.json(req.body);
      })
      .get('/ok', (req, res) => {
        seen.push(req);
        res.send('fine');
      }),
};

let reasons: string[] = [];
const reported: { what: string; error: unknown }[] = [];
const metrics = new Registry();
let server: http.Server;
let url: string;

beforeAll(async () => {
  new Counter({ name: 'wasl_test_total', help: 'A test', registers: [metrics] }).inc();
  server = createServer({
    webhookToken: TOKEN,
    channels: [failing, africasTalkingUssd({ defaultCountry: 'LB' })],
    handlers: recorder(),
    simulator: express.Router().get('/', (_req, res) => {
      res.send('<p>phone</p>');
    }),
    api: express.Router(),
    console: express.Router(),
    metrics,
    unready: () => Promise.resolve(reasons),
    report: (what, error) => {
      reported.push({ what, error });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
afterEach(() => {
  reasons = [];
  reported.length = 0;
});

const get = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...init });
const hook = (path: string) => `/webhooks/${TOKEN}${path}`;

describe('the secret part of a callback address', () => {
  it('opens the callbacks', async () => {
    expect((await get(hook('/failing/ok'))).status).toBe(200);
  });

  it.each([
    ['another', '/webhooks/dev/failing/ok'],
    ['one of the same length', `/webhooks/${'x'.repeat(TOKEN.length)}/failing/ok`],
    ['its beginning', `/webhooks/${TOKEN.slice(0, -1)}/failing/ok`],
    ['a longer one', `/webhooks/${TOKEN}x/failing/ok`],
    ['in capitals', `/webhooks/${TOKEN.toUpperCase()}/failing/ok`],
    ['none', '/webhooks/failing/ok'],
    ['an empty one', '/webhooks//failing/ok'],
    ['a very long one', `/webhooks/${'x'.repeat(5_000)}/failing/ok`],
  ])('with %s nothing is there', async (_what, path) => {
    const answer = await get(path);
    const nowhere = await get('/nowhere');
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(await nowhere.text());
    expect(answer.headers.get('content-type')).toBe(nowhere.headers.get('content-type'));
  });

  it('is not told apart by a POST, nor by a body of any size', async () => {
    const body = new URLSearchParams({ text: 'x'.repeat(100_000) });
    const answer = await get('/webhooks/wrong/africastalking/ussd', { method: 'POST', body });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Not found', status: 404 });
  });

  it('is 404 as well where it is right and the path is not', async () => {
    for (const path of ['/nothing', '/africastalking', '/AfricasTalking/ussd'])
      expect((await get(hook(path))).status, path).toBe(404);
  });
});

describe('an error', () => {
  it.each(['/failing/throws', '/failing/rejects'])(
    'of ours at %s is reported, and tells nothing',
    async (path) => {
      const answer = await get(hook(path));
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Internal error', status: 500 });
      expect(reported).toEqual([{ what: 'a request failed', error: new Error(SECRET) }]);
    },
  );

  it('after the answer began ends it', async () => {
    const answer = await get(hook('/failing/breaks'));
    expect(await answer.text()).toBe('half');
    expect(reported).toHaveLength(1);
  });

  it.each([
    ['400', 'Cannot be read', '{"broken":', 400],
    ['413', 'Too large', JSON.stringify({ text: 'x'.repeat(2_000) }), 413],
  ])('of the caller is %s without a stack, and not reported', async (_status, title, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await get(hook('/failing/json'), { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ type: 'about:blank', title, status });
    expect(reported).toEqual([]);
  });

  it('in a path is the caller’s', async () => {
    const answer = await get('/webhooks/%E0%A4%A/x');
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toMatch(/at |decode|node_modules/);
  });

  it('is 413 for a callback of more than 64 KiB', async () => {
    const post = (size: number) =>
      get(hook('/africastalking/ussd'), {
        method: 'POST',
        body: new URLSearchParams({ text: 'x'.repeat(size) }),
      });
    expect((await post(64 * 1024 + 1)).status).toBe(413);
    expect((await post(60 * 1024)).status).toBe(200);
  });
});

describe('operations', () => {
  it('hear that it is alive, whatever is not ready', async () => {
    reasons = ['the database does not answer'];
    const answer = await get('/healthz');
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });

  it('hear whether it can serve, and why not', async () => {
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
    reasons = ['the database does not answer', 'Redis does not answer'];
    const not = await get('/readyz');
    expect([not.status, await not.json()]).toEqual([503, { ready: false, reasons }]);
  });

  it('read metrics in the text format of Prometheus', async () => {
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('wasl_test_total 1');
  });
});

describe('headers', () => {
  it('do not name the software', async () => {
    for (const path of ['/healthz', '/nowhere', '/simulator/', hook('/failing/throws')]) {
      const { headers } = await get(path);
      expect(headers.get('x-powered-by'), path).toBeNull();
      expect(headers.get('server'), path).toBeNull();
    }
  });

  it('keep the simulator out of frames and other origins’ scripts', async () => {
    const { headers } = await get('/simulator/');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('lead from the front door to the simulator', async () => {
    const answer = await get('/');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/simulator/']);
  });
});

it('has no simulator and no front door where none is given', async () => {
  const bare = createServer({
    webhookToken: TOKEN,
    channels: [],
    handlers: recorder(),
    api: express.Router(),
    console: express.Router(),
    metrics,
    unready: () => Promise.resolve([]),
    report: () => undefined,
  });
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
  for (const path of ['/', '/simulator/', '/simulator']) expect((await fetch(at + path)).status).toBe(404);
  bare.close();
});

describe('the objects of a request', () => {
  it('have their prototypes before Express gets them, so that it changes none', async () => {
    const before: object[] = [];
    const look = (req: http.IncomingMessage, res: http.ServerResponse) =>
      before.push(Object.getPrototypeOf(req) as object, Object.getPrototypeOf(res) as object);
    server.prependListener('request', look);
    seen.length = 0;
    await get(hook('/failing/ok'));
    server.off('request', look);
    const { app } = seen[0] as unknown as { app: Express };
    expect(before[0]).toBe(app.request);
    expect(before[1]).toBe(app.response);
    expect(Object.getPrototypeOf(seen[0])).toBe(app.request);
  });

  it('are Express’s own in all they can do', async () => {
    seen.length = 0;
    await get(hook('/failing/ok?a=1&a=2'), {
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    });
    const [req] = seen as unknown as express.Request[];
    expect(req?.query).toEqual({ a: ['1', '2'] });
    expect(req?.get('X-Forwarded-For')).toBe('203.0.113.9');
    expect([req?.ip, req?.protocol]).toEqual(['203.0.113.9', 'https']);
    expect(Object.isPrototypeOf.call(express.request, req ?? {})).toBe(true);
  });
});

it('is not ready, and says why, once its database or Redis is gone', async () => {
  const database = await freshDatabase();
  const service = await startService({ DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' });
  const ready = async () => {
    const answer = await fetch(`${service.url}/readyz`);
    return { status: answer.status, ...((await answer.json()) as { reasons: string[] }) };
  };
  expect(await ready()).toEqual({ status: 503, ready: false, reasons: ['Redis does not answer'] });
  await database.drop();
  expect((await ready()).reasons).toEqual(['the database does not answer', 'Redis does not answer']);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  await service.stop();
});

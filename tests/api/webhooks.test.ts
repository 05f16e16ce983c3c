/** Webhooks against a receiver on the loopback that fails, hangs and redirects: nothing lost, nothing unsigned, no echo. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkAddress, guardedLookup, isPublicAddress } from '../../src/api/webhook-address.ts';
import { runWebhooks, type WebhookDeps } from '../../src/api/webhook-delivery.ts';
import {
  addWebhook,
  enableWebhook,
  listWebhooks,
  removeWebhook,
  webhookHealth,
  type NewWebhook,
} from '../../src/api/webhooks.ts';
import { newCase, NOW, startApi, type TestApi } from './support.ts';

let api: TestApi;
let receiver: Server;
let url: string;
let writer: string;
let answers: (number | 'hang')[] = [];
let got: { headers: IncomingHttpHeaders; body: string; json: Payload }[] = [];
let clock = NOW;

type Payload = { id: string; type: string; case: { reference: string; status: string } };

beforeAll(async () => {
  api = await startApi();
  writer = await api.token('cases:write', 'cases:sensitive');
  receiver = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (text: string) => (body += text));
    req.on('end', () => {
      got.push({ headers: req.headers, body, json: JSON.parse(body) as Payload });
      const answer = answers.shift() ?? 204;
      if (answer === 'hang') return;
      res.writeHead(answer, answer === 302 ? { Location: `${url}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await api.close();
});
beforeEach(async () => {
  await api.db.query('delete from webhook');
  answers = [];
  got = [];
  clock = NOW;
});

const deps = (more: Partial<WebhookDeps> = {}): WebhookDeps => ({
  db: api.db,
  keys: api.keys,
  profile: api.profile,
  now: () => clock,
  isProduction: false,
  timeout: 300,
  ...more,
});
const add = (more: Partial<NewWebhook> = {}) =>
  addWebhook(
    api.db,
    api.keys,
    { url, events: ['case.created', 'case.updated'], source: null, restricted: false, at: NOW, ...more },
    false,
  );
const sent = async (more: Record<string, unknown> = {}, token = writer) =>
  String((await api.ask('POST', '/cases', { token, json: newCase(more) })).body['reference']);
const report = (reference: string, status: string, token = writer) =>
  api.ask('POST', `/cases/${reference}/events`, { token, json: { kind: 'status', status } });
const later = (seconds: number) => (clock = new Date(clock.getTime() + seconds * 1_000));
const told = () => got.map(({ json }) => `${json.case.reference} ${json.case.status}`);

it('tells what changed, signed, with nothing personal in it', async () => {
  const { secret } = await add();
  const reference = await sent({ external_id: 'W-1', phone: '+96171000001', text: 'my words' });
  await report(reference, 'in_review');
  await api.ask('POST', `/cases/${reference}/events`, {
    token: writer,
    json: { kind: 'note', text: 'internal' },
  });
  expect(await runWebhooks(deps())).toBe(2);
  expect(told()).toEqual([`${reference} received`, `${reference} in_review`]);
  for (const { headers, body, json } of got) {
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['wasl-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'));
    expect(Number(t)).toBe(NOW.getTime() / 1_000);
    expect(json.id).toBe(headers['wasl-event-id']);
    expect(body).not.toMatch(/my words|71000001|internal|contact/);
  }
  expect(got[0]?.json).toMatchObject({
    type: 'case.created',
    case: { external_id: 'W-1', source: 'portal' },
  });
  expect(await runWebhooks(deps())).toBe(0);
});

it('tries again later, in the order of each case, without holding up other cases', async () => {
  await add();
  const [first, second] = [await sent(), await sent()];
  await report(first, 'in_review');
  answers = [500];
  await runWebhooks(deps());
  expect(told()).toEqual(expect.arrayContaining([`${first} received`, `${second} received`]));
  expect(told()).toHaveLength(2);
  got = [];
  later(5);
  expect(await runWebhooks(deps())).toBe(0);
  later(60);
  await runWebhooks(deps());
  const failed = told()[0]?.split(' ')[0];
  expect([first, second]).toContain(failed);
  expect(
    told()
      .filter((one) => one.startsWith(first))
      .at(-1),
  ).toBe(`${first} in_review`);
  const { rows } = await api.db.query("select from webhook_delivery where state <> 'delivered'");
  expect(rows).toEqual([]);
});

it.each([[302], [404], ['hang' as const]])('takes %s for a failure', async (answer) => {
  await add();
  await sent();
  answers = [answer];
  await runWebhooks(deps());
  expect(got).toHaveLength(1);
  const { rows } = await api.db.query('select state, attempts from webhook_delivery');
  expect(rows).toEqual([{ state: 'waiting', attempts: 1 }]);
});

it('sends nothing twice when two processes run at once', async () => {
  await add();
  const references = [];
  for (let i = 0; i < 12; i++) references.push(await sent());
  await Promise.all([runWebhooks(deps()), runWebhooks(deps()), runWebhooks(deps())]);
  await runWebhooks(deps());
  expect(told().sort()).toEqual(references.map((reference) => `${reference} received`).sort());
});

it('does not send back what the system behind it reported itself', async () => {
  await add({ source: 'grm' });
  const { token } = await api.tokenOf('grm', ['cases:write']);
  const theirs = await sent({ source: 'grm' }, token);
  const ours = await sent();
  await report(ours, 'in_review', token);
  await report(theirs, 'acknowledged');
  await runWebhooks(deps());
  expect(told().sort()).toEqual([`${ours} received`, `${theirs} acknowledged`].sort());
});

it('tells of restricted cases only who is to know', async () => {
  await add();
  const reference = await sent({ category: 'STF' });
  await runWebhooks(deps());
  expect(got).toEqual([]);
  await add({ restricted: true });
  await report(reference, 'in_review');
  await runWebhooks(deps());
  expect(told()).toEqual([`${reference} in_review`]);
});

it('lets go of what waits about a case that became secret, and goes on with the rest', async () => {
  await add();
  const reference = await sent();
  const other = await sent();
  answers = Array<number>(2).fill(503);
  await runWebhooks(deps());
  got = [];
  await api.db.query(
    "update grievance set sensitivity = 'restricted', category = 'STF' where reference = $1",
    [reference],
  );
  later(3_600);
  await runWebhooks(deps());
  expect(told()).toEqual([`${other} received`]);
  const { rows } = await api.db.query('select from webhook_delivery where reference = $1', [reference]);
  expect(rows).toHaveLength(0);
});

it('gives a delivery up after a day and a webhook after a week, says so, and begins again when told', async () => {
  const { id } = await add();
  const reference = await sent();
  answers = Array<number>(200).fill(500);
  for (let hour = 0; hour < 26; hour++) {
    await runWebhooks(deps());
    later(4_400);
  }
  const { rows } = await api.db.query('select state from webhook_delivery');
  expect(rows).toEqual([{ state: 'failed' }]);
  later(7 * 86_400);
  await report(reference, 'in_review');
  await runWebhooks(deps());
  expect((await listWebhooks(api.db))[0]?.disabled_at).not.toBeNull();
  expect(await webhookHealth(api.db)).toMatchObject([
    { ok: false, note: expect.stringContaining(id) as string },
  ]);
  answers = [];
  got = [];
  expect(await runWebhooks(deps())).toBe(0);
  expect(await enableWebhook(api.db, id, clock)).toBe(true);
  await runWebhooks(deps());
  expect(told()).toEqual([`${reference} received`, `${reference} in_review`]);
  expect(await webhookHealth(api.db)).toMatchObject([{ ok: true }]);
  expect(await removeWebhook(api.db, id)).toBe(true);
  expect(await removeWebhook(api.db, id)).toBe(false);
});

it('ends at once where the receiver says that it is gone', async () => {
  await add();
  await sent();
  answers = [410];
  await runWebhooks(deps());
  expect((await listWebhooks(api.db))[0]?.disabled_at).not.toBeNull();
});

describe('addresses', () => {
  it.each([
    'http://example.org/',
    'https://127.0.0.1/',
    'https://10.0.0.8/hook',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x7f000001/',
    'https://169.254.169.254/latest',
    'https://user:pass@example.org/',
    'https://example.org/#x',
    'ftp://example.org/',
    'nonsense',
  ])('refuses %s in production', (address) => {
    expect(() => checkAddress(address, true)).toThrow();
  });

  it('takes a public one', () => {
    expect(checkAddress('https://grm.example.org/hooks?a=1', true).host).toBe('grm.example.org');
    expect(isPublicAddress('93.184.216.34')).toBe(true);
    expect(isPublicAddress('2606:2800:220:1::1')).toBe(true);
  });

  it.each([['127.0.0.1'], ['::ffff:192.168.1.1'], ['fd00::1'], ['64:ff9b::a00:1'], ['100.64.0.1']])(
    'does not connect to a name that leads to %s in production',
    async (address) => {
      const family = address.includes(':') ? 6 : 4;
      const resolve = () =>
        Promise.resolve([
          { address: '93.184.216.34', family: 4 },
          { address, family },
        ]);
      const lookUp = (isProduction: boolean) =>
        new Promise((done) => {
          guardedLookup(isProduction, resolve as never)('inner.example', { all: true }, (error) => {
            done(error);
          });
        });
      expect(await lookUp(true)).toBeInstanceOf(Error);
      expect(await lookUp(false)).toBeNull();
    },
  );
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { africasTalkingSms } from '../../src/channels/africastalking-sms.ts';
import type { OutboundContent } from '../../src/channels/channel.ts';
import samples from '../fixtures/channels/at-payloads.json' with { type: 'json' };
import { startCarrier } from '../support/stand-in-carrier.ts';
import type { Carrier } from '../support/stand-in-carrier.ts';
import { holdsTheContract } from './contract.ts';
import { mount } from './support.ts';
import type { Mounted } from './support.ts';

const apiKey = 'atsk_secret_0123456789';
const open = (baseUrl: string, over: { from?: string; username?: string } = {}) =>
  africasTalkingSms({ username: 'ministry', apiKey, baseUrl, timeoutMs: 400, ...over });
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

describe('as a channel', () => {
  holdsTheContract({
    open: (url) => open(url),
    secrets: [apiKey],
    callback: ({ id, from, to, text }) => ({
      path: '/',
      body: form({ id, from, to, text, date: '2026-09-28T10:11:12Z' }),
    }),
  });
});

describe('incoming', () => {
  let at: Mounted;
  beforeEach(async () => {
    at = await mount(open('http://127.0.0.1:1'));
  });
  afterEach(() => at.stop());

  test.each(Object.entries(samples.smsIncoming))('%s', async (_name, { body, fields }) => {
    const res = await at.post('/', body);
    expect(res.status).toBe(200);
    expect(at.handlers.heard.message).toEqual([
      [
        {
          channel: 'sms',
          provider: 'africastalking-sms',
          from: '+254700000001',
          phone: '+254700000001',
          to: '20880',
          id: fields.id,
          text: fields.text,
        },
      ],
    ]);
  });

  test('without an id, the fields make one: the same again, another for another text', async () => {
    const fields = { from: '+254700000001', to: '20880', date: '2026-09-28 10:11:12' };
    for (const text of ['1', '1', '2']) await at.post('/', form({ ...fields, text }));
    const [first, again, other] = at.handlers.heard.message.map(([{ id }]) => id);
    expect(first).toMatch(/^sha256-[0-9a-f]{64}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(first).not.toContain('254700000001');
  });

  test('a lost plus is restored, an empty text is a message', async () => {
    await at.post('/', 'from=+254700000001&to=20880&id=a&text=');
    expect(at.handlers.heard.message[0]?.[0]).toMatchObject({ phone: '+254700000001', text: '' });
  });

  test('machines get no dialog, and no second delivery', async () => {
    const res = await at.post('/', form({ from: 'Safaricom', to: '20880', id: 'a', text: 'Your balance' }));
    expect(res.status).toBe(200);
    expect(at.handlers.heard.message).toEqual([]);
  });

  test.each(samples.smsDelivery)('report $fields.status', async ({ body, fields }) => {
    await at.post('/status', body);
    const state = {
      Sent: 'sent',
      Submitted: 'sent',
      Buffered: 'sent',
      Success: 'delivered',
      Rejected: 'failed',
      Failed: 'failed',
      AbsentSubscriber: 'failed',
      Expired: 'failed',
    }[fields.status];
    expect(at.handlers.heard.receipt).toMatchObject([
      [
        {
          provider: 'africastalking-sms',
          providerId: fields.id,
          state,
          raw: 'failureReason' in fields ? fields.failureReason : fields.status,
        },
      ],
    ]);
  });

  test.each([
    ['UserInBlackList', 'to.optedOut', true],
    ['userinblacklist', 'to.optedOut', true],
    ['NotNetworkSubcriber', 'to.unreachable', undefined],
    ['NotNetworkSubscriber', 'to.unreachable', undefined],
    ['SomethingNew', 'refused', undefined],
    ['constructor', 'refused', undefined],
  ])('a report failed for %s', async (failureReason, code, optOut) => {
    await at.post('/status', form({ id: 'ATXid_1', status: 'Failed', failureReason }));
    expect(at.handlers.heard.receipt[0]?.[0]).toEqual({
      provider: 'africastalking-sms',
      providerId: 'ATXid_1',
      state: 'failed',
      raw: failureReason,
      code,
      ...(optOut !== undefined && { optOut }),
    });
  });

  test('a status nobody has heard of keeps its word and changes nothing', async () => {
    await at.post('/status', form({ id: 'ATXid_1', status: 'Teleported' }));
    expect(at.handlers.heard.receipt).toEqual([
      [{ provider: 'africastalking-sms', providerId: 'ATXid_1', raw: 'Teleported' }],
    ]);
  });

  test('an opt-out', async () => {
    expect((await at.post('/opt-out', samples.smsOptOut.body)).status).toBe(200);
    expect(at.handlers.heard.optOut).toEqual([[{ provider: 'africastalking-sms', phone: '+254700000001' }]]);
  });

  test.each(['/status', '/opt-out'])('%s: noise is answered, a service that failed is told', async (path) => {
    expect((await at.post(path, 'a=b')).status).toBe(200);
    at.handlers.broken = new Error('database gone');
    const body = path === '/status' ? samples.smsDelivery[0]?.body : samples.smsOptOut.body;
    expect((await at.post(path, body ?? '')).status).toBe(500);
    expect((await at.post(path, 'x'.repeat(70_000))).status).toBe(413);
  });
});

describe('sending', () => {
  let carrier: Carrier;
  beforeEach(async () => {
    carrier = await startCarrier();
  });
  afterEach(() => carrier.stop());
  const text = (body: string) =>
    ({ id: 'out-1', to: '+254700000001', content: { kind: 'text', body } }) as const;

  test('makes the request the provider documents', async () => {
    const sent = await open(carrier.url, { from: 'CITOYEN' }).send?.(text('مرحبا'));
    expect(sent).toEqual({ providerId: carrier.outbox[0]?.id, cost: 'KES 0.8000' });
    const [request] = carrier.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/version1/messaging' });
    expect(request?.headers).toMatchObject({ apikey: apiKey, accept: 'application/json' });
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      username: 'ministry',
      to: '+254700000001',
      message: 'مرحبا',
      from: 'CITOYEN',
      bulkSMSMode: '1',
    });
  });

  test('a sandbox account beside a live one takes nothing of it', async () => {
    const other = await startCarrier();
    const live = open(carrier.url);
    const sandbox = open(other.url, { username: 'sandbox' });
    const both = async (n: number) => {
      const first = live.send?.(text(`live ${n}`));
      await sandbox.send?.(text(`box ${n}`));
      await first;
    };
    await Promise.all([1, 2, 3].map(both));
    expect(carrier.outbox.map(({ body }) => body).sort()).toEqual(['live 1', 'live 2', 'live 3']);
    expect(other.outbox.map(({ body }) => body).sort()).toEqual(['box 1', 'box 2', 'box 3']);
    await other.stop();
  });

  test('201 without recipients is a refusal of the whole request', async () => {
    carrier.failNext('noRecipients');
    await expect(open(carrier.url).send?.(text('x'))).rejects.toMatchObject({
      code: 'configuration',
      alert: true,
      message: 'configuration (InvalidSenderId)',
    });
  });

  test('no balance: people must act, and later it works', async () => {
    carrier.failNext('noBalance');
    await expect(open(carrier.url).send?.(text('x'))).rejects.toMatchObject({
      code: 'balance',
      alert: true,
      retryable: true,
    });
  });

  test('an account without balance is worth a warning', async () => {
    carrier.balance = 'KES 0.0000';
    expect(await open(carrier.url).check?.()).toMatch(/top it up/);
    expect(carrier.requests[0]).toMatchObject({ path: '/version1/user', query: { username: 'ministry' } });
  });

  test.each<OutboundContent>([
    { kind: 'buttons', body: 'x', buttons: [{ id: 'a', title: 'A' }], personal: false },
    { kind: 'list', body: 'x', button: 'Choose', rows: [{ id: 'a', title: 'A' }], personal: false },
    { kind: 'template', name: 'paid', language: 'ar', variables: [], fallback: 'x' },
  ])('$kind is not for SMS', async (content) => {
    const sent = open(carrier.url).send?.({ id: 'out-1', to: '+254700000001', content });
    await expect(sent).rejects.toMatchObject({ name: 'SendError', code: 'content.unsupported' });
    expect(carrier.requests).toEqual([]);
  });
});

describe('answers of the provider', () => {
  /** Serves one canned answer, as recorded or documented. */
  const answering = async (status: number, value: unknown) => {
    const { createServer } = await import('node:http');
    const server = createServer((_req, res) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    try {
      return await open(`http://127.0.0.1:${port}`)
        .send?.({ id: 'out-1', to: '+254700000001', content: { kind: 'text', body: 'x' } })
        .catch((error: unknown) => error);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };
  const recipient = (statusCode: number | undefined, status: string, messageId = 'None') => ({
    SMSMessageData: {
      Message: 'Sent',
      Recipients: [{ statusCode, status, number: '+254700000001', cost: '0', messageId }],
    },
  });

  test.each([
    [100, 'Processed'],
    [101, 'Success'],
    [102, 'Success'],
  ])('%i accepts', async (code, word) => {
    expect(await answering(201, recipient(code, word, 'ATXid_1'))).toEqual({
      providerId: 'ATXid_1',
      cost: '0',
    });
  });

  test.each([
    [401, 'RiskHold', 'refused'],
    [402, 'InvalidSenderId', 'configuration'],
    [403, 'InvalidPhoneNumber', 'to.invalid'],
    [404, 'UnsupportedNumberType', 'to.unreachable'],
    [405, 'InsufficientBalance', 'balance'],
    [406, 'UserInBlacklist', 'to.optedOut'],
    [407, 'CouldNotRoute', 'to.unreachable'],
    [409, 'DoNotDisturbRejection', 'refused'],
    [500, 'InternalServerError', 'unavailable'],
    [501, 'GatewayError', 'unavailable'],
    [502, 'RejectedByGateway', 'refused'],
    [999, 'SomethingNew', 'refused'],
    [undefined, 'UserInBlacklist', 'to.optedOut'],
  ])('%s %s is %s', async (code, word, expected) => {
    const error = await answering(201, recipient(code, word));
    expect(error).toMatchObject({ name: 'SendError', code: expected, unknown: false });
    expect((error as Error).message).not.toContain('SomethingNew');
  });

  test('accepted without an id still counts as sent', async () => {
    expect(await answering(201, recipient(101, 'Success'))).toMatchObject({ providerId: 'none-out-1' });
  });

  test('200 with the answer of a 201 is read like one', async () => {
    expect(await answering(200, recipient(101, 'Success', 'ATXid_1'))).toMatchObject({
      providerId: 'ATXid_1',
    });
  });

  test.each([
    [201, 'text'],
    [201, null],
    [201, {}],
    [200, {}],
    [504, {}],
  ])('%i %j leaves it open', async (status, body) => {
    expect(await answering(status, body)).toMatchObject({
      name: 'SendError',
      code: 'answer.lost',
      unknown: true,
    });
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Channel, OutboundContent, Row } from '../../src/channels/channel.ts';
import type { ContentStore } from '../../src/channels/twilio-content.ts';
import { twilioSms } from '../../src/channels/twilio-sms.ts';
import type { TwilioSmsOptions } from '../../src/channels/twilio-sms.ts';
import { callbackAddress } from '../../src/channels/twilio.ts';
import { twilioWhatsApp } from '../../src/channels/twilio-whatsapp.ts';
import type { TwilioWhatsAppOptions } from '../../src/channels/twilio-whatsapp.ts';
import { startCarrier } from '../support/stand-in-carrier.ts';
import type { Carrier } from '../support/stand-in-carrier.ts';
import { holdsTheContract } from './contract.ts';
import { accountSid, authToken, publicAddress, publicUrl, sign } from './twilio-signed.ts';

const statusCallbackUrl = `${publicUrl}/webhooks/t/twilio/status`;
const account = { accountSid, authToken, publicUrl, statusCallbackUrl, timeoutMs: 400 };
const sms = (baseUrl: string, over: Partial<TwilioSmsOptions> = {}): Channel =>
  twilioSms({ ...account, baseUrl, from: '+254200000000', ...over });
const whatsapp = (baseUrl: string, over: Partial<TwilioWhatsAppOptions> = {}): Channel =>
  twilioWhatsApp({ ...account, baseUrl, whatsappFrom: '+254200000000', ...over });

describe.each([
  ['twilio-sms', sms, ''],
  ['twilio-whatsapp', whatsapp, 'whatsapp:'],
] as const)('%s as a channel', (_name, open, prefix) => {
  holdsTheContract({
    open: (url) => open(url),
    secrets: [authToken, Buffer.from(`${accountSid}:${authToken}`).toString('base64')],
    callback: ({ id, from, to, text }, url) => {
      const params = {
        AccountSid: accountSid,
        MessageSid: id,
        From: prefix + from,
        To: prefix + to,
        Body: text,
      };
      return {
        path: '/',
        body: new URLSearchParams(params).toString(),
        headers: { 'x-twilio-signature': sign(`${publicAddress(url)}/`, params) },
      };
    },
  });
});

let carrier: Carrier;
beforeEach(async () => {
  carrier = await startCarrier();
});
afterEach(() => carrier.stop());

const to = '+254700000001';
const send = (channel: Channel, content: OutboundContent, address = to): Promise<unknown> =>
  channel.send?.({ id: 'out-1', to: address, content }) ?? Promise.reject(new Error('cannot send'));
const text = (body: string): OutboundContent => ({ kind: 'text', body });
const bodyOf = (n: number): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(carrier.requests[n]?.body ?? ''));

describe('SMS', () => {
  test('makes the request Twilio documents', async () => {
    expect(await send(sms(carrier.url), text('مرحبا'))).toEqual({ providerId: carrier.outbox[0]?.id });
    expect(carrier.requests[0]).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
    });
    expect(carrier.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    );
    expect(bodyOf(0)).toEqual({
      To: to,
      From: '+254200000000',
      Body: 'مرحبا',
      StatusCallback: statusCallbackUrl,
    });
  });

  test('a messaging service chooses the sender', async () => {
    await send(sms(carrier.url, { messagingServiceSid: 'MG1' }), text('x'));
    expect(bodyOf(0)).toMatchObject({ MessagingServiceSid: 'MG1' });
    expect(bodyOf(0)).not.toHaveProperty('From');
  });

  test('without a sender people must act', async () => {
    const senderless = sms(carrier.url, { from: undefined });
    await expect(send(senderless, text('x'))).rejects.toMatchObject({ code: 'configuration', alert: true });
    expect(await senderless.check?.()).toMatch(/TWILIO_FROM/);
  });

  test.each([
    [sms, 1_601],
    [whatsapp, 1_601],
  ])('too long is refused, never cut', async (open, length) => {
    await expect(send(open(carrier.url), text('x'.repeat(length)))).rejects.toMatchObject({
      code: 'content.tooLong',
    });
    expect(carrier.requests).toEqual([]);
    await send(open(carrier.url), text('x'.repeat(1_600)));
  });

  test('only text', async () => {
    const content: OutboundContent = {
      kind: 'buttons',
      body: 'x',
      buttons: [{ id: 'a', title: 'A' }],
      personal: false,
    };
    await expect(send(sms(carrier.url), content)).rejects.toMatchObject({ code: 'content.unsupported' });
  });

  test('TWILIO_EDGE and TWILIO_LOG_LEVEL in the environment change nothing', async () => {
    process.env['TWILIO_EDGE'] = 'dublin';
    process.env['TWILIO_LOG_LEVEL'] = 'debug';
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      await send(sms(carrier.url.replace('127.0.0.1', 'localhost')), text('secret complaint'));
      expect(printed).not.toHaveBeenCalled();
    } finally {
      printed.mockRestore();
      delete process.env['TWILIO_EDGE'];
      delete process.env['TWILIO_LOG_LEVEL'];
    }
    expect(carrier.outbox).toHaveLength(1);
  });
});

const rows = (count: number, over: Partial<Row> = {}): Row[] =>
  Array.from({ length: count }, (_, n) => ({ id: `menu/${n}`, title: `Choice ${n}`, ...over }));
const buttons = (over: Partial<Extract<OutboundContent, { kind: 'buttons' }>> = {}): OutboundContent => ({
  kind: 'buttons',
  body: 'Continuer ?',
  buttons: [
    { id: 'confirm/yes', title: 'نعم' },
    { id: 'confirm/no', title: 'لا' },
  ],
  personal: false,
  ...over,
});
const list = (over: Partial<Extract<OutboundContent, { kind: 'list' }>> = {}): OutboundContent => ({
  kind: 'list',
  body: 'Menu',
  button: 'Choose',
  rows: [
    { id: 'menu/status', title: 'Status', description: 'Of your file' },
    { id: 'menu/pay', title: 'Payment' },
  ],
  personal: false,
  ...over,
});
const contentRequests = () => carrier.requests.filter(({ path }) => path === '/v1/Content');

describe('WhatsApp', () => {
  test('text, to a phone and to a user who shows none', async () => {
    await send(whatsapp(carrier.url), text('x'));
    await send(whatsapp(carrier.url, { whatsappFrom: 'whatsapp:+254200000000' }), text('x'), 'KE.123');
    expect(bodyOf(0)).toMatchObject({ To: `whatsapp:${to}`, From: 'whatsapp:+254200000000' });
    expect(bodyOf(1)).toMatchObject({ To: 'whatsapp:KE.123', From: 'whatsapp:+254200000000' });
  });

  test('buttons are a Content object with the names of the wire', async () => {
    await send(whatsapp(carrier.url), buttons());
    expect(JSON.parse(contentRequests()[0]?.body ?? '')).toEqual({
      friendly_name: expect.stringMatching(/^wasl_[0-9a-f]{32}$/) as unknown,
      language: 'ar',
      types: {
        'twilio/quick-reply': {
          body: 'Continuer ?',
          actions: [
            { title: 'نعم', id: 'confirm/yes' },
            { title: 'لا', id: 'confirm/no' },
          ],
        },
      },
    });
    expect(bodyOf(1)).toEqual({
      To: `whatsapp:${to}`,
      From: 'whatsapp:+254200000000',
      ContentSid: carrier.outbox[0]?.contentSid,
      StatusCallback: statusCallbackUrl,
    });
  });

  test('so is a list', async () => {
    await send(whatsapp(carrier.url), list());
    expect(carrier.outbox[0]?.content?.types).toEqual({
      'twilio/list-picker': {
        body: 'Menu',
        button: 'Choose',
        items: [
          { item: 'Status', id: 'menu/status', description: 'Of your file' },
          { item: 'Payment', id: 'menu/pay' },
        ],
      },
    });
  });

  test('a personal body is nowhere in the object, whatever its lines', async () => {
    const body = 'Souad, your payment\n\nof\t145.00      USD waits';
    await send(whatsapp(carrier.url), list({ body, personal: true }));
    await send(whatsapp(carrier.url), buttons({ body: 'Souad {{1}}', personal: true }));
    for (const { body: stored } of contentRequests()) expect(stored).not.toMatch(/Souad|145/);
    expect(carrier.outbox.map((message) => message.body)).toEqual([
      'Souad, your payment\n\nof 145.00 USD waits',
      'Souad {{1}}',
    ]);
    expect(carrier.outbox[0]?.variables).toEqual({ 1: 'Souad, your payment', 2: 'of 145.00 USD waits' });
  });

  test('two people share one object, two menus do not', async () => {
    const channel = whatsapp(carrier.url);
    await send(channel, buttons({ body: 'For Souad', personal: true }));
    await send(channel, buttons({ body: 'For Karim', personal: true }));
    expect(contentRequests()).toHaveLength(1);
    await send(channel, buttons({ body: 'For all' }));
    expect(contentRequests()).toHaveLength(2);
    expect(carrier.outbox.map(({ body }) => body)).toEqual(['For Souad', 'For Karim', 'For all']);
  });

  test('braces in a public body are not taken for variables', async () => {
    await send(whatsapp(carrier.url), buttons({ body: 'Type {{name}}' }));
    expect(carrier.outbox[0]?.body).toBe('Type {{name}}');
  });

  test('many at once make one object', async () => {
    const channel = whatsapp(carrier.url);
    await Promise.all(Array.from({ length: 8 }, () => send(channel, buttons())));
    expect(contentRequests()).toHaveLength(1);
    expect(carrier.outbox).toHaveLength(8);
  });

  const memory = (): ContentStore & { saved: Map<string, string> } => {
    const saved = new Map<string, string>();
    return {
      saved,
      find: (hash) => Promise.resolve(saved.get(hash)),
      save: (hash, sid) => Promise.resolve(void saved.set(hash, sid)),
    };
  };

  test('a restart remembers what was made, another account does not use it', async () => {
    const contentStore = memory();
    await send(whatsapp(carrier.url, { contentStore }), buttons());
    await send(whatsapp(carrier.url, { contentStore }), buttons());
    expect(contentRequests()).toHaveLength(1);
    await send(whatsapp(carrier.url, { contentStore, accountSid: 'AC2' }), buttons());
    expect(contentRequests()).toHaveLength(2);
  });

  test('an object that somebody deleted at Twilio is made again', async () => {
    const contentStore = memory();
    const channel = whatsapp(carrier.url, { contentStore });
    await send(channel, buttons());
    carrier.contents.clear();
    await send(channel, buttons());
    expect(carrier.outbox).toHaveLength(2);
    expect([...contentStore.saved.values()]).toEqual([carrier.outbox[1]?.contentSid]);
  });

  test('a store that is down stops no message', async () => {
    const down = () => Promise.reject(new Error('database gone'));
    await send(whatsapp(carrier.url, { contentStore: { find: down, save: down } }), buttons());
    expect(carrier.outbox).toHaveLength(1);
  });

  test.each(['timeout', 'reset', 'error', 'unreadable'] as const)(
    'a %s while the object is made: nothing was sent, so try again',
    async (kind) => {
      const channel = whatsapp(carrier.url);
      carrier.failNext(kind);
      await expect(send(channel, buttons())).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
        unknown: false,
      });
      await send(channel, buttons());
      expect(carrier.outbox).toHaveLength(1);
    },
  );

  test.each<[string, OutboundContent]>([
    ['no button', buttons({ buttons: [] })],
    ['four buttons', buttons({ buttons: rows(4) })],
    ['a button title over 20', buttons({ buttons: rows(1, { title: 'x'.repeat(21) }) })],
    ['an empty button title', buttons({ buttons: rows(1, { title: ' ' }) })],
    ['two equal buttons', buttons({ buttons: rows(2, { title: 'Same' }) })],
    ['two choices with one id', buttons({ buttons: rows(2).map((row) => ({ ...row, id: 'same' })) })],
    ['an id over 200', buttons({ buttons: rows(1, { id: 'x'.repeat(201) }) })],
    ['an id with a space around', buttons({ buttons: rows(1, { id: ' a' }) })],
    ['braces in a title', buttons({ buttons: rows(1, { title: '{{1}}' }) })],
    ['eleven rows', list({ rows: rows(11) })],
    ['no row', list({ rows: [] })],
    ['a row title over 24', list({ rows: rows(1, { title: 'x'.repeat(25) }) })],
    ['a description over 72', list({ rows: rows(1, { description: 'x'.repeat(73) }) })],
    ['a list button over 20', list({ button: 'x'.repeat(21) })],
    ['an empty body', list({ body: '' })],
  ])('%s is refused', async (_name, content) => {
    await expect(send(whatsapp(carrier.url), content)).rejects.toMatchObject({
      name: 'SendError',
      code: 'content.invalid',
      retryable: false,
    });
    expect(carrier.requests).toEqual([]);
  });

  test('exactly at the limits passes', async () => {
    const tight = { id: 'x'.repeat(200), title: 'x'.repeat(24), description: 'x'.repeat(72) };
    const others = rows(9);
    await send(
      whatsapp(carrier.url),
      list({ body: 'x'.repeat(1_024), button: 'x'.repeat(20), rows: [tight, ...others] }),
    );
    await expect(send(whatsapp(carrier.url), list({ body: 'x'.repeat(1_025) }))).rejects.toMatchObject({
      code: 'content.tooLong',
    });
  });

  const templates = { paid: { ar: 'HX1', fr: 'HX2' } };
  const template = (over: object = {}): OutboundContent => ({
    kind: 'template',
    name: 'paid',
    language: 'ar',
    variables: ['CASH', 'مكتب\nالبريد'],
    fallback: 'x',
    ...over,
  });

  test('a template by its SID, with numbered variables', async () => {
    carrier.contents.set('HX1', { sid: 'HX1', types: { 'twilio/text': { body: '{{1}} at {{2}}.' } } });
    await send(whatsapp(carrier.url, { templates }), template());
    expect(carrier.outbox[0]).toMatchObject({
      contentSid: 'HX1',
      variables: { 1: 'CASH', 2: 'مكتب البريد' },
      body: 'CASH at مكتب البريد.',
    });
    expect(bodyOf(0)).not.toHaveProperty('Body');
  });

  test.each([{ name: 'unheard' }, { name: 'constructor' }, { language: 'ar_EG' }])(
    'no template for %j',
    async (over) => {
      await expect(send(whatsapp(carrier.url, { templates }), template(over))).rejects.toMatchObject({
        code: 'template.missing',
        alert: true,
      });
      await expect(send(whatsapp(carrier.url), template())).rejects.toMatchObject({
        code: 'template.missing',
      });
    },
  );

  test('an empty variable is refused here: Twilio would refuse it less clearly', async () => {
    const sent = send(whatsapp(carrier.url, { templates }), template({ variables: ['CASH', ' '] }));
    await expect(sent).rejects.toMatchObject({ code: 'content.invalid' });
  });
});

describe('answers of Twilio', () => {
  const answering = async (status: number, value: unknown): Promise<unknown> => {
    const { createServer } = await import('node:http');
    const server = createServer((_req, res) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    });
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    try {
      return await send(whatsapp(`http://127.0.0.1:${port}`), text('x')).catch((error: unknown) => error);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };

  test.each([
    [400, 21211, 'to.invalid', {}],
    [400, 21408, 'configuration', { alert: true }],
    [400, 21610, 'to.optedOut', { optOut: true }],
    [400, 21612, 'to.unreachable', {}],
    [400, 21617, 'content.tooLong', {}],
    [401, 20003, 'credentials', { alert: true }],
    [429, 20429, 'rate', { retryable: true }],
    [429, 63018, 'rate', { retryable: true }],
    [400, 63016, 'window.closed', {}],
    [400, 63027, 'template.missing', { alert: true }],
    [400, 63033, 'to.optedOut', { optOut: true }],
    [400, 99999, 'refused', { retryable: false }],
    [503, 99999, 'unavailable', { retryable: true }],
    [429, 99999, 'rate', { retryable: true }],
  ])('HTTP %i, error %i is %s', async (status, code, expected, traits) => {
    const message = `Failed for ${to}`;
    const error = await answering(status, { code, message, more_info: '', status });
    expect(error).toMatchObject({ name: 'SendError', code: expected, unknown: false, ...traits });
    expect((error as Error).message).not.toContain('2547');
  });

  test('a problem document is read too', async () => {
    const problem = {
      type: 'https://twilio.com/problems/1',
      title: 'Unsubscribed',
      status: 400,
      code: 21610,
    };
    expect(await answering(400, problem)).toMatchObject({ code: 'to.optedOut', optOut: true });
  });

  test.each([
    [201, {}],
    [201, null],
    [504, {}],
  ])('HTTP %i %j leaves it open', async (status, value) => {
    expect(await answering(status, value)).toMatchObject({
      name: 'SendError',
      code: 'answer.lost',
      unknown: true,
    });
  });

  test('an account SID that is none needs mending, not retrying', async () => {
    const wrong = sms(carrier.url, { accountSid: 'SK00000000000000000000000000000001' });
    await expect(send(wrong, text('x'))).rejects.toMatchObject({
      name: 'SendError',
      code: 'configuration',
      alert: true,
    });
    expect(await wrong.check?.()).toMatch(/TWILIO_ACCOUNT_SID/);
  });

  test.each([
    ['http://127.0.0.1:3000/x', undefined],
    ['http://localhost:3000/x', undefined],
    ['https://wasl.example.org/x', 'https://wasl.example.org/x'],
  ])('a laptop is no place for status callbacks of the real Twilio: %s', (address, expected) => {
    expect(callbackAddress({ ...account, statusCallbackUrl: address })).toBe(expected);
    expect(callbackAddress({ ...account, statusCallbackUrl: address, baseUrl: carrier.url })).toBe(address);
  });
});

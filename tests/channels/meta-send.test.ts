/** What leaves by Meta's Cloud API, request by request, and how its answers are read. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, OutboundContent, Row } from '../../src/channels/channel.ts';
import { metaMedia } from '../../src/channels/meta-media.ts';
import type { MetaSender } from '../../src/channels/meta-send.ts';
import { metaWhatsApp } from '../../src/channels/meta-whatsapp.ts';
import { startCarrier, type Carrier } from '../support/stand-in-carrier.ts';
import { holdsTheContract } from './contract.ts';
import { accessToken, appSecret, metaReceiver, notification, phoneNumberId } from './meta-signed.ts';
import { signedHeaders } from './meta-signed.ts';

const open = (baseUrl: string, over: Partial<MetaSender> = {}): Channel =>
  metaWhatsApp({ ...metaReceiver, accessToken, baseUrl, timeoutMs: 400, ...over });

describe('meta-whatsapp as a channel', () => {
  holdsTheContract({
    open,
    secrets: [accessToken, appSecret, metaReceiver.verifyToken],
    callback: ({ id, from, to, text }) => {
      const body = notification(
        { messages: [{ id, from: from.slice(1), type: 'text', text: { body: text } }] },
        { display_phone_number: to.slice(1) },
      );
      return { path: '/', body, headers: signedHeaders(body) };
    },
    again: 503,
    tooLarge: 3 * 1024 * 1024,
  });
});

type Sample = { sendRequests: Record<string, object>; sendResponses: { rateLimited: object } };
const { sendRequests, sendResponses } = JSON.parse(
  readFileSync(new URL('../fixtures/channels/meta-webhooks.json', import.meta.url), 'utf8'),
) as Sample;

let carrier: Carrier;
beforeEach(async () => {
  carrier = await startCarrier();
});
afterEach(() => carrier.stop());

const send = (channel: Channel, content: OutboundContent, to = '+254700000001'): Promise<unknown> =>
  channel.send?.({ id: '42', to, content }) ?? Promise.reject(new Error('cannot send'));
const text = (body: string): OutboundContent => ({ kind: 'text', body });
const rows = (count: number, over: Partial<Row> = {}): Row[] =>
  Array.from({ length: count }, (_, n) => ({ id: `menu/${n}`, title: `Choice ${n}`, ...over }));
const buttons = (choices: Row[], body = 'هل تريد المتابعة؟'): OutboundContent => ({
  kind: 'buttons',
  body,
  buttons: choices,
  personal: true,
});
const list = (choices: Row[], over: object = {}): OutboundContent => ({
  ...{ kind: 'list', body: 'Choisissez un service', button: 'Services', rows: choices, personal: false },
  ...over,
});
const sent = (): unknown => JSON.parse(carrier.requests[0]?.body ?? 'null');

/** Meta repeats this with every status. */
const ours = { biz_opaque_callback_data: '42' };
const templates = { paid: { ar: 'case_update', en_US: 'HX00000000000000000000000000000001' } };
const template = (over: object = {}): OutboundContent => ({
  ...{ kind: 'template', name: 'paid', language: 'ar', variables: ['12345'], fallback: 'x' },
  ...over,
});

describe('the request', () => {
  test('is authorized, JSON, and to our number', async () => {
    expect(await send(open(`${carrier.url}/v26.0/`), text('Bonjour'))).toEqual({
      providerId: carrier.outbox[0]?.id,
    });
    expect(carrier.requests).toMatchObject([{ method: 'POST', path: `/v26.0/${phoneNumberId}/messages` }]);
    expect(carrier.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
    });
  });

  test('of a text', async () => {
    await send(open(carrier.url), text('Bonjour'));
    expect(sent()).toEqual({ ...sendRequests['text'], ...ours });
  });

  test('to a user without a phone number', async () => {
    await send(open(carrier.url), text('Bonjour'), 'KE.1234567890123456');
    expect(sent()).toEqual({
      ...sendRequests['to_bsuid'],
      text: { preview_url: false, body: 'Bonjour' },
      ...ours,
    });
  });

  test('of buttons', async () => {
    const choices = [
      { id: 'confirm:yes', title: 'نعم', description: 'unseen' },
      { id: 'confirm:no', title: 'لا' },
    ];
    await send(open(carrier.url), buttons(choices));
    expect(sent()).toEqual({ ...sendRequests['buttons'], ...ours });
  });

  test('of a list', async () => {
    const choices = [
      { id: 'service:birth', title: 'Acte de naissance', description: 'Copie intégrale' },
      { id: 'service:marriage', title: 'Acte de mariage', description: '' },
    ];
    await send(open(carrier.url), list(choices));
    const expected = structuredClone(sendRequests['list']) as {
      interactive: { action: { sections: { title?: string }[] } };
    };
    // One section needs no title.
    for (const section of expected.interactive.action.sections) delete section.title;
    expect(sent()).toEqual({ ...expected, ...ours });
  });

  test('of a template, by its name at Meta, with its variables in order', async () => {
    await send(open(carrier.url, { templates }), template({ variables: ['CASH', 'مكتب\nالبريد'] }));
    expect(sent()).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '254700000001',
      type: 'template',
      template: {
        name: 'case_update',
        language: { code: 'ar' },
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'CASH' },
              { type: 'text', text: 'مكتب البريد' },
            ],
          },
        ],
      },
      ...ours,
    });
  });

  test('of a template without variables has no components', async () => {
    await send(open(carrier.url, { templates }), template({ variables: [] }));
    expect(sent()).toMatchObject({ template: { name: 'case_update', language: { code: 'ar' } } });
    expect(JSON.stringify(sent())).not.toContain('components');
  });
});

describe('what WhatsApp would not take', () => {
  test.each([{ name: 'unheard' }, { name: 'constructor' }, { language: 'fr' }, { language: 'en_US' }])(
    'no template for %j (a Content SID of Twilio is none)',
    async (over) => {
      const refused = { code: 'template.missing', alert: true };
      await expect(send(open(carrier.url, { templates }), template(over))).rejects.toMatchObject(refused);
      await expect(send(open(carrier.url), template())).rejects.toMatchObject(refused);
      expect(carrier.requests).toEqual([]);
    },
  );

  test.each<[string, OutboundContent, string]>([
    ['an empty variable', template({ variables: ['CASH', ' '] }), 'content.invalid'],
    ['a text over 4096', text('x'.repeat(4_097)), 'content.tooLong'],
    ['a list body over 4096', list(rows(1), { body: 'x'.repeat(4_097) }), 'content.tooLong'],
    ['a button body over 1024', buttons(rows(1), 'x'.repeat(1_025)), 'content.tooLong'],
    ['no button', buttons([]), 'content.invalid'],
    ['four buttons', buttons(rows(4)), 'content.invalid'],
    ['a button title over 20', buttons(rows(1, { title: 'x'.repeat(21) })), 'content.invalid'],
    ['two equal buttons', buttons(rows(2, { title: 'Same' })), 'content.invalid'],
    ['eleven rows', list(rows(11)), 'content.invalid'],
    ['a row title over 24', list(rows(1, { title: 'x'.repeat(25) })), 'content.invalid'],
    ['a description over 72', list(rows(1, { description: 'x'.repeat(73) })), 'content.invalid'],
    ['an id over 200', list(rows(1, { id: 'x'.repeat(201) })), 'content.invalid'],
    ['a list button over 20', list(rows(1), { button: 'x'.repeat(21) }), 'content.invalid'],
  ])('%s is refused here', async (_name, content, code) => {
    await expect(send(open(carrier.url, { templates }), content)).rejects.toMatchObject({ code });
    expect(carrier.requests).toEqual([]);
  });

  test('exactly at the limits passes', async () => {
    const tight = { id: 'x'.repeat(200), title: 'x'.repeat(24), description: 'x'.repeat(72) };
    const channel = open(carrier.url);
    await send(channel, list([tight, ...rows(9)], { body: 'x'.repeat(4_096), button: 'x'.repeat(20) }));
    await send(channel, buttons(rows(2).concat({ id: 'a', title: 'x'.repeat(20) }), 'x'.repeat(1_024)));
    await send(channel, text('x'.repeat(4_096)));
    // Braces are variables at Twilio only.
    await send(channel, buttons([{ id: 'a', title: '{{1}}' }]));
    expect(carrier.outbox).toHaveLength(4);
  });
});

/** A server with one answer, for as long as `work` takes. */
async function answering<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const json =
  (status: number, value: unknown): RequestListener =>
  (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

describe('an answer', () => {
  const answered = (status: number, value: unknown): Promise<unknown> =>
    answering(json(status, value), (url) => send(open(url), text('x')).catch((error: unknown) => error));

  test.each<[number, number, string, object]>([
    [400, 4, 'rate', { retryable: true }],
    [400, 80007, 'rate', { retryable: true }],
    [400, 131048, 'rate', { retryable: true }],
    [400, 131056, 'rate', { retryable: true }],
    [400, 133016, 'rate', { retryable: true }],
    [400, 131053, 'unavailable', { retryable: true }],
    [500, 131000, 'unavailable', { retryable: true }],
    [500, 2, 'unavailable', { retryable: true }],
    [400, 131047, 'window.closed', { retryable: false }],
    [400, 131026, 'to.unreachable', { retryable: false }],
    [400, 131049, 'refused', { retryable: false, optOut: false }],
    [400, 131050, 'to.optedOut', { optOut: true }],
    [400, 132001, 'template.missing', { alert: true }],
    [400, 132015, 'template.missing', { alert: true }],
    [400, 132000, 'content.invalid', {}],
    [400, 132012, 'content.invalid', {}],
    [400, 132005, 'content.tooLong', {}],
    [400, 132007, 'content.refused', {}],
    [400, 131009, 'content.invalid', {}],
    [400, 100, 'content.invalid', {}],
    [401, 190, 'credentials', { alert: true }],
    [403, 10, 'credentials', { alert: true }],
    [403, 200, 'credentials', { alert: true }],
    [400, 131042, 'balance', { alert: true, retryable: true }],
    [400, 999999, 'refused', { retryable: false }],
    [403, 999999, 'credentials', { alert: true }],
    [429, 999999, 'rate', { retryable: true }],
    [503, 999999, 'unavailable', { retryable: true }],
  ])('HTTP %i, error %i is %s', async (status, code, expected, traits) => {
    const error = await answered(status, { error: { message: 'Failed for 254700000001', code } });
    expect(error).toMatchObject({ name: 'SendError', code: expected, unknown: false, ...traits });
    expect((error as Error).message).not.toContain('2547');
  });

  test('of the recorded kind', async () => {
    expect(await answered(400, sendResponses.rateLimited)).toMatchObject({ code: 'rate', retryable: true });
  });

  test('that there is no such number is for people to mend', async () => {
    const error = { message: 'Unsupported post request', code: 100, error_subcode: 33 };
    expect(await answered(400, { error })).toMatchObject({ code: 'configuration', alert: true });
    const advice = await answering(json(400, { error }), async (url) => open(url).check?.());
    expect(advice).toMatch(/META_PHONE_NUMBER_ID/);
  });

  test.each<[number, unknown]>([
    [200, {}],
    [200, null],
    [200, { messages: [] }],
    [200, { messages: [{ id: '' }] }],
    [200, { messages: 'x' }],
    [504, {}],
    [504, { error: { code: 2 } }],
  ])('HTTP %i %j leaves it open whether it was sent', async (status, value) => {
    expect(await answered(status, value)).toMatchObject({ code: 'answer.lost', unknown: true });
  });

  test.each([null, {}, { error: null }, { error: { code: 'x' } }, 'x'])('HTTP 400 %j', async (value) => {
    expect(await answered(400, value)).toMatchObject({ code: 'refused', unknown: false });
  });
});

describe('the check', () => {
  test('names the variable of a token that is refused', async () => {
    carrier.failNext('unauthorized');
    expect(await open(carrier.url).check?.()).toMatch(/META_ACCESS_TOKEN/);
  });
});

describe('media', () => {
  const fetchAt = async (base: string, source = '31'): Promise<{ type?: string; bytes: string }> => {
    const fetcher = metaMedia({ accessToken, baseUrl: base });
    const { body, type } = await fetcher.fetch(source, AbortSignal.timeout(2_000));
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks).toString(), ...(type === undefined ? {} : { type }) };
  };
  /** A Graph API that keeps the content `31` and says that it is at `at`. */
  const holding =
    (at: (host: string) => string, asked: string[] = []): RequestListener =>
    (req, res) => {
      asked.push(`${req.url ?? ''} ${req.headers.authorization ?? 'nobody'}`);
      if (req.url === '/v26.0/31')
        res.end(JSON.stringify({ url: at(req.headers.host ?? ''), mime_type: 'x', id: '31' }));
      else if (req.url === '/kept') res.writeHead(200, { 'content-type': 'audio/ogg' }).end('bytes');
      else if (req.url === '/moved') res.writeHead(302, { location: '/kept' }).end();
      else if (req.url === '/v26.0/400') json(400, { error: { code: 100, error_subcode: 33 } })(req, res);
      else if (req.url === '/v26.0/401') json(401, { error: { code: 190 } })(req, res);
      else res.writeHead(404).end();
    };

  test('is asked for by its id, and fetched from where it is, with our token both times', async () => {
    const asked: string[] = [];
    const got = await answering(
      holding((host) => `http://${host}/kept`, asked),
      (url) => fetchAt(`${url}/v26.0`),
    );
    expect(got).toEqual({ bytes: 'bytes', type: 'audio/ogg' });
    expect(asked).toEqual([`/v26.0/31 Bearer ${accessToken}`, `/kept Bearer ${accessToken}`]);
  });

  test.each<[string, (host: string) => string, string, string]>([
    ['at another host', () => 'http://127.0.0.1:1/kept', '31', 'address'],
    ['at no address', () => 'kept', '31', 'address'],
    ['that leads astray', (host) => `http://${host}/moved`, '31', 'address'],
    ['that was deleted', (host) => `http://${host}/gone`, '31', 'gone'],
    ['Meta knows no more', () => '', '32', 'gone'],
    ['Meta says it knows no more', () => '', '400', 'gone'],
    ['our token does not open', () => '', '401', 'unreachable'],
    ['with an id that is a path', () => '', '../31', 'address'],
    ['with an address for an id', () => '', 'https://example.org/31', 'address'],
  ])('%s', async (_name, at, source, why) => {
    await answering(holding(at), (url) =>
      expect(fetchAt(`${url}/v26.0`, source)).rejects.toMatchObject({ name: 'MediaFailure', why }),
    );
  });

  test('at a provider that is away may be there later', async () => {
    await expect(fetchAt('http://127.0.0.1:1/v26.0')).rejects.toMatchObject({ why: 'unreachable' });
  });
});

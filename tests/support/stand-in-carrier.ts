/**
 * A loopback HTTP server that speaks enough of the APIs of Africa's Talking (messaging, balance), Twilio (messages,
 * content, account) and Meta (WhatsApp messages, number) to send through, remembers what it was asked, and fails in
 * every way a carrier can.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isForMeta, meta } from './stand-in-meta.ts';

/**
 * `timeout` and `reset` read the request, carry it out, and lose the answer. `unreadable` answers 201 with noise.
 * `noRecipients` is Africa's Talking only; on the other provider's API a kind without meaning there acts as `error`.
 */
export type FailureKind =
  | 'timeout'
  | 'reset'
  | 'rate'
  | 'error'
  | 'unavailable'
  | 'unauthorized'
  | 'noRecipients'
  | 'invalidNumber'
  | 'optedOut'
  | 'noBalance'
  | 'unreadable'
  | 'redirect';

export type CarrierRequest = {
  method: string;
  /** Path without the query. */
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Raw body. */
  body: string;
};

/** A message the carrier took. */
export type SentMessage = {
  provider: 'africastalking' | 'twilio' | 'meta';
  channel: 'sms' | 'whatsapp';
  /** The id it answered with (or would have, had the answer not been lost). */
  id: string;
  to: string;
  from?: string;
  messagingServiceSid?: string;
  statusCallback?: string;
  /** What the citizen reads; for content objects the body with its variables filled in. */
  body: string;
  contentSid?: string;
  /** The content object behind `contentSid`, as created here. */
  content?: ContentDefinition;
  variables?: Record<string, string>;
  /** The whole message, where it is JSON (Meta). */
  payload?: Record<string, unknown>;
};

export type ContentDefinition = {
  sid: string;
  friendly_name?: string;
  language?: string;
  variables?: Record<string, string>;
  types: Record<string, { body?: string; [key: string]: unknown }>;
};

export type Carrier = {
  /** Base address for AFRICASTALKING_BASE_URL, TWILIO_BASE_URL and META_BASE_URL. */
  url: string;
  requests: CarrierRequest[];
  outbox: SentMessage[];
  contents: Map<string, ContentDefinition>;
  /** The next `times` requests fail in this way; calls queue up. */
  failNext(kind: FailureKind, times?: number): void;
  /** Like an approved template, or one that an operator deletes: contents can be set and removed by hand. */
  balance: string;
  stop(): Promise<void>;
};

export type Answer = { status: number; type?: string; body: string; headers?: Record<string, string> };

export const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});
const hex = (): string => randomBytes(16).toString('hex');

/** Starts a carrier on a free port. `port` brings a stopped one back at the same address. */
export async function startCarrier({ port = 0 }: { port?: number } = {}): Promise<Carrier> {
  const failures: FailureKind[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const url = new URL(req.url ?? '/', 'http://carrier');
      const request: CarrierRequest = {
        method: req.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: req.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      carrier.requests.push(request);
      const kind = failures.shift();
      const speak = speaker(request);
      if (kind === 'timeout' || kind === 'reset') {
        speak(carrier, request, undefined);
        if (kind === 'reset') req.socket.destroy();
        return;
      }
      reply(res, common(kind) ?? speak(carrier, request, kind));
    });
  });
  server.listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));

  const carrier: Carrier = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    outbox: [],
    contents: new Map(),
    balance: 'KES 1785.50',
    failNext(kind, times = 1) {
      for (let time = 0; time < times; time++) failures.push(kind);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return carrier;
}

function speaker(request: CarrierRequest): typeof twilio {
  if (request.path.startsWith('/version1/')) return africasTalking;
  return isForMeta(request) ? meta : twilio;
}

function reply(res: ServerResponse, { status, type, body, headers }: Answer): void {
  res.writeHead(status, { ...(type !== undefined && { 'content-type': type }), ...headers }).end(body);
}

/** Failures that look the same on both APIs. */
function common(kind: FailureKind | undefined): Answer | undefined {
  switch (kind) {
    case 'error':
      return { status: 500, type: 'text/html', body: '<h1>Internal Server Error</h1>' };
    case 'unavailable':
      return { status: 503, type: 'text/html', body: '<h1>Service Unavailable</h1>' };
    case 'unreadable':
      return { status: 201, type: 'text/html', body: '<html>captive portal</html>' };
    case 'redirect':
      return { status: 302, body: '', headers: { location: '/elsewhere' } };
    case undefined:
    case 'timeout':
    case 'reset':
    case 'rate':
    case 'unauthorized':
    case 'noRecipients':
    case 'invalidNumber':
    case 'optedOut':
    case 'noBalance':
      return undefined;
  }
}

function africasTalking(carrier: Carrier, request: CarrierRequest, kind: FailureKind | undefined): Answer {
  if (kind === 'rate') return { status: 429, type: 'text/plain', body: 'Too many requests' };
  if (kind === 'unauthorized' || !request.headers['apikey'])
    return { status: 401, type: 'text/plain; charset=UTF-8', body: 'The supplied authentication is invalid' };
  if (request.method === 'GET' && request.path === '/version1/user')
    return json(200, { UserData: { balance: carrier.balance } });
  if (request.method !== 'POST' || request.path !== '/version1/messaging')
    return { status: 404, type: 'text/plain', body: 'Not found' };

  const form = new URLSearchParams(request.body);
  const numbers = (form.get('to') ?? '').split(',');
  const refusals = {
    invalidNumber: [403, 'InvalidPhoneNumber'],
    optedOut: [406, 'UserInBlacklist'],
    noBalance: [405, 'InsufficientBalance'],
  } as const;
  const refusal =
    kind !== undefined && kind in refusals ? refusals[kind as keyof typeof refusals] : undefined;
  if (kind === 'noRecipients')
    return json(201, { SMSMessageData: { Message: 'InvalidSenderId', Recipients: [] } });
  const recipients = numbers.map((number) => {
    if (refusal !== undefined)
      return { statusCode: refusal[0], number, status: refusal[1], cost: '0', messageId: 'None' };
    const id = `ATXid_${hex()}`;
    const from = form.get('from');
    carrier.outbox.push({
      provider: 'africastalking',
      channel: 'sms',
      id,
      to: number,
      ...(from !== null && { from }),
      body: form.get('message') ?? '',
    });
    return { statusCode: 101, number, status: 'Success', cost: 'KES 0.8000', messageId: id };
  });
  const sent = refusal === undefined ? numbers.length : 0;
  return json(201, {
    SMSMessageData: {
      Message: `Sent to ${sent}/${numbers.length} Total Cost: KES ${0.8 * sent}`,
      Recipients: recipients,
    },
  });
}

const twilioRefusal = (status: number, code: number, message: string): Answer =>
  json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });

function twilio(carrier: Carrier, request: CarrierRequest, kind: FailureKind | undefined): Answer {
  if (kind === 'rate') return twilioRefusal(429, 20429, 'Too Many Requests');
  if (kind === 'unauthorized' || !request.headers.authorization?.startsWith('Basic '))
    return twilioRefusal(401, 20003, 'Authenticate');
  if (kind === 'noBalance') return twilioRefusal(400, 30002, 'Account suspended');
  if (kind === 'noRecipients') return { status: 500, body: '' };

  const [, sid] = /^\/2010-04-01\/Accounts\/(AC\w+)(?:\/Messages)?\.json$/.exec(request.path) ?? [];
  if (request.method === 'POST' && request.path === '/v1/Content') return createContent(carrier, request);
  if (request.method === 'GET' && sid !== undefined)
    return json(200, { sid, status: 'active', friendly_name: 'Stand-in', type: 'Full' });
  if (request.method === 'POST' && sid !== undefined && request.path.endsWith('/Messages.json'))
    return createMessage(carrier, request, sid, kind);
  return twilioRefusal(404, 20404, `The requested resource ${request.path} was not found`);
}

/** Takes only wire names, as the real API does: a camelCase body has no `types` it knows. */
function createContent(carrier: Carrier, request: CarrierRequest): Answer {
  const definition = JSON.parse(request.body) as Partial<ContentDefinition>;
  const kinds = Object.keys(definition.types ?? {});
  if (
    definition.language === undefined ||
    kinds.length === 0 ||
    kinds.some((name) => !name.startsWith('twilio/'))
  )
    return twilioRefusal(400, 20001, 'Bad request: types');
  const content = { ...definition, types: definition.types ?? {}, sid: `HX${hex()}` };
  carrier.contents.set(content.sid, content);
  return json(201, { ...content, url: `https://content.twilio.com/v1/Content/${content.sid}` });
}

function createMessage(
  carrier: Carrier,
  request: CarrierRequest,
  account: string,
  kind: FailureKind | undefined,
): Answer {
  const form = new URLSearchParams(request.body);
  const get = (name: string): string | undefined => form.get(name) ?? undefined;
  const to = get('To') ?? '';
  if (kind === 'invalidNumber')
    return twilioRefusal(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (kind === 'optedOut') return twilioRefusal(400, 21610, 'Attempt to send to unsubscribed recipient');

  const contentSid = get('ContentSid');
  const content = contentSid === undefined ? undefined : carrier.contents.get(contentSid);
  if (contentSid !== undefined && content === undefined)
    return twilioRefusal(400, 21655, 'The ContentSid is Invalid');
  const variables = get('ContentVariables');
  const values = variables === undefined ? undefined : (JSON.parse(variables) as Record<string, string>);
  if (Object.values(values ?? {}).some((value) => value === '' || /[\n\t]| {5}/.test(value)))
    return twilioRefusal(400, 21656, 'The ContentVariables Parameter is invalid');

  const id = `SM${hex()}`;
  const message: SentMessage = {
    provider: 'twilio',
    channel: to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
    id,
    to: to.replace(/^whatsapp:/, ''),
    body: get('Body') ?? fill(content, values ?? {}),
  };
  const from = get('From');
  const service = get('MessagingServiceSid');
  const statusCallback = get('StatusCallback');
  if (from !== undefined) message.from = from;
  if (service !== undefined) message.messagingServiceSid = service;
  if (statusCallback !== undefined) message.statusCallback = statusCallback;
  if (contentSid !== undefined) message.contentSid = contentSid;
  if (content !== undefined) message.content = content;
  if (values !== undefined) message.variables = values;
  carrier.outbox.push(message);
  return json(201, {
    sid: id,
    account_sid: account,
    to,
    from: from ?? null,
    body: message.body,
    status: 'queued',
    num_segments: '1',
    num_media: '0',
    direction: 'outbound-api',
    price: null,
    price_unit: 'USD',
    error_code: null,
    error_message: null,
    date_created: 'Mon, 28 Sep 2026 10:11:12 +0000',
    date_updated: 'Mon, 28 Sep 2026 10:11:12 +0000',
    // Twilio's SDK invents the present when this key is missing.
    date_sent: null,
    api_version: '2010-04-01',
    subresource_uris: {},
  });
}

function fill(content: ContentDefinition | undefined, values: Record<string, string>): string {
  const body = Object.values(content?.types ?? {})[0]?.body ?? '';
  return body.replace(
    /\{\{(\w+)\}\}/g,
    (_whole, name: string) => values[name] ?? content?.variables?.[name] ?? '',
  );
}

/** The part of the stand-in carrier that speaks the WhatsApp Cloud API: sending by a number, and looking the number up. */
import { randomBytes } from 'node:crypto';
import {
  json,
  type Answer,
  type Carrier,
  type CarrierRequest,
  type FailureKind,
} from './stand-in-carrier.ts';

const ROUTE = /^(?:\/v\d+\.\d+)?\/(\d+)(\/messages)?$/;

export function isForMeta({ path }: CarrierRequest): boolean {
  return ROUTE.test(path);
}

const refusal = (status: number, code: number, message: string, details = message): Answer =>
  json(status, {
    error: {
      message: `(#${code}) ${message}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      fbtrace_id: 'Atest',
    },
  });

type Message = { [key: string]: unknown; to?: string; recipient?: string; type?: string };

export function meta(carrier: Carrier, request: CarrierRequest, kind: FailureKind | undefined): Answer {
  if (kind === 'rate') return refusal(429, 130429, 'Rate limit hit');
  if (kind === 'unauthorized' || !request.headers.authorization?.startsWith('Bearer '))
    return refusal(401, 190, 'Access token has expired');
  if (kind === 'noBalance') return refusal(400, 131042, 'Business eligibility payment issue');
  if (kind === 'noRecipients') return { status: 500, body: '' };
  const [, number, sends] = ROUTE.exec(request.path) ?? [];
  if (sends === undefined) return json(200, { id: number });

  const message = JSON.parse(request.body) as Message;
  const to = message.to ?? message.recipient ?? '';
  if (kind === 'invalidNumber')
    return refusal(400, 131009, 'Parameter value is not valid', `Recipient phone number ${to} is not valid`);
  if (kind === 'optedOut') return refusal(400, 131050, 'Recipient has chosen to stop receiving messages');
  const isPhone = message.to !== undefined;
  if (isPhone === (message.recipient !== undefined) || (isPhone && !/^\d+$/.test(to)))
    return refusal(400, 100, 'Invalid parameter', 'One of to (digits) and recipient');

  const id = `wamid.${randomBytes(16).toString('hex')}`;
  carrier.outbox.push({
    provider: 'meta',
    channel: 'whatsapp',
    id,
    to: isPhone ? `+${to}` : to,
    body: bodyOf(message),
    payload: message,
  });
  return json(200, {
    messaging_product: 'whatsapp',
    contacts: [{ input: to, wa_id: to }],
    messages: [{ id }],
  });
}

/** What the citizen reads of it. */
function bodyOf({ type, text, interactive, template }: Message): string {
  switch (type) {
    case 'text':
      return (text as { body: string }).body;
    case 'interactive':
      return (interactive as { body: { text: string } }).body.text;
    default:
      return (template as { name: string }).name;
  }
}

/** What Twilio posts: signed forms. Checks the signature and reads messages by SMS and WhatsApp. */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
// Only this file of the SDK: the whole of it takes half a second to load.
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { Inbound, Media } from './channel.ts';
import { field, readForm } from './form.ts';
import type { Form } from './form.ts';
import { parsePhone } from './phone.ts';
import type { TwilioAccount } from './twilio.ts';
import { isUserId } from './user-id.ts';

/**
 * Handlers for one signed route. Unsigned, wrongly signed, or for another account: 403 and nothing is handled. `take`
 * resolves to false for a form it cannot use (400); once it resolves to true Twilio gets an empty reply, so that
 * nothing is said to the citizen; when it rejects 500, and Twilio turns to its fallback address.
 */
export function signedForm(
  account: TwilioAccount,
  take: (form: Form) => Promise<boolean>,
): (RequestHandler | ErrorRequestHandler)[] {
  return readForm(async (form, req, res) => {
    if (form === undefined || !isOurs(account, form, req)) res.status(403).end();
    else if (await take(form)) acknowledge(res);
    else res.status(400).end();
  });
}

function acknowledge(res: Response): void {
  res.type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>');
}

function isOurs(account: TwilioAccount, form: Form, req: Request): boolean {
  const url = account.publicUrl.replace(/\/+$/, '') + req.originalUrl;
  const tokens = [account.authToken, account.previousAuthToken];
  return (
    isSigned(tokens, req.get('x-twilio-signature'), url, form) &&
    field(form, 'AccountSid') === account.accountSid
  );
}

/**
 * Whether one of `tokens` signed this request: `url` in full as Twilio called it, and every parameter that arrived,
 * known or not. Absent and empty tokens sign nothing. Never throws.
 */
export function isSigned(
  tokens: readonly (string | undefined)[],
  signature: string | undefined,
  url: string,
  params: Form,
): boolean {
  if (!signature) return false;
  return tokens.some((token) => {
    try {
      return token ? validateRequest(token, signature, url, params) : false;
    } catch {
      // The SDK throws on an address it cannot parse.
      return false;
    }
  });
}

const addressPrefix = 'whatsapp:';

/** Reads a message, or undefined when it is none for this channel: no id, the other channel's address, a machine's name. */
export function readMessage(form: Form, provider: string, channel: Inbound['channel']): Inbound | undefined {
  const id = field(form, 'MessageSid') ?? field(form, 'SmsMessageSid') ?? field(form, 'SmsSid');
  const sender = field(form, 'From') || field(form, 'ExternalUserId');
  if (!id || !sender || sender.startsWith(addressPrefix) !== (channel === 'whatsapp')) return undefined;
  const address = sender.replace(addressPrefix, '');
  const phone = parsePhone(address);
  if (phone === undefined && !(channel === 'whatsapp' && isUserId(address))) return undefined;

  const to = field(form, 'To')?.replace(addressPrefix, '');
  const choice = field(form, 'ButtonPayload') || field(form, 'ListId');
  const media = readMedia(form);
  const handledOptOut = optOuts.get((field(form, 'OptOutType') ?? '').toUpperCase());
  return {
    channel,
    provider,
    from: phone ?? address,
    ...(phone !== undefined && { phone }),
    ...(to && { to }),
    id,
    text: plainText(field(form, 'Body') ?? ''),
    ...(choice && { choice }),
    ...(media.length > 0 && { media }),
    ...(handledOptOut !== undefined && { handledOptOut }),
  };
}

const optOuts = new Map<string, NonNullable<Inbound['handledOptOut']>>([
  ['STOP', 'stop'],
  ['START', 'start'],
  ['HELP', 'help'],
]);

/** Twilio allows ten media a message. */
const mostMedia = 10;

function readMedia(form: Form): Media[] {
  const media: Media[] = [];
  const count = Math.min(Number(field(form, 'NumMedia')) || 0, mostMedia);
  for (let n = 0; n < count; n++) {
    const contentType = field(form, `MediaContentType${n}`);
    const url = field(form, `MediaUrl${n}`);
    if (url === undefined || !/^https?:\/\//.test(url)) continue;
    media.push({ kind: mediaKind(contentType), url, ...(contentType && { contentType }) });
  }
  const latitude = field(form, 'Latitude') ?? '';
  const longitude = field(form, 'Longitude') ?? '';
  if ([latitude, longitude].every((degrees) => /^-?\d{1,3}(\.\d+)?$/.test(degrees)))
    media.push({ kind: 'location', url: `geo:${latitude},${longitude}` });
  return media;
}

function mediaKind(contentType = ''): Media['kind'] {
  const [family] = contentType.split('/');
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'document';
}

/**
 * Concatenated SMS have been seen to arrive in base64. Decoded only when nothing else makes sense: long, no space in
 * it, the exact base64 of valid UTF-8 that has spaces and no control characters.
 */
function plainText(body: string): string {
  if (body.length < 60 || body.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return body;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('base64') !== body) return body;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes(' ') && !/[^\P{Cc}\n\r\t]|\p{Cn}/u.test(text) ? text : body;
  } catch {
    return body;
  }
}

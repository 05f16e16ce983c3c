/** The one place that sends through the `twilio` SDK: opens it late, keeps it quiet, and reads its refusals. */
import type twilio from 'twilio';
import type { Sent } from './channel.ts';
import { answerWithin, failure, statusFailure, transportFailure } from './failures.ts';
import type { FailureCode } from './failures.ts';

export type TwilioAccount = {
  /** `AC` and 32 hex digits. */
  accountSid: string;
  /** Primary auth token: authenticates what we send and signs what Twilio sends. */
  authToken: string;
  /** Accepted for signatures while the token is being rotated. */
  previousAuthToken?: string | undefined;
  /** Our address as Twilio calls it, e.g. `https://wasl.example.org`; signatures cover it. */
  publicUrl: string;
  /** A stand-in for Twilio's API: `<baseUrl>/2010-04-01/Accounts/...` and `<baseUrl>/v1/Content`. */
  baseUrl?: string | undefined;
  /** How long to wait for an answer; 8,000 ms unless told. */
  timeoutMs?: number;
};

export type TwilioSender = TwilioAccount & {
  /** Where Twilio reports what became of a message. */
  statusCallbackUrl: string;
};

export type TwilioClient = twilio.Twilio;
type MessageParams = Parameters<TwilioClient['messages']['create']>[0];

const waitMs = 8_000;

/** Opens the client once, at its first use: the SDK takes up to half a second to load. */
export function lazyClient(account: TwilioAccount): () => Promise<TwilioClient> {
  let opened: Promise<TwilioClient> | undefined;
  return () => (opened ??= openClient(account));
}

async function openClient({
  accountSid,
  authToken,
  baseUrl,
  timeoutMs = waitMs,
}: TwilioAccount): Promise<TwilioClient> {
  const { default: open } = await import('twilio');
  try {
    // An edge or region from the environment would rewrite the stand-in's host name.
    const client = open(accountSid, authToken, {
      timeout: timeoutMs,
      ...(baseUrl && { edge: '', region: '' }),
    });
    if (baseUrl) {
      client.api.baseUrl = baseUrl;
      client.content.baseUrl = baseUrl;
    }
    return client;
  } catch {
    throw failure('configuration', 'account SID or token');
  }
}

/** Creates a message. Rejects with SendError only. */
export async function createMessage(
  client: TwilioClient,
  sender: TwilioSender,
  params: Omit<MessageParams, 'statusCallback'>,
): Promise<Sent> {
  const statusCallback = callbackAddress(sender);
  const message = await ask(sender, () =>
    client.messages.create({ ...params, ...(statusCallback !== undefined && { statusCallback }) }),
  );
  const { sid, price, priceUnit } = message as { sid?: unknown; price?: unknown; priceUnit?: unknown };
  if (typeof sid !== 'string' || sid === '') throw failure('answer.lost', 'no message SID');
  return { providerId: sid, ...(typeof price === 'string' && { cost: `${String(priceUnit)} ${price}` }) };
}

/** Twilio refuses a message whose status callback points at a laptop; without one it goes out, only unreported. */
export function callbackAddress({ baseUrl, statusCallbackUrl }: TwilioSender): string | undefined {
  const local = /^https?:\/\/(localhost|127\.|0\.0\.0\.0|\[::1?\])/i.test(statusCallbackUrl);
  return local && !baseUrl ? undefined : statusCallbackUrl;
}

/** Awaits one request to Twilio; whatever goes wrong becomes a SendError without the request in it. */
export async function ask<T>({ timeoutMs = waitMs }: TwilioAccount, request: () => Promise<T>): Promise<T> {
  try {
    return await answerWithin(timeoutMs, request());
  } catch (error) {
    const { status, code } = (error ?? {}) as { status?: unknown; code?: unknown };
    if (typeof status !== 'number') throw transportFailure(error);
    if (typeof code !== 'number' || code === 0) throw statusFailure(status);
    const known = twilioFailure(code);
    // An unknown code under 5xx or 429 is still known to be worth another try.
    throw known === 'refused' && status >= 429 ? statusFailure(status) : failure(known, String(code));
  }
}

const byErrorCode = new Map<number, FailureCode>([
  [20003, 'credentials'],
  [20005, 'configuration'],
  [20404, 'configuration'],
  [20429, 'rate'],
  [21211, 'to.invalid'],
  [21408, 'configuration'],
  [21606, 'configuration'],
  [21609, 'configuration'],
  [21610, 'to.optedOut'],
  [21611, 'rate'],
  [21612, 'to.unreachable'],
  [21614, 'to.invalid'],
  [21617, 'content.tooLong'],
  [21620, 'content.invalid'],
  [21623, 'content.invalid'],
  [21655, 'template.missing'],
  [21656, 'content.invalid'],
  [21659, 'configuration'],
  [21703, 'configuration'],
  [30001, 'rate'],
  [30002, 'configuration'],
  [30003, 'to.absent'],
  [30004, 'to.unreachable'],
  [30005, 'to.invalid'],
  [30006, 'to.unreachable'],
  [30007, 'content.refused'],
  [30008, 'unavailable'],
  [63001, 'credentials'],
  [63003, 'to.unreachable'],
  [63005, 'content.invalid'],
  [63007, 'configuration'],
  [63013, 'content.refused'],
  [63015, 'to.unreachable'],
  [63016, 'window.closed'],
  [63018, 'rate'],
  [63019, 'content.invalid'],
  [63021, 'content.invalid'],
  [63024, 'to.unreachable'],
  [63027, 'template.missing'],
  [63028, 'content.invalid'],
  [63030, 'content.invalid'],
  [63031, 'configuration'],
  [63032, 'to.optedOut'],
  [63033, 'to.optedOut'],
  [63034, 'content.invalid'],
  [63038, 'rate'],
  [63041, 'template.missing'],
  [63049, 'refused'],
  [63051, 'configuration'],
]);

/** Twilio's error codes, in API answers and status callbacks alike (https://www.twilio.com/docs/api/errors). */
export function twilioFailure(errorCode: number): FailureCode {
  return byErrorCode.get(errorCode) ?? 'refused';
}

/** Fetches the account. Resolves to a sentence saying what to mend, or undefined when all is well. */
export async function checkTwilio(
  account: TwilioAccount,
  client: () => Promise<TwilioClient>,
): Promise<string | undefined> {
  try {
    const opened = await client();
    const { status } = await ask(account, () => opened.api.v2010.accounts(account.accountSid).fetch());
    return status === 'active'
      ? undefined
      : 'The Twilio account is not active: look at it in the Twilio console.';
  } catch (error) {
    const { code, message } = transportFailure(error);
    if (code === 'credentials' || code === 'configuration')
      return 'Twilio refuses the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.';
    return `Twilio cannot be reached, ${message}: check the network, and TWILIO_BASE_URL if it is set.`;
  }
}

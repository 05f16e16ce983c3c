/** Africa's Talking SMS: incoming messages, delivery reports and opt-outs as forms; messages leave through its SDK. */
import { createHash } from 'node:crypto';
import { Router } from 'express';
import { checkAfricasTalking, requestSms } from './africastalking.ts';
import type { AfricasTalkingAccount } from './africastalking.ts';
import type { Channel, DeliveryState, Inbound, Outbound, Receipt, Sent } from './channel.ts';
import { failure, isOptOut } from './failures.ts';
import type { FailureCode } from './failures.ts';
import { field, readForm } from './form.ts';
import type { Form } from './form.ts';
import { parsePhone } from './phone.ts';

const provider = 'africastalking-sms';

export type AfricasTalkingSmsOptions = AfricasTalkingAccount & {
  /** Registered sender id or short code; the account's default sender when absent. */
  from?: string | undefined;
};

/** Answers 200 to what can never be understood: anything else is posted again for twelve hours. */
export function africasTalkingSms(options: AfricasTalkingSmsOptions): Channel {
  return {
    name: provider,
    channel: 'sms',
    path: '/africastalking/sms',
    routes: (handlers) =>
      Router()
        .post(
          '/',
          take(readMessage, (inbound) => handlers.message(inbound)),
        )
        .post(
          '/status',
          take(readReport, (receipt) => handlers.receipt(receipt)),
        )
        .post(
          '/opt-out',
          take(readOptOut, (optOut) => handlers.optOut(optOut)),
        ),
    send: (message) => send(options, message),
    check: () => checkAfricasTalking(options),
  };
}

function take<T>(
  read: (form: Form) => T | undefined,
  handle: (value: T) => Promise<void>,
): ReturnType<typeof readForm> {
  return readForm(async (form, _req, res) => {
    if (form === undefined) {
      res.status(400).end();
      return;
    }
    const value = read(form);
    if (value !== undefined) await handle(value);
    res.type('text/plain').send('OK');
  });
}

/** A sender that is no phone number (a bank's name, another short code) is a machine, and gets no dialog. */
function readMessage(form: Form): Inbound | undefined {
  const phone = parsePhone(field(form, 'from') ?? '');
  const text = field(form, 'text');
  if (phone === undefined || text === undefined) return undefined;
  const to = field(form, 'to');
  return {
    channel: 'sms',
    provider,
    from: phone,
    phone,
    ...(to && { to }),
    id: field(form, 'id')?.trim() || derivedId(phone, to ?? '', field(form, 'date') ?? '', text),
    text,
  };
}

/** Stable across redeliveries of one message, which repeat all its fields. */
function derivedId(...fields: string[]): string {
  return `sha256-${createHash('sha256').update(JSON.stringify(fields)).digest('hex')}`;
}

const states = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['submitted', 'sent'],
  ['buffered', 'sent'],
  ['success', 'delivered'],
  ['rejected', 'failed'],
  ['failed', 'failed'],
  ['absentsubscriber', 'failed'],
  ['expired', 'failed'],
]);

function readReport(form: Form): Receipt | undefined {
  const providerId = field(form, 'id')?.trim();
  const status = field(form, 'status')?.trim();
  if (!providerId || !status) return undefined;
  const state = states.get(status.toLowerCase());
  const raw = field(form, 'failureReason')?.trim() || status;
  const code = state === 'failed' ? (byWord.get(raw.toLowerCase()) ?? 'refused') : undefined;
  return {
    provider,
    providerId,
    raw,
    ...(state !== undefined && { state }),
    ...(code !== undefined && { code, ...(isOptOut(code) && { optOut: true }) }),
  };
}

function readOptOut(form: Form): { provider: string; phone: string } | undefined {
  const phone = parsePhone(field(form, 'phoneNumber') ?? '');
  return phone === undefined ? undefined : { provider, phone };
}

/** The provider's words for a refusal: send answers, delivery reports and whole-request failures share them. */
const words: Readonly<Record<string, FailureCode>> = {
  RiskHold: 'refused',
  InvalidSenderId: 'configuration',
  InvalidPhoneNumber: 'to.invalid',
  UnsupportedNumberType: 'to.unreachable',
  InsufficientBalance: 'balance',
  InsufficientCredit: 'refused',
  UserInBlacklist: 'to.optedOut',
  CouldNotRoute: 'to.unreachable',
  DoNotDisturbRejection: 'refused',
  InternalServerError: 'unavailable',
  GatewayError: 'unavailable',
  RejectedByGateway: 'refused',
  InvalidLinkId: 'configuration',
  UserIsInactive: 'to.unreachable',
  UserAccountSuspended: 'to.unreachable',
  // The misspelling is the provider's.
  NotNetworkSubcriber: 'to.unreachable',
  NotNetworkSubscriber: 'to.unreachable',
  UserNotSubscribedToProduct: 'refused',
  UserDoesNotExist: 'to.invalid',
  DeliveryFailure: 'refused',
  AbsentSubscriber: 'to.absent',
  // The provider discards messages whose words or sender it flagged under this name.
  Expired: 'content.refused',
};

const byWord = new Map(Object.entries(words).map(([word, code]) => [word.toLowerCase(), code]));

const byStatusCode = new Map<number, string>([
  [401, 'RiskHold'],
  [402, 'InvalidSenderId'],
  [403, 'InvalidPhoneNumber'],
  [404, 'UnsupportedNumberType'],
  [405, 'InsufficientBalance'],
  [406, 'UserInBlacklist'],
  [407, 'CouldNotRoute'],
  [409, 'DoNotDisturbRejection'],
  [500, 'InternalServerError'],
  [501, 'GatewayError'],
  [502, 'RejectedByGateway'],
]);

async function send(options: AfricasTalkingSmsOptions, { id, to, content }: Outbound): Promise<Sent> {
  if (content.kind !== 'text') throw failure('content.unsupported', content.kind);
  if (content.body.trim() === '') throw failure('content.invalid', 'empty');
  const phone = parsePhone(to);
  if (phone === undefined) throw failure('to.invalid');
  const answer = await requestSms(options, {
    to: phone,
    message: content.body,
    ...(options.from && { senderId: options.from }),
  });
  return readAnswer(answer, id);
}

type Recipient = { statusCode?: unknown; status?: unknown; messageId?: unknown; cost?: unknown };

/** HTTP 201 says nothing: what became of the message stands in `Recipients`, or in `Message` when that is empty. */
function readAnswer(answer: unknown, id: string): Sent {
  const data = (answer as { SMSMessageData?: { Message?: unknown; Recipients?: unknown } } | null)
    ?.SMSMessageData;
  if (data === undefined || !Array.isArray(data.Recipients))
    throw failure('answer.lost', 'unreadable answer');
  const recipient = (data.Recipients as Recipient[])[0];
  if (recipient === undefined) throw wordFailure(data.Message, 'configuration');

  const statusCode = Number(recipient.statusCode);
  const accepted =
    [100, 101, 102].includes(statusCode) || (Number.isNaN(statusCode) && recipient.status === 'Success');
  if (!accepted) throw wordFailure(byStatusCode.get(statusCode) ?? recipient.status, 'refused', statusCode);

  const { messageId, cost } = recipient;
  return {
    // Accepted without an id: it left, though no delivery report will ever match.
    providerId:
      typeof messageId === 'string' && messageId !== 'None' && messageId !== '' ? messageId : `none-${id}`,
    ...(typeof cost === 'string' && cost !== '' && { cost }),
  };
}

/** Only words of the table are repeated: a sentence of the provider's may quote the number. */
function wordFailure(word: unknown, otherwise: FailureCode, statusCode?: number): ReturnType<typeof failure> {
  const known = typeof word === 'string' ? byWord.get(word.trim().toLowerCase()) : undefined;
  const detail = known === undefined ? undefined : String(word).trim();
  const number = statusCode === undefined || Number.isNaN(statusCode) ? undefined : String(statusCode);
  return failure(
    known ?? otherwise,
    [number, detail].filter((part) => part !== undefined).join(' ') || undefined,
  );
}

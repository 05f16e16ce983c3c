/** Twilio SMS: signed callbacks in, text messages out. */
import { Router } from 'express';
import type { Channel, Outbound, Sent } from './channel.ts';
import { failure } from './failures.ts';
import { parsePhone } from './phone.ts';
import { readMessage, signedForm } from './twilio-callbacks.ts';
import { checkTwilio, createMessage, lazyClient } from './twilio.ts';
import type { TwilioClient, TwilioSender } from './twilio.ts';

const provider = 'twilio-sms';

/** Twilio's limit on one message body, in UTF-16 units. */
const longestBody = 1_600;

export type TwilioSmsOptions = TwilioSender & {
  /** Our number in E.164, a short code or an alphanumeric sender. */
  from?: string | undefined;
  /** `MG...`; chooses the sender when given. */
  messagingServiceSid?: string | undefined;
};

/** Twilio answers STOP, START and HELP itself (English only) when it owns the keyword: see `handledOptOut`. */
export function twilioSms(options: TwilioSmsOptions): Channel {
  const client = lazyClient(options);
  return {
    name: provider,
    channel: 'sms',
    path: '/twilio/sms',
    routes: (handlers) =>
      Router().post(
        '/',
        signedForm(options, async (form) => {
          const message = readMessage(form, provider, 'sms');
          if (message !== undefined) await handlers.message(message);
          return message !== undefined;
        }),
      ),
    send: (message) => send(options, client, message),
    check: async () => {
      if (!options.from && !options.messagingServiceSid)
        return 'Twilio SMS has no sender: set TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID.';
      return checkTwilio(options, client);
    },
  };
}

async function send(
  options: TwilioSmsOptions,
  client: () => Promise<TwilioClient>,
  { to, content }: Outbound,
): Promise<Sent> {
  if (content.kind !== 'text') throw failure('content.unsupported', content.kind);
  if (content.body.trim() === '') throw failure('content.invalid', 'empty');
  if (content.body.length > longestBody) throw failure('content.tooLong', `${content.body.length} units`);
  const phone = parsePhone(to);
  if (phone === undefined) throw failure('to.invalid');
  const { from, messagingServiceSid } = options;
  if (!from && !messagingServiceSid) throw failure('configuration', 'no sender');
  return createMessage(await client(), options, {
    to: phone,
    body: content.body,
    ...(messagingServiceSid ? { messagingServiceSid } : { from: from ?? '' }),
  });
}

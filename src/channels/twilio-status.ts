/** Twilio's delivery reports, for SMS and WhatsApp alike. */
import { Router } from 'express';
import type { Channel, DeliveryState, Receipt } from './channel.ts';
import { isOptOut } from './failures.ts';
import { field } from './form.ts';
import type { Form } from './form.ts';
import { signedForm } from './twilio-callbacks.ts';
import { twilioFailure } from './twilio.ts';
import type { TwilioAccount } from './twilio.ts';

/** Receives only; a receipt names the provider that sent the message: `twilio-sms` or `twilio-whatsapp`. */
export function twilioStatus(options: TwilioAccount): Channel {
  return {
    name: 'twilio-status',
    channel: 'sms',
    path: '/twilio/status',
    routes: (handlers) =>
      Router().post(
        '/',
        signedForm(options, async (form) => {
          const receipt = readReceipt(form);
          if (receipt !== undefined) await handlers.receipt(receipt);
          return receipt !== undefined;
        }),
      ),
  };
}

/** The steps before `sent` (accepted, queued, sending, scheduled) say nothing that a person waits for. */
const states = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['failed', 'failed'],
  ['undelivered', 'failed'],
  ['canceled', 'failed'],
]);

function readReceipt(form: Form): Receipt | undefined {
  const providerId = field(form, 'MessageSid') ?? field(form, 'SmsSid');
  const status = field(form, 'MessageStatus') ?? field(form, 'SmsStatus');
  if (!providerId || !status) return undefined;
  const state = states.get(status.toLowerCase());
  const errorCode = field(form, 'ErrorCode');
  const code = state === 'failed' ? twilioFailure(Number(errorCode)) : undefined;
  const overWhatsApp = [field(form, 'From'), field(form, 'To')].some((address) =>
    address?.startsWith('whatsapp:'),
  );
  return {
    provider: overWhatsApp ? 'twilio-whatsapp' : 'twilio-sms',
    providerId,
    raw: errorCode || status,
    ...(state !== undefined && { state }),
    ...(code !== undefined && { code, ...(isOptOut(code) && { optOut: true }) }),
  };
}

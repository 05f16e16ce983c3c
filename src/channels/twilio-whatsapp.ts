/** WhatsApp through Twilio: signed callbacks in; texts, buttons, lists and approved templates out. */
import { Router } from 'express';
import type { Channel, Outbound, OutboundContent, Sent } from './channel.ts';
import { SendError } from './channel.ts';
import { failure } from './failures.ts';
import { parsePhone } from './phone.ts';
import { readMessage, signedForm } from './twilio-callbacks.ts';
import { twilioContents } from './twilio-content.ts';
import type { ContentRef, ContentStore, Contents } from './twilio-content.ts';
import { checkTwilio, createMessage, lazyClient } from './twilio.ts';
import type { TwilioClient, TwilioSender } from './twilio.ts';
import { isUserId } from './user-id.ts';
import { checkBody, variableValue } from './whatsapp-limits.ts';

const provider = 'twilio-whatsapp';

/** Twilio's limit on one message body, in UTF-16 units. */
const longestBody = 1_600;

export type TwilioWhatsAppOptions = TwilioSender & {
  /** Our WhatsApp number in E.164, with or without `whatsapp:`. */
  whatsappFrom: string;
  /** Content SIDs of the approved templates, by logical name and language (`ar`, `en_US`: exactly as approved). */
  templates?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  contentStore?: ContentStore | undefined;
};

export function twilioWhatsApp(options: TwilioWhatsAppOptions): Channel {
  const client = lazyClient(options);
  const contents = twilioContents(options, client, options.contentStore);
  return {
    name: provider,
    channel: 'whatsapp',
    path: '/twilio/whatsapp',
    routes: (handlers) =>
      Router().post(
        '/',
        signedForm(options, async (form) => {
          const message = readMessage(form, provider, 'whatsapp');
          if (message !== undefined) await handlers.message(message);
          return message !== undefined;
        }),
      ),
    send: (message) => send(options, client, contents, message),
    check: () => checkTwilio(options, client),
  };
}

async function send(
  options: TwilioWhatsAppOptions,
  client: () => Promise<TwilioClient>,
  contents: Contents,
  { to, content }: Outbound,
): Promise<Sent> {
  const address = isUserId(to) ? to : parsePhone(to);
  if (address === undefined) throw failure('to.invalid');
  const create = async (payload: { body: string } | ContentRef): Promise<Sent> =>
    createMessage(await client(), options, {
      to: `whatsapp:${address}`,
      from: `whatsapp:${options.whatsappFrom.replace('whatsapp:', '')}`,
      ...payload,
    });

  switch (content.kind) {
    case 'text':
      checkBody(content.body, longestBody);
      return create({ body: content.body });
    case 'template':
      return create(template(options, content));
    case 'buttons':
    case 'list':
      try {
        return await create(await contents.refer(content));
      } catch (error) {
        if (!(error instanceof SendError && error.code === 'template.missing')) throw error;
        // Somebody deleted the object at Twilio, which took no message: make it again.
        contents.forget(content);
        return create(await contents.refer(content));
      }
  }
}

function template(
  { templates }: TwilioWhatsAppOptions,
  { name, language, variables }: Extract<OutboundContent, { kind: 'template' }>,
): ContentRef {
  const languages = templates !== undefined && Object.hasOwn(templates, name) ? templates[name] : undefined;
  const contentSid =
    languages !== undefined && Object.hasOwn(languages, language) ? languages[language] : undefined;
  if (!contentSid) throw failure('template.missing', `${name} ${language}`);
  const values = variables.map(variableValue);
  if (values.includes('')) throw failure('content.invalid', 'empty variable');
  if (values.length === 0) return { contentSid };
  return {
    contentSid,
    contentVariables: JSON.stringify(Object.fromEntries(values.map((value, n) => [n + 1, value]))),
  };
}

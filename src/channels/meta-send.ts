/** Messages as the WhatsApp Cloud API takes them, and sending them (channels.md D.4). */
import type { Outbound, OutboundContent, Row, Sent } from './channel.ts';
import { failure } from './failures.ts';
import { ask } from './meta.ts';
import type { MetaAccount } from './meta.ts';
import { parsePhone } from './phone.ts';
import { isUserId } from './user-id.ts';
import { checkBody, checkLimits, variableValue } from './whatsapp-limits.ts';

export type MetaSender = MetaAccount & {
  /** Names of the approved templates at Meta, by logical name and language (`ar`, `en_US`: exactly as approved). */
  templates?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
};

/** In UTF-16 units: the unit of Meta's limits is not documented, and this one is the strictest. */
const mostUnits = { text: 4_096, buttons: 1_024, list: 4_096 } as const;

/** Rejects with SendError only. */
export async function sendByMeta(sender: MetaSender, { id, to, content }: Outbound): Promise<Sent> {
  const { messages } = await ask(sender, `${sender.phoneNumberId}/messages`, {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...recipient(to),
    ...payload(sender, content),
    // Comes back with every status: a report settles a message whose answer was lost.
    biz_opaque_callback_data: id,
  });
  const providerId = Array.isArray(messages) ? (messages as ({ id?: unknown } | null)[])[0]?.id : undefined;
  if (typeof providerId !== 'string' || providerId === '') throw failure('answer.lost', 'no message id');
  return { providerId };
}

/** A user without a phone number goes by another field (channels.md D.3). */
function recipient(to: string): { to: string } | { recipient: string } {
  if (isUserId(to)) return { recipient: to };
  const phone = parsePhone(to);
  if (phone === undefined) throw failure('to.invalid');
  return { to: phone.slice(1) };
}

function payload(sender: MetaSender, content: OutboundContent): object {
  switch (content.kind) {
    case 'text':
      checkBody(content.body, mostUnits.text);
      return { type: 'text', text: { preview_url: false, body: content.body } };
    case 'buttons':
      checkLimits(content, mostUnits.buttons);
      return interactive('button', content.body, {
        buttons: content.buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })),
      });
    case 'list':
      checkLimits(content, mostUnits.list);
      return interactive('list', content.body, {
        button: content.button,
        sections: [{ rows: content.rows.map(row) }],
      });
    case 'template':
      return { type: 'template', template: template(sender, content) };
  }
}

function interactive(type: 'button' | 'list', body: string, action: object): object {
  return { type: 'interactive', interactive: { type, body: { text: body }, action } };
}

function row({ id, title, description }: Row): Row {
  return { id, title, ...(description && { description }) };
}

function template(
  { templates }: MetaSender,
  { name, language, variables }: Extract<OutboundContent, { kind: 'template' }>,
): object {
  const languages = templates !== undefined && Object.hasOwn(templates, name) ? templates[name] : undefined;
  const approved =
    languages !== undefined && Object.hasOwn(languages, language) ? languages[language] : undefined;
  // Anything else is no name at Meta: a Content SID of Twilio, say.
  if (approved === undefined || !/^[a-z0-9_]{1,512}$/.test(approved))
    throw failure('template.missing', `${name} ${language}`);
  const values = variables.map(variableValue);
  if (values.includes('')) throw failure('content.invalid', 'empty variable');
  const parameters = values.map((text) => ({ type: 'text', text }));
  return {
    name: approved,
    language: { code: language },
    ...(parameters.length > 0 && { components: [{ type: 'body', parameters }] }),
  };
}

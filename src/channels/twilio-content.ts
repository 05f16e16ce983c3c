/**
 * Buttons and lists on WhatsApp through Twilio: each distinct one is a stored Content object, made once and sent by its
 * SID (https://www.twilio.com/docs/content).
 */
import { createHash } from 'node:crypto';
import { SendError } from './channel.ts';
import { failure } from './failures.ts';
import { ask } from './twilio.ts';
import type { TwilioAccount, TwilioClient } from './twilio.ts';
import { checkLimits, variableValue } from './whatsapp-limits.ts';
import type { Interactive } from './whatsapp-limits.ts';

/** Remembers across restarts which definition (by its hash) became which Content SID. */
export type ContentStore = {
  find(hash: string): Promise<string | undefined>;
  save(hash: string, sid: string): Promise<void>;
};

/** As Twilio's API spells it. The SDK posts the object verbatim, and its own types spell the names wrongly. */
type Definition = {
  language: string;
  variables?: Record<string, string>;
  types: Record<string, Record<string, unknown>>;
};

export type ContentRef = { contentSid: string; contentVariables?: string };

export type Contents = {
  /** The SID of the object for `content`, made if need be, and the values of its variables. */
  refer(content: Interactive): Promise<ContentRef>;
  /** Drops what is remembered about `content`: Twilio no longer knows the object. */
  forget(content: Interactive): void;
};

/** Far more than the menus of any programme; a bound only for definitions that turn out not to repeat. */
const mostRemembered = 5_000;

export function twilioContents(
  account: TwilioAccount,
  client: () => Promise<TwilioClient>,
  store: ContentStore | undefined,
): Contents {
  const made = new Map<string, Promise<string>>();
  const distrusted = new Set<string>();

  const make = async (hash: string, definition: Definition): Promise<string> => {
    // A store that is down costs one object more at Twilio, never a message.
    const stored = distrusted.has(hash) ? undefined : await store?.find(hash).catch(() => undefined);
    if (stored !== undefined) return stored;
    const sid = await create(account, await client(), hash, definition);
    distrusted.delete(hash);
    await store?.save(hash, sid).catch(() => undefined);
    return sid;
  };

  return {
    async refer(content) {
      const { definition, values } = define(content);
      const hash = hashOf(account, definition);
      let sid = made.get(hash);
      if (sid === undefined) {
        sid = make(hash, definition);
        if (made.size >= mostRemembered) made.clear();
        made.set(hash, sid);
        sid.catch(() => made.delete(hash));
      }
      return {
        contentSid: await sid,
        ...(values !== undefined && { contentVariables: JSON.stringify(values) }),
      };
    },
    forget(content) {
      const hash = hashOf(account, define(content).definition);
      made.delete(hash);
      distrusted.add(hash);
    },
  };
}

/** The account is part of it: another account cannot send our objects. */
function hashOf({ accountSid }: TwilioAccount, definition: Definition): string {
  return createHash('sha256')
    .update(JSON.stringify([accountSid, definition]))
    .digest('hex');
}

async function create(
  account: TwilioAccount,
  client: TwilioClient,
  hash: string,
  definition: Definition,
): Promise<string> {
  const body = { friendly_name: `wasl_${hash.slice(0, 32)}`, ...definition };
  type CreateBody = Parameters<TwilioClient['content']['v1']['contents']['create']>[0];
  try {
    const { sid } = await ask(account, () =>
      client.content.v1.contents.create(body as unknown as CreateBody),
    );
    if (typeof sid === 'string' && sid !== '') return sid;
  } catch (error) {
    // Losing this answer doubles an object, not a message: simply try again.
    if (!(error instanceof SendError && error.unknown)) throw error;
  }
  throw failure('unavailable', 'content not created');
}

/** A personal body becomes variables, so that what Twilio stores is only the shape: labels, ids, number of lines. */
function define(content: Interactive): { definition: Definition; values?: Record<string, string> } {
  check(content);
  const lines = content.personal || content.body.includes('{{') ? variableLines(content.body) : undefined;
  const body = lines?.body ?? content.body;
  const types: Definition['types'] =
    content.kind === 'buttons'
      ? { 'twilio/quick-reply': { body, actions: content.buttons.map(({ id, title }) => ({ title, id })) } }
      : {
          'twilio/list-picker': {
            body,
            button: content.button,
            items: content.rows.map(({ id, title, description }) => ({
              item: title,
              id,
              ...(description && { description }),
            })),
          },
        };
  const labels = content.kind === 'buttons' ? content.buttons : content.rows;
  const language = labels.some(({ title }) => /\p{Script=Arabic}/u.test(title)) ? 'ar' : 'en';
  if (lines === undefined) return { definition: { language, types } };
  const samples = Object.fromEntries(Object.keys(lines.values).map((name) => [name, 'Text']));
  return { definition: { language, variables: samples, types }, values: lines.values };
}

/** One variable a line: Twilio refuses a value with a line break, a tab or more than four spaces (error 21656). */
function variableLines(text: string): { body: string; values: Record<string, string> } {
  const values: Record<string, string> = {};
  const body = text.split(/\r?\n/).map((line) => {
    const value = variableValue(line);
    if (value === '') return '';
    const name = String(Object.keys(values).length + 1);
    values[name] = value;
    return `{{${name}}}`;
  });
  return { body: body.join('\n'), values };
}

/** Twilio's limit on the body of buttons and lists, in UTF-16 units. */
const mostBody = 1_024;

/** Braces in a choice would be a variable of the Content object. */
function check(content: Interactive): void {
  checkLimits(content, mostBody);
  const rows = content.kind === 'buttons' ? content.buttons : content.rows;
  if (rows.some(({ title, id, description = '' }) => `${title} ${id} ${description}`.includes('{{')))
    throw failure('content.invalid', 'braces in a choice');
}

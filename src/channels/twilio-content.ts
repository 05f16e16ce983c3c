/**
 * Buttons and lists on WhatsApp through Twilio: each distinct one is a stored Content object, made once and sent by its
 * SID (https://www.twilio.com/docs/content).
 */
import { createHash } from 'node:crypto';
import type { OutboundContent, Row } from './channel.ts';
import { SendError } from './channel.ts';
import { failure } from './failures.ts';
import { ask } from './twilio.ts';
import type { TwilioAccount, TwilioClient } from './twilio.ts';

/** Remembers across restarts which definition (by its hash) became which Content SID. */
export type ContentStore = {
  find(hash: string): Promise<string | undefined>;
  save(hash: string, sid: string): Promise<void>;
};

export type Interactive = Extract<OutboundContent, { kind: 'buttons' | 'list' }>;

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
  checkLimits(content);
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

/** `text` as a variable may carry it. */
export function variableValue(text: string): string {
  return text.replace(/[\r\n\t]+| {4,}/g, ' ').trim();
}

const limits = { body: 1_024, button: 20, buttonTitle: 20, rowTitle: 24, description: 72, id: 200 } as const;

/** WhatsApp's limits, in UTF-16 units. Nothing is ever cut: a cut label may mean something else. */
function checkLimits(content: Interactive): void {
  const refuse = (what: string): never => {
    throw failure('content.invalid', what);
  };
  const rows: Row[] = content.kind === 'buttons' ? content.buttons : content.rows;
  const [most, title] = content.kind === 'buttons' ? [3, limits.buttonTitle] : [10, limits.rowTitle];
  if (content.body.trim() === '') refuse('empty');
  if (content.body.length > limits.body) throw failure('content.tooLong', `${content.body.length} units`);
  if (rows.length < 1 || rows.length > most) refuse(`${rows.length} choices`);
  if (content.kind === 'list' && !fits(content.button, limits.button)) refuse('list button');
  for (const row of rows) {
    if (!fits(row.title, title)) refuse('choice title');
    if (!fits(row.id, limits.id) || row.id !== row.id.trim()) refuse('choice id');
    if ((row.description ?? '').length > limits.description) refuse('choice description');
    if ([row.title, row.id, row.description ?? ''].some((text) => text.includes('{{')))
      refuse('braces in a choice');
  }
  if (new Set(rows.map(({ id }) => id)).size < rows.length) refuse('two choices with one id');
  if (content.kind === 'buttons' && new Set(rows.map((row) => row.title)).size < rows.length)
    refuse('two equal buttons');
}

function fits(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most;
}

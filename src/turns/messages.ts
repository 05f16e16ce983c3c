/** A turn by SMS or chat: taken once however often it is delivered; the answer leaves through the outbox. */
import type { Inbound, OutboundContent } from '../channels/channel.ts';
import type { SentMedia } from '../conversation/input.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { renderSms, renderWhatsapp } from '../render/render.ts';
import type { Texts } from '../render/texts.ts';
import type { Tx } from '../store/database.ts';
import type { Person, Turning } from './turn.ts';

/** The provider delivered this message before: nothing is to be done. */
export class AlreadyTaken extends Error {}

type MessageDeps = {
  texts: Texts;
  enqueueReply(tx: Tx, person: Person, inbound: Inbound, content: OutboundContent): Promise<void>;
};

/** The outbox key of the answer to a message; two answers to one message are one. */
export function replyKey({ provider, id }: Pick<Inbound, 'provider' | 'id'>): string {
  return `reply:${provider}:${id}`;
}

export function messageTurning(deps: MessageDeps, person: Person, inbound: Inbound): Turning<void> {
  return {
    person,
    fresh: false,
    read: (state) => {
      const { text, masked } = state?.session.secret
        ? { text: inbound.text, masked: false }
        : maskSecrets(inbound.text);
      return {
        input: {
          kind: 'text',
          text,
          masked,
          ...(inbound.choice === undefined ? {} : { choice: inbound.choice }),
          ...(inbound.media?.length ? { media: mediaOf(inbound) } : {}),
        },
      };
    },
    reply: (taken, before, language) => {
      const content =
        inbound.channel === 'sms'
          ? renderSms(taken.shown, language, deps.texts)
          : renderWhatsapp(taken.shown, language, deps.texts);
      const secret = before?.session.secret ?? false;
      const screen = taken.place?.flow ?? null;
      return {
        answer: undefined,
        ussd: null,
        pages: 1,
        sessionId: null,
        said: [
          {
            direction: 'in',
            content: wordsOf(inbound, secret ? '••••' : maskSecrets(inbound.text).text),
            screen: before?.session.here?.flow ?? null,
          },
          { direction: 'out', content: describe(content), screen, delivery: replyKey(inbound) },
        ],
        also: async (tx) => {
          await takeOnce(tx, inbound);
          await deps.enqueueReply(tx, person, inbound, content);
        },
      };
    },
  };
}

/** What came beside the words and can be fetched, or is a place. */
export function mediaOf({ media = [], provider }: Inbound): SentMedia[] {
  return media.flatMap(({ kind, url }) => (url === undefined ? [] : [{ kind, provider, url }]));
}

/** The line of the record: her words, and that something came beside them. */
export function wordsOf({ media = [] }: Inbound, words: string): string {
  return [words, ...media.map(({ kind }) => `[${kind}]`)].filter((line) => line !== '').join('\n');
}

/** Throws AlreadyTaken when the provider delivered this message before. */
export async function takeOnce(tx: Tx, { provider, id }: Inbound): Promise<void> {
  const { rowCount } = await tx.query(
    'insert into inbound (provider, id) values ($1, $2) on conflict do nothing',
    [provider, id],
  );
  if (rowCount === 0) throw new AlreadyTaken('this message was taken before');
}

/** A message as an agent reads it: its text, and the choices it offered. */
function describe(content: OutboundContent): string {
  switch (content.kind) {
    case 'text':
      return content.body;
    case 'buttons':
      return [content.body, ...content.buttons.map(({ title }) => `[${title}]`)].join('\n');
    case 'list':
      return [content.body, ...content.rows.map(({ title }) => `[${title}]`)].join('\n');
    case 'template':
      return content.fallback;
  }
}

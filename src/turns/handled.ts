/** A conversation that an agent took over: what she writes is recorded for the agent, and the dialog keeps its place. */
import { randomUUID } from 'node:crypto';
import type { Inbound, OutboundContent } from '../channels/channel.ts';
import type { SentMedia } from '../conversation/input.ts';
import type { IntentMatch } from '../conversation/keywords.ts';
import { normalize } from '../conversation/normalize.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { sendDraft } from '../evidence/link.ts';
import { receiveMedia } from '../evidence/receive.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Texts } from '../render/texts.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Conversations, Said, State } from './conversations.ts';
import { mediaOf, replyKey, takeOnce, wordsOf } from './messages.ts';
import type { PersonQueue } from './queue.ts';
import { leavesNoTrace, type Person } from './turn.ts';

export type HandledDeps = {
  db: Database;
  keys: Keys;
  texts: Texts;
  conversations: Conversations;
  queue: PersonQueue;
  intent: (text: string) => IntentMatch | undefined;
  defaultLanguage: string;
  enqueueReply(tx: Tx, person: Person, inbound: Inbound, content: OutboundContent): Promise<void>;
  now(): Date;
  wake(): void;
};

/** The words that carriers have every service answer by itself; a greeting, which also gets help, is for the agent. */
const HELP: ReadonlySet<string> = new Set(['help', 'info', 'aide', 'مساعدة', 'معلومات'].map(normalize));

/**
 * Takes the message for the agent who has this conversation; false: the dialog answers. Danger, STOP, START and HELP
 * go to the dialog, and so does what belongs to a private or nameless matter: of that no agent may read.
 */
export async function hearForAgent(deps: HandledDeps, person: Person, inbound: Inbound): Promise<boolean> {
  if (!(await isHandled(deps, person)) || isForDialog(deps, inbound.text)) return false;
  return deps.queue.run(`${person.contact}:${person.channel}`, async () => {
    const { state } = await deps.conversations.load(person.contact, person.channel, false);
    if (leavesNoTrace(state?.session.here)) return false;
    const language = state?.session.language ?? deps.defaultLanguage;
    const words = wordsOf(inbound, safeWords(inbound, state));
    await deps.db.transaction((tx) => record(deps, tx, person, inbound, words, language));
    deps.wake();
    return true;
  });
}

async function isHandled(deps: HandledDeps, { contact, channel }: Person): Promise<boolean> {
  const { rowCount } = await deps.db.query({
    name: 'contact-handled',
    text: `select from contact
           where key = $1 and handled_by is not null and handled_channel = $2 and handled_until > $3`,
    values: [contact, channel, deps.now()],
  });
  return rowCount === 1;
}

function isForDialog(deps: HandledDeps, text: string): boolean {
  const heard = deps.intent(text)?.intent;
  if (heard === 'help') return HELP.has(normalize(text));
  return heard === 'danger' || heard === 'stop' || heard === 'start';
}

/** What may be kept of it. Where the dialog had asked who she is, her digits may still answer that. */
function safeWords({ text }: Inbound, state: State | null): string {
  return state?.session.secret ? text.replace(/\p{Nd}/gu, '•') : maskSecrets(text).text;
}

/** What came beside her words is the conversation's, for the agent to look at. */
async function keepMedia(
  { keys }: HandledDeps,
  tx: Tx,
  { contact, channel }: Person,
  media: readonly SentMedia[],
  language: string,
  at: Date,
): Promise<void> {
  const draft = randomUUID();
  if (await receiveMedia(tx, keys, draft, { media, channel, language, at }))
    await sendDraft(tx, draft, { contact, at });
}

async function record(
  deps: HandledDeps,
  tx: Tx,
  person: Person,
  inbound: Inbound,
  words: string,
  language: string,
): Promise<void> {
  const { contact, channel } = person;
  const at = deps.now();
  await takeOnce(tx, inbound);
  await keepMedia(deps, tx, person, mediaOf(inbound), language, at);
  const said: Said[] = [{ direction: 'in', content: words, screen: null }];
  const told = await tx.query(
    'update contact set handled_told = true where key = $1 and not handled_told returning key',
    [contact],
  );
  if (told.rowCount === 1) {
    const body = deps.texts.text(language, 'desk.takeover');
    await deps.enqueueReply(tx, person, inbound, { kind: 'text', body });
    said.push({ direction: 'out', content: body, screen: null, delivery: replyKey(inbound) });
  }
  await tx.query(
    `insert into message (at, contact, channel, direction, screen, content, delivery)
     select $1, $2, $3, line.direction, null, line.content, line.delivery
     from unnest($4::text[], $5::bytea[], $6::text[]) as line (direction, content, delivery)`,
    [
      at,
      contact,
      channel,
      said.map(({ direction }) => direction),
      said.map(({ content }) => deps.keys.seal('conversation', content, 'message')),
      said.map(({ delivery }) => delivery ?? null),
    ],
  );
  // She wrote: WhatsApp lets us write freely for another day.
  await tx.query('update conversation set updated_at = $3 where contact = $1 and channel = $2', [
    contact,
    channel,
    at,
  ]);
}

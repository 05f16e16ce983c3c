/** Messages and USSD sessions of a timeline: one item for a message and its delivery, one for a whole session. */
import type { Keys } from '../privacy/keys.ts';
import { openMessage } from '../notifications/outbox.ts';
import type { Tx } from '../store/database.ts';
import type { TimelineItem, TimelineLine } from './timeline-items.ts';

export type MessageScope = {
  contact: string;
  before: Date;
  count: number;
  /** This member of staff reads messages at all. */
  mayRead: boolean;
  /** Who she is was shown: amounts and statuses may be read. */
  isVerified: boolean;
  /** Numbers of her cases that do not exist for this member of staff. */
  unseen: readonly string[];
};

type Row = {
  id: number;
  at: Date;
  channel: string;
  direction: 'in' | 'out';
  session: string | null;
  screen: string | null;
  content: Buffer | null;
  author: string | null;
  state: string | null;
  error: string | null;
};

type Opened = Omit<Row, 'content'> & { text: string };

/** Dialogs that say amounts, dates and statuses of a household. */
const DISCLOSING: ReadonlySet<string> = new Set(['status', 'payment', 'nextpayment', 'record']);

/** Dialogs whose words belong to a case. */
const OF_CASES: ReadonlySet<string> = new Set([
  'complaint',
  'freetext',
  'track',
  'appeal',
  'update',
  'feedback',
]);

/** Words of a case by SMS or chat are looked for this far around its number. */
const AROUND_MS = 3_600_000;

/** No session of a gateway lasts so long; a page never cuts one in two. */
const LONGEST_SESSION = '1 hour';

const BATCH = 400;
const COLUMNS = `m.id, m.at, m.channel, m.direction, m.session, m.screen, m.content, m.author, o.state, o.error`;

/** The newest `count` of them before a time, and how far back that reaches; null: there are no older ones. */
export async function messageItems(
  tx: Tx,
  keys: Keys,
  scope: MessageScope,
): Promise<{ items: TimelineItem[]; from: Date | null }> {
  const running = await sessionsAcross(tx, scope);
  const rows: Row[] = [];
  let from: Date | null = scope.before;
  let items: TimelineItem[] = [];
  while (from !== null && items.length < scope.count) {
    const batch: Row[] = await batchBefore(tx, scope.contact, from);
    const oldest: Row | undefined = batch.at(-1);
    rows.push(...batch);
    if (oldest) rows.push(...(await restOfSession(tx, scope.contact, oldest)));
    from = batch.length < BATCH || !oldest ? null : oldest.at;
    items = fold(opened(keys, distinct(rows), scope), running, scope);
  }
  return { items, from };
}

/** All rows of the same instant are in one batch: a message and its answer carry the same time. */
async function batchBefore(tx: Tx, contact: string, before: Date): Promise<Row[]> {
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS}
     from (select * from message where contact = $1 and at < $2 order by at desc fetch first ${BATCH} rows with ties) m
     left join outbound o on o.key = m.delivery
     order by m.at desc, m.id desc`,
    [contact, before],
  );
  return rows;
}

async function restOfSession(tx: Tx, contact: string, { session, at }: Row): Promise<Row[]> {
  if (session === null) return [];
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS} from message m left join outbound o on false
     where m.contact = $1 and m.at < $2 and m.at > $2::timestamptz - interval '${LONGEST_SESSION}' and m.session = $3`,
    [contact, at, session],
  );
  return rows;
}

/** Sessions that went on after `before`: they stand, whole, on the page of their last moment. */
async function sessionsAcross(tx: Tx, { contact, before }: MessageScope): Promise<Set<string>> {
  const { rows } = await tx.query<{ session: string }>(
    `select distinct session from message
     where contact = $1 and at >= $2 and at < $2::timestamptz + interval '${LONGEST_SESSION}' and session is not null`,
    [contact, before],
  );
  return new Set(rows.map(({ session }) => session));
}

function distinct(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id,
  );
}

/** The words, without those of cases that do not exist for the reader. */
function opened(keys: Keys, rows: readonly Row[], { unseen }: MessageScope): Opened[] {
  const said = rows.map(({ content, ...row }) => ({
    ...row,
    text: content === null ? '' : keys.open('conversation', content, 'message'),
  }));
  if (unseen.length === 0) return said;
  const marks = said.filter(({ text }) => namesCase(text, unseen));
  return said.filter(
    (row) =>
      !marks.includes(row) &&
      !(
        row.screen !== null &&
        OF_CASES.has(row.screen) &&
        marks.some(
          (mark) =>
            (mark.session !== null && mark.session === row.session) ||
            Math.abs(mark.at.getTime() - row.at.getTime()) < AROUND_MS,
        )
      ),
  );
}

function namesCase(text: string, references: readonly string[]): boolean {
  const digits = text.replace(/(?<=\p{Nd})[\s\p{Cf}\p{Pd}]+(?=\p{Nd})/gu, '').normalize('NFKC');
  const latin = digits.replace(/[٠-٩۰-۹]/gu, (digit) => String(digit.charCodeAt(0) & 0xf));
  return references.some((reference) => latin.includes(reference));
}

function fold(rows: readonly Opened[], running: ReadonlySet<string>, scope: MessageScope): TimelineItem[] {
  const sessions = new Map<string, Opened[]>();
  for (const row of rows)
    if (row.session !== null) sessions.set(row.session, [...(sessions.get(row.session) ?? []), row]);
  const items: TimelineItem[] = [];
  for (const [session, lines] of sessions)
    if (!running.has(session)) items.push(sessionItem(session, lines, scope));
  for (const row of rows) if (row.session === null) items.push(messageItem(row, scope));
  return items;
}

function sessionItem(session: string, rows: readonly Opened[], scope: MessageScope): TimelineItem {
  const first = rows[0]?.at ?? new Date(0);
  const last = rows.at(-1);
  const at = last?.at ?? first;
  const leftAt = last?.screen;
  return {
    id: `ussd:${rows[0]?.id ?? session}`,
    at,
    kind: 'ussd',
    channel: 'ussd',
    direction: 'in',
    author: 'citizen',
    session: {
      steps: rows.filter(({ direction }) => direction === 'in').length,
      seconds: Math.round((at.getTime() - first.getTime()) / 1_000),
      ...(leftAt ? { leftAt } : {}),
    },
    lines: rows.map((row): TimelineLine => ({ at: row.at, direction: row.direction, ...words(row, scope) })),
  };
}

function messageItem(row: Opened, scope: MessageScope): TimelineItem {
  const { id, at, channel, direction, author, state, error } = row;
  return {
    id: `message:${id}`,
    at,
    kind: 'message',
    channel,
    direction,
    author: author ?? (direction === 'in' ? 'citizen' : 'system'),
    ...(state === null ? {} : { state }),
    ...(error === null ? {} : { reason: error }),
    ...words(row, scope),
  };
}

function words(row: Opened, { mayRead, isVerified }: MessageScope): { text: string } | { hidden: 'by_rule' } {
  const discloses = row.screen !== null && DISCLOSING.has(row.screen);
  return mayRead && (isVerified || !discloses) ? { text: row.text } : { hidden: 'by_rule' };
}

/**
 * What left unasked, from the outbox: notices, warnings, news of a case. Answers to a message stand with it; one that
 * stands with none belongs to a matter that leaves no record.
 */
export async function noticeItems(tx: Tx, keys: Keys, scope: MessageScope): Promise<TimelineItem[]> {
  const { contact, before, count, mayRead, isVerified, unseen } = scope;
  const { rows } = await tx.query<{
    id: number;
    at: Date;
    channel: string;
    kind: string;
    address: Buffer;
    content: Buffer;
    state: string;
    error: string | null;
  }>(
    `select o.id, o.created_at as at, o.channel, o.kind, o.address, o.content, o.state, o.error
     from outbound o
     where o.contact = $1 and o.created_at < $2 and o.kind <> 'reply' and o.key not like 'desk:%'
     order by o.id desc limit $3`,
    [contact, before, count],
  );
  return rows.flatMap(({ id, at, channel, kind, state, error, ...sealed }): TimelineItem[] => {
    const { content } = openMessage(keys, sealed);
    const text = content.kind === 'template' ? content.fallback : content.body;
    if (namesCase(text, unseen)) return [];
    const mayBeRead = mayRead && (isVerified || kind !== 'notice');
    return [
      {
        id: `outbound:${id}`,
        at,
        kind: 'message',
        channel,
        direction: 'out',
        author: 'system',
        state,
        ...(error === null ? {} : { reason: error }),
        ...(mayBeRead ? { text } : { hidden: 'by_rule' as const }),
      },
    ];
  });
}

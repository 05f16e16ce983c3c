/** All that ever passed between a citizen and the programme, on every channel, in one list. */
import { visibleCases } from '../grievances/visibility.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import { currentInteraction } from './interaction.ts';
import { sources, type TimelineItem, type TimelineKind } from './timeline-items.ts';
import { messageItems, noticeItems } from './timeline-messages.ts';

export type { TimelineItem, TimelineKind, TimelineLine } from './timeline-items.ts';

/** This member of staff has nothing to do with conversations. */
export class TimelineForbidden extends Error {}

export type TimelineQuestion = {
  contact: string;
  by: Staff;
  /** Only what is older: the time of the oldest item there is. */
  before?: Date;
  limit: number;
  /** Only these kinds; absent: all. */
  kinds?: readonly TimelineKind[];
  /** The case at hand: who decides on it sees the payments of its household without a verified caller. */
  reference?: string;
  at: Date;
};

/**
 * Items of a contact, newest last. Those of her household (payments, statuses) only when she showed who she is in the
 * contact this agent has with her now, or with the case at hand. Writes to the audit once a contact or a day, not at each
 * refresh.
 */
export async function timeline(
  { db, keys }: { db: Database; keys: Keys },
  question: TimelineQuestion,
): Promise<TimelineItem[]> {
  const { contact, by, limit, kinds, at } = question;
  if (!may(by, 'desk') && !may(by, 'cases')) throw new TimelineForbidden('no desk, no timeline');
  const before = question.before ?? new Date(at.getTime() + 60_000);
  const household = await householdInSight(db, question);
  await noteOpening(db, question, household);
  const count = limit + 10;
  const wants = (kind: TimelineKind): boolean => kinds?.includes(kind) ?? true;
  const scope = {
    contact,
    before,
    count,
    household,
    by,
    mayRead: may(by, 'desk'),
    isVerified: household !== null,
    unseen: await unseenCases(db, contact, by),
  };
  const said =
    wants('message') || wants('ussd') ? await messageItems(db, keys, scope) : { items: [], from: null };
  const others: TimelineItem[] = [];
  // One after the other: each takes a millisecond, and the connections belong to the citizens.
  for (const { kinds: given, read } of sources)
    if (given.some(wants)) others.push(...(await read(db, keys, scope)));
  const items = [
    ...said.items,
    ...(wants('message') ? await noticeItems(db, keys, scope) : []),
    ...others,
  ].filter(({ kind, at: time }) => wants(kind) && time < before && (said.from === null || time >= said.from));
  return newest(items, limit);
}

/** The newest, and whatever carries the same instant as the last of them: the next page begins before it. */
function newest(items: TimelineItem[], limit: number): TimelineItem[] {
  items.sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
  let end = Math.min(limit, items.length);
  while (end > 0 && end < items.length && items[end]?.at.getTime() === items[end - 1]?.at.getTime()) end += 1;
  return items.slice(0, end).sort(inOrder);
}

/** Her words stand before the answer they got; numbers of one kind grow. */
function inOrder(a: TimelineItem, b: TimelineItem): number {
  return (
    a.at.getTime() - b.at.getTime() || a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** The household whose payments and statuses this member of staff may see here; null: none. */
async function householdInSight(
  tx: Tx,
  { contact, by, reference }: TimelineQuestion,
): Promise<string | null> {
  const current = await currentInteraction(tx, by.key);
  if (current?.contact === contact && current.verifiedAt) return current.household;
  if (reference === undefined || !(may(by, 'decide') || may(by, 'appeals'))) return null;
  const seen = visibleCases(by, 'g', 3);
  const { rows } = await tx.query<{ household: string | null }>(
    `select g.household from grievance g where g.reference = $1 and g.contact = $2 and ${seen.sql}`,
    [reference, contact, ...seen.values],
  );
  return rows[0]?.household ?? null;
}

async function unseenCases(tx: Tx, contact: string, by: Staff): Promise<string[]> {
  const seen = visibleCases(by, 'g', 2);
  const { rows } = await tx.query<{ reference: string }>(
    `select g.reference from grievance g where g.contact = $1 and (${seen.sql}) is not true`,
    [contact, ...seen.values],
  );
  return rows.map(({ reference }) => reference);
}

/** Outside a contact of their own, a second look on the same day is the same look. */
const SAME_LOOK_MS = 8 * 3_600_000;

async function noteOpening(
  db: Database,
  { contact, by, reference, at }: TimelineQuestion,
  household: string | null,
): Promise<void> {
  const current = await currentInteraction(db, by.key);
  const since = current?.contact === contact ? current.startedAt : new Date(at.getTime() - SAME_LOOK_MS);
  const isShown = household !== null;
  const { rowCount } = await db.query(
    `select from audit
     where subject = $1 and actor = $2 and action = 'timeline' and at >= $3
       and (details ->> 'household')::boolean = $4
     limit 1`,
    [`contact:${contact}`, by.key, since, isShown],
  );
  if (rowCount !== 0) return;
  await recordAudit(db, {
    actor: by.key,
    action: 'timeline',
    subject: `contact:${contact}`,
    purpose: reference !== undefined ? 'case' : current?.contact === contact ? current.channel : 'desk',
    details: { household: isShown, ...(reference === undefined ? {} : { reference }) },
    at,
  });
}

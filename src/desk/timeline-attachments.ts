/** Photos, voice notes and places in a timeline: that they came and what became of them; each is opened by its id. */
import { attachmentsOf } from '../evidence/view.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Tx } from '../store/database.ts';
import type { Scope, TimelineItem } from './timeline-items.ts';

export async function attachmentItems(tx: Tx, keys: Keys, scope: Scope): Promise<TimelineItem[]> {
  const { contact, before, count, by } = scope;
  const found = await attachmentsOf(tx, keys, by, { contact, before, limit: count });
  return found.map(({ id, at, kind, state, reason, reference, caption, place, type, bytes, seconds }) => ({
    id: `attachment:${id}`,
    at,
    kind: 'attachment',
    direction: 'in',
    author: 'citizen',
    state,
    ...(reason === null ? {} : { reason }),
    ...(caption === undefined ? {} : { text: caption }),
    ...(reference === null ? {} : { reference }),
    facts: {
      attachment: id,
      media: kind,
      type,
      bytes,
      seconds,
      ...(place === undefined ? {} : place),
    },
  }));
}

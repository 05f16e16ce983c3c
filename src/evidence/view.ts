/** What members of staff see of what citizens sent: lists for a case, a task or a conversation, and one content opened. */
import { visibleCases } from '../grievances/visibility.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import {
  openContent,
  openDetails,
  type AttachmentKind,
  type AttachmentState,
  type Details,
  type Refusal,
} from './attachment.ts';

export type Attachment = {
  id: string;
  at: Date;
  kind: AttachmentKind;
  state: AttachmentState;
  /** Why it was refused. */
  reason: Refusal | null;
  type: string | null;
  bytes: number | null;
  /** Of sound. */
  seconds: number | null;
  reference: string | null;
  task: number | null;
  caption?: string;
  /** Degrees; `about` to two decimals, which is a village and no house. */
  place?: { latitude: number; longitude: number; about: string };
};

type Row = Omit<Attachment, 'caption' | 'place'> & { details: Buffer | null };

const COLUMNS =
  'a.id, a.at, a.kind, a.state, a.reason, a.type, a.bytes, a.seconds, a.reference, a.task, a.details';

/** What may be seen: with a case, what the case may be; without one, what the desk talks about. */
function visible(staff: Staff, firstParameter: number): { sql: string; values: unknown[] } {
  const seen = visibleCases(staff, 'g', firstParameter);
  const isDesk = may(staff, 'desk') ? 'true' : 'false';
  return {
    sql: `(case when a.reference is null then ${isDesk} else exists (
             select from grievance g where g.reference = a.reference and ${seen.sql}) end)`,
    values: seen.values,
  };
}

export type AttachmentsOf =
  { reference: string } | { task: number } | { contact: string; before: Date; limit: number };

/** Oldest first; of a contact the newest `limit` before `before`. Only what this member of staff may see. */
export async function attachmentsOf(
  tx: Tx,
  keys: Keys,
  staff: Staff,
  of: AttachmentsOf,
): Promise<Attachment[]> {
  const { sql, values } = visible(staff, 4);
  const [column, value] =
    'reference' in of
      ? ['reference', of.reference]
      : 'task' in of
        ? ['task', of.task]
        : ['contact', of.contact];
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS} from attachment a
     where a.${column} = $1 and a.state <> 'draft' and a.at < $2 and ${sql}
     order by a.at desc, a.id limit $3`,
    [value, 'before' in of ? of.before : 'infinity', 'limit' in of ? of.limit : 100, ...values],
  );
  return rows.reverse().map(({ details, ...row }) => ({
    ...row,
    ...(details === null ? {} : shown(openDetails(keys, row.id, details))),
  }));
}

function shown({ caption, place }: Details): Pick<Attachment, 'caption' | 'place'> {
  return {
    ...(caption === undefined ? {} : { caption }),
    ...(place === undefined
      ? {}
      : { place: { ...place, about: `${place.latitude.toFixed(2)}, ${place.longitude.toFixed(2)}` } }),
  };
}

export type OpenedAttachment = { type: string; content: Buffer; filename: string };

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/amr': 'amr',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A content, for whoever may see it; undefined alike where there is none, and where it is not for them. Written to the
 * audit: who looked at a photo saw who and what is in it.
 */
export async function openAttachment(
  { db, keys }: { db: Database; keys: Keys },
  { id, by, at }: { id: string; by: Staff; at: Date },
): Promise<OpenedAttachment | undefined> {
  if (!UUID.test(id)) return undefined;
  const { sql, values } = visible(by, 2);
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{
      content: Buffer;
      type: string;
      kind: AttachmentKind;
      reference: string | null;
      contact: string | null;
    }>(
      `select a.content, a.type, a.kind, a.reference, a.contact from attachment a
       where a.id = $1 and a.state = 'stored' and a.content is not null and ${sql}`,
      [id, ...values],
    );
    const [found] = rows;
    if (!found) return undefined;
    const { content, type, kind, reference, contact } = found;
    await recordAudit(tx, {
      actor: by.key,
      action: 'attachment',
      subject: reference !== null ? `case:${reference}` : `contact:${contact ?? ''}`,
      purpose: reference !== null ? 'work_case' : 'desk',
      details: { attachment: id, kind },
      at,
    });
    const filename = `${reference ?? kind}-${id.slice(0, 8)}.${ENDINGS[type] ?? 'bin'}`;
    return { type, content: openContent(keys, id, content), filename };
  });
}

/**
 * Headers to serve it with: shown in place, sniffed by nobody, run as nothing, kept nowhere. `?download` may ask for
 * `attachment`.
 */
export function attachmentHeaders(
  { type, filename, content }: OpenedAttachment,
  disposition: 'inline' | 'attachment' = 'inline',
): Record<string, string> {
  return {
    'content-type': type,
    'content-length': String(content.length),
    'content-disposition': `${disposition}; filename="${filename}"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, no-store',
  };
}

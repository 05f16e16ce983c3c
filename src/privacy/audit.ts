/** What staff, programs and commands saw and did: rows that are only ever added, with nothing personal in clear. */
import type { Tx } from '../store/database.ts';

export type AuditEntry = {
  /** Key of a member of staff, `token:<id>`, or `command` for the command line. */
  actor: string;
  /** A word with underscores: `sign_in`, `case_decided`. */
  action: string;
  /** `contact:<key>`, `household:<key>`, `case:<reference>`, `staff:<key>` and the like. */
  subject?: string;
  /** Why it was looked at, where a purpose is asked for. */
  purpose?: string;
  /** Codes, counts and keys; never a name, number or text of a person. */
  details?: Record<string, unknown>;
  at: Date;
};

/** One row as it stands; `id` grows with time and pages the list. */
export type AuditRow = Omit<AuditEntry, 'subject' | 'purpose' | 'details'> & {
  id: number;
  subject: string | null;
  purpose: string | null;
  details: Record<string, unknown> | null;
};

export type AuditFilter = {
  actor?: string;
  subject?: string;
  action?: string;
  /** The first moment looked at. */
  from?: Date;
  /** The first moment no longer looked at. */
  until?: Date;
  /** The `id` of the last row of the page before. */
  before?: number;
  limit: number;
};

/** Adds a row in the transaction of what it tells of, so that neither is there without the other. */
export async function recordAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  const { actor, action, subject, purpose, details, at } = entry;
  await tx.query({
    name: 'record_audit',
    text: `insert into audit (at, actor, action, subject, purpose, details) values ($1, $2, $3, $4, $5, $6)`,
    values: [
      at,
      actor,
      action,
      subject ?? null,
      purpose ?? null,
      details === undefined ? null : JSON.stringify(details),
    ],
  });
}

/** A second look at the same thing on the same day is the same look. */
const SAME_LOOK_HOURS = 8;

/** Adds a row for each of the subjects that this actor has not looked at lately: for lists that show several of them. */
export async function recordLooks(
  db: Tx,
  look: { actor: string; action: string; purpose: string; subjects: readonly string[]; at: Date },
): Promise<void> {
  const { actor, action, purpose, subjects, at } = look;
  if (subjects.length === 0) return;
  await db.query(
    `insert into audit (at, actor, action, subject, purpose)
     select $1, $2, $3, seen.subject, $4 from unnest($5::text[]) as seen (subject)
     where not exists (
       select from audit a where a.subject = seen.subject and a.actor = $2 and a.action = $3
         and a.at > $1::timestamptz - make_interval(hours => ${SAME_LOOK_HOURS}))`,
    [at, actor, action, purpose, subjects],
  );
}

const MOST_ROWS = 1_000;

/** Rows that fit the filter, the last added first; at most 1,000 at a time. */
export async function readAudit(db: Tx, filter: AuditFilter): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select id, at, actor, action, subject, purpose, details from audit
      where ($1::text is null or actor = $1)
        and ($2::text is null or subject = $2)
        and ($3::text is null or action = $3)
        and ($4::timestamptz is null or at >= $4)
        and ($5::timestamptz is null or at < $5)
        and ($6::bigint is null or id < $6)
      order by id desc limit $7`,
    [
      filter.actor ?? null,
      filter.subject ?? null,
      filter.action ?? null,
      filter.from ?? null,
      filter.until ?? null,
      filter.before ?? null,
      Math.max(1, Math.min(filter.limit, MOST_ROWS)),
    ],
  );
  return rows;
}

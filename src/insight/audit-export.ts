/** The audit as CSV, for a period and whatever else narrows it. */
import { readAudit, recordAudit, type AuditFilter } from '../privacy/audit.ts';
import type { Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import { csvLine } from './csv.ts';

const AT_A_TIME = 1_000;

/** Gives its lines a thousand at a time, newest first; that it was taken is itself in the audit. */
export async function* auditCsv(
  db: Database,
  filter: Omit<AuditFilter, 'limit' | 'before'>,
  { by, at, nameOf }: { by: Staff; at: Date; nameOf: (actor: string) => string },
): AsyncGenerator<string> {
  const { from, until, ...narrow } = filter;
  await recordAudit(db, {
    actor: by.key,
    action: 'audit_exported',
    details: { ...narrow, from: from?.toISOString() ?? null, until: until?.toISOString() ?? null },
    at,
  });
  yield csvLine(['id', 'at', 'actor', 'name', 'action', 'subject', 'purpose', 'details']);
  let before: number | undefined;
  for (;;) {
    const rows = await readAudit(db, {
      ...filter,
      ...(before === undefined ? {} : { before }),
      limit: AT_A_TIME,
    });
    if (rows.length > 0)
      yield rows
        .map(({ id, at: when, actor, action, subject, purpose, details }) =>
          csvLine([
            id,
            when,
            actor,
            nameOf(actor),
            action,
            subject,
            purpose,
            details === null ? null : JSON.stringify(details),
          ]),
        )
        .join('');
    before = rows.at(-1)?.id;
    if (rows.length < AT_A_TIME) return;
  }
}

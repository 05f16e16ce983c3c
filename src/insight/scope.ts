/** Which cases a member of staff is counted, and which of them they may open. */
import { visibleCases } from '../grievances/visibility.ts';
import { may, type Staff } from '../staff/roles.ts';

/**
 * Cases behind the numbers: those they may see. An auditor opens no case but is told how open ones go, in numbers large
 * enough to tell of nobody.
 */
export function countedCases(
  staff: Staff,
  alias = 'g',
  firstParameter = 1,
): { sql: string; values: unknown[] } {
  const seen = visibleCases(staff, alias, firstParameter);
  return countsOnly(staff) ? { sql: `(${alias}.sensitivity = 'open')`, values: [] } : seen;
}

/** Numbers without rows: every small one is hidden, since nothing behind it may be seen. */
export function countsOnly(staff: Staff): boolean {
  return may(staff, 'audit') && visibleCases(staff).sql === 'false';
}

/** What makes two members of staff see the same numbers. */
export function scopeKey(staff: Staff): string {
  const { sql, values } = countedCases(staff);
  return JSON.stringify([sql, values, countsOnly(staff)]);
}

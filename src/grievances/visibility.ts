/** Who on the staff may know of a case: the one rule behind every list, search, count, export, timeline and page. */
import type { Tx } from '../conversation/ports.ts';
import type { Sensitivity } from '../profiles/categories.ts';
import { may, type Role, type Staff } from '../staff/roles.ts';
import type { CaseKind } from './cases.ts';

/** What the rule looks at. Columns of table grievance, and two of the cases it is tied to. */
export type CaseFacts = {
  kind: CaseKind;
  sensitivity: Sensitivity;
  route: string;
  area: string | null;
  decided_by: string | null;
  accused_area: string | null;
  accused_staff: string | null;
  /** Who decided the case that this appeal is against. */
  original_decided_by: string | null;
  /** There is an appeal against the decision of this case. */
  appealed: boolean;
};

/** Talk with whoever calls about whatever is not secret. */
const DESK: readonly Role[] = ['agent', 'vendor_agent', 'supervisor'];

const has = (staff: Staff, role: Role): boolean => staff.roles.includes(role);

/**
 * The rule as an SQL condition over table grievance.
 * @param firstParameter number of the first `$` it may use; `values` go there, in order
 */
export function visibleCases(
  staff: Staff,
  alias = 'g',
  firstParameter = 1,
): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (one: unknown, type: string): string => `$${firstParameter + values.push(one) - 1}::${type}`;
  const units = (): string =>
    staff.units === null ? 'true' : `${alias}.route = any(${value(staff.units, 'text[]')})`;

  const me = value(staff.key, 'uuid');
  const open: string[] = [];
  if (DESK.some((role) => has(staff, role))) open.push('true');
  if (has(staff, 'case_officer')) {
    const area = staff.area === null ? 'true' : `${alias}.area = ${value(staff.area, 'text')}`;
    open.push(`(${units()} and ${area})`);
  }
  if (has(staff, 'appeal_officer')) {
    open.push(
      `(${alias}.kind = 'appeal' and not exists (
          select from grievance original
          where original.reference = ${alias}.appeal_of and original.decided_by = ${me}))`,
      `(${alias}.decided_by is distinct from ${me} and exists (
          select from grievance appeal where appeal.appeal_of = ${alias}.reference))`,
    );
  }
  const seen: string[] = [];
  if (open.length > 0) seen.push(`(${alias}.sensitivity = 'open' and (${open.join(' or ')}))`);
  if (may(staff, 'restricted')) seen.push(`(${alias}.sensitivity = 'restricted' and ${units()})`);
  if (may(staff, 'private')) seen.push(`${alias}.sensitivity = 'sensitive'`);
  if (seen.length === 0) return { sql: 'false', values: [] };

  const accused = [`${alias}.accused_staff is distinct from ${me}`];
  if (staff.area !== null)
    accused.push(`${alias}.accused_area is distinct from ${value(staff.area, 'text')}`);
  return { sql: `(${accused.join(' and ')} and (${seen.join(' or ')}))`, values };
}

/** The same rule for one case at hand. A test proves that both say the same. */
export function maySeeCase(staff: Staff, found: CaseFacts): boolean {
  if (found.accused_staff === staff.key) return false;
  if (staff.area !== null && found.accused_area === staff.area) return false;
  if (found.sensitivity === 'sensitive') return may(staff, 'private');
  const ofUnit = staff.units === null || staff.units.includes(found.route);
  if (found.sensitivity === 'restricted') return may(staff, 'restricted') && ofUnit;
  if (DESK.some((role) => has(staff, role))) return true;
  if (has(staff, 'case_officer') && ofUnit && (staff.area === null || found.area === staff.area)) return true;
  if (!has(staff, 'appeal_officer')) return false;
  return (
    (found.kind === 'appeal' && found.original_decided_by !== staff.key) ||
    (found.appealed && found.decided_by !== staff.key)
  );
}

/** Whether a member of staff may know of a case. One that does not exist is seen by nobody. */
export async function seesCase(tx: Tx, staff: Staff, reference: string): Promise<boolean> {
  const { sql, values } = visibleCases(staff, 'g', 2);
  const { rowCount } = await tx.query(`select from grievance g where g.reference = $1 and ${sql}`, [
    reference,
    ...values,
  ]);
  return rowCount === 1;
}

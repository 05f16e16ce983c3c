/** All numbers of a period at once, as the dashboard shows them, and one of them taken apart. */
import type { Tx } from '../store/database.ts';
import type { Keys } from '../privacy/keys.ts';
import { caseFigures, caseLines, complaintsByProvider, receivedBySex } from './case-figures.ts';
import { isCaseNumber, type CaseScope } from './case-sets.ts';
import { definitionOf, type Breakdown, type IndicatorId } from './definitions.ts';
import type { Figure, Line } from './figures.ts';
import { countsOnly } from './scope.ts';
import { caseDays, type Day } from './series.ts';
import { serviceFigures, serviceLines } from './service-figures.ts';

export type Measured = { figures: Record<IndicatorId, Figure>; days: Day[] };

export async function measure(db: Tx, scope: CaseScope): Promise<Measured> {
  const { period, now, staff } = scope;
  const [cases, service, days] = await Promise.all([
    caseFigures(db, scope),
    serviceFigures(db, { period, now, isGuarded: countsOnly(staff) }),
    caseDays(db, scope),
  ]);
  return { figures: { ...cases, ...service }, days };
}

/** The lines of a number by each of what it can be broken down by. */
export async function linesOf(
  deps: { db: Tx; keys: Keys },
  scope: CaseScope,
  id: IndicatorId,
): Promise<{ by: Breakdown; lines: Line[] }[]> {
  const kinds = definitionOf(id)?.by ?? [];
  return Promise.all(kinds.map(async (by) => ({ by, lines: await linesBy(deps, scope, id, by) })));
}

function linesBy(
  deps: { db: Tx; keys: Keys },
  scope: CaseScope,
  id: IndicatorId,
  by: Breakdown,
): Promise<Line[]> {
  const { db } = deps;
  if (!isCaseNumber(id)) return serviceLines(db, scope, id, by);
  if (by === 'sex') return receivedBySex(deps, scope);
  return by === 'provider' ? complaintsByProvider(db, scope) : caseLines(db, scope, id, by);
}

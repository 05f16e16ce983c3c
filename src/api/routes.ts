/** Every call of the API, in the order of its document. */
import { caseIntake } from './case-intake.ts';
import { changedCases, oneCase } from './case-reading.ts';
import { caseReports } from './case-reports.ts';
import type { ApiDeps, Route } from './route.ts';

export type RouteDeps = ApiDeps;

export function apiRoutes(deps: RouteDeps): Route[] {
  return [changedCases(deps), caseIntake(deps), oneCase(deps), caseReports(deps)];
}

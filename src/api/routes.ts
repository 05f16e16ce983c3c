/** Every call of the API, in the order of its document. */
import { caseIntake } from './case-intake.ts';
import { changedCases, oneCase } from './case-reading.ts';
import { caseReports } from './case-reports.ts';
import { paymentEvents } from './payments.ts';
import { referralFeedback } from './referrals.ts';
import { meansChecks } from './means-checks.ts';
import type { Route } from './route.ts';
import { calls, conversationSearch, type TelephoneDeps } from './telephone.ts';

export type RouteDeps = TelephoneDeps;

export function apiRoutes(deps: RouteDeps): Route[] {
  return [
    paymentEvents(deps),
    changedCases(deps),
    caseIntake(deps),
    oneCase(deps),
    caseReports(deps),
    conversationSearch(deps),
    calls(deps),
    referralFeedback(deps),
    meansChecks(deps),
  ];
}

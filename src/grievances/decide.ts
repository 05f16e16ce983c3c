/** Deciding a case: the outcome from a list, the reason from a list, and the answer in plain words in her language. */
import type { Tx } from '../conversation/ports.ts';
import { dueDate } from '../profiles/calendar.ts';
import type { CaseKind } from './cases.ts';
import { BadDeed, onCase, type Deed, type WorkDeps } from './deeds.ts';
import { recordEvent } from './events.ts';
import { answerCase } from './lifecycle.ts';
import { audienceOf, tellOutcome } from './outcome.ts';
import { createTask } from './tasks.ts';
import { change, daysAfter, event, mustBeText } from './work.ts';

export const DECISIONS = ['upheld', 'partly_upheld', 'rejected', 'answered', 'redirected'] as const;
export type Decision = (typeof DECISIONS)[number];

/** A programme accepted the change, and the registry does not have it yet: somebody still owes it to the registry. */
const NOT_IN_REGISTRY = 'not_in_registry';

type Reasons = Partial<Record<Decision, readonly string[]>>;

const PUT_RIGHT = [
  'payment_sent',
  'amount_corrected',
  'access_restored',
  'record_corrected',
  'service_improved',
  'measure_taken',
  'aid_restored',
] as const;
const ELSEWHERE = ['other_service', 'other_programme', 'outside_mandate'] as const;

/** Why a case of each kind may be decided so. A decision that is not named does not exist for that kind. */
export const REASONS: Readonly<Record<CaseKind, Reasons>> = {
  complaint: {
    upheld: PUT_RIGHT,
    partly_upheld: PUT_RIGHT,
    rejected: [
      'paid_as_due',
      'amount_correct',
      'criteria_not_met',
      'rules_followed',
      'no_evidence',
      'not_reachable',
    ],
    answered: ['explained', 'information_given', 'already_solved'],
    redirected: ELSEWHERE,
  },
  appeal: {
    upheld: ['decision_changed', 'assessed_again', 'aid_restored'],
    partly_upheld: ['decision_changed', 'assessed_again', 'amount_corrected'],
    rejected: ['criteria_not_met', 'facts_confirmed', 'too_late', 'no_evidence'],
    redirected: ELSEWHERE,
  },
  update: {
    upheld: ['record_corrected', 'update_confirmed', NOT_IN_REGISTRY],
    partly_upheld: ['record_corrected'],
    rejected: ['papers_missing', 'not_confirmed', 'not_entitled_to_ask'],
    answered: ['already_correct', 'explained'],
    redirected: ELSEWHERE,
  },
  information: {
    answered: ['information_given', 'explained'],
    redirected: ELSEWHERE,
  },
  referral: {
    answered: ['referred_on', 'already_served', 'no_longer_needed'],
    redirected: ELSEWHERE,
    rejected: ['no_service_open', 'not_eligible_there'],
  },
};

/** `text` by language; hers is required. */
export type DecideCase = Deed & {
  decision: Decision;
  reasonCode: string;
  answer: Readonly<Record<string, string>>;
};

/**
 * Decides and answers. She is told, in the same transaction, that there is an answer. Throws BadDeed for a reason that
 * is not of the kind's list or an answer that must not be sent so; NotAllowed for an appeal against one's own decision.
 */
export async function decideCase(deps: WorkDeps, deed: DecideCase): Promise<void> {
  const { reference, by, at, version, decision, reasonCode } = deed;
  const audience = await audienceOf(deps, reference);
  await onCase(deps, deed, { need: 'decide', action: 'case_decided' }, async (tx, found) => {
    if (!REASONS[found.kind][decision]?.includes(reasonCode)) throw new BadDeed('reason');
    const answer = await mustBeText(tx, deps.profile, deed.answer, found.language);
    await answerCase(tx, deps.keys, reference, answer, change(deed, reasonCode));
    await tx.query(
      `update grievance set decision = $2, reason_code = $3, decided_by = $4, decided_at = $5, satisfaction = null
       where reference = $1`,
      [reference, decision, reasonCode, by.key, at],
    );
    await recordEvent(tx, {
      ...event(deed),
      kind: 'decision',
      reason: `${decision}:${reasonCode}`,
      details: deps.keys.sealJson('case', answer, 'grievance.answer'),
    });
    if (reasonCode === NOT_IN_REGISTRY) await oweToRegistry(tx, deps, deed, found);
    await tellOutcome(tx, deps, {
      ...found,
      audience,
      text: 'sms.grv.answer',
      values: { ref: reference, d: daysAfter(deps.profile, at, deps.profile.windows.appeal_days) },
      key: `grv.answer:${reference}:${version}`,
      at,
    });
  });
}

/** The case is answered; the change stays on a list until the registry has it. */
async function oweToRegistry(
  tx: Tx,
  { keys, profile }: WorkDeps,
  { reference, by, at }: DecideCase,
  { category, route }: { category: string; route: string },
): Promise<void> {
  const sla = profile.categories[category]?.sla ?? { days: 10, count: 'working' };
  await createTask(tx, keys, {
    kind: 'duty',
    key: `registry:${reference}`,
    about: NOT_IN_REGISTRY,
    unit: route,
    contact: null,
    phone: null,
    reference,
    language: by.language,
    promisedOn: dueDate(at, sla, profile.calendar),
    at,
  });
}

/** What a citizen can do: the list of flows. A new flow is one file and one line here. */
import type { Flow, FlowName } from '../src/conversation/dialog.ts';
import { appeal } from './appeal.ts';
import { callback } from './callback.ts';
import { complaint } from './complaint.ts';
import { consent } from './consent.ts';
import { entry } from './entry.ts';
import { freeText } from './free-text.ts';
import { identify } from './identify.ts';
import { information } from './information.ts';
import { language } from './language.ts';
import { nextPayment } from './next-payment.ts';
import { payment } from './payment.ts';
import { privateMatter } from './private.ts';
import { referral } from './referral.ts';
import { record } from './record.ts';
import { resume } from './resume.ts';
import { status } from './status.ts';
import { track } from './track.ts';
import { update } from './update.ts';

export const flows: readonly Flow[] = [
  language,
  entry,
  resume,
  identify,
  status,
  payment,
  nextPayment,
  complaint,
  track,
  information,
  callback,
  privateMatter,
  consent,
  appeal,
  update,
  freeText,
  referral,
  record,
];

/**
 * From which engagement level on citizens may do this (systems.md §5). 1: read what holds for everybody, and be called;
 * nothing of any person is asked or shown. 2: their own file and payments, complaints. 3: changes, appeals, referrals.
 * Level 4 adds steps of a decision to screens of these (`Choice.level`). What a danger word opens is there at any level.
 */
const FROM_LEVEL: Readonly<Record<FlowName, 1 | 2 | 3>> = {
  language: 1,
  entry: 1,
  resume: 1,
  information: 1,
  callback: 1,
  consent: 1,
  private: 1,
  identify: 2,
  status: 2,
  payment: 2,
  nextpayment: 2,
  complaint: 2,
  freetext: 2,
  record: 2,
  track: 2,
  update: 3,
  appeal: 3,
  referral: 3,
};

type Rules = {
  engagement_level: number;
  languages: { readonly offered: readonly string[] };
  my_record: boolean;
};

/** What citizens may do in a deployment; one language needs no picker. */
export function offeredFlows({
  engagement_level: level,
  languages,
  my_record: hasRecord,
}: Rules): Set<FlowName> {
  const offered = flows.map(({ name }) => name).filter((name) => FROM_LEVEL[name] <= level);
  const hidden: readonly FlowName[] = [
    ...(languages.offered.length > 1 ? [] : (['language'] as const)),
    ...(hasRecord ? [] : (['record'] as const)),
  ];
  return new Set(offered.filter((name) => !hidden.includes(name)));
}

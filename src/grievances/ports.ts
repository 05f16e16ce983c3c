/** The questions of the dialogs that complaints, appeals, updates and callbacks answer. */
import type { Ports } from '../conversation/ports.ts';
import type { QuestionKind } from '../conversation/questions.ts';
import { keepEvidence } from '../evidence/receive.ts';
import { appealWindow, lodgeAppeal } from './appeal.ts';
import { callTimes, requestCall } from './callbacks.ts';
import { duplicate, lodge, withdraw } from './lodge.ts';
import { tellWhenOpen } from './opening.ts';
import { answerMeans } from './means-consent.ts';
import { lodgePrivate } from './private.ts';
import { answerQuestion, questionAsked, type Answering } from './questions.ts';
import { answerReferral, referral, withdrawReferral, type ReferralDeps } from './referral.ts';
import { handToAgent } from './tasks.ts';
import { addDetails, caseFeedback, caseState, tooSlow } from './track.ts';
import { lodgeUpdate } from './update.ts';

export type GrievancePorts = Pick<
  Ports,
  | 'duplicate'
  | 'lodge'
  | 'withdraw'
  | 'lodgePrivate'
  | 'addDetails'
  | 'caseState'
  | 'tooSlow'
  | 'caseFeedback'
  | 'callTimes'
  | 'requestCall'
  | 'appealWindow'
  | 'lodgeAppeal'
  | 'lodgeUpdate'
  | 'handToAgent'
  | 'keepEvidence'
  | 'tellWhenOpen'
  | 'questionAsked'
  | 'answerQuestion'
  | 'referral'
  | 'answerReferral'
  | 'answerMeans'
  | 'withdrawReferral'
>;

/**
 * Everything they store is written in the transaction of the turn: a number she sees is durable when her turn is.
 * `answering`: questions by text message that another domain put (payments: `pay.confirm`).
 */
export function grievancePorts(
  deps: ReferralDeps,
  answering: Partial<Record<QuestionKind, Answering>> = {},
): GrievancePorts {
  return {
    duplicate: duplicate(deps),
    lodge: lodge(deps),
    withdraw: withdraw(deps),
    lodgePrivate: lodgePrivate(deps),
    addDetails: addDetails(deps),
    caseState: caseState(deps),
    tooSlow: tooSlow(deps),
    caseFeedback: caseFeedback(deps),
    callTimes: callTimes(deps),
    requestCall: requestCall(deps),
    appealWindow: appealWindow(deps),
    lodgeAppeal: lodgeAppeal(deps),
    lodgeUpdate: lodgeUpdate(deps),
    handToAgent: handToAgent(deps),
    keepEvidence: keepEvidence(deps),
    tellWhenOpen,
    questionAsked,
    answerQuestion: answerQuestion(deps, answering),
    referral: referral(deps),
    answerMeans: answerMeans({ profile: deps.profile, words: deps.meansWords ?? (() => '') }),
    answerReferral: answerReferral(deps),
    withdrawReferral: withdrawReferral(deps),
  };
}

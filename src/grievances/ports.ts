/** The questions of the dialogs that complaints, appeals, updates and callbacks answer. */
import type { Ports } from '../conversation/ports.ts';
import { appealWindow, lodgeAppeal } from './appeal.ts';
import { callTimes, requestCall } from './callbacks.ts';
import type { GrievanceDeps } from './cases.ts';
import { duplicate, lodge, withdraw } from './lodge.ts';
import { tellWhenOpen } from './opening.ts';
import { lodgePrivate } from './private.ts';
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
  | 'tellWhenOpen'
>;

/** Everything they store is written in the transaction of the turn: a number she sees is durable when her turn is. */
export function grievancePorts(deps: GrievanceDeps): GrievancePorts {
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
    tellWhenOpen,
  };
}

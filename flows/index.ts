/** What a citizen can do: the list of flows. A new flow is one file and one line here. */
import type { Flow } from '../src/conversation/dialog.ts';
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
];

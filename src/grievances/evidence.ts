/** What she sent beside words becomes part of a case, with the turn that lodged the case or added to it. */
import type { Slots } from '../conversation/dialog.ts';
import type { TurnContext, Tx } from '../conversation/ports.ts';
import { sendDraft } from '../evidence/link.ts';
import type { Keys } from '../privacy/keys.ts';
import { hashOfTurn, recordEvent } from './events.ts';

/** Gives the case what she kept for it (slot `evidence`); `contact` null where she gave no name. True: there was something. */
export async function addEvidence(
  tx: Tx,
  keys: Keys,
  slots: Slots,
  to: { reference: string; contact: string | null; at: Date; turn: Pick<TurnContext, 'key'> },
): Promise<boolean> {
  const draft = slots['evidence'];
  if (draft === undefined) return false;
  const { reference, contact, at } = to;
  const count = await sendDraft(tx, draft, { reference, contact, at });
  if (count === 0) return false;
  return recordEvent(tx, { reference, at, kind: 'attachment', turn: hashOfTurn(keys, 'evidence', to.turn) });
}

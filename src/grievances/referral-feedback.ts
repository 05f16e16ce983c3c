/** Counter-referral: what the service that a person was sent to says came of it; she is asked after (dialogs.md D12). */
import type { Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { recordEvent } from './events.ts';
import {
  moveReferral,
  ReferralMoveRefused,
  type MovedReferral,
  type ReferralState,
} from './referral-states.ts';

/** What a partner may say; only she herself confirms. */
export const PARTNER_OUTCOMES = ['accepted', 'served', 'not_served'] as const satisfies ReferralState[];
export type PartnerOutcome = (typeof PARTNER_OUTCOMES)[number];

export type PartnerFeedback = {
  outcome: PartnerOutcome;
  /** For the people who work on her case; sealed. */
  note: string | null;
  /** `token:<id>` of the partner. */
  by: string;
  at: Date;
};

/**
 * Takes a partner's word on a referral (`id`: its uuid). `served` has her asked at the end of the day; saying the same
 * twice changes nothing. Throws ReferralMoveRefused, having changed nothing.
 * @param partner the only one whose referrals may be spoken of; null: any
 */
export async function takePartnerFeedback(
  tx: Tx,
  { keys, profile }: { keys: Keys; profile: Profile },
  { id, partner }: { id: string; partner: string | null },
  { outcome, note, by, at }: PartnerFeedback,
): Promise<MovedReferral> {
  const { rowCount } = await tx.query(
    'select from referral where id = $1 and ($2::text is null or partner = $2) for update',
    [id, partner],
  );
  if (rowCount === 0) throw new ReferralMoveRefused(undefined, outcome);
  const moved = await moveReferral(tx, id, outcome, {
    by,
    at,
    ...(outcome === 'served' ? { dueOn: localDate(at, profile.calendar.tz) } : {}),
  });
  if (moved.from === moved.state) return moved;
  if (outcome === 'served') await tx.query('update referral set asked_at = null where id = $1', [id]);
  if (note !== null) {
    await recordEvent(tx, {
      reference: moved.reference,
      at,
      actor: by,
      kind: 'details',
      details: keys.sealJson('case', { text: note }, 'grievance.text'),
    });
  }
  return moved;
}

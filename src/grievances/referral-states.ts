/** The life of a referral (dialogs.md D12): one table of what may follow what, and the only function that changes its state. */
import type { Tx } from '../conversation/ports.ts';

export const REFERRAL_STATES = [
  'asked',
  'refused',
  'sent',
  'accepted',
  'served',
  'not_served',
  'confirmed',
  'withdrawn',
] as const;
export type ReferralState = (typeof REFERRAL_STATES)[number];

/**
 * Nothing leaves before she agreed, and only her own word confirms: a partner says `served`, she says `confirmed` or that
 * nobody came. What she refused or took back stays so: a new referral asks her again.
 */
export const REFERRAL_TRANSITIONS: Readonly<Record<ReferralState, readonly ReferralState[]>> = {
  asked: ['sent', 'refused', 'withdrawn'],
  refused: [],
  sent: ['accepted', 'served', 'not_served', 'confirmed', 'withdrawn'],
  accepted: ['served', 'not_served', 'confirmed', 'withdrawn'],
  served: ['confirmed', 'not_served', 'withdrawn'],
  not_served: ['sent', 'confirmed', 'withdrawn'],
  confirmed: [],
  withdrawn: [],
};

export function mayReferralBecome(from: ReferralState, to: ReferralState): boolean {
  return REFERRAL_TRANSITIONS[from].includes(to);
}

/** A state that the present one does not lead to; or there is no such referral. */
export class ReferralMoveRefused extends Error {
  readonly from: ReferralState | undefined;
  readonly to: ReferralState;

  constructor(from: ReferralState | undefined, to: ReferralState) {
    super(
      from === undefined ? 'there is no such referral' : `a referral that is ${from} cannot become ${to}`,
    );
    this.name = 'ReferralMoveRefused';
    this.from = from;
    this.to = to;
  }
}

export type ReferralMove = {
  /** `citizen`, `system`, `token:<id>` of a partner, or the key of a member of staff. */
  by: string;
  at: Date;
  /** ISO date by which the partner calls, where that changes. */
  dueOn?: string;
};

export type MovedReferral = { id: string; reference: string; from: ReferralState; state: ReferralState };

/**
 * Changes the state of a referral (`id`: its uuid) and writes it into the history of its case. Moving to the state it
 * already has changes nothing. Throws ReferralMoveRefused, having changed nothing.
 */
export async function moveReferral(
  tx: Tx,
  id: string,
  to: ReferralState,
  { by, at, dueOn }: ReferralMove,
): Promise<MovedReferral> {
  const { rows } = await tx.query<{ reference: string; state: ReferralState }>(
    'select reference, state from referral where id = $1 for update',
    [id],
  );
  const found = rows[0];
  if (!found) throw new ReferralMoveRefused(undefined, to);
  const moved = { id, reference: found.reference, from: found.state, state: to };
  if (found.state === to) return moved;
  if (!mayReferralBecome(found.state, to)) throw new ReferralMoveRefused(found.state, to);
  await tx.query(
    `update referral set state = $2, updated_at = $3, due_on = coalesce($4, due_on) where id = $1`,
    [id, to, at, dueOn ?? null],
  );
  await tx.query(
    `insert into grievance_event (reference, at, actor, kind, reason) values ($1, $2, $3, 'referral', $4)`,
    [found.reference, at, by, to],
  );
  return moved;
}

/**
 * Lets go of what made a turn's repetition the same deed. Who is deleted and writes again begins to count her turns
 * anew: without this, what she does then would be taken for the repetition of what somebody did before.
 */
import type { Tx } from '../store/database.ts';
import type { Keys } from './keys.ts';

/** The deeds whose rows outlive the contact: without a name, and private (grievances/events.ts, `hashOfTurn`). */
const DEEDS = [
  ...['lodge', 'private', 'update', 'appeal', 'withdraw'],
  ...['details', 'too_slow', 'feedback', 'evidence', 'guess'],
];

/** For contacts that are about to be deleted; nothing that is read or counted changes. */
export async function forgetTurns(tx: Tx, keys: Keys, contacts: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ contact: string; channel: string; seq: number }>(
    'select contact, channel, seq from conversation where contact = any($1)',
    [contacts],
  );
  const hashes = rows.flatMap(({ contact, channel, seq }) =>
    Array.from({ length: seq }, (_, n) => `${contact}:${channel}:${n + 1}`).flatMap((turn) =>
      DEEDS.map((deed) => keys.anonymous(`${deed}\0${turn}`)),
    ),
  );
  if (hashes.length === 0) return;
  await tx.query('update private_case set idempotency = gen_random_uuid() where idempotency = any($1)', [
    hashes,
  ]);
  await tx.query('update grievance set idempotency = null where idempotency = any($1)', [hashes]);
  await tx.query('update grievance_event set turn = null where turn = any($1)', [hashes]);
}

/** "SMS me when it opens": who waits for registration, or for the next round of a list, to open. */
import type { Port, Tx } from '../conversation/ports.ts';

/** Asked twice, she is told once, in the language of the last time. */
export const tellWhenOpen: Port<'tellWhenOpen'> = async (_slots, turn) => {
  await waitForOpening(await turn.tx(), { contact: turn.contact, language: turn.language, at: turn.now });
  return {};
};

/** Puts her on the list of those who are told, once, when it opens. */
export async function waitForOpening(
  tx: Tx,
  { contact, language, at }: { contact: string; language: string; at: Date },
): Promise<void> {
  await tx.query(
    `insert into notify_when_open (contact, language, created_at) values ($1, $2, $3)
     on conflict (contact) do update set language = excluded.language`,
    [contact, language, at],
  );
}

/** "SMS me when it opens": who waits for registration to open. */
import type { Port } from '../conversation/ports.ts';

/** Asked twice, she is told once, in the language of the last time. */
export const tellWhenOpen: Port<'tellWhenOpen'> = async (_slots, turn) => {
  const tx = await turn.tx();
  await tx.query(
    `insert into notify_when_open (contact, language, created_at) values ($1, $2, $3)
     on conflict (contact) do update set language = excluded.language`,
    [turn.contact, turn.language, turn.now],
  );
  return {};
};

/** STOP, START and the answer to "may we send messages": what a person allows us to write to her. */
import type { Ports, Tx } from '../conversation/ports.ts';
import type { Consent } from './contact.ts';

/** STOP: no more notices to this contact. Answers and warnings to her still leave. */
export async function stopMessages(tx: Tx, contact: string, now = new Date()): Promise<void> {
  const { rowCount } = await tx.query(
    'update contact set stopped_at = coalesce(stopped_at, $2) where key = $1',
    [contact, now],
  );
  mustExist(rowCount);
}

/**
 * START. Who had answered "no" to messages has now said yes without saying how much, so she gets discreet ones: nothing
 * else would make "messages are on again" true and tell others no more than she asked for.
 */
export async function restartMessages(tx: Tx, contact: string): Promise<void> {
  const { rowCount } = await tx.query(
    `update contact
     set stopped_at = null, consent = case consent when 'none' then 'discreet' else consent end
     where key = $1`,
    [contact],
  );
  mustExist(rowCount);
}

/** What she answered to "may we send messages", or `none` while STOP is in force; null: not asked yet, or unknown. */
export async function consentOf(tx: Tx, contact: string): Promise<Consent | null> {
  const { rows } = await tx.query<{ consent: Consent | null }>(
    "select case when stopped_at is not null then 'none' else consent end as consent from contact where key = $1",
    [contact],
  );
  return rows[0]?.consent ?? null;
}

/** The answers to `stop`, `start` and `saveConsent`, kept with the turn (dialogs.md D12). */
export const consentPorts = (
  /** The question as it was put to her in this language. */
  words: (language: string) => string,
): Pick<Ports, 'stop' | 'start' | 'saveConsent'> => ({
  async stop(_slots, turn) {
    await stopMessages(await turn.tx(), turn.contact, turn.now);
    return {};
  },
  async start(_slots, turn) {
    await restartMessages(await turn.tx(), turn.contact);
    return {};
  },
  /** "Yes" lifts an earlier STOP; "no" is not one, it only means that nothing leaves unasked. */
  async saveConsent({ consent }, turn) {
    if (consent !== 'full' && consent !== 'discreet' && consent !== 'none')
      throw new Error('consent must be full, discreet or none');
    const tx = await turn.tx();
    const { rowCount } = await tx.query(
      `update contact set
         consent = $2,
         consent_at = $3,
         consent_language = $4,
         consent_channel = $5,
         consent_words = $6,
         stopped_at = case when $2 = 'none' then stopped_at end
       where key = $1`,
      [turn.contact, consent, turn.now, turn.language, turn.channel, words(turn.language)],
    );
    mustExist(rowCount);
    return {};
  },
});

/** A wish that met no contact would be lost without a word: better that the turn fails. */
function mustExist(rowCount: number | null): void {
  if (rowCount !== 1) throw new Error('this contact does not exist');
}

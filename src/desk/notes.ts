/** What agents write for each other about a contact or a household. Sealed; notes on cases are events of the case. */
import type { Keys } from '../privacy/keys.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';
import { readWords, type WordsRefused } from './words.ts';

export const MAX_NOTE = 4_000;

const CONTEXT = 'note';

export type NoteSubject = { contact: string } | { household: string };

export type NoteAdded = { ok: true; id: number } | { ok: false; why: WordsRefused | 'forbidden' | 'unknown' };

/** Adds a note. `unknown`: there is no such contact. */
export async function addNote(
  tx: Tx,
  keys: Keys,
  { by, about, text, at }: { by: Staff; about: NoteSubject; text: string; at: Date },
): Promise<NoteAdded> {
  if (!may(by, 'desk') && !may(by, 'cases')) return { ok: false, why: 'forbidden' };
  const words = readWords(text, MAX_NOTE);
  if (!words.ok) return words;
  const contact = 'contact' in about ? about.contact : null;
  const household = 'household' in about ? about.household : null;
  const { rows } = await tx.query<{ id: number }>(
    `insert into note (at, staff, contact, household, sealed)
     select $1, $2, $3, $4, $5
     where $3::uuid is null or exists (select from contact where key = $3)
     returning id`,
    [at, by.key, contact, household, keys.seal('conversation', words.text, CONTEXT)],
  );
  return rows[0] ? { ok: true, id: rows[0].id } : { ok: false, why: 'unknown' };
}

export function openNote(keys: Keys, sealed: Buffer): string {
  return keys.open('conversation', sealed, CONTEXT);
}

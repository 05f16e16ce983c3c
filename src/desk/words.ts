/** What members of staff may write: short enough to be read, and without signs that make text read as another. */

export type WordsRefused = 'empty' | 'too_long' | 'control_characters';

/**
 * Embeddings, overrides and isolates turn what follows around (Unicode TR 36 §2.3); other control characters are never
 * typed. The marks LRM, RLM and ALM stay: mixed Arabic and Latin needs them.
 */
const CONTROL =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/u;

/** The text as it may be stored: NFC, ends of lines as one sign, no space around. */
export function readWords(
  text: string,
  maxLength: number,
): { ok: true; text: string } | { ok: false; why: WordsRefused } {
  // Before anything is done with it: a megabyte is not worth normalising.
  if (text.length > maxLength * 2) return { ok: false, why: 'too_long' };
  const clean = text.replace(/\r\n?/gu, '\n').normalize('NFC').trim();
  if (clean === '') return { ok: false, why: 'empty' };
  if (clean.length > maxLength) return { ok: false, why: 'too_long' };
  if (CONTROL.test(clean)) return { ok: false, why: 'control_characters' };
  return { ok: true, text: clean };
}

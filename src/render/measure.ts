/** How much room a text takes on a GSM network: its alphabet, its length in that alphabet, and its SMS parts. */

/** `gsm7`: GSM 03.38 default alphabet with its extension table. `ucs2`: everything else, for the whole text. */
export type Encoding = 'gsm7' | 'ucs2';

/** `units` are septets for `gsm7` (an extension character costs two) and UTF-16 code units for `ucs2`. */
export type Measure = { encoding: Encoding; units: number };

/** `perSegment` is the room of one part, in units: smaller once a text needs more than one part. */
export type Segments = Measure & { segments: number; perSegment: number };

// 3GPP TS 23.038, tables 6.2.1 and 6.2.1.1. The escape code itself is no character, so it is not listed.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

/** Septets by UTF-16 code unit; 0 where the alphabet has no such character. The euro sign has the highest code. */
const SEPTETS = new Uint8Array('€'.charCodeAt(0) + 1);
for (const ch of BASIC) SEPTETS[ch.charCodeAt(0)] = 1;
for (const ch of EXTENSION) SEPTETS[ch.charCodeAt(0)] = 2;

/** A part carries 140 octets; a concatenated one gives 6 of them to its header (3GPP TS 23.040, 9.2.3.24.1). */
const ROOM = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

function septets(text: string): number | undefined {
  let total = 0;
  for (let i = 0; i < text.length; i++) {
    const cost = SEPTETS[text.charCodeAt(i)];
    if (!cost) return undefined;
    total += cost;
  }
  return total;
}

/** The alphabet a network needs for this text: one character outside GSM-7 makes all of it UCS-2. */
export function encodingOf(text: string): Encoding {
  return septets(text) === undefined ? 'ucs2' : 'gsm7';
}

/** The length of a text in the units of its alphabet. Measured as it stands: normalise to NFC before, not here. */
export function measure(text: string): Measure {
  const units = septets(text);
  return units === undefined ? { encoding: 'ucs2', units: text.length } : { encoding: 'gsm7', units };
}

/**
 * The SMS parts a text is sent in. An escape pair or a surrogate pair moves whole to the next part, so a text can need
 * one part more than its units alone would say. An empty text is one part.
 */
export function segments(text: string): Segments {
  const { encoding, units } = measure(text);
  const { single, part } = ROOM[encoding];
  if (units <= single) return { encoding, units, segments: 1, perSegment: single };
  let count = 1;
  let used = 0;
  for (const ch of text) {
    const cost = encoding === 'gsm7' ? (SEPTETS[ch.charCodeAt(0)] ?? 0) : ch.length;
    if (used + cost > part) {
      count += 1;
      used = 0;
    }
    used += cost;
  }
  return { encoding, units, segments: count, perSegment: part };
}

/** The characters that force UCS-2, each once, in order of appearance; empty for a GSM-7 text. */
export function offenders(text: string): string[] {
  const found = new Set<string>();
  for (const ch of text) if (ch.length > 1 || !SEPTETS[ch.charCodeAt(0)]) found.add(ch);
  return [...found];
}

/** What has no unaccented base letter to fall back on. Invisible characters go: they cost 70-unit messages unseen. */
const REPLACEMENTS = new Map([
  ...pairs('œ', 'oe'),
  ...pairs('Œ', 'OE'),
  ...pairs('«»“”„‟″', '"'),
  ...pairs('’‘‚‛`´′ʼʻ', "'"),
  ...pairs('‹', '<'),
  ...pairs('›', '>'),
  ...pairs('‐‑‒–—―−', '-'),
  ...pairs('…', '...'),
  ...pairs('•·', '-'),
  ...pairs('°º', 'o'),
  ...pairs('ª', 'a'),
  ...pairs('×', 'x'),
  ...pairs(
    '\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
    ' ',
  ),
  ...pairs('\u2028\u2029', '\n'),
  ...pairs(
    '\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff',
    '',
  ),
]);

function pairs(from: string, to: string): [string, string][] {
  return Array.from(from, (ch) => [ch, to]);
}

function replacement(ch: string): string {
  if (ch.length === 1 && SEPTETS[ch.charCodeAt(0)]) return ch;
  const listed = REPLACEMENTS.get(ch);
  if (listed !== undefined) return listed;
  const base = ch.normalize('NFD').charAt(0);
  return SEPTETS[base.charCodeAt(0)] ? base : ch;
}

/**
 * Latin text in GSM-7 letters: keeps what the alphabet has (à é è ù É Ç), and gives the rest its nearest form
 * (ç -> c, ê -> e, œ -> oe, À -> A, typographic quotes, dashes and spaces -> ASCII). A text that would need UCS-2 even
 * so, Arabic for one, comes back in NFC and otherwise untouched: it would lose its accents for nothing.
 */
export function toGsm7(text: string): string {
  const composed = text.normalize('NFC');
  if (encodingOf(composed) === 'gsm7') return composed;
  let plain = '';
  for (const ch of composed) plain += replacement(ch);
  return encodingOf(plain) === 'gsm7' ? plain : composed;
}

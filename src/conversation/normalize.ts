/** What a citizen typed, made safe to store, comparable to a keyword, and told apart by language. */

const FOREIGN_DIGITS = /[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g;

/** Arabic-Indic, Persian and full-width digits as 0-9; everything else, and the length, stays. */
export function toLatinDigits(text: string): string {
  // In each of these blocks the low four bits count up from the zero of the block.
  return text.replace(FOREIGN_DIGITS, (digit) => String(digit.charCodeAt(0) & 0xf));
}

const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;

/**
 * A citizen's text as it is stored: NFC, on one line, single spaces, without bidi and zero-width controls, control
 * characters (PostgreSQL refuses NUL) and halves of surrogate pairs.
 */
export function cleanInput(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(/[\s\u0085]+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}]+/gu, '')
    .normalize('NFC')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Letters that count as the same when words are compared. ؤ and ئ are not folded: no keyword needs it. */
const SAME_LETTER = new Map<string, string>([
  ...Array.from('أإآٱ', (ch): [string, string] => [ch, 'ا']),
  ...Array.from('ىی', (ch): [string, string] => [ch, 'ي']),
  ['ة', 'ه'],
  ['ک', 'ك'],
]);
for (const [ch, plain] of Object.entries({ œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', đ: 'd', ł: 'l', ı: 'i' }))
  SAME_LETTER.set(ch, plain);
// Latin-1, Latin Extended-A and -B, Latin Extended Additional: the letter without its accent.
for (const [first, last] of [
  [0x00df, 0x024f],
  [0x1e00, 0x1eff],
] as const) {
  for (let code = first; code <= last; code++) {
    const ch = String.fromCharCode(code);
    const base = ch.normalize('NFD').charAt(0);
    if (base !== ch) SAME_LETTER.set(ch, SAME_LETTER.get(base) ?? base);
  }
}

const FOLDABLE = new RegExp(`[${[...SAME_LETTER.keys()].join('')}]`, 'g');

/**
 * A text as words to compare with keywords, never to store: NFKC, lower case, Latin digits, no tashkeel, tatweel,
 * accents or controls, alef forms as one, ى as ي, ة as ه, punctuation as a space. An apostrophe stays inside a word.
 */
export function normalize(text: string): string {
  const lower = text
    .replace(/[´`’‘ʼ′]/g, "'")
    .normalize('NFKC')
    .toLowerCase();
  return toLatinDigits(lower)
    .replace(/[\p{Mn}\p{Me}\p{Cf}\u0640]+/gu, '')
    .replace(FOLDABLE, (ch) => SAME_LETTER.get(ch) ?? ch)
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .replace(/'{2,}|(?<![^ ])'|'(?![^ ])/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

const FRENCH = words(`
  le la les des du un une est sont suis mon ma mes nos votre je j vous nous ils elle il pas et que qui qu pour avec dans
  comment quand pourquoi bonjour bonsoir merci argent statut dossier paiement plainte recu veux voudrais besoin appelez
  oui au aux ce cette ai avez avons n l d c svp sur rien depuis encore toujours`);
const ENGLISH = words(`
  the is are am my your our i you we they he she not and have has had did do does was were please what when where how why
  for with this that hello thanks money status payment complaint received want need call yes to of in it from any`);

function words(list: string): Set<string> {
  return new Set(list.trim().split(/\s+/));
}

/** Enough of a text to tell its language; the rest of a long one adds only time. */
const SAMPLE = 400;

/** The language a text is written in: Arabic by its script, French or English by small words; undefined when unsure. */
export function detectLanguage(text: string): 'ar' | 'fr' | 'en' | undefined {
  const sample = normalize(text.slice(0, SAMPLE));
  const arabic = sample.match(/\p{Script=Arabic}/gu)?.length ?? 0;
  const latin = sample.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (arabic > 0 && arabic >= latin) return 'ar';
  let french = 0;
  let english = 0;
  for (const word of sample.split(/[ ']/)) {
    if (FRENCH.has(word)) french += 1;
    if (ENGLISH.has(word)) english += 1;
  }
  if (french === english) return undefined;
  return french > english ? 'fr' : 'en';
}

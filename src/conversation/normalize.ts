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
  ['ё', 'е'],
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
    .replace(/[´`’‘ʼʻ′]/g, "'")
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

const SMALL_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  // In Latin letters without digits, which Arabic letters never come with.
  ar: words(`
  ma l el w wslni wslne wsilni wasalni wasalne wsl wesil masari masare flous fulus badde baddi bade beddi eshtike eshteke
  shahr shahren shahrein mowazaf mwazaf muwazzaf mish mesh msh mafi shu sho shou chou kif kifak wen wein leh lesh leish
  min men ana enta ente hayda haida ktir kteer yalla walla rashwe rashwa khalas bas ba3d`),
  fr: words(`
  le la les des du un une est sont suis mon ma mes nos votre je j vous nous ils elle il pas et que qui qu pour avec dans
  comment quand pourquoi bonjour bonsoir merci argent statut dossier paiement plainte recu veux voudrais besoin appelez
  oui au aux ce cette ai avez avons n l d c svp sur rien depuis encore toujours`),
  en: words(`
  the is are am my your our i you we they he she not and have has had did do does was were please what when where how why
  for with this that hello thanks money status payment complaint received want need call yes to of in it from any`),
  pt: words(`
  o os a as um uma e de do da dos das no na nos nas em que nao para por com meu minha meus minhas eu voce voces ele ela
  estou esta foi quando como onde ola obrigado obrigada dinheiro pagamento queixa recebi preciso quero me ainda sim`),
  es: words(`
  el la los las un una y de del al en que no para por con mi mis yo usted ustedes ella estoy esta fue cuando como donde
  hola gracias dinero plata pago queja cobre recibi necesito quiero me todavia si porque pero muy`),
  tr: words(`
  ben biz siz bu bir ve icin ne nasil neden niye nerede zaman mi mu var yok degil ama cok daha bana beni benim bizim
  merhaba tesekkurler lutfen para odeme sikayet almadim istiyorum evet hayir`),
  id: words(`
  saya kami anda yang dan di ke dari untuk ini itu tidak belum sudah apa bagaimana kapan mana kenapa ada dengan mau ingin
  minta halo terima kasih uang bantuan pengaduan ya tolong`),
  uz: words(`
  men biz siz bu va uchun nima qanday qachon qayerda nega bor yoq emas lekin menga meni mening bizning salom rahmat
  iltimos pul tolov to lov nafaqa shikoyat olmadim kerak ha yo q bo so ko`),
};

function words(list: string): Set<string> {
  return new Set(list.trim().split(/\s+/));
}

/** Enough of a text to tell its language; the rest of a long one adds only time. */
const SAMPLE = 400;

/** What a deployment reads without being told. */
const CORE = ['ar', 'en', 'fr'];

const inScript = (sample: string, script: RegExp): number => sample.match(script)?.length ?? 0;

/** Letters that Uzbek has in Cyrillic and Russian has not. */
const UZBEK_CYRILLIC = /[ўқғҳ]/u;

/**
 * The language a text is written in: Arabic, Chinese and Cyrillic by their script, others by small words; undefined when
 * unsure. English and French are always told apart from the `offered` ones; what is found need not be offered.
 */
export function detectLanguage(text: string, offered: readonly string[] = CORE): string | undefined {
  const sample = normalize(text.slice(0, SAMPLE));
  const latin = inScript(sample, /\p{Script=Latin}/gu);
  const arabic = inScript(sample, /\p{Script=Arabic}/gu);
  if (arabic > 0 && arabic >= latin) return 'ar';
  const cyrillic = inScript(sample, /\p{Script=Cyrillic}/gu);
  if (cyrillic > latin) return UZBEK_CYRILLIC.test(sample) || !offered.includes('ru') ? 'uz' : 'ru';
  if (inScript(sample, /\p{Script=Han}/gu) * 2 > latin) return 'zh';
  const said = sample.split(/[ ']/);
  const counts = Object.entries(SMALL_WORDS)
    .filter(([language]) => CORE.includes(language) || offered.includes(language))
    .map(([language, small]) => ({ language, count: said.filter((word) => small.has(word)).length }))
    .sort((a, b) => b.count - a.count);
  const [first, second] = counts;
  // One word of Arabizi alone could be any language's.
  if (!first || (first.language === 'ar' && first.count < 2)) return undefined;
  return first.count > (second?.count ?? 0) ? first.language : undefined;
}

/**
 * How a name sounds, so that محمد, Mohammed and Mohamad find each other. Arabic writes long vowels and no short ones,
 * Latin writes all and does not say which are long: a Latin word therefore sounds like each of the Arabic words it may
 * stand for, and meets other Latin words by its consonants and first vowel.
 */

import { normalize } from '../conversation/normalize.ts';

/** What an Arabic letter sounds like. A letter left out is not heard: ع and ء inside a word, signs of other scripts. */
const ARABIC: Readonly<Record<string, readonly string[]>> = {
  ب: ['B'],
  پ: ['B'],
  ت: ['T'],
  ط: ['T'],
  ث: ['T', 'S'],
  ج: ['J'],
  چ: ['J', 'C'],
  غ: ['J'],
  گ: ['J'],
  ح: ['H'],
  ه: ['H'],
  خ: ['X'],
  د: ['D'],
  ض: ['D'],
  ذ: ['D', 'Z'],
  ظ: ['D', 'Z'],
  ر: ['R'],
  ز: ['Z'],
  ژ: ['J'],
  س: ['S'],
  ص: ['S'],
  ش: ['C'],
  ف: ['F'],
  ڤ: ['F'],
  ق: ['K'],
  ك: ['K'],
  ل: ['L'],
  م: ['M'],
  ن: ['N'],
  ا: ['A'],
  و: ['U'],
  ي: ['I'],
  ئ: ['I'],
};

/** Latin letters and pairs that stand for one sound, the longest first; vowels are heard apart. */
const LATIN: readonly (readonly [string, readonly string[]])[] = [
  ['tch', ['C']],
  ['sch', ['C']],
  ['chr', ['KR']],
  ['ssh', ['C']],
  ['sh', ['C']],
  ['ch', ['C']],
  ['kh', ['X']],
  ['gh', ['J']],
  ['dj', ['J']],
  ['gu', ['J']],
  ['dh', ['D', 'Z']],
  ['th', ['T', 'S']],
  ['ph', ['F']],
  ['qu', ['K']],
  ['ck', ['K']],
  ['b', ['B']],
  ['p', ['B']],
  ['t', ['T']],
  ['j', ['J']],
  ['g', ['J']],
  ['h', ['H']],
  ['d', ['D']],
  ['r', ['R']],
  ['z', ['Z']],
  ['s', ['S']],
  ['f', ['F']],
  ['v', ['F']],
  ['q', ['K']],
  ['k', ['K']],
  ['c', ['K']],
  ['x', ['KS']],
  ['l', ['L']],
  ['m', ['M']],
  ['n', ['N']],
];

/** A word with more readings than this is no name that anybody searches for. */
const MOST = 24;

/** The sounds of one word: `arabic` what it is in Arabic letters, `latin` what other Latin spellings of it share. */
export type Sounds = { script: 'arabic' | 'latin'; arabic: string[]; latin: string[] };

const ARTICLES = new Set(['al', 'el', 'ال', 'il']);
const SERVANT = new Set(['abd', 'abdul', 'abdel', 'abdal', 'abdoul', 'abdou', 'abdu', 'عبد', 'عبدال']);
const ARABIC_LETTER = /\p{Script=Arabic}/u;

/**
 * The words of a name as people mean them: without the article, with عبد and what follows as one. Punctuation inside
 * a word (Sa'id) does not part it.
 */
export function nameParts(name: string): string[] {
  const tokens = keepFinalAlef(name)
    .split(' ')
    .filter((token) => token !== '' && !/^\d+$/.test(token));
  const parts: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    if (SERVANT.has(token)) {
      while (ARTICLES.has(tokens[i + 1] ?? '')) i += 1;
      const next = tokens[i + 1];
      if (next !== undefined) i += 1;
      parts.push(
        ARABIC_LETTER.test(token) ? `عبد${next ?? ''}` : `abd${next === undefined ? '' : `el${next}`}`,
      );
    } else if (!ARTICLES.has(token)) parts.push(token);
  }
  return parts;
}

/** Like `normalize`, but an ى stays one: it may be the ي of على or the alef of ليلى. */
function keepFinalAlef(name: string): string {
  return normalize(name.normalize('NFKC').replace(/ى/g, 'ى٠')).replace(/ي0/g, 'ى').replaceAll("'", '');
}

/** The sounds of one part of a name; nothing when it has no consonant to hear. */
export function soundsOf(part: string): Sounds {
  if (ARABIC_LETTER.test(part)) return { script: 'arabic', arabic: arabicSounds(part), latin: [] };
  const word = part.normalize('NFD').replace(/\p{Mn}/gu, '');
  return { script: 'latin', arabic: some(latinAsArabic(word)), latin: some(latinSounds(word)) };
}

function some(sounds: readonly string[]): string[] {
  return [...new Set(sounds)]
    .filter((sound) => sound.replace(/[AIU@]/g, '') !== '' || sound.length > 1)
    .slice(0, MOST);
}

const isServantOf = /^عبد(?=..)/u;

function arabicSounds(word: string): string[] {
  if (isServantOf.test(word)) {
    return some(arabicSounds(word.slice(3).replace(/^ال(?=.)/u, '')).map((sound) => `@${sound}`));
  }
  const whole = arabicWord(word);
  // الياس may be Elias or the article with a name: both are heard.
  return some(
    /^ال..../u.test(word) || /^ال...$/u.test(word) ? [...arabicWord(word.slice(2)), ...whole] : whole,
  );
}

function arabicWord(word: string): string[] {
  // A final ه is a vowel (فاطمة) or heard (نبيه); و in عمرو is silent; ا, اء and ى are the vowel that Latin drops too.
  const letters = Array.from(word.replace(/(?<=..)ء$/u, ''));
  let sounds = [''];
  letters.forEach((letter, i) => {
    const first = i === 0;
    const last = i === letters.length - 1 && i > 0;
    const before = letters[i - 1] ?? '';
    if (first && 'اعآ'.includes(letter)) sounds = ['A'];
    else if (letter === 'ا' && i === 1 && 'ع'.includes(before)) return;
    else if (last && (letter === 'ى' || (letter === 'ي' && mayBeAlef(letters))))
      sounds = withOrWithout(sounds, 'I');
    else if (last && (letter === 'ا' || letter === 'و')) return;
    else if (last && letter === 'ه') sounds = withOrWithout(sounds, 'H');
    else sounds = joined(sounds, ARABIC[letter] ?? []);
  });
  // Twice the same is one: Latin writes مكّي as Mekki and as Meki.
  return sounds.map(undouble);
}

function joined(sounds: readonly string[], next: readonly string[]): string[] {
  if (next.length === 0) return [...sounds];
  return sounds.flatMap((sound) => next.map((one) => sound + one)).slice(0, MOST);
}

function withOrWithout(sounds: readonly string[], last: string): string[] {
  return [...sounds, ...sounds.map((sound) => sound + last)];
}

/** Many write ليلي for ليلى; in هادي and علي it is an ي. */
function mayBeAlef(letters: readonly string[]): boolean {
  return letters.length > 3 && !letters.includes('ا');
}

function undouble(sound: string): string {
  return sound.replace(/([IU])\1/g, '$1');
}

type Heard = { vowel: string } | { consonant: readonly string[] };

/** A Latin word as runs of vowels and consonants. */
function hear(word: string): Heard[] {
  const heard: Heard[] = [];
  let rest = word.replace(/([^aeiou])\1+/g, '$1');
  while (rest !== '') {
    const vowel = /^(?:[aeiou]|y(?![aeiou])|w(?![aeiou])|y(?=[aeiou]))+/.exec(rest)?.[0];
    if (vowel !== undefined) {
      heard.push({ vowel });
      rest = rest.slice(vowel.length);
      continue;
    }
    if (rest.startsWith('w')) {
      heard.push({ vowel: 'w' });
      rest = rest.slice(1);
      continue;
    }
    if (/^c[eiy]/.test(rest)) {
      heard.push({ consonant: ['S'] });
      rest = rest.slice(1);
      continue;
    }
    const pair = LATIN.find(
      ([letters]) => rest.startsWith(letters) && !(letters === 'gu' && !/^gu[ei]/.test(rest)),
    );
    if (pair !== undefined) heard.push({ consonant: pair[1] });
    rest = rest.slice(pair?.[0].length ?? 1);
  }
  return heard;
}

/** Abdulrahman, Abderrahman, Abdel Rahman: what follows, with an l that may be its own. */
function servantOf(word: string): string[] | undefined {
  const rest = /^abd[aeiou]+(?=[^aeiou])(.{3,})$/.exec(word)?.[1];
  if (rest === undefined) return undefined;
  const plain = rest.replace(/^([^aeiou])\1/, '$1');
  return plain.startsWith('l') && plain.length > 3 ? [plain, plain.slice(1)] : [plain];
}

function withoutArticle(word: string): string | undefined {
  return /^(?:al|el)(?=[^aeiouy]{1}.{3})(.+)$/.exec(word)?.[1];
}

function latinAsArabic(word: string): string[] {
  const served = servantOf(word);
  if (served) return served.flatMap((rest) => latinAsArabic(rest)).map((sound) => `@${sound}`);
  const bare = withoutArticle(word);
  const whole = latinWord(word);
  return bare === undefined ? whole : [...latinWord(bare), ...whole];
}

function latinWord(word: string): string[] {
  return spellings(word)
    .flatMap((spelling) => latinSpelling(hear(spelling)))
    .map(undouble);
}

/** The h of Sarah and Fatmeh is the vowel before it, that of Saleh is heard; the s of Georges is not. */
function spellings(word: string): string[] {
  if (/.[aeiou]h$/.test(word)) return [word, word.slice(0, -1)];
  return /..ges$/.test(word) ? [word, word.slice(0, -1)] : [word];
}

function latinSpelling(parts: readonly Heard[]): string[] {
  let sounds = [''];
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    if ('consonant' in part) sounds = joined(sounds, part.consonant);
    else if (i === 0) sounds = joined(sounds, firstVowel(part.vowel, last));
    else sounds = joined(sounds, last ? lastVowel(part.vowel) : middleVowel(part.vowel, parts, i));
  });
  return sounds;
}

/** A vowel at the start is an alef or ain; a y or w there is a letter of its own. */
function firstVowel(run: string, mute: boolean): string[] {
  if (/^y/.test(run))
    return joined(['I'], run.length === 1 ? [''] : mute ? lastVowel(run.slice(1)) : vowels(run.slice(1)));
  if (/^w/.test(run)) return joined(['U'], run.length === 1 ? [''] : vowels(run.slice(1)));
  if (/^ou[aei]/.test(run)) return ['U', 'UA', 'UI', 'A'];
  // The first vowel of all is the alef itself; an i or u in it may be long after it: Issa is عيسى, Omar is عمر.
  const rest = /^[ao]+$/.test(run)
    ? ['']
    : /^a[iy]/.test(run)
      ? ['I']
      : /[iy]/.test(run) || run === 'e'
        ? ['', 'I']
        : /u/.test(run)
          ? ['', 'U']
          : [''];
  return rest.map((sound) => `A${sound}`);
}

function lastVowel(run: string): string[] {
  if (/^[aoue]+$/.test(run)) return run.length > 1 && /^[ou]+a/.test(run) ? ['U', ''] : [''];
  if (/^[iy]e*$|^ee$/.test(run)) return ['I'];
  if (/[iy]+[ao]/.test(run)) return ['I', 'IA'];
  if (/[iy]/.test(run)) return ['I', 'AI'];
  return [''];
}

function middleVowel(run: string, parts: readonly Heard[], i: number): string[] {
  // French -ine is a long i: Houcine, Yasmine.
  const after = parts[i + 2];
  const final = i + 2 === parts.length - 1 && after !== undefined && 'vowel' in after && after.vowel === 'e';
  if (run === 'i' && final) return ['I'];
  // Mahmoud is not محمد: ou before the last consonant is long.
  return run === 'ou' && i === parts.length - 2 ? ['U'] : vowels(run);
}

/** A run of vowels as the long vowels it may be in Arabic. */
function vowels(run: string): string[] {
  if (run === 'w') return ['U'];
  if (run === 'e') return [''];
  if (/^a+$/.test(run)) return ['', 'A'];
  if (run === 'i') return ['', 'I'];
  if (run === 'ou' || run === 'o' || run === 'u') return ['', 'U'];
  if (/^(?:ee|ie|ii|ei|ey|ai|ay|y|aee|aie|eei|eyi)$/.test(run))
    return /^(?:aee|ai|ie|y)$/.test(run) ? ['I', 'AI'] : ['I'];
  if (/^(?:oo|uu|au|aw|ow|eu)$/.test(run)) return run === 'au' || run === 'aw' ? ['U', 'AU'] : ['U'];
  if (run === 'ae') return ['A', 'AI', 'I', ''];
  // Several in a row: each i and y and w is a letter, each ou or u may be, each a may be.
  let sounds = [''];
  for (const [one] of run.matchAll(/ou|oo|ee|./g)) sounds = joined(sounds, runPart(one));
  return sounds;
}

function runPart(one: string): string[] {
  if (/^[iy]|ee/.test(one)) return ['I'];
  if (one === 'w') return ['U'];
  if (one === 'a') return ['', 'A'];
  if (one === 'e') return [''];
  return ['', 'U'];
}

/** What Latin spellings of one name share: consonants, the first vowel and the one before the last consonant. */
function latinSounds(word: string): string[] {
  const served = servantOf(word);
  if (served) return served.flatMap((rest) => latinSounds(rest)).map((sound) => `@${sound}`);
  const bare = withoutArticle(word);
  return [word, ...(bare === undefined ? [] : [bare])]
    .flatMap(spellings)
    .flatMap((one) => latinConsonants(hear(one)));
}

function latinConsonants(parts: readonly Heard[]): string[] {
  let sounds = [''];
  let first: string | undefined;
  let last: string | undefined;
  parts.forEach((part, i) => {
    if ('consonant' in part) {
      sounds = joined(sounds, part.consonant);
      return;
    }
    const glide = i === 0 ? (/^[yw]/.exec(part.vowel)?.[0] ?? 'A') : '';
    const run = 'yw'.includes(glide) ? part.vowel.slice(glide.length) : part.vowel;
    const final = i === parts.length - 1 && i > 0;
    // A final i is part of the name (Hadi is not Hada); other final vowels come and go.
    sounds = sounds.map((sound) => sound + glide.toUpperCase() + (final && /[iy]/.test(run) ? 'I' : ''));
    if (run !== '') first ??= run;
    if (i === parts.length - 2 || (i === parts.length - 3 && 'vowel' in (parts.at(-1) ?? {}))) last = run;
  });
  return joined(firstClass(first), joined(sounds, lastClass(last)));
}

function firstClass(vowel: string | undefined): string[] {
  if (vowel === undefined) return ['n'];
  if (vowel === 'e') return ['a', 'e', 'i'];
  if (/^[ou]/.test(vowel)) return ['u'];
  if (vowel !== 'ee' && /^[ae][iye]/.test(vowel)) return ['e'];
  return [vowel.startsWith('a') ? 'a' : 'i'];
}

/** An e may be any vowel there (Youssef, Yusuf), a short i may be left out (Fatima, Fatma). */
function lastClass(vowel: string | undefined): string[] {
  if (vowel === undefined || vowel === '') return ['n'];
  if (/[^e]e$|^e$/.test(vowel)) return ['a', 'i', 'u', 'n'];
  if (/[iy]$|ee$/.test(vowel)) return ['i', 'n'];
  return [vowel.endsWith('a') ? 'a' : 'u'];
}

/** Whether two parts of names sound alike. */
export function soundAlike(one: string, other: string): boolean {
  const [first, second] = [soundsOf(one), soundsOf(other)];
  const script = first.script === 'latin' && second.script === 'latin' ? 'latin' : 'arabic';
  return first[script].some((sound) => second[script].includes(sound));
}

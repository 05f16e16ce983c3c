/** Finds what a citizen wants in a text message, from lists of words; says nothing when it would have to guess. */
import { forms, isOneSlipAway, length, skeleton, tokenize } from './words.ts';
import type { Word } from './words.ts';

export type Intent =
  | 'danger'
  | 'stop'
  | 'start'
  | 'help'
  | 'menu'
  | 'language'
  | 'status'
  | 'payment'
  | 'complaint'
  | 'bribe'
  | 'appeal'
  | 'call'
  | 'update'
  | 'track'
  /** "Yes", "partly" or "no" to a question put to her, and no command (questions.ts). */
  | 'answer';

export type AnswerWord = 'yes' | 'partly' | 'no';

/** Words and phrases by the language they are in; `latin` is Arabic written with Latin letters. */
type WordsByLanguage = Record<string, string[]>;

/** The content of `locales/keywords.json`. Spelling is free: words are compared as `normalize` gives them. */
export type KeywordData = {
  /** Found as whole words in any message, and before everything else. */
  anywhere: Partial<Record<Intent, WordsByLanguage>>;
  /** Meant only when the message is nothing else: "stop the agent" is no opt-out. */
  alone: Partial<Record<Intent, WordsByLanguage>>;
  /** Commands: a message that opens with one means it; a short message may also hold it elsewhere. */
  opening: Partial<Record<Intent, WordsByLanguage>>;
  /** Words that also begin stories ("agent took my card"): meant only in a short message. */
  short: Partial<Record<Intent, WordsByLanguage>>;
  /** Found anywhere in a story: somebody of the programme is accused, so inspectors alone may read it. */
  accuses: WordsByLanguage;
  /** Behind a command in a sentence: no question, but something that went wrong ("my payment is missing"). */
  trouble: WordsByLanguage;
  /** Short answers to a question, meant only when the message is nothing else; some are commands where none is open. */
  answers: Record<AnswerWord, WordsByLanguage>;
  /** The names of a language, by its code; a message that is nothing else asks for it. */
  languages: Record<string, string[]>;
  /** Politeness: skipped before a command; a message that is nothing else gets help. */
  greeting: string[];
  /** What looks like a keyword and is none ("in touch", "no problem"). */
  ignore: string[];
  /** Begins a question about a date: "when is my payment?" is no complaint. */
  when: string[];
};

/** What a message asks for. */
export type IntentMatch = {
  intent: Intent;
  /** The original text without the keyword, e.g. `12345678` for `STATUS 12345678`; for danger the whole message. */
  rest: string;
  /** False when the keyword was misspelt or did not open the message: worth a confirmation. */
  exact: boolean;
  /** Only with `language`: the one asked for by name. */
  language?: string;
  /** What the message says to a question that is open. */
  answer?: AnswerWord;
  /** The language of a command that is nothing else: `ar` for Arabic in Latin letters. */
  saidIn?: string;
};

/** Up to this many words a message is read as a command with slips; beyond, as a sentence. */
const SHORT = 3;
/** Beyond this many words a message is a story: only the intents that take one are read from its first word. */
const LONG = 12;
/** What a question may ask about; a question that names anything else is told to people. */
const ASKED_ABOUT: ReadonlySet<Intent> = new Set(['status', 'payment', 'track']);
const TAKES_STORY: ReadonlySet<Intent> = new Set(['complaint', 'bribe', 'appeal']);
const FUZZY_LENGTH = 5;

type Phrase = { words: string[]; intent: Intent; shortOnly: boolean };
type Index = Map<string, Phrase[]>;

/** How many words a message has, as keywords are counted; punctuation and emoji are none. */
export function wordCount(text: string): number {
  return Math.ceil(length(tokenize(text)));
}

function split(keyword: string): string[] {
  return tokenize(keyword).map(({ text }) => text);
}

/** Read in every deployment: people write them wherever they are. A further language is read where it is offered. */
const EVERYWHERE: ReadonlySet<string> = new Set(['ar', 'en', 'fr', 'latin']);

/** The words of the languages that are read. */
type Reading = (byLanguage: WordsByLanguage) => string[];

const readingAll: Reading = (byLanguage) => Object.values(byLanguage).flat();

function readingOf(languages: readonly string[]): Reading {
  return (byLanguage) =>
    Object.entries(byLanguage).flatMap(([language, words]) =>
      EVERYWHERE.has(language) || languages.includes(language) ? words : [],
    );
}

function phrases(
  section: Partial<Record<Intent, WordsByLanguage>>,
  read: Reading,
  shortOnly = false,
): Phrase[] {
  return Object.entries(section).flatMap(([intent, byLanguage]) =>
    // STOP works in any language (dialogs.md D12).
    (intent === 'stop' ? readingAll : read)(byLanguage).map((keyword) => ({
      words: split(keyword),
      intent: intent as Intent,
      shortOnly,
    })),
  );
}

function indexOf(list: Phrase[]): Index {
  const index: Index = new Map();
  for (const phrase of list) {
    const [first = ''] = phrase.words;
    const bones = phrase.words.length === 1 ? skeleton(first) : undefined;
    for (const key of bones === undefined ? [first] : [first, bones]) {
      const entry = index.get(key) ?? [];
      if (
        !entry.some(
          ({ words }) => words.length === phrase.words.length && words.every((w, i) => w === phrase.words[i]),
        )
      )
        entry.push(phrase);
      index.set(key, entry);
    }
  }
  for (const entry of index.values()) entry.sort((a, b) => b.words.length - a.words.length);
  return index;
}

/** The longest phrase of the index that stands at this word. */
function phraseAt(
  index: Index,
  words: Word[],
  at: number,
  accept: (phrase: Phrase) => boolean,
): Phrase | undefined {
  for (const form of forms(words[at]?.text ?? '')) {
    for (const phrase of index.get(form) ?? []) {
      if (!accept(phrase)) continue;
      const stands = phrase.words.every((word, i) => {
        const other = words[at + i];
        return other !== undefined && !other.ignored && (i === 0 || other.text === word);
      });
      if (stands) return phrase;
    }
  }
  return undefined;
}

/**
 * Prepares the lists once; the function returned reads one message. It answers undefined for digits alone (a menu
 * choice, a complaint number), for an empty message, and whenever it would have to guess. `languages`: those the
 * deployment offers; all of them where none is named.
 */
export function compileKeywords(
  data: KeywordData,
  languages?: readonly string[],
): (text: string) => IntentMatch | undefined {
  const read = languages ? readingOf(languages) : readingAll;
  const anywhere = indexOf(phrases(data.anywhere, read));
  const commands = phrases(data.opening, read).concat(phrases(data.short, read, true));
  const opening = indexOf(commands);
  const alone = new Map(phrases(data.alone, read).map(({ words, intent }) => [words.join(' '), intent]));
  const languageOf = new Map(
    Object.entries(data.alone).flatMap(([intent, byLanguage]) =>
      // STOP and START are written by everybody: they show no language.
      Object.entries(byLanguage).flatMap(([code, said]) =>
        code === 'en' && (intent === 'stop' || intent === 'start')
          ? []
          : said.map((one) => [split(one).join(' '), code === 'latin' ? 'ar' : code] as const),
      ),
    ),
  );
  const answers = new Map(
    (Object.keys(data.answers) as AnswerWord[]).flatMap((answer) =>
      read(data.answers[answer]).map((said) => [split(said).join(' '), answer] as const),
    ),
  );
  const named = new Map(
    Object.entries(data.languages).flatMap(([code, names]) =>
      names.map((name) => [split(name).join(' '), code]),
    ),
  );
  // An index holds phrases; the intent of a greeting or an ignored phrase is never read.
  const plain = (list: string[]): Index =>
    indexOf(list.map((keyword) => ({ words: split(keyword), intent: 'help', shortOnly: false })));
  const greetings = plain(data.greeting);
  const ignored = plain(data.ignore);
  const whens = plain(data.when);
  const troubles = plain(read(data.trouble));
  const misspellable = new Map<string, Phrase[]>();
  for (const phrase of commands) {
    const [word = ''] = phrase.words;
    if (phrase.words.length > 1 || word.length < FUZZY_LENGTH) continue;
    misspellable.set(word.charAt(0), [...(misspellable.get(word.charAt(0)) ?? []), phrase]);
  }
  const any = (): boolean => true;

  function wholeMessage(words: Word[]): IntentMatch | undefined {
    const texts = words.map(({ text }) => text);
    // "STOP STOP" is a STOP in earnest.
    const message = texts.every((text) => text === texts[0]) ? (texts[0] ?? '') : texts.join(' ');
    const answer = answers.get(message);
    const intent = alone.get(message) ?? (answer && 'answer');
    const saidIn = languageOf.get(message);
    if (intent !== undefined)
      return { intent, rest: '', exact: true, ...(answer && { answer }), ...(saidIn && { saidIn }) };
    const language = named.get(message);
    return language === undefined ? undefined : { intent: 'language', rest: '', exact: true, language };
  }

  const isTrouble = (words: Word[]): boolean =>
    words.some((word, at) => !word.ignored && phraseAt(troubles, words, at, any) !== undefined);

  function inShort(words: Word[]): { phrase: Phrase; at: number; spelt: boolean } | undefined {
    let best: { phrase: Phrase; at: number; spelt: boolean } | undefined;
    words.forEach((word, at) => {
      const phrase = word.ignored ? undefined : phraseAt(opening, words, at, any);
      if (phrase && phrase.words.length > (best?.phrase.words.length ?? 0))
        best = { phrase, at, spelt: true };
    });
    return best ?? misspelt(words);
  }

  function misspelt(words: Word[]): { phrase: Phrase; at: number; spelt: boolean } | undefined {
    const found = words.flatMap((word, at) => {
      if (word.ignored || word.text.length < FUZZY_LENGTH || !/^\p{L}+$/u.test(word.text)) return [];
      const near = misspellable.get(word.text.charAt(0)) ?? [];
      return near
        .filter(({ words: [keyword = ''] }) => isOneSlipAway(word.text, keyword))
        .map((phrase) => ({ phrase, at, spelt: false }));
    });
    // Near two different intents is near none.
    return new Set(found.map(({ phrase }) => phrase.intent)).size === 1 ? found[0] : undefined;
  }

  /** A question of a few words more about one's own matter; one that also names a complaint is a complaint. */
  function inQuestion(text: string, words: Word[]): IntentMatch | undefined {
    const when = phraseAt(whens, words, 0, any);
    if (length(words) > LONG || (!when && !/[?؟]\s*$/u.test(text))) return undefined;
    const rest = words.slice(when?.words.length ?? 0);
    const named = rest.flatMap((word, at) => {
      const phrase = word.ignored ? undefined : phraseAt(opening, rest, at, any);
      return phrase ? [phrase] : [];
    });
    if (named.some(({ intent }) => !ASKED_ABOUT.has(intent))) return undefined;
    const about = new Set(named.filter(({ shortOnly }) => when ?? !shortOnly).map(({ intent }) => intent));
    const [intent] = about;
    return intent && about.size === 1 ? { intent, rest: '', exact: false } : undefined;
  }

  return (text) => {
    const all = tokenize(text);
    for (let at = 0; at < all.length; at++) {
      const harmless = phraseAt(ignored, all, at, any);
      if (harmless) for (const word of all.slice(at, at + harmless.words.length)) word.ignored = true;
    }
    for (let at = 0; at < all.length; at++) {
      const danger = phraseAt(anywhere, all, at, any);
      if (danger) return { intent: danger.intent, rest: text.trim(), exact: true };
    }
    if (all.length === 0) return undefined;

    const whole = wholeMessage(all);
    if (whole) return whole;

    let skip = 0;
    for (let polite; (polite = phraseAt(greetings, all, skip, any));) skip += polite.words.length;
    const words = all.slice(skip);
    if (words.length === 0) return { intent: 'help', rest: '', exact: true };

    if (length(words) > SHORT) {
      const isStory = length(words) > LONG;
      const accept = ({ shortOnly, intent }: Phrase): boolean =>
        !shortOnly && (!isStory || TAKES_STORY.has(intent));
      const phrase = phraseAt(opening, words, 0, accept);
      if (phrase && ASKED_ABOUT.has(phrase.intent) && isTrouble(words.slice(phrase.words.length)))
        return { intent: 'complaint', rest: text.trim(), exact: false };
      if (phrase) return { intent: phrase.intent, rest: restOf(text, words, 0, phrase), exact: true };
      return inQuestion(text, words);
    }
    const found = inShort(words);
    if (!found) return undefined;
    const { phrase, at, spelt } = found;
    return { intent: phrase.intent, rest: restOf(text, words, at, phrase), exact: spelt && at === 0 };
  };
}

/** Prepares the lists once; the function returned says whether a story accuses somebody of the programme. */
export function compileAccusations(
  data: KeywordData,
  languages?: readonly string[],
): (text: string) => boolean {
  const read = languages ? readingOf(languages) : readingAll;
  const said = [...read(data.accuses), ...read(data.opening.bribe ?? {})];
  const index = indexOf(said.map((one) => ({ words: split(one), intent: 'bribe', shortOnly: false })));
  return (text) => {
    const words = tokenize(text);
    return words.some((_word, at) => phraseAt(index, words, at, () => true) !== undefined);
  };
}

/** What follows the keyword, or the number before it ("48217739 status"), as it was written. */
function restOf(text: string, words: Word[], at: number, phrase: Phrase): string {
  const after = words[at + phrase.words.length];
  if (after) return text.slice(after.start).trim();
  const before = words.slice(0, at).filter(({ text: word }) => /^[0-9]+$/.test(word));
  return before.map(({ start, end }) => text.slice(start, end)).join(' ');
}

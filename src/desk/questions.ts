/** The questions an agent may draw to learn whether a caller is who they say: what is asked, and what is right. */
import { normalize, toLatinDigits } from '../conversation/normalize.ts';
import type { DeskCard, DeskMember } from '../registry/desk.ts';
import { nameParts, soundAlike } from '../registry/name-sounds.ts';
import { placeParts, type Place } from './places.ts';

export type Text = Readonly<Record<'ar' | 'en' | 'fr', string>>;

/** The file a question is about, and who says that it is theirs. */
export type Asked = { card: DeskCard; person: DeskMember; places: readonly Place[] };

type Question = {
  /** Read aloud. Says nothing of the answer, and never asks for a full name. */
  text: Text;
  /** How to judge what is said; undefined when the file does not tell. */
  judge(asked: Asked): ((said: string) => boolean) | undefined;
};

/** Payments that she has had in her hand. */
const RECEIVED = new Set(['collected', 'paid']);

const lastPaid = ({ card }: Asked) =>
  card.payments.find(({ status }) => RECEIVED.has(status.trim().toLowerCase()));
const family = ({ card }: Asked) => card.members.filter(({ alive, role }) => alive && role !== 'nominee');

/** By kind. Order means nothing: five are drawn by chance. */
const TABLE = {
  birth_year: {
    text: {
      ar: 'في أي سنة ولدتم؟',
      en: 'In which year were you born?',
      fr: 'En quelle année êtes-vous né(e) ?',
    },
    judge: ({ person }) => sameNumber(person.birth_year),
  },
  mother: {
    text: {
      ar: 'ما اسم والدتكم الأول؟',
      en: "What is your mother's first name?",
      fr: 'Quel est le prénom de votre mère ?',
    },
    judge: ({ person }) => sameName(person.mother),
  },
  members: {
    text: {
      ar: 'كم شخصا مسجلا في ملف أسرتكم؟',
      en: 'How many people are registered in your family file?',
      fr: 'Combien de personnes sont inscrites dans votre dossier familial ?',
    },
    judge: (asked) => sameNumber(family(asked).length),
  },
  area: {
    text: {
      ar: 'في أي منطقة أنتم مسجلون؟',
      en: 'In which district are you registered?',
      fr: 'Dans quel district êtes-vous inscrit(e) ?',
    },
    judge: ({ card: { area }, places }) => {
      const here = places.filter(
        (place) => area === place.area || area?.startsWith(`${place.area}-`) === true,
      );
      return here.length === 0 ? undefined : samePlace(here.flatMap(({ names }) => names));
    },
  },
  payment_month: {
    text: {
      ar: 'في أي شهر استلمتم آخر دفعة؟',
      en: 'In which month did you receive your last payment?',
      fr: 'Quel mois avez-vous reçu votre dernier paiement ?',
    },
    judge: (asked) => sameMonth(lastPaid(asked)?.statusDate ?? lastPaid(asked)?.on ?? null),
  },
  payment_place: {
    text: {
      ar: 'أين استلمتم آخر دفعة؟',
      en: 'Where did you collect your last payment?',
      fr: 'Où avez-vous retiré votre dernier paiement ?',
    },
    judge: (asked) => {
      const place = lastPaid(asked)?.place;
      return typeof place === 'string' ? samePlace([place, ...otherNames(place, asked.places)]) : undefined;
    },
  },
  document: {
    text: {
      ar: 'ما آخر أربعة أرقام من بطاقتكم؟',
      en: 'What are the last four digits of your document?',
      fr: "Quels sont les quatre derniers chiffres de votre pièce d'identité ?",
    },
    judge: ({ person }) => {
      const endings = person.documents.map(({ ending }) => ending);
      return endings.length === 0
        ? undefined
        : (said) => endings.includes(toLatinDigits(said).replace(/\s/g, ''));
    },
  },
  head: {
    text: {
      ar: 'ما الاسم الأول لرب الأسرة في الملف؟',
      en: 'What is the first name of the head of the family?',
      fr: 'Quel est le prénom du chef de famille ?',
    },
    judge: ({ card, person }) =>
      person.role === 'head'
        ? undefined
        : sameName(card.members.find(({ role }) => role === 'head')?.given_name),
  },
  head_birth_year: {
    text: {
      ar: 'في أي سنة ولد رب الأسرة؟',
      en: 'In which year was the head of the family born?',
      fr: 'En quelle année est né(e) le chef de famille ?',
    },
    judge: ({ card, person }) =>
      person.role === 'head'
        ? undefined
        : sameNumber(card.members.find(({ role }) => role === 'head')?.birth_year),
  },
  youngest: {
    text: {
      ar: 'ما الاسم الأول لأصغر فرد في الأسرة؟',
      en: 'What is the first name of the youngest member of the family?',
      fr: 'Quel est le prénom du plus jeune membre de la famille ?',
    },
    judge: (asked) => {
      const youngest = byAge(asked).at(-1);
      return youngest && youngest.person !== asked.person.person ? sameName(youngest.given_name) : undefined;
    },
  },
  youngest_birth_year: {
    text: {
      ar: 'في أي سنة ولد أصغر فرد في الأسرة؟',
      en: 'In which year was the youngest member of the family born?',
      fr: 'En quelle année est né le plus jeune membre de la famille ?',
    },
    judge: (asked) => {
      const youngest = byAge(asked).at(-1);
      return youngest && youngest.person !== asked.person.person
        ? sameNumber(youngest.birth_year)
        : undefined;
    },
  },
  since: {
    text: {
      ar: 'في أي سنة بدأت مساعدتكم؟',
      en: 'In which year did your aid begin?',
      fr: 'En quelle année votre aide a-t-elle commencé ?',
    },
    judge: ({ card }) => {
      const years = card.enrolments.flatMap(({ since }) =>
        since === null ? [] : [Number(since.slice(0, 4))],
      );
      return years.length === 0 ? undefined : sameNumber(Math.min(...years));
    },
  },
} as const satisfies Record<string, Question>;

export type QuestionKind = keyof typeof TABLE;

export function textOf(kind: QuestionKind): Text {
  return TABLE[kind].text;
}

/** The kinds of questions that this file can judge. */
export function askable(asked: Asked): QuestionKind[] {
  return (Object.keys(TABLE) as QuestionKind[]).filter((kind) => TABLE[kind].judge(asked) !== undefined);
}

/** Whether what was said is right. A file that no longer tells makes no answer right. */
export function isRight(kind: QuestionKind, asked: Asked, said: string): boolean {
  return TABLE[kind].judge(asked)?.(said) ?? false;
}

/** Those of one age would make two answers right: then neither is asked for. */
function byAge(asked: Asked): DeskMember[] {
  const members = family(asked);
  if (members.some(({ birth_year }) => birth_year === null)) return [];
  const sorted = members.toSorted((one, other) => (one.birth_year ?? 0) - (other.birth_year ?? 0));
  return sorted.at(-1)?.birth_year === sorted.at(-2)?.birth_year ? [] : sorted;
}

function sameNumber(right: number | null | undefined): ((said: string) => boolean) | undefined {
  if (right === null || right === undefined) return undefined;
  return (said) => toLatinDigits(said).trim() === String(right);
}

/** The first name: one name is said, in either script. A list of guesses is no answer. */
function sameName(right: string | null | undefined): ((said: string) => boolean) | undefined {
  const [first] = nameParts(right ?? '');
  if (first === undefined) return undefined;
  return (said) => {
    const parts = nameParts(said);
    return parts.length > 0 && parts.length <= 2 && soundAlike(parts[0] ?? '', first);
  };
}

/** What a place is called in the other languages, where the profile knows it. */
function otherNames(place: string, places: readonly Place[]): string[] {
  const spoken = placeParts(place).join(' ');
  const same = places.filter(({ names }) => names.some((name) => placeParts(name).join(' ') === spoken));
  return same.flatMap(({ names }) => names);
}

/** Half of the words that make a place this one, or more; undefined for a place like any other, such as a post office. */
function samePlace(places: readonly string[]): ((said: string) => boolean) | undefined {
  const named = places.map(placeParts).filter((words) => words.length > 0);
  if (named.length === 0) return undefined;
  return (said) => {
    const heard = placeParts(said);
    return named.some((words) => {
      const right = words.filter((word) => heard.some((one) => soundAlike(one, word)));
      return heard.length <= words.length + 1 && right.length * 2 >= words.length;
    });
  };
}

const MONTHS = new Map<string, number>();
for (const locale of ['en', 'fr', 'ar', 'ar-LB', 'ar-MA', 'ar-DZ', 'ar-EG']) {
  for (const style of ['long', 'short'] as const) {
    const format = new Intl.DateTimeFormat(locale, { month: style, timeZone: 'UTC' });
    for (let month = 0; month < 12; month++)
      MONTHS.set(normalize(format.format(Date.UTC(2026, month, 15))), month + 1);
  }
}

/** A month by name or number, with or without its year, which must then be right too. */
function sameMonth(right: string | null): ((said: string) => boolean) | undefined {
  if (right === null) return undefined;
  const [year, month] = [Number(right.slice(0, 4)), Number(right.slice(5, 7))];
  return (said) => {
    const words = normalize(said).split(' ');
    const years = words.filter((word) => /^\d{4}$/.test(word)).map(Number);
    const name = words.filter((word) => !/^\d{4}$/.test(word)).join(' ');
    const told = MONTHS.get(name) ?? (/^\d{1,2}$/.test(name) ? Number(name) : undefined);
    return told === month && years.every((one) => one === year);
  };
}

/** How each language is written: its letters in a message, its numbers and dates, and the words that name the hotline. */

export type LanguageStyle = {
  /**
   * `gsm7`: every text leaves in GSM-7 letters. `names`: spelled in full, but names that other people wrote (a place, a
   * partner) give up their accents where that alone keeps the text in GSM-7. `full`: always as it stands.
   */
  letters: 'gsm7' | 'names' | 'full';
  /** `/`: 31/12/2026, `.`: 31.12.2026, `-`: 2026-12-31. */
  date: '/' | '.' | '-';
  /** Between thousands and before cents: who reads 1.250 as a thousand reads 1,250 as one and a quarter. */
  thousands: string;
  decimal: string;
  /** "or call {{hot}}" after "dial {{code}}": left out while no voice line is up (dialogs.md §2). */
  orHotline: RegExp;
  /** "from {{hot}}": left out then, since the call comes from another number, and never from a service code. */
  fromHotline: RegExp;
};

const ENGLISH: LanguageStyle = {
  letters: 'gsm7',
  date: '/',
  thousands: ',',
  decimal: '.',
  orHotline: /,?\s+or(?: call)?\s+\{\{hot\}\}/u,
  fromHotline: /\s+from\s+\{\{hot\}\}/u,
};

const STYLES: Readonly<Record<string, LanguageStyle>> = {
  en: ENGLISH,
  fr: {
    ...ENGLISH,
    orHotline: /,?\s+ou(?: appelez)?(?: le)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+depuis le\s+\{\{hot\}\}/u,
  },
  // Commas survive the bidi algorithm; spaces do not.
  ar: {
    ...ENGLISH,
    letters: 'full',
    orHotline: /[,،]?\s+أو(?: اتصلوا)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+من\s+\{\{hot\}\}/u,
  },
  pt: {
    letters: 'names',
    date: '/',
    thousands: '.',
    decimal: ',',
    orHotline: /,?\s+ou(?: ligue)?(?: para)?(?: o)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+pelo\s+\{\{hot\}\}/u,
  },
  es: {
    letters: 'names',
    date: '/',
    thousands: '.',
    decimal: ',',
    orHotline: /,?\s+o(?: llame)?(?: al)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+desde el\s+\{\{hot\}\}/u,
  },
  tr: {
    letters: 'names',
    date: '.',
    thousands: '.',
    decimal: ',',
    orHotline: /,?\s+veya\s+\{\{hot\}\}/u,
    fromHotline: /\s+\{\{hot\}\} numarasından/u,
  },
  id: {
    letters: 'gsm7',
    date: '/',
    thousands: '.',
    decimal: ',',
    orHotline: /,?\s+atau(?: telepon)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+dari\s+\{\{hot\}\}/u,
  },
  uz: {
    letters: 'gsm7',
    date: '.',
    thousands: ' ',
    decimal: ',',
    orHotline: /,?\s+yoki\s+\{\{hot\}\}/u,
    fromHotline: /\s+\{\{hot\}\} raqamidan/u,
  },
  ru: {
    letters: 'full',
    date: '.',
    thousands: '\u00a0',
    decimal: ',',
    orHotline: /,?\s+или(?: звоните)?\s+\{\{hot\}\}/u,
    fromHotline: /\s+с номера\s+\{\{hot\}\}/u,
  },
  zh: {
    letters: 'full',
    date: '-',
    thousands: ',',
    decimal: '.',
    orHotline: /，?或(?:拨打)?\{\{hot\}\}/u,
    fromHotline: /用\{\{hot\}\}/u,
  },
};

/** The style of a language; one that is not listed is spelled in full, with the numbers and dates of English. */
export function styleOf(language: string): LanguageStyle {
  return STYLES[language] ?? { ...ENGLISH, letters: 'names' };
}

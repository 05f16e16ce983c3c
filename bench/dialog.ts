/** What a caller does with a screen: she reads it, in her language, and presses the key that leads to her payment. */
import { readFileSync } from 'node:fs';
import { toLatinDigits } from '../src/conversation/normalize.ts';
import type { Caller, Language } from './callers.ts';

/** Somebody got a screen that she must not get: a wrong one, none, or another person's. */
export class WrongAnswer extends Error {}

const PICK: Record<Language, string> = { ar: '1', en: '2', fr: '3' };

type Texts = Record<string, string>;

const texts: Record<Language, Texts> = { ar: read('ar'), en: read('en'), fr: read('fr') };

function read(language: Language): Texts {
  return JSON.parse(readFileSync(new URL(`../locales/${language}.json`, import.meta.url), 'utf8')) as Texts;
}

/** The text of a screen as the catalogue has it; for the servers that are compared with Wasl. */
export function textOf(language: Language, key: string): string {
  const text = texts[language][key];
  if (text === undefined) throw new Error(`locales/${language}.json has no ${key}`);
  return text;
}

/**
 * The next key after those `pressed`; undefined when she has what she called for and hangs up. Throws WrongAnswer for a reply that is no
 * screen of this walk, and for an amount that is not hers.
 */
export function press(reply: string, caller: Caller, pressed: readonly string[]): string | undefined {
  if (!/^(CON|END) ./s.test(reply)) throw new WrongAnswer('a reply that begins with neither CON nor END');
  const { language, amount } = caller;
  const shows = (key: string) => reply.includes(textOf(language, key));
  if (isLanguageChoice(reply)) return PICK[language];
  if (shows('entry.resume')) return '2';
  if (shows('pay.menu.where')) return '1';
  if (shows('entry.menu.information') && shows('entry.menu.complaint'))
    return amount === null ? undefined : '2';
  if (shows('id.last4')) return caller.last4;
  if (shows('id.yob')) return caller.year;
  if (amount !== null && amountIn(reply) === amount) return undefined;
  throw new WrongAnswer(
    `not a screen of this walk in ${language}, after ${pressed.join('*')}: ${JSON.stringify(reply)}`,
  );
}

function isLanguageChoice(reply: string): boolean {
  return reply.includes(textOf('ar', 'lang.pick.ar')) && reply.includes(textOf('fr', 'lang.pick.fr'));
}

/** The sum of money in a text, whatever digits and grouping it is written in. */
function amountIn(reply: string): number | undefined {
  const [, digits] = /(\d{1,3}(?:,\d{3})*|\d+)(?:\.\d+)?\s*(?:USD|\$|دولار)/.exec(toLatinDigits(reply)) ?? [];
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''));
}

/** What everybody presses where the answer is always the same text. */
export const BLIND_KEYS: readonly string[] = ['2', '2', '1', '0427', '1980'];

/** The small values a profile is made of, each with the limit that keeps the longest screens within one page. */
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { evaluateAmount } from './amount.ts';

/** A word per language code. After loading, every offered language has one. */
export type Text = Readonly<Record<string, string>>;

export const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language code such as ar or pt-BR');

/** Scripts other than Latin are sent as UCS-2, where a screen holds 70 units instead of 160. */
const BEYOND_LATIN = /[^\u0000-\u024f]/;

/** A text per language, with the room it has in Latin letters and in other scripts. */
export function words(
  latin: number,
  other: number,
): z.ZodType<Record<string, string>, Record<string, string>> {
  return z
    .record(language, z.string().trim().min(1, 'must not be empty'))
    .refine((text) => Object.keys(text).length > 0, 'must have at least one language')
    .superRefine((text, context) => {
      for (const [code, word] of Object.entries(text)) {
        const beyond = BEYOND_LATIN.test(word);
        const room = beyond ? other : latin;
        if (word.length > room) {
          const script = beyond ? 'Arabic and other non-Latin scripts' : 'Latin letters';
          const message = `"${word}" has ${word.length} characters; at most ${room} in ${script} fit on a screen`;
          context.addIssue({ code: 'custom', path: [code], message });
        }
      }
    });
}

/** An id or the name of a unit: shown in the console and matched, never translated. */
export const word = z
  .string()
  .regex(/^[\p{L}\d][\p{L}\d _.-]{0,39}$/u, 'must be a name of at most 40 letters, digits, _ or -');

export const programmeCode = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,19}$/, 'must be a code of at most 20 letters, digits, _ or -');

/** Digits only: spaces and hyphens are shown in the wrong order inside Arabic text. */
export const phoneDigits = z
  .string('must stand in quotes')
  .regex(/^\d{2,10}$/, 'must be 2 to 10 digits without spaces: longer numbers do not fit on a screen');

export const time = z
  .string('must be a time such as "08:00"')
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
export const date = z.iso.date('must be a date such as 2026-12-25');

/** Opening hours: both ends on the same day. */
export const openingHours = z
  .tuple([time, time], 'must be two times such as ["08:00", "16:00"]')
  .refine(([from, until]) => from < until, 'must start before they end');

export const timeZone = z
  .string()
  .refine((name) => IANAZone.isValidZone(name), 'must be an IANA time zone such as Asia/Beirut');

export const currency = z
  .string()
  .refine(
    (code) => Intl.supportedValuesOf('currency').includes(code),
    'must be an ISO 4217 code such as USD',
  );

export const amountFormula = z
  .union([z.string(), z.number().nonnegative().transform(String)], 'must be a number or a formula in quotes')
  .superRefine((formula, context) => {
    try {
      evaluateAmount(formula, { members: 1 });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue({ code: 'custom', message: `is not an amount formula: ${error.message}` });
    }
  });

export const whole = (least: number, most: number): z.ZodNumber =>
  z
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

/** An amount of money as a decimal string: it never passes through a float. */
export const money = z
  .union([z.string(), z.number().nonnegative().transform(String)], 'must be an amount such as 540 or "2.70"')
  .refine((amount) => /^\d{1,12}(\.\d{1,3})?$/.test(amount), 'must be an amount such as 540 or "2.70"');

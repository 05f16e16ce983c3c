/** Turns a phone number as a provider or a person writes it into E.164. */
import parse, { getCountries, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/min';
import type { CountryCode } from 'libphonenumber-js/min';

/** Spaces and marks people put between digits, and the invisible marks that come along when Arabic text is copied. */
const separators = /[\s().\-/\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/**
 * E.164 (`+96170000001`), or undefined when `raw` is no phone number. Accepts a missing `+`, `00`, Arabic-Indic digits
 * and, with `defaultCountry` (ISO 3166 alpha-2), national numbers. A leading space is a `+` that somebody forgot to
 * percent-encode: it is restored only if nothing but digits follows. A number of 8 to 15 digits with a known country
 * code passes even if libphonenumber does not know it, because its metadata lags behind numbering plans.
 */
export function parsePhone(raw: string, defaultCountry?: string): string | undefined {
  const text = asciiDigits(raw);
  const lostPlus = /^ +[1-9]\d*$/.test(text);
  if (text.startsWith(' ') && !lostPlus && !/^ +[+0]/.test(text)) return undefined;

  const compact = text.replace(separators, '');
  if (!/^\+?\d{5,17}$/.test(compact)) return undefined;
  const digits = compact.replace(/^(\+|00)/, '');
  if (lostPlus || digits !== compact) return international(digits);

  const country = toCountry(defaultCountry);
  return (
    knownInternational(digits) ??
    national(digits, country) ??
    (digits.startsWith('0') ? undefined : possible(digits))
  );
}

function international(digits: string): string | undefined {
  const known = knownInternational(digits);
  if (known !== undefined) return known;
  return /^[1-9]\d{7,14}$/.test(digits) && hasCountryCode(digits) ? `+${digits}` : undefined;
}

function knownInternational(digits: string): string | undefined {
  const phone = parse(`+${digits}`, { extract: false });
  return phone?.isValid() === true ? phone.number : undefined;
}

function national(digits: string, country: CountryCode | undefined): string | undefined {
  if (country === undefined) return undefined;
  const phone = parse(digits, { defaultCountry: country, extract: false });
  return phone?.isPossible() === true ? phone.number : undefined;
}

/** Without a `+` the length must fit its country's plan: eight digits could be anything. */
function possible(digits: string): string | undefined {
  const phone = parse(`+${digits}`, { extract: false });
  return phone?.isPossible() === true && /^[1-9]\d{7,14}$/.test(digits) ? phone.number : undefined;
}

function toCountry(name: string | undefined): CountryCode | undefined {
  return name !== undefined && isSupportedCountry(name) ? name : undefined;
}

function asciiDigits(text: string): string {
  return text
    .replaceAll('＋', '+')
    .replace(/[\u0660-\u0669]/gu, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06f0-\u06f9]/gu, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\uff10-\uff19]/gu, (digit) => String(digit.charCodeAt(0) - 0xff10));
}

const callingCodes = new Set<string>(getCountries().map((country) => getCountryCallingCode(country)));

function hasCountryCode(digits: string): boolean {
  return [1, 2, 3].some((length) => callingCodes.has(digits.slice(0, length)));
}

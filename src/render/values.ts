/** The values that texts name: one placeholder, one kind of value, one way to write it in each language. */
import type { Facts, Slots } from '../conversation/dialog.ts';
import type { Profile } from '../profiles/profile.ts';
import { styleOf } from './languages.ts';

export type Values = { slots?: Slots; facts?: Facts };

type Writing = {
  language: string;
  profile: Profile;
  text: (language: string, key: string, values: Values) => string;
};

/** U+200E keeps `*1747#` and `+961…` readable in a right-to-left line (dialogs.md §2). */
const LRM = '\u200e';

/** The placeholders that a profile fills, the same for everybody. */
export function profileValues(
  profile: Profile,
  language: string,
  hotlineUp: boolean,
): Record<string, string> {
  const code = language === 'ar' ? `${LRM}${profile.channels.ussd.code}${LRM}` : profile.channels.ussd.code;
  const svc = profile.service_name[language] ?? '';
  const { sender, two_way } = profile.channels.sms;
  return {
    svc,
    code,
    hot: hotlineUp ? profile.hotline.number : code,
    hot2: profile.hotline.danger,
    chl: profile.hotline.child,
    sender: sender ?? two_way ?? (hotlineUp ? profile.hotline.number : svc),
  };
}

/** The value of a placeholder for one person, written in her language; undefined when nobody gave it. */
export function valueOf(
  name: string,
  { facts = {}, slots = {} }: Values,
  writing: Writing,
): string | undefined {
  const value = facts[name] ?? slots[name];
  const { language, profile, text } = writing;
  switch (name) {
    case 'd':
    case 'd2':
      return typeof value === 'string' ? writeDate(value, language) : undefined;
    case 'dd':
      return typeof facts['d'] === 'string' ? writeDay(facts['d'], language) : undefined;
    case 'amt':
      return isMoney(value) ? writePay(value, writing) : typeof value === 'string' ? value : undefined;
    case 'prog':
    case 'newprog':
    case 'alt':
      return typeof value === 'string' ? (profile.programmes[value]?.name[language] ?? value) : undefined;
    case 'crit':
      return (
        profile.programmes[String(facts['prog'])]?.criteria?.[language] ?? text(language, 'crit.other', {})
      );
    case 'place':
      return writePlace(value, writing);
    case 'h1':
      return typeof value === 'string' ? value : profile.calendar.hours[0];
    case 'h2':
      return typeof value === 'string' ? value : profile.calendar.hours[1];
    case 'st':
      return typeof value === 'string' ? writeStatus(value, facts, writing) : undefined;
    case 'gs':
      return typeof value === 'string' ? text(language, `gs.${value}`, {}) : undefined;
    case 'cat':
      return slots['matter'] === undefined ? undefined : text(language, `cat.${slots['matter']}`, {});
    case 'why':
    case 'doc':
    case 'need':
      return written(name, value, writing);
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }
}

/** How her file stands; of what lasts for some months only, in which of them she is (facts `month`, `months`). */
function writeStatus(status: string, { month, months }: Facts, { language, text }: Writing): string {
  const st = text(language, `st.${status}`, {});
  if (typeof month !== 'number' || typeof months !== 'number') return st;
  return text(language, 'st.month', { facts: { out: st, n: month, n2: months } });
}

/** A code of the registry in plain words; a code without words is left to a person to explain. */
function written(kind: string, value: unknown, { language, text }: Writing): string {
  try {
    return text(language, `${kind}.${String(value)}`, {});
  } catch {
    return text(language, `${kind}.other`, {});
  }
}

/** `2026-12-31` -> `31/12/2026`, the one date form that no handset turns around, or with the points of the language. */
function writeDate(iso: string, language: string): string {
  const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-');
  const { date } = styleOf(language);
  return date === '-' ? [year, month, day].join(date) : [day, month, year].join(date);
}

/** The date without its year. */
function writeDay(iso: string, language: string): string {
  const written = writeDate(iso, language);
  return styleOf(language).date === '-' ? written.slice(5) : written.slice(0, 5);
}

/** What it is paid for: `days` where a programme pays by the day, `children` where it is the sum of what each brings. */
type Money = { amount: string; currency: string; days?: number; children?: number };

function writePay(money: Money, writing: Writing): string {
  const amt = writeMoney(money, writing);
  const { days, children } = money;
  if (days !== undefined) return writing.text(writing.language, 'amt.days', { facts: { amt, n: days } });
  if (children === undefined) return amt;
  return writing.text(writing.language, 'amt.children', { facts: { amt, n: children } });
}

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
}

/** `1250000.00 IQD` -> `1,250,000 IQD`, in Turkish `1.250.000 IQD`; no cents where there are none. */
function writeMoney({ amount, currency }: Money, { language, text }: Writing): string {
  const { thousands, decimal } = styleOf(language);
  const [whole = '0', cents = ''] = amount.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/gu, thousands);
  const fraction = /[1-9]/.test(cents) ? `${decimal}${cents.padEnd(2, '0')}` : '';
  return `${grouped}${fraction} ${currencyName(currency, language, text)}`;
}

function currencyName(currency: string, language: string, text: Writing['text']): string {
  try {
    return text(language, `currency.${currency}`, {});
  } catch {
    return currency;
  }
}

/** A pay point or office: its name by language; one that the profile does not know as the payment file wrote it. */
function writePlace(value: unknown, { language, profile }: Writing): string | undefined {
  if (typeof value === 'string' && value !== '') {
    const known = [profile.place, ...profile.offices.map(({ name }) => name)];
    return known.find((names) => Object.values(names).includes(value))?.[language] ?? value;
  }
  if (typeof value === 'object' && value !== null) {
    const names = value as Record<string, string>;
    return names[language] ?? Object.values(names)[0];
  }
  return profile.place[language];
}

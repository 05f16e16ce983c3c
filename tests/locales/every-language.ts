/** A deployment that offers every language there is a file for, with the longest values the copy is written for. */
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import type { Facts } from '../../src/conversation/dialog.ts';

export const locales = readLocales();
export const languages = Object.keys(locales).sort();

/** What the profile and other people write, in scripts that need their own room; Latin for the rest (dialogs.md, head). */
const LATIN = { svc: 'Assistance', place: 'Main post office X', org: 'Red Crescent', prog: 'School top-up' };
const NAMES: Readonly<Record<string, typeof LATIN>> = {
  ar: { svc: 'المساعدة', place: 'مكتب البريد', org: 'الهلال الأحمر', prog: 'منحة مدرسية' },
  ru: { svc: 'Поддержка', place: 'Главная почта', org: 'Красный Крест', prog: 'Школьная помощь' },
  zh: { svc: '民政救助', place: '中心邮局', org: '红十字会', prog: '教育补助' },
};

export const namesIn = (language: string): typeof LATIN => NAMES[language] ?? LATIN;

const inEvery = (name: keyof typeof LATIN) =>
  Object.fromEntries(languages.map((language) => [language, namesIn(language)[name]]));

const demo = loadProfile('demo', profilesDir);

export const everyLanguage: Profile = {
  ...demo,
  languages: { default: 'en', offered: languages },
  service_name: inEvery('svc'),
  place: inEvery('place'),
  offices: [],
  programmes: Object.fromEntries(
    Object.entries(demo.programmes).map(([code, programme]) => [
      code,
      { ...programme, name: inEvery('prog'), criteria: null },
    ]),
  ),
  channels: {
    ...demo.channels,
    ussd: { ...demo.channels.ussd, code: '*134*550#' },
    sms: { two_way: null, sender: 'MOSA-DAEM' },
  },
  // Its number occurs in nothing else, unlike 1747 in *384*1747#.
  hotline: { ...demo.hotline, number: '0800555777' },
};

/** Something for every placeholder of every text. */
export function factsIn(language: string): Facts {
  const { place, org } = namesIn(language);
  return {
    amt: { amount: '1250000.00', currency: 'IQD' },
    d: '2026-12-31',
    d2: '2027-01-31',
    n: 2,
    ref: '48217735',
    ref2: '48217743',
    prog: 'SCHOOL',
    newprog: 'SCHOOL',
    alt: 'SCHOOL',
    st: 'posted',
    gs: 'new',
    why: 'income',
    doc: 'family_record',
    need: 'papers',
    out: 'OK',
    place,
    org,
  };
}

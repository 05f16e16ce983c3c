/** What a complaint can be about: one table from menu choice to code, deadline, secrecy and route. */
import type { Sla } from './calendar.ts';

/** From everybody in the back office to a named role only. A profile may move a category up, never down. */
export const SENSITIVITIES = ['open', 'restricted', 'sensitive'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export type Category = {
  readonly code: string;
  /** The ids of the menu choices that lead here; a choice leads to one category only. */
  readonly choices: readonly string[];
  /** When the answer is due; null: no clock (private matters are led by the survivor). */
  readonly sla: Sla | null;
  /** Working days until somebody must have looked at it. */
  readonly triage_working_days: number | null;
  /** Hours until a trained person must have called. */
  readonly contact_hours: number | null;
  readonly sensitivity: Sensitivity;
  /** The unit whose queue it enters. */
  readonly route: string;
  /** May be lodged without a name. */
  readonly anonymous: boolean;
  /** The person who lodged it is told the outcome (not so for reports about another person). */
  readonly feedback: boolean;
};

/** What a profile may say about a category; anything left out comes from the default table. */
export type CategoryChange = {
  choices?: string[] | undefined;
  sla_working_days?: number | undefined;
  sla_days?: number | undefined;
  triage_working_days?: number | undefined;
  contact_hours?: number | undefined;
  sensitivity?: Sensitivity | undefined;
  route?: string | undefined;
  anonymous?: true | undefined;
  feedback?: boolean | undefined;
};

const PLAIN: Category = {
  code: '',
  choices: [],
  sla: { days: 10, count: 'working' },
  triage_working_days: null,
  contact_hours: null,
  sensitivity: 'open',
  route: 'operations',
  anonymous: true,
  feedback: true,
};

const working = (days: number): Sla => ({ days, count: 'working' });
const SECRET = {
  sensitivity: 'restricted',
  triage_working_days: 2,
  sla: working(15),
  route: 'inspection',
} as const;

/** The deadlines are proposals: no ministry's service standard is published, each profile confirms its own. */
export const DEFAULT_CATEGORIES: readonly Category[] = [
  { ...PLAIN, code: 'PAY-NR', choices: ['notreceived'], route: 'payments' },
  { ...PLAIN, code: 'PAY-LESS', choices: ['lessmoney'], route: 'payments' },
  { ...PLAIN, ...SECRET, code: 'PAY-FEE', choices: ['feeasked'] },
  { ...PLAIN, code: 'PAY-CARD', choices: ['card', 'lostcard'], sla: working(3), route: 'psp_desk' },
  { ...PLAIN, code: 'PAY-ACCESS', choices: ['couldnotgo'], sla: working(5), route: 'outreach' },
  { ...PLAIN, code: 'ELG-LIST', choices: ['notonlist'], sla: working(15), route: 'registry' },
  { ...PLAIN, code: 'ELG-WAIT', choices: ['noanswer'], sla: working(5), route: 'registry' },
  {
    ...PLAIN,
    code: 'ELG-APL',
    choices: ['refused'],
    sla: { days: 30, count: 'calendar' },
    route: 'appeals',
    // An appeal is against a decision on one file: without the file there is nothing to decide again.
    anonymous: false,
  },
  { ...PLAIN, code: 'ELG-STOP', choices: ['stopped'], sla: working(5), route: 'registry' },
  { ...PLAIN, code: 'ELG-REG', choices: ['notregistered'], sla: working(5), route: 'registry' },
  { ...PLAIN, code: 'DAT', choices: ['wrongdetails'], route: 'registry' },
  // Someone alive whose aid stops because a list says she died: two days, not ten.
  { ...PLAIN, code: 'DAT-DEAD', choices: ['recordeddead'], sla: working(2), route: 'registry' },
  { ...PLAIN, ...SECRET, code: 'STF', choices: ['bribe', 'rude', 'papers'] },
  { ...PLAIN, code: 'SRV', choices: ['office', 'charged'] },
  {
    ...PLAIN,
    code: 'FRD',
    choices: ['cheating'],
    sla: { days: 30, count: 'calendar' },
    sensitivity: 'restricted',
    route: 'audit',
    feedback: false,
  },
  {
    ...PLAIN,
    code: 'SEN',
    choices: ['private', 'favour'],
    sla: null,
    contact_hours: 24,
    sensitivity: 'sensitive',
    route: 'protection',
  },
  { ...PLAIN, code: 'SUG', choices: ['thanks'], sla: working(5) },
  // Written in the citizen's own words; an agent gives it its category.
  { ...PLAIN, code: 'OTH', choices: ['freetext'], triage_working_days: 1 },
];

/**
 * Routes of the profile that hold for a whole family. What accuses staff follows the staff route even when it is about
 * a payment, and an appeal never goes back to the unit that decided: both are kept out of their family's route.
 */
const FAMILY: Readonly<Record<string, string>> = {
  'PAY-NR': 'PAY',
  'PAY-LESS': 'PAY',
  'PAY-CARD': 'PAY',
  'PAY-ACCESS': 'PAY',
  'PAY-FEE': 'STF',
  'ELG-LIST': 'ELG',
  'ELG-WAIT': 'ELG',
  'ELG-STOP': 'ELG',
  'ELG-REG': 'ELG',
  'DAT-DEAD': 'DAT',
};

/** Everything a profile's `routing` may name beside its programmes. */
export function routingNames(codes: readonly string[]): Set<string> {
  return new Set([...codes, ...Object.values(FAMILY)]);
}

/** The table of a deployment: the defaults with the profile's changes, its routes and its deadlines. */
export function resolveCategories(
  changes: Readonly<Record<string, CategoryChange>>,
  routing: Readonly<Record<string, string>>,
  deadlines: Readonly<Record<string, number>>,
): Record<string, Category> {
  const claimed = new Set(Object.values(changes).flatMap((change) => change.choices ?? []));
  const defaults = new Map(DEFAULT_CATEGORIES.map((category) => [category.code, category]));
  const codes = new Set([...defaults.keys(), ...Object.keys(changes)]);
  const table: Record<string, Category> = {};
  for (const code of codes) {
    const base = defaults.get(code) ?? { ...PLAIN, code };
    const change = changes[code] ?? {};
    table[code] = {
      code,
      choices: change.choices ?? base.choices.filter((choice) => !claimed.has(choice)),
      sla: slaOf(deadlines[code] ?? change.sla_working_days, change.sla_days) ?? base.sla,
      triage_working_days: change.triage_working_days ?? base.triage_working_days,
      contact_hours: deadlines[`${code}_contact_hours`] ?? change.contact_hours ?? base.contact_hours,
      sensitivity: change.sensitivity ?? base.sensitivity,
      route: change.route ?? routing[code] ?? routing[FAMILY[code] ?? code] ?? base.route,
      anonymous: change.anonymous ?? base.anonymous,
      feedback: change.feedback ?? base.feedback,
    };
  }
  return table;
}

function slaOf(workingDays: number | undefined, days: number | undefined): Sla | undefined {
  if (workingDays !== undefined) return working(workingDays);
  return days === undefined ? undefined : { days, count: 'calendar' };
}

/** A route of the profile's `routing` that stands for the unit of the office that serves her area. */
export const BY_AREA = 'by_area';

type Desk = {
  categories: Readonly<Record<string, Category>>;
  routing: Readonly<Record<string, string>>;
  offices?: readonly { area: string; unit: string | null }[];
};

/** The category behind a menu choice. */
export function categoryOfChoice(desk: Desk, choice: string): Category | undefined {
  return Object.values(desk.categories).find((category) => category.choices.includes(choice));
}

/**
 * The unit whose queue a case enters. A programme's own route (a school grant's education desk) takes open complaints
 * only: what must stay hidden from a programme's offices never goes there, and appeals keep their own body.
 */
export function routeOf(
  desk: Desk,
  category: Category,
  programme: string | null,
  area: string | null = null,
): string {
  const own = programme === null ? undefined : desk.routing[programme];
  const stays = category.sensitivity !== 'open' || category.code === 'ELG-APL';
  const route = stays ? category.route : (own ?? category.route);
  if (route !== BY_AREA) return route;
  const local = servingArea(desk.offices ?? [], area).find(({ unit }) => unit !== null)?.unit;
  return local ?? DEFAULT_CATEGORIES.find(({ code }) => code === category.code)?.route ?? PLAIN.route;
}

/** Of offices by area those that serve this one: the longest area code that it begins with comes first. */
export function servingArea<Office extends { area: string }>(
  offices: readonly Office[],
  area: string | null,
): Office[] {
  return offices
    .filter((office) => area === office.area || (area?.startsWith(`${office.area}-`) ?? false))
    .sort((one, other) => other.area.length - one.area.length);
}

/** One invented family: who belongs to it, which phones it uses, where it is enrolled, what it was paid. */

import type { DayOf } from './demo-households.ts';
import type { HouseholdInput } from './import/record.ts';
import { NAMES } from './population-names.ts';
import type { EnrolmentStatus, PaymentStatus } from './registry.ts';
import { ENROLMENT_STATUSES, PAYMENT_STATUSES } from './registry.ts';

type Member = HouseholdInput['members'][number];
type Enrolment = NonNullable<HouseholdInput['enrolments']>[number];
type Payment = NonNullable<HouseholdInput['payments']>[number];
export type FamilyPhone = NonNullable<Member['phones']>[number];

/** Chance, reproducible. */
export type Draw = {
  chance(share: number): boolean;
  /** A whole number, both ends included. */
  whole(from: number, until: number): number;
  one<T>(list: readonly T[]): T;
};

export type FamilySeed = {
  /** Position in the population, from 1. */
  n: number;
  draw: Draw;
  day: DayOf;
  currency: string;
  nextPhone: () => string;
  /** The phone of a family made before, for numbers that two families share. */
  neighbour: FamilyPhone | undefined;
};

const FIRST_NUMBER = 73_000_000;
const AREAS = ['BEY', 'MTL', 'NOR', 'AKK', 'BEK', 'SOU'] as const;
const PLACES = ['Main post office', 'Market branch', 'Bus station agent', 'North branch'] as const;
const REASONS = ['documents', 'condition', 'income', 'not_found', 'update_due', 'other'] as const;
const NEEDS_REASON: readonly EnrolmentStatus[] = [
  'incomplete',
  'noteligible',
  'blocked',
  'suspended',
  'ended',
  'appeal',
];
/** Statuses with a payment history. */
const PAID: readonly EnrolmentStatus[] = ['active', 'update', 'blocked', 'suspended', 'ended', 'migrated'];
const DAYS_OF_MONTH = 30;

/** A family whose every part follows from its seed. */
export function makeFamily(seed: FamilySeed): HouseholdInput & { members: Member[] } {
  const { n, draw } = seed;
  const members = makeMembers(seed);
  const status = statusOf(n, draw);
  const students = members.filter((member) => member.role === 'member' && isStudent(member, seed.day));
  const enrolments = [makeEnrolment('CASH', status, seed)];
  const payments = PAID.includes(status) ? cashPayments(seed, status, members.length) : [];
  if (students.length > 0 && draw.chance(0.8)) {
    enrolments.push(makeEnrolment('SCHOOL', draw.chance(0.8) ? 'active' : 'waiting', seed));
    if (enrolments.at(-1)?.status === 'active') payments.push(...schoolPayments(seed, students));
  }
  // Registered, but not yet considered for anything: a family without enrolments.
  const considered = n % 50 !== 0;
  return {
    household_id: `HH-${FIRST_NUMBER + n}`,
    area: `${draw.one(AREAS)}-${String(draw.whole(1, 12)).padStart(2, '0')}`,
    members,
    enrolments: considered ? enrolments : [],
    payments: considered ? payments : [],
  };
}

/** The first families go through all statuses, so that none is missing; after them most are active, as in life. */
function statusOf(n: number, draw: Draw): EnrolmentStatus {
  return ENROLMENT_STATUSES[n - 1] ?? (draw.chance(0.6) ? 'active' : draw.one(ENROLMENT_STATUSES));
}

function makeMembers(seed: FamilySeed): Member[] {
  const { n, draw, day } = seed;
  const year = Number(day(0).slice(0, 4));
  const language = draw.one(['ar', 'ar', 'ar', 'ar', 'ar', 'fr', 'fr', 'en'] as const);
  const names = NAMES[language];
  const family = draw.one(names.family);
  const mother = draw.one(names.female);
  const make = (
    position: number,
    role: Member['role'],
    birthYear: number,
    more: Partial<Member> = {},
  ): Member => {
    const sex = draw.chance(0.5) ? 'female' : 'male';
    return {
      person_id: `P-${FIRST_NUMBER + n}-${position}`,
      role,
      given_name: draw.one(names[sex]),
      family_name: family,
      mother_name: mother,
      sex,
      birth_date: dateIn(birthYear, draw),
      documents: documentsOf(seed),
      language,
      ...more,
    };
  };

  const headBirth = year - draw.whole(24, 78);
  const deceased = n % 41 === 0;
  const members = [
    make(1, 'head', headBirth, { alive: !deceased, ...(deceased ? {} : { phones: headPhones(seed) }) }),
  ];
  const size = draw.whole(1, 8);
  for (let position = 2; position <= size; position++) {
    const child = position > 2;
    const birth = child ? Math.min(year, headBirth + draw.whole(20, 35)) : headBirth + draw.whole(-5, 8);
    const phone = !child && (deceased || draw.chance(0.15));
    members.push(
      make(position, 'member', birth, phone ? { phones: [{ number: seed.nextPhone(), use: 'own' }] } : {}),
    );
  }
  if (n % 12 === 0) {
    const adult = n % 48 !== 0;
    const birthYear = adult ? year - draw.whole(20, 60) : year - 17;
    members.push(
      make(size + 1, 'nominee', birthYear, {
        phones: [{ number: seed.nextPhone(), use: 'own' }],
        ...(adult ? {} : { birth_date: `${birthYear}-01-01` }),
      }),
    );
  }
  return members;
}

function headPhones({ n, draw, nextPhone, neighbour }: FamilySeed): FamilyPhone[] {
  if (n % 9 === 0) return [];
  if (n % 35 === 0 && neighbour) return [{ number: neighbour.number, use: 'shared' }];
  const use = draw.one([
    'own',
    'own',
    'own',
    'own',
    'own',
    'own',
    'unknown',
    'unknown',
    'shared',
    'borrowed',
  ] as const);
  return [{ number: nextPhone(), use }];
}

function documentsOf({ n, draw }: FamilySeed): NonNullable<Member['documents']> {
  if (n % 23 === 0) return [];
  const digits = (count: number): string =>
    Array.from({ length: count }, () => String(draw.whole(0, 9))).join('');
  return draw.one([
    () => [{ type: 'national_id', number: digits(12) }],
    () => [{ type: 'national_id', number: digits(12) }],
    () => [{ type: 'passport', number: `RL${digits(7)}` }],
    () => [{ type: 'civil_registry_certificate', number: digits(8) }],
    () => [
      { type: 'national_id', number: digits(12) },
      { type: 'civil_registry_certificate', number: digits(8) },
    ],
  ])();
}

function makeEnrolment(programme: string, status: EnrolmentStatus, { draw, day }: FamilySeed): Enrolment {
  const since = -draw.whole(60, 900);
  const changed = draw.whole(Math.max(since, -300), -1);
  return {
    programme,
    status,
    since: day(since),
    status_date: day(changed),
    reason: NEEDS_REASON.includes(status) ? draw.one(REASONS) : null,
    next_date: day(draw.whole(3, 40)),
    review_due: status === 'update' ? day(draw.whole(-10, 30)) : day(draw.whole(60, 700)),
  };
}

/** The formula of the demo profile: 25 a household and 20 a member, six at most. */
function cashPayments(seed: FamilySeed, status: EnrolmentStatus, members: number): Payment[] {
  const { n, draw } = seed;
  const amount = `${25 + 20 * Math.min(members, 6)}.00`;
  // Months since the last payment: those who no longer get any stopped some time ago.
  const stopped = status === 'ended' || status === 'migrated' ? draw.whole(2, 8) : 0;
  return Array.from({ length: 4 }, (_, index) => {
    const current = index === 0 && stopped === 0;
    const word = current
      ? currentStatus(n, status, draw)
      : draw.one(['collected', 'collected', 'paid'] as const);
    const from =
      (current && word === 'scheduled' ? 10 : -draw.whole(1, 9)) - DAYS_OF_MONTH * (index + stopped);
    return makePayment(seed, 'CASH', `C${index}`, amount, word, from, null);
  });
}

function currentStatus(n: number, status: EnrolmentStatus, draw: Draw): PaymentStatus {
  if (status === 'blocked' || status === 'suspended') return 'on_hold';
  return draw.chance(0.4) ? (PAYMENT_STATUSES[n % PAYMENT_STATUSES.length] ?? 'ready') : 'ready';
}

/** A top-up a student and school year, between 185 and 415 by grade. */
function schoolPayments(seed: FamilySeed, students: Member[]): Payment[] {
  const { draw } = seed;
  return students.map((student, index) => {
    const amount = `${draw.one([185, 215, 285, 325, 415])}.00`;
    const status = draw.one(['scheduled', 'ready', 'collected', 'paid'] as const);
    const from = status === 'scheduled' ? 20 : -draw.whole(5, 60);
    return makePayment(seed, 'SCHOOL', `S${index}`, amount, status, from, String(student.person_id));
  });
}

function makePayment(
  { n, draw, day, currency }: FamilySeed,
  programme: string,
  mark: string,
  amount: string,
  status: PaymentStatus,
  from: number,
  person: string | null,
): Payment {
  const bank = status === 'paid' || status === 'sent';
  const settled =
    status === 'scheduled' || status === 'ready' ? null : day(Math.min(from + draw.whole(0, 12), 0));
  return {
    payment_ref: `PAY-${FIRST_NUMBER + n}-${day(from).slice(0, 7)}-${mark}`,
    programme,
    period: day(from).slice(0, 7),
    amount,
    currency,
    status,
    from: day(from),
    until: bank ? null : day(from + 20),
    place: bank ? null : draw.one(PLACES),
    provider: bank ? 'Bank A' : 'MTO-A',
    status_date: settled,
    person_id: person,
  };
}

function isStudent(member: Member, day: DayOf): boolean {
  const age = Number(day(0).slice(0, 4)) - Number(String(member.birth_date).slice(0, 4));
  return age >= 13 && age <= 18;
}

function dateIn(year: number, draw: Draw): string {
  return `${year}-${String(draw.whole(1, 12)).padStart(2, '0')}-${String(draw.whole(1, 28)).padStart(2, '0')}`;
}

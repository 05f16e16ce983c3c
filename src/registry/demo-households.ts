/** The households of the people of the demo, in the import format. */

import { demoPeople, demoPhone } from './demo-people.ts';
import type { HouseholdInput } from './import/record.ts';

type Member = HouseholdInput['members'][number];

/** ISO date some days after (or before) the day the population is made for. */
export type DayOf = (days: number) => string;

/** The households of the people of demo-people.ts, with dates around the day that `day(0)` is. */
export function demoHouseholds(day: DayOf, currency: string): HouseholdInput[] {
  const cash = (n: number, status: string, more: object = {}) => ({
    programme: 'CASH',
    status,
    since: day(-400 - n),
    status_date: day(-60),
    ...more,
  });
  const active = (n: number) => cash(n, 'active', { next_date: day(21), review_due: day(300) });
  const payment = (n: number, days: number, status: string, more: object = {}) => ({
    payment_ref: `DEMO-${householdNumber(n)}-${day(days).slice(0, 7)}-C`,
    programme: 'CASH',
    period: day(days).slice(0, 7),
    amount: '145.00',
    currency,
    status,
    from: day(days),
    until: day(days + 20),
    place: 'Main post office',
    provider: 'MTO-A',
    person_id: personId(n, 1),
    ...more,
  });
  const household = (n: number, members: Member[], rest: Partial<HouseholdInput> = {}): HouseholdInput => ({
    household_id: householdId(n),
    area: 'BEY-03',
    members,
    ...rest,
  });
  const collected = (n: number, days: number) =>
    payment(n, days, 'collected', { status_date: day(days + 4) });
  const family = (n: number, head: Partial<Member> = {}) => [
    self(n, head),
    ...relatives(n, [1982, 2010, 2012, 2015, 2018]),
  ];

  return [
    household(
      1,
      family(1, {
        mother_name: 'Salma',
        sex: 'female',
        documents: [{ type: 'national_id', number: '000012340427' }],
      }),
      {
        enrolments: [active(1)],
        payments: [payment(1, -3, 'ready'), collected(1, -34), collected(1, -65)],
      },
    ),
    household(2, family(2), {
      enrolments: [active(2)],
      payments: [payment(2, 12, 'scheduled'), collected(2, -34)],
    }),
    household(3, family(3), {
      enrolments: [active(3)],
      payments: [collected(3, -9), payment(3, -40, 'paid', { status_date: day(-38) })],
    }),
    household(4, family(4), {
      enrolments: [active(4)],
      payments: [payment(4, -6, 'failed', { status_date: day(-5) }), collected(4, -37)],
    }),
    household(5, family(5), { enrolments: [cash(5, 'waiting')] }),
    household(6, family(6), {
      enrolments: [cash(6, 'noteligible', { reason: 'income', status_date: day(-10) })],
    }),
    household(7, family(7, { phones: [{ number: demoPhone(7), use: 'shared' }] }), {
      enrolments: [active(7)],
      payments: [payment(7, -2, 'ready')],
    }),
    household(
      70,
      [
        member(70, 1, 'head', 'وفاء', 'شاهين', '1977-02-03', '7702', {
          phones: [{ number: demoPhone(7), use: 'shared' }],
        }),
      ],
      { enrolments: [active(70)] },
    ),
    household(
      8,
      [
        member(8, 1, 'head', 'زينب', 'عباس', '1948-06-30', '8811', { language: 'ar' }),
        { ...self(8), person_id: personId(8, 2), role: 'nominee' },
      ],
      { enrolments: [active(8)], payments: [payment(8, -4, 'ready', { amount: '45.00' })] },
    ),
    household(
      9,
      [
        member(9, 1, 'head', 'محمود', 'درويش', '1966-01-20', '9903', { alive: false }),
        { ...self(9), person_id: personId(9, 2), role: 'member' },
      ],
      { enrolments: [active(9)], payments: [payment(9, -4, 'on_hold', { amount: '65.00' })] },
    ),
    household(10, family(10), {
      enrolments: [active(10), { ...active(10), programme: 'SCHOOL' }],
      payments: [
        payment(10, -3, 'ready'),
        payment(10, -20, 'scheduled', {
          payment_ref: `DEMO-${householdNumber(10)}-S`,
          programme: 'SCHOOL',
          amount: '285.00',
          from: day(15),
          until: day(45),
          person_id: personId(10, 3),
        }),
      ],
    }),
    household(
      12,
      [
        member(12, 1, 'head', 'سميرة', 'فرحات', '1971-11-02', '1290'),
        { ...self(12), person_id: personId(12, 2), role: 'nominee' },
      ],
      { enrolments: [active(12)], payments: [payment(12, -4, 'ready', { amount: '45.00' })] },
    ),
    household(13, family(13, { phones: [{ number: demoPhone(13), use: 'borrowed' }] }), {
      enrolments: [active(13)],
      payments: [payment(13, -4, 'ready')],
    }),
    household(14, family(14), {
      enrolments: [
        cash(14, 'suspended', { reason: 'update_due', status_date: day(-15), review_due: day(-20) }),
      ],
      payments: [payment(14, -10, 'on_hold'), collected(14, -41)],
    }),
  ];
}

/** Rima's file is the example of the import format: importing that example replaces it instead of doubling it. */
function householdId(n: number): string {
  return n === 1 ? 'HH-000123' : `HH-${householdNumber(n)}`;
}

function householdNumber(n: number): string {
  return `7200${String(n).padStart(4, '0')}`;
}

function personId(n: number, position: number): string {
  return n === 1 ? `P-${position}` : `P-${householdNumber(n)}-${position}`;
}

/** The person of the story, as head of her household unless `more` says otherwise. */
function self(n: number, more: Partial<Member> = {}): Member {
  const demo = demoPeople.find((entry) => entry.phone === demoPhone(n));
  if (demo?.last4 == null || demo.birthYear === null) throw new RangeError(`demo person ${n} has no file`);
  const [given = '', family = ''] = (n % 2 === 0 ? demo.name.ar : demo.name.en).split(' ');
  const contact: Partial<Member> = { phones: [{ number: demoPhone(n), use: 'own' }], ...more };
  return member(n, 1, 'head', given, family, `${demo.birthYear}-04-12`, demo.last4, contact);
}

/** A husband or wife and children born in these years. */
function relatives(n: number, years: readonly number[]): Member[] {
  const family = demoPeople.find((entry) => entry.phone === demoPhone(n))?.name.en.split(' ')[1] ?? '';
  const given = ['Rami', 'Lea', 'Jad', 'Maya', 'Karim'];
  return years.map((year, index) =>
    member(
      n,
      index + 2,
      'member',
      given[index] ?? 'Nour',
      family,
      `${year}-09-15`,
      String(2000 + 10 * n + index),
    ),
  );
}

function member(
  n: number,
  position: number,
  role: Member['role'],
  given: string,
  family: string,
  birth: string,
  last4: string,
  more: Partial<Member> = {},
): Member {
  return {
    person_id: personId(n, position),
    role,
    given_name: given,
    family_name: family,
    birth_date: birth,
    documents: [{ type: 'national_id', number: `000${String(n).padStart(4, '0')}${position}${last4}` }],
    language: 'ar',
    ...more,
  };
}

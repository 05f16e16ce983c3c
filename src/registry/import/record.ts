/** The shape of one household in an import file, NDJSON or put together from CSV rows, checked before it goes in. */

import { z } from 'zod';

/** Text that PostgreSQL can hold, trimmed; the limits keep one bad line from filling a disk. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((value) => value.trim())
    .refine((value) => !value.includes('\0'), 'a NUL character');

/** Spreadsheets and loosely typed exports write missing values as empty text. */
const optional = <T extends z.ZodType>(schema: T) =>
  z
    .preprocess((value) => (value === undefined || value === '' ? null : value), schema.nullable())
    .optional()
    .transform((value) => value ?? null);

export const identifier = z
  .union([text(64), z.int().nonnegative().transform(String)])
  .refine((value) => value.length > 0, 'missing');

/** A word of a code list; identifiers of exports are sometimes numbers, code words never. */
const word = text(64).refine((value) => value.length > 0, 'missing');

const isoDate = z.string().transform(dayOf).refine(isDate, 'expected a date YYYY-MM-DD');

/** The full date, or only the year: many elders know no more. */
const birthDate = z
  .string()
  .transform((value) => value.trim().replace(/T.*$/, ''))
  .refine(
    (value) => /^(18|19|20)\d{2}$/.test(value) || isDate(value),
    'expected a date YYYY-MM-DD or a year',
  );

const amount = z
  .union([z.string().transform((value) => value.trim()), z.number().transform(String)])
  .refine((value) => /^\d{1,12}(\.\d{1,3})?$/.test(value), 'expected an amount like 145.00');

const documentRecord = z.object({
  type: word,
  number: z
    .union([text(64), z.int().nonnegative().transform(String)])
    .refine((value) => value.length > 0, 'missing'),
});

const phoneRecord = z.object({
  number: z.union([z.string().max(64), z.int().nonnegative().transform(String)]),
  use: z.enum(['own', 'shared', 'borrowed', 'unknown']).default('unknown'),
});

export const memberRecord = z.object({
  person_id: identifier,
  role: z.enum(['head', 'member', 'nominee']),
  given_name: optional(text(120)),
  family_name: optional(text(120)),
  mother_name: optional(text(120)),
  sex: optional(text(16)),
  birth_date: optional(birthDate),
  documents: z.array(documentRecord).max(20).default([]),
  phones: z.array(phoneRecord).max(20).default([]),
  language: optional(text(16)),
  alive: z.boolean().default(true),
});

export const enrolmentRecord = z.object({
  programme: word,
  status: word,
  since: optional(isoDate),
  status_date: optional(isoDate),
  reason: optional(text(200)),
  next_date: optional(isoDate),
  review_due: optional(isoDate),
  /** When the family's details were last taken; the profile says how long they hold. */
  last_interview: optional(isoDate),
});

export const paymentRecord = z.object({
  payment_ref: identifier,
  programme: word,
  period: optional(text(32)),
  amount: optional(amount),
  currency: optional(text(8)),
  status: word,
  from: optional(isoDate),
  until: optional(isoDate),
  place: optional(text(200)),
  provider: optional(text(120)),
  status_date: optional(isoDate),
  person_id: optional(identifier),
});

/** What a household says of itself, without the lists. */
export const householdFields = z.object({ household_id: identifier, area: optional(text(64)) });

export const householdRecord = householdFields
  .extend({
    members: z.array(memberRecord).min(1).max(200),
    enrolments: z.array(enrolmentRecord).max(100).default([]),
    payments: z.array(paymentRecord).max(2000).default([]),
  })
  .superRefine((household, context) => {
    const twice = (path: string, ids: string[]): void => {
      if (new Set(ids).size < ids.length) {
        context.addIssue({ code: 'custom', path: [path], message: 'the same one twice' });
      }
    };
    twice(
      'members.person_id',
      household.members.map((member) => member.person_id),
    );
    twice(
      'enrolments.programme',
      household.enrolments.map((enrolment) => enrolment.programme),
    );
    twice(
      'payments.payment_ref',
      household.payments.map((payment) => payment.payment_ref),
    );
  });

export type HouseholdRecord = z.output<typeof householdRecord>;
export type MemberRecord = z.output<typeof memberRecord>;
/** The same before defaults and tolerant reading: what a file holds. */
export type HouseholdInput = z.input<typeof householdRecord>;

/** Why a record was refused: the field and the rule, never the value. At most three reasons, a line is one line. */
export function reasonOf(error: z.ZodError): string {
  const reasons = error.issues.slice(0, 3).map((issue) => {
    const field = issue.path.map(String).join('.');
    const message =
      issue.code === 'invalid_union' ? 'expected text' : issue.message.replace(/^Invalid input: /, '');
    return field === '' ? message : `${field}: ${message}`;
  });
  return reasons.join('; ');
}

/** Exports often write a date as a time at midnight. */
function dayOf(value: string): string {
  return value.trim().split('T', 1)[0] ?? '';
}

const DATE = /^([1-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** A day that exists. Worked out by hand: a Date a field is a fifth of the time of an import. */
function isDate(value: string): boolean {
  const [, year, month, day] = DATE.exec(value) ?? [];
  if (day === undefined) return false;
  if (Number(day) <= 28) return true;
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
}

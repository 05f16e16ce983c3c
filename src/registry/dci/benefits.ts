/** Enrolments and benefits out of a Beneficiary, or out of what a registry hangs on a person (registry-and-grievance.md §1.8, §2.1). */
import { stageOf, type StatusWords } from '../local.ts';
import {
  ENROLMENT_STATUSES,
  PAYMENT_STATUSES,
  type Enrolment,
  type EnrolmentStatus,
  type Payment,
} from '../registry.ts';
import { attributesOf, dateOf, firstText, listOf, objectOf, textOf, type Json } from './json.ts';

export type ReadOptions = {
  /** ISO 3166, for phones without a country code. */
  country: string;
  currency: string;
  /** A registry's code of a programme -> ours. */
  programmes: Readonly<Record<string, string>>;
  /** A registry's own words, before those of the standard. */
  words: StatusWords;
  benefitStatus: Payment['status'];
  /** ISO date. */
  today: string;
};

type Standing = { enrolments: Enrolment[]; payments: Payment[] };

const NONE: Standing = { enrolments: [], payments: [] };

/** Code lists of IBR and ESS, and the words that samples and OpenSPP2 use. */
const STANDARD: Readonly<Record<string, EnrolmentStatus>> = {
  '1': 'active',
  '2': 'ended',
  '3': 'ended',
  '4': 'suspended',
  '6': 'active',
  '7': 'update',
  enrolled: 'active',
  enrolment: 'active',
  reinstated: 'active',
  deceased: 'ended',
  graduated: 'ended',
  exited: 'ended',
  paused: 'suspended',
  'awaiting renewal': 'update',
};

/** What the record itself says: one enrolment for each programme it names, and its benefits. */
export function readBeneficiary(record: Json, options: ReadOptions): Standing {
  const status = firstText(record, 'enrollment_status', 'enrolment_status');
  const named = listOf(record['programme_identifier'] ?? record['programme'] ?? record['program_identifier']);
  const benefits = listOf(record['benefits'] ?? record['benefit']).map(objectOf);
  if (status === null && named.length === 0) return NONE;
  const attributes = attributesOf(record);
  const changed = listOf(record['status_change_date']).flatMap((date) => dateOf(date) ?? []);
  const programmes = named.flatMap((one) => codeOf(one, options) ?? []);
  const enrolments = programmes.map((programme): Enrolment => ({
    programme,
    status: statusOf(status, options.words.enrolment),
    since: dateOf(record['enrollment_date'] ?? record['enrolment_date']),
    statusDate: changed.sort().at(-1) ?? null,
    reason: attributes.get('reason') ?? null,
    nextDate: dateOf(attributes.get('next_date')),
    reviewDue: dateOf(attributes.get('review_due')),
    ...stageOf(status, options.words),
  }));
  const [only] = programmes;
  return { enrolments, payments: benefits.flatMap((benefit) => readBenefit(benefit, only ?? '', options)) };
}

/** OpenSPP2: `enrolled_programs` on a person. */
export function readOwnProgrammes(person: Json, options: ReadOptions): Standing {
  const listed = listOf(person['enrolled_programs'] ?? person['enrolled_programmes']).map(objectOf);
  const enrolments = listed.flatMap((one): Enrolment[] => {
    const programme = codeOf(one, options);
    if (programme === undefined) return [];
    const status = firstText(one, 'enrolment_status', 'enrollment_status', 'status');
    const since = dateOf(one['enrolment_date'] ?? one['enrollment_date']);
    return [
      {
        programme,
        status: statusOf(status, options.words.enrolment),
        since,
        statusDate: dateOf(one['status_date']),
        reason: firstText(one, 'reason'),
        nextDate: dateOf(one['next_date']),
        reviewDue: dateOf(one['review_due']),
        ...stageOf(status, options.words),
      },
    ];
  });
  return { enrolments, payments: [] };
}

/** A programme is named by an identifier, a code, a nested programme, or only its name. */
function codeOf(named: unknown, { programmes }: ReadOptions): string | undefined {
  const plain = textOf(named);
  const one = objectOf(named);
  const nested = objectOf(one['programme']);
  const code =
    plain ??
    firstText(one, 'programme_identifier', 'programme_code', 'program_code', 'identifier_value') ??
    firstText(nested, 'programme_identifier', 'programme_code') ??
    firstText(objectOf(one['programme_identifier']), 'identifier_value', 'programme_identifier') ??
    firstText(one, 'programme_name', 'program_name');
  if (code === null) return undefined;
  return Object.hasOwn(programmes, code) ? programmes[code] : code;
}

function statusOf(word: string | null, words: Record<string, EnrolmentStatus> = {}): Enrolment['status'] {
  const plain = word?.toLowerCase() ?? '';
  if (Object.hasOwn(words, plain)) return words[plain] ?? 'unknown';
  if (Object.hasOwn(STANDARD, plain)) return STANDARD[plain] ?? 'unknown';
  return ENROLMENT_STATUSES.find((status) => status === plain) ?? 'unknown';
}

/** Training and work opportunities are no payments. */
const NO_PAYMENT: ReadonlySet<string> = new Set(['4', '5', 'training', 'work opportunity']);

/** A comma parts thousands; where it could be a decimal one, no amount is better than a wrong one. */
const AMOUNT = /^([A-Za-z]{3})?\s*((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,3})?)\s*([A-Za-z]{3})?$/;

/** Both published shapes of a benefit; it says what was provided, and in a future month what will be. */
function readBenefit(benefit: Json, programme: string, options: ReadOptions): Payment[] {
  if (NO_PAYMENT.has(firstText(benefit, 'benefit_type')?.toLowerCase() ?? '')) return [];
  const date = dateOf(benefit['benefit_date'] ?? benefit['date_received'] ?? benefit['date']);
  const value = firstText(benefit, 'benefit_amount', 'amount', 'benefit_value');
  const [, before, figure, after] = AMOUNT.exec(value ?? '') ?? [];
  const currency = firstText(benefit, 'currency', 'currency_code') ?? before ?? after;
  const word = firstText(benefit, 'benefit_status', 'payment_status', 'status')?.toLowerCase();
  const status = date !== null && date > options.today ? 'scheduled' : options.benefitStatus;
  return [
    {
      // Mostly it has none; who knows the family makes one that is hers alone.
      reference: firstText(benefit, 'benefit_identifier', 'reference_id', 'payment_ref') ?? '',
      programme,
      period: firstText(benefit, 'period') ?? date?.slice(0, 7) ?? null,
      amount: figure?.replaceAll(',', '') ?? null,
      currency: figure === undefined ? null : (currency?.toUpperCase() ?? options.currency),
      status: word === undefined ? status : paymentStatus(word, options.words.payment),
      from: dateOf(benefit['from']) ?? date,
      until: dateOf(benefit['until']),
      place: firstText(benefit, 'place'),
      provider: firstText(benefit, 'provider'),
      statusDate: date,
    },
  ];
}

function paymentStatus(word: string, words: StatusWords['payment'] = {}): Payment['status'] {
  if (Object.hasOwn(words, word)) return words[word] ?? 'unknown';
  return PAYMENT_STATUSES.find((status) => status === word) ?? 'unknown';
}

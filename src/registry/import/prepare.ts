/** One household record turned into table rows: keyed, sealed, phones in E.164. */

import { DateTime } from 'luxon';
import { parsePhone } from '../../channels/phone.ts';
import type { Keys } from '../../privacy/keys.ts';
import { digitsOf, endingIndex, familyFileOf } from '../digits.ts';
import { areaIndex, nameIndex } from '../names.ts';
import type { PhoneUse } from '../registry.ts';
import { sealHousehold, sealPerson } from '../sealed.ts';
import type { HouseholdRecord, MemberRecord } from './record.ts';

/** Part of every content hash: raise it when the rows made from a record change, and all is imported anew. */
const ROWS_VERSION = 2;

/** The smallest number of digits that a document is found by. */
const MIN_DOCUMENT_DIGITS = 4;

type PersonRow = {
  key: string;
  externalId: string;
  role: MemberRecord['role'];
  sealed: Buffer;
  language: string | null;
  alive: boolean;
  nameIndex: string[];
  phones: { phone: string; use: PhoneUse }[];
  documents: { document: string; ending: string | null; kind: string }[];
};

/** Everything one household puts into the tables. */
export type HouseholdRows = {
  key: string;
  area: string | null;
  sealed: Buffer;
  headDeceased: boolean;
  content: string;
  familyFile: { document: string; ending: string | null } | undefined;
  persons: PersonRow[];
  enrolments: PreparedRecord['enrolments'];
  payments: (HouseholdRecord['payments'][number] & { person: string | null; imported: string })[];
  /** What was left out, in words without values. */
  warnings: string[];
};

/** A household by its identity only; the rest is made when its content turns out to be new. */
export type PreparedHousehold = { key: string; content: string; members: number; rows(): HouseholdRows };

/**
 * Prepares a household. Sealing costs most, so it waits until `rows()`: a file imported again is only hashed.
 *
 * @param country ISO 3166 country of phone numbers written without a country code
 * @param updateMonths for how long the details of an interview hold; null: for ever
 */
export function prepareHousehold(
  keys: Keys,
  given: HouseholdRecord,
  country: string | undefined,
  updateMonths: number | null = null,
): PreparedHousehold {
  const record = { ...given, enrolments: given.enrolments.map((one) => withReview(one, updateMonths)) };
  const key = keys.index('household', record.household_id);
  const content = keys.index('content', JSON.stringify([ROWS_VERSION, country ?? null, record]));
  return {
    key,
    content,
    members: record.members.length,
    rows: () => rowsOf(keys, record, country, key, content),
  };
}

type PreparedRecord = Omit<HouseholdRecord, 'enrolments'> & {
  enrolments: Omit<EnrolmentRecord, 'last_interview'>[];
};
type EnrolmentRecord = HouseholdRecord['enrolments'][number];

/** By when the details must be confirmed: as the registry says, or so many months after they were taken. */
function withReview(
  { last_interview: taken, ...enrolment }: EnrolmentRecord,
  months: number | null,
): Omit<EnrolmentRecord, 'last_interview'> {
  if (enrolment.review_due !== null || !taken || months === null) return enrolment;
  const due = DateTime.fromISO(taken, { zone: 'utc' }).plus({ months });
  return { ...enrolment, review_due: due.toFormat('yyyy-MM-dd') };
}

function rowsOf(
  keys: Keys,
  record: PreparedRecord,
  country: string | undefined,
  key: string,
  content: string,
): HouseholdRows {
  const warnings: string[] = [];
  const personKey = (personId: string): string => keys.index('person', `${record.household_id}\0${personId}`);
  const persons = record.members.map((member, position) => {
    const phones = phonesOf(member, country, (phone) => {
      warnings.push(`members.${position}.phones.${phone}: not a phone number, left out`);
    });
    return personRow(keys, personKey(member.person_id), member, phones, record.area);
  });
  const known = new Set(record.members.map((member) => member.person_id));
  const payments = record.payments.map((payment, position) => {
    const person = payment.person_id;
    if (person !== null && !known.has(person)) {
      warnings.push(`payments.${position}.person_id: not a member, payment kept for the household`);
    }
    return {
      ...payment,
      person: person !== null && known.has(person) ? personKey(person) : null,
      imported: keys.index('content', JSON.stringify(payment)),
    };
  });
  const familyFile = familyFileOf(record.household_id);
  return {
    key,
    area: record.area,
    sealed: sealHousehold(keys, { household_id: record.household_id }),
    headDeceased: record.members.some((member) => member.role === 'head' && !member.alive),
    content,
    familyFile: familyFile === undefined ? undefined : documentValues(keys, familyFile),
    persons,
    enrolments: record.enrolments,
    payments,
    warnings,
  };
}

type Phone = { number: string; use: PhoneUse };

function phonesOf(
  member: MemberRecord,
  country: string | undefined,
  onBad: (position: number) => void,
): Phone[] {
  const phones = new Map<string, Phone>();
  member.phones.forEach((phone, position) => {
    const number = parsePhone(phone.number, country);
    if (number === undefined) onBad(position);
    else if (!phones.has(number)) phones.set(number, { number, use: phone.use });
  });
  return [...phones.values()];
}

function documentValues(keys: Keys, digits: string): { document: string; ending: string | null } {
  return { document: keys.index('document', digits), ending: endingIndex(keys, digits) ?? null };
}

function personRow(
  keys: Keys,
  key: string,
  member: MemberRecord,
  phones: Phone[],
  area: string | null,
): PersonRow {
  const { person_id, given_name, family_name, mother_name, sex, birth_date, documents } = member;
  const digits = documents.map((document) => ({ kind: document.type, digits: digitsOf(document.number) }));
  return {
    key,
    externalId: keys.index('person', person_id),
    role: member.role,
    sealed: sealPerson(keys, {
      person_id,
      given_name,
      family_name,
      mother_name,
      sex,
      birth_date,
      documents,
      phones,
    }),
    language: member.language,
    alive: member.alive,
    nameIndex: [...nameIndex(keys, given_name, family_name), ...areaIndex(keys, area)],
    phones: phones.map((phone) => ({ phone: keys.index('phone', phone.number), use: phone.use })),
    documents: digits
      .filter((document) => document.digits.length >= MIN_DOCUMENT_DIGITS)
      .map((document) => ({ ...documentValues(keys, document.digits), kind: document.kind })),
  };
}

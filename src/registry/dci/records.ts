/**
 * One record of a registry as families and persons, whatever object it came as: Group, Member, SRPerson, a flat Person,
 * or a Beneficiary around one of them (registry-and-grievance.md §1.8). What the port never tells is not read.
 */
import { parsePhone } from '../../channels/phone.ts';
import type { Enrolment, Payment, PhoneUse, Role } from '../registry.ts';
import { readBeneficiary, readOwnProgrammes, type ReadOptions } from './benefits.ts';
import { attributesOf, dateOf, firstText, listOf, objectOf, textOf, type Json } from './json.ts';

export type Identifier = { type: string; value: string };

export type PersonRecord = {
  identifiers: Identifier[];
  role: Role;
  /** ISO date, or a year. */
  birthDate: string | null;
  alive: boolean;
  language: string | null;
  /** E.164. */
  phones: { number: string; use: PhoneUse }[];
};

export type HouseholdRecord = {
  /** The family's own identifiers; empty where the registry knows persons only. */
  identifiers: Identifier[];
  members: PersonRecord[];
  area: string | null;
  enrolments: Enrolment[];
  payments: Payment[];
};

export function readRecord(record: Json, options: ReadOptions): HouseholdRecord {
  const group = 'group' in record ? objectOf(record['group']) : record;
  const isGroup = ['group_identifier', 'member_list', 'group_head_info'].some((name) => name in group);
  const single = 'member' in record ? objectOf(record['member']) : record;
  const members = isGroup ? membersOf(group, options) : [readPerson(single, 'head', options)];
  const attributes = attributesOf(group);
  return {
    identifiers: isGroup ? identifiersOf(group['group_identifier']) : [],
    members: members.filter(({ identifiers, phones }) => identifiers.length + phones.length > 0),
    area: attributes.get('area') ?? placeOf(group),
    ...merged(readBeneficiary(record, options), readOwnProgrammes(single, options)),
  };
}

type Standing = { enrolments: Enrolment[]; payments: Payment[] };

function merged(one: Standing, other: Standing): Standing {
  return {
    enrolments: [...one.enrolments, ...other.enrolments],
    payments: [...one.payments, ...other.payments],
  };
}

/** The head may stand beside the list, in it, or both. */
function membersOf(group: Json, options: ReadOptions): PersonRecord[] {
  const list = listOf(group['member_list']).map((member) => readPerson(objectOf(member), 'member', options));
  const info = group['group_head_info'];
  const [head] = listOf(info).map((one) => readPerson(objectOf(one), 'head', options));
  if (!head) return list;
  const rest = list.filter(
    ({ identifiers }) => !identifiers.some((one) => head.identifiers.some((its) => isSame(one, its))),
  );
  return [head, ...rest];
}

export function isSame(one: Identifier, other: Identifier): boolean {
  return one.type.toUpperCase() === other.type.toUpperCase() && one.value === other.value;
}

const ROLES: Readonly<Record<string, Role>> = {
  head: 'head',
  member: 'member',
  nominee: 'nominee',
  proxy: 'nominee',
  alternate: 'nominee',
};
const USES: readonly PhoneUse[] = ['own', 'shared', 'borrowed', 'unknown'];

function readPerson(member: Json, usualRole: Role, { country }: ReadOptions): PersonRecord {
  const inner = member['demographic_info'] ?? member['person'];
  const person = inner === undefined ? member : objectOf(inner);
  const attributes = attributesOf(member, person);
  const extension = objectOf(member['household_info']);
  const isHead = textOf(extension['is_household_head'] ?? member['is_head']);
  const said = ROLES[(attributes.get('role') ?? firstText(member, 'role') ?? '').toLowerCase()];
  const role = said ?? (isHead === 'true' ? 'head' : isHead === 'false' ? 'member' : usualRole);
  const phones = [
    ...listOf(person['phone_number']),
    ...listOf(person['phone_numbers']),
    ...listOf(person['phone']),
  ];
  const use = USES.find((one) => one === attributes.get('phone_use')?.toLowerCase()) ?? 'unknown';
  return {
    identifiers: [
      ...identifiersOf(member['member_identifier']),
      ...identifiersOf(person['identifier']),
      ...identifiersOf(person['identifiers']),
    ].filter((one, at, all) => all.findIndex((other) => isSame(one, other)) === at),
    role,
    birthDate: birthOf(person),
    alive:
      firstText(person, 'death_date', 'date_of_death') === null && textOf(person['is_deceased']) !== 'true',
    language: languageOf(firstText(member, 'language_code') ?? attributes.get('language') ?? null),
    phones: phones.flatMap((phone) => {
      const text = textOf(phone) ?? firstText(objectOf(phone), 'phone_number', 'number', 'phone_no');
      const number = text === null ? undefined : parsePhone(text, country);
      return number === undefined ? [] : [{ number, use }];
    }),
  };
}

function birthOf(person: Json): string | null {
  const text = firstText(person, 'birth_date', 'birthdate', 'date_of_birth', 'dob');
  return dateOf(text) ?? (text !== null && /^(18|19|20)\d{2}$/.test(text) ? text : null);
}

/** ISO 639-3 of the languages we speak; others as they are. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ara: 'ar',
  eng: 'en',
  fra: 'fr',
  fre: 'fr',
  por: 'pt',
  tur: 'tr',
  ind: 'id',
  spa: 'es',
  zho: 'zh',
  uzb: 'uz',
  rus: 'ru',
};

function languageOf(code: string | null): string | null {
  if (code === null) return null;
  const small = code.toLowerCase();
  return LANGUAGES[small] ?? small.slice(0, 2);
}

function identifiersOf(value: unknown): Identifier[] {
  return listOf(value).flatMap((one) => {
    const plain = textOf(one);
    if (plain !== null) return [{ type: '', value: plain }];
    const identifier = objectOf(one);
    const found = firstText(identifier, 'identifier_value', 'value', 'id_value');
    return found === null
      ? []
      : [{ type: firstText(identifier, 'identifier_type', 'type', 'id_type') ?? '', value: found }];
  });
}

function placeOf(group: Json): string | null {
  const address = objectOf(listOf(group['address'])[0] ?? group['place']);
  return firstText(address, 'sub_region_code', 'region_code');
}

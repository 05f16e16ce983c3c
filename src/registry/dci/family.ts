/** A record keyed and minimised: what the port may tell, and what is needed to check that it is of whom was asked about. */
import type { Keys } from '../../privacy/keys.ts';
import type { DciBlock } from '../../profiles/registry-block.ts';
import { digitsOf, endingOf } from '../digits.ts';
import type { Enrolment, HouseholdKey, Payment, PhoneUse, RegistryPerson } from '../registry.ts';
import type { HouseholdRecord, Identifier, PersonRecord } from './records.ts';

export type FamilyMember = {
  person: RegistryPerson;
  phones: { number: string; use: PhoneUse }[];
  /** Digits of each document. */
  digits: ReadonlySet<string>;
  /** The identifier by which she is asked for elsewhere. */
  askBy: Identifier | undefined;
};

/** Lives as long as the turn, or the session where the profile allows a cache; never stored. */
export type Family = {
  key: HouseholdKey;
  /** Digits of the family's own identifiers. */
  fileDigits: ReadonlySet<string>;
  /** Every identifier in the record, as written. */
  values: ReadonlySet<string>;
  members: FamilyMember[];
  area: string | null;
  enrolments: Enrolment[];
  payments: Payment[];
};

/** Undefined for a record that names nobody. */
export function familyOf(record: HouseholdRecord, keys: Keys, block: DciBlock): Family | undefined {
  const [file] = [...record.identifiers].sort(byType);
  const first = record.members[0];
  const firstId = first && idOf(first, block);
  const householdId = file?.value ?? (firstId === undefined ? undefined : `person\0${firstId.value}`);
  if (householdId === undefined) return undefined;
  const key = keys.index('household', householdId);
  const fileDigits = new Set(
    record.identifiers.map(({ value }) => digitsOf(value)).filter((one) => one !== ''),
  );
  return {
    key,
    fileDigits,
    values: new Set(
      [...record.identifiers, ...record.members.flatMap(({ identifiers }) => identifiers)].map(
        ({ value }) => value,
      ),
    ),
    members: record.members.map((member, at) =>
      memberOf(member, at, { householdId, key, fileDigits, keys, block }),
    ),
    area: record.area,
    enrolments: record.enrolments,
    payments: record.payments,
  };
}

type Within = {
  householdId: string;
  key: HouseholdKey;
  fileDigits: ReadonlySet<string>;
  keys: Keys;
  block: DciBlock;
};

function memberOf(member: PersonRecord, at: number, within: Within): FamilyMember {
  const { householdId, key, fileDigits, keys, block } = within;
  const id = idOf(member, block);
  // What only registries call her by is nothing she could be asked for.
  const inner = [
    block.phone.type ?? '',
    ...(block.documents.includes(block.person_type) ? [] : [block.person_type]),
  ];
  const documents = member.identifiers.filter(
    ({ type }) => type === '' || !inner.some((one) => one.toUpperCase() === shortOf(type)),
  );
  const digits = new Set(documents.map(({ value }) => digitsOf(value)).filter((one) => one !== ''));
  const { birthDate } = member;
  return {
    person: {
      person: keys.index('person', `${householdId}\0${id?.value ?? `#${at}`}`),
      household: key,
      role: member.role,
      birthYear: birthDate === null ? null : Number(birthDate.slice(0, 4)),
      birthDate: birthDate?.length === 10 ? birthDate : null,
      documentEndings: [...new Set([...digits, ...fileDigits].flatMap((number) => endingOf(number) ?? []))],
      alive: member.alive,
      language: member.language,
    },
    phones: member.phones,
    digits,
    askBy: id,
  };
}

/** The identifier of the type that other registries know her by, else always the same one. */
function idOf({ identifiers }: PersonRecord, { person_type }: DciBlock): Identifier | undefined {
  const wanted = person_type.toUpperCase();
  return (
    identifiers.find(({ type }) => shortOf(type) === wanted || type.toUpperCase() === wanted) ??
    [...identifiers].sort(byType)[0]
  );
}

/** `urn:dci:id:uin` is UIN. */
function shortOf(type: string): string {
  return (type.split(/[:/#]/).at(-1) ?? type).toUpperCase();
}

function byType(one: Identifier, other: Identifier): number {
  return one.type === other.type ? (one.value < other.value ? -1 : 1) : one.type < other.type ? -1 : 1;
}

/** Two records of one family: a programme each, or a person each. */
export function withMore(family: Family, before: Family | undefined): Family {
  if (!before) return family;
  const known = new Set(before.members.map(({ person }) => person.person));
  return {
    ...before,
    values: new Set([...before.values, ...family.values]),
    members: [...before.members, ...family.members.filter(({ person }) => !known.has(person.person))],
    area: before.area ?? family.area,
    enrolments: distinct([...before.enrolments, ...family.enrolments]),
    payments: distinct([...before.payments, ...family.payments]),
  };
}

function distinct<T>(list: readonly T[]): T[] {
  const seen = new Set<string>();
  return list.filter((one) => {
    const text = JSON.stringify(one);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/**
 * What only staff ask of the local registry: who somebody is by name, by the end of a document, by file or phone, and
 * the card of a household. Searches answer masked. The caller has a purpose for each and writes it to the audit.
 */

import type { Keys } from '../privacy/keys.ts';
import type { Tx } from '../store/database.ts';
import { digitsOf, endingIndex, familyFileOf, endingOf } from './digits.ts';
import { areaValue, nameQuery } from './names.ts';
import type { PhoneUse, Role } from './registry.ts';
import type { SealedPerson } from './sealed.ts';
import { openHousehold, openPerson } from './sealed.ts';

/** A person as a search shows her before anybody has shown who they are. */
export type DeskPerson = {
  person: string;
  household: string;
  role: Role;
  /** First letters of given and family name. */
  initials: string;
  area: string | null;
  alive: boolean;
  /** Last three digits of her first phone. */
  phoneEnding: string | null;
  /** Spelled, or numbered, exactly as asked; otherwise a name that sounds like it. */
  exact: boolean;
};

export type DeskMember = {
  person: string;
  role: Role;
  given_name: string | null;
  family_name: string | null;
  mother: string | null;
  birth_year: number | null;
  sex: string | null;
  alive: boolean;
  language: string | null;
  phones: { number: string; use: PhoneUse }[];
  documents: { kind: string; ending: string }[];
};

export type DeskEnrolment = { programme: string; status: string; since: string | null };

export type DeskPayment = {
  reference: string;
  programme: string;
  period: string | null;
  status: string;
  amount: string | null;
  currency: string | null;
  place: string | null;
  /** ISO date of the collection start, else what orders payments. */
  on: string | null;
  /** When the status was reached, ISO date. */
  statusDate: string | null;
};

export type DeskCard = {
  household: string;
  file: string;
  area: string | null;
  /** The head first, then in order of birth. */
  members: DeskMember[];
  enrolments: DeskEnrolment[];
  payments: DeskPayment[];
};

export type DeskRegistry = {
  /** Persons with all of these names, those spelled so first; `areas`: in one of them. At most `limit`. */
  searchNames(words: string, limit: number, areas?: readonly string[]): Promise<DeskPerson[]>;
  /** Persons with a document, or of a family with a file number, that ends so; `year`: born then. */
  searchEnding(last4: string, year: number | undefined, limit: number): Promise<DeskPerson[]>;
  /** Persons of exactly this document or family file number. */
  searchFile(digits: string, limit: number): Promise<DeskPerson[]>;
  /** Persons with this phone, E.164. */
  searchPhone(phone: string, limit: number): Promise<DeskPerson[]>;
  card(household: string): Promise<DeskCard | undefined>;
  /** Given and family name, as they leave for a partner she agreed to be sent to; null: not registered. */
  nameOf(person: string): Promise<string | null>;
};

type Found = {
  key: string;
  household: string;
  role: Role;
  sealed: Buffer;
  alive: boolean;
  area: string | null;
};

/** Persons of one ending who are opened to compare years; 1 in 10,000 ends alike. */
const MOST_OF_ENDING = 1_000;
const MOST_PAYMENTS = 24;

const PERSON = `p.key, p.household, p.role, p.sealed, p.alive, h.area`;

export function deskRegistry(db: Tx, keys: Keys): DeskRegistry {
  const toPerson = (row: Found, exact: boolean, opened = openPerson(keys, row.sealed)): DeskPerson => ({
    person: row.key,
    household: row.household,
    role: row.role,
    initials: initialsOf(opened.given_name, opened.family_name),
    area: row.area,
    alive: row.alive,
    phoneEnding: opened.phones[0]?.number.slice(-3) ?? null,
    exact,
  });

  return {
    async searchNames(words, limit, areas) {
      const wanted = nameQuery(keys, words);
      if (wanted === undefined) return [];
      const inArea = areas && areas.map((area) => areaValue(keys, area));
      // Both stop at the limit without putting in order: a common name has tens of thousands of bearers.
      const spelled = await byName(db, [wanted.words], inArea, limit, 'all');
      const sounding =
        spelled.length >= limit
          ? []
          : await byName(db, wanted.sounds, inArea, limit + spelled.length, 'some');
      const seen = new Set(spelled.map((row) => row.key));
      return [
        ...spelled.map((row) => toPerson(row, true)),
        ...sounding.filter((row) => !seen.has(row.key)).map((row) => toPerson(row, false)),
      ]
        .slice(0, limit)
        .sort(byRank);
    },

    async searchEnding(last4, year, limit) {
      const ending = endingIndex(keys, last4);
      if (ending === undefined) return [];
      const { rows } = await db.query<Found>({
        name: 'desk-by-ending',
        text: `select distinct on (p.household, p.key) ${PERSON}
               from (select household, person from person_document where ending = $1 limit $2) d
               join person p on p.household = d.household and (d.person is null or d.person = p.key)
               join household h on h.key = p.household
               order by p.household, p.key
               limit $2`,
        values: [ending, year === undefined ? limit : MOST_OF_ENDING],
      });
      return rows
        .map((row) => ({ row, opened: openPerson(keys, row.sealed) }))
        .filter(({ opened }) => year === undefined || birthYear(opened) === year)
        .slice(0, limit)
        .map(({ row, opened }) => toPerson(row, true, opened))
        .sort(byRank);
    },

    async searchFile(text, limit) {
      const digits = digitsOf(text);
      if (digits === '') return [];
      const { rows } = await db.query<Found>({
        name: 'desk-by-document',
        text: `select distinct on (p.household, p.key) ${PERSON}
               from person_document d
               join person p on p.household = d.household and (d.person is null or d.person = p.key)
               join household h on h.key = p.household
               where d.document = $1
               order by p.household, p.key
               limit $2`,
        values: [keys.index('document', digits), limit],
      });
      return rows.map((row) => toPerson(row, true)).sort(byRank);
    },

    async searchPhone(phone, limit) {
      const { rows } = await db.query<Found>({
        name: 'desk-by-phone',
        text: `select ${PERSON}
               from person_phone n
               join person p on p.key = n.person
               join household h on h.key = p.household
               where n.phone = $1
               order by p.household, p.key
               limit $2`,
        values: [keys.index('phone', phone), limit],
      });
      const found = rows.map((row) => toPerson(row, true)).sort(byRank);
      return found.map((person) => ({ ...person, phoneEnding: phone.slice(-3) }));
    },

    async card(household) {
      // One after the other: within a transaction there is one connection.
      const file = await db.query<{ area: string | null; sealed: Buffer }>({
        name: 'desk-household',
        text: 'select area, sealed from household where key = $1',
        values: [household],
      });
      const persons = await db.query<Omit<Found, 'household' | 'area'> & { language: string | null }>({
        name: 'desk-members',
        text: 'select key, role, sealed, language, alive from person where household = $1 order by key limit 200',
        values: [household],
      });
      const enrolments = await db.query<DeskEnrolment>({
        name: 'desk-enrolments',
        text: 'select programme, status, since from enrolment where household = $1 order by programme',
        values: [household],
      });
      const payments = await db.query<DeskPayment>({
        name: 'desk-payments',
        text: `select reference, programme, period, status, amount, currency, place, on_date as "on",
                   status_date as "statusDate"
                 from payment where household = $1
                 order by on_date desc nulls last, reference desc limit ${MOST_PAYMENTS}`,
        values: [household],
      });
      const [found] = file.rows;
      if (!found) return undefined;
      const members = persons.rows.map((row) => {
        const opened = openPerson(keys, row.sealed);
        return { member: toMember(row, opened), born: opened.birth_date ?? '9999' };
      });
      return {
        household,
        file: fileNumber(openHousehold(keys, found.sealed).household_id),
        area: found.area,
        members: members
          .sort(
            (one, other) =>
              ROLES.indexOf(one.member.role) - ROLES.indexOf(other.member.role) ||
              (one.born < other.born ? -1 : 1),
          )
          .map(({ member }) => member),
        enrolments: enrolments.rows,
        payments: payments.rows,
      };
    },

    async nameOf(person) {
      const { rows } = await db.query<{ sealed: Buffer }>('select sealed from person where key = $1', [
        person,
      ]);
      if (!rows[0]) return null;
      const { given_name, family_name } = openPerson(keys, rows[0].sealed);
      return [given_name, family_name].filter((name) => name !== null && name !== '').join(' ') || null;
    },
  };
}

const ROLES: readonly Role[] = ['head', 'member', 'nominee'];

/** Persons whose name index holds all, or one, of each group of values. */
async function byName(
  db: Tx,
  groups: readonly string[][],
  areas: readonly string[] | undefined,
  limit: number,
  how: 'all' | 'some',
): Promise<Found[]> {
  const sets = areas === undefined ? groups : [...groups, areas];
  const conditions = groups.map((_, i) => `name_index ${how === 'all' ? '@>' : '&&'} $${i + 2}::uuid[]`);
  if (areas !== undefined) conditions.push(`name_index && $${groups.length + 2}::uuid[]`);
  // The limit stands inside: households are looked up for those shown only.
  const { rows } = await db.query<Found>(
    `select ${PERSON}
     from (select key, household, role, sealed, alive from person where ${conditions.join(' and ')} limit $1) p
     join household h on h.key = p.household`,
    [limit, ...sets],
  );
  return rows;
}

/** Exact before similar, heads before members, the living before the dead; then always the same order. */
function byRank(one: DeskPerson, other: DeskPerson): number {
  return (
    Number(other.exact) - Number(one.exact) ||
    ROLES.indexOf(one.role) - ROLES.indexOf(other.role) ||
    Number(other.alive) - Number(one.alive) ||
    (one.person < other.person ? -1 : 1)
  );
}

/** First letters, without the article: `R. H.`, `ر. ح.`; `?` for a person without a name. */
export function initialsOf(...names: (string | null)[]): string {
  const letters = names.flatMap((name) => {
    const bare = (name ?? '').trim().replace(/^(?:ال(?=..)|(?:al|el)[- ])/iu, '');
    const [letter] = bare.match(/\p{L}/u) ?? [];
    return letter === undefined ? [] : [`${letter.toUpperCase()}.`];
  });
  return letters.length === 0 ? '?' : letters.join(' ');
}

function birthYear({ birth_date }: SealedPerson): number | null {
  return birth_date === null ? null : Number(birth_date.slice(0, 4));
}

function toMember(
  row: { key: string; role: Role; alive: boolean; language: string | null },
  opened: SealedPerson,
): DeskMember {
  return {
    person: row.key,
    role: row.role,
    given_name: opened.given_name,
    family_name: opened.family_name,
    mother: opened.mother_name,
    birth_year: birthYear(opened),
    sex: opened.sex,
    alive: row.alive,
    language: row.language,
    phones: opened.phones,
    documents: opened.documents.flatMap(({ type, number }) => {
      const ending = endingOf(number);
      return ending === undefined ? [] : [{ kind: type, ending }];
    }),
  };
}

/** The family file number, or the household id where it is no such number. */
function fileNumber(householdId: string): string {
  return familyFileOf(householdId) ?? householdId;
}

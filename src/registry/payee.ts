/** Whose payment it is, and on which phone she can be told: asked of the local registry by keyed hash. */
import type { Keys } from '../privacy/keys.ts';
import type { Tx } from '../store/database.ts';
import { digitsOf } from './digits.ts';
import type { PhoneUse } from './registry.ts';
import { openPerson } from './sealed.ts';

/** The household, and the person where the identifier names one. */
export type Beneficiary = { household: string; person: string | null };

/** Why nobody was found: not in the registry, in more than one household, or an identifier of another space. */
export type NoBeneficiary = 'unknown_beneficiary' | 'ambiguous_beneficiary' | 'unknown_id_type';

const HOUSEHOLD_IDS: ReadonlySet<string> = new Set(['household_id', 'household', 'hhid', 'group_id']);
const PERSON_IDS: ReadonlySet<string> = new Set([
  'person_id',
  'person',
  'member_id',
  'individual_id',
  'beneficiary_id',
  'uin',
]);
const FILE_IDS: ReadonlySet<string> = new Set(['family_file', 'family_file_number', 'file_number']);

const kindOf = (idType: string) =>
  idType
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** Whether identifiers of this type can name somebody in the registry; `documents`: the kinds that it knows. */
export function isRegistryId(idType: string, documents: readonly string[]): boolean {
  const kind = kindOf(idType);
  return [HOUSEHOLD_IDS, PERSON_IDS, FILE_IDS, new Set(documents)].some((kinds) => kinds.has(kind));
}

/** Fewer digits match many (import/prepare.ts). */
const MIN_DIGITS = 4;

/**
 * Finds a beneficiary by an identifier of the registry: a household id, a person id, a family file number, or a document
 * of one of the kinds in `documents`. A phone is no identifier.
 */
export async function findBeneficiary(
  tx: Tx,
  keys: Keys,
  { idType, idValue }: { idType: string; idValue: string },
  documents: readonly string[],
): Promise<Beneficiary | NoBeneficiary> {
  const kind = kindOf(idType);
  const value = idValue.trim();
  if (HOUSEHOLD_IDS.has(kind)) {
    return one(tx, 'select key as household, null as person from household where key = $1', [
      keys.index('household', value),
    ]);
  }
  if (PERSON_IDS.has(kind)) {
    return one(tx, 'select household, key as person from person where external_id = $1 limit 2', [
      keys.index('person', value),
    ]);
  }
  const isFile = FILE_IDS.has(kind);
  if (!isFile && !documents.includes(kind)) return 'unknown_id_type';
  const digits = digitsOf(value);
  if (digits.length < MIN_DIGITS) return 'unknown_beneficiary';
  return one(
    tx,
    `select distinct household, person from person_document
     where document = $1 and kind = $2 limit 2`,
    [keys.index('document', digits), isFile ? 'family_file' : kind],
  );
}

async function one(tx: Tx, sql: string, values: unknown[]): Promise<Beneficiary | NoBeneficiary> {
  const { rows } = await tx.query<Beneficiary>(sql, values);
  if (rows.length > 1) return 'ambiguous_beneficiary';
  return rows[0] ?? 'unknown_beneficiary';
}

/** The key of a member by the registry's id of her; null when the household has no such member. */
export async function memberOf(
  tx: Tx,
  keys: Keys,
  household: string,
  personId: string,
): Promise<string | null> {
  const { rows } = await tx.query<{ key: string }>(
    'select key from person where household = $1 and external_id = $2',
    [household, keys.index('person', personId)],
  );
  return rows[0]?.key ?? null;
}

/** The programme of a household that is in one only. */
export async function onlyProgramme(tx: Tx, household: string): Promise<string | null> {
  const { rows } = await tx.query<{ programme: string }>(
    'select programme from enrolment where household = $1 limit 2',
    [household],
  );
  return rows.length === 1 ? (rows[0]?.programme ?? null) : null;
}

export type Payee = {
  person: string;
  /** The language her registry record asks for. */
  language: string | null;
  phone: {
    /** E.164. */
    number: string;
    use: PhoneUse;
    /** No other household, and nobody who shares or borrows it. */
    isOfOne: boolean;
  } | null;
};

/** Whom to tell first: the phone most surely hers. */
const ORDER: readonly PhoneUse[] = ['own', 'unknown', 'shared', 'borrowed'];

/** Who is paid (`person`, else the head) and her best phone. `nobody`: not in the registry any more. */
export async function payeeOf(
  tx: Tx,
  keys: Keys,
  household: string,
  person: string | null,
): Promise<Payee | 'deceased' | 'nobody'> {
  const { rows } = await tx.query<{
    key: string;
    sealed: Buffer;
    language: string | null;
    alive: boolean;
  }>({
    name: 'payee',
    text: `select key, sealed, language, alive from person
           where household = $1 and (key = $2 or ($2::uuid is null and role = 'head'))
           order by alive desc, key limit 1`,
    values: [household, person],
  });
  const [found] = rows;
  if (!found) return 'nobody';
  if (!found.alive) return 'deceased';
  const { phones } = openPerson(keys, found.sealed);
  const [best] = ORDER.flatMap((use) => phones.filter((phone) => phone.use === use));
  if (!best) return { person: found.key, language: found.language, phone: null };
  const shared = await tx.query<{ alone: boolean }>({
    name: 'payee-phone',
    text: `select count(distinct household) <= 1 and coalesce(bool_and(use in ('own', 'unknown')), true) as alone
           from person_phone where phone = $1`,
    values: [keys.index('phone', best.number)],
  });
  return {
    person: found.key,
    language: found.language,
    phone: { ...best, isOfOne: shared.rows[0]?.alone ?? false },
  };
}

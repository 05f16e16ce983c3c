/** The registry in Wasl's own database, filled by imports: each question is one index look-up and one round trip. */

import type { Keys } from '../privacy/keys.ts';
import type { Database, NamedQuery } from '../store/database.ts';
import { digitsOf, endingOf, familyFileOf } from './digits.ts';
import type {
  Enrolment,
  EnrolmentStatus,
  Payment,
  PaymentStatus,
  PhoneUse,
  Registry,
  RegistryPerson,
  Role,
} from './registry.ts';
import { ENROLMENT_STATUSES, PAYMENT_STATUSES, RegistryUnavailable } from './registry.ts';
import { openHousehold, openPerson } from './sealed.ts';

/** A registry's own words, in lower case, and what they mean here; canonical words need no entry. */
export type StatusWords = {
  enrolment?: Record<string, EnrolmentStatus>;
  payment?: Record<string, PaymentStatus>;
  /** Words that mean `posted`: which of several postings. */
  stages?: Readonly<Record<string, number>>;
  /** The kind of document by whose last digit pay days go. */
  payDocument?: string;
};

/** A number that a whole street uses is no identity; more persons than this are not worth reading. */
const MAX_PERSONS = 100;

/** Uses of a head's own phones to warn her on, best first. A borrowed phone is somebody else's. */
const WARN_ORDER: readonly PhoneUse[] = ['own', 'unknown', 'shared'];

type PersonFound = {
  key: string;
  household: string;
  role: Role;
  sealed: Buffer;
  language: string | null;
  alive: boolean;
  use: PhoneUse | null;
  household_sealed: Buffer;
};

/** Answers the registry's questions from the imported tables. Rejects with RegistryUnavailable when it cannot tell. */
export function localRegistry(db: Database, keys: Keys, words: StatusWords = {}): Registry {
  const ask = async <R extends object>(query: NamedQuery, signal: AbortSignal): Promise<R[]> =>
    (await answerBefore(signal, () => db.query<R>(query))).rows;

  const toPerson = (row: PersonFound): RegistryPerson => {
    const person = openPerson(keys, row.sealed);
    const date = person.birth_date;
    const numbers = person.documents.map((document) => document.number);
    const familyFile = familyFileOf(openHousehold(keys, row.household_sealed).household_id);
    if (familyFile !== undefined) numbers.push(familyFile);
    return {
      person: row.key,
      household: row.household,
      role: row.role,
      birthYear: date === null ? null : Number(date.slice(0, 4)),
      birthDate: date?.length === 10 ? date : null,
      documentEndings: [...new Set(numbers.flatMap((number) => endingOf(number) ?? []))],
      alive: row.alive,
      language: row.language,
      ...(row.use === null ? {} : { phoneUse: row.use }),
    };
  };

  const payDigitOf = (sealed: Buffer): string | undefined =>
    openPerson(keys, sealed)
      .documents.filter(({ type }) => type === words.payDocument)
      .map(({ number }) => digitsOf(number).slice(-1))
      .find((digit) => digit !== '');

  return {
    async findByPhone(phone, { signal }) {
      const rows = await ask<PersonFound>(
        {
          name: 'registry-by-phone',
          text: `select p.key, p.household, p.role, p.sealed, p.language, p.alive, n.use, h.sealed as household_sealed
                 from person_phone n
                 join person p on p.key = n.person
                 join household h on h.key = p.household
                 where n.phone = $1
                 order by p.household, p.key
                 limit ${MAX_PERSONS}`,
          values: [keys.index('phone', phone)],
        },
        signal,
      );
      return rows.map(toPerson);
    },

    async findByDocument(text, { signal }) {
      const digits = digitsOf(text);
      if (digits === '') return [];
      const rows = await ask<PersonFound>(
        {
          name: 'registry-by-document',
          text: `select distinct on (p.household, p.key)
                   p.key, p.household, p.role, p.sealed, p.language, p.alive, null as use, h.sealed as household_sealed
                 from person_document d
                 join person p on p.household = d.household and (d.person is null or d.person = p.key)
                 join household h on h.key = p.household
                 where d.document = $1
                 order by p.household, p.key
                 limit ${MAX_PERSONS}`,
          values: [keys.index('document', digits)],
        },
        signal,
      );
      return rows.map(toPerson);
    },

    async file(household, { signal }) {
      const [row] = await ask<{ area: string | null; head_deceased: boolean; head: Buffer | null }>(
        {
          name: 'registry-file',
          text: `select area, head_deceased, case when $2 then (
                   select sealed from person
                   where household = $1 and role = 'head' and alive order by key limit 1
                 ) end as head
                 from household where key = $1`,
          values: [household, words.payDocument !== undefined],
        },
        signal,
      );
      if (!row) return undefined;
      const payDigit = row.head === null ? undefined : payDigitOf(row.head);
      return {
        household,
        state: {
          headDeceased: row.head_deceased,
          area: row.area,
          ...(payDigit === undefined ? {} : { payDigit }),
        },
      };
    },

    async enrolments(household, { signal }) {
      const rows = await ask<Omit<Enrolment, 'status'> & { status: string }>(
        {
          name: 'registry-enrolments',
          text: `select programme, status, since, status_date as "statusDate", reason, next_date as "nextDate",
                   review_due as "reviewDue"
                 from enrolment where household = $1 order by programme`,
          values: [household],
        },
        signal,
      );
      return rows.map((row) => ({
        ...row,
        status: meaning(row.status, ENROLMENT_STATUSES, words.enrolment),
        ...stageOf(row.status, words),
      }));
    },

    async payments(household, { signal }) {
      const rows = await ask<Omit<Payment, 'status'> & { status: string }>(
        {
          name: 'registry-payments',
          // Final words of the registry's own language are not known here: what is not surely final counts as open.
          text: `select reference, programme, period, amount, currency, status, from_date as "from",
                   until_date as "until", place, provider, status_date as "statusDate"
                 from payment
                 where household = $1
                   and (on_date >= current_date - interval '12 months'
                     or lower(status) not in ('paid', 'collected', 'returned', 'cancelled'))
                 order by on_date desc nulls last, reference desc
                 limit 24`,
          values: [household],
        },
        signal,
      );
      return rows.map((row) => ({ ...row, status: meaning(row.status, PAYMENT_STATUSES, words.payment) }));
    },

    async registeredPhone(household, { signal }) {
      const rows = await ask<{ sealed: Buffer }>(
        {
          name: 'registry-registered-phone',
          text: `select sealed from person where household = $1 and role = 'head' and alive order by key`,
          values: [household],
        },
        signal,
      );
      const phones = rows.flatMap((row) => openPerson(keys, row.sealed).phones);
      const [found] = WARN_ORDER.flatMap((use) => phones.filter((phone) => phone.use === use));
      return found && { phone: found.number, use: found.use };
    },
  };
}

/** Which posting a registry's word means; nothing where it does not say. */
export function stageOf(word: string | null, { stages = {} }: StatusWords): { stage?: number } {
  const stage = stages[word?.trim().toLowerCase() ?? ''];
  return stage === undefined ? {} : { stage };
}

/** The canonical status for a registry's word, `unknown` when neither it nor the profile knows the word. */
function meaning<S extends string>(
  word: string,
  canonical: readonly S[],
  words: Record<string, S> = {},
): S | 'unknown' {
  const plain = word.trim().toLowerCase();
  if (Object.hasOwn(words, plain)) return words[plain] ?? 'unknown';
  return canonical.find((status) => status === plain) ?? 'unknown';
}

/** The answer, or RegistryUnavailable when the caller's deadline comes first or the database cannot be asked. */
function answerBefore<T>(signal: AbortSignal, question: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new RegistryUnavailable('the registry did not answer in time'));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    question()
      .then(resolve, (error: unknown) => {
        const mistake = error instanceof Error && isOurMistake(error);
        reject(mistake ? error : new RegistryUnavailable('the registry database failed', { cause: error }));
      })
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  });
}

/** SQLSTATE classes that say the query is wrong or the schema is old; everything else is a database in trouble. */
function isOurMistake(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(error.code);
}

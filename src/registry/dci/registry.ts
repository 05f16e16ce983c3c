/**
 * The registry port over DCI. Nothing of an answer outlives the turn it was asked in, unless the profile allows a cache
 * for one session. Household and person keys are keyed hashes of the registry's own ids: to ask about a household again,
 * she is looked up again as she was found, and her key must come out the same.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { LRUCache } from 'lru-cache';
import type { Keys } from '../../privacy/keys.ts';
import { digitsOf } from '../digits.ts';
import type { Enrolment, Payment, PhoneUse, Query, Registry } from '../registry.ts';
import { RegistryUnavailable } from '../registry.ts';
import type { ReadOptions } from './benefits.ts';
import type { DciClient } from './client.ts';
import { familyOf, withMore, type Family } from './family.ts';
import type { Json } from './json.ts';
import { handles, type Found, type HandleStore } from './handles.ts';
import { readRecord } from './records.ts';

export type DciRegistryDeps = {
  client: DciClient;
  keys: Keys;
  read: Omit<ReadOptions, 'today'>;
  /** Keeps, sealed, how somebody was found by a document, for as long as she talks. */
  handleStore: HandleStore;
  /** 0: no answer is kept beyond its turn. */
  cacheTtlS: number;
  now: () => Date;
  /** Told of each record that is not of whom was asked about; nothing else becomes of it. */
  onDropped?: () => void;
};

/** Uses of a head's own phones to warn her on, best first. A borrowed phone is somebody else's. */
const WARN_ORDER: readonly PhoneUse[] = ['own', 'unknown', 'shared'];
const MOST_PAYMENTS = 24;
const MOST_PERSONS = 3;

/** A DCI registry, and what others need to know of it: `changed` forgets what is kept. */
export type DciRegistry = Registry & { changed(): void };

export function dciRegistry(deps: DciRegistryDeps): DciRegistry {
  const { client, keys, now, cacheTtlS } = deps;
  const { block } = client;
  const handle = handles(deps.handleStore, keys, now);
  const turns = new WeakMap<object, Map<string, Promise<Family[]>>>();
  const kept =
    cacheTtlS > 0 ? new LRUCache<string, Family[]>({ max: 5_000, ttl: cacheTtlS * 1_000 }) : undefined;
  const options = (): ReadOptions => ({ ...deps.read, today: now().toISOString().slice(0, 10) });
  const main = { ...block };

  const toFamilies = (records: readonly Json[], isHers: (family: Family) => boolean): Family[] => {
    const families = new Map<string, Family>();
    for (const record of records) {
      const family = familyOf(readRecord(record, options()), keys, block);
      if (family === undefined || !isHers(family)) deps.onDropped?.();
      else families.set(family.key, withMore(family, families.get(family.key)));
    }
    return [...families.values()];
  };

  const ask = async (found: Found, query: Query): Promise<Family[]> => {
    const types = found.by === 'phone' ? [block.phone.type ?? ''] : block.documents;
    const value = found.by === 'phone' ? phoneValue(found.value, block.phone.format) : found.value;
    const answers = await Promise.all(
      types.map((type) => client.search(main, { type, value }, query.purpose, query.signal)),
    );
    return toFamilies(answers.flat(), (family) => isOf(family, found));
  };

  /** Asked once in a turn and for a purpose, whoever wants to know. */
  const families = (found: Found, query: Query): Promise<Family[]> => {
    if (found.by === 'phone' && block.phone.type === null) return Promise.resolve([]);
    const name = `${query.purpose}:${found.by}:${found.value}`;
    const memo = memoOf(query);
    const asked = memo?.get(name);
    if (asked) return asked;
    const cacheKey = kept && keys.index('content', name);
    const cached = cacheKey === undefined ? undefined : kept?.get(cacheKey);
    const answer = cached
      ? Promise.resolve(cached)
      : ask(found, query).then((answered) => {
          if (cacheKey !== undefined) kept?.set(cacheKey, answered);
          return answered;
        });
    memo?.set(name, answer);
    // A failure is not remembered: the next question of this turn may still be in time.
    answer.catch(() => memo?.delete(name));
    return answer;
  };

  const memoOf = ({ turn }: Query) => {
    if (!turn) return undefined;
    const memo = turns.get(turn.of) ?? new Map<string, Promise<Family[]>>();
    turns.set(turn.of, memo);
    return memo;
  };

  /** The household, looked up as she was found before; undefined where that leads to others only. */
  const locate = async (household: string, query: Query): Promise<Family | undefined> => {
    const found = await handle.read(household);
    const ways: Found[] = [
      ...(found ? [found] : []),
      ...(query.turn?.phone ? [{ by: 'phone' as const, value: query.turn.phone }] : []),
    ];
    if (ways.length === 0) throw new RegistryUnavailable('it is not known any more how she was found');
    for (const way of ways) {
      const family = (await families(way, query)).find(({ key }) => key === household);
      if (family) return family;
    }
    return undefined;
  };

  const known = async (household: string, query: Query): Promise<Family> => {
    const family = await locate(household, query);
    if (!family) throw new RegistryUnavailable('the household is not found as it was before');
    return family;
  };

  /** What the registry of beneficiaries says of her, where it is another one; else what stood in the same record. */
  const standing = async (
    household: string,
    query: Query,
  ): Promise<Pick<Family, 'enrolments' | 'payments'>> => {
    const family = await known(household, query);
    const section = block.beneficiaries;
    if (!section) return family;
    const memo = memoOf(query);
    const name = `${query.purpose}:standing:${household}`;
    const before = memo?.get(name);
    const asked =
      before ??
      (async () => {
        const headFirst = [...family.members].sort(
          (one, other) => Number(other.person.role === 'head') - Number(one.person.role === 'head'),
        );
        const ids = headFirst.flatMap(({ askBy }) => askBy ?? []).slice(0, MOST_PERSONS);
        if (ids.length === 0) throw new RegistryUnavailable('she has no identifier to ask by');
        const answers = await Promise.all(
          ids.map((id) =>
            client.search(section, { type: id.type, value: id.value }, query.purpose, query.signal),
          ),
        );
        const hers = answers.map((records, at) =>
          records.filter((record) => {
            const own = familyOf(readRecord(record, options()), keys, block);
            const isHers = own?.values.has(ids[at]?.value ?? '') ?? false;
            if (!isHers) deps.onDropped?.();
            return isHers;
          }),
        );
        const reading = { ...options(), programmes: { ...block.programmes, ...section.programmes } };
        const records = hers.flat().map((record) => readRecord(record, reading));
        return [
          records.reduce<Family>(
            (sum, { enrolments, payments }) => withMore({ ...family, enrolments, payments }, sum),
            { ...family, enrolments: [], payments: [] },
          ),
        ];
      })();
    memo?.set(name, asked);
    asked.catch(() => memo?.delete(name));
    const [all] = await asked;
    return all ?? family;
  };

  return {
    changed() {
      kept?.clear();
    },

    async findByPhone(phone, query) {
      const found = await families({ by: 'phone', value: phone }, query);
      return found.flatMap(({ members }) =>
        members.flatMap(({ person, phones }) => {
          const use = phones.find(({ number }) => number === phone)?.use;
          return use === undefined ? [] : [{ ...person, phoneUse: use }];
        }),
      );
    },

    async findByDocument(text, query) {
      const digits = digitsOf(text);
      if (digits === '') return [];
      const found: Found = { by: 'document', value: digits };
      const answered = await families(found, query);
      for (const { key } of answered) handle.write(key, found);
      return answered.flatMap(({ members, fileDigits }) => {
        const isFile = fileDigits.has(digits);
        return members.flatMap(({ person, digits: own }) => (isFile || own.has(digits) ? [person] : []));
      });
    },

    async file(household, query) {
      const family = await locate(household, query);
      if (!family) return undefined;
      const heads = family.members.filter(({ person }) => person.role === 'head');
      const headDeceased = heads.length > 0 && heads.every(({ person }) => !person.alive);
      return { household, state: { headDeceased, area: family.area } };
    },

    async enrolments(household, query): Promise<Enrolment[]> {
      const { enrolments } = await standing(household, query);
      return [...enrolments].sort((one, other) => one.programme.localeCompare(other.programme));
    },

    async payments(household, query): Promise<Payment[]> {
      const { payments } = await standing(household, query);
      const newest = [...payments].sort((one, other) => (other.from ?? '').localeCompare(one.from ?? ''));
      return newest.slice(0, MOST_PAYMENTS).map((payment) => ({
        ...payment,
        reference: payment.reference === '' ? referenceOf(keys, household, payment) : payment.reference,
      }));
    },

    async registeredPhone(household, query) {
      const { members } = await known(household, query);
      const phones = members.flatMap(({ person, phones }) =>
        person.role === 'head' && person.alive ? phones : [],
      );
      const [found] = WARN_ORDER.flatMap((use) => phones.filter((phone) => phone.use === use));
      return found && { phone: found.number, use: found.use };
    },
  };
}

/** Somebody in it has the phone, or the document, or the family file, that was asked for. */
function isOf({ members, fileDigits }: Family, { by, value }: Found): boolean {
  if (by === 'phone') return members.some(({ phones }) => phones.some(({ number }) => number === value));
  return fileDigits.has(value) || members.some(({ digits }) => digits.has(value));
}

function phoneValue(phone: string, format: 'e164' | 'digits' | 'national'): string {
  if (format === 'e164') return phone;
  if (format === 'digits') return phone.slice(1);
  return parsePhoneNumberFromString(phone)?.formatNational().replace(/\D/g, '') ?? phone.slice(1);
}

/** The same benefit of the same family, read again, is the same payment. */
function referenceOf(keys: Keys, household: string, { programme, from, amount, period }: Payment): string {
  return keys.index('content', JSON.stringify(['dci', household, programme, from, period, amount]));
}

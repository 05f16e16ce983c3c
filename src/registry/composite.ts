/**
 * Several registries as one. Each is asked what its roles are for (systems.md §2.11); the first named is believed before
 * the second. Where they contradict each other nobody is picked: the citizen hears "being checked", and what each said is
 * kept for who looks into it. One that is away takes its own answers away, not those of the others.
 */
import { sameAmount } from '../profiles/amount.ts';
import type { RegistryRole } from '../profiles/registry-block.ts';
import {
  RegistryUnavailable,
  type Enrolment,
  type HouseholdKey,
  type Payment,
  type Query,
  type Registry,
  type RegistryPerson,
} from './registry.ts';

export type Source = { name: string; roles: readonly RegistryRole[]; registry: Registry };

export type CompositeEvents = {
  /** Two sources say different things of one enrolment or payment. */
  onDisagreement?: (kind: 'enrolment' | 'payment') => void;
};

/** Whom to ask first, for each question; where no source has the roles of one line, those of the next are asked. */
const ASKED: Readonly<Record<'identity' | 'file' | 'enrolments' | 'payments', RegistryRole[][]>> = {
  identity: [['identification', 'social'], ['integrated', 'beneficiary'], ['payments']],
  file: [['social'], ['identification'], ['integrated', 'beneficiary']],
  enrolments: [['beneficiary', 'integrated'], ['social']],
  payments: [['payments', 'integrated', 'beneficiary'], ['social']],
};

/** Null: the source answered, and she is not in it. */
type KeyIn = HouseholdKey | null;

export function compositeRegistry(sources: readonly Source[], events: CompositeEvents = {}): Registry {
  const asked = (question: keyof typeof ASKED): readonly Source[] => {
    for (const roles of ASKED[question]) {
      const found = sources.filter((source) => source.roles.some((role) => roles.includes(role)));
      if (found.length > 0) return found;
    }
    return [];
  };

  /** What the sources answer, best believed first. Unavailable when none does, or when those that do know nothing. */
  const all = async <T>(
    among: readonly Source[],
    question: (source: Source) => Promise<T[]>,
  ): Promise<{ source: Source; answer: T[] }[]> => {
    const settled = await Promise.allSettled(among.map(question));
    const answers = settled.flatMap((one, at) => {
      const source = among[at];
      return one.status === 'fulfilled' && source ? [{ source, answer: one.value }] : [];
    });
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed && answers.every(({ answer }) => answer.length === 0)) throw reasonOf(failed.reason);
    for (const { reason } of settled.filter((one) => one.status === 'rejected'))
      if (!(reason instanceof RegistryUnavailable)) throw reasonOf(reason);
    return answers;
  };

  const persons = async (
    question: (registry: Registry) => Promise<RegistryPerson[]>,
  ): Promise<RegistryPerson[]> => {
    const answers = await all(asked('identity'), ({ registry }) => question(registry));
    const merged: RegistryPerson[] = [];
    for (const { answer } of answers) {
      for (const person of answer) {
        const at = merged.findIndex((one) => isSamePerson(one, person));
        const known = merged[at];
        if (known) merged[at] = together(known, person);
        else merged.push(person);
      }
    }
    return merged;
  };

  /** The key by which a source knows the household; throws RegistryUnavailable when it cannot be told. */
  const keyIn = async ({ registry }: Source, household: HouseholdKey, query: Query): Promise<KeyIn> => {
    if (await registry.file(household, query)) return household;
    const phone = query.turn?.phone;
    const hers = phone
      ? (await persons((one) => one.findByPhone(phone, query))).filter((one) => one.household === household)
      : [];
    if (!phone || hers.length === 0) throw new RegistryUnavailable('a source cannot tell whom it is about');
    const theirs = await registry.findByPhone(phone, query);
    return theirs.find((one) => hers.some((her) => isSamePerson(her, one)))?.household ?? null;
  };

  const ofHousehold = <T>(
    question: 'enrolments' | 'payments',
    household: HouseholdKey,
    query: Query,
    ask: (registry: Registry, key: HouseholdKey) => Promise<T[]>,
  ) =>
    all(asked(question), async (source) => {
      const key = await keyIn(source, household, query);
      return key === null ? [] : ask(source.registry, key);
    });

  const first = async <T>(
    household: HouseholdKey,
    query: Query,
    ask: (registry: Registry, key: HouseholdKey) => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    const answers = await all(asked('file'), async (source) => {
      const key = await keyIn(source, household, query).catch((error: unknown) => {
        // No registry has a household that is none; asked so that strangers wait as long as others.
        if (error instanceof RegistryUnavailable && !query.turn?.phone) return null;
        throw error;
      });
      const found = key === null ? undefined : await ask(source.registry, key);
      return found === undefined ? [] : [found];
    });
    return answers.flatMap(({ answer }) => answer)[0];
  };

  return {
    findByPhone: (phone, query) => persons((registry) => registry.findByPhone(phone, query)),
    findByDocument: (digits, query) => persons((registry) => registry.findByDocument(digits, query)),

    async file(household, query) {
      const answers = await all(asked('file'), async ({ registry }) => {
        const file = await registry.file(household, query);
        return file ? [file] : [];
      });
      return answers.flatMap(({ answer }) => answer)[0];
    },

    async enrolments(household, query) {
      const answers = await ofHousehold('enrolments', household, query, (registry, key) =>
        registry.enrolments(key, query),
      );
      const merged = mergeEnrolments(answers);
      if (merged.some(({ said }) => said)) events.onDisagreement?.('enrolment');
      return merged;
    },

    async payments(household, query) {
      const answers = await ofHousehold('payments', household, query, (registry, key) =>
        registry.payments(key, query),
      );
      const silent = asked('payments').filter((one) => !answers.some(({ source }) => source === one));
      // What became of a payment the platform alone knows; a register's word in its place would be told as the truth.
      if (silent.some(({ roles }) => roles.includes('payments')))
        throw new RegistryUnavailable('the payment platform did not answer');
      const merged = mergePayments(answers);
      if (merged.some(({ said }) => said)) events.onDisagreement?.('payment');
      return merged;
    },

    registeredPhone: (household, query) =>
      first(household, query, (registry, key) => registry.registeredPhone(key, query)),
  };
}

function reasonOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new RegistryUnavailable('a source failed', { cause: reason });
}

/** The same key, or else the same year of birth and an ending of a document in common: both came by one phone or document. */
function isSamePerson(one: RegistryPerson, other: RegistryPerson): boolean {
  if (one.person === other.person) return true;
  return (
    one.birthYear !== null &&
    one.birthYear === other.birthYear &&
    one.documentEndings.some((ending) => other.documentEndings.includes(ending))
  );
}

/** The better believed one; but who shares her phone in any register is treated so. */
function together(known: RegistryPerson, other: RegistryPerson): RegistryPerson {
  const uses = [known.phoneUse, other.phoneUse];
  const phoneUse =
    uses.find((use) => use === 'borrowed' || use === 'shared') ?? known.phoneUse ?? other.phoneUse;
  return {
    ...known,
    birthYear: known.birthYear ?? other.birthYear,
    birthDate: known.birthDate ?? other.birthDate,
    documentEndings: [...new Set([...known.documentEndings, ...other.documentEndings])],
    language: known.language ?? other.language,
    ...(phoneUse === undefined ? {} : { phoneUse }),
  };
}

type Answers<T> = readonly { source: Source; answer: readonly T[] }[];

/** One for each programme. The best believed source gives the details, the others what it left out. */
export function mergeEnrolments(answers: Answers<Enrolment>): Enrolment[] {
  const told = new Map<string, { source: string; enrolment: Enrolment }[]>();
  for (const { source, answer } of answers)
    for (const enrolment of answer)
      told.set(enrolment.programme, [
        ...(told.get(enrolment.programme) ?? []),
        { source: source.name, enrolment },
      ]);
  return [...told.values()].flatMap((list): Enrolment[] => {
    const [best] = list;
    if (!best) return [];
    const details = list.reduceRight<Enrolment>(
      (less, { enrolment }) => ({ ...less, ...withoutNulls(enrolment) }),
      best.enrolment,
    );
    if (list.every(({ enrolment }) => enrolment.status === best.enrolment.status)) return [details];
    const said = list.map(({ source, enrolment: { status, statusDate, since } }) => ({
      source,
      status,
      date: statusDate ?? since,
    }));
    // What belongs to one of the statuses would tell which one it is.
    return [{ ...details, status: 'unknown', reason: null, statusDate: null, said }];
  });
}

/** Newest first. One payment of two sources is known by its reference, or by programme and period. */
export function mergePayments(answers: Answers<Payment>): Payment[] {
  const merged: { payment: Payment; sources: { source: Source; payment: Payment }[] }[] = [];
  for (const { source, answer } of answers) {
    for (const payment of answer) {
      const open = merged.filter((one) => !one.sources.some((its) => its.source === source));
      // A family may be paid twice for one month: the reference tells them apart, where both sources know it.
      const same =
        open.find((one) => one.payment.reference === payment.reference) ??
        open.find((one) => isSameMonth(one.payment, payment));
      if (same) same.sources.push({ source, payment });
      else merged.push({ payment, sources: [{ source, payment }] });
    }
  }
  return merged
    .map(({ payment, sources }): Payment => {
      // A register of benefits says what is due, not what became of it: that is for the payment platform to say.
      const authority = sources.filter(({ source }) => source.roles.includes('payments'));
      const heard = authority.length > 0 ? authority : sources;
      const isAgreed =
        heard.every((one) => one.payment.status === heard[0]?.payment.status) &&
        sources.every((one) => isSameAmount(one.payment, payment));
      const base = heard[0]?.payment ?? payment;
      if (isAgreed) return base;
      const said = sources.map(({ source, payment: { status, statusDate, amount } }) => ({
        source: source.name,
        status,
        date: statusDate,
        amount,
      }));
      return { ...base, status: 'unknown', amount: null, currency: null, said };
    })
    .sort((one, other) => (other.from ?? '').localeCompare(one.from ?? ''))
    .slice(0, 24);
}

function isSameMonth(one: Payment, other: Payment): boolean {
  return one.programme === other.programme && one.period !== null && one.period === other.period;
}

/** As numbers: one source writes 145, another 145.00. Null says nothing, so it contradicts nothing. */
function isSameAmount(one: Payment, other: Payment): boolean {
  if (one.amount === null || other.amount === null) return true;
  const isSameCurrency = one.currency === null || other.currency === null || one.currency === other.currency;
  return isSameCurrency && sameAmount(one.amount, other.amount);
}

function withoutNulls(enrolment: Enrolment): Enrolment {
  return Object.fromEntries(Object.entries(enrolment).filter(([, value]) => value !== null)) as Enrolment;
}

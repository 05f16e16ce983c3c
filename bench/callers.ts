/** The people who call in the bench: families of the synthetic registry in which each has a payment of her own amount. */
import type { HouseholdInput } from '../src/registry/import/record.ts';
import { generateHouseholds } from '../src/registry/population.ts';

export type Language = 'ar' | 'en' | 'fr';

/**
 * `amount`: whole dollars that nobody else is paid, so that a screen of somebody else's is noticed; null for a phone
 * that is in no file, whose caller hangs up at the menu.
 */
export type Caller = {
  phone: string;
  language: Language;
  last4: string;
  year: string;
  amount: number | null;
};

export type Population = { callers: Caller[]; households: HouseholdInput[] };

const FIRST_AMOUNT = 1_000;

/** So many families whose living head owns her phone, has a document and waits for one payment that is ready. */
export function inventPopulation(count: number): Population {
  const today = new Date().toISOString().slice(0, 10);
  const generated = generateHouseholds({
    households: count * 20,
    today,
    demo: false,
    phones: { first: 96_170_001_000, last: 96_170_001_000 + count * 40 },
  });
  const callers: Caller[] = [];
  const households: HouseholdInput[] = [];
  const phones = new Set<string>();
  for (const household of generated) {
    const amount = FIRST_AMOUNT + callers.length;
    const caller = callerOf(household, amount);
    if (!caller || phones.has(caller.phone)) continue;
    phones.add(caller.phone);
    callers.push(caller);
    households.push({
      ...household,
      payments: household.payments?.map((payment) =>
        payment.status === 'ready' ? { ...payment, amount: `${amount}.00` } : payment,
      ),
    });
    if (callers.length === count) return { callers, households };
  }
  throw new Error(`the synthetic registry has only ${callers.length} suitable families`);
}

function callerOf({ members, enrolments, payments }: HouseholdInput, amount: number): Caller | undefined {
  const head = members.find(({ role }) => role === 'head');
  const [phone, ...others] = members.flatMap((member) => member.phones ?? []);
  const ready = payments?.filter(({ status }) => status === 'ready') ?? [];
  const document = head?.documents?.[0];
  if (!head || head.phones?.[0] !== phone || phone?.use !== 'own' || others.length > 0) return undefined;
  if (head.alive === false || !document || typeof head.birth_date !== 'string') return undefined;
  if (enrolments?.length !== 1 || enrolments[0]?.status !== 'active' || ready.length !== 1) return undefined;
  return {
    phone: String(phone.number),
    language: isLanguage(head.language) ? head.language : 'ar',
    last4: String(document.number).slice(-4),
    year: head.birth_date.slice(0, 4),
    amount,
  };
}

function isLanguage(word: unknown): word is Language {
  return word === 'ar' || word === 'en' || word === 'fr';
}

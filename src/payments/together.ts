/** Payments that are told as one: what a programme pays for each child of a household at the same time. */
import type { Facts, Written } from '../conversation/dialog.ts';
import { sumOf } from '../profiles/amount.ts';
import type { Payment } from '../registry/registry.ts';
import { tell, type Asked, type Told } from './payment-facts.ts';

/** Of one payment, or of one for each child: all stand the same, and come at the same time and place. */
export type Group = readonly [Payment, ...Payment[]];

/** Her payments in their order; those for children of one period are together where the first of them stands. */
export function together(payments: readonly Payment[], asked: Asked): Group[] {
  const groups = new Map<string, [Payment, ...Payment[]]>();
  for (const payment of payments) {
    const key = togetherKey(payment, asked) ?? `reference ${payment.reference}`;
    const group = groups.get(key);
    if (group) group.push(payment);
    else groups.set(key, [payment]);
  }
  return [...groups.values()];
}

/**
 * As they are told: `amt` is their total with the number of children, `children` a line for each. `payments`: JSON list
 * of their references, since one answer ("I got it") is given for all.
 */
export function tellTogether(group: Group, place: Facts[string], asked: Asked): Told {
  const told = tell(group[0], place, asked);
  const payments = JSON.stringify(group.map(({ reference }) => reference));
  // Asked without counting: what is wrong with a payment is counted once, by the line above.
  const amounts = group.flatMap((payment) => tell(payment, place, quiet(asked))['amt'] ?? []) as Money[];
  const [first] = amounts;
  if (!first || group.length === 1) return { ...told, payments, children: [] };
  const children = amounts.map((amt, index): Written => ({
    text: 'pay.child',
    values: { n: index + 1, amt },
  }));
  const total = { ...first, amount: sumOf(amounts.map(({ amount }) => amount)), children: group.length };
  return { ...told, amt: total, payments, children };
}

const quiet = ({ profile, now }: Asked): Asked => ({ profile, now });

type Money = { amount: string; currency: string };

/** What payments for children of one household must have in common; undefined: this one is told alone. */
function togetherKey(payment: Payment, asked: Asked): string | undefined {
  if (asked.profile.programmes[payment.programme]?.per_child !== true) return undefined;
  const told = tell(payment, payment.place ?? '', quiet(asked));
  if (told['amt'] === undefined) return undefined;
  const { programme, period, place, provider, currency } = payment;
  return JSON.stringify([programme, period, place, provider, currency, told.outcome, told['d'] ?? null]);
}

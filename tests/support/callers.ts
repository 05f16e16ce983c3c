/** Many invented callers, each with a file of her own and an amount that nobody else has. */

export type Caller = { phone: string; last4: string; year: string; amount: string };

/** `n` of 0 to 9,999: phones +96171800000 to +96171809999, amounts 10000 to 19999. */
export function callerNumber(n: number): Caller {
  return {
    phone: `+9617180${String(n).padStart(4, '0')}`,
    last4: String((n * 7_919 + 13) % 10_000).padStart(4, '0'),
    year: String(1940 + (n % 60)),
    amount: String(10_000 + n),
  };
}

/** Her household in the import format, with one payment that waits for her. */
export function householdOf(n: number, from: string, until: string): object {
  const { phone, last4, year, amount } = callerNumber(n);
  return {
    household_id: `HH-C${n}`,
    area: 'BEY-01',
    members: [
      {
        person_id: `P-C${n}`,
        role: 'head',
        given_name: 'Nadia',
        family_name: 'Fares',
        birth_date: `${year}-05-06`,
        documents: [{ type: 'national_id', number: `90000${String(n).padStart(4, '0')}${last4}` }],
        phones: [{ number: phone, use: 'own' }],
        language: 'en',
        alive: true,
      },
    ],
    enrolments: [{ programme: 'CASH', status: 'active', since: '2024-01-01', status_date: '2024-02-01' }],
    payments: [
      {
        payment_ref: `PAY-C${n}`,
        programme: 'CASH',
        period: from.slice(0, 7),
        amount: `${amount}.00`,
        currency: 'USD',
        status: 'ready',
        from,
        until,
        place: 'Main post office',
        person_id: `P-C${n}`,
      },
    ],
  };
}

/** The amount as the screen writes it: 10042 -> 10,042. */
export function written(amount: string): string {
  return Number(amount).toLocaleString('en-US');
}

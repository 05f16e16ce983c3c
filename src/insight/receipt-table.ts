/** What people said of their payments, by who paid them out: for monitoring from outside, without any person. */
import type { Tx } from '../conversation/ports.ts';
import { csvLine } from './csv.ts';
import type { Period } from './period.ts';

export type ReceiptLine = { provider: string; all: number; less: number; nothing: number; fee: number };

/** The last word on each payment in the period; payments whose provider nobody named stand under "unknown". */
export async function receiptTable(db: Tx, { start, end }: Period): Promise<ReceiptLine[]> {
  const { rows } = await db.query<ReceiptLine>(
    `select coalesce(p.provider, 'unknown') as provider,
            count(*) filter (where c.answer = 'all')::integer as "all",
            count(*) filter (where c.answer = 'less')::integer as less,
            count(*) filter (where c.answer = 'nothing')::integer as nothing,
            count(*) filter (where c.fee = 'yes')::integer as fee
     from (select distinct on (payment) payment, answer, fee from payment_confirmation
           where at >= $1 and at < $2 order by payment, at desc, id desc) c
     left join payment p on p.reference = c.payment
     group by 1 order by 1`,
    [start, end],
  );
  return rows;
}

export function receiptCsv(month: string, lines: readonly ReceiptLine[]): string {
  const rows = lines.map(({ provider, all, less, nothing, fee }) => [
    month,
    provider,
    all,
    less,
    nothing,
    fee,
  ]);
  return [['month', 'provider', 'all', 'less', 'nothing', 'fee_asked'], ...rows].map(csvLine).join('');
}

/** Who was not told of a payment, office by office: the list that people go and tell by other means. */
import { csvLine } from '../insight/csv.ts';
import type { Period } from '../insight/period.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Keys } from '../privacy/keys.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import { openHousehold } from '../registry/sealed.ts';
import type { PaymentStatus } from '../registry/registry.ts';
import type { Tx } from '../store/database.ts';
import type { Untold } from './tell.ts';

type Row = {
  id: number;
  area: string;
  status: PaymentStatus;
  reason: Untold;
  at: Date;
  payment_ref: string;
  household: Buffer | null;
};

const PAGE = 2_000;

/** Reasons for which somebody must still be told; what is replaced, old or brought in as history is not news. */
const MUST_KNOW: readonly Untold[] = ['no_phone', 'deceased', 'nobody', 'opted_out', 'refused', 'failed'];

/** Of each payment what she was to be told last, and was not; in the order of areas, page by page. */
async function* untoldRows(tx: Tx, { start, end }: Period): AsyncGenerator<Row[]> {
  let after = { area: '', id: 0 };
  for (;;) {
    const { rows } = await tx.query<Row>(
      `select n.id, coalesce(h.area, '') as area, n.status, n.reason, n.at, n.payment_ref, h.sealed as household
       from payment_notice n left join household h on h.key = n.household
       where n.at >= $1 and n.at < $2 and n.reach = 'none' and n.reason = any($3)
         and not exists (
           select from payment_notice later where later.payment_ref = n.payment_ref and later.id > n.id
             and later.reason is distinct from 'replaced')
         and (coalesce(h.area, ''), n.id) > ($4, $5)
       order by 2, 1 limit ${PAGE}`,
      [start, end, MUST_KNOW, after.area, after.id],
    );
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last;
  }
}

/** Lines of CSV. No name and no phone: the office finds the family by the registry's own number. */
export async function* untoldCsv(
  { db, keys, profile }: { db: Tx; keys: Keys; profile: Profile },
  period: Period,
): AsyncGenerator<string> {
  yield csvLine(['office', 'area', 'why', 'status', 'date', 'payment_ref', 'household_id']);
  for await (const rows of untoldRows(db, period)) {
    let lines = '';
    for (const { area, status, reason, at, payment_ref: payment, household } of rows) {
      const office = officeFor(profile, area === '' ? null : area).name[profile.languages.default] ?? '';
      const whom = household === null ? null : openHousehold(keys, household).household_id;
      lines += csvLine([office, area, reason, status, localDate(at, profile.calendar.tz), payment, whom]);
    }
    yield lines;
  }
}

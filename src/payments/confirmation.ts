/** Her word on a payment: all, less or nothing of it arrived, and whether somebody asked for a share. */
import type { Slots } from '../conversation/dialog.ts';
import type { TurnContext } from '../conversation/ports.ts';
import type { Identity } from '../conversation/session.ts';

/** Opens a case for who is talking, in the turn's transaction. `matter`: the complaint it would be in the menu. */
export type OpenCase = (
  turn: TurnContext,
  complaint: {
    matter: 'feeasked' | 'lessmoney' | 'notreceived';
    programme: string | undefined;
    details: string;
  },
) => Promise<{ ref: string; d: string }>;

export type Receipt =
  | { recorded: 'none' }
  | { recorded: 'one'; ref: string; d: string }
  | { recorded: 'two'; ref: string; ref2: string; d: string };

const ANSWERS: ReadonlySet<string | undefined> = new Set(['all', 'less', 'nothing']);
const FEES: ReadonlySet<string | undefined> = new Set(['yes', 'no']);

/** The payments that she speaks of: one, or one for each child (slot `payments`, together.ts). */
function paymentsOf({ payment, payments }: Slots): string[] {
  const listed: unknown = payments === undefined ? [] : JSON.parse(payments);
  const found = Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : [];
  if (payment === undefined) return [];
  return found.includes(payment) ? found : [payment];
}

/**
 * Stores her answer (slots `payment`, `payments`, `answer`, `amount`, `fee`), once a turn, and opens a case for a fee that was asked
 * (restricted, PAY-FEE) and for money that is missing (PAY-LESS). Nothing at all is lodged by the complaint dialog.
 * `recorded`: how many cases that made, with their numbers and the later of the days by which they are answered.
 */
export async function recordReceipt(
  slots: Slots,
  turn: TurnContext,
  { household, person }: Identity,
  openCase: OpenCase,
): Promise<Receipt> {
  const { answer, amount, programme } = slots;
  const payments = paymentsOf(slots);
  if (payments.length === 0 || !ANSWERS.has(answer)) throw new Error('no payment was confirmed');
  const said = answer === 'less' && amount !== undefined && amount !== 'unknown' ? amount : null;
  const fee = FEES.has(slots['fee']) ? slots['fee'] : 'skip';
  const tx = await turn.tx();
  // Of several payments nobody knows which one the amount that she names is for: it stands in the case.
  const ofOne = payments.length === 1 ? said : null;
  const { rowCount } = await tx.query(
    `insert into payment_confirmation (key, payment, household, person, answer, amount_said, fee, channel, at)
     select $1, unnest($2::text[]), $3, $4, $5, $6, $7, $8, $9
     on conflict (payment, key) do nothing`,
    [turn.key, payments, household, person, answer, ofOne, fee, turn.channel, turn.now],
  );
  if (rowCount === 0) return { recorded: 'none' };
  const named = payments.join(', ');
  const details = said === null ? named : `${named}: ${said}`;
  const less = answer === 'less' && (await openCase(turn, { matter: 'lessmoney', programme, details }));
  const asked = fee === 'yes' && (await openCase(turn, { matter: 'feeasked', programme, details }));
  if (less && asked) {
    const d = less.d > asked.d ? less.d : asked.d;
    return { recorded: 'two', ref: less.ref, ref2: asked.ref, d };
  }
  const opened = less || asked;
  return opened ? { recorded: 'one', ref: opened.ref, d: opened.d } : { recorded: 'none' };
}

/** "Did you get it?": asked by text message a day after a payment, reminded once, and what the reply sets going. */
import type { TurnContext, Tx } from '../conversation/ports.ts';
import type { Answering } from '../grievances/questions.ts';
import { putQuestion } from '../grievances/questions.ts';
import { mayBecome, OPEN_STATUSES, transition, type CaseStatus } from '../grievances/lifecycle.ts';
import type { Notifier } from '../notifications/notify.ts';
import { isZero } from '../profiles/amount.ts';
import type { Database } from '../store/database.ts';
import type { OpenCase } from './confirmation.ts';
import { receiptKey } from './settle.ts';
import { reachOfPayee, type TellDeps } from './tell.ts';

export type AskReceiptsDeps = Omit<TellDeps, 'now' | 'notifier'> & {
  db: Database;
  notifier: Notifier;
  now: () => Date;
  /** Payments looked at in one pass; 200. */
  limit?: number;
};

const REMIND_AFTER_DAYS = 3;

type Due = {
  reference: string;
  household: string;
  person: string | null;
  amount: string | null;
  currency: string | null;
  receipt_asks: number;
};

/** A payment at which asking fails, such as one whose payee cannot be read, is tried again so much later. */
const AGAIN_HOURS = 1;

/**
 * One pass; run it every minute or so, in any number of processes. Returns how many were asked. A payment that fails keeps
 * no other waiting: what failed first is thrown at the end.
 */
export async function askReceipts(deps: AskReceiptsDeps): Promise<number> {
  let asked = 0;
  const failed: unknown[] = [];
  for (let taken = 0; taken < (deps.limit ?? 200); taken += 1) {
    let at: string | undefined;
    try {
      const done = await deps.db.transaction((tx) => askNext(tx, deps, (reference) => (at = reference)));
      if (done === 'nothing') break;
      if (done === 'asked') asked += 1;
    } catch (error) {
      if (at === undefined) throw error;
      failed.push(error);
      await deps.db.query('update payment set receipt_ask_at = $2 where reference = $1', [
        at,
        new Date(deps.now().getTime() + AGAIN_HOURS * 3_600_000),
      ]);
    }
  }
  if (failed.length > 0) throw failed[0];
  return asked;
}

/** Only where the reply can come back, and where nobody else reads the question. */
async function askNext(
  tx: Tx,
  deps: AskReceiptsDeps,
  onDue: (reference: string) => void,
): Promise<'asked' | 'unasked' | 'nothing'> {
  const { keys, profile, notifier } = deps;
  const now = deps.now();
  const { rows } = await tx.query<Due>(
    `select reference, household, person, amount, currency, receipt_asks
     from payment
     where receipt_ask_at <= $1 and status in ('paid', 'collected')
     order by receipt_ask_at limit 1
     for update skip locked`,
    [now],
  );
  const [due] = rows;
  if (!due) return 'nothing';
  const { reference, household, person, amount, currency, receipt_asks: asks } = due;
  onDue(reference);
  const reach = await reachOfPayee(tx, { keys, profile, now }, household, { person, since: null });
  const mayAsk =
    profile.channels.sms.two_way !== null &&
    reach.kind === 'full' &&
    reach.untold === null &&
    reach.recipient;
  const isAnswered = mayAsk && (await wasAnswered(tx, reference, mayAsk.contact, asks));
  const isAsked = mayAsk && amount !== null && !isZero(amount) && !isAnswered;
  if (isAsked) {
    await notifier(tx, mayAsk, {
      text: 'sms.pay.confirm',
      kind: 'notice',
      values: { amt: { amount, currency: currency ?? profile.currency } },
      key: receiptKey(reference, asks + 1),
    });
    await putQuestion(tx, { contact: mayAsk.contact, kind: 'pay.confirm', reference, at: now });
  }
  const again = isAsked && asks === 0 ? new Date(now.getTime() + REMIND_AFTER_DAYS * 86_400_000) : null;
  await tx.query(
    'update payment set receipt_ask_at = $2, receipt_asks = receipt_asks + 1 where reference = $1',
    [reference, again],
  );
  return isAsked ? 'asked' : 'unasked';
}

/** She said it in a dialog, or the first question was answered. */
async function wasAnswered(tx: Tx, reference: string, contact: string, asks: number): Promise<boolean> {
  const said = await tx.query('select from payment_confirmation where payment = $1 limit 1', [reference]);
  if (said.rowCount !== 0) return true;
  if (asks === 0) return false;
  const open = await tx.query(
    `select from question where contact = $1 and kind = 'pay.confirm' and reference = $2`,
    [contact, reference],
  );
  return open.rowCount === 0;
}

type Paid = {
  household: string;
  person: string | null;
  programme: string;
  since: string | null;
};

/** The matters of the menu that a reply opens a case for. */
const MATTERS = { less: 'lessmoney', nothing: 'notreceived' } as const;

/** Complaints that are settled when all of the money is there. */
const SETTLED = ['PAY-NR', 'PAY-LESS'];

/**
 * The reply to `sms.pay.confirm`, for `grievancePorts`: all of it closes her open complaint that it was missing, less or
 * nothing opens one, unless there is one already.
 */
export function answerReceipt(openCase: OpenCase): Answering {
  return async ({ reference, reply }, turn) => {
    const tx = await turn.tx();
    const { rows } = await tx.query<Paid>(
      `select p.household, p.programme, p.on_date as since,
         coalesce(p.person, (select key from person where household = p.household and role = 'head'
                             order by alive desc, key limit 1)) as person
       from payment p where reference = $1 for update`,
      [reference],
    );
    const [paid] = rows;
    if (!paid) return { outcome: 'received' };
    if (paid.person !== null) {
      await tx.query(
        `insert into payment_confirmation (key, payment, household, person, answer, amount_said, fee, channel, at)
         values ($1, $2, $3, $4, $5, null, 'skip', $6, $7)
         on conflict (payment, key) do nothing`,
        [turn.key, reference, paid.household, paid.person, reply, turn.channel, turn.now],
      );
    }
    await tx.query('update payment set receipt_ask_at = null where reference = $1', [reference]);
    if (reply !== 'less' && reply !== 'nothing') {
      await closeMissing(tx, turn, paid);
      return { outcome: 'received' };
    }
    const open = await openCaseOf(tx, turn, paid, reply === 'less' ? 'PAY-LESS' : 'PAY-NR');
    const { ref, d } =
      open ??
      (await openCase(turn, {
        matter: MATTERS[reply],
        programme: paid.programme,
        details: reference,
      }));
    return { outcome: 'missing', ref, d };
  };
}

type Open = { ref: string; d: string; status: CaseStatus; category: string };

/** Complaints of this phone about money of this programme, made since it could first be collected. */
async function complaints(
  tx: Tx,
  { contact, now }: TurnContext,
  { programme, since }: Paid,
): Promise<Open[]> {
  const monthAgo = new Date(now.getTime() - 31 * 86_400_000);
  const from = since === null ? monthAgo : new Date(since);
  const { rows } = await tx.query<Open>(
    `select reference as ref, due_on as d, status, category from grievance
     where contact = $1 and kind = 'complaint' and category = any($2) and status = any($3)
       and (programme is null or programme = $4) and created_at >= $5
     order by created_at desc`,
    [contact, SETTLED, OPEN_STATUSES, programme, from < monthAgo ? from : monthAgo],
  );
  return rows;
}

async function openCaseOf(
  tx: Tx,
  turn: TurnContext,
  paid: Paid,
  category: string,
): Promise<Open | undefined> {
  return (await complaints(tx, turn, paid)).find((one) => one.category === category);
}

async function closeMissing(tx: Tx, turn: TurnContext, paid: Paid): Promise<void> {
  for (const { ref, status } of await complaints(tx, turn, paid)) {
    if (mayBecome(status, 'withdrawn')) {
      await transition(tx, ref, 'withdrawn', { actor: 'citizen', reason: 'received', at: turn.now });
    }
  }
}

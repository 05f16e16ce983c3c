/** Tells the payee what became of her payment, in the transaction that made it so; or writes down why nobody was told. */
import { contactFor } from '../notifications/contact.ts';
import type { Notifier, Recipient } from '../notifications/notify.ts';
import type { Unreached } from '../notifications/onward.ts';
import { cancelQueued } from '../notifications/recall.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import { payeeOf } from '../registry/payee.ts';
import type { PaymentStatus } from '../registry/registry.ts';
import type { Tx } from '../store/database.ts';
import { newsOf, type SaidFacts } from './news.ts';
import type { Truth } from './states.ts';

export type TellDeps = {
  keys: Keys;
  profile: Profile;
  /** Without it events change the truth and nobody is told: history that is brought in. */
  notifier?: Notifier;
  now: Date;
};

/** Why nobody was told. `replaced`: the notice had not left when something newer was to be said; `failed`: by no means. */
export type Untold =
  'no_phone' | 'deceased' | 'nobody' | 'opted_out' | 'refused' | 'old' | 'silent' | 'replaced' | 'failed';

/** Older news would only confuse: what is brought in late is history. */
const NEWS_DAYS = 30;

type Row = {
  id: number;
  status: PaymentStatus;
  facts: SaidFacts;
  reach: 'full' | 'discreet' | 'none';
  reason: Untold | null;
  key: string | null;
};

export type Payment = { reference: string; household: string; truth: Truth };

/**
 * One notice for each state of a payment, to the payee. What is still queued and not true any more is taken back; what
 * she was told and is not true any more is corrected.
 */
export async function tellPayment(tx: Tx, deps: TellDeps, payment: Payment): Promise<void> {
  const { reference, household, truth } = payment;
  const all = await noticesOf(tx, reference);
  const before = all.filter(({ reason }) => reason !== 'replaced');
  // What only the registry said is no news of ours.
  if (!truth.last && before.length === 0) return;
  const telling = { profile: deps.profile, now: deps.now, area: await areaOf(tx, household) };
  const [newest] = before;
  if (newest && newsOf(truth, newest, telling) === undefined && newest.status === truth.status) return;
  const replaced = await takeBack(tx, before, deps.now);
  const last = before.find(({ id, reach }) => reach !== 'none' && !replaced.has(id));
  const news = newsOf(truth, last, telling);
  if (!news) return;
  const reach = await reachOfPayee(tx, deps, household, {
    person: truth.details.person,
    since: truth.since,
  });
  const write = (
    told: 'full' | 'discreet' | 'none',
    text: string,
    reason: Untold | null,
    key: string | null,
  ) =>
    tx.query(
      `insert into payment_notice
         (payment_ref, event, status, said, facts, household, person, contact, reach, reason, key, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        reference,
        truth.last?.id ?? null,
        news.status,
        text,
        JSON.stringify(news.facts),
        household,
        reach.person,
        reach.recipient?.contact ?? null,
        told,
        reason,
        key,
        deps.now,
      ],
    );
  if (!reach.recipient || reach.untold || !deps.notifier) {
    await write('none', news.text, reach.untold ?? 'silent', null);
    return;
  }
  const words = reach.kind === 'full' ? news : ({ text: 'sms.pay.discreet', values: {} } as const);
  const again = all.filter(({ status }) => status === news.status).length;
  const key = `pay:${reference}:${news.status}:${truth.last?.id ?? 0}${again > 0 ? `:${again}` : ''}`;
  await deps.notifier(tx, reach.recipient, { text: words.text, values: words.values, kind: 'notice', key });
  await write(reach.kind, words.text, null, key);
}

/** Newest first. */
export async function noticesOf(tx: Tx, reference: string): Promise<Row[]> {
  const { rows } = await tx.query<Row>({
    name: 'payment-notices',
    text: `select id, status, facts, reach, reason, key from payment_notice
           where payment_ref = $1 order by id desc`,
    values: [reference],
  });
  return rows;
}

/** Messages that have not left are never sent, nor what would stand in for them. Returns the notices that nobody will read. */
export async function takeBack(tx: Tx, before: readonly Row[], now: Date): Promise<Set<number>> {
  const waiting = before.flatMap(({ id, key }) => (key === null ? [] : [{ id, key }]));
  if (waiting.length === 0) return new Set();
  const cancelled = await cancelQueued(
    tx,
    waiting.map(({ key }) => key),
    { why: 'replaced', now },
  );
  const keys = new Set(cancelled);
  if (keys.size > 0) {
    await tx.query(`update payment_notice set reach = 'none', reason = 'replaced' where key = any($1)`, [
      [...keys],
    ]);
  }
  return new Set(waiting.filter(({ key }) => keys.has(key)).map(({ id }) => id));
}

/**
 * A notice that reached nobody by any means stands on the list for other means, and nothing is corrected for it. One that
 * was taken back does not: something newer is said, or nothing is to be.
 */
export async function noteUnreached(tx: Tx, { key, reason }: Unreached): Promise<void> {
  const untold: Untold =
    reason === 'stopped' || reason === 'to.optedOut'
      ? 'opted_out'
      : reason === 'consent'
        ? 'refused'
        : TAKEN_BACK.has(reason)
          ? 'replaced'
          : 'failed';
  await tx.query("update payment_notice set reach = 'none', reason = $2 where key = $1 and reach <> 'none'", [
    key,
    untold,
  ]);
}

/** The reasons with which messages are taken back, here and by campaigns. */
const TAKEN_BACK: ReadonlySet<string> = new Set(['replaced', 'campaign.stopped']);

async function areaOf(tx: Tx, household: string): Promise<string | null> {
  const { rows } = await tx.query<{ area: string | null }>({
    name: 'payment-area',
    text: 'select area from household where key = $1',
    values: [household],
  });
  return rows[0]?.area ?? null;
}

export type PayeeReach = {
  person: string | null;
  recipient: Recipient | null;
  kind: 'full' | 'discreet';
  untold: Untold | null;
};

/**
 * Contract §8 "Phone use" and "Consent": everything on her own phone until she answers otherwise, on one of unknown use
 * when she said so on it, nothing but "you have a message" on all others.
 */
export async function reachOfPayee(
  tx: Tx,
  { keys, profile, now }: TellDeps,
  household: string,
  { person, since }: { person: string | null; since: Date | null },
): Promise<PayeeReach> {
  const nobody = (who: string | null, untold: Untold): PayeeReach => ({
    person: who,
    recipient: null,
    kind: 'discreet',
    untold,
  });
  const payee = await payeeOf(tx, keys, household, person);
  if (typeof payee === 'string') return nobody(person, payee);
  if (!payee.phone) return nobody(payee.person, 'no_phone');
  const { number, use, isOfOne } = payee.phone;
  const { key: contact, consent, stopped } = await contactFor(tx, keys, { from: number });
  const language = await languageOf(tx, contact);
  const agreed = consent === 'full' || (consent === null && use === 'own');
  const isHers = isOfOne && (use === 'own' || use === 'unknown');
  const isOld = since !== null && now.getTime() - since.getTime() > NEWS_DAYS * 86_400_000;
  return {
    person: payee.person,
    recipient: { contact, phone: number, language: language ?? payee.language ?? '' },
    kind: isHers && agreed && profile.privacy.sms_detail !== 'discreet' ? 'full' : 'discreet',
    untold: stopped ? 'opted_out' : consent === 'none' ? 'refused' : isOld ? 'old' : null,
  };
}

/** The language in which she last chose to be written to. */
async function languageOf(tx: Tx, contact: string): Promise<string | null> {
  const { rows } = await tx.query<{ consent_language: string | null }>({
    name: 'payment-language',
    text: 'select consent_language from contact where key = $1',
    values: [contact],
  });
  return rows[0]?.consent_language ?? null;
}

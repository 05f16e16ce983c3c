/** Puts one chunk of a campaign into the outbox, in one transaction: looked at again, written, addressed, written down. */
import { sealAddress, type Consent } from '../notifications/contact.ts';
import { enqueueAll, type Message } from '../notifications/outbox.ts';
import { noticesOf, takeBack, type Untold } from '../payments/tell.ts';
import type { News, Said } from '../payments/news.ts';
import { endOfQuietHours } from '../profiles/calendar.ts';
import type { Keys } from '../privacy/keys.ts';
import { openPerson } from '../registry/sealed.ts';
import type { Tx } from '../store/database.ts';
import { ALONE, BY_USE } from './audience.ts';
import { DRAFT_KEY, type Campaign, type CampaignDeps } from './campaign.ts';
import {
  addContacts,
  sendToSubscribers,
  writeNotices,
  writeRecipients,
  type NewContact,
  type Written,
} from './write-chunk.ts';
import {
  broadcastWords,
  DISCREET,
  PAYMENT_COLUMNS,
  paymentNews,
  type PaymentRow,
  type Words,
} from './words.ts';

export type Chunk = { number: number; first_n: number; last_n: number };

/** A recipient as she was found, and as she stands now. */
type Recipient = PaymentRow & {
  n: number;
  household: string | null;
  payment_ref: string | null;
  person: string | null;
  phone: string | null;
  language: string;
  reach: 'full' | 'discreet' | 'none';
  reason: Untold | null;
  area: string | null;
  key: string;
  /** She is known and alive. */
  is_there: boolean;
  /** How the phone is used, by her own entry; null: it is not hers any more. */
  use: 'own' | 'shared' | 'borrowed' | 'unknown' | null;
  /** No other household has it, and nobody says that it is shared. */
  alone: boolean | null;
  /** To read a phone from that was never written to. */
  sealed: Buffer | null;
  contact: string | null;
  /** As the contact is kept. */
  address: Buffer | null;
  consent: Consent | null;
  stopped: boolean | null;
  last_event: number | null;
  said: Said | null;
};

/** Why nothing is sent after all: what payments know, and that she knows it already or that there is nothing to say. */
type Reason = Untold | 'told' | 'nothing';

/** The address is sealed as contacts have it. */
type Judged =
  { reach: 'full' | 'discreet'; contact: string; address: Buffer } | { reach: 'none'; reason: Reason };

/** Call it in a transaction that holds the chunk. */
export async function sendChunk(tx: Tx, deps: CampaignDeps, campaign: Campaign, chunk: Chunk): Promise<void> {
  const now = deps.now();
  if (campaign.source === 'subscribers') {
    await sendToSubscribers(tx, deps, campaign, chunk);
    return;
  }
  if (campaign.source === 'update_due') await takeReminders(tx, campaign, chunk);
  const due = endOfQuietHours(now, deps.profile.quiet_hours, deps.profile.calendar.tz);
  const pen = createPen(deps, now);
  const messages: Message[] = [];
  const written: Written[] = [];
  const contacts: NewContact[] = [];
  const rows = await recipientsOf(tx, campaign, chunk);
  for (const row of rows) {
    const judged = judge(deps, row);
    const told = await wordsFor(tx, pen, campaign, row);
    if (typeof told === 'string') {
      written.push({ ...row, reach: 'none', reason: judged.reach === 'none' ? judged.reason : told });
      continue;
    }
    const { news, key } = told;
    if (judged.reach === 'none') {
      written.push({ ...row, ...judged, key, news });
      continue;
    }
    const { contact, address } = judged;
    if (row.contact === null) contacts.push({ key: contact, address, phone: row.phone });
    const { text, values } = judged.reach === 'full' ? told.words : DISCREET;
    messages.push({
      contact,
      channel: 'sms',
      provider: null,
      address,
      content: { kind: 'text', body: pen.text(row.language, { text, values }) },
      kind: 'notice',
      key,
      due,
    });
    written.push({ ...row, reach: judged.reach, reason: null, key, contact, news, said: text });
  }
  await addContacts(tx, contacts);
  await enqueueAll(tx, deps.keys, messages);
  if (campaign.kind === 'payments') await writeNotices(tx, written, now);
  const changed = written.filter((one, index) => {
    const was = rows[index];
    return one.reach !== was?.reach || one.reason !== was.reason || one.key !== was.key;
  });
  await writeRecipients(tx, campaign.id, changed);
}

/** Who was reminded meanwhile, or will be, knows it already. */
async function takeReminders(
  tx: Tx,
  campaign: Campaign,
  { first_n: first, last_n: last }: Chunk,
): Promise<void> {
  const values = [campaign.id, first, last, DRAFT_KEY];
  const mine = 'r.campaign = $1 and r.n between $2 and $3 and starts_with(r.key, $4)';
  await tx.query(
    `update campaign_recipient r set key = substr(r.key, length($4) + 1)
     where ${mine} and not exists (
       select from campaign_recipient o where o.key = substr(r.key, length($4) + 1) and o.key like 'due:%'
     )`,
    values,
  );
  await tx.query(
    `update campaign_recipient r set key = null, reach = 'none', reason = 'told' where ${mine}`,
    values,
  );
}

/** Her consent and her phone may have changed since the audience was gathered; what became stricter counts. */
function judge({ keys }: CampaignDeps, row: Recipient): Judged {
  if (row.reach === 'none') return { reach: 'none', reason: row.reason ?? 'nobody' };
  if (row.stopped === true) return { reach: 'none', reason: 'opted_out' };
  if (row.consent === 'none') return { reach: 'none', reason: 'refused' };
  if (!row.is_there) return { reach: 'none', reason: 'nobody' };
  const agreed = row.consent === 'full' || (row.consent === null && row.use === 'own');
  const isHers = row.alone === true && (row.use === 'own' || row.use === 'unknown');
  const reach = row.reach === 'full' && isHers && agreed ? 'full' : 'discreet';
  if (row.use === null) return { reach: 'none', reason: 'no_phone' };
  const { contact, address } = row;
  if (contact !== null && address !== null) return { reach, contact, address };
  const number = row.sealed === null ? undefined : phoneOf(keys, row.sealed, row.phone);
  if (number === undefined) return { reach: 'none', reason: 'no_phone' };
  return { reach, contact: keys.index('contact', number), address: sealAddress(keys, number) };
}

/** The one of her phones that was chosen; an only one it must be. */
function phoneOf(keys: Keys, sealed: Buffer, chosen: string | null): string | undefined {
  const { phones } = openPerson(keys, sealed);
  if (phones.length === 1) return phones[0]?.number;
  return phones.find(({ number }) => keys.index('phone', number) === chosen)?.number;
}

type Pen = {
  profile: CampaignDeps['profile'];
  now: Date;
  news: (row: Recipient, last: Said | undefined) => News | undefined;
  text: (language: string, words: Words) => string;
};

/** In a chunk the same few words come again and again: they are made once. */
function createPen({ profile, texts }: CampaignDeps, now: Date): Pen {
  const known = new Map<string, News | undefined>();
  const written = new Map<string, string>();
  return {
    profile,
    now,
    news: (row, last) => {
      const { status, amount, currency, from_date: from, until_date: until, place, area } = row;
      const key = JSON.stringify([last, status, amount, currency, from, until, place, row.status_date, area]);
      if (!known.has(key)) known.set(key, paymentNews(row, last, { profile, now, area }));
      return known.get(key);
    },
    text: (language, { text, values }) => {
      const key = JSON.stringify([language, text, values]);
      const found = written.get(key) ?? texts.text(language, text, { facts: values });
      written.set(key, found);
      return found;
    },
  };
}

type Told = { words: Pick<News, 'text' | 'values'>; news: News | null; key: string };

async function wordsFor(
  tx: Tx,
  pen: Pen,
  campaign: Campaign,
  row: Recipient,
): Promise<Told | 'told' | 'nothing'> {
  const { key, area, payment_ref: reference, said } = row;
  if (campaign.kind !== 'payments')
    return { words: broadcastWords(campaign, { key, profile: pen.profile, area }), news: null, key };
  if (reference === null) return 'nothing';
  const news = pen.news(row, said ?? undefined);
  if (!news) return said === null ? 'nothing' : 'told';
  const own = `pay:${reference}:${news.status}:${row.last_event ?? 0}`;
  if (said === null && (key === own || key.startsWith(`${own}:`))) return { words: news, news, key };
  return again(tx, pen, row, { reference, own });
}

/** She was told something else before, or the payment changed since the preview: as payments/tell.ts does it. */
async function again(
  tx: Tx,
  pen: Pen,
  row: Recipient,
  of: { reference: string; own: string },
): Promise<Told | 'told'> {
  const all = await noticesOf(tx, of.reference);
  const before = all.filter(({ reason }) => reason !== 'replaced');
  const replaced = await takeBack(tx, before, pen.now);
  const last = before.find(({ id, reach }) => reach !== 'none' && !replaced.has(id));
  const news = pen.news(row, last);
  if (!news) return 'told';
  const same = all.filter(({ status }) => status === news.status).length;
  return { words: news, news, key: same > 0 ? `${of.own}:${same}` : of.own };
}

/**
 * The recipients of a chunk that may be told, and those who may not for a reason of theirs. Payments are locked first:
 * an event that comes meanwhile waits, and so does another campaign, and then sees what was said here.
 */
async function recipientsOf(tx: Tx, campaign: Campaign, chunk: Chunk): Promise<Recipient[]> {
  const values = [campaign.id, chunk.first_n, chunk.last_n];
  const isOfPayments = campaign.kind === 'payments';
  if (isOfPayments) {
    await tx.query({
      name: 'campaign-lock-payments',
      text: `select from payment where reference in (
               select payment_ref from campaign_recipient where campaign = $1 and n between $2 and $3
             ) order by reference for no key update`,
      values,
    });
  }
  const { rows } = await tx.query<Recipient>({
    name: `campaign-recipients-${isOfPayments ? 'payments' : 'people'}`,
    text: `select r.n, r.household, r.payment_ref, r.person, r.phone, r.language, r.reach, r.reason, r.area, r.key,
             w.key is not null as is_there, c.key as contact, c.address, c.consent,
             case when c.key is null then w.sealed end as sealed,
             best.use, best.alone, c.stopped_at is not null as stopped
             ${isOfPayments ? `, ${PAYMENT_COLUMNS}, p.last_event, last.said` : ''}
           from campaign_recipient r
           left join person w on w.key = r.person and w.alive
           left join lateral (
             select key, address, consent, stopped_at from contact where phone = r.phone limit 1
           ) as c on true
           left join lateral (
             select f.use, ${ALONE} as alone from person_phone f where f.phone = r.phone and f.person = r.person
             order by ${BY_USE} limit 1
           ) as best on true
           ${isOfPayments ? `left join payment p on p.reference = r.payment_ref ${LAST_SAID}` : ''}
           where r.campaign = $1 and r.n between $2 and $3 and r.reason is distinct from 'told'
             and r.reason is distinct from 'nothing'
           order by r.n`,
    values,
  });
  return rows;
}

/** What she was told of the payment last. */
const LAST_SAID = `left join lateral (
    select jsonb_build_object('status', l.status, 'facts', l.facts) as said from payment_notice l
    where l.payment_ref = r.payment_ref and l.reach <> 'none' order by l.id desc limit 1
  ) as last on true`;

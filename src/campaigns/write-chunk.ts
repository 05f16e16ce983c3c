/** What a chunk writes beside its messages: contacts, the notices of payments, and what became of its recipients. */
import { openAddress } from '../notifications/contact.ts';
import type { News } from '../payments/news.ts';
import type { Tx } from '../store/database.ts';
import type { Campaign, CampaignDeps } from './campaign.ts';
import type { Chunk } from './send-chunk.ts';
import { broadcastWords } from './words.ts';

/** `address`: sealed as contacts have it. */
export type NewContact = { key: string; address: Buffer; phone: string | null };

/** The phones we never wrote to; in the order of their keys, so that two chunks cannot wait for each other. */
export async function addContacts(tx: Tx, contacts: readonly NewContact[]): Promise<void> {
  const each = [...new Map(contacts.map((contact) => [contact.key, contact])).values()].sort((one, other) =>
    one.key < other.key ? -1 : 1,
  );
  if (each.length === 0) return;
  await tx.query({
    name: 'campaign-contacts',
    text: `insert into contact (key, address, phone)
           select * from unnest($1::uuid[], $2::bytea[], $3::uuid[]) on conflict (key) do nothing`,
    values: [each.map(({ key }) => key), each.map(({ address }) => address), each.map(({ phone }) => phone)],
  });
}

/** One recipient when the chunk is through. */
export type Written = {
  n: number;
  household: string | null;
  payment_ref: string | null;
  person: string | null;
  reach: 'full' | 'discreet' | 'none';
  reason: string | null;
  key: string;
  last_event: number | null;
  contact: string | null;
  news?: News | null;
  /** The text that was sent. */
  said?: unknown;
};

/** The same rows that payments/tell.ts writes, so that neither tells again what the other has told. */
export async function writeNotices(tx: Tx, written: readonly Written[], now: Date): Promise<void> {
  const rows = written.flatMap(({ news, ...row }) => (news ? [{ ...row, news }] : []));
  if (rows.length === 0) return;
  await tx.query({
    name: 'campaign-notices',
    text: `insert into payment_notice
             (payment_ref, event, status, said, facts, household, person, contact, reach, reason, key, at)
           select m.payment_ref, m.event, m.status, m.said, m.facts::jsonb, m.household, m.person, m.contact, m.reach,
             m.reason, m.key, $12
           from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
             $9::text[], $10::text[], $11::text[])
             as m (payment_ref, event, status, said, facts, household, person, contact, reach, reason, key)
           where m.reach <> 'none' or not exists (
             select from payment_notice n
             where n.payment_ref = m.payment_ref and n.status = m.status and n.reach = 'none' and n.reason = m.reason
           )`,
    values: [
      rows.map(({ payment_ref }) => payment_ref),
      rows.map(({ last_event }) => last_event),
      rows.map(({ news }) => news.status),
      rows.map(({ news, said }) => (typeof said === 'string' ? said : news.text)),
      rows.map(({ news }) => JSON.stringify(news.facts)),
      rows.map(({ household }) => household),
      rows.map(({ person }) => person),
      rows.map(({ contact }) => contact),
      rows.map(({ reach }) => reach),
      rows.map(({ reason }) => reason),
      rows.map(({ reach, key }) => (reach === 'none' ? null : key)),
      now,
    ],
  });
}

/** For those who are not as the preview had them: only they cost a write. */
export async function writeRecipients(tx: Tx, campaign: string, written: readonly Written[]): Promise<void> {
  if (written.length === 0) return;
  await tx.query({
    name: 'campaign-written',
    text: `update campaign_recipient r set reach = m.reach, reason = m.reason, key = m.key
           from unnest($2::integer[], $3::text[], $4::text[], $5::text[]) as m (n, reach, reason, key)
           where r.campaign = $1 and r.n = m.n`,
    values: [
      campaign,
      written.map(({ n }) => n),
      written.map(({ reach }) => reach),
      written.map(({ reason }) => reason),
      written.map(({ key }) => key),
    ],
  });
}

/**
 * Who asked to be told when registration opens is told once, on whatever she asked from; what she asked for is done then.
 * STOP counts here too.
 */
export async function sendToSubscribers(
  tx: Tx,
  { keys, notifier, profile }: CampaignDeps,
  campaign: Campaign,
  { first_n: first, last_n: last }: Chunk,
): Promise<void> {
  const { rows } = await tx.query<{
    contact: string;
    language: string;
    key: string;
    area: string | null;
    address: Buffer;
    has_phone: boolean;
  }>(
    `select r.contact, r.language, r.key, r.area, c.address, c.phone is not null as has_phone
     from campaign_recipient r join contact c on c.key = r.contact
     where r.campaign = $1 and r.n between $2 and $3 and r.reach <> 'none'
     order by r.contact`,
    [campaign.id, first, last],
  );
  for (const { contact, language, key, area, address, has_phone: hasPhone } of rows) {
    const phone = hasPhone ? openAddress(keys, address) : null;
    const { text, values } = broadcastWords(campaign, { key, profile, area });
    await notifier(tx, { contact, phone, language }, { text, values, kind: 'notice', key });
  }
  await tx.query('delete from notify_when_open where contact = any($1)', [
    rows.map(({ contact }) => contact),
  ]);
}

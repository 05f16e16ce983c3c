/** Who a campaign is for, found in the registry's own tables: people, phones, consent and language, a chunk at a time. */
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { EnrolmentStatus } from '../registry/registry.ts';
import { openPerson } from '../registry/sealed.ts';
import type { Tx } from '../store/database.ts';
import {
  BY_KEYS,
  CHUNK,
  DRAFT_KEY,
  type Campaign,
  type CampaignDeps,
  type CampaignSource,
  type Filter,
} from './campaign.ts';
import { makePreview } from './preview.ts';

/** Days before the day by which details must be confirmed (dialogs.md D10). */
export const UPDATE_STAGES = [90, 60, 30] as const;

/** With these an enrolment is over, and there is nothing to confirm. */
const OVER: readonly EnrolmentStatus[] = ['noteligible', 'ended', 'migrated'];

/** The registry's own words for statuses of ours. */
function wordsOf({ status_map: map }: Profile, statuses: readonly string[]): string[] {
  const own = Object.entries(map).filter(([, status]) => statuses.includes(status));
  return [...statuses, ...own.map(([word]) => word.toLowerCase())];
}

/**
 * Rows of a source that one statement looks at. However few of them are meant, it ends in time, and the next goes on
 * behind them.
 */
const LOOKED_AT = 20_000;

/** Rows that are looked at, in the order of their `cursor`. Values as for SOURCES. */
const LOOKED: Readonly<Record<CampaignSource, string>> = {
  due: `select p.*, p.reference as cursor from payment p
    where p.reference > coalesce($1::text, '') order by p.reference limit ${LOOKED_AT}`,
  file: `select l.payment_ref as cursor from campaign_listed l
    where l.campaign = $3 and l.payment_ref > coalesce($1::text, '') order by l.payment_ref limit ${LOOKED_AT}`,
  people: `select h.key, h.area, h.key as cursor from household h
    where $1::text is null or h.key > $1::uuid order by h.key limit ${LOOKED_AT}`,
  subscribers: `select n.contact, n.language, n.contact as cursor from notify_when_open n
    where $1::text is null or n.contact > $1::uuid order by n.contact limit ${LOOKED_AT}`,
  update_due: `select h.key, h.area, h.key as cursor from household h
    where $1::text is null or h.key > $1::uuid order by h.key limit ${LOOKED_AT}`,
};

/** What every source gives: where it stands, whom it means, what they are told of. */
const PAYMENT = `select p.reference as cursor, p.household, p.person as named, p.reference as payment_ref,
    null::uuid as subscriber, null::text as wanted, null::text as once`;

const IN_PAYMENT = `($5::text is null or p.programme = $5) and ($6::text is null or p.period = $6)
  and ($7::text is null or h.area = $7 or starts_with(h.area, $7 || '-'))`;

/**
 * Values, the same for all: 1 last key, 2 rows, 3 campaign, 4 today, 5 programme, 6 period (or since when), 7 area, 8 words of the status
 * that is wanted, 9 words of statuses that are over.
 */
const SOURCES: Readonly<Record<CampaignSource, string>> = {
  due: `${PAYMENT} from (${LOOKED.due}) as p join household h on h.key = p.household
    where lower(trim(p.status)) = 'ready' and (p.until_date is null or p.until_date >= $4::date) and ${IN_PAYMENT}
      and $3::uuid is not null and $8::text[] is null and $9::text[] is not null
    order by p.cursor limit $2`,
  file: `${PAYMENT} from (${LOOKED.file}) as l join payment p on p.reference = l.cursor join household h on h.key = p.household
    where ${IN_PAYMENT} and $4::date is not null and $8::text[] is null and $9::text[] is not null
    order by l.cursor limit $2`,
  people: `select h.key::text as cursor, h.key as household, null::uuid as named, null::text as payment_ref,
      null::uuid as subscriber, null::text as wanted, null::text as once
    from (${LOOKED.people}) as h
    where ($7::text is null or h.area = $7 or starts_with(h.area, $7 || '-'))
      and exists (select from enrolment e where e.household = h.key and ($5::text is null or e.programme = $5)
        and ($8::text[] is null or lower(trim(e.status)) = any($8)))
      and $3::uuid is not null and $4::date is not null and $6::text is null and $9::text[] is not null
    order by h.cursor limit $2`,
  subscribers: `select n.contact::text as cursor, null::uuid as household, null::uuid as named, null::text as payment_ref,
      n.contact as subscriber, n.language as wanted, null::text as once
    from (${LOOKED.subscribers}) as n
    where $3::uuid is not null and $4::date is not null and $5::text is null and $6::text is null
      and $7::text is null and $8::text[] is null and $9::text[] is not null
    order by n.cursor limit $2`,
  update_due: `select h.key::text as cursor, h.key as household, null::uuid as named, null::text as payment_ref,
      null::uuid as subscriber, null::text as wanted, 'due:' || stage.days || ':' || next.due || ':' || h.key as once
    from (${LOOKED.update_due}) as h
    cross join lateral (
      select min(e.review_due) as due from enrolment e
      where e.household = h.key and e.review_due > $4::date and not lower(trim(e.status)) = any($9)
        and ($5::text is null or e.programme = $5)
    ) as next
    cross join lateral (
      select min(days) as days from unnest('{${UPDATE_STAGES.join(',')}}'::integer[]) as days
      where next.due - $4::date <= days
    ) as stage
    where stage.days is not null
      and ($6::text is null or next.due - stage.days > $6::date)
      and ($7::text is null or h.area = $7 or starts_with(h.area, $7 || '-'))
      and $3::uuid is not null and $8::text[] is null
    order by h.cursor limit $2`,
};

/** Of `person_phone f`: no other household has the phone, and nobody says that it is shared. */
export const ALONE = `not exists (
    select from person_phone o
    where o.phone = f.phone and (o.household <> f.household or o.use in ('shared', 'borrowed'))
  )`;

/** The most surely hers first. */
export const BY_USE = `array_position('{own,unknown,shared,borrowed}'::text[], f.use), f.position`;

/** She was not reminded of this day at this stage, nor will be by what is on its way. */
const UNREMINDED = `not exists (select from campaign_recipient r where r.key = j.once and r.key like 'due:%')`;

/**
 * The phone most surely hers and what may be said on it: the rules of payments/tell.ts, for many at once. `told`: the
 * last notice said the same. Values go on: 10 last number, 11 languages offered, 12 default language, 13 whether the
 * profile says everything discreetly, 14 language wanted, 15 what stands before
 * the key of a reminder.
 */
const GATHER = (source: CampaignSource) => `with source as materialized (${SOURCES[source]}), found as (
    select s.cursor, s.household, s.payment_ref, s.subscriber, s.once, who.key as person, who.alive, best.phone, best.use,
      best.alone, c.key as contact, c.consent, c.stopped_at, h.area,
      case when spoken.language = any($11::text[]) then spoken.language else $12 end as language
    from source s
    left join household h on h.key = s.household
    left join lateral (
      select p.key, p.language, p.alive from person p
      where p.household = s.household and (p.key = s.named or (s.named is null and p.role = 'head'))
      order by p.alive desc, p.key limit 1
    ) as who on true
    left join lateral (
      select f.phone, f.use, ${ALONE} as alone
      from person_phone f where f.person = who.key
      order by ${BY_USE} limit 1
    ) as best on true
    left join lateral (
      select k.key, k.consent, k.stopped_at, k.consent_language from contact k
      where ${source === 'subscribers' ? 'k.key = s.subscriber' : 'k.phone = best.phone'}
      limit 1
    ) as c on true
    cross join lateral (
      select coalesce(case when s.subscriber is null then c.consent_language end, s.wanted, who.language) as language
    ) as spoken
  ), judged as (
    select f.*, pay.key as pay_key, case
        when f.subscriber is null and f.person is null then 'nobody'
        when not f.alive then 'deceased'
        when f.phone is null and f.contact is null then 'no_phone'
        when f.stopped_at is not null then 'opted_out'
        when f.consent = 'none' then 'refused'
        else pay.reason
      end as reason,
      case
        when f.subscriber is not null then 'full'
        when f.alone and not $13::boolean and (f.consent = 'full' or (f.consent is null and f.use = 'own'))
          and f.use in ('own', 'unknown') then 'full'
        else 'discreet'
      end as reach
    from found f
    left join lateral (
      select 'pay:' || p.reference || ':' || lower(trim(p.status)) || ':' || coalesce(p.last_event, 0)
          || case when before.same > 0 then ':' || before.same else '' end as key,
        case
          when last.status = lower(trim(p.status)) and last.is_same then 'told'
          when lower(trim(p.status)) = 'ready' and p.until_date < $4::date then 'nothing'
          when lower(trim(p.status)) in ('scheduled', 'sent') and last.status is null then 'nothing'
          when lower(trim(p.status)) in ('cancelled', 'on_hold') and last.status is null then 'nothing'
          when p.until_date is null and p.status_date < $4::date - 30 then 'old'
        end as reason
      from payment p
      cross join lateral (
        select count(*) filter (where b.status = lower(trim(p.status))) as same,
          jsonb_agg(jsonb_build_object('status', b.status, 'facts', b.facts) order by b.id desc)
            filter (where b.reach <> 'none') -> 0 as said
        from payment_notice b where b.payment_ref = p.reference
      ) as before
      cross join lateral (
        select before.said ->> 'status' as status, lower(trim(p.status)) <> 'ready' or (
            (before.said #>> '{facts,amount}')::numeric is not distinct from p.amount
            and (before.said #>> '{facts,from}')::date is not distinct from p.from_date
            and (before.said #>> '{facts,until}')::date is not distinct from p.until_date
            and before.said #>> '{facts,place}' is not distinct from p.place
          ) as is_same
      ) as last
      where p.reference = f.payment_ref
    ) as pay on f.payment_ref is not null
  ), chosen as (
    select j.* from judged j where ($14::text is null or j.language = $14)${source === 'update_due' ? ` and ${UNREMINDED}` : ''}
  ), stored as (
    insert into campaign_recipient
      (campaign, n, household, person, payment_ref, phone, contact, language, reach, reason, area, key)
    select $3, $10::integer + row_number() over (order by cursor), household, person, payment_ref, phone, contact, language,
      case when reason is null then reach else 'none' end, reason, area,
      coalesce(pay_key, $15::text || once, 'campaign:' || $3::text || ':' || coalesce(phone, contact))
    from chosen
    on conflict (key) where key like 'due:%' do nothing
    returning n
  )
  select (select max(n) from stored) as last,
    case when (select count(*) from source) = $2 then (select max(cursor) from source)
      else (select max(cursor::text) from (${LOOKED[source]}) as looked) end as cursor`;

type Gathered = { cursor: string | null; last: number | null };

/**
 * Gathers the next chunk of the audience; false when nothing is left to do, or another process is at it. At the end the
 * campaign can be looked at, and the preview is there. A reminder needs nobody's approval.
 */
export async function gatherChunk(deps: CampaignDeps, id: string): Promise<boolean> {
  const { db, profile, now } = deps;
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<Campaign & { position: string | null }>(
      `select * from campaign where id = $1 and state = 'gathering' for update skip locked`,
      [id],
    );
    const [campaign] = rows;
    if (!campaign) return false;
    const { filter, recipients: last } = campaign;
    // What is lost in a crash is gathered again.
    await tx.query(`${BY_KEYS}; set local synchronous_commit = off`);
    const { cursor, last: reached } = await gather(tx, deps, campaign);
    if (cursor === null) {
      await tx.query(`update campaign set state = $2, preview = $3 where id = $1`, [
        id,
        campaign.kind === 'reminder' ? 'approved' : 'draft',
        JSON.stringify(await makePreview(tx, deps, campaign, localDate(now(), profile.calendar.tz))),
      ]);
      return false;
    }
    if (reached !== null) {
      if (filter.sex !== undefined) await keepOnly(tx, deps, id, last, filter.sex);
      await tx.query(
        `insert into campaign_chunk (campaign, number, first_n, last_n) values ($1, $2, $3, $4)`,
        [id, campaign.chunks + 1, last + 1, reached],
      );
    }
    await tx.query(
      `update campaign set position = $2, recipients = coalesce($3, recipients),
         chunks = chunks + case when $3::integer is null then 0 else 1 end
       where id = $1`,
      [id, cursor, reached],
    );
    return true;
  });
}

async function gather(
  tx: Tx,
  { profile, now }: CampaignDeps,
  { id, kind, source, filter, position, recipients }: Campaign & { position: string | null },
): Promise<Gathered> {
  const { programme, period, area, language, status } = narrowing(source, filter);
  const { rows } = await tx.query<Gathered>({
    name: `campaign-gather-${source}`,
    text: GATHER(source),
    values: [
      position,
      CHUNK,
      id,
      localDate(now(), profile.calendar.tz),
      programme ?? null,
      period ?? null,
      area ?? null,
      status === undefined ? null : wordsOf(profile, [status]),
      wordsOf(profile, OVER),
      recipients,
      profile.languages.offered,
      profile.languages.default,
      profile.privacy.sms_detail === 'discreet',
      language ?? null,
      kind === 'reminder' ? '' : DRAFT_KEY,
    ],
  });
  const [row] = rows;
  if (!row) throw new Error('gathering answers one row');
  return row;
}

/** What has no meaning for a source narrows nothing. */
function narrowing(source: CampaignSource, filter: Filter): Filter {
  const { programme, area, language, status, period, since } = filter;
  const spoken = language === undefined ? {} : { language };
  if (source === 'subscribers') return spoken;
  const common = { ...spoken, ...(programme ? { programme } : {}), ...(area ? { area } : {}) };
  if (source === 'people') return { ...common, ...(status ? { status } : {}) };
  const when = source === 'update_due' ? since : period;
  return { ...common, ...(when ? { period: when } : {}) };
}

/** The registry keeps it sealed, so it cannot be asked for in SQL. */
async function keepOnly(
  tx: Tx,
  { keys }: CampaignDeps,
  campaign: string,
  after: number,
  sex: 'female' | 'male',
): Promise<void> {
  const { rows } = await tx.query<{ n: number; sealed: Buffer | null }>(
    `select r.n, p.sealed from campaign_recipient r left join person p on p.key = r.person
     where r.campaign = $1 and r.n > $2`,
    [campaign, after],
  );
  const others = rows.filter(
    ({ sealed }) =>
      sealed === null || !sex.startsWith((openPerson(keys, sealed).sex ?? '?').toLowerCase().slice(0, 1)),
  );
  await tx.query('delete from campaign_recipient where campaign = $1 and n = any($2)', [
    campaign,
    others.map(({ n }) => n),
  ]);
}

/** What became of a campaign: by state, office and provider, how fast it goes, and the list of who was not told. */
import type { MessageState } from '../notifications/states.ts';
import { officeFor, type Profile } from '../profiles/profile.ts';
import type { Tx } from '../store/database.ts';
import type { Campaign } from './campaign.ts';

/** `waiting`: not in the outbox yet. `untold`: cannot be told. The rest as in notifications/states.ts. */
export type RecipientState = MessageState | 'waiting' | 'untold';

/** Why somebody was not told, in words that pages have. */
export const UNTOLD = [
  'no_phone',
  'deceased',
  'nobody',
  'opted_out',
  'refused',
  'old',
  'told',
  'nothing',
  'expired',
  'failed',
  'unknown',
  'not_sent',
] as const;
export type UntoldWhy = (typeof UNTOLD)[number];

export type Share = { name: string; people: number; arrived: number; open: number; untold: number };

export type Result = {
  total: number;
  states: Partial<Record<RecipientState, number>>;
  /** Of those who were not told, and those who know it already. */
  why: Partial<Record<UntoldWhy, number>>;
  offices: Share[];
  providers: Share[];
  /** SMS parts that left. */
  parts: number;
  /** Messages that left in the last minute. */
  lastMinute: number;
};

type Group = {
  state: RecipientState;
  why: UntoldWhy | null;
  provider: string | null;
  area: string | null;
  people: number;
  parts: number;
  recent: number;
};

/** One truth of a recipient, for counts and list alike. `$2`: whether the campaign was stopped. */
const STATE = `case when r.reach = 'none' then 'untold' when o.state is null then 'waiting' else o.state end`;
const WHY = `case
    when r.reach = 'none' then r.reason
    when o.state = 'cancelled' and o.error = 'stopped' then 'opted_out'
    when o.state = 'cancelled' and o.error = 'consent' then 'refused'
    when o.state = 'cancelled' then 'not_sent'
    when o.state = 'failed' and o.error = 'expired' then 'expired'
    when o.state in ('failed', 'unknown') then o.state
    when o.state is null and $2::boolean then 'not_sent'
  end`;
/** Where a message failed another may stand in for it: then that one tells. `$1`: the campaign. */
const MESSAGES = `campaign_recipient r
  left join outbound f on r.reach <> 'none' and f.key = r.key
  left join (
    select distinct on (origin) origin, state, error, provider, parts, sent_at
    from outbound
    where origin in (select key from campaign_recipient where campaign = $1 and reach <> 'none')
    order by origin, id desc
  ) as l on l.origin = f.key
  cross join lateral (
    select coalesce(l.state, f.state) as state, case when l.state is null then f.error else l.error end as error,
      coalesce(l.provider, f.provider) as provider, coalesce(l.sent_at, f.sent_at) as sent_at,
      coalesce(l.parts, f.parts) as parts
  ) as o`;

/** `language`: of the names of offices. */
export async function campaignResult(
  tx: Tx,
  { id, state }: Pick<Campaign, 'id' | 'state'>,
  { profile, language, now }: { profile: Profile; language: string; now: Date },
): Promise<Result> {
  const { rows } = await tx.query<Group>(
    `select ${STATE} as state, ${WHY} as why, o.provider, r.area, count(*) as people,
       coalesce(sum(o.parts) filter (where o.sent_at is not null), 0)::integer as parts,
       count(*) filter (where o.sent_at > $3::timestamptz - interval '1 minute') as recent
     from ${MESSAGES} where r.campaign = $1
     group by 1, 2, 3, 4`,
    [id, state === 'stopped', now],
  );
  const result: Result = {
    ...{ total: 0, states: {}, why: {}, parts: 0, lastMinute: 0 },
    offices: sharesOf(rows, ({ area }) => officeFor(profile, area).name[language] ?? ''),
    providers: sharesOf(
      rows.filter(({ provider }) => provider !== null),
      ({ provider }) => provider ?? '',
    ),
  };
  for (const { state: one, why, people, parts, recent } of rows) {
    result.total += people;
    result.parts += parts;
    result.lastMinute += recent;
    result.states[one] = (result.states[one] ?? 0) + people;
    if (why !== null) result.why[why] = (result.why[why] ?? 0) + people;
  }
  return result;
}

const OPEN: readonly RecipientState[] = ['waiting', 'queued', 'sending'];

function sharesOf(rows: readonly Group[], nameOf: (row: Group) => string): Share[] {
  const shares = new Map<string, Share>();
  for (const row of rows) {
    const name = nameOf(row);
    const share = shares.get(name) ?? { name, people: 0, arrived: 0, open: 0, untold: 0 };
    share.people += row.people;
    if (row.state === 'delivered' || row.state === 'read') share.arrived += row.people;
    if (row.why !== null && row.why !== 'told' && row.why !== 'nothing') share.untold += row.people;
    else if (OPEN.includes(row.state)) share.open += row.people;
    shares.set(name, share);
  }
  return [...shares.values()].sort((one, other) => other.people - one.people);
}

export type Progress = {
  /** Who can be told. */
  of: number;
  /** Messages that left or will not. */
  through: number;
  /** 0 to 1. */
  fraction: number;
  perMinute: number;
  /** When it ends at the rate of the last minute; null while none leaves. */
  ends: Date | null;
};

export function progressOf({ states, total, lastMinute }: Result, now: Date): Progress {
  const of = total - (states.untold ?? 0);
  const open = OPEN.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  return {
    of,
    through: of - open,
    fraction: of === 0 ? 1 : (of - open) / of,
    perMinute: lastMinute,
    ends: open > 0 && lastMinute > 0 ? new Date(now.getTime() + (open / lastMinute) * 60_000) : null,
  };
}

export type UntoldRow = {
  n: number;
  why: UntoldWhy;
  state: RecipientState;
  /** Code of the provider's refusal. */
  error: string | null;
  area: string | null;
  language: string;
  payment_ref: string | null;
  /** Sealed: household id, and the person. */
  household: Buffer | null;
  person: Buffer | null;
};

const PAGE = 2_000;

/** Who was not told and must be reached by other means, page by page; who knows it already is not among them. */
export async function* untoldRows(
  tx: Tx,
  { id, state }: Pick<Campaign, 'id' | 'state'>,
): AsyncGenerator<UntoldRow[]> {
  for (let after = 0; ;) {
    const { rows } = await tx.query<UntoldRow>(
      `select r.n, ${WHY} as why, ${STATE} as state, o.error, r.area, r.language, r.payment_ref, h.sealed as household,
         p.sealed as person
       from ${MESSAGES}
       left join household h on h.key = r.household
       left join person p on p.key = r.person
       where r.campaign = $1 and r.n > $3 and ${WHY} not in ('told', 'nothing')
       order by r.n limit ${PAGE}`,
      [id, state === 'stopped', after],
    );
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.n ?? after;
  }
}

/** What a campaign would say, to how many, in which languages and in how many parts: counted before anybody approves it. */
import { segments } from '../render/measure.ts';
import type { Tx } from '../store/database.ts';
import { DRAFT_KEY, type Campaign, type CampaignDeps } from './campaign.ts';
import {
  broadcastWords,
  DISCREET,
  PAYMENT_COLUMNS,
  paymentNews,
  type PaymentRow,
  type Words,
} from './words.ts';

/** `full` and `discreet`: how many read which; the samples are the most frequent words. */
export type PreviewLine = {
  language: string;
  full: number;
  discreet: number;
  /** SMS parts of all of them together. */
  parts: number;
  sample: { full?: string; discreet?: string };
};

export type Preview = {
  /** In the audience, told or not. */
  total: number;
  told: number;
  parts: number;
  languages: PreviewLine[];
  /** Who cannot be told, by reason. */
  untold: Record<string, number>;
  /** Too many different texts to count each: the parts are the average of those counted. */
  isEstimate: boolean;
};

type Group = PaymentRow & {
  language: string;
  reach: 'full' | 'discreet' | 'none';
  reason: string | null;
  area: string | null;
  key: string | null;
  people: number;
};

/** Different texts that are written to be measured; real months have far fewer. */
const MOST_TEXTS = 20_000;

/** @param today ISO date of the programme's zone */
export async function makePreview(
  tx: Tx,
  deps: CampaignDeps,
  campaign: Pick<Campaign, 'id' | 'kind' | 'text' | 'until'>,
  today: string,
): Promise<Preview> {
  const preview: Preview = { total: 0, told: 0, parts: 0, languages: [], untold: {}, isEstimate: false };
  let measured = 0;
  for (const group of await groupsOf(tx, campaign)) {
    const { people, language, reach, reason } = group;
    preview.total += people;
    if (reach === 'none') {
      preview.untold[reason ?? 'nothing'] = (preview.untold[reason ?? 'nothing'] ?? 0) + people;
      continue;
    }
    const words = wordsOf(deps, campaign, group, today);
    const text = deps.texts.text(language, words.text, { facts: words.values });
    const line = lineOf(preview, language);
    line[reach] += people;
    line.sample[reach] ??= text;
    line.parts += segments(text).segments * people;
    measured += people;
  }
  preview.languages.sort((one, other) => other.full + other.discreet - (one.full + one.discreet));
  preview.parts = preview.languages.reduce((sum, { parts }) => sum + parts, 0);
  preview.told = measured;
  return completed(tx, campaign.id, preview);
}

function lineOf({ languages }: Preview, language: string): PreviewLine {
  const found = languages.find((line) => line.language === language);
  if (found) return found;
  const made: PreviewLine = { language, full: 0, discreet: 0, parts: 0, sample: {} };
  languages.push(made);
  return made;
}

/** Recipients who would read the same words are counted together. */
async function groupsOf(tx: Tx, { id }: Pick<Campaign, 'id'>): Promise<Group[]> {
  const { rows } = await tx.query<Group>(
    `select r.language, r.reach, r.reason, told.area, told.day as key, ${PAYMENT_COLUMNS}, count(*) as people
     from campaign_recipient r
     left join payment p on p.reference = r.payment_ref and r.reach = 'full'
     cross join lateral (
       select case when r.reach = 'full' then r.area end as area,
         case when r.reach = 'full' then substring(r.key from '^(?:${DRAFT_KEY})?(due:[0-9]+:[-0-9]+)') end as day
     ) as told
     where r.campaign = $1
     group by r.language, r.reach, r.reason, told.area, told.day, ${PAYMENT_COLUMNS}
     order by people desc limit ${MOST_TEXTS}`,
    [id],
  );
  return rows;
}

function wordsOf(
  { profile, now }: CampaignDeps,
  campaign: Pick<Campaign, 'kind' | 'text' | 'until'>,
  group: Group,
  today: string,
): Words {
  if (group.reach === 'discreet') return DISCREET;
  if (campaign.kind !== 'payments')
    return broadcastWords({ ...campaign, until: campaign.until ?? today }, { ...group, profile });
  // What she was told before is looked at when it is sent; the length of the words hardly depends on it.
  return paymentNews(group, undefined, { profile, now: now(), area: group.area }) ?? DISCREET;
}

/** Where the texts were too many, those not measured count like the average. */
async function completed(tx: Tx, id: string, preview: Preview): Promise<Preview> {
  const { rows } = await tx.query<{ told: number; total: number }>(
    `select count(*) filter (where reach <> 'none') as told, count(*) as total
     from campaign_recipient where campaign = $1`,
    [id],
  );
  const { told = 0, total = 0 } = rows[0] ?? {};
  if (told === preview.told || preview.told === 0) return { ...preview, told, total };
  return {
    ...preview,
    told,
    total,
    parts: Math.round((preview.parts / preview.told) * told),
    isEstimate: true,
  };
}

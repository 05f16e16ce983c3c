/** Ten messages of a campaign as they would leave, for people to read before it is approved. Nothing is sent. */
import { recordAudit } from '../privacy/audit.ts';
import { segments } from '../render/measure.ts';
import { lockCampaign, CampaignRefused, type CampaignDeps } from './campaign.ts';
import type { By } from './deeds.ts';
import { broadcastWords, DISCREET, PAYMENT_COLUMNS, paymentNews, type PaymentRow } from './words.ts';
import type { Said } from '../payments/news.ts';

export type DryMessage = {
  language: string;
  reach: 'full' | 'discreet';
  area: string | null;
  text: string;
  parts: number;
};

const TEN = 10;

type Row = PaymentRow & {
  language: string;
  reach: 'full' | 'discreet';
  area: string | null;
  key: string | null;
  said: Said | null;
};

/** From every language, and of both reaches, as far as ten go. What is shown names nobody. Throws CampaignRefused. */
export async function dryRun(
  { db, profile, texts, now }: CampaignDeps,
  { id, by }: { id: string; by: By },
): Promise<DryMessage[]> {
  const at = now();
  return db.transaction(async (tx) => {
    const campaign = await lockCampaign(tx, id);
    if (campaign.state !== 'draft') throw new CampaignRefused('state');
    const { rows } = await tx.query<Row>(
      `with spread as (
         select language, reach, area, key, payment_ref,
           row_number() over (partition by language, reach order by n) as place
         from campaign_recipient where campaign = $1 and reach <> 'none'
       )
       select s.language, s.reach, s.area, s.key, ${PAYMENT_COLUMNS}, last.said
       from spread s
       left join payment p on p.reference = s.payment_ref
       left join lateral (
         select jsonb_build_object('status', l.status, 'facts', l.facts) as said from payment_notice l
         where l.payment_ref = s.payment_ref and l.reach <> 'none' order by l.id desc limit 1
       ) as last on true
       order by s.place, s.language, s.reach limit ${TEN}`,
      [id],
    );
    await tx.query('update campaign set tried_at = coalesce(tried_at, $2) where id = $1', [id, at]);
    await recordAudit(tx, {
      actor: typeof by === 'string' ? by : by.key,
      action: 'campaign_tried',
      subject: `campaign:${id}`,
      details: { messages: rows.length },
      at,
    });
    return rows.map(({ language, reach, area, key, said, ...payment }) => {
      const words =
        reach === 'discreet'
          ? DISCREET
          : campaign.kind === 'payments'
            ? (paymentNews(payment, said ?? undefined, { profile, now: at, area }) ?? DISCREET)
            : broadcastWords(campaign, { key, profile, area });
      const text = texts.text(language, words.text, { facts: words.values });
      return { language, reach, area, text, parts: segments(text).segments };
    });
  });
}

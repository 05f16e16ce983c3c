/** One campaign: what it says and costs, what may be done with it now, how far it is and what became of it. */
import type { Campaign } from '../../../campaigns/campaign.ts';
import type { Progress, Result } from '../../../campaigns/result.ts';
import type { SegmentPrice } from '../../../notifications/segment-price.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { Button, Confirm, Form } from '../../ui/form.tsx';
import { Card, Facts } from '../../ui/lists.tsx';
import { Code, When } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import type { NameOf } from '../admin/people.ts';
import { languageName } from '../admin/reply-view.tsx';
import { madeBy, StateBadge, whatWord } from './list.tsx';
import { PreviewCard } from './preview.tsx';
import { ShareTable, StateTable, Untold } from './result.tsx';

export type Now = {
  campaign: Campaign;
  /** Null: it takes longer to count than a page may wait. */
  result: Result | null;
  progress: Progress | null;
  price: SegmentPrice | undefined;
  mayAct: boolean;
  mayApprove: boolean;
  mayExport: boolean;
};

type PageProps = Now & { nameOf: NameOf; programmes: Profile['programmes'] };

/** Seconds; a large campaign takes hours, and each look counts all its messages. */
const LOOK_EVERY = 5;

export function CampaignPage(props: PageProps) {
  const { campaign, price, nameOf, programmes } = props;
  const t = useWords();
  const { language } = useVisit();
  const { filter } = campaign;
  const whom = [
    filter.programme && (programmes[filter.programme]?.name[language] ?? filter.programme),
    filter.area,
    filter.language && languageName(t, filter.language),
    filter.sex && t(`campaign.sex.${filter.sex}`),
  ].filter((one) => one !== undefined && one !== '');
  const isMoving = campaign.state !== 'done' && campaign.state !== 'stopped';
  return (
    <>
      <h1>
        <bdi>{campaign.title}</bdi>
      </h1>
      <div class="columns wide-first">
        <div
          data-live={`/console/campaigns/${campaign.id}/now`}
          data-live-every={isMoving ? LOOK_EVERY : undefined}
        >
          <NowPart {...props} />
        </div>
        <div>
          <Card title={t('campaign.about')}>
            <Facts
              facts={[
                { name: t('campaign.what'), value: t(whatWord(campaign)) },
                { name: t('campaign.whom'), value: whom.length > 0 ? whom.join(' · ') : t('campaign.all') },
                ...(campaign.until === null
                  ? []
                  : [{ name: t('campaign.until'), value: <Code>{campaign.until}</Code> }]),
                {
                  name: t('campaign.made_by'),
                  value: <bdi>{madeBy(nameOf, campaign, t('campaign.command'))}</bdi>,
                },
                { name: t('campaign.made_at'), value: <When at={campaign.made_at} /> },
                ...(campaign.approved_by === null
                  ? []
                  : [
                      {
                        name: t('campaign.approved_by'),
                        value: (
                          <bdi>
                            {madeBy(nameOf, { made_by: campaign.approved_by }, t('campaign.command'))}
                          </bdi>
                        ),
                      },
                    ]),
                {
                  name: t('campaign.price'),
                  value: price ? <Code>{`${price.amount} ${price.currency}`}</Code> : t('campaign.no_price'),
                },
              ]}
            />
          </Card>
          {campaign.preview ? <PreviewCard preview={campaign.preview} price={price} /> : null}
        </div>
      </div>
    </>
  );
}

/** What changes while one looks. */
export function NowPart(now: Now) {
  const { campaign, result, progress, mayExport } = now;
  const t = useWords();
  const isBegun = !['reading', 'gathering', 'draft'].includes(campaign.state);
  return (
    <>
      <Card title={t('campaign.now')} actions={<StateBadge state={campaign.state} />}>
        <p>{t(`campaign.means.${campaign.state}`)}</p>
        {isBegun && progress ? <ProgressLine {...progress} /> : null}
        <Deeds {...now} />
      </Card>
      {isBegun && result ? (
        <Card title={t('campaign.result')}>
          <StateTable result={result} />
        </Card>
      ) : null}
      {isBegun && result && result.offices.length > 0 ? (
        <Card title={t('campaign.by_office')}>
          <ShareTable caption={t('campaign.by_office')} head={t('campaign.office')} shares={result.offices} />
        </Card>
      ) : null}
      {isBegun && result && result.providers.length > 0 ? (
        <Card title={t('campaign.by_provider')}>
          <ShareTable
            caption={t('campaign.by_provider')}
            head={t('campaign.provider')}
            shares={result.providers}
          />
        </Card>
      ) : null}
      {result ? <Untold campaign={campaign} result={result} mayExport={mayExport} /> : null}
    </>
  );
}

function ProgressLine({ of, through, fraction, perMinute, ends }: Progress) {
  const t = useWords();
  const percent = Math.floor(fraction * 100);
  return (
    <div class="stack">
      <div class="meter">
        <span>{t('campaign.progress')}</span>
        <svg
          class="meter-bar"
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          role="img"
          aria-label={t('campaign.progress_of', { through, of })}
        >
          <rect class="meter-track" width="100" height="4" />
          <rect class="meter-fill" width={percent} height="4" />
        </svg>
        <span class="meter-value">{percent} %</span>
      </div>
      <p class="hint">
        {t('campaign.progress_of', { through, of })} · {t('campaign.rate', { n: perMinute })}
        {ends ? (
          <>
            {' '}
            · {t('campaign.ends')} <When at={ends} />
          </>
        ) : null}
      </p>
    </div>
  );
}

function Deeds({ campaign, mayAct, mayApprove }: Now) {
  const t = useWords();
  const { id, state, preview, tried_at: tried } = campaign;
  if (!mayAct || state === 'done' || state === 'stopped') return null;
  const at = `/console/campaigns/${id}`;
  const isReady = state === 'draft' && (preview?.told ?? 0) > 0;
  return (
    <div class="actions">
      {isReady ? (
        <Form action={`${at}/dry-run`}>
          <Button kind={tried ? 'plain' : 'main'}>{t('campaign.dry')}</Button>
        </Form>
      ) : null}
      {isReady && tried && mayApprove ? (
        <Confirm ask={t('campaign.approve')} kind="main" icon="check">
          <p>{t('campaign.approve_ask', { people: preview?.told ?? 0, parts: preview?.parts ?? 0 })}</p>
          <Form action={`${at}/approve`}>
            <Button kind="main">{t('campaign.approve')}</Button>
          </Form>
        </Confirm>
      ) : null}
      {isReady && tried && !mayApprove ? <p class="hint">{t('campaign.second_person')}</p> : null}
      {state === 'approved' || state === 'running' ? (
        <Form action={`${at}/pause`}>
          <Button>{t('campaign.pause')}</Button>
        </Form>
      ) : null}
      {state === 'paused' ? (
        <Form action={`${at}/resume`}>
          <Button kind="main">{t('campaign.resume')}</Button>
        </Form>
      ) : null}
      <Confirm ask={t(state === 'draft' ? 'campaign.discard' : 'campaign.stop')} kind="danger">
        <p>{t(state === 'draft' ? 'campaign.discard_ask' : 'campaign.stop_ask')}</p>
        <Form action={`${at}/stop`}>
          <Button kind="danger">{t(state === 'draft' ? 'campaign.discard' : 'campaign.stop')}</Button>
        </Form>
      </Confirm>
    </div>
  );
}

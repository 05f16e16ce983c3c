/** All campaigns, and how each stands. */
import type { Campaign, CampaignState } from '../../../campaigns/campaign.ts';
import { LinkButton } from '../../ui/form.tsx';
import { Table } from '../../ui/lists.tsx';
import { Badge, Count, Empty, When, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import type { WordKey } from '../../words.ts';
import type { NameOf } from '../admin/people.ts';

const HERE = '/console/campaigns';

const TONES: Readonly<Record<CampaignState, Tone>> = {
  reading: 'plain',
  gathering: 'plain',
  draft: 'wait',
  approved: 'info',
  running: 'info',
  paused: 'wait',
  stopped: 'plain',
  done: 'good',
};

export function StateBadge({ state }: { state: CampaignState }) {
  const t = useWords();
  return <Badge tone={TONES[state]}>{t(`campaign.state.${state}`)}</Badge>;
}

/** What a campaign says, in a few words. */
export function whatWord({ kind, source, text }: Campaign): WordKey {
  if (kind === 'payments') return source === 'due' ? 'campaign.what.due' : 'campaign.what.list';
  if (source === 'update_due') return 'campaign.what.update_due';
  return `campaign.what.${text ?? 'sms.fraud'}`;
}

export function CampaignList(props: { campaigns: readonly Campaign[]; nameOf: NameOf; mayMake: boolean }) {
  const { campaigns, nameOf, mayMake } = props;
  const t = useWords();
  return (
    <>
      <div class="card-head">
        <h1>{t('campaign.title')}</h1>
        {mayMake ? (
          <LinkButton href={`${HERE}/new`} kind="main" icon="message">
            {t('campaign.new')}
          </LinkButton>
        ) : null}
      </div>
      <section class="card">
        {campaigns.length === 0 ? (
          <Empty title={t('campaign.none')}>
            <p class="hint">{t('campaign.none_help')}</p>
          </Empty>
        ) : (
          <Table
            caption={t('campaign.title')}
            rows={campaigns}
            keyOf={({ id }) => id}
            columns={[
              {
                head: t('campaign.name'),
                cell: ({ id, title }) => (
                  <a href={`${HERE}/${id}`}>
                    <bdi>{title}</bdi>
                  </a>
                ),
              },
              { head: t('campaign.what'), cell: (one) => t(whatWord(one)) },
              { head: t('campaign.state'), cell: ({ state }) => <StateBadge state={state} /> },
              {
                head: t('campaign.people'),
                isNumber: true,
                cell: ({ preview }) => (preview ? <Count value={preview.told} /> : '–'),
              },
              {
                head: t('campaign.made_by'),
                cell: (one) => <bdi>{madeBy(nameOf, one, t('campaign.command'))}</bdi>,
              },
              { head: t('campaign.made_at'), cell: ({ made_at: at }) => <When at={at} /> },
            ]}
          />
        )}
      </section>
    </>
  );
}

/** The operator at the command line has no account. */
export function madeBy(nameOf: NameOf, { made_by: by }: Pick<Campaign, 'made_by'>, command: string): string {
  return by === 'command' ? command : nameOf(by);
}

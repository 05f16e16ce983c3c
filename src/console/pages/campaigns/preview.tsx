/** What a campaign would say, to how many and at what cost, language by language. */
import { costOf } from '../../../campaigns/cost.ts';
import type { Preview } from '../../../campaigns/preview.ts';
import type { SegmentPrice } from '../../../notifications/segment-price.ts';
import { Card } from '../../ui/lists.tsx';
import { Count, Notice, Said } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { languageName } from '../admin/reply-view.tsx';

export function PreviewCard({ preview, price }: { preview: Preview; price: SegmentPrice | undefined }) {
  const t = useWords();
  const cost = (parts: number) => (price ? ` · ${costOf(price, parts)}` : '');
  return (
    <Card title={t('campaign.preview')}>
      <p>
        {t('campaign.preview_told', { told: preview.told, total: preview.total })} ·{' '}
        {t('campaign.parts_of', { n: preview.parts })}
        <bdi>{cost(preview.parts)}</bdi>
      </p>
      {preview.isEstimate ? (
        <Notice tone="info">
          <p>{t('campaign.estimate')}</p>
        </Notice>
      ) : null}
      {preview.languages.map(({ language, full, discreet, parts, sample }) => (
        <section key={language} class="stack tight">
          <h3>{languageName(t, language)}</h3>
          <p class="hint">
            {t('campaign.reach.full')}: <Count value={full} /> · {t('campaign.reach.discreet')}:{' '}
            <Count value={discreet} /> · {t('campaign.parts_of', { n: parts })}
            <bdi>{cost(parts)}</bdi>
          </p>
          {[sample.full, sample.discreet].map((text) =>
            text === undefined ? null : (
              <div key={text} class="phone">
                <Said text={text} language={language} />
              </div>
            ),
          )}
        </section>
      ))}
    </Card>
  );
}

/** Ten messages as they would leave. They name nobody. */
import type { Campaign } from '../../../campaigns/campaign.ts';
import type { DryMessage } from '../../../campaigns/dry-run.ts';
import { officeFor, type Profile } from '../../../profiles/profile.ts';
import { LinkButton } from '../../ui/form.tsx';
import { Badge, Notice, Said } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { languageName } from '../admin/reply-view.tsx';

type DryRunProps = { campaign: Campaign; messages: readonly DryMessage[]; profile: Profile };

export function DryRunPage({ campaign, messages, profile }: DryRunProps) {
  const t = useWords();
  const { language: shown } = useVisit();
  return (
    <>
      <h1>{t('campaign.dry.title')}</h1>
      <Notice tone="info">
        <p>{t('campaign.dry.lead')}</p>
      </Notice>
      <ol class="bare stack">
        {messages.map(({ language, reach, area, text, parts }, index) => (
          <li key={index} class="card">
            <p class="hint">
              {languageName(t, language)} · {officeFor(profile, area).name[shown]} ·{' '}
              {t('campaign.parts_of', { n: parts })}{' '}
              <Badge tone={reach === 'full' ? 'info' : 'plain'}>{t(`campaign.reach.${reach}`)}</Badge>
            </p>
            <div class="phone">
              <Said text={text} language={language} />
            </div>
          </li>
        ))}
      </ol>
      <div class="actions">
        <LinkButton href={`/console/campaigns/${campaign.id}`} kind="main">
          {t('campaign.back')}
        </LinkButton>
      </div>
    </>
  );
}

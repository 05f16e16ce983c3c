/** A new campaign: what is said, and to whom. */
import { BROADCASTS } from '../../../campaigns/campaign.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { ENROLMENT_STATUSES } from '../../../registry/registry.ts';
import { Button, Field, Form, Select, TextArea } from '../../ui/form.tsx';
import { Card } from '../../ui/lists.tsx';
import { Notice } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { languageName } from '../admin/reply-view.tsx';

export type Asked = Partial<
  Record<
    'what' | 'title' | 'programme' | 'area' | 'language' | 'sex' | 'status' | 'until' | 'references',
    string
  >
>;

export function NewCampaignPage({
  profile,
  asked,
  isWrong,
}: {
  profile: Profile;
  asked: Asked;
  isWrong: boolean;
}) {
  const t = useWords();
  const { language } = useVisit();
  const whats = ['due', 'list', ...BROADCASTS.map(({ text }) => text), 'update_due'] as const;
  return (
    <>
      <h1>{t('campaign.new')}</h1>
      {isWrong ? (
        <Notice tone="alarm">
          <p>{t('campaign.wrong')}</p>
        </Notice>
      ) : null}
      <Form action="/console/campaigns/new" class="stack">
        <div class="columns">
          <div>
            <Card title={t('campaign.what')}>
              <div class="stack">
                <Field
                  name="title"
                  label={t('campaign.name')}
                  hint={t('campaign.name_hint')}
                  value={asked.title ?? ''}
                  maxLength={100}
                  autocomplete="off"
                />
                <Select
                  name="what"
                  label={t('campaign.message')}
                  value={asked.what}
                  options={whats.map((value) => ({ value, label: t(`campaign.what.${value}`) }))}
                />
                <Field
                  name="until"
                  type="date"
                  label={t('campaign.until')}
                  hint={t('campaign.until_hint')}
                  value={asked.until ?? ''}
                  required={false}
                />
                <TextArea
                  name="references"
                  label={t('campaign.references')}
                  hint={t('campaign.references_hint')}
                  value={asked.references ?? ''}
                  required={false}
                  rows={5}
                />
              </div>
            </Card>
          </div>
          <div>
            <Card title={t('campaign.whom')}>
              <p class="hint">{t('campaign.whom_hint')}</p>
              <div class="stack">
                <Select
                  name="programme"
                  label={t('campaign.programme')}
                  required={false}
                  empty={t('campaign.all')}
                  value={asked.programme}
                  options={Object.entries(profile.programmes).map(([value, { name }]) => ({
                    value,
                    label: name[language] ?? value,
                  }))}
                />
                <Select
                  name="area"
                  label={t('campaign.area')}
                  required={false}
                  empty={t('campaign.all')}
                  value={asked.area}
                  options={profile.offices.map(({ area, name }) => ({
                    value: area,
                    label: name[language] ?? area,
                  }))}
                />
                <Select
                  name="status"
                  label={t('campaign.status')}
                  required={false}
                  empty={t('campaign.all')}
                  value={asked.status}
                  options={ENROLMENT_STATUSES.map((value) => ({
                    value,
                    label: t(`campaign.enrolment.${value}`),
                  }))}
                />
                <Select
                  name="language"
                  label={t('campaign.language')}
                  required={false}
                  empty={t('campaign.all')}
                  value={asked.language}
                  options={profile.languages.offered.map((value) => ({
                    value,
                    label: languageName(t, value),
                  }))}
                />
                <Select
                  name="sex"
                  label={t('campaign.sex')}
                  required={false}
                  empty={t('campaign.all')}
                  value={asked.sex}
                  options={(['female', 'male'] as const).map((value) => ({
                    value,
                    label: t(`campaign.sex.${value}`),
                  }))}
                />
              </div>
            </Card>
          </div>
        </div>
        <p class="hint">{t('campaign.nothing_sent')}</p>
        <div class="actions">
          <Button kind="main">{t('campaign.prepare')}</Button>
        </div>
      </Form>
    </>
  );
}

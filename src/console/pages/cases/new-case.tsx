/** Taking a complaint down while somebody speaks: few fields, most of them filled in already (console.md S6). */
import { Button, Field, Form, Select, TextArea } from '../../ui/form.tsx';
import { Card } from '../../ui/lists.tsx';
import { Code, Notice } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import type { Language } from '../../words.ts';
import { CategoryList } from './deeds.tsx';
import { wordFor } from './codes.ts';
import { Handset } from './handset.tsx';
import { MAX_NOTE } from '../../../grievances/work.ts';

export const KINDS = ['complaint', 'update', 'appeal', 'information'] as const;
export const CHANNELS = ['call', 'callback', 'sms', 'whatsapp', 'desk'] as const;

export type NewCaseView = {
  /** Sent twice, it is one case. */
  key: string;
  contact: string | null;
  household: string | null;
  person: string | null;
  values: Readonly<Record<string, string>>;
  problems: Readonly<Record<string, string>>;
  programmes: readonly { code: string; name: string }[];
  languages: readonly string[];
  categories: readonly string[];
  /** Open ones about the same. */
  similar: readonly string[];
  /** What she will get; empty where nothing is sent or the category is not known yet. */
  message: string;
};

export function NewCasePage({ view }: { view: NewCaseView }) {
  const t = useWords();
  return (
    <>
      <h1>{t('case.new')}</h1>
      <div class="columns wide-first">
        <NewCaseForm view={view} />
        <div>
          <Card title={t('case.preview')}>
            {view.message === '' ? (
              <p class="hint">{t('case.preview_none')}</p>
            ) : (
              <Handset
                text={view.message}
                language={view.values['language'] ?? 'en'}
                caption={t('case.confirm.message')}
              />
            )}
          </Card>
        </div>
      </div>
    </>
  );
}

function NewCaseForm({ view }: { view: NewCaseView }) {
  const t = useWords();
  const { key, contact, household, person, values, problems, similar } = view;
  const option = (value: string, label: string) => ({ value, label });
  return (
    <Card title={t('case.new_lead')}>
      <Form action="/console/cases/new" class="stack" draft={`case-new-${contact ?? 'nobody'}`}>
        <input type="hidden" name="key" value={key} />
        <input type="hidden" name="contact" value={contact ?? ''} />
        <input type="hidden" name="household" value={household ?? ''} />
        <input type="hidden" name="person" value={person ?? ''} />
        {contact === null ? (
          <Notice tone="wait">
            <p>{t('case.new_nameless')}</p>
          </Notice>
        ) : null}
        {Object.keys(problems).length > 0 ? (
          <Notice tone="alarm">
            <p>{problems[''] ?? t('case.look_below')}</p>
          </Notice>
        ) : null}
        <Similar references={similar} />
        <Field
          name="category"
          label={t('case.category')}
          hint={t('case.category_hint')}
          problem={problems['category']}
          value={values['category'] ?? ''}
          list="category-list"
          autocomplete="off"
          dir="auto"
          autofocus={values['category'] === undefined}
        />
        <CategoryList id="category-list" codes={view.categories} />
        <TextArea
          name="text"
          label={t('case.what_happened')}
          hint={t('case.private_hint')}
          problem={problems['text']}
          value={values['text'] ?? ''}
          maxLength={MAX_NOTE}
          required={false}
        />
        <Field
          name="wanted"
          label={t('case.wanted')}
          required={false}
          maxLength={500}
          dir="auto"
          value={values['wanted'] ?? ''}
        />
        <div class="key-choices">
          <Select
            name="kind"
            label={t('case.kind_label')}
            value={values['kind']}
            options={KINDS.map((kind) => option(kind, t(`case.kind.${kind}`)))}
          />
          <Select
            name="programme"
            label={t('case.programme')}
            required={false}
            value={values['programme']}
            empty={t('case.none')}
            options={view.programmes.map(({ code, name }) => option(code, name))}
          />
          <Select
            name="language"
            label={t('case.language')}
            value={values['language']}
            options={view.languages.map((language) =>
              option(language, t(`language.${language as Language}`)),
            )}
          />
          <Select
            name="channel"
            label={t('case.channel_label')}
            value={values['channel']}
            options={CHANNELS.map((channel) => option(channel, wordFor(t, 'case.channel', channel)))}
          />
        </div>
        <div class="actions">
          <Button kind="main" name="step" value="save">
            {t('case.save_new')}
          </Button>
          <Button name="step" value="look">
            {t('case.look')}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Similar({ references }: { references: readonly string[] }) {
  const t = useWords();
  if (references.length === 0) return null;
  return (
    <Notice tone="wait">
      <p>{t('case.similar')}</p>
      <ul class="plain-list">
        {references.map((reference) => (
          <li key={reference}>
            <a href={`/console/cases/${reference}`}>
              <Code>{reference}</Code>
            </a>
          </li>
        ))}
      </ul>
      <p>{t('case.similar_help')}</p>
    </Notice>
  );
}

/** Canned replies to look at: all of them by key, and one with its draft, what the draft changes, and its versions. */
import { measureAnswer } from '../../../grievances/answer-check.ts';
import type { CannedReply } from '../../../grievances/canned.ts';
import { Button, Confirm, Form, LinkButton } from '../../ui/form.tsx';
import { Card, Table, Tabs } from '../../ui/lists.tsx';
import { Badge, Code, Empty, Notice, Said, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { directionOf, isLanguage, type Words } from '../../words.ts';
import type { NameOf } from './people.ts';
import { wordDiff } from './word-diff.ts';

export type ReplyGroup = {
  key: string;
  /** The newest first. */
  versions: readonly CannedReply[];
  approved: CannedReply | undefined;
  draft: CannedReply | undefined;
};

export const LISTS = ['all', 'waiting', 'missing', 'retired'] as const;
type List = (typeof LISTS)[number];

const HERE = '/console/replies';

/** A profile may offer languages that the console itself does not speak. */
export function languageName(t: Words, language: string): string {
  return isLanguage(language) ? t(`language.${language}`) : language;
}

type Missing = ReadonlyMap<string, readonly string[]>;

function isIn(list: List, { key, approved, draft }: ReplyGroup, missing: Missing): boolean {
  if (list === 'waiting') return draft !== undefined;
  if (list === 'missing') return missing.has(key);
  const isUsed = approved !== undefined || draft !== undefined;
  return list === 'retired' ? !isUsed : isUsed;
}

export function ReplyList(props: {
  groups: readonly ReplyGroup[];
  missing: Missing;
  show: List;
  languages: readonly string[];
  mayWrite: boolean;
}) {
  const { groups, missing, show, languages, mayWrite } = props;
  const t = useWords();
  const rows = groups.filter((group) => isIn(show, group, missing));
  return (
    <>
      <div class="card-head">
        <h1>{t('admin.replies.title')}</h1>
        {mayWrite ? (
          <LinkButton href={`${HERE}/new`} kind="main" icon="message">
            {t('admin.replies.new')}
          </LinkButton>
        ) : null}
      </div>
      <section class="card">
        <Tabs
          label={t('admin.replies.title')}
          tabs={LISTS.map((list) => ({
            href: list === 'all' ? HERE : `${HERE}?show=${list}`,
            label: t(`admin.replies.list_${list}`),
            count: groups.filter((group) => isIn(list, group, missing)).length,
            isHere: list === show,
          }))}
        />
        {rows.length === 0 ? (
          <Empty title={t('list.empty')} />
        ) : (
          <Table
            caption={t(`admin.replies.list_${show}`)}
            rows={rows}
            keyOf={({ key }) => key}
            columns={[
              {
                head: t('admin.replies.key'),
                cell: ({ key }) => (
                  <a href={`${HERE}/by/${key}`}>
                    <Code>{key}</Code>
                  </a>
                ),
              },
              { head: t('admin.state'), cell: (group) => <States group={group} /> },
              ...languages.map((language) => ({
                head: languageName(t, language),
                cell: (group: ReplyGroup) => <Short group={group} language={language} />,
              })),
            ]}
          />
        )}
      </section>
    </>
  );
}

function States({ group: { approved, draft } }: { group: ReplyGroup }) {
  const t = useWords();
  return (
    <span class="badges">
      {approved ? <Badge tone="good">{t('admin.replies.in_use', { n: approved.version })}</Badge> : null}
      {draft ? <Badge tone="wait">{t('admin.replies.waiting', { n: draft.version })}</Badge> : null}
      {(approved ?? draft) ? null : <Badge>{t('admin.replies.retired')}</Badge>}
    </span>
  );
}

function Short({ group, language }: { group: ReplyGroup; language: string }) {
  const t = useWords();
  const text = (group.approved ?? group.draft ?? group.versions[0])?.texts[language];
  if (!text) return <Badge tone="alarm">{t('admin.replies.lacks')}</Badge>;
  return (
    <>
      <Said text={text} language={language} />
      <span class="hint">{t('admin.replies.parts', { n: measureAnswer(text).segments })}</span>
    </>
  );
}

type ReplyPageProps = {
  group: ReplyGroup;
  languages: readonly string[];
  nameOf: NameOf;
  mayWrite: boolean;
  /** May approve, and did not write the draft. */
  mayApprove: boolean;
};

export function ReplyPage({ group, languages, nameOf, mayWrite, mayApprove }: ReplyPageProps) {
  const { key, versions, approved, draft } = group;
  const t = useWords();
  return (
    <>
      <p>
        <a href={HERE}>{t('admin.replies.title')}</a>
      </p>
      <div class="card-head">
        <h1>
          <Code>{key}</Code>
        </h1>
        {mayWrite ? (
          <LinkButton href={`${HERE}/by/${key}/edit`}>
            {t(draft ? 'admin.replies.edit_draft' : 'admin.replies.edit')}
          </LinkButton>
        ) : null}
      </div>
      {draft ? (
        <Card
          title={t('admin.replies.draft')}
          actions={<Badge tone="wait">{t('admin.replies.waiting', { n: draft.version })}</Badge>}
        >
          <p class="hint">
            <bdi>{nameOf(draft.written_by)}</bdi> · <When at={draft.created_at} />
          </p>
          <div class="columns texts">
            {languages.map((language) => (
              <section key={language} class="version">
                <h3>{languageName(t, language)}</h3>
                <Diff
                  before={approved?.texts[language] ?? ''}
                  after={draft.texts[language] ?? ''}
                  language={language}
                />
              </section>
            ))}
          </div>
          {mayApprove ? (
            <div class="actions">
              <Deed name="approve" reply={draft} kind="main" />
              {mayWrite ? <Deed name="reject" reply={draft} kind="danger" /> : null}
            </div>
          ) : (
            <>
              <Notice tone="info">
                <p>{t('admin.replies.not_mine')}</p>
              </Notice>
              {mayWrite ? <Deed name="reject" reply={draft} kind="danger" /> : null}
            </>
          )}
        </Card>
      ) : null}
      {approved ? (
        <Card
          title={t('admin.replies.used')}
          actions={<Badge tone="good">{t('admin.replies.in_use', { n: approved.version })}</Badge>}
        >
          <div class="columns texts">
            {languages.map((language) => (
              <section key={language} class="version">
                <h3>{languageName(t, language)}</h3>
                {approved.texts[language] ? (
                  <Said text={approved.texts[language]} language={language} />
                ) : (
                  <Badge tone="alarm">{t('admin.replies.lacks')}</Badge>
                )}
              </section>
            ))}
          </div>
          {mayWrite ? <Deed name="retire" reply={approved} kind="danger" /> : null}
        </Card>
      ) : null}
      <Card title={t('admin.replies.versions')}>
        <Versions versions={versions} nameOf={nameOf} />
      </Card>
    </>
  );
}

function Diff({ before, after, language }: { before: string; after: string; language: string }) {
  const t = useWords();
  if (before === '' && after === '') return <Badge tone="alarm">{t('admin.replies.lacks')}</Badge>;
  const marks = { same: 'span', gone: 'del', new: 'ins' } as const;
  return (
    <p class="said diff" lang={language} dir={directionOf(language)}>
      {wordDiff(before, after).map(({ kind, text }, index) => {
        const Mark = marks[kind];
        return <Mark key={index}>{text}</Mark>;
      })}
    </p>
  );
}

function Deed({
  name,
  reply,
  kind,
}: {
  name: 'approve' | 'reject' | 'retire';
  reply: CannedReply;
  kind: 'main' | 'danger';
}) {
  const t = useWords();
  return (
    <Confirm ask={t(`admin.replies.${name}`)} kind={kind}>
      <p>{t(`admin.replies.${name}_ask`)}</p>
      <Form action={`${HERE}/${name === 'approve' ? 'approve' : 'retire'}`}>
        <input type="hidden" name="id" value={reply.id} />
        <input type="hidden" name="key" value={reply.key} />
        <input type="hidden" name="written" value={reply.created_at.toISOString()} />
        <Button kind={kind}>{t(`admin.replies.${name}`)}</Button>
      </Form>
    </Confirm>
  );
}

function Versions({ versions, nameOf }: { versions: readonly CannedReply[]; nameOf: NameOf }) {
  const t = useWords();
  const states = {
    draft: 'admin.replies.state_draft',
    approved: 'admin.replies.state_approved',
    retired: 'admin.replies.retired',
  } as const;
  return (
    <Table
      caption={t('admin.replies.versions')}
      rows={versions}
      keyOf={({ id }) => id}
      columns={[
        { head: t('admin.replies.version'), cell: ({ version }) => <Code>{version}</Code> },
        { head: t('admin.state'), cell: ({ state }) => t(states[state]) },
        {
          head: t('admin.replies.written'),
          cell: ({ written_by, created_at }) => (
            <>
              <bdi>{nameOf(written_by)}</bdi> · <When at={created_at} />
            </>
          ),
        },
        {
          head: t('admin.replies.approved'),
          cell: ({ approved_by, approved_at }) =>
            approved_at ? (
              <>
                <bdi>{nameOf(approved_by)}</bdi> · <When at={approved_at} />
              </>
            ) : (
              '–'
            ),
        },
        {
          head: t('admin.replies.texts'),
          cell: ({ texts }) => (
            <details>
              <summary>{t('admin.replies.show')}</summary>
              {Object.entries(texts).map(([language, text]) => (
                <Said key={language} text={text} language={language} />
              ))}
            </details>
          ),
        },
      ]}
    />
  );
}

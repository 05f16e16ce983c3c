/** Writing a canned reply: the languages side by side, each with what it costs and how a phone shows it. */
import type { ReplyProblem, ReplyValue } from '../../../grievances/canned.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { Button, Field, Form, LinkButton, TextArea } from '../../ui/form.tsx';
import { Measure, type Price } from '../../ui/measure.tsx';
import { Code, Notice } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import type { Words } from '../../words.ts';
import { languageName } from './reply-view.tsx';

type EditorProps = {
  replyKey: string;
  texts: Readonly<Record<string, string>>;
  /** When the draft was written that this one would replace. */
  over: Date | null;
  isNew: boolean;
  profile: Profile;
  price: Price | undefined;
  problems: Readonly<Record<string, ReplyProblem[]>>;
  refused: 'stale' | 'exists' | undefined;
};

const MOST_LETTERS = 600;

export function ReplyEditor(props: EditorProps) {
  const { replyKey, texts, over, isNew, profile, price, problems, refused } = props;
  const t = useWords();
  const keyProblem =
    refused === 'exists'
      ? t('admin.replies.exists')
      : problems['key']
        ? t(Object.keys(texts).length === 0 ? 'admin.problem.nothing' : 'admin.problem.key')
        : undefined;
  return (
    <>
      <p>
        <a href="/console/replies">{t('admin.replies.title')}</a>
      </p>
      <h1>{isNew ? t('admin.replies.new') : <Code>{replyKey}</Code>}</h1>
      {refused === 'stale' ? (
        <Notice tone="alarm">
          <p>
            {t('admin.replies.stale')}{' '}
            <a href={`/console/replies/by/${replyKey}`}>{t('admin.replies.stale_look')}</a>
          </p>
        </Notice>
      ) : null}
      <Form action="/console/replies/save" class="stack" draft={`reply-${isNew ? 'new' : replyKey}`}>
        <input type="hidden" name="new" value={isNew ? 'yes' : 'no'} />
        <input type="hidden" name="over" value={over?.toISOString() ?? ''} />
        {isNew ? (
          <div class="form-page">
            <Field
              name="key"
              label={t('admin.replies.key')}
              hint={t('admin.replies.key_hint')}
              value={replyKey}
              dir="ltr"
              maxLength={40}
              autocomplete="off"
              spellcheck={false}
              problem={keyProblem}
            />
          </div>
        ) : (
          <input type="hidden" name="key" value={replyKey} />
        )}
        {!isNew && keyProblem ? <p class="problem">{keyProblem}</p> : null}
        <ValueHelp />
        <div class="columns texts">
          {profile.languages.offered.map((language) => (
            <section key={language} class="card">
              <TextArea
                name={`text-${language}`}
                label={languageName(t, language)}
                value={texts[language] ?? ''}
                rows={6}
                required={false}
                maxLength={MOST_LETTERS}
                language={language}
                problem={problemOf(t, texts[language] ?? '', problems[language])}
              />
              <Measure
                of={`f-text-${language}`}
                text={texts[language] ?? ''}
                language={language}
                values={longest(profile, language)}
                price={price}
              />
            </section>
          ))}
        </div>
        <div class="actions">
          <Button kind="main" icon="check">
            {t('admin.replies.submit')}
          </Button>
          <LinkButton href={isNew ? '/console/replies' : `/console/replies/by/${replyKey}`}>
            {t('form.cancel')}
          </LinkButton>
        </div>
        <p class="hint">{t('admin.replies.submit_hint')}</p>
      </Form>
    </>
  );
}

const VALUES: readonly ReplyValue[] = ['ref', 'd', 'svc', 'hot', 'code'];

function ValueHelp() {
  const t = useWords();
  return (
    <details class="help-values">
      <summary>{t('admin.replies.values')}</summary>
      <dl class="facts">
        {VALUES.map((name) => (
          <div key={name}>
            <dt>
              <Code>{`{{${name}}}`}</Code>
            </dt>
            <dd>{t(`admin.value.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** What each value is like at its longest, so that no citizen's answer is longer than what the writer saw. */
function longest(profile: Profile, language: string): Record<ReplyValue, string> {
  const { code } = profile.channels.ussd;
  return {
    ref: '12345678',
    d: '31/12/2026',
    svc: profile.service_name[language] ?? '',
    hot: profile.hotline.number,
    // U+200E keeps it readable in a right-to-left line, and counts.
    code: language === 'ar' ? `\u200e${code}\u200e` : code,
  };
}

function problemOf(
  t: Words,
  text: string,
  problems: readonly ReplyProblem[] | undefined,
): string | undefined {
  if (!problems || problems.length === 0) return undefined;
  const said = problems.map(({ kind, from, until }) => {
    const what = kind === 'empty' || kind === 'long' ? '' : text.slice(from, until).trim();
    const why = t(`admin.problem.${kind}`);
    return what === '' ? why : `${why} «${what}»`;
  });
  return [...new Set(said)].join(' ');
}

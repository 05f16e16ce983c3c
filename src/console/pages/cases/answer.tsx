/** Deciding a case: outcome with its reason, and the answer in her language, looked at once more before it is sent. */
import { REASONS, type Decision } from '../../../grievances/decide.ts';
import { Button, Form, TextArea } from '../../ui/form.tsx';
import { Card } from '../../ui/lists.tsx';
import { Notice } from '../../ui/parts.tsx';
import { Measure } from '../../ui/measure.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import type { Language } from '../../words.ts';
import { CannedReplies } from './canned.tsx';
import { wordFor } from './codes.ts';
import { Handset } from './handset.tsx';
import type { Tried } from './tried.tsx';
import type { CaseView } from './view.ts';

/** The field of a language: hers is `answer`. */
export function answerField(view: Pick<CaseView, 'language'>, language: string): string {
  return language === view.language ? 'answer' : `answer_${language}`;
}

export function AnswerForm({ view, tried }: { view: CaseView; tried: Tried | undefined }) {
  const { found } = view.detail;
  const t = useWords();
  const mine = tried?.deed === 'decide' ? tried : undefined;
  const [hers = '', ...others] = view.languages;
  const canBeRead = found.contact !== null || found.followed;
  return (
    <Card title={t('case.decide.title')}>
      <Form
        action={`/console/cases/${found.reference}/decide`}
        draft={`case-${found.reference}-decide`}
        class="stack"
      >
        <input type="hidden" name="version" value={found.version} />
        <OutcomeField view={view} value={mine?.text('outcome')} />
        <CannedReplies replies={view.replies} language={hers} into="f-answer" />
        <TextArea
          name="answer"
          label={t('case.decide.answer', { language: t(`language.${hers as Language}`) })}
          hint={t(canBeRead ? 'case.decide.hint' : 'case.decide.unread')}
          value={mine?.text('answer') ?? ''}
          problem={mine?.problems['answer']}
          language={hers}
          maxLength={1_500}
          shortcut="reply"
        />
        <Measure of="f-answer" text={mine?.text('answer') ?? ''} language={view.language} />
        <details class="more" open={others.some((one) => mine?.problems[`answer_${one}`] !== undefined)}>
          <summary>{t('case.decide.others')}</summary>
          {others.map((language) => (
            <TextArea
              key={language}
              name={`answer_${language}`}
              label={t('case.decide.answer', { language: t(`language.${language as Language}`) })}
              value={mine?.text(`answer_${language}`) ?? ''}
              problem={mine?.problems[`answer_${language}`]}
              language={language}
              required={false}
              rows={2}
              maxLength={1_500}
            />
          ))}
        </details>
        <div class="actions">
          <Button kind="main">{t('case.decide.check')}</Button>
        </div>
      </Form>
    </Card>
  );
}

/** One list: every outcome with the reasons it may have, so that no two fields can disagree. */
function OutcomeField({ view, value }: { view: CaseView; value: string | undefined }) {
  const t = useWords();
  const reasons = Object.entries(view.detail.decide ?? REASONS[view.detail.found.kind]) as [
    Decision,
    readonly string[],
  ][];
  return (
    <div class="field">
      <label for="f-outcome">{t('case.decide.outcome')}</label>
      <select id="f-outcome" name="outcome" required>
        <option value="">{t('case.choose')}</option>
        {reasons.map(([decision, codes]) => (
          <optgroup key={decision} label={t(`case.decision.${decision}`)}>
            {codes.map((code) => (
              <option key={code} value={`${decision}:${code}`} selected={value === `${decision}:${code}`}>
                {t(`case.decision.${decision}`)}: {wordFor(t, 'case.reason', code)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

/** What she will get, before it leaves: it cannot be taken back. */
export function ConfirmAnswer({ view, tried }: { view: CaseView; tried: Tried }) {
  const t = useWords();
  const { language: own } = useVisit();
  const { reference } = view.detail.found;
  const fields = ['version', 'outcome', ...view.languages.map((one) => answerField(view, one))];
  const [decision = '', reason = ''] = tried.text('outcome').split(':');
  const written = view.languages.filter((one) => tried.text(answerField(view, one)) !== '');
  return (
    <section class="card confirm-card" role="alert" aria-labelledby="confirm-title">
      <h2 id="confirm-title">{t('case.confirm.title')}</h2>
      <p lang={own}>
        <strong>{t(`case.decision.${decision as Decision}`)}</strong>: {wordFor(t, 'case.reason', reason)}
      </p>
      <div class="handsets">
        {view.messages.answer === '' ? (
          <Notice tone="info">
            <p>{t('case.confirm.no_message')}</p>
          </Notice>
        ) : (
          <Handset text={view.messages.answer} language={view.language} caption={t('case.confirm.message')} />
        )}
        {written.map((language) => (
          <Handset
            key={language}
            text={tried.text(answerField(view, language))}
            language={language}
            caption={t('case.confirm.answer', { language: t(`language.${language as Language}`) })}
          />
        ))}
      </div>
      <Form action={`/console/cases/${reference}/decide`} draft={`case-${reference}-decide`} class="actions">
        {fields.map((name) => (
          <input key={name} type="hidden" name={name} value={tried.text(name)} />
        ))}
        <Button kind="main" icon="check" name="step" value="send" autofocus>
          {t('case.confirm.send')}
        </Button>
        <Button name="step" value="edit">
          {t('case.confirm.edit')}
        </Button>
      </Form>
    </section>
  );
}

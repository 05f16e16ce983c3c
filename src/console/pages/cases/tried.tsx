/** A deed that was tried and not done: what was typed stays in its form, with why it was not done. */
import { BadDeed, NotAllowed, StaleCase, type Step } from '../../../grievances/deeds.ts';
import { TransitionRefused } from '../../../grievances/lifecycle.ts';
import type { AnswerProblem } from '../../../grievances/answer-check.ts';
import type { PostedForm } from '../../form.ts';
import { Card } from '../../ui/lists.tsx';
import { Said, When } from '../../ui/parts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useWords } from '../../ui/visit-context.ts';
import type { Words } from '../../words.ts';
import type { DeedName } from './deeds.tsx';
import { actorName, reasonWords, wordFor } from './codes.ts';

export type Tried = {
  deed: DeedName;
  /** What was posted; a text chosen by code overrides it. */
  text(name: string): string;
  /** In words, beside the field of that name; `''`: above the form. */
  problems: Readonly<Record<string, string>>;
  /** What others did meanwhile. */
  since?: readonly Step[];
  /** Names of those who did it. */
  names?: ReadonlyMap<string, string>;
};

export function tried(deed: DeedName, form: PostedForm, problems: Tried['problems'] = {}): Tried {
  return { deed, text: (name) => form.text(name), problems };
}

/** Why a deed was refused, and the status to answer with; undefined: something else went wrong. */
export function refusalOf(
  t: Words,
  error: unknown,
  language: string,
): { status: number; problems: Record<string, string>; since?: readonly Step[] } | undefined {
  if (error instanceof StaleCase)
    return { status: 409, problems: { '': t('case.stale') }, since: error.since };
  if (error instanceof NotAllowed)
    return { status: 403, problems: { '': t(`case.not_allowed.${error.why}`) } };
  if (error instanceof TransitionRefused)
    return {
      status: 409,
      problems: {
        '': error.from ? t('case.moved', { status: t(`case.status.${error.from}`) }) : t('case.stale'),
      },
    };
  if (!(error instanceof BadDeed)) return undefined;
  if (error.why === 'answer') return { status: 422, problems: answerProblems(t, error.details, language) };
  return { status: 422, problems: { '': wordFor(t, 'case.bad', error.why) } };
}

function answerProblems(t: Words, details: unknown, hers: string): Record<string, string> {
  const byLanguage = Object.entries((details ?? {}) as Record<string, readonly AnswerProblem[]>);
  return Object.fromEntries(
    byLanguage.map(([language, found]) => [
      language === hers ? 'answer' : `answer_${language}`,
      [...new Set(found.map(({ kind }) => wordFor(t, 'case.check', kind)))].join(' ') ||
        wordFor(t, 'case.bad', 'answer'),
    ]),
  );
}

/** On top of the page: why it was not done, and who did what meanwhile. */
export function DeedProblem({ tried: deed }: { tried: Tried | undefined }) {
  const t = useWords();
  if (!deed) return null;
  const { problems, since, names = new Map<string, string>() } = deed;
  const first = problems[''] ?? (Object.keys(problems).length > 0 ? t('case.look_below') : undefined);
  if (first === undefined) return null;
  return (
    <div class="notice alarm" role="alert">
      <Icon name="warning" />
      <div>
        <p>{first}</p>
        {since && since.length > 0 ? (
          <ul class="plain-list">
            {since.map((step) => (
              <li key={`${step.at.toISOString()}${step.kind}${step.to ?? ''}`}>
                <bdi>{actorName(t, step.actor, names)}</bdi>, <When at={step.at} />:{' '}
                {wordFor(t, 'case.event', step.kind)}
                {step.to === null ? '' : ` · ${t(`case.status.${step.to}`)}`}
                {step.reason === null ? '' : ` · ${reasonWords(t, step.reason)}`}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </div>
  );
}

/** What was written for a form that is gone, because the case moved on: to be read and copied, never lost. */
export function KeptTexts({ tried: deed, names }: { tried: Tried; names: readonly string[] }) {
  const t = useWords();
  const texts = names.map((name) => deed.text(name)).filter((one) => one !== '');
  if (texts.length === 0) return null;
  return (
    <Card title={t('case.kept')}>
      {texts.map((one) => (
        <Said key={one} text={one} />
      ))}
    </Card>
  );
}

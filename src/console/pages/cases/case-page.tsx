/** One case on one page: where it stands, what she said, what was done, and what may be done next. */
import { endOfWorkingDay, type Calendar } from '../../../profiles/calendar.ts';
import { may } from '../../../staff/roles.ts';
import { Facts, Card } from '../../ui/lists.tsx';
import { Badge, Code, Notice, Said, TimeLeft, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { isLanguage, type Language } from '../../words.ts';
import { AnswerForm, answerField, ConfirmAnswer } from './answer.tsx';
import { STATUS_TONE, wordFor } from './codes.ts';
import { Deeds, isOffered } from './deeds.tsx';
import { Attachments, Duties, Evidence, Referral } from './case-parts.tsx';
import { History } from './history.tsx';
import { DeedProblem, KeptTexts, type Tried } from './tried.tsx';
import type { CaseView } from './view.ts';

type Props = {
  view: CaseView;
  calendar: Calendar;
  tried?: Tried | undefined;
  /** The answer stands to be looked at once more. */
  confirms?: boolean;
};

export function CasePage({ view, calendar, tried, confirms = false }: Props) {
  const t = useWords();
  const { found, decide } = view.detail;
  return (
    <>
      <CaseHead view={view} calendar={calendar} />
      <div
        data-live={`/console/part/cases/${found.reference}?version=${found.version}`}
        data-live-on="case"
        data-live-reference={found.reference}
      />
      <DeedProblem tried={tried} />
      {tried && !isOffered(view, tried.deed) ? <KeptTexts tried={tried} names={textFields(view)} /> : null}
      <div class="columns wide-first">
        <div>
          {confirms && tried ? <ConfirmAnswer view={view} tried={tried} /> : null}
          <Told view={view} />
          {decide && !confirms ? <AnswerForm view={view} tried={tried} /> : null}
          <OwnDecision view={view} />
          <Card title={t('case.history')}>
            <History items={view.detail.history} names={view.names} />
          </Card>
        </div>
        <div>
          <CaseFacts view={view} />
          <Deeds view={view} tried={tried} />
          <Attachments attachments={view.attachments} />
          <Evidence evidence={view.detail.evidence} />
          <Duties duties={view.detail.duties} calendar={calendar} />
          <Referral referral={view.referral} calendar={calendar} />
        </div>
      </div>
    </>
  );
}

const textFields = (view: CaseView): string[] => [
  'text',
  ...view.languages.map((language) => answerField(view, language)),
];

function CaseHead({ view, calendar }: { view: CaseView; calendar: Calendar }) {
  const t = useWords();
  const { found } = view.detail;
  return (
    <header class="case-head">
      <h1>
        {t(`case.kind.${found.kind}`)} <Code>{found.reference}</Code>
      </h1>
      <Badge tone={STATUS_TONE[found.status]}>{t(`case.status.${found.status}`)}</Badge>
      {view.isOpen ? <TimeLeft due={endOfWorkingDay(found.due_on, calendar)} soon={86_400_000} /> : null}
      {found.level > 0 ? (
        <Badge tone="alarm" icon="up">
          {t('case.level', { n: found.level })}
        </Badge>
      ) : null}
      {found.sensitivity === 'open' ? null : (
        <Badge tone="wait" icon="lock">
          {t(`case.sensitivity.${found.sensitivity}`)}
        </Badge>
      )}
    </header>
  );
}

/** Her own words, and the answer she has. */
function Told({ view }: { view: CaseView }) {
  const t = useWords();
  const { words, answer, found } = view.detail;
  return (
    <Card title={t('case.told')}>
      {words === null ? <p class="hint">{t('case.told_nothing')}</p> : null}
      {Object.entries(words ?? {}).map(([name, text]) => (
        <div key={name}>
          {name === 'wanted' ? <h3>{t('case.wanted')}</h3> : null}
          <Said text={text} language={found.language ?? undefined} />
        </div>
      ))}
      {answer === null ? null : (
        <>
          <h3>{t('case.answer_given')}</h3>
          {Object.entries(answer).map(([language, text]) => (
            <Said key={language} text={text} language={isLanguage(language) ? language : undefined} />
          ))}
        </>
      )}
    </Card>
  );
}

/** Said aloud, since a missing form says nothing: who decided first does not decide the appeal. */
function OwnDecision({ view }: { view: CaseView }) {
  const t = useWords();
  const { found, decide } = view.detail;
  if (found.kind !== 'appeal' || !view.isOpen) return null;
  return (
    <Notice tone="info">
      <p>{t(decide ? 'case.appeal_yours' : 'case.appeal_not_yours')}</p>
    </Notice>
  );
}

function CaseFacts({ view }: { view: CaseView }) {
  const t = useWords();
  const { found, appeals } = view.detail;
  const facts = [
    { name: t('case.category'), value: wordFor(t, 'case.cat', found.category) },
    { name: t('case.unit_label'), value: wordFor(t, 'case.unit', found.route) },
    {
      name: t('case.owner'),
      value: found.owner ? <bdi>{view.names.get(found.owner) ?? t('case.who.other')}</bdi> : t('case.nobody'),
    },
    { name: t('case.lodged'), value: <When at={found.created_at} /> },
    { name: t('case.due'), value: <When at={new Date(`${found.due_on}T12:00:00Z`)} only="date" /> },
    { name: t('case.channel_label'), value: wordFor(t, 'case.channel', found.channel ?? 'none') },
    { name: t('case.language'), value: t(`language.${view.language as Language}`) },
    ...(found.programme ? [{ name: t('case.programme'), value: found.programme }] : []),
    ...(found.area ? [{ name: t('case.area'), value: found.area }] : []),
    ...(found.payment ? [{ name: t('case.payment'), value: <Code>{found.payment}</Code> }] : []),
    {
      name: t('case.person'),
      value:
        found.contact === null ? (
          t(found.followed ? 'case.nameless_followed' : 'case.nameless')
        ) : found.sensitivity === 'open' && may(view.by, 'desk') ? (
          <a href={`/console/desk/contacts/${found.contact}`}>{t('case.person_open')}</a>
        ) : (
          t('case.person_known')
        ),
    },
    ...(found.decision
      ? [
          {
            name: t('case.decided'),
            value: (
              <>
                {t(`case.decision.${found.decision}`)}: {wordFor(t, 'case.reason', found.reason_code ?? '')}
                {found.decided_by ? (
                  <>
                    {' '}
                    · <bdi>{view.names.get(found.decided_by) ?? t('case.who.other')}</bdi>
                  </>
                ) : null}
                {found.decided_at ? (
                  <>
                    {' '}
                    · <When at={found.decided_at} />
                  </>
                ) : null}
              </>
            ),
          },
        ]
      : []),
    ...(found.satisfaction
      ? [{ name: t('case.satisfaction'), value: wordFor(t, 'case.reason', found.satisfaction) }]
      : []),
    ...(found.appeal_of
      ? [
          {
            name: t('case.original'),
            value: view.seesOriginal ? (
              <a href={`/console/cases/${found.appeal_of}`}>
                <Code>{found.appeal_of}</Code>
              </a>
            ) : (
              <Code>{found.appeal_of}</Code>
            ),
          },
        ]
      : []),
    ...(appeals.length > 0
      ? [
          {
            name: t('case.appeals'),
            value: appeals.map((reference) => (
              <a key={reference} href={`/console/cases/${reference}`}>
                <Code>{reference}</Code>{' '}
              </a>
            )),
          },
        ]
      : []),
  ];
  return (
    <Card title={t('case.facts')}>
      <Facts facts={facts} />
    </Card>
  );
}

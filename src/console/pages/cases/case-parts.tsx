/** Parts of a case's page that many cases do not have: what the registry said, duties of other units, a referral. */
import type { Attachment } from '../../../evidence/view.ts';
import type { Evidence as AppealEvidence } from '../../../grievances/appeal.ts';
import type { Duty } from '../../../grievances/case-detail.ts';
import { endOfWorkingDay, type Calendar } from '../../../profiles/calendar.ts';
import { Card, Facts } from '../../ui/lists.tsx';
import { Badge, Said, TimeLeft, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { wordFor } from './codes.ts';
import type { SeenReferral } from './view.ts';

/** What value, from which source, of which date: as it was when she appealed. */
export function Evidence({ evidence }: { evidence: unknown }) {
  const t = useWords();
  const { source, on, enrolments } = (evidence ?? {}) as Partial<AppealEvidence>;
  if (!enrolments || source === undefined || on === undefined) return null;
  return (
    <Card title={t('case.evidence')}>
      <p class="hint">
        {t('case.evidence_source', { source })} · <When at={new Date(`${on}T12:00:00Z`)} only="date" />
      </p>
      {enrolments.length === 0 ? <p>{t('case.evidence_none')}</p> : null}
      {enrolments.map((one) => (
        <Facts
          key={one.programme}
          facts={[
            { name: t('case.programme'), value: one.programme },
            { name: t('case.evidence_status'), value: wordFor(t, 'case.enrolment', one.status) },
            // Sources that contradict each other: the citizen was told that it is being checked.
            ...(one.said ?? []).map(({ source: by, status, date }) => ({
              name: by,
              value: (
                <>
                  {wordFor(t, 'case.enrolment', status)}
                  {date ? (
                    <>
                      {' · '}
                      <When at={new Date(`${date}T12:00:00Z`)} only="date" />
                    </>
                  ) : null}
                </>
              ),
            })),
            ...(one.statusDate
              ? [
                  {
                    name: t('case.evidence_since'),
                    value: <When at={new Date(`${one.statusDate}T12:00:00Z`)} only="date" />,
                  },
                ]
              : []),
            ...(one.reason ? [{ name: t('case.why'), value: <bdi>{one.reason}</bdi> }] : []),
          ]}
        />
      ))}
    </Card>
  );
}

export function Duties({ duties, calendar }: { duties: readonly Duty[]; calendar: Calendar }) {
  const t = useWords();
  if (duties.length === 0) return null;
  return (
    <Card title={t('case.duties')}>
      <ul class="case-history">
        {duties.map(({ id, unit, dueOn, state, text, outcome }) => (
          <li key={id}>
            <p class="step-head">
              <strong>{wordFor(t, 'case.unit', unit)}</strong>
              {state === 'open' ? (
                <TimeLeft due={endOfWorkingDay(dueOn, calendar)} />
              ) : (
                <Badge tone={state === 'done' ? 'good' : 'alarm'}>
                  {wordFor(t, 'board.done', outcome ?? state)}
                </Badge>
              )}
            </p>
            {text === null ? null : <Said text={text} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Referral({ referral, calendar }: { referral: SeenReferral | undefined; calendar: Calendar }) {
  const t = useWords();
  if (!referral) return null;
  const { partner, need, state, due_on: dueOn } = referral;
  const waits = dueOn !== null && (state === 'sent' || state === 'accepted');
  return (
    <Card title={t('case.referral')}>
      <Facts
        facts={[
          { name: t('case.partner'), value: <bdi>{partner}</bdi> },
          { name: t('case.need_label'), value: wordFor(t, 'case.need', need) },
          { name: t('case.state'), value: wordFor(t, 'case.referral_state', state) },
          ...(waits
            ? [{ name: t('case.due'), value: <TimeLeft due={endOfWorkingDay(dueOn, calendar)} /> }]
            : []),
        ]}
      />
    </Card>
  );
}

/** What she sent, each by its kind and time; what cannot be opened says so. */
export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  const t = useWords();
  if (attachments.length === 0) return null;
  return (
    <Card title={t('case.attachments')}>
      <ul class="case-history">
        {attachments.map(({ id, at, kind, state, caption, place }) => (
          <li key={id}>
            <p class="step-head">
              {state === 'stored' && place === undefined ? (
                <a href={`/console/attachments/${id}`}>{wordFor(t, 'case.attachment', kind)}</a>
              ) : (
                <strong>{wordFor(t, 'case.attachment', kind)}</strong>
              )}
              {place === undefined ? null : <bdi dir="ltr">{place.about}</bdi>}
              {state === 'stored' ? null : (
                <Badge tone="wait">{wordFor(t, 'case.attachment_state', state)}</Badge>
              )}
            </p>
            <p class="hint">
              <When at={at} />
            </p>
            {caption === undefined ? null : <Said text={caption} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

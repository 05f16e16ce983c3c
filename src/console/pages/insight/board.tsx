/** The supervisor's dashboard (S11): how things stand now, and the numbers of a period, each leading to what it counts. */
import { DEFINITIONS, GROUPS } from '../../../insight/definitions.ts';
import type { Measured } from '../../../insight/measure.ts';
import type { Health, Lane, Standing } from '../../../insight/now.ts';
import { PERIODS, type PeriodName } from '../../../insight/period.ts';
import { LinkButton } from '../../ui/form.tsx';
import { Card, Facts, Table, Tabs } from '../../ui/lists.tsx';
import { Badge, Code, Count, Notice, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { AnnouncementCard } from './announcement.tsx';
import { clockOf, Days, FigureText } from './figures.tsx';

/** Seconds after which an open page asks again. */
export const REFRESH_SECONDS = 5;

export type Told<T> = { value: T; at: Date };

export function DashboardPage(props: {
  now: Told<{ standing: Standing; health: Health }>;
  measured: Told<Measured>;
  period: PeriodName;
  mayExport: boolean;
  mayAnnounce: boolean;
}) {
  const { now, measured, period, mayExport, mayAnnounce } = props;
  const t = useWords();
  return (
    <>
      <div class="card-head">
        <h1>{t('insight.title')}</h1>
        {mayExport ? (
          <LinkButton href="/console/dashboard/month">{t('insight.month_table')}</LinkButton>
        ) : null}
      </div>
      <OldNote />
      <div
        class="stack"
        data-live="/console/dashboard/now"
        data-live-on="call,task,case"
        data-live-every={REFRESH_SECONDS}
      >
        <NowPart {...now} />
      </div>
      <Tabs
        label={t('insight.period')}
        tabs={PERIODS.map((name) => ({
          href: `/console/dashboard?period=${name}`,
          label: t(`insight.period.${name}`),
          isHere: name === period,
        }))}
      />
      <div
        class="stack"
        data-live={`/console/dashboard/numbers?period=${period}`}
        data-live-on=""
        data-live-every={REFRESH_SECONDS}
      >
        <NumbersPart {...measured} period={period} />
      </div>
      {mayAnnounce ? <AnnouncementCard /> : null}
    </>
  );
}

/** Shown when a part could not be fetched again; see `.is-old`. */
function OldNote() {
  const t = useWords();
  return (
    <div class="stale-note">
      <Notice tone="wait">
        <p>{t('insight.old')}</p>
      </Notice>
    </div>
  );
}

function AsOf({ at }: { at: Date }) {
  const t = useWords();
  return (
    <p class="hint">
      {t('insight.as_of')} <When at={at} only="time" />
    </p>
  );
}

export function NowPart({ value: { standing, health }, at }: Told<{ standing: Standing; health: Health }>) {
  const t = useWords();
  const { calls, agents, texts, callbacks, cases } = standing;
  const late = (count: number) =>
    count === 0 ? null : <Badge tone="alarm">{t('insight.now.late', { count })}</Badge>;
  const tiles = [
    {
      label: t('insight.now.calls'),
      value: calls.waiting,
      more:
        calls.waiting === 0 ? null : (
          <Badge tone="wait">{t('insight.now.longest', { time: clockOf(calls.longestSeconds) })}</Badge>
        ),
    },
    {
      label: t('insight.now.agents'),
      value: agents.ready,
      more: (
        <span class="hint">
          {t('insight.now.busy', { talking: agents.talking, wrapping: agents.wrappingUp })}
        </span>
      ),
    },
    {
      label: t('insight.now.texts'),
      value: texts.waiting,
      more: texts.oldest && (
        <span class="hint">
          {t('insight.now.since')} <When at={texts.oldest} />
        </span>
      ),
    },
    { label: t('insight.now.callbacks'), value: callbacks.open, more: late(callbacks.late) },
    { label: t('insight.now.cases'), value: cases.open, more: late(cases.late) },
  ];
  return (
    <>
      <div class="card-head">
        <h2>{t('insight.now')}</h2>
        <AsOf at={at} />
      </div>
      <ul class="tiles">
        {tiles.map(({ label, value, more }) => (
          <li key={label} class="tile">
            <span class="figure-label">{label}</span>
            <span class="figure-value">
              <Count value={value} />
            </span>
            {more}
          </li>
        ))}
      </ul>
      <HealthCard health={health} at={at} />
    </>
  );
}

/** Milliseconds a message that may leave should wait at most. */
const SLOW_MS = 120_000;

function stateOf({ oldest, sent, failed }: Lane, at: Date): 'good' | 'slow' | 'bad' {
  if (failed > 0 && failed * 5 >= sent + failed) return 'bad';
  return oldest !== null && at.getTime() - oldest.getTime() > SLOW_MS ? 'slow' : 'good';
}

function HealthCard({ health: { lanes, registry }, at }: { health: Health; at: Date }) {
  const t = useWords();
  return (
    <Card title={t('insight.health')}>
      {lanes.length === 0 ? (
        <p class="hint">{t('insight.health.none')}</p>
      ) : (
        <Table
          caption={t('insight.health')}
          rows={lanes}
          keyOf={({ name }) => name}
          columns={[
            { head: t('insight.health.lane'), cell: ({ name }) => <Code>{name}</Code> },
            {
              head: t('insight.health.state'),
              cell: (lane) => {
                const state = stateOf(lane, at);
                const tone = state === 'good' ? 'good' : state === 'slow' ? 'wait' : 'alarm';
                return <Badge tone={tone}>{t(`insight.health.${state}`)}</Badge>;
              },
            },
            {
              head: t('insight.health.queued'),
              isNumber: true,
              cell: ({ queued }) => <Count value={queued} />,
            },
            { head: t('insight.health.sent'), isNumber: true, cell: ({ sent }) => <Count value={sent} /> },
            {
              head: t('insight.health.failed'),
              isNumber: true,
              cell: ({ failed }) => <Count value={failed} />,
            },
          ]}
        />
      )}
      <Facts
        facts={[
          { name: t('insight.health.kept'), value: <Count value={registry.kept} /> },
          {
            name: t('insight.health.imported'),
            value: registry.importedAt ? <When at={registry.importedAt} /> : t('insight.health.never'),
          },
        ]}
      />
    </Card>
  );
}

export function NumbersPart({
  value: { figures, days },
  at,
  period,
}: Told<Measured> & { period: PeriodName }) {
  const t = useWords();
  return (
    <>
      <div class="card-head">
        <h2>{t(`insight.period.${period}`)}</h2>
        <AsOf at={at} />
      </div>
      <Card title={t('insight.days')}>
        <Days days={days} />
      </Card>
      {GROUPS.map((group) => (
        <Card key={group} title={t(`insight.group.${group}`)}>
          <ul class="tiles">
            {DEFINITIONS.filter((definition) => definition.group === group).map((definition) => (
              <li key={definition.id} class="tile">
                <a
                  class="figure-label"
                  href={`/console/dashboard/${definition.id}?period=${period}`}
                  title={t(`insight.${definition.id}.what`)}
                >
                  {t(`insight.${definition.id}`)}
                </a>
                <FigureText definition={definition} figure={figures[definition.id]} />
              </li>
            ))}
          </ul>
        </Card>
      ))}
      <p class="hint">{t('insight.hidden_why')}</p>
    </>
  );
}

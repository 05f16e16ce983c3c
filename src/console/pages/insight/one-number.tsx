/** One number of the dashboard: what it counts, what it is made of, and the rows behind it. */
import type { Definition, IndicatorId } from '../../../insight/definitions.ts';
import type { Breakdown } from '../../../insight/definitions.ts';
import type { Figure, Line } from '../../../insight/figures.ts';
import { PERIODS, type PeriodName } from '../../../insight/period.ts';
import type { CaseLine, UnreachedLine } from '../../../insight/rows.ts';
import { Button, Form } from '../../ui/form.tsx';
import { Card, Facts, Pager, Table, Tabs } from '../../ui/lists.tsx';
import { Code, Empty, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { FigureText, Lines } from './figures.tsx';

export type Rows =
  | { kind: 'cases'; rows: CaseLine[]; next: string | null }
  | { kind: 'messages'; rows: UnreachedLine[]; next: string | null };

export function OneNumberPage(props: {
  definition: Definition & { id: IndicatorId };
  figure: Figure;
  at: Date;
  lines: readonly { by: Breakdown; lines: Line[] }[];
  /** Undefined: there is no list behind it, or none for this person. */
  rows: Rows | undefined;
  period: PeriodName;
  mayExport: boolean;
  /** The words for a value of a breakdown. */
  nameOf: (by: Breakdown, name: string) => string;
}) {
  const { definition, figure, at, lines, rows, period, mayExport, nameOf } = props;
  const t = useWords();
  const { id, unit, target, source } = definition;
  return (
    <>
      <p>
        <a href={`/console/dashboard?period=${period}`}>{t('insight.back')}</a>
      </p>
      <h1>{t(`insight.${id}`)}</h1>
      <Tabs
        label={t('insight.period')}
        tabs={PERIODS.map((name) => ({
          href: `/console/dashboard/${id}?period=${name}`,
          label: t(`insight.period.${name}`),
          isHere: name === period,
        }))}
      />
      <div class="columns">
        <div class="card tile">
          <FigureText definition={definition} figure={figure} />
          <p class="hint">
            {t('insight.as_of')} <When at={at} only="time" />
          </p>
        </div>
        <div class="card">
          <Facts
            facts={[
              { name: t('insight.definition'), value: t(`insight.${id}.what`) },
              { name: t('insight.source'), value: <Code>{source.join(', ')}</Code> },
              ...(target
                ? [{ name: t('insight.target'), value: <TargetText target={target} unit={unit} /> }]
                : []),
            ]}
          />
        </div>
      </div>
      {lines
        .filter((one) => one.lines.length > 0)
        .map(({ by, lines: found }) => (
          <div key={by} class="card">
            <Lines
              caption={t(`insight.by.${by}`)}
              lines={found}
              unit={unit}
              nameOf={(name) => nameOf(by, name)}
            />
            <p class="hint">{t('insight.hidden_why')}</p>
          </div>
        ))}
      {definition.rows ? (
        <Card
          title={t(rows?.kind === 'messages' ? 'insight.unreached' : 'insight.rows')}
          actions={
            mayExport && rows && rows.rows.length > 0 ? (
              <Form action="/console/dashboard/export">
                <input type="hidden" name="indicator" value={id} />
                <input type="hidden" name="period" value={period} />
                <Button>{t('insight.export')}</Button>
              </Form>
            ) : undefined
          }
        >
          {rows ? <RowsTable rows={rows} /> : <Empty title={t('insight.rows_counted')} />}
          <Pager
            older={rows?.next ? `/console/dashboard/${id}?period=${period}&after=${rows.next}` : undefined}
          />
        </Card>
      ) : null}
    </>
  );
}

function TargetText({
  target,
  unit,
}: {
  target: NonNullable<Definition['target']>;
  unit: Definition['unit'];
}) {
  const t = useWords();
  const isLeast = 'least' in target;
  const value = isLeast ? target.least : target.most;
  const shown = unit === 'percent' ? `${value} %` : String(value);
  return <>{t(isLeast ? 'insight.target_least' : 'insight.target_most', { value: shown })}</>;
}

function RowsTable({ rows }: { rows: Rows }) {
  const t = useWords();
  if (rows.rows.length === 0) return <Empty title={t('insight.rows_none')} />;
  if (rows.kind === 'messages')
    return (
      <Table
        caption={t('insight.unreached')}
        rows={rows.rows}
        keyOf={({ id }) => String(id)}
        columns={[
          { head: t('audit.when'), cell: ({ created_at: at }) => <When at={at} /> },
          { head: t('insight.col.kind'), cell: ({ kind }) => <Code>{kind}</Code> },
          {
            head: t('insight.col.channel'),
            cell: ({ provider, channel }) => <Code>{provider ?? channel}</Code>,
          },
          { head: t('insight.col.error'), cell: ({ error }) => <Code>{error ?? '—'}</Code> },
        ]}
      />
    );
  return (
    <Table
      caption={t('insight.rows')}
      rows={rows.rows}
      keyOf={({ reference }) => reference}
      columns={[
        {
          head: t('insight.col.case'),
          cell: ({ reference }) => (
            <a href={`/console/cases/${reference}`}>
              <Code>{reference}</Code>
            </a>
          ),
        },
        { head: t('insight.col.category'), cell: ({ category }) => <Code>{category}</Code> },
        { head: t('insight.col.status'), cell: ({ status }) => t(`case.status.${status}`) },
        { head: t('insight.col.area'), cell: ({ area }) => area ?? t('insight.line_none') },
        { head: t('insight.col.received'), cell: ({ created_at: at }) => <When at={at} only="date" /> },
        {
          head: t('insight.col.due'),
          cell: ({ due_on: due }) => <When at={new Date(`${due}T12:00:00Z`)} only="date" />,
        },
        { head: t('insight.col.counts'), cell: ({ counts }) => t(counts ? 'insight.yes' : 'insight.no') },
      ]}
    />
  );
}

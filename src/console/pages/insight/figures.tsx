/** How numbers, their lines and their days look: always as text, beside it as a drawing. */
import type { Definition } from '../../../insight/definitions.ts';
import type { Figure, Line } from '../../../insight/figures.ts';
import type { Day } from '../../../insight/series.ts';
import { Badge, Code, Count, Hidden, When } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { Table } from '../../ui/lists.tsx';

export function Value({ unit, value }: { unit: Definition['unit']; value: number }) {
  const t = useWords();
  switch (unit) {
    case 'count':
      return <Count value={value} />;
    case 'percent':
      return (
        <bdi dir="ltr">
          <Count value={value} /> %
        </bdi>
      );
    case 'seconds':
      return (
        <>
          <Code>{clockOf(value)}</Code> <span class="unit">{t('insight.unit.seconds')}</span>
        </>
      );
    case 'days':
    case 'per_thousand':
      return (
        <>
          <Count value={value} digits={1} /> <span class="unit">{t(`insight.unit.${unit}`)}</span>
        </>
      );
  }
}

export function clockOf(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A number or why there is none, what it is made of, and whether it is where it should be. */
export function FigureText({ definition, figure }: { definition: Definition; figure: Figure }) {
  const t = useWords();
  const { value, part, whole } = figure;
  return (
    <>
      <span class="figure-value">
        {figure.hidden ? (
          <Hidden why={t('insight.hidden')} />
        ) : value === null ? (
          <span class="figure-none">{t('insight.none')}</span>
        ) : (
          <Value unit={definition.unit} value={value} />
        )}
      </span>
      {part === undefined || whole === undefined ? null : (
        <span class="hint">{t('insight.of', { part, whole })}</span>
      )}
      <Target definition={definition} value={value} />
    </>
  );
}

function Target({ definition: { target }, value }: { definition: Definition; value: number | null }) {
  const t = useWords();
  if (!target || value === null) return null;
  const isGood = 'least' in target ? value >= target.least : value <= target.most;
  return (
    <Badge tone={isGood ? 'good' : 'wait'} icon={isGood ? 'check' : 'warning'}>
      {t(isGood ? 'insight.on_target' : 'insight.off_target')}
    </Badge>
  );
}

/** Lines as a table with bars: the bar repeats what the number says. */
export function Lines(props: {
  caption: string;
  lines: readonly Line[];
  unit: Definition['unit'];
  nameOf: (name: string) => string;
}) {
  const { caption, lines, unit, nameOf } = props;
  const t = useWords();
  const hasShares = lines.some(({ share }) => share !== undefined);
  const measured = ({ count, share }: Line) => (hasShares ? (share ?? null) : count);
  const most =
    hasShares && unit === 'percent' ? 100 : Math.max(1, ...lines.map((line) => measured(line) ?? 0));
  const hidden = <Hidden why={t('insight.hidden')} />;
  return (
    <Table
      caption={caption}
      hidesCaption={false}
      rows={lines}
      keyOf={({ name }) => name}
      columns={[
        { head: caption, cell: ({ name }) => (name === '' ? t('insight.line_none') : nameOf(name)) },
        {
          head: t('insight.count'),
          isNumber: true,
          cell: ({ count }) => (count === null ? hidden : <Count value={count} />),
        },
        ...(hasShares
          ? [
              {
                head: t('insight.share'),
                isNumber: true,
                cell: ({ share }: Line) =>
                  share === null || share === undefined ? hidden : <Value unit={unit} value={share} />,
              },
            ]
          : []),
        { head: t('insight.bar'), cell: (line) => <Bar value={measured(line)} most={most} /> },
      ]}
    />
  );
}

function Bar({ value, most }: { value: number | null; most: number }) {
  return (
    <svg class="meter-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="meter-track" width="100" height="6" />
      <rect class="meter-fill" width={Math.min(100, ((value ?? 0) / most) * 100)} height="6" />
    </svg>
  );
}

const WIDTH = 720;
const HEIGHT = 180;
const FOOT = 8;

/** Three lines told apart by their strokes, with the same days as a table under them. */
export function Days({ days }: { days: readonly Day[] }) {
  const t = useWords();
  const series = [
    { id: 'received', label: t('insight.received'), values: days.map(({ received }) => received) },
    { id: 'answered', label: t('insight.answered'), values: days.map(({ answered }) => answered) },
    { id: 'backlog', label: t('insight.backlog'), values: days.map(({ backlog }) => backlog) },
  ].filter(({ values }) => values.some((value) => value !== null));
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const shown = (value: number | null) =>
    value === null ? <Hidden why={t('insight.hidden')} /> : <Count value={value} />;
  const dayOf = (day: string) => <When at={noon(day)} only="date" />;
  const [first, last] = [days[0], days.at(-1)];
  return (
    <>
      {days.length > 1 ? (
        <figure class="days">
          <ul class="days-legend">
            {series.map(({ id, label }) => (
              <li key={id}>
                <svg viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
                  <path class={`line-${id}`} d="M0 4H32" />
                </svg>
                {label}
              </li>
            ))}
          </ul>
          <div class="days-plot" dir="ltr">
            <svg
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={t('insight.days')}
            >
              <path
                class="days-grid"
                d={`M0 ${FOOT}H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - FOOT}H${WIDTH}`}
              />
              {series.map(({ id, values }) => (
                <path key={id} class={`line-${id}`} d={pathOf(values, most)} />
              ))}
            </svg>
            <span class="days-most">
              <Count value={most} />
            </span>
            <span class="days-ends">
              <span>{first ? dayOf(first.day) : null}</span>
              <span>{last ? dayOf(last.day) : null}</span>
            </span>
          </div>
        </figure>
      ) : null}
      <details open={days.length <= 1}>
        <summary>{t('insight.days_table')}</summary>
        <Table
          caption={t('insight.days')}
          rows={[...days].reverse()}
          keyOf={({ day }) => day}
          columns={[
            { head: t('insight.day'), cell: ({ day }) => dayOf(day) },
            { head: t('insight.received'), isNumber: true, cell: ({ received }) => shown(received) },
            { head: t('insight.answered'), isNumber: true, cell: ({ answered }) => shown(answered) },
            { head: t('insight.backlog'), isNumber: true, cell: ({ backlog }) => shown(backlog) },
          ]}
        />
      </details>
    </>
  );
}

/** A hidden day leaves a gap. */
function pathOf(values: readonly (number | null)[], most: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  return values
    .map((value, index) => {
      if (value === null) return '';
      const isFirst = index === 0 || values[index - 1] === null;
      const y = HEIGHT - FOOT - (value / most) * (HEIGHT - 2 * FOOT);
      return `${isFirst ? 'M' : 'L'}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** A moment that is on this day wherever it is shown: no programme is twelve hours away from noon of UTC. */
function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

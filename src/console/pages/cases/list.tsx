/** Lists of cases: what is due first on top, narrowed by filters that stand in the address. */
import type { CaseFilter, CaseRow } from '../../../grievances/queues.ts';
import { endOfWorkingDay, type Calendar } from '../../../profiles/calendar.ts';
import { CASE_STATUSES } from '../../../grievances/lifecycle.ts';
import { Select, Tick } from '../../ui/form.tsx';
import { Filters, Pager, Table } from '../../ui/lists.tsx';
import { Badge, Code, Empty, TimeLeft } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { isLanguage } from '../../words.ts';
import { STATUS_TONE, wordFor } from './codes.ts';

export type ListView = {
  rows: readonly CaseRow[];
  next: string | null;
  names: ReadonlyMap<string, string>;
  calendar: Calendar;
};

/** `path`: below the site's root; the list is drawn there alone too, for the live part. */
export function CaseList({ view, older }: { view: ListView; older: (next: string) => string }) {
  const t = useWords();
  const { rows, next, names, calendar } = view;
  if (rows.length === 0) return <Empty title={t('case.list_empty')} />;
  return (
    <>
      <Table
        caption={t('case.list')}
        rows={rows}
        keyOf={({ reference }) => reference}
        columns={[
          {
            head: t('case.number'),
            cell: ({ reference }) => (
              <a href={`/console/cases/${reference}`}>
                <Code>{reference}</Code>
              </a>
            ),
          },
          {
            head: t('case.due'),
            cell: ({ due_on, status }) => <Due dueOn={due_on} status={status} calendar={calendar} />,
          },
          {
            head: t('case.matter'),
            cell: ({ category, kind }) => (
              <>
                {wordFor(t, 'case.cat', category)}
                {kind === 'complaint' ? '' : ` · ${t(`case.kind.${kind}`)}`}
              </>
            ),
          },
          {
            head: t('case.state'),
            cell: ({ status, level }) => (
              <span class="badges">
                <Badge tone={STATUS_TONE[status]}>{t(`case.status.${status}`)}</Badge>
                {level > 0 ? (
                  <Badge tone="alarm" icon="up">
                    {t('case.level', { n: level })}
                  </Badge>
                ) : null}
              </span>
            ),
          },
          { head: t('case.unit_label'), cell: ({ route }) => wordFor(t, 'case.unit', route) },
          {
            head: t('case.owner'),
            cell: ({ owner }) =>
              owner === null ? t('case.nobody') : <bdi>{names.get(owner) ?? t('case.who.other')}</bdi>,
          },
          {
            head: t('case.language'),
            cell: ({ language, channel }) =>
              `${isLanguage(language) ? t(`language.${language}`) : '–'} · ${wordFor(t, 'case.channel', channel ?? 'none')}`,
          },
        ]}
      />
      <Pager older={next === null ? undefined : older(next)} />
    </>
  );
}

function Due({ dueOn, status, calendar }: { dueOn: string; status: CaseRow['status']; calendar: Calendar }) {
  const t = useWords();
  if (status === 'resolved' || status === 'closed' || status === 'withdrawn') return <>{t('case.over')}</>;
  return <TimeLeft due={endOfWorkingDay(dueOn, calendar)} soon={86_400_000} />;
}

export function CaseFilters(props: {
  action: string;
  filter: CaseFilter;
  mine: boolean;
  late: boolean;
  units: readonly string[];
  categories: readonly string[];
}) {
  const { action, filter, mine, late, units, categories } = props;
  const t = useWords();
  return (
    <Filters action={action}>
      <Select
        name="status"
        label={t('case.state')}
        required={false}
        value={filter.status}
        empty={t('case.all_open')}
        options={CASE_STATUSES.map((value) => ({ value, label: t(`case.status.${value}`) }))}
      />
      <Select
        name="category"
        label={t('case.category')}
        required={false}
        value={filter.category}
        empty={t('case.all')}
        options={categories.map((value) => ({ value, label: wordFor(t, 'case.cat', value) }))}
      />
      <Select
        name="unit"
        label={t('case.unit_label')}
        required={false}
        value={filter.route}
        empty={t('case.all')}
        options={units.map((value) => ({ value, label: wordFor(t, 'case.unit', value) }))}
      />
      <Tick name="late" label={t('case.late')} checked={late} />
      <Tick name="mine" label={t('case.mine')} checked={mine} />
    </Filters>
  );
}

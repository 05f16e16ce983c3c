/** What the page on the running service shows. */
import type { Outage } from '../../../grievances/appeal-window.ts';
import type { HolidayRefusal } from '../../../grievances/holidays.ts';
import type { OutageRefusal } from '../../../grievances/outages.ts';
import type { Backlog, Dead } from '../../../notifications/health.ts';
import { localDate } from '../../../profiles/calendar.ts';
import type { Profile } from '../../../profiles/profile.ts';
import { may } from '../../../staff/roles.ts';
import { Button, Confirm, Field, Form } from '../../ui/form.tsx';
import { Card, Facts, Table } from '../../ui/lists.tsx';
import type { Price } from '../../ui/measure.tsx';
import { Badge, Code, Count, Empty, Notice, TimeLeft, When } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';

const HERE = '/console/admin/service';

/** What this page changes, for its history. */
export const SERVICE_DEEDS = [
  'hotline_up',
  'hotline_down',
  'outage_added',
  'outage_removed',
  'segment_price_set',
  'holiday_added',
  'holiday_removed',
  'message_arrived',
  'message_lost',
] as const;
type ServiceDeed = (typeof SERVICE_DEEDS)[number];

export type CarrierState = { name: string; state: 'good' | 'mend' | 'unasked'; note?: string };

type ServiceProps = {
  profile: Profile;
  isUp: boolean;
  carriers: readonly CarrierState[];
  backlog: readonly Backlog[];
  dead: readonly Dead[];
  deadDays: number;
  outages: readonly Outage[];
  outageProblem: OutageRefusal | undefined;
  /** Announced here, beside those of the profile. */
  holidays: readonly string[];
  holidayProblem: HolidayRefusal | undefined;
  price: Price | undefined;
  isPriceWrong: boolean;
  history: readonly { id: number; at: Date; who: string; word: ServiceDeed }[];
};

export function ServicePage(props: ServiceProps) {
  const { profile, carriers, backlog, dead, deadDays, history } = props;
  const t = useWords();
  return (
    <>
      <h1>{t('admin.service.title')}</h1>
      <div class="columns wide-first">
        <div>
          <Hotline profile={profile} isUp={props.isUp} />
          <Card title={t('admin.service.backlog')}>
            <BacklogTable backlog={backlog} />
          </Card>
          <Card title={t('admin.service.dead')}>
            <p class="hint">{t('admin.service.dead_hint', { n: deadDays })}</p>
            <DeadTable dead={dead} />
            <Unknown dead={dead} />
          </Card>
          <Outages outages={props.outages} problem={props.outageProblem} tz={profile.calendar.tz} />
        </div>
        <div>
          <Carriers carriers={carriers} />
          <PriceCard price={props.price} isWrong={props.isPriceWrong} currency={profile.currency} />
          <CalendarCard profile={profile} announced={props.holidays} problem={props.holidayProblem} />
          <Card title={t('admin.history')}>
            {history.length === 0 ? <p class="hint">{t('list.empty')}</p> : null}
            <ol class="history">
              {history.map(({ id, at, who, word }) => (
                <li key={id}>
                  <span>{t(`admin.did.${word}`)}</span>
                  <span class="hint">
                    <When at={at} /> · <bdi>{who}</bdi>
                  </span>
                </li>
              ))}
            </ol>
          </Card>
        </div>
      </div>
    </>
  );
}

function Hotline({ profile, isUp }: { profile: Profile; isUp: boolean }) {
  const t = useWords();
  const { number, danger, child } = profile.hotline;
  return (
    <Card
      title={t('admin.hotline.title')}
      actions={
        <Badge tone={isUp ? 'good' : 'alarm'}>{t(isUp ? 'admin.hotline.up' : 'admin.hotline.down')}</Badge>
      }
    >
      <p>{t(isUp ? 'admin.hotline.up_means' : 'admin.hotline.down_means')}</p>
      <Facts
        facts={[
          { name: t('admin.hotline.number'), value: <Code>{number}</Code> },
          { name: t('admin.hotline.danger'), value: <Code>{danger}</Code> },
          { name: t('admin.hotline.child'), value: <Code>{child}</Code> },
        ]}
      />
      <Confirm
        ask={t(isUp ? 'admin.hotline.switch_down' : 'admin.hotline.switch_up')}
        kind={isUp ? 'danger' : 'main'}
      >
        <p>{t(isUp ? 'admin.hotline.ask_down' : 'admin.hotline.ask_up')}</p>
        <Form action={`${HERE}/hotline`}>
          <input type="hidden" name="up" value={isUp ? 'no' : 'yes'} />
          <Button kind={isUp ? 'danger' : 'main'}>
            {t(isUp ? 'admin.hotline.switch_down' : 'admin.hotline.switch_up')}
          </Button>
        </Form>
      </Confirm>
    </Card>
  );
}

function Carriers({ carriers }: { carriers: readonly CarrierState[] }) {
  const t = useWords();
  const tones = { good: 'good', mend: 'alarm', unasked: 'plain' } as const;
  return (
    <Card title={t('admin.carriers.title')}>
      {carriers.length === 0 ? <p class="hint">{t('list.empty')}</p> : null}
      <ul class="states">
        {carriers.map(({ name, state, note }) => (
          <li key={name}>
            <Code>{name}</Code>
            <Badge tone={tones[state]}>{t(`admin.carriers.${state}`)}</Badge>
            {note ? (
              <p class="hint" lang="en" dir="ltr">
                {note}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      <Form action={`${HERE}/check`}>
        <Button>{t('admin.carriers.check')}</Button>
      </Form>
    </Card>
  );
}

function BacklogTable({ backlog }: { backlog: readonly Backlog[] }) {
  const t = useWords();
  if (backlog.length === 0) return <Empty title={t('admin.service.nothing_waits')} />;
  return (
    <Table
      caption={t('admin.service.backlog')}
      rows={backlog}
      keyOf={({ lane }) => lane}
      columns={[
        { head: t('admin.service.lane'), cell: ({ lane }) => <Code>{lane}</Code> },
        { head: t('admin.service.due'), isNumber: true, cell: ({ due }) => <Count value={due} /> },
        { head: t('admin.service.later'), isNumber: true, cell: ({ later }) => <Count value={later} /> },
        {
          head: t('admin.service.oldest'),
          cell: ({ oldest }) => (oldest ? <TimeLeft due={oldest} /> : '–'),
        },
      ]}
    />
  );
}

function DeadTable({ dead }: { dead: readonly Dead[] }) {
  const t = useWords();
  if (dead.length === 0) return <Empty title={t('admin.service.none_dead')} />;
  return (
    <Table
      caption={t('admin.service.dead')}
      rows={dead}
      keyOf={({ lane, state, error, kind }) => `${lane} ${state} ${error ?? ''} ${kind}`}
      columns={[
        { head: t('admin.service.lane'), cell: ({ lane }) => <Code>{lane}</Code> },
        {
          head: t('admin.state'),
          cell: ({ state }) => (
            <Badge tone={state === 'failed' ? 'alarm' : 'wait'}>{t(`admin.service.is_${state}`)}</Badge>
          ),
        },
        { head: t('admin.service.why'), cell: ({ error }) => (error ? <Code>{error}</Code> : '–') },
        { head: t('admin.service.kind'), cell: ({ kind }) => t(`admin.service.kind_${kind}`) },
        {
          head: t('admin.service.messages'),
          isNumber: true,
          cell: ({ messages }) => <Count value={messages} />,
        },
        { head: t('admin.service.last'), cell: ({ last }) => <When at={last} /> },
      ]}
    />
  );
}

/** The way to them one by one, for who may say what became of them. */
function Unknown({ dead }: { dead: readonly Dead[] }) {
  const t = useWords();
  const { staff } = useVisit();
  if (!staff || !may(staff, 'team') || !dead.some(({ state }) => state === 'unknown')) return null;
  return (
    <p>
      <a href="/console/admin/unknown">{t('admin.unknown.open')}</a>
    </p>
  );
}

type OutagesProps = { outages: readonly Outage[]; problem: OutageRefusal | undefined; tz: string };

function Outages({ outages, problem, tz }: OutagesProps) {
  const t = useWords();
  const { now } = useVisit();
  const today = localDate(now, tz);
  return (
    <Card title={t('admin.outages.title')}>
      <p class="hint">{t('admin.outages.lead')}</p>
      {outages.length === 0 ? null : (
        <Table
          caption={t('admin.outages.title')}
          rows={[...outages].reverse()}
          keyOf={({ from, until }) => `${from} ${until}`}
          columns={[
            { head: t('admin.outages.from'), cell: ({ from }) => <When at={new Date(from)} /> },
            { head: t('admin.outages.until'), cell: ({ until }) => <When at={new Date(until)} /> },
            {
              head: t('admin.outages.remove'),
              cell: ({ from, until }) => (
                <Confirm ask={t('admin.outages.remove')}>
                  <p>{t('admin.outages.remove_ask')}</p>
                  <Form action={`${HERE}/outages/remove`}>
                    <input type="hidden" name="from" value={from} />
                    <input type="hidden" name="until" value={until} />
                    <Button kind="danger">{t('admin.outages.remove')}</Button>
                  </Form>
                </Confirm>
              ),
            },
          ]}
        />
      )}
      {problem ? (
        <Notice tone="alarm">
          <p>{t(`admin.outages.wrong_${problem}`)}</p>
        </Notice>
      ) : null}
      <Form action={`${HERE}/outages`} class="stack">
        <div class="row-fields">
          <Field name="from_date" type="date" label={t('admin.outages.from_date')} value={today} />
          <Field name="from_time" type="time" label={t('admin.outages.from_time')} />
          <Field name="until_date" type="date" label={t('admin.outages.until_date')} value={today} />
          <Field name="until_time" type="time" label={t('admin.outages.until_time')} />
        </div>
        <div class="actions">
          <Button>{t('admin.outages.add')}</Button>
        </div>
      </Form>
    </Card>
  );
}

type PriceProps = { price: Price | undefined; isWrong: boolean; currency: string };

function PriceCard({ price, isWrong, currency }: PriceProps) {
  const t = useWords();
  return (
    <Card title={t('admin.price.title')}>
      <p class="hint">{t('admin.price.lead')}</p>
      <Form action={`${HERE}/price`} class="stack">
        <div class="row-fields">
          <Field
            name="amount"
            label={t('admin.price.amount')}
            value={price?.amount ?? ''}
            dir="ltr"
            maxLength={13}
            autocomplete="off"
            problem={isWrong ? t('admin.price.wrong') : undefined}
          />
          <Field
            name="currency"
            label={t('admin.price.currency')}
            value={price?.currency ?? currency}
            dir="ltr"
            maxLength={3}
            autocomplete="off"
          />
        </div>
        <Confirm ask={t('form.save')}>
          <p>{t('admin.price.ask')}</p>
          <Button kind="main">{t('form.save')}</Button>
        </Confirm>
      </Form>
    </Card>
  );
}

type CalendarProps = {
  profile: Profile;
  announced: readonly string[];
  problem: HolidayRefusal | undefined;
};

function CalendarCard({ profile, announced, problem }: CalendarProps) {
  const { calendar, quiet_hours: quiet } = profile;
  const t = useWords();
  const { now } = useVisit();
  const today = localDate(now, calendar.tz);
  const coming = [...new Set([...calendar.holidays, ...announced])].filter((date) => date >= today).sort();
  return (
    <Card title={t('admin.calendar.title')}>
      <Facts
        facts={[
          { name: t('admin.calendar.tz'), value: <Code>{calendar.tz}</Code> },
          {
            name: t('admin.calendar.weekend'),
            value: calendar.weekend.map((day) => t(`admin.day.${day}`)).join(' · '),
          },
          { name: t('admin.calendar.hours'), value: <Span of={calendar.hours} /> },
          { name: t('admin.calendar.quiet'), value: <Span of={quiet} /> },
          {
            name: t('admin.calendar.holidays'),
            value:
              coming.length === 0 ? (
                t('admin.none')
              ) : (
                <ul class="bare">
                  {coming.map((date) => (
                    <li key={date} class="person-line">
                      <When at={new Date(`${date}T12:00:00Z`)} only="date" />
                      {announced.includes(date) ? <RemoveHoliday date={date} /> : null}
                    </li>
                  ))}
                </ul>
              ),
          },
          {
            name: t('admin.calendar.special'),
            value:
              calendar.special_hours.length === 0 ? (
                t('admin.none')
              ) : (
                <ul class="bare">
                  {calendar.special_hours.map(({ from, until, hours }) => (
                    <li key={from}>
                      <Code>{`${from} … ${until}`}</Code> <Span of={hours} />
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
      />
      <p class="hint">{t('admin.calendar.fixed')}</p>
      <Form action={`${HERE}/holidays`} class="stack">
        <Field
          name="date"
          type="date"
          label={t('admin.calendar.add')}
          hint={t('admin.calendar.add_hint')}
          problem={problem ? t(`admin.calendar.wrong_${problem}`) : undefined}
        />
        <div class="actions">
          <Button>{t('admin.calendar.announce')}</Button>
        </div>
      </Form>
    </Card>
  );
}

function RemoveHoliday({ date }: { date: string }) {
  const t = useWords();
  return (
    <Confirm ask={t('admin.calendar.remove')}>
      <p>{t('admin.calendar.remove_ask')}</p>
      <Form action={`${HERE}/holidays/remove`}>
        <input type="hidden" name="date" value={date} />
        <Button kind="danger">{t('admin.calendar.remove')}</Button>
      </Form>
    </Confirm>
  );
}

export function Span({ of: [from, until] }: { of: readonly [string, string] }) {
  return <Code>{`${from}–${until}`}</Code>;
}

/** The profile in use, in sections to read, and whether its file still says the same. Only the file changes it. */
import { isDeepStrictEqual } from 'node:util';
import type { ComponentChildren } from 'preact';
import { profilesDir } from '../../../paths.ts';
import {
  checkProfileFile,
  ProfileError,
  type Profile,
  type ProfileProblem,
  type Programme,
} from '../../../profiles/profile.ts';
import type { ConsoleDeps, ConsolePage } from '../../deps.ts';
import { sendPage } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Card, Facts, Table } from '../../ui/lists.tsx';
import { Code, Notice } from '../../ui/parts.tsx';
import { useVisit, useWords } from '../../ui/visit-context.ts';
import { visitOf } from '../../visit.ts';
import type { Words } from '../../words.ts';
import { languageName } from './reply-view.tsx';
import { Span } from './service-view.tsx';

export const profilePages: ConsolePage = {
  routes(router, deps) {
    router.get('/admin/profile', requires('admin'), (_req, res) => {
      sendPage(res, {
        title: visitOf(res).words('admin.profile.title'),
        section: '/admin/profile',
        body: <ProfilePage profile={deps.profile} check={checkFile(deps)} />,
      });
    });
  },
};

type Check = {
  file: string;
  state: 'same' | 'changed' | 'wrong' | 'gone';
  problems: readonly ProfileProblem[];
};

/** What the service would find if it were started again now. */
function checkFile({ profile, profileFile }: ConsoleDeps): Check | undefined {
  if (profileFile === undefined) return undefined;
  try {
    const { file, profile: found, problems } = checkProfileFile(profileFile, profilesDir);
    if (found === undefined) return { file, state: 'wrong', problems };
    return { file, state: isDeepStrictEqual(found, profile) ? 'same' : 'changed', problems };
  } catch (error) {
    if (error instanceof ProfileError) return { file: profileFile, state: 'gone', problems: [] };
    throw error;
  }
}

function ProfilePage({ profile, check }: { profile: Profile; check: Check | undefined }) {
  const t = useWords();
  return (
    <>
      <h1>
        {t('admin.profile.title')} <Code>{profile.tenant}</Code>
      </h1>
      {check ? <Findings check={check} /> : null}
      <p class="hint">{t('admin.profile.lead')}</p>
      <div class="columns">
        {sections(profile, t).map(({ title, facts }) => (
          <Card key={title} title={title}>
            <Facts facts={facts} />
          </Card>
        ))}
      </div>
      <Card title={t('admin.profile.programmes')}>
        <Programmes programmes={Object.values(profile.programmes)} />
      </Card>
      <Card title={t('admin.profile.categories')}>
        <Categories profile={profile} />
      </Card>
      <Card title={t('admin.profile.offices')}>
        <Offices profile={profile} />
      </Card>
    </>
  );
}

const TONES = { same: 'good', changed: 'wait', wrong: 'alarm', gone: 'alarm' } as const;

function Findings({ check: { file, state, problems } }: { check: Check }) {
  const t = useWords();
  return (
    <Notice tone={TONES[state]}>
      <p>
        <Code>{file}</Code> {t(`admin.profile.file_${state}`)}
      </p>
      {problems.length === 0 ? null : (
        <ul class="plain-list" lang="en" dir="ltr">
          {problems.map(({ line, path, message }) => (
            <li key={`${line} ${path} ${message}`}>
              <code>{`${line}: ${path}: ${message}`}</code>
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

type Fact = { name: string; value: ComponentChildren };

function sections(profile: Profile, t: Words): { title: string; facts: Fact[] }[] {
  const { languages, calendar, channels, hotline, identity, windows, privacy, referral, limits } = profile;
  const yes = (is: boolean) => t(is ? 'admin.yes' : 'admin.no');
  const days = (count: number) => t('admin.profile.days', { count });
  const list = (words: readonly (string | number)[]) =>
    words.length === 0 ? t('admin.none') : <Code>{words.join(' · ')}</Code>;
  return [
    {
      title: t('admin.profile.service'),
      facts: [
        { name: t('admin.profile.name'), value: <InReader texts={profile.service_name} /> },
        {
          name: t('admin.profile.languages'),
          value: languages.offered.map((one) => languageName(t, one)).join(' · '),
        },
        { name: t('admin.profile.first_language'), value: languageName(t, languages.default) },
        { name: t('admin.profile.level'), value: t(`admin.profile.level_${levelOf(profile)}`) },
        { name: t('admin.price.currency'), value: <Code>{profile.currency}</Code> },
        { name: t('admin.profile.registration'), value: yes(profile.registration_open) },
      ],
    },
    {
      title: t('admin.profile.channels'),
      facts: [
        { name: t('admin.profile.ussd'), value: <Code>{channels.ussd.code}</Code> },
        { name: t('admin.profile.ussd_free'), value: yes(channels.ussd.free) },
        { name: t('admin.profile.two_way'), value: list(present(channels.sms.two_way)) },
        { name: t('admin.profile.sender'), value: list(present(channels.sms.sender)) },
        { name: t('admin.profile.whatsapp'), value: yes(channels.whatsapp.enabled) },
        { name: t('admin.hotline.number'), value: <Code>{hotline.number}</Code> },
        { name: t('admin.hotline.danger'), value: <Code>{hotline.danger}</Code> },
        { name: t('admin.hotline.child'), value: <Code>{hotline.child}</Code> },
        { name: t('admin.profile.screen'), value: list([limits.ussd.gsm7, limits.ussd.ucs2]) },
      ],
    },
    {
      title: t('admin.calendar.title'),
      facts: [
        { name: t('admin.calendar.tz'), value: <Code>{calendar.tz}</Code> },
        {
          name: t('admin.calendar.weekend'),
          value: calendar.weekend.map((day) => t(`admin.day.${day}`)).join(' · '),
        },
        { name: t('admin.calendar.hours'), value: <Span of={calendar.hours} /> },
        { name: t('admin.calendar.quiet'), value: <Span of={profile.quiet_hours} /> },
        { name: t('admin.calendar.holidays'), value: <Holidays dates={calendar.holidays} /> },
      ],
    },
    {
      title: t('admin.profile.windows'),
      facts: [
        { name: t('admin.profile.appeal'), value: days(windows.appeal_days) },
        { name: t('admin.profile.objection'), value: days(windows.objection_days) },
        { name: t('admin.profile.from'), value: t(`admin.profile.from_${windows.objection_count_from}`) },
        {
          name: t('admin.profile.update'),
          value:
            windows.update_months === null
              ? t('admin.profile.never')
              : t('admin.profile.months', { count: windows.update_months }),
        },
      ],
    },
    {
      title: t('admin.profile.identity'),
      facts: [
        { name: t('admin.profile.documents'), value: list(identity.documents) },
        { name: t('admin.profile.tries'), value: list([identity.tries]) },
        { name: t('admin.profile.lock'), value: t('admin.profile.hours', { count: identity.lock_hours }) },
        { name: t('admin.profile.nominee'), value: list([identity.nominee_min_age]) },
      ],
    },
    {
      title: t('admin.profile.privacy'),
      facts: [
        { name: t('admin.profile.sms_detail'), value: t(`admin.profile.sms_${privacy.sms_detail}`) },
        {
          name: t('admin.profile.retention'),
          value: t('admin.profile.months', { count: privacy.retain_conversation_months }),
        },
        { name: t('admin.profile.shared'), value: list(referral.fields) },
        { name: t('admin.profile.referral_open'), value: yes(referral.open) },
        { name: t('admin.profile.referral_back'), value: days(referral.feedback_days) },
      ],
    },
  ];
}

function levelOf({ engagement_level: level }: Profile): 1 | 2 | 3 | 4 {
  return level === 1 || level === 2 || level === 3 ? level : 4;
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

function Holidays({ dates }: { dates: readonly string[] }) {
  const t = useWords();
  if (dates.length === 0) return <>{t('admin.none')}</>;
  return (
    <ul class="bare">
      {dates.map((date) => (
        <li key={date}>
          <Code>{date}</Code>
        </li>
      ))}
    </ul>
  );
}

/** A text of the profile in the reader's language, or in the first there is. */
function InReader({ texts }: { texts: Readonly<Record<string, string>> }) {
  const { language } = useVisit();
  return <bdi>{texts[language] ?? Object.values(texts)[0]}</bdi>;
}

function Programmes({ programmes }: { programmes: readonly Programme[] }) {
  const t = useWords();
  return (
    <Table
      caption={t('admin.profile.programmes')}
      rows={programmes}
      keyOf={({ code }) => code}
      columns={[
        { head: t('admin.profile.code'), cell: ({ code }) => <Code>{code}</Code> },
        { head: t('admin.profile.name'), cell: ({ name }) => <InReader texts={name} /> },
        {
          head: t('admin.profile.amount'),
          cell: ({ amount, per_student: perStudent }) =>
            amount === undefined && perStudent === undefined ? (
              '–'
            ) : (
              <Code>{amount ?? perStudent?.join('–') ?? ''}</Code>
            ),
        },
        {
          head: t('admin.profile.criteria'),
          cell: ({ criteria }) => (criteria ? <InReader texts={criteria} /> : '–'),
        },
        { head: t('admin.profile.closing'), cell: ({ closing }) => t(closing ? 'admin.yes' : 'admin.no') },
      ]}
    />
  );
}

function Categories({ profile }: { profile: Profile }) {
  const t = useWords();
  return (
    <Table
      caption={t('admin.profile.categories')}
      rows={Object.values(profile.categories)}
      keyOf={({ code }) => code}
      columns={[
        { head: t('admin.profile.code'), cell: ({ code }) => <Code>{code}</Code> },
        { head: t('admin.profile.route'), cell: ({ route }) => <Code>{route}</Code> },
        {
          head: t('admin.profile.term'),
          cell: ({ sla, contact_hours: hours }) =>
            sla
              ? t(sla.count === 'working' ? 'admin.profile.working_days' : 'admin.profile.days', {
                  count: sla.days,
                })
              : hours === null
                ? '–'
                : t('admin.profile.hours', { count: hours }),
        },
        {
          head: t('admin.profile.sensitivity'),
          cell: ({ sensitivity }) => t(`admin.profile.is_${sensitivity}`),
        },
        {
          head: t('admin.profile.nameless'),
          cell: ({ anonymous }) => t(anonymous ? 'admin.yes' : 'admin.no'),
        },
      ]}
    />
  );
}

function Offices({ profile }: { profile: Profile }) {
  const t = useWords();
  return (
    <Table
      caption={t('admin.profile.offices')}
      rows={profile.offices}
      keyOf={({ area }) => area}
      columns={[
        { head: t('admin.staff.area'), cell: ({ area }) => <Code>{area}</Code> },
        { head: t('admin.profile.name'), cell: ({ name }) => <InReader texts={name} /> },
        { head: t('admin.calendar.hours'), cell: ({ hours }) => <Span of={hours} /> },
      ]}
    />
  );
}

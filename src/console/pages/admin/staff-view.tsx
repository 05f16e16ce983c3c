/** What administrators see of accounts: the list, one account, the form for a new one. */
import type { Access, AddRefusal, StaffAccount } from '../../../staff/accounts.ts';
import { ROLES, type Role } from '../../../staff/roles.ts';
import { Button, Choices, Confirm, Field, Form, LinkButton, Select, Tick } from '../../ui/form.tsx';
import { Card, Facts, Filters, Table } from '../../ui/lists.tsx';
import { Badge, Code, Empty, Notice, When, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { LANGUAGES, type WordKey } from '../../words.ts';

const HERE = '/console/admin/staff';
const ALL_ROLES = Object.keys(ROLES) as Role[];
const STATES = ['open', 'locked', 'disabled', 'temporary', 'no_factor'] as const;

/** Deeds on an account that its history tells of; signing in is not one. */
export const ACCOUNT_DEEDS = [
  'staff_added',
  'roles_changed',
  'staff_disabled',
  'staff_enabled',
  'unlocked',
  'password_reset',
  'second_factor_removed',
  'passkey_added',
  'passkey_removed',
] as const;
type AccountDeed = (typeof ACCOUNT_DEEDS)[number];

export function StaffList({ people, role, state }: { people: StaffAccount[]; role: string; state: string }) {
  const t = useWords();
  return (
    <>
      <div class="card-head">
        <h1>{t('admin.staff.title')}</h1>
        <LinkButton href={`${HERE}/new`} kind="main" icon="person">
          {t('admin.staff.add')}
        </LinkButton>
      </div>
      <section class="card">
        <Filters action={HERE}>
          <Select
            name="role"
            label={t('admin.staff.role')}
            empty={t('admin.all')}
            required={false}
            value={role}
            options={ALL_ROLES.map((one) => ({ value: one, label: t(`role.${one}`) }))}
          />
          <Select
            name="state"
            label={t('admin.state')}
            empty={t('admin.all')}
            required={false}
            value={state}
            options={STATES.map((one) => ({ value: one, label: t(`admin.staff.is_${one}`) }))}
          />
        </Filters>
        {people.length === 0 ? (
          <Empty title={t('list.empty')} />
        ) : (
          <Table
            caption={t('admin.staff.title')}
            rows={people}
            keyOf={({ key }) => key}
            columns={[
              {
                head: t('account.name'),
                cell: ({ key, name, email }) => (
                  <>
                    <a href={`${HERE}/${key}`}>
                      <bdi>{name}</bdi>
                    </a>
                    <br />
                    <bdi dir="ltr" class="hint">
                      {email}
                    </bdi>
                  </>
                ),
              },
              {
                head: t('account.roles'),
                cell: ({ roles }) => roles.map((one) => t(`role.${one}`)).join(' · '),
              },
              { head: t('admin.staff.scope'), cell: (person) => <Scope {...person} /> },
              { head: t('admin.state'), cell: (person) => <States person={person} /> },
            ]}
          />
        )}
      </section>
    </>
  );
}

function Scope({ units, area }: Pick<Access, 'units' | 'area'>) {
  const t = useWords();
  return (
    <>
      {units === null ? t('admin.staff.all_units') : <Names of={units} />}
      {area === null ? null : (
        <>
          {' · '}
          {t('admin.staff.area')} <Code>{area}</Code>
        </>
      )}
    </>
  );
}

function Names({ of: names }: { of: readonly string[] }) {
  const t = useWords();
  if (names.length === 0) return <>{t('admin.none')}</>;
  return (
    <>
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 ? ' · ' : ''}
          <bdi>{name}</bdi>
        </span>
      ))}
    </>
  );
}

const STATE_TONES = { open: 'good', locked: 'alarm', disabled: 'plain' } as const satisfies Record<
  string,
  Tone
>;

function States({ person }: { person: StaffAccount }) {
  const t = useWords();
  const { state, passwordIsTemporary, hasSecondFactor, isDemo } = person;
  return (
    <span class="badges">
      <Badge tone={STATE_TONES[state]}>{t(`admin.staff.is_${state}`)}</Badge>
      {passwordIsTemporary ? <Badge tone="wait">{t('admin.staff.is_temporary')}</Badge> : null}
      {hasSecondFactor ? null : (
        <Badge tone="plain" icon="lock">
          {t('admin.staff.is_no_factor')}
        </Badge>
      )}
      {isDemo ? <Badge tone="info">{t('admin.staff.is_demo')}</Badge> : null}
    </span>
  );
}

/** What a form left out that it needs. */
type Lack = 'roles' | 'units';
type Known = { units: readonly string[]; areas: readonly string[] };

function AccessFields({ access, units, areas, lacks }: Known & { access: Access; lacks: Lack | undefined }) {
  const t = useWords();
  const offered = [...new Set([...units, ...(access.units ?? [])])];
  const known = [...new Set([...areas, ...(access.area === null ? [] : [access.area])])];
  return (
    <>
      <fieldset class="choices">
        <legend>{t('account.roles')}</legend>
        <div class="ticks">
          {ALL_ROLES.map((role) => (
            <Tick
              key={role}
              name="roles"
              value={role}
              label={t(`role.${role}`)}
              checked={access.roles.includes(role)}
            />
          ))}
        </div>
        {lacks === 'roles' ? <p class="problem">{t('admin.staff.wrong_roles')}</p> : null}
      </fieldset>
      <Choices
        name="scope"
        legend={t('admin.staff.units')}
        value={access.units === null ? 'all' : 'some'}
        options={[
          { value: 'all', label: t('admin.staff.all_units'), hint: t('admin.staff.all_units_hint') },
          { value: 'some', label: t('admin.staff.some_units') },
        ]}
      />
      <fieldset class="choices inset">
        <legend class="unseen">{t('admin.staff.some_units')}</legend>
        <div class="ticks">
          {offered.map((unit) => (
            <Tick
              key={unit}
              name="units"
              value={unit}
              label={unit}
              checked={access.units?.includes(unit) ?? false}
            />
          ))}
        </div>
        {lacks === 'units' ? <p class="problem">{t('admin.staff.wrong_units')}</p> : null}
      </fieldset>
      <Select
        name="area"
        label={t('admin.staff.area')}
        hint={t('admin.staff.area_hint')}
        required={false}
        empty={t('admin.staff.all_areas')}
        value={access.area ?? ''}
        options={known.map((one) => ({ value: one, label: one }))}
      />
    </>
  );
}

export type AddProblems = { name?: boolean; units?: boolean; refused?: AddRefusal };

export function AddPage(
  props: Known & { email: string; name: string; language: string; access: Access; problems: AddProblems },
) {
  const { email, name, language, access, problems, units, areas } = props;
  const t = useWords();
  const { refused } = problems;
  return (
    <>
      <h1>{t('admin.staff.add')}</h1>
      <section class="card form-page">
        <Form action={`${HERE}/new`} class="stack">
          <Field
            name="name"
            label={t('account.name')}
            value={name}
            autocomplete="off"
            maxLength={120}
            dir="auto"
            problem={problems.name ? t('admin.staff.wrong_name') : undefined}
          />
          <Field
            name="email"
            type="email"
            label={t('sign_in.email')}
            value={email}
            autocomplete="off"
            dir="ltr"
            maxLength={254}
            problem={
              refused === 'address' || refused === 'exists' ? t(`admin.staff.wrong_${refused}`) : undefined
            }
          />
          <Select
            name="language"
            label={t('menu.language')}
            value={language}
            options={LANGUAGES.map((one) => ({ value: one, label: t(`language.${one}`) }))}
          />
          <AccessFields
            access={access}
            units={units}
            areas={areas}
            lacks={refused === 'roles' ? 'roles' : problems.units ? 'units' : undefined}
          />
          <div class="actions">
            <Button kind="main">{t('admin.staff.add_go')}</Button>
            <LinkButton href={HERE}>{t('form.cancel')}</LinkButton>
          </div>
        </Form>
      </section>
    </>
  );
}

export function PasswordPage({ name, password, key }: { name: string; password: string; key: string }) {
  const t = useWords();
  return (
    <div class="card roomy">
      <h1>{t('admin.staff.password_title')}</h1>
      <p>
        <bdi>{name}</bdi>
      </p>
      <p class="big-secret">
        <bdi dir="ltr" class="secret" translate={false}>
          {password}
        </bdi>
      </p>
      <Notice tone="wait">
        <p>{t('admin.staff.password_once')}</p>
      </Notice>
      <p>
        <LinkButton href={`${HERE}/${key}`} kind="main">
          {t('admin.staff.password_done')}
        </LinkButton>
      </p>
    </div>
  );
}

type AccountProps = Known & {
  person: StaffAccount;
  seen: string;
  isSelf: boolean;
  history: readonly { id: number; at: Date; who: string; word: AccountDeed }[];
  lacks: Lack | undefined;
};

export function AccountPage({ person, seen, isSelf, units, areas, history, lacks }: AccountProps) {
  const t = useWords();
  const here = `${HERE}/${person.key}`;
  return (
    <>
      <p>
        <a href={HERE}>{t('admin.staff.title')}</a>
      </p>
      <h1>
        <bdi>{person.name}</bdi>
      </h1>
      <div class="columns wide-first">
        <Card title={t('admin.staff.access')}>
          {isSelf ? (
            <>
              <Notice tone="info">
                <p>{t('admin.staff.own')}</p>
              </Notice>
              <p>{person.roles.map((role) => t(`role.${role}`)).join(' · ')}</p>
            </>
          ) : (
            <Form action={`${here}/access`} class="stack">
              <input type="hidden" name="seen" value={seen} />
              <AccessFields access={person} units={units} areas={areas} lacks={lacks} />
              <Confirm ask={t('admin.staff.access_change')} kind="main">
                <p>{t('admin.staff.access_ask')}</p>
                <Button kind="main">{t('form.save')}</Button>
              </Confirm>
            </Form>
          )}
        </Card>
        <div>
          <Card title={t('admin.staff.account')}>
            <States person={person} />
            <Facts
              facts={[
                { name: t('sign_in.email'), value: <bdi dir="ltr">{person.email}</bdi> },
                { name: t('admin.staff.since'), value: <When at={person.createdAt} only="date" /> },
              ]}
            />
            {isSelf ? null : <Deeds person={person} here={here} />}
          </Card>
          <Card title={t('admin.history')}>
            <ol class="history">
              {history.map(({ id, at, who, word }) => (
                <li key={id}>
                  <span>{t(`admin.did.${word}` satisfies WordKey)}</span>
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

function Deeds({ person, here }: { person: StaffAccount; here: string }) {
  const t = useWords();
  const deed = (name: 'unlock' | 'enable' | 'disable' | 'password' | 'factor') => (
    <Confirm key={name} ask={t(`admin.staff.${name}`)} kind={name === 'disable' ? 'danger' : 'plain'}>
      <p>{t(`admin.staff.${name}_ask`)}</p>
      <Form action={`${here}/${name}`}>
        <Button kind={name === 'disable' ? 'danger' : 'main'}>{t(`admin.staff.${name}`)}</Button>
      </Form>
    </Confirm>
  );
  if (person.state === 'disabled') return deed('enable');
  return (
    <div class="stack tight">
      {person.state === 'locked' ? deed('unlock') : null}
      {deed('password')}
      {person.hasSecondFactor ? deed('factor') : null}
      {deed('disable')}
    </div>
  );
}

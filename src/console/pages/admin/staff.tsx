/** The accounts of staff: who they are, what they may do, and how they get in again. Administrators only; no citizen is in sight. */
import type { Request, Response } from 'express';
import { readAudit } from '../../../privacy/audit.ts';
import {
  addStaff,
  changeAccess,
  disableStaff,
  enableStaff,
  findStaff,
  isRole,
  listStaff,
  resetPassword,
  resetSecondFactor,
  unlock,
  type Access,
  type Changed,
  type ChangeRefusal,
  type StaffAccount,
} from '../../../staff/accounts.ts';
import type { ConsoleDeps, ConsolePage, Tools } from '../../deps.ts';
import { formOf, type PostedForm, queryOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { isLanguage } from '../../words.ts';
import { colleagues } from './people.ts';
import {
  AccountPage,
  ACCOUNT_DEEDS,
  AddPage,
  PasswordPage,
  StaffList,
  type AddProblems,
} from './staff-view.tsx';

const SECTION = '/admin/staff';
const HERE = '/console/admin/staff';
const HISTORY_ROWS = 200;

export const staffPages: ConsolePage = {
  routes(router, deps) {
    const account = async (req: Request): Promise<StaffAccount | undefined> =>
      findStaff(deps, String(req.params['key']), deps.now());

    router.get('/admin/staff', requires('admin'), async (req, res) => {
      const role = queryOf(req, 'role');
      const state = queryOf(req, 'state');
      const all = await listStaff(deps, deps.now());
      const people = all.filter(
        (one) =>
          (!isRole(role) || one.roles.includes(role)) && (state === '' || stateOf(one).includes(state)),
      );
      sendPage(res, {
        title: visitOf(res).words('admin.staff.title'),
        section: SECTION,
        body: <StaffList people={people} role={role} state={state} />,
      });
    });

    router.get('/admin/staff/new', requires('admin'), (_req, res) => {
      showAdd(res, deps);
    });

    router.post('/admin/staff/new', requires('admin'), async (req, res) => {
      const form = formOf(req);
      const [email, name, language] = [form.text('email'), form.text('name'), form.text('language')];
      if (name === '' || name.length > 120) {
        showAdd(res, deps, { form, problems: { name: true } });
        return;
      }
      const person = {
        ...accessOf(form, deps),
        email,
        name,
        language: isLanguage(language) ? language : 'en',
      };
      const added = await addStaff(deps, person, { by: staffOf(res).key, at: deps.now() });
      if (added.ok) showPassword(res, { name, password: added.password, key: added.key });
      else showAdd(res, deps, { form, problems: { refused: added.why } });
    });

    router.get('/admin/staff/:key', requires('admin'), async (req, res) => {
      const person = await account(req);
      if (person) await showAccount(res, deps, person);
      else sendProblem(res, 'nothing_here');
    });

    router.post('/admin/staff/:key/access', requires('admin'), async (req, res) => {
      const person = await account(req);
      if (!person) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const form = formOf(req);
      // Two administrators at once: the second is told, and sees what the first did.
      if (form.text('seen') !== fingerprint(person)) {
        sendProblem(res, 'conflict');
        return;
      }
      const access = accessOf(form, deps);
      if (access.units?.length === 0) {
        await showAccount(res, deps, person, 'units');
        return;
      }
      const changed = await changeAccess(deps, person.key, access, deed(res, deps));
      if (!changed.ok && changed.why === 'roles') await showAccount(res, deps, person, 'roles');
      else goBack(res, deps, person.key, changed);
    });

    const deeds = { disable: disableStaff, enable: enableStaff, unlock, factor: resetSecondFactor } as const;
    for (const [name, work] of Object.entries(deeds))
      router.post(`/admin/staff/:key/${name}`, requires('admin'), async (req, res) => {
        const key = String(req.params['key']);
        goBack(res, deps, key, await work(deps, key, deed(res, deps)));
      });

    router.post('/admin/staff/:key/password', requires('admin'), async (req, res) => {
      const person = await account(req);
      // One's own is changed in "My account", where the present one is asked for.
      if (!person || person.key === staffOf(res).key) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const reset = await resetPassword(deps, person.key, deed(res, deps));
      if (reset.ok) showPassword(res, { name: person.name, password: reset.password, key: person.key });
      else goBack(res, deps, person.key, reset);
    });
  },
};

function deed(res: Response, { now }: ConsoleDeps): { by: string; at: Date } {
  return { by: staffOf(res).key, at: now() };
}

function goBack(
  res: Response,
  deps: Tools,
  key: string,
  changed: Changed | { ok: false; why: ChangeRefusal },
) {
  if (changed.ok) deps.goTo(res, `${HERE}/${key}`, 'flash.saved');
  else if (changed.why === 'own') deps.goTo(res, `${HERE}/${key}`, 'flash.problem_admin_own');
  else sendProblem(res, 'nothing_here');
}

/** Only what the profile knows: a misspelt unit would see nothing, and nobody would know why. */
function accessOf(form: PostedForm, deps: ConsoleDeps): Access {
  const known = unitsOf(deps);
  const units = form.all('units').filter((unit) => known.includes(unit));
  const area = form.text('area');
  return {
    roles: form.all('roles').filter(isRole),
    units: form.text('scope') === 'some' ? units : null,
    area: /^[A-Za-z0-9_.-]{1,40}$/.test(area) ? area : null,
  };
}

function unitsOf({ profile }: Pick<ConsoleDeps, 'profile'>): string[] {
  const routes = Object.values(profile.categories).map(({ route }) => route);
  return [...new Set([...routes, ...Object.values(profile.routing)])].sort();
}

/** The words of the filter by which somebody is found. */
function stateOf({ state, hasSecondFactor, passwordIsTemporary }: StaffAccount): string[] {
  return [state, ...(hasSecondFactor ? [] : ['no_factor']), ...(passwordIsTemporary ? ['temporary'] : [])];
}

function fingerprint({ roles, units, area }: Access): string {
  return JSON.stringify([[...roles].sort(), units, area]);
}

function showAdd(
  res: Response,
  deps: ConsoleDeps,
  again?: { form: PostedForm; problems: AddProblems },
): void {
  const { form, problems = {} } = again ?? {};
  sendPage(res, {
    title: visitOf(res).words('admin.staff.add'),
    section: SECTION,
    status: form ? 422 : 200,
    body: (
      <AddPage
        email={form?.text('email') ?? ''}
        name={form?.text('name') ?? ''}
        language={form?.text('language') ?? deps.profile.languages.default}
        access={form ? accessOf(form, deps) : { roles: [], units: null, area: null }}
        units={unitsOf(deps)}
        areas={deps.profile.offices.map(({ area }) => area)}
        problems={problems}
      />
    ),
  });
}

function showPassword(res: Response, shown: { name: string; password: string; key: string }): void {
  sendPage(res, {
    title: visitOf(res).words('admin.staff.password_title'),
    section: SECTION,
    shape: 'narrow',
    body: <PasswordPage {...shown} />,
  });
}

async function showAccount(
  res: Response,
  deps: ConsoleDeps,
  person: StaffAccount,
  lacks?: 'roles' | 'units',
): Promise<void> {
  const rows = await readAudit(deps.db, { subject: `staff:${person.key}`, limit: HISTORY_ROWS });
  const nameOf = await colleagues(deps, visitOf(res).words);
  const history = rows.flatMap(({ id, at, actor, action }) => {
    const word = ACCOUNT_DEEDS.find((one) => one === action);
    return word ? [{ id, at, who: nameOf(actor), word }] : [];
  });
  sendPage(res, {
    title: visitOf(res).words('admin.staff.account'),
    section: SECTION,
    status: lacks ? 422 : 200,
    body: (
      <AccountPage
        person={person}
        seen={fingerprint(person)}
        isSelf={person.key === staffOf(res).key}
        units={unitsOf(deps)}
        areas={deps.profile.offices.map(({ area }) => area)}
        history={history}
        lacks={lacks}
      />
    ),
  });
}

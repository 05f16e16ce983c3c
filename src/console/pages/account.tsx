/** One's own account: password, second factor, shortcuts; taking contacts or not; staying signed in. */
import type { Response } from 'express';
import type { ComponentChildren } from 'preact';
import { secondFactorsOf } from '../../staff/passkeys.ts';
import { changePassword } from '../../staff/sign-in.ts';
import { relyingParty } from '../../staff/web-authn.ts';
import type { ConsoleDeps, ConsolePage } from '../deps.ts';
import { formOf } from '../form.ts';
import { sendPage } from '../respond.tsx';
import { safeBack } from '../session.ts';
import { setReady, setShortcuts } from '../settings.ts';
import { keyCap, SHORTCUT_CODES, SHORTCUTS } from '../shortcuts.ts';
import { Button, Field, Form, Select, Tick } from '../ui/form.tsx';
import { Card, Facts } from '../ui/lists.tsx';
import { useVisit, useWords } from '../ui/visit-context.ts';
import { staffOf, visitOf } from '../visit.ts';
import { SecondFactorCard } from './passkey-forms.tsx';
import { NewPasswordField, newPasswordProblem } from './sign-in-forms.tsx';

export const accountPages: ConsolePage = {
  routes(router, deps) {
    router.get('/account', (_req, res) => showAccount(res, deps));

    router.post('/account/password', async (req, res) => {
      const { token = '', words: t } = visitOf(res);
      const form = formOf(req);
      const changed = await changePassword(deps, {
        token,
        current: form.raw('current'),
        next: form.raw('password'),
        at: deps.now(),
      });
      if (changed.ok) {
        deps.cookies.set(res, 'session', changed.token);
        deps.goTo(res, '/console/account', 'flash.password_changed');
      } else if (changed.why === 'ended') deps.goTo(res, '/console/sign-in', 'flash.problem_begin_again');
      else if (changed.why === 'refused') await showAccount(res, deps, { current: t('password.wrong') });
      else await showAccount(res, deps, { next: newPasswordProblem(t, changed.why) });
    });

    router.post('/account/shortcuts', async (req, res) => {
      const form = formOf(req);
      const keys = Object.fromEntries(SHORTCUTS.map(({ name, code }) => [name, form.text(name) || code]));
      const isSaved = await setShortcuts(deps.db, staffOf(res).key, { off: !form.has('on'), keys });
      deps.goTo(res, '/console/account', isSaved ? 'flash.saved' : 'flash.problem_keys');
    });

    router.post('/ready', async (req, res) => {
      const form = formOf(req);
      await setReady(deps.db, staffOf(res).key, form.text('ready') === 'yes');
      deps.goTo(res, safeBack(form.raw('back')));
    });

    // That it was asked is enough: the session began its idle time again on the way here.
    router.post('/session', (req, res) => {
      if (req.get('x-part') === undefined) deps.goTo(res, '/console/');
      else res.json({ left: Math.floor((visitOf(res).sessionLeft ?? 0) / 1_000) });
    });
  },
};

type Problems = { current?: string; next?: string };

async function showAccount(res: Response, deps: ConsoleDeps, problems: Problems = {}): Promise<void> {
  const factors = await secondFactorsOf(deps, staffOf(res).key);
  const party = relyingParty(deps.publicUrl);
  const isWrong = Object.keys(problems).length > 0;
  sendPage(res, {
    title: visitOf(res).words('nav.account'),
    status: isWrong ? 422 : 200,
    body: (
      <AccountPage problems={problems}>
        <SecondFactorCard factors={factors} party={party} />
      </AccountPage>
    ),
  });
}

/** `children`: the card of the second factor. */
function AccountPage({ problems, children }: { problems: Problems; children: ComponentChildren }) {
  const { staff, shortcuts } = useVisit();
  const t = useWords();
  return (
    <>
      <h1>{t('nav.account')}</h1>
      <div class="columns">
        <div>
          <Card title={t('account.who')}>
            <Facts
              facts={[
                { name: t('account.name'), value: <bdi>{staff?.name}</bdi> },
                { name: t('sign_in.email'), value: <bdi dir="ltr">{staff?.email}</bdi> },
                {
                  name: t('account.roles'),
                  value: staff?.roles.map((role) => t(`role.${role}`)).join(' · '),
                },
              ]}
            />
          </Card>
          <Card title={t('account.password')}>
            <Form action="/console/account/password" class="stack">
              {/* Tells a password manager whose password this is. */}
              <input
                type="email"
                name="email"
                value={staff?.email ?? ''}
                autocomplete="username"
                hidden
                readonly
              />
              <Field
                name="current"
                label={t('password.current')}
                problem={problems.current}
                type="password"
                autocomplete="current-password"
                dir="ltr"
                maxLength={200}
              />
              <NewPasswordField problem={problems.next} />
              <Button>{t('password.change')}</Button>
            </Form>
          </Card>
        </div>
        {children}
        <Card title={t('keys.title')}>
          <Form action="/console/account/shortcuts" class="stack">
            <p class="hint">{t('keys.lead')}</p>
            <Tick name="on" label={t('keys.on')} checked={!shortcuts.off} />
            <div class="key-choices">
              {SHORTCUTS.map(({ name, code, word }) => (
                <Select
                  key={name}
                  name={name}
                  label={t(word)}
                  value={shortcuts.keys?.[name] ?? code}
                  options={SHORTCUT_CODES.map((one) => ({ value: one, label: keyCap(one) }))}
                />
              ))}
            </div>
            <Button>{t('form.save')}</Button>
          </Form>
        </Card>
      </div>
    </>
  );
}

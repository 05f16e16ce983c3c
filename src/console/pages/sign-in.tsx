/** The way in (S1): password, second factor, and on the first day a new password and an authenticator app. */
import type { Request, Response } from 'express';
import { givePasskey, offerPasskey } from '../../staff/passkeys.ts';
import {
  beginEnrolment,
  chooseNewPassword,
  confirmEnrolment,
  giveSecondFactor,
  pendingSignIn,
  signIn,
  type Pending,
} from '../../staff/sign-in.ts';
import type { Step } from '../../staff/sign-in-steps.ts';
import { signOut } from '../../staff/sessions.ts';
import { relyingParty } from '../../staff/web-authn.ts';
import type { ConsoleDeps, ConsolePage, Tools } from '../deps.ts';
import { formOf, queryOf } from '../form.ts';
import { sendPage } from '../respond.tsx';
import { safeBack } from '../session.ts';
import { isTheme, setTheme, setLanguage } from '../settings.ts';
import { visitOf } from '../visit.ts';
import { isLanguage } from '../words.ts';
import {
  CodePage,
  EnrolPage,
  NewPasswordPage,
  newPasswordProblem,
  RecoveryPage,
  SignInPage,
  type CodeProblem,
} from './sign-in-forms.tsx';

const STEP_PATHS = {
  second_factor: '/console/sign-in/code',
  new_password: '/console/sign-in/password',
  enrol: '/console/sign-in/app',
} as const satisfies Record<Pending['needs'], string>;

export const signInPages: ConsolePage = {
  routes(router, deps) {
    const party = relyingParty(deps.publicUrl);

    router.get('/sign-in', (req, res) => {
      if (visitOf(res).staff) deps.goTo(res, '/console/');
      else showSignIn(req, res, deps);
    });
    router.post('/sign-in', async (req, res) => {
      const form = formOf(req);
      const step = await signIn(deps, {
        email: form.text('email'),
        password: form.raw('password'),
        at: deps.now(),
      });
      if (step.ok) goOn(res, deps, step, form.text('next'));
      else showSignIn(req, res, deps, form.text('email'));
    });

    router.get('/sign-in/code', (req, res) => atStep(req, res, deps, 'second_factor'));
    router.post('/sign-in/code', async (req, res) => {
      const { token = '' } = visitOf(res);
      const form = formOf(req);
      const next = form.text('next');
      const at = deps.now();
      const answer = form.raw('answer');
      if (form.has('answer') && (!party || answer === '')) {
        await showCode(res, deps, next, 'cannot');
        return;
      }
      const step =
        form.has('answer') && party
          ? await givePasskey({ ...deps, party }, { token, answer, at })
          : await giveSecondFactor(deps, { token, code: form.text('code'), at });
      if (step.ok) goOn(res, deps, step, next);
      else if (step.why === 'ended') startAgain(res, deps);
      else if (step.why === 'late') await showCode(res, deps, next, 'late');
      else await showCode(res, deps, next, form.has('answer') ? 'refused' : 'code');
    });

    // Asked by the page's script: the question to the device.
    router.post('/sign-in/code/passkey', async (_req, res) => {
      const { token = '' } = visitOf(res);
      const options = party && (await offerPasskey({ ...deps, party }, token, deps.now()));
      if (options) res.json({ question: { kind: 'get', options } });
      else res.status(401).end();
    });

    router.get('/sign-in/password', (req, res) => atStep(req, res, deps, 'new_password'));
    router.post('/sign-in/password', async (req, res) => {
      const { token = '', words: t } = visitOf(res);
      const form = formOf(req);
      const step = await chooseNewPassword(deps, { token, password: form.raw('password'), at: deps.now() });
      if (step.ok) goOn(res, deps, step, form.text('next'));
      else if (step.why === 'ended') startAgain(res, deps);
      else
        sendPage(res, {
          title: t('password.title'),
          shape: 'narrow',
          status: 422,
          body: <NewPasswordPage next={form.text('next')} problem={newPasswordProblem(t, step.why)} />,
        });
    });

    router.get('/sign-in/app', (req, res) => atStep(req, res, deps, 'enrol'));
    router.post('/sign-in/app', async (req, res) => {
      const { token = '', words: t } = visitOf(res);
      const form = formOf(req);
      const step = await confirmEnrolment(deps, { token, code: form.text('code'), at: deps.now() });
      if (step.ok) {
        deps.cookies.set(res, 'session', step.token);
        sendPage(res, {
          title: t('recovery.title'),
          shape: 'narrow',
          body: <RecoveryPage codes={step.recoveryCodes} next={nextOf(step, form.text('next'))} />,
        });
      } else if (step.why === 'ended') startAgain(res, deps);
      else await showEnrolment(res, deps, form.text('next'), true);
    });

    router.post('/sign-out', async (_req, res) => {
      const { token } = visitOf(res);
      if (token !== undefined) await signOut(deps.db, token, deps.now());
      deps.cookies.clear(res, 'session');
      deps.goTo(res, '/console/sign-in', 'flash.signed_out');
    });

    router.post('/preferences', async (req, res) => {
      const form = formOf(req);
      const { staff } = visitOf(res);
      const [theme, language] = [form.text('theme'), form.text('language')];
      if (isTheme(theme)) {
        deps.cookies.set(res, 'theme', theme);
        if (staff) await setTheme(deps.db, staff.key, theme);
      }
      if (isLanguage(language)) {
        deps.cookies.set(res, 'language', language);
        if (staff) await setLanguage(deps.db, staff.key, language);
      }
      deps.goTo(res, safeBack(form.raw('back')));
    });
  },
};

type Deps = ConsoleDeps & Tools;

function showSignIn(req: Request, res: Response, deps: Deps, failedWith?: string): void {
  const { words: t } = visitOf(res);
  const next = failedWith === undefined ? queryOf(req, 'next') : formOf(req).text('next');
  sendPage(res, {
    title: t('sign_in.title'),
    shape: 'narrow',
    status: failedWith === undefined ? 200 : 422,
    body: (
      <SignInPage
        next={next}
        failedWith={failedWith}
        hasSignOn={deps.signOn !== undefined}
        demo={deps.isProduction ? undefined : deps.demoSignIns}
      />
    ),
  });
}

/** Shows the step that the sign-in is at, or leads to it. */
async function atStep(req: Request, res: Response, deps: Deps, step: Pending['needs']): Promise<void> {
  const { staff, token, words: t } = visitOf(res);
  if (staff) {
    // Nothing is pending: a stray link to these pages must not end the session.
    deps.goTo(res, '/console/');
    return;
  }
  const pending = token === undefined ? undefined : await pendingSignIn(deps, token, deps.now());
  const next = queryOf(req, 'next');
  if (!pending) startAgain(res, deps);
  else if (pending.needs !== step) deps.goTo(res, withNext(STEP_PATHS[pending.needs], next));
  else if (step === 'enrol') await showEnrolment(res, deps, next, false);
  else if (step === 'second_factor') await showCode(res, deps, next);
  else
    sendPage(res, {
      title: t('password.title'),
      shape: 'narrow',
      body: <NewPasswordPage next={next} />,
    });
}

/** The second step, with the passkey first where the account has one. */
async function showCode(res: Response, deps: Deps, next: string, problem?: CodeProblem): Promise<void> {
  const { token = '', words: t } = visitOf(res);
  const pending = await pendingSignIn(deps, token, deps.now());
  const party = pending?.hasPasskey ? relyingParty(deps.publicUrl) : undefined;
  sendPage(res, {
    title: t('code.title'),
    shape: 'narrow',
    status: problem === undefined ? 200 : 422,
    body: <CodePage next={next} party={party} hasApp={pending?.hasApp ?? true} problem={problem} />,
  });
}

async function showEnrolment(res: Response, deps: Deps, next: string, isWrong: boolean): Promise<void> {
  const { token = '', words: t } = visitOf(res);
  const enrolment = await beginEnrolment(deps, token, deps.now());
  if (!enrolment) {
    startAgain(res, deps);
    return;
  }
  sendPage(res, {
    title: t('enrol.title'),
    shape: 'narrow',
    status: isWrong ? 422 : 200,
    body: <EnrolPage enrolment={enrolment} next={next} isWrong={isWrong} />,
  });
}

/** The token changes at every step: one that somebody planted before the sign-in is worth nothing after it. */
function goOn(res: Response, deps: Deps, step: Step, next: string): void {
  deps.cookies.set(res, 'session', step.token);
  deps.goTo(res, nextOf(step, next));
}

function nextOf({ needs }: Step, next: string): string {
  return needs === null ? safeBack(next) : withNext(STEP_PATHS[needs], next);
}

function withNext(path: string, next: string): string {
  return next === '' ? path : `${path}?next=${encodeURIComponent(next)}`;
}

function startAgain(res: Response, deps: Deps): void {
  deps.cookies.clear(res, 'session');
  deps.goTo(res, '/console/sign-in', 'flash.problem_begin_again');
}

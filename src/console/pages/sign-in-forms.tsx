/** What the steps of signing in look like. Pasting is welcome everywhere, and nothing has to be remembered or solved. */
import qrcode from 'qrcode-generator';
import type { RelyingParty } from '../../staff/web-authn.ts';
import type { ConsoleDeps } from '../deps.ts';
import { Button, Field, Form, LinkButton } from '../ui/form.tsx';
import { Code, Notice } from '../ui/parts.tsx';
import { useWords } from '../ui/visit-context.ts';
import type { Words } from '../words.ts';
import { UsePasskey } from './passkey-forms.tsx';

function Next({ next }: { next: string }) {
  return next === '' ? null : <input type="hidden" name="next" value={next} />;
}

export function SignInPage(props: {
  next: string;
  failedWith: string | undefined;
  hasSignOn: boolean;
  demo: ConsoleDeps['demoSignIns'];
}) {
  const { next, failedWith, hasSignOn, demo } = props;
  const t = useWords();
  return (
    <>
      <div class="card roomy">
        <h1>{t('sign_in.title')}</h1>
        <p class="lead">{t('sign_in.lead')}</p>
        {failedWith === undefined ? null : (
          <Notice tone="alarm">
            <p>{t('sign_in.refused')}</p>
          </Notice>
        )}
        <Form action="/console/sign-in" class="stack">
          <Next next={next} />
          <Field
            name="email"
            label={t('sign_in.email')}
            type="email"
            value={failedWith ?? ''}
            autocomplete="username"
            inputMode="email"
            dir="ltr"
            spellcheck={false}
            maxLength={254}
            autofocus
          />
          <Field
            name="password"
            label={t('sign_in.password')}
            type="password"
            autocomplete="current-password"
            dir="ltr"
            maxLength={200}
          />
          <Button kind="main">{t('sign_in.go')}</Button>
        </Form>
        {hasSignOn ? (
          <p class="or">
            <span>{t('sign_in.or')}</span>
            <LinkButton href="/console/sign-on" icon="lock">
              {t('sign_in.sign_on')}
            </LinkButton>
          </p>
        ) : null}
      </div>
      {demo ? <DemoSignIns next={next} demo={demo} /> : null}
    </>
  );
}

/** For whoever tries the demo: one button a role. */
function DemoSignIns({ next, demo }: { next: string; demo: NonNullable<ConsoleDeps['demoSignIns']> }) {
  const t = useWords();
  return (
    <section class="card demo">
      <h2>{t('demo.title')}</h2>
      <p class="hint">
        {t('demo.lead')} <Code>{demo.password}</Code>
      </p>
      <div class="demo-people">
        {demo.people.map(({ email, name, roles }) => (
          <Form key={email} action="/console/sign-in">
            <Next next={next} />
            <input type="hidden" name="email" value={email} />
            <input type="hidden" name="password" value={demo.password} />
            <button type="submit" class="demo-person">
              <span>{roles.map((role) => t(`role.${role}`)).join(' · ')}</span>
              <bdi class="hint">{name}</bdi>
              <bdi dir="ltr" class="hint">
                {email}
              </bdi>
            </button>
          </Form>
        ))}
      </div>
    </section>
  );
}

/** What was wrong with an answer at the second step; `late`, `cannot`: nothing was, it just did not come. */
export type CodeProblem = 'code' | 'refused' | 'late' | 'cannot';

/** `party`: where the account has a passkey. `hasApp`: otherwise a code is a recovery code. */
export function CodePage(props: {
  next: string;
  party?: RelyingParty | undefined;
  hasApp?: boolean;
  problem?: CodeProblem | undefined;
}) {
  const { next, party, hasApp = true, problem } = props;
  const t = useWords();
  return (
    <div class="card roomy">
      <h1>{t('code.title')}</h1>
      {problem === undefined || problem === 'code' ? null : (
        <Notice tone="alarm">
          <p>{t(`passkey.${problem}`)}</p>
        </Notice>
      )}
      {party ? (
        <>
          <UsePasskey next={next} party={party} />
          <p class="or">
            <span>{t('sign_in.or')}</span>
          </p>
        </>
      ) : null}
      <Form action="/console/sign-in/code" class="stack">
        <Next next={next} />
        <CodeField
          hint={t(hasApp ? 'code.hint' : 'code.hint_recovery')}
          isWrong={problem === 'code'}
          autofocus={!party || problem === 'code'}
        />
        <Button kind={party ? 'plain' : 'main'}>{t('code.go')}</Button>
      </Form>
      <p>
        <a href="/console/sign-in">{t('code.other')}</a>
      </p>
    </div>
  );
}

function CodeField({
  hint,
  isWrong,
  autofocus = true,
}: {
  hint: string;
  isWrong: boolean;
  autofocus?: boolean;
}) {
  const t = useWords();
  return (
    <Field
      name="code"
      label={t('code.label')}
      hint={hint}
      problem={isWrong ? t('code.wrong') : undefined}
      autocomplete="one-time-code"
      dir="ltr"
      spellcheck={false}
      maxLength={40}
      autofocus={autofocus}
    />
  );
}

export function NewPasswordPage({ next, problem }: { next: string; problem?: string }) {
  const t = useWords();
  return (
    <div class="card roomy">
      <h1>{t('password.title')}</h1>
      <p class="lead">{t('password.lead')}</p>
      <Form action="/console/sign-in/password" class="stack">
        <Next next={next} />
        <NewPasswordField problem={problem} />
        <Button kind="main">{t('password.go')}</Button>
      </Form>
    </div>
  );
}

export function NewPasswordField({ problem }: { problem: string | undefined }) {
  const t = useWords();
  return (
    <Field
      name="password"
      label={t('password.new')}
      hint={t('password.hint')}
      problem={problem}
      type="password"
      autocomplete="new-password"
      dir="ltr"
      minLength={12}
      maxLength={200}
    />
  );
}

export function newPasswordProblem(t: Words, why: 'short' | 'long' | 'address' | 'same'): string {
  return t(`password.${why}`);
}

export function EnrolPage(props: {
  enrolment: { uri: string; secret: string };
  next: string;
  isWrong: boolean;
}) {
  const { enrolment, next, isWrong } = props;
  const t = useWords();
  return (
    <div class="card roomy">
      <h1>{t('enrol.title')}</h1>
      <p class="lead">{t('enrol.lead')}</p>
      <ol class="steps">
        <li>{t('enrol.scan')}</li>
        <li>{t('enrol.confirm')}</li>
      </ol>
      <QrCode text={enrolment.uri} label={t('enrol.qr')} />
      <p class="hint">{t('enrol.by_hand')}</p>
      <p class="secret">
        <Code>{enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ')}</Code>
      </p>
      <Form action="/console/sign-in/app" class="stack">
        <Next next={next} />
        <CodeField hint={t('enrol.code_hint')} isWrong={isWrong} />
        <Button kind="main">{t('enrol.go')}</Button>
      </Form>
    </div>
  );
}

/** Dark on light in both themes: phones do not read it the other way round. */
function QrCode({ text, label }: { text: string; label: string }) {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  const cells = Array.from(
    { length: size * size },
    (_, index) => [Math.floor(index / size), index % size] as const,
  );
  const path = cells
    .filter(([row, column]) => code.isDark(row, column))
    .map(([row, column]) => `M${column} ${row}h1v1h-1z`)
    .join('');
  return (
    <svg class="qr" viewBox={`-3 -3 ${size + 6} ${size + 6}`} role="img" aria-label={label}>
      <rect x="-3" y="-3" width={size + 6} height={size + 6} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

export function RecoveryPage({ codes, next }: { codes: readonly string[]; next: string }) {
  const t = useWords();
  return (
    <div class="card roomy">
      <h1>{t('recovery.title')}</h1>
      <p class="lead">{t('recovery.lead')}</p>
      <ul class="recovery">
        {codes.map((code) => (
          <li key={code}>
            <Code>{code}</Code>
          </li>
        ))}
      </ul>
      <LinkButton href={next} kind="main">
        {t('recovery.go')}
      </LinkButton>
    </div>
  );
}

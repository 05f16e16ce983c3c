/** Passkeys as people see them: the button at the sign-in, and the list of one's own with the form for another. */
import type { ComponentChildren } from 'preact';
import type { Passkey, SecondFactors } from '../../staff/passkeys.ts';
import type { RelyingParty } from '../../staff/web-authn.ts';
import { Button, Confirm, Field, Form } from '../ui/form.tsx';
import { Card, Facts } from '../ui/lists.tsx';
import { Count, When } from '../ui/parts.tsx';
import { useWords } from '../ui/visit-context.ts';

/**
 * A form that the page's script (page/passkeys.ts) answers with the device, after it has fetched the question from `asks`.
 * Without script it sends no answer, and is told that this cannot be.
 */
function PasskeyForm(props: {
  action: string;
  asks: string;
  party: RelyingParty;
  children: ComponentChildren;
}) {
  const { action, asks, party, children } = props;
  const t = useWords();
  return (
    <div
      data-passkey
      data-asks={asks}
      data-wait={t('passkey.wait')}
      data-cancelled={t('passkey.cancelled')}
      data-known={t('passkey.known')}
      data-elsewhere={t('passkey.elsewhere', { address: party.origin })}
      data-failed={t('passkey.failed')}
    >
      <Form action={action} class="stack">
        <input type="hidden" name="answer" value="" />
        {children}
        <p class="problem" data-said hidden />
      </Form>
      <p class="hint" data-without hidden>
        {t('passkey.cannot')}
      </p>
    </div>
  );
}

/** At the second step of the sign-in. */
export function UsePasskey({ next, party }: { next: string; party: RelyingParty }) {
  const t = useWords();
  return (
    <PasskeyForm action="/console/sign-in/code" asks="/console/sign-in/code/passkey" party={party}>
      {next === '' ? null : <input type="hidden" name="next" value={next} />}
      <Button kind="main" icon="key" autofocus>
        {t('passkey.use')}
      </Button>
      <p class="hint">{t('passkey.lead')}</p>
    </PasskeyForm>
  );
}

const HERE = '/console/account/passkeys';

/** On the account page. `party`: undefined where the service's address can have no passkeys. */
export function SecondFactorCard(props: { factors: SecondFactors; party: RelyingParty | undefined }) {
  const { factors, party } = props;
  const { hasApp, recoveryCodes, passkeys } = factors;
  const t = useWords();
  return (
    <Card title={t('code.title')}>
      <Facts
        facts={[
          { name: t('account.app'), value: t(hasApp ? 'account.app_yes' : 'account.app_no') },
          { name: t('account.codes_left'), value: <Count value={recoveryCodes} /> },
        ]}
      />
      <h3>{t('passkey.title')}</h3>
      <p class="hint">{t('passkey.lead')}</p>
      {passkeys.length === 0 ? null : (
        <ul class="passkeys">
          {passkeys.map((passkey) => (
            <OnePasskey key={passkey.key} passkey={passkey} isLast={passkeys.length === 1 && !hasApp} />
          ))}
        </ul>
      )}
      {party ? <AddPasskey party={party} /> : <p class="hint">{t('passkey.no_address')}</p>}
    </Card>
  );
}

function OnePasskey({ passkey, isLast }: { passkey: Passkey; isLast: boolean }) {
  const { key, name, addedAt, lastUsedAt } = passkey;
  const t = useWords();
  return (
    <li>
      <p>
        <span class="passkey-name">
          <bdi>{name}</bdi>
        </span>
        <span class="hint">
          {t('passkey.added')} <When at={addedAt} only="date" />
          {' · '}
          {lastUsedAt ? (
            <>
              {t('passkey.used')} <When at={lastUsedAt} only="date" />
            </>
          ) : (
            t('passkey.unused')
          )}
        </span>
      </p>
      {isLast ? (
        <p class="hint">{t('passkey.last')}</p>
      ) : (
        <Confirm ask={t('passkey.remove')}>
          <p>{t('passkey.remove_ask')}</p>
          <Form action={`${HERE}/${key}/remove`}>
            <Button kind="danger" label={t('passkey.remove_named', { name })}>
              {t('passkey.remove')}
            </Button>
          </Form>
        </Confirm>
      )}
    </li>
  );
}

function AddPasskey({ party }: { party: RelyingParty }) {
  const t = useWords();
  return (
    <PasskeyForm action={HERE} asks={`${HERE}/new`} party={party}>
      <Field
        name="name"
        id="f-passkey-name"
        label={t('passkey.name')}
        hint={t('passkey.name_hint')}
        autocomplete="off"
        dir="auto"
        maxLength={60}
      />
      <Field
        name="current"
        id="f-passkey-current"
        label={t('password.current')}
        type="password"
        autocomplete="current-password"
        dir="ltr"
        maxLength={200}
      />
      <Button icon="key">{t('passkey.add')}</Button>
    </PasskeyForm>
  );
}

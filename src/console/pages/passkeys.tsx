/** Passkeys of one's own account: asked for, added, removed. */
import { addPasskey, beginPasskey, removePasskey } from '../../staff/passkeys.ts';
import { relyingParty } from '../../staff/web-authn.ts';
import type { ConsolePage } from '../deps.ts';
import { formOf } from '../form.ts';
import { sendPage } from '../respond.tsx';
import { visitOf } from '../visit.ts';
import { RecoveryPage } from './sign-in-forms.tsx';

const ACCOUNT = '/console/account';
const AGAIN = '/console/sign-in';

export const passkeyPages: ConsolePage = {
  routes(router, deps) {
    router.post('/account/passkeys/:passkey/remove', async (req, res) => {
      const { token = '' } = visitOf(res);
      const { passkey } = req.params;
      const removed = await removePasskey(deps, { token, passkey, at: deps.now() });
      if (removed.ok) deps.goTo(res, ACCOUNT, 'flash.passkey_removed');
      else if (removed.why === 'ended') deps.goTo(res, AGAIN, 'flash.problem_begin_again');
      else deps.goTo(res, ACCOUNT, `flash.problem_passkey_${removed.why}`);
    });

    const party = relyingParty(deps.publicUrl);
    if (!party) return;
    const own = { ...deps, party };

    // Asked by the page's script: the question to the device, or what to tell its person.
    router.post('/account/passkeys/new', async (req, res) => {
      const { token = '', words: t } = visitOf(res);
      const current = formOf(req).raw('current');
      const begun = await beginPasskey(own, { token, current, at: deps.now() });
      if (begun.ok) res.json({ question: { kind: 'create', options: begun.options } });
      else if (begun.why === 'ended') res.status(401).end();
      else res.status(422).json({ problem: t(begun.why === 'refused' ? 'password.wrong' : 'passkey.many') });
    });

    router.post('/account/passkeys', async (req, res) => {
      const { token = '', words: t } = visitOf(res);
      const form = formOf(req);
      const answer = form.raw('answer');
      const name = form.text('name') || t('passkey.nameless');
      if (answer === '') {
        deps.goTo(res, ACCOUNT, 'flash.problem_passkey_cannot');
        return;
      }
      const added = await addPasskey(own, { token, answer, name, at: deps.now() });
      if (!added.ok) {
        if (added.why === 'ended') deps.goTo(res, AGAIN, 'flash.problem_begin_again');
        else deps.goTo(res, ACCOUNT, `flash.problem_passkey_${added.why}`);
      } else if (added.recoveryCodes) {
        sendPage(res, {
          title: t('recovery.title'),
          shape: 'narrow',
          body: <RecoveryPage codes={added.recoveryCodes} next={ACCOUNT} />,
        });
      } else deps.goTo(res, ACCOUNT, 'flash.passkey_added');
    });
  },
};

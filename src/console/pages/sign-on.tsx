/** Single sign-on: off to the identity provider, and back. */
import type { ConsolePage } from '../deps.ts';
import { sendPage } from '../respond.tsx';
import { visitOf } from '../visit.ts';

export const signOnPages: ConsolePage = {
  routes(router, deps) {
    const { signOn, cookies } = deps;
    if (!signOn) return;

    router.get('/sign-on', async (_req, res) => {
      const begun = await signOn.begin(deps.now());
      if (!begun.ok) {
        deps.goTo(res, '/console/sign-in', 'flash.problem_sign_on');
        return;
      }
      cookies.set(res, 'sign_on', begun.pending);
      res.redirect(303, begun.url);
    });

    router.get('/sign-on/callback', async (req, res) => {
      const [, query = ''] = req.originalUrl.split('?', 2);
      const pending = cookies.read(req, 'sign_on') ?? '';
      cookies.clear(res, 'sign_on');
      const step = await signOn.finish({ query, pending, at: deps.now() });
      if (!step.ok) {
        deps.goTo(res, '/console/sign-in', 'flash.problem_sign_on');
        return;
      }
      cookies.set(res, 'session', step.token);
      const { words: t } = visitOf(res);
      // A redirect would still count as coming from the provider's site, and a strict cookie would stay away.
      sendPage(res, {
        title: t('sign_in.title'),
        shape: 'narrow',
        goesOnTo: '/console/',
        body: (
          <p>
            <a href="/console/">{t('sign_in.continue')}</a>
          </p>
        ),
      });
    });
  },
};

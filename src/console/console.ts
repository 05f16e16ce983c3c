/**
 * The agents' console, mounted at /console.
 *
 * To add a page: write `pages/<name>.tsx` that exports a ConsolePage, and put it into PAGES below. In it:
 * - `routes(router, deps)`: `router.get('/cases', requires('cases'), …)`. Guard every route with `requires`; who may not, and an
 *   address that does not exist, get the same answer. For a thing that is unknown or not theirs: `sendProblem(res, 'nothing_here')`.
 * - `sendPage(res, { title, section: '/cases', body: <CasesPage … /> })`; `shape: 'desk'` gives the panes of the desk
 *   (`<div class="panes"><section class="pane">`). Title and address never hold a person's data: keys and case references only.
 * - components take the language from `useWords()`; put the words into locales/console/{ar,en,fr}.json (the compiler knows the keys).
 * - changes are a `<Form action=…>` that posts, `formOf(req)` to read it, and `goTo(res, path, 'flash.saved')` after it.
 *   A text worth keeping gets `draft="<opaque name>"`: it survives a closed tab and goes away when it is sent.
 * - shortcuts: `data-shortcut="reply"` (or `shortcut=` on a button or field); j/k walk `[data-list] [data-list-item]`.
 * - live: `<div data-live="/console/part/address" data-live-on="message,case">` is fetched again and swapped when the feed tells of
 *   such a change; the route answers it with `sendPart`. `data-live-contact` and `data-live-reference` on it name what to watch, and
 *   `data-announce` what a screen reader hears when it changed.
 */
import express, { type ErrorRequestHandler, type Response, Router } from 'express';
import helmet from 'helmet';
import { consoleAssets } from './assets.ts';
import { cookieJar } from './cookies.ts';
import type { ConsoleDeps, ConsolePage, Tools } from './deps.ts';
import { liveRoutes } from './live.ts';
import { accountPages } from './pages/account.tsx';
import { attachmentPage } from './pages/attachment.ts';
import { campaignPages } from './pages/campaigns.tsx';
import { casePages } from './pages/cases/cases.tsx';
import { adminPages } from './pages/admin.tsx';
import { deskPages } from './pages/desk/desk.tsx';
import { helpPage } from './pages/help.tsx';
import { insightPages } from './pages/insight.tsx';
import { passkeyPages } from './pages/passkeys.tsx';
import { signInPages } from './pages/sign-in.tsx';
import { signOnPages } from './pages/sign-on.tsx';
import { sendProblem } from './respond.tsx';
import { meet, onlyOwnForms, signedInOnly } from './session.ts';
import { visitOf } from './visit.ts';
import { isLanguage, wordsIn } from './words.ts';

/** In the order of the navigation. */
const PAGES: readonly ConsolePage[] = [
  deskPages,
  casePages,
  adminPages,
  insightPages,
  campaignPages,
  attachmentPage,
  accountPages,
  passkeyPages,
];

/** `pages`: for tests; the console's own otherwise. */
export function createConsole(deps: ConsoleDeps, pages: readonly ConsolePage[] = PAGES): Router {
  const cookies = cookieJar(deps.isProduction);
  const assets = consoleAssets();
  const nav = pages.flatMap((page) => page.nav ?? []);
  const tools: Tools = {
    cookies,
    goTo(res, path, say) {
      if (say) cookies.set(res, 'flash', say);
      res.redirect(303, path);
    },
  };

  const router = Router({ caseSensitive: true });
  router.use(headers(deps));
  router.use('/assets', assets.router);
  router.use((_req, res, next) => {
    res.set('cache-control', 'no-store');
    next();
  });
  router.use(meet(deps, { cookies, assets, nav }));
  router.use((req, res, next) => {
    // No address of ours holds a NUL, and the database takes none.
    if (req.originalUrl.includes('%00')) sendProblem(res, 'bad_request');
    else next();
  });
  router.use(express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 500 }));
  router.use(onlyOwnForms(deps.publicUrl, tools));

  signInPages.routes(router, { ...deps, ...tools });
  signOnPages.routes(router, { ...deps, ...tools });
  helpPage.routes(router, { ...deps, ...tools });

  router.use(signedInOnly);
  router.get('/', (_req, res) => {
    res.redirect(303, `/console${visitOf(res).nav[0]?.href ?? '/account'}`);
  });
  liveRoutes(router, deps);
  for (const page of pages) page.routes(router, { ...deps, ...tools });

  router.use((_req, res) => {
    sendProblem(res, 'nothing_here');
  });
  router.use(answerErrors(deps));
  return router;
}

/** Nothing from elsewhere, nothing inline, nothing kept, nothing told to where a link leads. */
function headers({ isProduction }: ConsoleDeps) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        mediaSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    strictTransportSecurity: isProduction ? { maxAge: 31_536_000 } : false,
  });
}

function answerErrors({ report, profile }: ConsoleDeps): ErrorRequestHandler {
  return (error: unknown, _req, res: Response, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status >= 500) report('a page of the console failed', error);
    if (!('visit' in res.locals)) {
      // Failed before anybody was known: the database is away, most likely.
      const { default: language } = profile.languages;
      const t = wordsIn(isLanguage(language) ? language : 'en');
      res
        .status(status)
        .type('text')
        .send(`${t('problem.broken')}\n`);
    } else if (status === 413) sendProblem(res, 'too_large');
    else if (status < 500) sendProblem(res, 'bad_request');
    else sendProblem(res, 'broken');
  };
}

/** Errors of the body parser and of URLs carry the status they deserve; anything else is ours. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

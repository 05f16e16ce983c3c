/** Who is asking, for every request: reads the session, checks forms, and keeps people out of what is not theirs. */
import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { readAnnouncement } from '../desk/announcement.ts';
import { may, type Permission } from '../staff/roles.ts';
import { csrfOf, extendSession, isCsrfOf, readSession } from '../staff/sessions.ts';
import type { Assets } from './assets.ts';
import type { Cookies } from './cookies.ts';
import type { ConsoleDeps, NavEntry, Tools } from './deps.ts';
import { formOf } from './form.ts';
import { sendProblem } from './respond.tsx';
import { isTheme, settingsOf } from './settings.ts';
import { visitOf, type Visit } from './visit.ts';
import { isFlashWord, isLanguage, wordsIn, type FlashWord, type Language } from './words.ts';

/** Sets `visitOf(res)`. */
export function meet(
  deps: ConsoleDeps,
  { cookies, assets, nav }: { cookies: Cookies; assets: Assets; nav: readonly NavEntry[] },
): RequestHandler {
  const fallback = deps.profile.languages.default;
  return async (req, res, next) => {
    const now = deps.now();
    const token = cookies.read(req, 'session');
    const session = token === undefined ? undefined : await readSession(deps.db, deps, token, now);
    const staff = session?.complete ? session.staff : undefined;
    const settings = staff ? await settingsOf(deps.db, staff.key) : undefined;
    const announcement =
      staff && req.get('x-part') === undefined ? await readAnnouncement(deps.db, now) : undefined;
    const theme = settings?.theme ?? cookies.read(req, 'theme');
    const language = languageOf(req, res, { cookies, own: staff?.language, fallback });
    const words = wordsIn(language);
    const flash = readFlash(req, res, cookies);
    let visitWord = session ? token : cookies.read(req, 'visit');
    if (visitWord === undefined) {
      visitWord = randomBytes(24).toString('base64url');
      cookies.set(res, 'visit', visitWord);
    }
    const visit: Visit = {
      ...(staff ? { staff } : {}),
      ...(session && token !== undefined ? { token } : {}),
      ...(session ? { sessionLeft: session.idleEndsAt.getTime() - now.getTime() } : {}),
      isReady: settings?.ready ?? false,
      language,
      words,
      theme: isTheme(theme) ? theme : 'auto',
      shortcuts: settings?.shortcuts ?? {},
      csrf: csrfOf(visitWord),
      here: req.method === 'GET' ? req.originalUrl : '/console/',
      nav: staff ? nav.filter(({ permission }) => [permission].flat().some((one) => may(staff, one))) : [],
      ...(flash ? { flash: { tone: flash.tone, text: words(flash.word) } } : {}),
      ...(announcement ? { announcement: announcement.text } : {}),
      assets,
      timeZone: deps.profile.calendar.tz,
      now,
    };
    res.locals['visit'] = visit;
    res.locals['visit_word'] = visitWord;
    res.locals['session_over'] = token !== undefined && session === undefined;
    if (staff && token !== undefined && isByPerson(req)) {
      await extendSession(deps.db, token, now);
      visit.sessionLeft = Math.max(visit.sessionLeft ?? 0, 0);
      const again = await readSession(deps.db, deps, token, now);
      if (again) visit.sessionLeft = again.idleEndsAt.getTime() - now.getTime();
    }
    next();
  };
}

/** What a page asks for by itself (live parts, the stream) must not keep a session alive at an empty desk. */
function isByPerson(req: Request): boolean {
  if (req.method === 'POST') return true;
  return req.get('x-part') === undefined && req.get('accept') !== 'text/event-stream';
}

/** Is the session of this visit still open? Does not extend it. */
export async function isStillSignedIn(deps: ConsoleDeps, { token }: Visit): Promise<boolean> {
  if (token === undefined) return false;
  return (await readSession(deps.db, deps, token, deps.now()))?.complete ?? false;
}

function languageOf(
  req: Request,
  res: Response,
  { cookies, own, fallback }: { cookies: Cookies; own: string | undefined; fallback: string },
): Language {
  const asked = req.query['lang'];
  if (own === undefined && isLanguage(asked)) {
    cookies.set(res, 'language', asked);
    return asked;
  }
  const kept = own ?? cookies.read(req, 'language');
  if (isLanguage(kept)) return kept;
  return isLanguage(fallback) ? fallback : 'en';
}

/**
 * Every POST comes from a page of ours: the browser says so where it can, and the form carries the session's word.
 * A page sent with no-referrer posts with `Origin: null`; then the word alone decides. A form of a session that has ended
 * does nothing and leads to the sign-in: what was written in it is kept by the page (page/drafts.ts).
 */
export function onlyOwnForms(publicUrl: string, { goTo }: Tools): RequestHandler {
  const ours = new URL(publicUrl).host;
  return (req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') {
      next();
      return;
    }
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const isForeign =
      (site !== undefined && site !== 'same-origin') ||
      (origin !== undefined && origin !== 'null' && !isHost(origin, [ours, req.get('host')]));
    const word = res.locals['visit_word'] as string;
    const isOurs = req.method === 'POST' && !isForeign;
    if (isOurs && isCsrfOf(word, formOf(req).raw('csrf'))) next();
    else if (isOurs && res.locals['session_over'] === true && req.get('x-part') === undefined)
      goTo(
        res,
        `/console/sign-in?next=${encodeURIComponent(pageOf(req.path))}`,
        'flash.problem_session_over',
      );
    else sendProblem(res, 'forged');
  };
}

/** The page whose form this is the address of. */
function pageOf(path: string): string {
  const [, page = '/'] = /^(\/(?:desk\/contacts|cases|private)\/[\w-]+)\//.exec(path) ?? [];
  return `/console${page}`;
}

function isHost(origin: string, hosts: readonly (string | undefined)[]): boolean {
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

/** Lets nobody past who has not signed in: a page leads to the sign-in and back, a part of a page just ends. */
export const signedInOnly: RequestHandler = (req, res, next) => {
  if (visitOf(res).staff) next();
  else if (req.get('x-part') !== undefined || req.get('accept') === 'text/event-stream')
    res.status(401).end();
  else if (req.method === 'GET' && req.originalUrl !== '/console/' && req.originalUrl !== '/console')
    res.redirect(303, `/console/sign-in?next=${encodeURIComponent(req.originalUrl)}`);
  else res.redirect(303, '/console/sign-in');
};

/** For routes: whoever lacks the permission is told what is told of an address that does not exist. */
export function requires(...permissions: readonly Permission[]): RequestHandler {
  return (_req, res, next) => {
    const { staff } = visitOf(res);
    if (staff && permissions.some((permission) => may(staff, permission))) next();
    else sendProblem(res, 'nothing_here');
  };
}

/** Where to go after a sign-in or a switch: only ever inside the console. */
export function safeBack(value: string): string {
  if (!/^\/console\/[\w\-./?=&%~]*$/.test(value) || value.includes('//') || value.includes('..'))
    return '/console/';
  return value;
}

type Flash = { tone: 'ok' | 'problem'; word: FlashWord };

function readFlash(req: Request, res: Response, cookies: Cookies): Flash | undefined {
  const kept = cookies.read(req, 'flash');
  if (kept === undefined || req.method !== 'GET' || req.get('x-part') !== undefined) return undefined;
  cookies.clear(res, 'flash');
  // Only our own words are said: what stands in a cookie is not text for a page.
  if (!isFlashWord(kept)) return undefined;
  return { tone: kept.startsWith('flash.problem') ? 'problem' : 'ok', word: kept };
}

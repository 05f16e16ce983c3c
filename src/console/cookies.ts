/** The console's cookies: never readable by scripts, never sent from another site, and host-bound in production. */
import type { Request, Response } from 'express';
import { parseCookie } from 'cookie';

/**
 * `session`: the token of a signed-in browser. `visit`: a random word for the forms before that. `sign_on`: the state of a
 * single sign-on, which comes back from another site. `flash`: one of the console's own words, said once.
 */
export type CookieName = 'session' | 'visit' | 'sign_on' | 'flash' | 'language' | 'theme';

const YEAR_S = 365 * 24 * 3_600;
const LASTS: Partial<Record<CookieName, number>> = {
  language: YEAR_S,
  theme: YEAR_S,
  sign_on: 600,
  flash: 60,
};

export type Cookies = {
  read(req: Request, name: CookieName): string | undefined;
  set(res: Response, name: CookieName, value: string): void;
  clear(res: Response, name: CookieName): void;
};

export function cookieJar(isProduction: boolean): Cookies {
  const fullName = (name: CookieName) => `${isProduction ? '__Host-' : ''}wasl_${name}`;
  const options = (name: CookieName) =>
    ({
      httpOnly: true,
      // The provider sends the browser back with a link: a strict cookie would stay away then.
      sameSite: name === 'sign_on' ? 'lax' : 'strict',
      secure: isProduction,
      path: '/',
    }) as const;
  return {
    read: (req, name) => parseCookie(req.headers.cookie ?? '')[fullName(name)] ?? undefined,
    set(res, name, value) {
      const seconds = LASTS[name];
      res.cookie(fullName(name), value, {
        ...options(name),
        ...(seconds === undefined ? {} : { maxAge: seconds * 1_000 }),
      });
    },
    clear(res, name) {
      res.clearCookie(fullName(name), options(name));
    },
  };
}

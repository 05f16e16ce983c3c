/** One request of one person to the console: who, in which language, with which token for forms. */
import type { Response } from 'express';
import type { Staff } from '../staff/roles.ts';
import type { NavEntry } from './deps.ts';
import type { ShortcutSettings } from './shortcuts.ts';
import type { Language, Words } from './words.ts';

export type Theme = 'auto' | 'light' | 'dark';

export type Visit = {
  /** Signed in completely, with the second factor where one is asked for. */
  staff?: Staff;
  /** Takes contacts now. */
  isReady: boolean;
  language: Language;
  words: Words;
  theme: Theme;
  shortcuts: ShortcutSettings;
  /** For the hidden field of every form. */
  csrf: string;
  /** The session's token, complete or not. Never on a page. */
  token?: string;
  /** Milliseconds until the session ends by itself. */
  sessionLeft?: number;
  /** Where this person is and may come back to: path and query of a GET, else the home page. */
  here: string;
  /** What this person may open. */
  nav: readonly NavEntry[];
  /** Said once on the next page. */
  flash?: { tone: 'ok' | 'problem'; text: string };
  /** What supervisors tell everybody at work. */
  announcement?: string;
  /** Addresses of styles and scripts. */
  assets: { css: string; script: string; icon: string };
  timeZone: string;
  /** For what people see of time left. */
  now: Date;
};

/** The visit of this request; set by the console's first middleware. */
export function visitOf(res: Response): Visit {
  return res.locals['visit'] as Visit;
}

/** Who is asking. Only for pages behind sign-in: without staff it throws. */
export function staffOf(res: Response): Staff {
  const { staff } = visitOf(res);
  if (!staff) throw new Error('a page for staff was reached without a session');
  return staff;
}

/** What the console is given, and what a page of it is. */
import type { Response, Router } from 'express';
import type { Channel } from '../channels/channel.ts';
import type { Notifier } from '../notifications/notify.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Registry } from '../registry/registry.ts';
import type { Texts } from '../render/texts.ts';
import type { Permission, Role } from '../staff/roles.ts';
import type { SignOn } from '../staff/sign-on.ts';
import type { Database } from '../store/database.ts';
import type { Cookies } from './cookies.ts';
import type { LiveFeed } from './live.ts';
import type { FlashWord, WordKey } from './words.ts';

export type ConsoleDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  registry: Registry;
  /** The citizen's words, for what is sent to her. */
  texts: Texts;
  notifier: Notifier;
  /** Sends at once what was put into the outbox. */
  wake: () => void;
  isProduction: boolean;
  /** Without a final slash. */
  publicUrl: string;
  now: () => Date;
  /** For what went wrong on our side; never with anything personal. */
  report: (what: string, error: unknown) => void;
  /** Ways to the citizens, for administrators to check. */
  carriers?: readonly Pick<Channel, 'name' | 'channel' | 'check'>[];
  /** Name or path of the profile in use, to see whether its file has changed meanwhile. */
  profileFile?: string;
  /** Tells open pages what has changed; without it pages are still, and work. */
  live?: LiveFeed;
  /** Sign-ins to offer on the sign-in page: profile demo in development, and nowhere else. */
  demoSignIns?: {
    password: string;
    people: readonly { email: string; name: string; roles: readonly Role[] }[];
  };
  /** OpenID Connect; absent when none is configured. */
  signOn?: SignOn;
};

export type NavEntry = {
  /** Below /console, e.g. `/desk`. */
  href: string;
  word: WordKey;
  /** One of several is enough. */
  permission: Permission | readonly Permission[];
};

/** What the console adds to what it was given. */
export type Tools = {
  cookies: Cookies;
  /** Goes on to another page of the console, after a POST; `say` is shown there once. */
  goTo: (res: Response, path: string, say?: FlashWord) => void;
};

/** One page or a few that belong together; see console.ts on how to add one. */
export type ConsolePage = {
  /** Shown in this order to whoever has the permission; the first one allowed is a person's home. */
  nav?: readonly NavEntry[];
  /** Everything registered here is for people who have signed in completely. */
  routes(router: Router, deps: ConsoleDeps & Tools): void;
};

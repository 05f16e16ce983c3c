/** The whole service with a population, a staff and a browser: what the acceptance tests look at from outside. */
import type { Router } from 'express';
import type { Page } from 'playwright-core';
import { createConsole } from '../../src/console/console.ts';
import type { ConsoleDeps } from '../../src/console/deps.ts';
import { DEMO_PASSWORD, demoAddress } from '../../src/staff/demo.ts';
import { startService, type TestService } from '../support/service.ts';

export const EVERYBODY = [
  'agent',
  'agent2',
  'vendor',
  'officer',
  'north',
  'appeals',
  'inspector',
  'protection',
  'supervisor',
  'auditor',
  'content',
  'content2',
  'admin',
] as const;
export type Who = (typeof EVERYBODY)[number];

export type Answer = {
  status: number;
  text: string;
  bytes: Buffer;
  headers: Headers;
  location: string | null;
};

type Asking = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

/** A browser without windows: cookies, links and forms, over HTTP. */
export type Visitor = {
  ask: (path: string, options?: Asking) => Promise<Answer>;
  /** With the word that forms of this session carry. */
  post: (path: string, fields?: Record<string, string>, headers?: Record<string, string>) => Promise<Answer>;
  /** Its cookies, as a header. */
  cookie: () => string;
  csrf: string;
};

export async function visitor(url: string, who?: Who): Promise<Visitor> {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask: Visitor['ask'] = async (path, options = {}) => {
    const response = await fetch(new URL(path, url), {
      redirect: 'manual',
      ...options,
      headers: { cookie: cookie(), ...options.headers },
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status, headers } = response;
    return { status, headers, bytes, text: bytes.toString('utf8'), location: headers.get('location') };
  };
  const csrfOn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec((await ask(path)).text)?.[1] ?? '';
  const self: Visitor = {
    ask,
    cookie,
    csrf: await csrfOn('/console/sign-in?lang=en'),
    post: (path, fields = {}, headers = {}) =>
      ask(path, { method: 'POST', body: new URLSearchParams({ csrf: self.csrf, ...fields }), headers }),
  };
  if (who === undefined) return self;
  const signedIn = await self.post('/console/sign-in', { email: demoAddress(who), password: DEMO_PASSWORD });
  if (signedIn.status !== 303) throw new Error(`${who} cannot sign in: ${signedIn.status}`);
  self.csrf = await csrfOn('/console/account');
  return self;
}

/** By keyboard, as people do it. */
export async function signInByKeyboard(page: Page, url: string, who: Who): Promise<void> {
  await page.goto(`${url}/console/sign-in`);
  await page.keyboard.type(demoAddress(who));
  await page.keyboard.press('Tab');
  await page.keyboard.type(DEMO_PASSWORD);
  await goByKey(page, 'Enter');
  if (page.url().includes('sign-in')) throw new Error(`${who} cannot sign in`);
}

/** Presses a key that loads another page, and waits for that page. */
export async function goByKey(page: Page, key: string): Promise<void> {
  const loaded = page.waitForEvent('load', { timeout: 20_000 });
  await page.keyboard.press(key);
  await loaded;
}

/** Tab, until the focus is on what this selector finds; fails when it never comes there. */
export async function tabTo(page: Page, selector: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 80; pressed++) {
    const isThere = await page
      .locator(selector)
      .first()
      .evaluate((element) => element === element.ownerDocument.activeElement);
    if (isThere) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the focus never comes to ${selector}`);
}

/** Complaints by USSD, each from a phone that dials for the first time. Languages: 1 Arabic, 2 English. */
export async function lodgeByUssd(
  service: TestService,
  phone: string,
  { about, named = true, text, language = '2' }: Lodging,
): Promise<string> {
  const told = text === undefined ? ['1'] : ['2', text];
  const keys = [language, '3', ...about, named ? '1' : '2', ...told, '1'];
  const phoneOf = service.handset(phone);
  const first = await phoneOf.dial();
  // A phone that dialled before has its language.
  const screen = await phoneOf.keys(...(/English/.test(first.text) ? keys : keys.slice(1)));
  const [reference] = /\b\d{8}\b/.exec(screen.text) ?? [];
  if (reference === undefined) throw new Error(`no number was given:\n${screen.text}`);
  return reference;
}

export type Lodging = {
  /** Choices after "Complaint": 1 1 a payment that was not received, 4 1 somebody asked for money. */
  about: readonly string[];
  named?: boolean;
  text?: string;
  language?: '1' | '2';
};

export type Registered = { method: 'get' | 'post'; path: string };

/** Every address that the console itself has registered: a page added tomorrow is crawled tomorrow. */
export function registered(service: TestService): Registered[] {
  const { db, keys, profile } = service.service.deployment;
  const deps = { db, keys, profile, isProduction: false, publicUrl: service.url, now: () => new Date() };
  const router: Router = createConsole(deps as unknown as ConsoleDeps);
  return router.stack.flatMap(({ route }) => {
    if (!route) return [];
    const { methods } = route as unknown as { methods: Record<string, boolean> };
    return (['get', 'post'] as const)
      .filter((method) => methods[method])
      .map((method) => ({ method, path: `/console${route.path}` }));
  });
}

export { startService, type TestService };

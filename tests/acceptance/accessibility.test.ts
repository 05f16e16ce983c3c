/** Every screen of the console in three languages, two themes and two widths, with something on it: WCAG 2.2, and nothing too wide. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directionOf, LANGUAGES } from '../../src/console/words.ts';
import { launchBrowser } from '../support/chromium.ts';
import { tooWide, violationsOf } from '../support/sound.ts';
import { seed, write, type Seeded } from './secrets.ts';
import { EVERYBODY, registered, startService, visitor, type TestService, type Who } from './support.ts';

type Screen = { path: string; who: Who | undefined };

let browser: Browser;
let service: TestService;
let s: Seeded;
let screens: Screen[] = [];
/** One for each person: a new page costs more than a look at it. */
const pages = new Map<Who | undefined, Page>();

beforeAll(async () => {
  [browser, service] = await Promise.all([launchBrowser(), startService()]);
  s = await seed(service);
  await service.sms(s.phones.open, 'A question that no dialog understands, about my neighbour');
  await write(service, 'supervisor', `/console/cases/${s.open}`, 'note', { text: 'ملاحظة للزملاء' });
  await write(service, 'supervisor', `/console/cases/${s.open}`, 'escalate', { reason: 'complex' });
  await write(service, 'officer', `/console/cases/${s.nameless}`, 'decide', {
    ...{ outcome: 'upheld:payment_sent', step: 'send', answer: 'We sent the rest today.' },
  });
  const agent = await visitor(service.url, 'agent');
  await agent.post(`/console/desk/contacts/${s.contacts.open}/take`, { channel: 'sms' });
  const { rows } = await service.service.deployment.db.query<{ household: string }>(
    'select household from person_phone where phone = $1 limit 1',
    [service.service.deployment.keys.index('phone', s.phones.open)],
  );
  const [file] = rows;
  if (file)
    await agent.post(`/console/desk/contacts/${s.contacts.open}/verify`, { household: file.household });
  screens = await findScreens();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await service.stop();
});

/** Whoever comes first and may see it; a screen that nobody can open is a mistake in this list. */
async function findScreens(): Promise<Screen[]> {
  const people = await Promise.all(
    EVERYBODY.map(async (who) => ({ who, me: await visitor(service.url, who) })),
  );
  const { rows: staff } = await service.service.deployment.db.query<{ key: string }>(
    'select key from staff limit 1',
  );
  const { rows: replies } = await service.service.deployment.db.query<{ key: string }>(
    'select key from canned_reply limit 1',
  );
  const samples = (path: string): string[] => {
    const name = /:(\w+)/.exec(path)?.[1];
    if (name === undefined) return [path];
    const of: Record<string, string[]> = {
      reference: [s.open, s.nameless, s.bribe],
      contact: [s.contacts.open, s.contacts.bribe],
      id: path.includes('private') ? [s.privateCase] : [],
      key: path.includes('staff') ? staff.map(({ key }) => key) : replies.map(({ key }) => key),
      indicator: ['received', 'in_time', 'not_notified'],
    };
    return (of[name] ?? []).map((value) => path.replace(`:${name}`, value));
  };
  const found: Screen[] = [
    { path: '/console/sign-in', who: undefined },
    { path: '/console/help', who: undefined },
    { path: '/console/nothing-here', who: 'agent' },
    { path: `/console/cases/new?contact=${s.contacts.open}&category=PAY-NR`, who: 'agent' },
  ];
  const pages = registered(service).filter(
    ({ method, path }) =>
      method === 'get' && !/\/part\/|\/live|sign-|\/attachments|\/search|console\/$/.test(path),
  );
  const opensForNobody: string[] = [];
  for (const path of pages.flatMap((page) => samples(page.path))) {
    let isShown = false;
    for (const { who, me } of people) {
      const { status, text } = await me.ask(path);
      // Parts and files are no screens.
      if (status === 200 && !text.startsWith('<!doctype html>')) isShown = true;
      if (status !== 200 || isShown) continue;
      found.push({ path, who });
      isShown = true;
    }
    if (!isShown) opensForNobody.push(path);
  }
  expect(opensForNobody).toEqual([]);
  return found;
}

async function pageOf(who: Who | undefined): Promise<Page> {
  const known = pages.get(who);
  if (known) return known;
  const context = await browser.newContext();
  if (who !== undefined) {
    const me = await visitor(service.url, who);
    await context.addCookies(
      me
        .cookie()
        .split('; ')
        .map((pair) => {
          const [name = '', value = ''] = pair.split(/=(.*)/);
          return { name, value, url: service.url, httpOnly: true, sameSite: 'Strict' as const };
        }),
    );
  }
  const page = await context.newPage();
  pages.set(who, page);
  return page;
}

it.each(LANGUAGES)('every screen is sound in %s', { timeout: 600_000 }, async (language) => {
  expect(screens.length).toBeGreaterThan(25);
  await service.service.deployment.db.query('update staff set language = $1', [language]);
  const problems: string[] = [];
  for (const { path, who } of screens) {
    const page = await pageOf(who);
    const name = `${who ?? 'stranger'} ${path} ${language}`;
    const note = (error: Error) => problems.push(`${name}: ${error.message}`);
    page.on('pageerror', note);
    await page.setViewportSize({ width: 1366, height: 768 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${service.url}${path}${who === undefined ? `?lang=${language}` : ''}`);
    const html = page.locator('html');
    if ((await html.getAttribute('lang')) !== language) problems.push(`${name}: another language`);
    if ((await html.getAttribute('dir')) !== directionOf(language))
      problems.push(`${name}: another direction`);
    const words = await page.locator('main').innerText();
    const bare = /\b(?:case|desk|board|admin|insight|audit|nav|flash|problem)\.[a-z]+[a-z_.]*\b(?!@)/.exec(
      words,
    );
    if (bare) problems.push(`${name}: ${bare[0]} has no words`);
    problems.push(...(await violationsOf(page)).map((one) => `${name} light: ${one}`));
    // The same page in other colours: only what looks at colours can find something new.
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await violationsOf(page, ['color-contrast', 'link-in-text-block']);
    problems.push(...dark.map((one) => `${name} dark: ${one}`));
    for (const width of [1366, 320]) {
      await page.setViewportSize({ width, height: 768 });
      const over = await tooWide(page);
      if (over !== 0) problems.push(`${name}: ${over} too wide at ${width}`);
    }
    page.off('pageerror', note);
  }
  expect(problems).toEqual([]);
});

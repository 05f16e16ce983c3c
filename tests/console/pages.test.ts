/** The console's own pages in a real browser: three languages, two themes, two sizes, by keyboard, without violations. */
import { generateSync } from 'otplib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../src/console/words.ts';
import { addStaff } from '../../src/staff/accounts.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { expectSound } from '../support/sound.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

let browser: Browser;
let console_: RunningConsole;
let page: Page;
let complaints: string[] = [];
const clock = { now: new Date() };

beforeAll(async () => {
  [browser, console_] = await Promise.all([launchBrowser(), startConsole({ clock })]);
});
afterAll(async () => {
  await browser.close();
  await console_.stop();
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
  expect(console_.failures).toEqual([]);
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<void> {
  complaints = [];
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, ...options });
  page = await context.newPage();
  page.on('console', (message) => {
    // A refusal is an answer like any other; the browser notes its status.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${console_.url}${path}`);
}

async function signIn(who: string, language: Language): Promise<void> {
  await console_.deps.db.query('update staff set language = $1', [language]);
  await page.locator('[name=email]').first().fill(demoAddress(who));
  await page.locator('#f-password').fill(password);
  await page.locator('#f-password').press('Enter');
  await page.waitForURL((address) => !address.pathname.includes('sign-in'));
}

describe('every page', () => {
  // In every language and theme: tests/acceptance/accessibility.test.ts.
  const language = 'fr';
  const theme = 'dark';
  for (const width of [1366, 320])
    it(`is sound in ${language}, ${theme}, ${width} wide`, async () => {
      const name = (what: string) => `${what}-${language}-${theme}-${width}`;
      await open(`/console/sign-in?lang=${language}`, {
        colorScheme: theme,
        viewport: { width, height: 768 },
      });
      await expectSound(page, name('sign-in'));
      await page.locator('[name=email]').first().fill('nobody@demo.wasl');
      await page.locator('#f-password').fill('not the password');
      await page.locator('#f-password').press('Enter');
      await page.locator('[role=alert]').waitFor();
      await expectSound(page, name('refused'));
      await signIn('supervisor', language);
      await page.goto(`${console_.url}/console/account`);
      await expectSound(page, name('account'));
      await page.goto(`${console_.url}/console/help`);
      await expectSound(page, name('help'));
      await page.locator('.menu summary').click();
      await expectSound(page, name('menu'));
      await page.goto(`${console_.url}/console/nothing`);
      await expectSound(page, name('nothing'));
    }, 120_000);
});

describe('by keyboard', () => {
  it('signs in, opens the list of keys, searches, and stays signed in', async () => {
    await open('/console/sign-in?lang=en');
    await console_.deps.db.query("update staff set language = 'en'");
    await page.keyboard.type(demoAddress('agent'));
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL((address) => !address.pathname.includes('sign-in'));
    await page.keyboard.press('?');
    await page.locator('#shortcut-help[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('search-box');
    await page.keyboard.type('c?');
    expect(await page.locator('#search-box').inputValue()).toBe('c?');
    expect(await page.locator('dialog[open]').count()).toBe(0);
  });

  it('warns two minutes before the session ends, and Enter goes on', async () => {
    await open('/console/sign-in?lang=en');
    await signIn('agent', 'en');
    await page.clock.install();
    await page.reload();
    await page.clock.fastForward(27 * 60_000);
    expect(await page.locator('#session-ending[open]').count()).toBe(0);
    await page.clock.fastForward(90_000);
    await page.locator('#session-ending[open]').waitFor();
    expect(await page.locator('#session-clock').innerText()).toMatch(/^1:\d\d$/);
    await page.keyboard.press('Enter');
    await page.locator('#session-ending').waitFor({ state: 'hidden' });
  });
});

describe('the first day in production', () => {
  it('asks for a new password and an app, shows recovery codes once, and then asks for a code', async () => {
    const production = await startConsole({ isProduction: true });
    try {
      const { deps, url } = production;
      const person = { email: 'new@example.org', name: 'Nour', language: 'ar', units: null, area: null };
      const added = await addStaff(deps, { ...person, roles: ['agent'] }, { by: 'test', at: deps.now() });
      if (!added.ok) throw new Error(added.why);
      await open('/console/sign-in');
      await page.goto(`${url}/console/sign-in?lang=ar`);
      expect(await page.locator('.demo').count()).toBe(0);
      await page.locator('#f-email').fill(person.email);
      await page.locator('#f-password').fill(added.password);
      await page.keyboard.press('Enter');
      await page.waitForURL(/sign-in\/password/);
      await expectSound(page, 'new-password-ar');
      await page.locator('#f-password').fill('a password of several words');
      await page.keyboard.press('Enter');
      await page.waitForURL(/sign-in\/app/);
      await expectSound(page, 'enrol-ar');
      const secret = (await page.locator('.secret').innerText()).replaceAll(/\s/g, '');
      await page.locator('#f-code').fill(generateSync({ secret }));
      await page.keyboard.press('Enter');
      await page.locator('.recovery').waitFor();
      await expectSound(page, 'recovery-ar');
      const [code = ''] = await page.locator('.recovery li').allInnerTexts();
      expect((await page.context().cookies()).filter(({ name }) => name.includes('session'))).toMatchObject([
        { name: '__Host-wasl_session', httpOnly: true, secure: true, sameSite: 'Strict' },
      ]);
      await page.locator('main a').click();
      await page.locator('.menu summary').click();
      await page.locator('[data-clears-drafts]').click();
      await page.waitForURL(/sign-in$/);
      await page.locator('#f-email').fill(person.email);
      await page.locator('#f-password').fill('a password of several words');
      await page.keyboard.press('Enter');
      await page.waitForURL(/sign-in\/code/);
      await expectSound(page, 'code-ar');
      await page.locator('#f-code').fill('000000');
      await page.keyboard.press('Enter');
      await page.locator('.problem').waitFor();
      await page.locator('#f-code').fill(code);
      await page.keyboard.press('Enter');
      await page.waitForURL((address) => !address.pathname.includes('sign-in'));
    } finally {
      // Before the service goes: an open page would ask for it again.
      await page.context().close();
      await production.stop();
    }
  }, 120_000);
});

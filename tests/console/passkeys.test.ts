/** Passkeys in a real browser with a device of its own: added and used by keyboard, and the words where it cannot be. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Language } from '../../src/console/words.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { expectSound } from '../support/sound.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

let browser: Browser;
let running: RunningConsole;
let page: Page;
let device: CDPSession;
let authenticatorId: string;
let complaints: string[] = [];

beforeAll(async () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '-p', 'src/console/page'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the scripts do not compile:\n${built.stdout}`);
  [browser, running] = await Promise.all([launchBrowser(), startConsole()]);
});
afterAll(async () => {
  await browser.close();
  await running.stop();
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
  expect(running.failures).toEqual([]);
});

/** Passkeys belong to a name: the page is opened as localhost, not by its number. */
const named = () => running.url.replace('127.0.0.1', 'localhost');
/** Beside the button; a screen reader hears it too. */
const told = (words: string) => page.locator('[data-said]', { hasText: words }).waitFor();
const has = (selector: string) => page.locator(selector).isVisible();

async function open(url: string): Promise<void> {
  complaints = [];
  page = await (await browser.newContext({ viewport: { width: 1366, height: 900 } })).newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  ({ authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  }));
  await page.goto(url);
}

/** Gives address and password; where that leads, the test says. */
async function signIn(who: string, language: Language): Promise<void> {
  await running.deps.db.query('update staff set language = $1', [language]);
  await page.locator('[name=email]').first().fill(demoAddress(who));
  await page.locator('#f-password').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => !address.pathname.endsWith('/sign-in'));
}

async function signOut(): Promise<void> {
  await page.context().clearCookies({ name: /session/ });
}

it('are added, used and removed by keyboard; without finger, face or PIN nothing happens', async () => {
  await open(`${named()}/console/sign-in?lang=en`);
  await signIn('agent', 'en');
  await page.goto(`${named()}/console/account`);

  await page.locator('#f-passkey-name').focus();
  await page.keyboard.type('Office computer');
  await page.keyboard.press('Tab');
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  await told('This is not your present password.');
  await page.locator('#f-passkey-current').fill(password);

  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.keyboard.press('Enter');
  await told('Nothing was confirmed. Try again.');
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.keyboard.press('Enter');
  await page.locator('.recovery').waitFor();
  const [code = ''] = await page.locator('.recovery li').allInnerTexts();
  await page.locator('main a').click();
  await page.getByText('Office computer', { exact: true }).waitFor();
  await expectSound(page, 'account-one-passkey-en');

  await page.locator('#f-passkey-name').fill('The same again');
  await page.locator('#f-passkey-current').fill(password);
  await page.keyboard.press('Enter');
  await told('This device has a passkey of yours already.');

  await signOut();
  await page.goto(`${named()}/console/sign-in?lang=en&next=/console/account`);
  await signIn('agent', 'en');
  await page.waitForURL(/sign-in\/code/);
  // The button has the focus: one key is enough.
  await page.keyboard.press('Enter');
  await page.waitForURL(/console\/account$/);
  expect(await page.locator('.passkeys').innerText()).toContain('last used');

  await signOut();
  await page.goto(`${named()}/console/sign-in?lang=ar`);
  await signIn('agent', 'ar');
  await page.waitForURL(/sign-in\/code/);
  await expectSound(page, 'passkey-ar');
  await page.locator('#f-code').fill(code);
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => !address.pathname.includes('sign-in'));
  await page.goto(`${named()}/console/account`);

  // A second device, and the first is taken away.
  await device.send('WebAuthn.clearCredentials', { authenticatorId });
  await page.locator('#f-passkey-name').fill('هاتفي');
  await page.locator('#f-passkey-current').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.passkeys li').nth(1).waitFor();
  await page.locator('.passkeys summary').first().press('Enter');
  await expectSound(page, 'account-two-passkeys-ar');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.passkeys li').nth(1).waitFor({ state: 'detached' });
  expect(await page.locator('.passkeys').innerText()).toContain('هاتفي');
}, 120_000);

it('work in browsers without the newer helpers', async () => {
  await open(`${named()}/console/sign-in?lang=fr`);
  await page.addInitScript(() => {
    const PasskeyClass = (globalThis as unknown as { PublicKeyCredential: Record<string, unknown> })
      .PublicKeyCredential;
    delete PasskeyClass['parseCreationOptionsFromJSON'];
    delete PasskeyClass['parseRequestOptionsFromJSON'];
    delete (PasskeyClass['prototype'] as Record<string, unknown>)['toJSON'];
  });
  await signIn('officer', 'fr');
  await page.goto(`${named()}/console/account`);
  await page.locator('#f-passkey-name').fill('Ordinateur du bureau');
  await page.locator('#f-passkey-current').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.recovery').waitFor();
  await signOut();
  await page.goto(`${named()}/console/sign-in?lang=fr`);
  await signIn('officer', 'fr');
  await page.keyboard.press('Enter');
  await page.waitForURL((address) => !address.pathname.includes('sign-in'));
}, 60_000);

it('give way politely: without WebAuthn, at another address, without script', async () => {
  const { rows } = await running.deps.db.query<{ key: string }>(
    `insert into staff_passkey (staff, credential, public_key, counter, transports, name, added_at)
     select staff.key, 'elsewhere', public_key, 0, '{}', p.name, now()
       from staff, staff_passkey p where staff.email = $1 limit 1 returning key`,
    [running.deps.keys.index('staff', `email:${demoAddress('supervisor')}`)],
  );
  expect(rows).toHaveLength(1);

  // By its number: the browser refuses, and the page says where it works.
  await open(`${running.url}/console/sign-in?lang=en`);
  await signIn('supervisor', 'en');
  await page.keyboard.press('Enter');
  await told(`Passkeys work at ${named()} only.`);

  await page.addInitScript(() => {
    delete (globalThis as unknown as Record<string, unknown>)['PublicKeyCredential'];
  });
  await page.goto(`${named()}/console/sign-in?lang=en`);
  await signIn('supervisor', 'en');
  await page.getByText('This browser cannot use passkeys.').waitFor();
  expect(await has('text=Use your passkey')).toBe(false);
  expect(await page.evaluate('document.activeElement.id')).toBe('f-code');
  expect(await has('.or')).toBe(false);
  await page.context().close();

  page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${named()}/console/sign-in?lang=en`);
  await signIn('supervisor', 'en');
  await page.getByText('Use your passkey').click();
  expect(await page.locator('[role=alert]').innerText()).toContain('This browser cannot use passkeys.');
  expect(await has('#f-code')).toBe(true);
}, 60_000);

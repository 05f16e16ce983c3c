/** Takes the pictures of the README from the running product: a fresh demo, the real simulator, a real browser. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { readConfig } from '../src/config.ts';
import { createService } from '../src/main.ts';
import { createLogger } from '../src/observe.ts';
import { root } from '../src/paths.ts';
import { DEMO_PASSWORD, demoAddress } from '../src/staff/demo.ts';
import { onPath } from '../tests/support/programs.ts';

/** The page's pixels to a dot of the picture, where only the small screen is shown. */
const SHARP = 1.5;

const folder = path.join(root, 'docs', 'pictures');

type Stage = {
  page: Page;
  /** The screen of the phone. */
  screen: Locator;
  /** Takes the phone of another person, by the number on the card. */
  become: (phone: string) => Promise<void>;
  /** Presses the green key, and waits until the screen shows `text`. */
  dial: (text: string) => Promise<void>;
  /** Presses these keys on the drawn phone and sends them; waits until the screen shows `text`. */
  keys: (typed: string, text: string) => Promise<void>;
  /** Writes in the chat, or taps what it offers, and waits for an answer with these words. */
  say: (text: string, answer: string) => Promise<void>;
  tap: (label: string, answer?: string) => Promise<void>;
};

async function stage(browser: Browser, url: string, language: string, scale: number): Promise<Stage> {
  const page = await browser.newPage({
    viewport: { width: 1240, height: 820 },
    deviceScaleFactor: scale,
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(`${url}/simulator/?lang=${language}`);
  await page.locator('#own-number').getByText('+961').waitFor();
  const press = (key: string) => page.locator(`[data-key="${key}"]`).click();
  const send = async (text: string) => {
    await press('call');
    await page.locator('#screen-text', { hasText: text }).waitFor();
  };
  const answered = (text: string) => page.locator('.turn.service', { hasText: text }).last().waitFor();
  return {
    page,
    screen: page.locator('#phone .screen'),
    become: async (phone) => {
      await page.locator('.card', { hasText: phone }).click();
      await page.locator('#own-number').getByText(phone).waitFor();
    },
    dial: send,
    keys: async (typed, text) => {
      for (const key of typed) await press(key);
      await send(text);
    },
    say: async (text, answer) => {
      await page.locator('#chat-entry').fill(text);
      await page.locator('#chat-entry').press('Enter');
      await answered(answer);
    },
    tap: async (label, answer) => {
      await page.getByRole('button', { name: label }).last().click();
      if (answer !== undefined) await answered(answer);
    },
  };
}

/** A picture of a part of the page, or of all of it, free of pressed keys and blinking cursors. */
async function shoot(page: Page, part?: Locator): Promise<Buffer> {
  await page.evaluate('document.activeElement?.blur()');
  await page.waitForTimeout(300);
  return part ? part.screenshot({ animations: 'disabled' }) : page.screenshot({ animations: 'disabled' });
}

async function write(name: string, picture: Buffer): Promise<void> {
  await writeFile(path.join(folder, `${name}.png`), picture);
}

/** Pictures side by side as one file, dot for dot: scaling them would make the file several times as large. */
async function join(browser: Browser, name: string, pictures: Buffer[]): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 2400, height: 1000 } });
  const images = pictures
    .map((picture) => `<img src="data:image/png;base64,${picture.toString('base64')}">`)
    .join('');
  await page.setContent(`<body style="margin:0"><div style="display:inline-flex;gap:16px">${images}</div>`);
  await page.locator('div').screenshot({ path: path.join(folder, `${name}.png`), omitBackground: true });
  await page.close();
}

/** Rima asks when her money comes: on the phone, and in the chat. */
async function simulator(browser: Browser, url: string): Promise<void> {
  const { page, dial, keys, say } = await stage(browser, url, 'en', 1);
  await say('hello', 'Options');
  await say('2', 'Please choose');
  await say('1', 'LAST 4');
  await say('0427', 'YEAR');
  await say('1980', '145 USD');
  await dial('English');
  await keys('2', 'Payment');
  await keys('2', 'My next payment');
  await keys('1', 'LAST 4');
  await keys('0427', 'YEAR');
  await keys('1980', '145 USD');
  await write('simulator', await shoot(page));
  await page.close();
}

/** One payment on one phone in three languages: a session in Arabic that changes to English, then to French. */
async function languages(browser: Browser, url: string): Promise<void> {
  const { page, screen, dial, keys, become } = await stage(browser, url, 'en', SHARP);
  await become('+96170000010');
  await dial('English');
  await keys('1', 'شكوى');
  const menus = [await shoot(page, screen)];
  await keys('9', 'اللغة');
  await keys('4', 'English');
  await keys('2', 'Complaint');
  menus.push(await shoot(page, screen));
  await keys('9', 'Language');
  await keys('4', 'Francais');
  await keys('3', 'Plainte');
  menus.push(await shoot(page, screen));
  await page.close();
  await join(browser, 'languages', menus);
}

/** The same menu in a chat: a list to choose from, in Arabic. */
async function chat(browser: Browser, url: string): Promise<void> {
  const { page, become, say, tap } = await stage(browser, url, 'ar', 1);
  await become('+96170000002');
  await say('مرحبا', 'الخيارات');
  await tap('الخيارات');
  await write('chat', await shoot(page));
  await page.close();
}

/** A complaint by USSD, and the message that confirms its number. */
async function inbox(browser: Browser, url: string): Promise<void> {
  const { page, screen, become, dial, keys } = await stage(browser, url, 'en', SHARP);
  await become('+96170000004');
  await dial('English');
  await keys('2', 'Complaint');
  await keys('3', 'about');
  await keys('1', 'Not received');
  await keys('3', 'name');
  await keys('1', 'details');
  await keys('1', 'Send');
  await keys('1', 'Complaint number');
  const number = await shoot(page, screen);
  await page.locator('#unread').waitFor();
  await page.locator('#tab-sms').click();
  await page.locator('#sms-list', { hasText: 'complaint' }).waitFor();
  await join(browser, 'complaint', [number, await shoot(page, screen)]);
  await page.close();
}

/** A complaint in Arabic by USSD, as the gateway posts it: all keys so far with every request. Returns its number. */
async function complain(url: string, phone: string, text: string): Promise<string> {
  const typed: string[] = [];
  const post = async () => {
    const body = {
      sessionId: 'pictures',
      serviceCode: '*384*1747#',
      phoneNumber: phone,
      text: typed.join('*'),
    };
    const answer = await fetch(`${url}/webhooks/dev/africastalking/ussd`, {
      method: 'POST',
      body: new URLSearchParams(body),
    });
    return answer.text();
  };
  let screen = await post();
  // A phone that wrote before has its language.
  const keys = [...(screen.includes('English') ? ['1'] : []), '3', '1', '1', '1', '2', text, '1'];
  for (const key of keys) {
    typed.push(key);
    screen = await post();
  }
  const [reference] = /\b\d{8}\b/.exec(screen) ?? [];
  if (reference === undefined) throw new Error(`No number was given: ${screen}`);
  return reference;
}

/** The call centre: what an agent sees of the conversation, and what an officer sees of the case. */
async function office(browser: Browser, url: string): Promise<void> {
  const { page: phone, become, say } = await stage(browser, url, 'ar', 1);
  await become('+96170000002');
  await say('مرحبا', 'الخيارات');
  await phone.close();
  const reference = await complain(url, '+96170000002', 'ذهبت إلى المكتب مرتين ولم أجد دفعتي');
  const signedIn = async (who: string, height: number): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width: 1366, height },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(`${url}/console/sign-in?lang=ar`);
    await page.fill('#f-email', demoAddress(who));
    await page.fill('#f-password', DEMO_PASSWORD);
    await page.press('#f-password', 'Enter');
    await page.waitForURL((address) => !address.pathname.includes('sign-in'));
    await page.goto(`${url}/console/cases/${reference}`);
    return page;
  };
  const officer = await signedIn('officer', 900);
  await write('console-case', await shoot(officer));
  await officer.context().close();
  const agent = await signedIn('agent', 768);
  await agent.locator('main a[href^="/console/desk/contacts/"]').first().click();
  await agent.locator('#thread').waitFor();
  await write('console-desk', await shoot(agent));
  await agent.context().close();
}

const takes: Readonly<Record<string, (browser: Browser, url: string) => Promise<void>>> = {
  simulator,
  languages,
  chat,
  inbox,
  office,
};
/** Names on the command line: only these. */
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(takes);

const executablePath = onPath('chromium', 'chromium-browser', 'google-chrome');
if (executablePath === undefined) throw new Error('The pictures need chromium on the PATH.');
mkdirSync(folder, { recursive: true });
const dataDir = mkdtempSync(path.join(tmpdir(), 'wasl-pictures-'));
const config = readConfig({ NODE_ENV: 'development', DATA_DIR: dataDir, PORT: '0' });
const service = await createService(config, createLogger('silent'));
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
});
try {
  await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(service.server.address() as AddressInfo).port}`;
  for (const name of wanted) {
    const take = takes[name];
    if (take === undefined)
      throw new Error(`There is no picture ${name}; there are ${Object.keys(takes).join(', ')}.`);
    await take(browser, url);
  }
} finally {
  await browser.close();
  await service.close();
  rmSync(dataDir, { recursive: true, force: true });
}

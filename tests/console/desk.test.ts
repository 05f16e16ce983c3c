/** The desk in a real browser, by keyboard: a whole contact, a call that rings, a shared phone, three languages. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../src/console/words.ts';
import { takeCall } from '../../src/desk/calls.ts';
import { liveFeed } from '../../src/desk/live.ts';
import { seedDemoReplies } from '../../src/grievances/demo-replies.ts';
import { enqueue } from '../../src/notifications/outbox.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { findByEmail } from '../../src/staff/accounts.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { expectSound } from '../support/sound.ts';
import { householdOf } from '../support/callers.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

const HER = '+96171800001';
const SHARED = '+96171800050';
const ANSWERS: Record<string, string> = { mother: 'Samira', since: '2024', members: '2' };

let browser: Browser;
let console_: RunningConsole;
let page: Page;
let contact = '';
let complaints: string[] = [];
let stopFeed: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  const feed: { live?: ReturnType<typeof liveFeed> } = {};
  const live = {
    subscribe: (listener: Parameters<ReturnType<typeof liveFeed>['subscribe']>[0]) =>
      feed.live?.subscribe(listener) ?? (() => undefined),
  };
  [browser, console_] = await Promise.all([launchBrowser(), startConsole({ live })]);
  const { db, keys, profile } = console_.deps;
  feed.live = liveFeed(
    db,
    () => new Date(),
    (error) => console_.failures.push(error),
  );
  stopFeed = () => feed.live?.stop() ?? Promise.resolve();
  await seedDemoReplies(db, new Date());
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const files = [1, 2, 3].map(
    (n) => householdOf(n, day(-3), day(9)) as { members: Record<string, unknown>[] },
  );
  for (const [index, { members }] of files.entries()) {
    const [head] = members;
    if (!head) throw new Error('no head');
    head['mother_name'] = 'Samira';
    if (index > 0) head['phones'] = [{ number: SHARED, use: 'shared' }];
    members.push({
      ...{ person_id: `P-K${index}`, role: 'member', given_name: 'Karim', family_name: 'Fares' },
      ...{ birth_date: '2015-02-03', documents: [], phones: [], alive: true },
    });
  }
  const { rejected } = await importHouseholds(db, keys, files, { country: profile.numbers.country });
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
  contact = await conversation(HER);
  await conversation(SHARED);
});
afterAll(async () => {
  await browser.close();
  await stopFeed();
  await console_.stop();
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
  expect(console_.failures).toEqual([]);
  await console_.deps.db.query(
    `update interaction set ended_at = now(), wrap_up = 'other' where ended_at is null`,
  );
});

/** A session by USSD, words by SMS, a notice: as the handlers store them. */
async function conversation(phone: string): Promise<string> {
  const { db, keys } = console_.deps;
  const { key } = await contactFor(db, keys, { from: phone });
  const said = async (
    minutes: number,
    channel: string,
    direction: string,
    text: string,
    screen: string | null,
  ) => {
    await db.query(
      `insert into message (at, contact, channel, direction, session, screen, content)
       values (now() - $1 * interval '1 minute', $2, $3, $4, $5, $6, $7)`,
      [
        ...[minutes, key, channel, direction, channel === 'ussd' ? `s-${phone}` : null, screen],
        keys.seal('conversation', text, 'message'),
      ],
    );
  };
  await said(60, 'ussd', 'out', 'وصل\n1 حالتي\n2 دفعتي\n3 شكوى', 'entry');
  await said(59, 'ussd', 'in', '3', 'complaint');
  await said(59, 'ussd', 'out', 'Wasl\n1 I got nothing\n2 I got less', 'complaint');
  await said(20, 'sms', 'in', 'لم أستلم دفعة هذا الشهر 1747 Beirut', null);
  await said(19, 'sms', 'out', 'Your message is with an agent.', null);
  await enqueue(db, keys, {
    ...{ contact: key, channel: 'sms', provider: null, address: phone, kind: 'notice', key: `n-${phone}` },
    ...{
      content: { kind: 'text', body: 'Votre paiement est prêt.' },
      due: new Date(Date.now() + 86_400_000),
    },
  });
  return key;
}

async function open(options: BrowserContextOptions = {}): Promise<void> {
  complaints = [];
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, ...options });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
}

async function signIn(who: string, language: Language, options: BrowserContextOptions = {}): Promise<void> {
  await open(options);
  await console_.deps.db.query('update staff set language = $1', [language]);
  await page.goto(`${console_.url}/console/sign-in`);
  await page.locator('[name=email]').first().fill(demoAddress(who));
  await page.locator('#f-password').fill(password);
  await page.locator('#f-password').press('Enter');
  await page.waitForURL(/\/console\/desk/);
}

const desk = (key = contact) => page.goto(`${console_.url}/console/desk/contacts/${key}`);

/** Presses a key that loads another page, and waits for that page. */
async function go(key: string): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.keyboard.press(key);
  await loaded;
}

/** Pages of a browser on a machine that others use too. */
const LONG = { timeout: 300_000 };

describe('a contact, by keyboard', LONG, () => {
  it('is found by number, verified, answered and wrapped up', async () => {
    await signIn('agent', 'en');
    await page.keyboard.press('/');
    await page.keyboard.type('71 800 001');
    await go('Enter');
    expect(page.url()).toMatch(/\/console\/search$/);
    await go('Enter');
    expect(page.url()).toMatch(/\/desk\/contacts\//);
    expect(page.url()).not.toMatch(/71800001/);
    expect(await page.title()).not.toMatch(/Nadia|800/);

    const before = await page.content();
    for (const secret of ['Samira', 'Nadia', 'Karim', HER, '8001']) expect(before).not.toContain(secret);

    await go('v');
    for (let question = 0; question < 5; question++) {
      const field = page.locator('#f-said');
      await field.waitFor();
      expect(await page.content()).not.toContain('Samira');
      const asked = await page.locator('.questions [aria-current] .question').innerText();
      const answer = answerTo(asked);
      expect(await page.evaluate('document.activeElement.id')).toBe('f-said');
      await page.keyboard.type(answer);
      await go('Enter');
      if ((await page.locator('.questions').count()) === 0) break;
    }
    await page.locator('.badge.good', { hasText: 'Verified' }).waitFor();
    expect(await page.content()).toContain('Nadia Fares');

    // The conversation is taken, a canned reply chosen and sent, taken back, and sent again.
    await go('r');
    await page.locator('#reply-text').waitFor();
    await page.keyboard.press(';');
    // The list takes the focus once it is open: no hand is faster.
    await page.locator('#canned [data-fills]:focus').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    expect(await page.locator('#reply-text').inputValue()).not.toBe('');
    expect(await page.locator('.reply .measure').innerText()).toMatch(/SMS: 1/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Nous vérifions le dossier, réponse bientôt. ê'.padEnd(90, ' merci'));
    expect(await page.locator('.reply .measure').innerText()).toMatch(
      /Becomes 2 SMS instead of 1 because of .*ê/,
    );
    await page.keyboard.press('Control+a');
    await page.keyboard.type('see http://example.com');
    await page.locator('#reply-checks .notice.alarm').waitFor();
    await go('Control+Enter');
    await page.locator('#reply-checks .notice.alarm').waitFor();
    await page.locator('#reply-text').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('سنعاود الاتصال بكم اليوم');
    await go('Control+Enter');
    await page.locator('.reply.held').waitFor();
    await go('Enter');
    await page.locator('#reply-text').waitFor();
    expect(await page.locator('#reply-text').inputValue()).toBe('سنعاود الاتصال بكم اليوم');
    await page.locator('#reply-text').focus();
    await go('Control+Enter');
    await page.locator('.reply.held').waitFor();
    expect(await page.locator('#thread').innerText()).toContain('سنعاود الاتصال بكم اليوم');

    await page.keyboard.press('w');
    await page.keyboard.type('Information');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await go('Enter');
    expect(page.url()).toMatch(/\/console\/desk$/);
    const { rows } = await console_.deps.db.query<{ wrap_up: string }>(
      'select wrap_up from interaction order by started_at desc limit 1',
    );
    expect(rows[0]?.wrap_up).toBe('answered_info');
  });

  it('shows what is new without a reload, and says so', async () => {
    await signIn('agent2', 'en');
    await desk();
    const { db, keys } = console_.deps;
    await page.locator('details.session summary').first().click();
    await page.waitForTimeout(500);
    await db.query(
      `insert into message (at, contact, channel, direction, content) values (now(), $1, 'sms', 'in', $2)`,
      [contact, keys.seal('conversation', 'Hello, anybody?', 'message')],
    );
    await page.locator('#thread', { hasText: 'Hello, anybody?' }).waitFor();
    expect(await page.locator('#said').innerText()).toMatch(/something new/);
    expect(await page.locator('details.session[open]').count()).toBe(1);
    await page.keyboard.press('3');
    await page.waitForURL(/show=calls/);
  });
});

describe('a call', LONG, () => {
  it('opens the history of who calls, without an action; not over what is being written', async () => {
    const { db, keys, registry, profile } = console_.deps;
    await signIn('agent', 'en');
    const staff = (await findByEmail({ db, keys }, demoAddress('agent'), new Date())) ?? null;
    const ring = (phone: string, callId: string, state: 'ringing' | 'ended') =>
      takeCall({ db, keys, registry, profile }, { phone, staff, callId, state, at: new Date() });
    await page.waitForTimeout(500);
    await ring(HER, 'c1', 'ringing');
    await page.waitForURL(new RegExp(contact));
    await ring(HER, 'c1', 'ended');
    await page.locator('summary', { hasText: 'Add a note' }).click();
    await page.locator('#note-text').fill('half a note');
    await page.waitForTimeout(500);
    const { contact: other } = await ring(SHARED, 'c2', 'ringing');
    await page.locator('.pop .notice').waitFor();
    expect(page.url()).toContain(contact);
    await page.locator('[data-pop]').press('Enter');
    await page.waitForURL(new RegExp(other));
    expect(await page.locator('.choices-list a').count()).toBe(2);
    expect(await page.locator('.verify #verify-title').count()).toBe(0);
    await page.locator('.choices-list a').first().press('Enter');
    await page.locator('#verify-title').waitFor();
    await ring(SHARED, 'c2', 'ended');
  });
});

describe('the pages of the desk', LONG, () => {
  // In every language and theme: tests/acceptance/accessibility.test.ts.
  const language = 'ar';
  const theme = 'light';
  it(`are sound in ${language}, ${theme}`, async () => {
    await signIn('agent', language, { colorScheme: theme });
    for (const width of [1366, 320]) {
      const name = (what: string) => `desk-${what}-${language}-${theme}-${width}`;
      await page.setViewportSize({ width, height: 768 });
      await page.goto(`${console_.url}/console/desk`);
      await expectSound(page, name('empty'));
      await page.locator('#search-box').fill('Fares');
      await page.locator('#search-box').press('Enter');
      await page.locator('.results').waitFor();
      await expectSound(page, name('search'));
      await desk();
      await page.locator('details.session summary').first().click();
      await expectSound(page, name('contact'));
      if ((await page.locator('[data-shortcut=verify]').count()) > 0) {
        await page.locator('[data-shortcut=verify]').focus();
        await go('Enter');
      }
      if ((await page.locator('.reply.take button').count()) > 0) {
        await page.locator('.reply.take button').first().focus();
        await go('Enter');
      }
      await page.locator('#canned summary').press('Enter');
      await expectSound(page, name('reply'));
    }
  });
});

function answerTo(question: string): string {
  if (/mother/.test(question)) return ANSWERS['mother'] ?? '';
  if (/How many people/.test(question)) return ANSWERS['members'] ?? '';
  if (/aid begin/.test(question)) return ANSWERS['since'] ?? '';
  if (/four digits/.test(question)) return '7932';
  if (/youngest.*first name|first name of the youngest/.test(question)) return 'Karim';
  if (/youngest member of the family born/.test(question)) return '2015';
  if (/you born/.test(question)) return '1941';
  if (/district/.test(question)) return 'Beirut';
  return '?';
}

/** The pages where cases are worked, in a real browser and a whole service: by keyboard, by two at once, by people who forge. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { openCase, type CaseKind } from '../../src/grievances/cases.ts';
import { escalateCase } from '../../src/grievances/work.ts';
import { openPrivateCall } from '../../src/grievances/private.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { findByEmail } from '../../src/staff/accounts.ts';
import { DEMO_PASSWORD, demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { startService, type TestService } from '../support/service.ts';

// Signing in is slow on purpose, and two of them share one machine with a browser.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const HER_PHONE = '+96170990001';
const EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script> \u202Elive \u2066abc';

let browser: Browser;
let service: TestService;
let page: Page;

beforeAll(async () => {
  [browser, service] = await Promise.all([launchBrowser(), startService()]);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await service.stop();
});
beforeEach(async () => {
  page = await newPage();
});
afterEach(() => page.context().close());

const db = () => service.service.deployment.db;

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  return context.newPage();
}

async function signIn(who: string, on: Page = page): Promise<void> {
  await on.goto(`${service.url}/console/sign-in`);
  await on.locator('[name=email]').first().fill(demoAddress(who));
  await on.locator('#f-password').fill(DEMO_PASSWORD);
  await on.locator('#f-password').press('Enter');
  await on.waitForURL((url) => !url.pathname.includes('/sign-in'));
}

async function speak(language: string): Promise<void> {
  await db().query('update staff set language = $1', [language]);
}

type Made = { category?: string; text?: string; language?: string; kind?: CaseKind };

async function lodge({
  category = 'PAY-NR',
  text = 'لم أستلم',
  language = 'ar',
  kind = 'complaint',
}: Made = {}) {
  const { keys, profile } = service.service.deployment;
  const { key: contact } = await contactFor(db(), keys, { from: HER_PHONE });
  await db().query(`update contact set consent = 'full' where key = $1`, [contact]);
  const found = profile.categories[category];
  if (!found) throw new Error(category);
  const { reference } = await db().transaction((tx) =>
    openCase(
      tx,
      { profile, keys },
      {
        kind,
        category: found,
        matter: null,
        programme: null,
        lodger: { anonymous: false, contact },
        channel: 'ussd',
        language,
        words: { text },
        at: new Date(),
        idempotency: randomUUID(),
      },
    ),
  );
  return { reference, contact };
}

const outcome = 'upheld:payment_sent';

describe('deciding', () => {
  it('works by keyboard alone, in Arabic, and the citizen gets her message', async () => {
    await speak('ar');
    const { reference } = await lodge();
    await db().query(`update grievance set due_on = current_date + 1 where reference = $1`, [reference]);
    await signIn('officer');
    await page.goto(`${service.url}/console/cases`);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/console/cases/${reference}$`));
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    await page.keyboard.press(';');
    expect(await page.evaluate('document.activeElement.id')).toBe('f-answer-canned');
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('f-outcome');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('f-answer');
    await page.keyboard.insertText('أرسلنا الدفعة. يمكنكم استلامها غدا');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.confirm-card').waitFor();
    expect(await page.locator('.confirm-card .handset-screen').count()).toBe(2);
    expect(await service.inbox(HER_PHONE)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.locator('.notice.good').waitFor();
    const inbox = await service.inbox(HER_PHONE);
    expect(inbox.some((text) => text.includes(reference) && /\p{Script=Arabic}/u.test(text))).toBe(true);
    const { rows } = await db().query('select status, decision from grievance where reference = $1', [
      reference,
    ]);
    expect(rows).toEqual([{ status: 'resolved', decision: 'upheld' }]);
  });

  it('holds back what must not be written to her, and keeps what was typed', async () => {
    await speak('en');
    const { reference } = await lodge();
    await signIn('officer');
    await page.goto(`${service.url}/console/cases/${reference}`);
    await page.locator('#f-outcome').selectOption(outcome);
    await page.locator('#f-answer').fill('اضغطوا https://example.com');
    await page.locator('form[action$="/decide"] .button.main').click();
    await page.locator('#f-answer-problem').waitFor();
    expect(await page.locator('#f-answer').inputValue()).toBe('اضغطوا https://example.com');
    expect(await page.locator('#f-outcome').inputValue()).toBe(outcome);
  });

  it('tells the second of two what the first did, and keeps the text', async () => {
    await speak('en');
    const { reference } = await lodge();
    const other = await newPage();
    await signIn('officer');
    await signIn('supervisor', other);
    for (const one of [page, other]) {
      await one.goto(`${service.url}/console/cases/${reference}`);
      await one.locator('#f-outcome').selectOption(outcome);
      await one.locator('#f-answer').fill(one === page ? 'كتبته أنا ولا يضيع' : 'أرسلنا الدفعة');
      await one.locator('form[action$="/decide"] .button.main').click();
      await one.locator('.confirm-card').waitFor();
    }
    await other.locator('[name=step][value=send]').click();
    await other.locator('.notice.good').waitFor();
    await other.context().close();
    await page.locator('[name=step][value=send]').click();
    const alarm = page.locator('.notice.alarm');
    await alarm.first().waitFor();
    expect(await alarm.allInnerTexts()).toEqual([expect.stringContaining('Joumana Rizk')]);
    expect(await page.locator('main').innerText()).toContain('كتبته أنا ولا يضيع');
    const { rowCount } = await db().query(
      `select from grievance_event where reference = $1 and kind = 'decision'`,
      [reference],
    );
    expect(rowCount).toBe(1);
  });

  it('keeps the text where the case was escalated meanwhile', async () => {
    await speak('en');
    const { reference } = await lodge();
    await signIn('officer');
    await page.goto(`${service.url}/console/cases/${reference}`);
    await page.locator('#f-outcome').selectOption(outcome);
    await page.locator('#f-answer').fill('نص طويل لا يضيع');
    const { keys, profile } = service.service.deployment;
    const agent = await findByEmail({ db: db(), keys }, demoAddress('agent'), new Date());
    if (!agent) throw new Error('no agent');
    const { rows } = await db().query<{ version: number }>(
      'select version from grievance where reference = $1',
      [reference],
    );
    await escalateCase({ db: db(), keys, profile } as Parameters<typeof escalateCase>[0], {
      reference,
      version: rows[0]?.version ?? 0,
      by: agent,
      at: new Date(),
      reason: 'complex',
    });
    await page.locator('form[action$="/decide"] .button.main').click();
    await page.locator('.notice.alarm').waitFor();
    expect(await page.locator('.notice.alarm').innerText()).toContain('Rana Khoury');
    expect(await page.locator('#f-answer').inputValue()).toBe('نص طويل لا يضيع');
  });
});

describe('what others must not do or see', () => {
  it('refuses forged forms and knows no case of others', async () => {
    await speak('en');
    const [open, secret] = [await lodge(), await lodge({ category: 'STF' })];
    await signIn('officer');
    const post = (path: string, form: Record<string, string>) =>
      page.request.post(`${service.url}/console${path}`, { form, maxRedirects: 0 });
    await page.goto(`${service.url}/console/cases/${open.reference}`);
    const csrf = await page.locator('form[action$="/decide"] [name=csrf]').inputValue();
    expect(
      (await post(`/cases/${open.reference}/escalate`, { version: '1', reason: 'complex' })).status(),
    ).toBe(403);
    expect(
      (await post(`/cases/${open.reference}/escalate`, { csrf, version: 'x', reason: 'complex' })).status(),
    ).toBe(400);
    expect(
      (await post(`/cases/${open.reference}/escalate`, { csrf, version: '99', reason: 'complex' })).status(),
    ).toBe(409);
    expect((await post(`/cases/${open.reference}/constructor`, { csrf, version: '1' })).status()).toBe(404);
    for (const reference of [secret.reference, '00000000', "'; drop"])
      expect(
        (
          await post(`/cases/${encodeURIComponent(reference)}/escalate`, {
            csrf,
            version: '1',
            reason: 'complex',
          })
        ).status(),
      ).toBe(404);
    const told = async (path: string) => {
      await page.goto(`${service.url}/console${path}`);
      return page.locator('main').innerText();
    };
    const unknown = await told('/cases/00000000');
    for (const path of [
      `/cases/${secret.reference}`,
      '/inspection',
      '/private',
      `/private/${randomUUID()}`,
      '/nothing',
    ])
      expect(await told(path)).toBe(unknown);
    const { rows } = await db().query('select status from grievance where reference = any($1)', [
      [open.reference, secret.reference],
    ]);
    expect(rows).toEqual([{ status: 'received' }, { status: 'received' }]);
  });

  it('shows hostile words as words', async () => {
    await speak('en');
    const { reference } = await lodge({ text: EVIL });
    await signIn('officer');
    await page.goto(`${service.url}/console/cases/${reference}`);
    const told = page.locator('.said').first();
    expect(await told.innerText()).toContain('<script>');
    expect(await told.innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).toContain(reference);
  });

  it('takes nothing down about a private matter, and hands it over', async () => {
    await speak('en');
    const { contact } = await lodge();
    await signIn('agent');
    await page.goto(`${service.url}/console/cases/new?contact=${contact}`);
    await page.locator('#f-category').fill('Private matter');
    await page.locator('#f-text').fill('her secret');
    const before = await db().query('select from grievance');
    await page.locator('[name=step][value=save]').click();
    await page.locator('.notice.good').waitFor();
    expect((await db().query('select from grievance')).rowCount).toBe(before.rowCount);
    const { rows } = await db().query<{ sealed: Buffer }>('select sealed from private_case');
    const calls = rows.map(({ sealed }) => openPrivateCall(service.service.deployment.keys, sealed));
    expect(calls).toEqual([
      { phone: HER_PHONE, contact: null, language: 'ar', time: null, who: null, via: 'desk' },
    ]);
  });
});

describe('a new case', () => {
  it('warns of the open one about the same, and gets its number and date', async () => {
    await speak('fr');
    const { contact, reference } = await lodge({ category: 'PAY-LESS' });
    await signIn('agent');
    await page.goto(`${service.url}/console/cases/new?contact=${contact}`);
    await page.locator('#f-category').fill('مبلغ أقل');
    await page.locator('#f-text').fill('20 dollars manquent');
    await page.locator('[name=step][value=look]').click();
    await page.locator(`.notice.wait a[href$="${reference}"]`).waitFor();
    expect(await page.locator('#f-text').inputValue()).toBe('20 dollars manquent');
    await page.locator('[name=step][value=save]').click();
    await page.waitForURL(/\/console\/cases\/\d{8}$/);
    expect(await page.locator('.said').first().innerText()).toBe('20 dollars manquent');
  });
});

/** Administration in a real browser: accounts, two-person approval, the running service, three languages, two themes. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { adminPages } from '../../src/console/pages/admin.tsx';
import { wordsIn } from '../../src/console/words.ts';
import { seedDemoReplies } from '../../src/grievances/demo-replies.ts';
import { readAudit } from '../../src/privacy/audit.ts';
import { findByEmail } from '../../src/staff/accounts.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

const t = wordsIn('en');
let browser: Browser;
let running: RunningConsole;
let opened: BrowserContext[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  [browser, running] = await Promise.all([launchBrowser(), startConsole({ pages: [adminPages] })]);
  const { db } = running.deps;
  await db.query("update staff set language = 'en'");
  await seedDemoReplies(db, new Date());
  const token = { name: 'Payment system', source: 'psp-1', expiresAt: null, at: new Date() };
  await createToken(db, { ...token, scopes: ['payments:write'] });
  await db.query(
    `insert into outbound (channel, provider, address, content, kind, priority, key, due, expires_at, state, error)
     select 'sms', 'africastalking-sms', '', '', 'notice', 5, 'test:' || n, now() - n * interval '1 minute',
            now() + interval '1 day', state, case when state = 'failed' then 'number.invalid' end
     from generate_series(1, 6) as n, unnest(array['queued', 'failed', 'unknown']) as state
     where n % 3 = array_position(array['queued', 'failed', 'unknown'], state) - 1`,
  );
});
afterAll(async () => {
  await browser.close();
  await running.stop();
});
afterEach(async () => {
  await Promise.all(opened.map((context) => context.close()));
  opened = [];
  expect(complaints).toEqual([]);
  expect(running.failures).toEqual([]);
});

/** A browser of its own, signed in. */
async function as(who: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, colorScheme });
  opened.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(`${running.url}/console/sign-in`);
  await page.locator('[name=email]').first().fill(demoAddress(who));
  await page.locator('#f-password').fill(password);
  await page.locator('#f-password').press('Enter');
  await page.waitForURL((url) => !url.pathname.includes('sign-in'));
  return page;
}

const go = (page: Page, path: string) => page.goto(`${running.url}/console${path}`);

/** Opens a question and says yes. */
async function confirm(page: Page, ask: string): Promise<void> {
  const question = page
    .locator('details.confirm', { has: page.locator('summary', { hasText: ask }) })
    .first();
  await question.locator('summary').click();
  await Promise.all([page.waitForEvent('load'), question.locator('.confirm-body button').click()]);
}

async function keyOf(who: string): Promise<string> {
  const found = await findByEmail(running.deps, demoAddress(who), new Date());
  return found?.key ?? '';
}

describe('accounts', () => {
  it('are added with a password that is shown once and opens the door', async () => {
    const admin = await as('admin');
    await go(admin, '/admin/staff/new');
    await admin.locator('#f-name').fill('Salma Awad');
    await admin.locator('#f-email').fill('salma@demo.wasl');
    await admin.locator('input[name=roles][value=case_officer]').check();
    await admin.locator('input[name=scope][value=some]').check();
    await admin.locator('input[name=units][value=payments]').check();
    await admin.locator('main button.main').click();
    const given = await admin.locator('.secret').innerText();
    await admin.locator('main a.button').click();
    expect(await admin.content()).not.toContain(given);
    expect(await admin.locator('main').innerText()).toContain(t('admin.staff.is_temporary'));
    const found = await findByEmail(running.deps, 'salma@demo.wasl', new Date());
    expect(found).toMatchObject({ roles: ['case_officer'], units: ['payments'], area: null });
    const hers = await (await browser.newContext()).newPage();
    opened.push(hers.context());
    await hers.goto(`${running.url}/console/sign-in`);
    await hers.locator('[name=email]').first().fill('salma@demo.wasl');
    await hers.locator('#f-password').fill(given);
    await hers.locator('#f-password').press('Enter');
    await hers.waitForURL(/sign-in\/password/);
  });

  it('lose their session when their roles change, and the change is in the audit', async () => {
    const [admin, officer] = [await as('admin'), await as('content2')];
    const key = await keyOf('content2');
    await go(officer, '/replies');
    expect(await officer.locator('h1').innerText()).toBe(t('admin.replies.title'));
    await go(admin, `/admin/staff/${key}`);
    await admin.locator('input[name=roles][value=auditor]').check();
    await admin.locator('input[name=roles][value=content_manager]').uncheck();
    await confirm(admin, t('admin.staff.access_change'));
    await go(officer, '/replies');
    expect(officer.url()).toContain('/sign-in');
    const [row] = await readAudit(running.deps.db, { subject: `staff:${key}`, limit: 1 });
    expect(row).toMatchObject({ action: 'roles_changed', actor: await keyOf('admin') });
    expect(await admin.locator('.history').innerText()).toContain(t('admin.did.roles_changed'));
    await running.deps.db.query(`update staff set roles = '{content_manager}' where key = $1`, [key]);
  });

  it('are never one’s own to widen, nor a stranger’s to see', async () => {
    const admin = await as('admin');
    const own = await keyOf('admin');
    await go(admin, `/admin/staff/${own}`);
    expect(await admin.locator('main form').count()).toBe(0);
    const csrf = await admin.locator('[name=csrf]').first().inputValue();
    const cookies = (await admin.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const post = (path: string, fields: Record<string, string>) =>
      fetch(`${running.url}/console${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: cookies },
        body: new URLSearchParams({ csrf, ...fields }),
      });
    const seen = JSON.stringify([['admin'], null, null]);
    await post(`/admin/staff/${own}/access`, { seen, roles: 'supervisor', scope: 'all' });
    await post(`/admin/staff/${own}/disable`, {});
    await post(`/admin/staff/${own}/password`, {});
    expect(await findByEmail(running.deps, demoAddress('admin'), new Date())).toMatchObject({
      roles: ['admin'],
      state: 'open',
      passwordIsTemporary: false,
    });
    // What another administrator changed meanwhile is not written over unseen.
    const stale = await post(`/admin/staff/${await keyOf('north')}/access`, {
      seen: JSON.stringify([['case_officer'], null, null]),
      roles: 'agent',
      scope: 'all',
    });
    expect(stale.status).toBe(409);
    const agent = await as('agent');
    for (const path of [
      '/admin/staff',
      `/admin/staff/${own}`,
      '/admin/service',
      '/admin/profile',
      '/replies',
    ])
      expect((await go(agent, path))?.status()).toBe(404);
  });
});

describe('a canned reply', () => {
  it('is counted while it is written, refused with a reason, and used when another person approves it', async () => {
    const writer = await as('content');
    await go(writer, '/replies/by/payment.corrected/edit');
    const french = writer.locator('#f-text-fr');
    await french.fill('Même montant. Le reste arrive avant le {{d}}. https://a.example.com');
    const measure = writer.locator('[data-measures=f-text-fr]');
    expect(await measure.locator('.dear').innerText()).toContain('ê');
    expect(await measure.locator('.said').innerText()).toContain('31/12/2026');
    await writer.locator('main form button.main').click();
    await writer.locator('.field.wrong').waitFor();
    expect(await writer.locator('.field.wrong .problem').innerText()).toContain('https://a.example.com');
    await french.fill('Montant corrigé. La différence arrive avant le {{d}}.');
    await writer.locator('main form button.main').click();
    await writer.waitForURL(/replies\/by\/payment.corrected$/);
    expect(await writer.locator('main').innerText()).toContain(t('admin.replies.not_mine'));
    expect(await writer.locator('summary', { hasText: t('admin.replies.approve') }).count()).toBe(0);

    const reader = await as('content2');
    await go(reader, '/replies?show=waiting');
    await reader.locator('td a').click();
    expect((await reader.locator('.diff ins').allInnerTexts()).join(' ')).toContain('corrigé');
    // The writer changes it once more before the other one has pressed the button.
    await go(writer, '/replies/by/payment.corrected/edit');
    await writer.locator('#f-text-fr').fill('Montant corrigé. Le reste arrive avant le {{d}}.');
    await writer.locator('main form button.main').click();
    await writer.waitForURL(/replies\/by\/payment.corrected$/);
    await confirm(reader, t('admin.replies.approve'));
    expect(await reader.locator('h1').innerText()).toBe(t('problem.conflict'));
    await go(reader, '/replies/by/payment.corrected');
    await confirm(reader, t('admin.replies.approve'));
    const { rows } = await running.deps.db.query<{ version: number; fr: string }>(
      `select version, texts ->> 'fr' as fr from canned_reply where key = 'payment.corrected' and state = 'approved'`,
    );
    expect(rows).toEqual([{ version: 2, fr: 'Montant corrigé. Le reste arrive avant le {{d}}.' }]);
  });

  it('that lacks a language is in the report', async () => {
    const writer = await as('content');
    await go(writer, '/replies/new');
    await writer.locator('#f-key').fill('only.english');
    await writer.locator('#f-text-en').fill('We are looking into {{ref}}.');
    await writer.locator('main form button.main').click();
    await writer.waitForURL(/only.english/);
    await go(writer, '/replies?show=missing');
    expect(await writer.locator('td a').allInnerTexts()).toEqual(['only.english']);
  });
});

describe('the running service', () => {
  it('takes outages and a price, and refuses nonsense', async () => {
    const admin = await as('supervisor');
    await go(admin, '/admin/service');
    await admin.locator('#f-from_date').fill('2026-03-02');
    await admin.locator('#f-from_time').fill('22:00');
    await admin.locator('#f-until_date').fill('2026-03-02');
    await admin.locator('#f-until_time').fill('21:00');
    const add = admin.locator('button', { hasText: t('admin.outages.add') });
    await add.click();
    await admin.locator('[role=alert]').waitFor();
    await admin.locator('#f-from_date').fill('2025-03-02');
    await admin.locator('#f-from_time').fill('22:00');
    await admin.locator('#f-until_date').fill('2025-03-03');
    await admin.locator('#f-until_time').fill('06:00');
    await add.click();
    await admin.locator('td time').first().waitFor();
    const { rows } = await running.deps.db.query("select value from setting where name = 'outages'");
    expect(rows).toEqual([
      { value: [{ from: '2025-03-02T20:00:00.000Z', until: '2025-03-03T04:00:00.000Z' }] },
    ]);
    await admin.locator('#f-amount').fill('0.045');
    await confirm(admin, t('form.save'));
    expect(await admin.locator('#f-amount').inputValue()).toBe('0.045');
    expect(await admin.locator('main').innerText()).toContain('number.invalid');
  });

  it('ends a token of another system', async () => {
    const admin = await as('admin');
    await go(admin, '/admin/systems');
    await confirm(admin, t('admin.tokens.revoke'));
    expect(await admin.locator('td .badge').innerText()).toBe(t('admin.tokens.revoked'));
  });
});

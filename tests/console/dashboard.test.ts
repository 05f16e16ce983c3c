/** The dashboard and the audit in a real browser: three languages, two themes, two widths, and who may open what. */
import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { insightPages } from '../../src/console/pages/insight.tsx';
import type { Language } from '../../src/console/words.ts';
import { newReference } from '../../src/grievances/reference.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { launchBrowser } from '../support/chromium.ts';
import { expectSound } from '../support/sound.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

let browser: Browser;
let running: RunningConsole;
let page: Page;
let complaints: string[] = [];

beforeAll(async () => {
  [browser, running] = await Promise.all([launchBrowser(), startConsole({ pages: [insightPages] })]);
  await fill();
}, 240_000);
afterAll(async () => {
  await browser.close();
  await running.stop();
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
  expect(running.failures).toEqual([]);
});

/** Some weeks of a small service. */
async function fill(): Promise<void> {
  const { db } = running.deps;
  const day = 86_400_000;
  const categories = ['PAY-NR', 'PAY-NR', 'PAY-LESS', 'ELG-LIST', 'DAT'];
  for (let index = 0; index < 60; index += 1) {
    const reference = newReference();
    const created = new Date(Date.now() - (index % 27) * day - 3_600_000);
    const answered =
      index % 3 === 0 ? null : new Date(Math.min(Date.now() - 60_000, created.getTime() + (index % 9) * day));
    await db.query(
      `insert into grievance (reference, kind, category, sensitivity, status, route, area, due_on, created_at, updated_at,
                              channel, language, programme)
       values ($1, 'complaint', $2, $3, $4, 'payments', $5, $6::timestamptz::date + 10, $6, $6, $7, $8, $9)`,
      [
        reference,
        categories[index % categories.length],
        index % 15 === 14 ? 'restricted' : 'open',
        answered ? 'resolved' : 'received',
        ['BEY-03', 'AKK', 'TRI-01'][index % 3],
        created,
        index % 4 === 0 ? 'sms' : 'ussd',
        index % 5 === 0 ? 'fr' : 'ar',
        Object.keys(running.deps.profile.programmes)[0],
      ],
    );
    await db.query(
      `insert into grievance_event (reference, at, actor, kind, from_status, to_status)
       values ($1, $2, 'citizen', 'lodged', null, 'received')`,
      [reference, created],
    );
    if (answered)
      await db.query(
        `insert into grievance_event (reference, at, actor, kind, from_status, to_status)
         values ($1, $2, 'system', 'status', 'in_review', 'resolved')`,
        [reference, answered],
      );
  }
  for (let index = 0; index < 40; index += 1) {
    const [contact, session] = [randomUUID(), randomUUID()];
    for (const screen of ['entry', 'identify', 'next-payment'].slice(0, 1 + (index % 3)))
      await db.query(
        `insert into message (at, contact, channel, direction, session, screen, done)
         values (now() - interval '1 minute', $1, 'ussd', 'out', $2, $3, $4)`,
        [contact, session, screen, screen === 'next-payment'],
      );
  }
  await db.query(
    `insert into outbound (channel, provider, address, content, kind, priority, key, due, expires_at, state, error)
     select 'sms', 'twilio-sms', '\\x00', '\\x00', 'notice', 5, 'k' || n, now(), now(),
            case when n < 7 then 'failed' else 'sent' end, case when n < 7 then 'unreachable' end
     from generate_series(1, 12) n`,
  );
}

async function signIn(who: string, language: Language, options: BrowserContextOptions = {}): Promise<void> {
  complaints = [];
  await running.deps.db.query('update staff set language = $1', [language]);
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, ...options });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${running.url}/console/sign-in?lang=${language}`);
  await page.locator('[name=email]').first().fill(demoAddress(who));
  await page.locator('#f-password').fill(password);
  await page.locator('#f-password').press('Enter');
  await page.waitForURL((url) => !url.pathname.includes('sign-in'));
}

describe('dashboard and audit', () => {
  // In every language and theme: tests/acceptance/accessibility.test.ts.
  const language = 'ar';
  const theme = 'dark';
  const width = 320;
  it(`are sound in ${language}, ${theme}, ${width} wide`, async () => {
    const name = (what: string) => `${what}-${language}-${theme}-${width}`;
    await signIn('supervisor', language, { colorScheme: theme, viewport: { width, height: 768 } });
    await page.goto(`${running.url}/console/dashboard`);
    await expectSound(page, name('dashboard'));
    await page.goto(`${running.url}/console/dashboard/in_time`);
    await expectSound(page, name('number'));
    await page.goto(`${running.url}/console/dashboard/ussd_completion?period=today`);
    await expectSound(page, name('dialogs'));
    await page.goto(`${running.url}/console/dashboard/not_notified`);
    await expectSound(page, name('not-notified'));
    await page.context().close();
    await signIn('auditor', language, { colorScheme: theme, viewport: { width, height: 768 } });
    await page.goto(`${running.url}/console/audit`);
    await expectSound(page, name('audit'));
  }, 240_000);

  it('lead from a number to its rows and to a file without secret ones', async () => {
    await signIn('supervisor', 'en');
    await page.goto(`${running.url}/console/dashboard`);
    await page.getByRole('link', { name: 'Received', exact: true }).click();
    await page.waitForURL(/dashboard\/received/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV, without names' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('received-days30.csv');
    const { rows } = await running.deps.db.query<{ rows: number }>(
      `select (details->>'rows')::integer as rows from audit where action = 'rows_exported' order by id desc limit 1`,
    );
    expect(rows).toEqual([{ rows: 56 }]);
  });

  it('show a new case within five seconds, without a reload', async () => {
    await signIn('supervisor', 'en');
    await page.goto(`${running.url}/console/dashboard?period=today`);
    const tile = page.locator('.tile', { hasText: 'Cases open' }).locator('.figure-value');
    const before = Number(await tile.innerText());
    await running.deps.db.query(
      `insert into grievance (reference, kind, category, sensitivity, route, due_on, created_at, updated_at)
       values ($1, 'complaint', 'DAT', 'open', 'registry', current_date + 9, now(), now())`,
      [newReference()],
    );
    await page
      .locator('.tile', { hasText: 'Cases open' })
      .getByText(String(before + 1))
      .waitFor({ timeout: 12_000 });
    await running.deps.db.query(`delete from grievance where route = 'registry'`);
  });

  it('are closed to everybody else, in the same words as what does not exist', async () => {
    await signIn('agent', 'en');
    const bodies: string[] = [];
    for (const path of [
      'dashboard',
      'dashboard/now',
      'dashboard/received',
      'dashboard/month',
      'audit',
      'nothing-here',
    ]) {
      const answer = await page.goto(`${running.url}/console/${path}`);
      expect(answer?.status()).toBe(404);
      bodies.push(await page.locator('main').innerText());
    }
    expect(new Set(bodies).size).toBe(1);
  });
});

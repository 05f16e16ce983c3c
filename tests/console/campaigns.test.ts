/** Campaigns in the console: made by one, approved by another, watched, stopped; who may what; the list without names. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCampaigns } from '../../src/campaigns/run.ts';
import { accountPages } from '../../src/console/pages/account.tsx';
import { campaignPages } from '../../src/console/pages/campaigns.tsx';
import { importHouseholds } from '../../src/registry/import.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { ready } from '../campaigns/support.ts';
import { family } from '../payments/support.ts';
import { launchBrowser } from '../support/chromium.ts';
import { expectSound } from '../support/sound.ts';
import { signedIn } from './forms.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

vi.setConfig({ testTimeout: 60_000 });

let running: RunningConsole;
let browser: Browser;

/** A Monday noon in Beirut. */
const clock = { now: new Date('2026-11-23T10:00:00Z') };

beforeAll(async () => {
  [browser, running] = await Promise.all([
    launchBrowser(),
    startConsole({ pages: [campaignPages, accountPages], clock }),
  ]);
  const { db, keys } = running.deps;
  const people = Array.from({ length: 14 }, (_, n) =>
    ready(
      `HH-8${n}`,
      `+9617020800${n % 10}${n >= 10 ? 'x' : ''}`.replace('x', '1'),
      n % 3 === 0 ? 'shared' : 'own',
    ),
  );
  const silent = family('HH-899', '+96170208999');
  await importHouseholds(db, keys, [
    ...people.map((one, n) => ({
      ...one,
      members: one.members.map((member) => ({ ...member, language: ['ar', 'en', 'fr'][n % 3] })),
    })),
    {
      ...ready('HH-899', '+96170208999'),
      members: silent.members.map((member) => ({ ...member, phones: [] })),
    },
  ]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await running.stop();
});

async function signIn(who: string) {
  const browser = await signedIn(running.url, who);
  await browser.post('/preferences', '/account', { language: 'en', back: '/console/campaigns' });
  return browser;
}

const DUE = { what: 'due', title: 'November' };
const messages = async () => (await running.deps.db.query('select from outbound')).rowCount;

it('is made by one and approved by another, after ten messages were looked at', async () => {
  const maker = await signIn('supervisor');
  const made = await maker.post('/campaigns/new', '/campaigns/new', DUE);
  expect(made.status).toBe(303);
  const one = made.to;
  const page = (await maker.ask(one)).text;
  expect(page).toContain('14 of 15 can be told');
  expect(page).toContain('no phone');
  expect((await maker.post(`${one}/approve`, one)).to).toBe(one);
  expect((await maker.ask(one)).text).toContain('another person must do that');

  const admin = await signIn('admin');
  await admin.post(`${one}/approve`, one);
  expect((await admin.ask(one)).text).toContain('look at ten messages first');
  const ten = await admin.post(`${one}/dry-run`, one);
  expect(ten.text.match(/<li class="card"/g)).toHaveLength(10);
  expect(ten.text).not.toMatch(/Rima|Haddad|\+961|HH-8/);
  expect(await messages()).toBe(0);
  await admin.post(`${one}/approve`, one);
  expect(await messages()).toBeGreaterThan(0);
  expect((await admin.ask(one)).text).toContain('running');
  expect((await admin.ask(`${one}/now`)).text).not.toContain('<html');

  await admin.post(`${one}/pause`, one);
  expect((await maker.ask(one)).text).toContain('What has not left waits.');
  await maker.post(`${one}/resume`, one);
  await maker.post(`${one}/stop`, one);
  expect((await maker.ask(one)).text).toContain('cancelled: the campaign was stopped');
  const { rows } = await running.deps.db.query<{ action: string }>(
    `select action from audit where subject like 'campaign:%' order by id`,
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'campaign_made',
    'campaign_tried',
    'campaign_approved',
    'campaign_paused',
    'campaign_resumed',
    'campaign_stopped',
  ]);

  const csv = await maker.post(`${one}/not-told`, one);
  expect(csv.text.split('\r\n')[0]).toBe(
    'number,why,state,code,area,office,language,household_id,person_id,payment_ref',
  );
  expect(csv.text).toMatch(
    /no_phone,untold,,BEY-03,Beirut post office,en,HH-899,P-HH-899,PAY-HH-899|no_phone/,
  );
  expect(csv.text).not.toMatch(/Rima|Haddad|\+961/);
  const auditor = await signIn('auditor');
  const bare = await auditor.post(`${one}/not-told`, one);
  expect(bare.text.split('\r\n')[0]).toBe('number,why,state,code,area,office,language');
  expect(bare.text).not.toContain('HH-8');
});

it('says nothing to who may not know, and shows what does not fit', async () => {
  const agent = await signIn('agent');
  expect((await agent.ask('/campaigns')).status).toBe(404);
  const writer = await signIn('content');
  const wrong = await writer.post('/campaigns/new', '/campaigns/new', { what: 'sms.ap.posted', title: 'x' });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('Something does not fit together');
  const listed = await writer.post('/campaigns/new', '/campaigns/new', {
    what: 'list',
    title: 'List',
    references: 'PAY-HH-81\nPAY-HH-82\nPAY-HH-81\nPAY-none',
  });
  expect((await writer.ask(listed.to)).text).toContain('2 of 2 can be told');
  expect((await writer.post(`${listed.to}/approve`, listed.to)).status).toBe(404);
  expect((await writer.ask('/campaigns/nothing')).status).toBe(404);
  expect((await writer.ask(`/campaigns/${'0'.repeat(8)}-0000-4000-8000-000000000000`)).status).toBe(404);
  expect(running.failures).toEqual([]);
});

it('is sound in a browser, and works by keyboard, from the left and from the right', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${running.url}/console/sign-in`);
  await page.fill('#f-email', demoAddress('supervisor'));
  await page.fill('#f-password', password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/campaigns/);
  for (const [language, title] of [
    ['en', 'New campaign'],
    ['ar', 'حملة جديدة'],
  ] as const) {
    await page.locator('details.menu summary').click();
    await page.locator(`button[name=language][value=${language}]`).click();
    await page.waitForURL(/campaigns/);
    await page.goto(`${running.url}/console/campaigns/new`);
    expect(await page.locator('h1').textContent()).toBe(title);
    await expectSound(page, `campaign-new-${language}`);
    await page.fill('#f-title', `Due ${language}`);
    await page.focus('button.main');
    await page.keyboard.press('Enter');
    await page.waitForURL(/campaigns\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { name: `Due ${language}` }).waitFor();
    await expectSound(page, `campaign-draft-${language}`);
  }
  const { deps } = running;
  await deps.db.query(
    `update campaign set tried_at = now(), state = 'approved', approved_by = 'command' where title = 'Due ar'`,
  );
  await runCampaigns(deps);
  await deps.db.query(
    `update outbound set state = 'delivered', provider = 'twilio-sms', sent_at = $1 where id % 2 = 0 and state = 'queued'`,
    [clock.now],
  );
  // The page looks for itself.
  await page.locator('svg.meter-bar').waitFor({ timeout: 20_000 });
  await expectSound(page, 'campaign-running-ar');
  await page.goto(`${running.url}/console/campaigns`);
  await expectSound(page, 'campaign-list-ar');
  expect(complaints).toEqual([]);
  await page.close();
});

/** The hotline, switched off in the console, is on no screen and in no message a second later. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { demoAddress, DEMO_PASSWORD } from '../../src/staff/demo.ts';
import { startService, type TestService } from '../support/service.ts';
import { testProfile } from '../support/test-profile.ts';

const NUMBER = '1860';
const PHONE = '+96171000777';
let running: TestService;

beforeAll(async () => {
  running = await startService({ PROFILE: hotlineProfile() });
});
afterAll(() => running.stop());

/** A hotline that is not also the number to write to: where it is printed, the hotline is meant. */
function hotlineProfile(): string {
  const file = testProfile();
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace("hotline: { number: '1747'", `hotline: { number: '${NUMBER}'`),
  );
  return file;
}

/** A browser of the poor, signed in as supervisor. */
async function supervisor() {
  const jar = new Map<string, string>();
  const ask = async (path: string, body?: Record<string, string>): Promise<string> => {
    const answer = await fetch(`${running.url}/console${path}`, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body ? { method: 'POST', body: new URLSearchParams(body) } : {}),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return answer.text();
  };
  const csrfOn = async (path: string) => /name="csrf" value="([^"]+)"/.exec(await ask(path))?.[1] ?? '';
  const csrf = await csrfOn('/sign-in');
  await ask('/sign-in', { csrf, email: demoAddress('supervisor'), password: DEMO_PASSWORD });
  return async (up: 'yes' | 'no') => {
    await ask('/admin/service/hotline', { csrf: await csrfOn('/admin/service'), up });
  };
}

it('is gone from screens and messages within seconds, and comes back', async () => {
  const { db } = running.service.deployment;
  const help = async (): Promise<string> => {
    await running.sms(PHONE, 'HELP');
    return (await running.inbox(PHONE)).at(-1) ?? '';
  };
  const hotline = await supervisor();
  expect(await help()).toContain(NUMBER);
  await hotline('no');
  await vi.waitFor(async () => {
    expect(await help()).not.toContain(NUMBER);
  }, 10_000);
  // All that a handset shows from here on, as far as every first choice leads.
  const phone = running.handset('+96171000778');
  for (const choice of ['1', '2', '3', '4', '5', '6', '7', '8']) {
    const screens = [await phone.dial(), await phone.keys('1', choice), await phone.send('1')];
    for (const { text } of screens) expect(text).not.toContain(NUMBER);
  }
  const { rows } = await db.query('select action from audit where action like $1', ['hotline_%']);
  expect(rows).toEqual([{ action: 'hotline_down' }]);
  await hotline('yes');
  await vi.waitFor(async () => {
    expect(await help()).toContain(NUMBER);
  }, 10_000);
});

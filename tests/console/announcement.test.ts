/** A line to everybody at work: made by a supervisor, read on every page, gone when it ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wordsIn } from '../../src/console/words.ts';
import { readAnnouncement } from '../../src/desk/announcement.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { password, startConsole, type RunningConsole } from './support.ts';

const t = wordsIn('en');
const clock = { now: new Date('2026-11-20T08:00:00Z') };
let running: RunningConsole;
beforeAll(async () => {
  running = await startConsole({ clock });
  await running.deps.db.query("update staff set language = 'en'");
});
afterAll(() => running.stop());

async function signIn(who: string) {
  const jar = new Map<string, string>();
  const ask = async (path: string, fields?: Record<string, string>) => {
    const answer = await fetch(`${running.url}${path}`, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return { status: answer.status, text: await answer.text() };
  };
  const csrfOn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec((await ask(path)).text)?.[1] ?? '';
  await ask('/console/sign-in', {
    csrf: await csrfOn('/console/sign-in?lang=en'),
    email: demoAddress(who),
    password,
  });
  const csrf = await csrfOn('/console/account');
  return { ask, post: (path: string, fields: Record<string, string>) => ask(path, { csrf, ...fields }) };
}

it('is read by everybody until it ends, and made by supervisors alone', async () => {
  const [supervisor, agent] = [await signIn('supervisor'), await signIn('agent')];
  const text = 'Saida is closed: say <b>Tyre</b>';
  const path = '/console/dashboard/announcement';
  expect((await agent.post(path, { text, hours: '4' })).status).toBe(404);
  expect((await supervisor.post(path, { text, hours: '4' })).status).toBe(303);
  expect((await agent.ask('/console/desk')).text).toContain('Saida is closed: say &lt;b>Tyre');
  expect((await supervisor.ask('/console/dashboard')).text).toContain(t('announce.end'));
  clock.now = new Date('2026-11-20T12:00:01Z');
  expect(await readAnnouncement(running.deps.db, clock.now)).toBeUndefined();

  clock.now = new Date('2026-11-20T08:10:00Z');
  expect((await supervisor.post(path, { end: 'yes' })).status).toBe(303);
  expect((await agent.ask('/console/desk')).text).not.toContain('Saida');
  const { rows } = await running.deps.db.query<{ action: string }>(
    "select action from audit where action like 'announce%' order by id",
  );
  expect(rows.map(({ action }) => action)).toEqual(['announced', 'announcement_ended']);
});

it('that turns text around, or says nothing, is not made', async () => {
  const supervisor = await signIn('supervisor');
  for (const text of ['', 'a'.repeat(300)])
    await supervisor.post('/console/dashboard/announcement', { text, hours: '1' });
  expect(await readAnnouncement(running.deps.db, clock.now)).toBeUndefined();
});

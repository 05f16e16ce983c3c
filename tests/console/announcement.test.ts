/** A line to everybody at work: made by a supervisor, read on every page, gone when it ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wordsIn } from '../../src/console/words.ts';
import { readAnnouncement } from '../../src/desk/announcement.ts';
import { signedIn } from './forms.ts';
import { startConsole, type RunningConsole } from './support.ts';

const t = wordsIn('en');
const clock = { now: new Date('2026-11-20T08:00:00Z') };
let running: RunningConsole;
beforeAll(async () => {
  running = await startConsole({ clock });
  await running.deps.db.query("update staff set language = 'en'");
});
afterAll(() => running.stop());

async function signIn(who: string) {
  const { ask, post } = await signedIn(running.url, who);
  return {
    ask,
    post: (fields: Record<string, string>) => post('/dashboard/announcement', '/account', fields),
  };
}

it('is read by everybody until it ends, and made by supervisors alone', async () => {
  const [supervisor, agent] = [await signIn('supervisor'), await signIn('agent')];
  const text = 'Saida is closed: say <b>Tyre</b>';
  expect((await agent.post({ text, hours: '4' })).status).toBe(404);
  expect((await supervisor.post({ text, hours: '4' })).status).toBe(303);
  expect((await agent.ask('/desk')).text).toContain('Saida is closed: say &lt;b>Tyre');
  expect((await supervisor.ask('/dashboard')).text).toContain(t('announce.end'));
  clock.now = new Date('2026-11-20T12:00:01Z');
  expect(await readAnnouncement(running.deps.db, clock.now)).toBeUndefined();

  clock.now = new Date('2026-11-20T08:10:00Z');
  expect((await supervisor.post({ end: 'yes' })).status).toBe(303);
  expect((await agent.ask('/desk')).text).not.toContain('Saida');
  const { rows } = await running.deps.db.query<{ action: string }>(
    "select action from audit where action like 'announce%' order by id",
  );
  expect(rows.map(({ action }) => action)).toEqual(['announced', 'announcement_ended']);
});

it('that says nothing, or too much, is not made', async () => {
  const supervisor = await signIn('supervisor');
  for (const text of ['', 'a'.repeat(300)]) await supervisor.post({ text, hours: '1' });
  expect(await readAnnouncement(running.deps.db, clock.now)).toBeUndefined();
});

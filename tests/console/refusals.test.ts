/** What the console refuses, and in which words: forged forms, strangers, wrong passwords, too much text. */
import type { ConsolePage } from '../../src/console/deps.ts';
import { sendPage } from '../../src/console/respond.tsx';
import { formOf } from '../../src/console/form.ts';
import { requires } from '../../src/console/session.ts';
import { wordsIn } from '../../src/console/words.ts';
import { demoAddress } from '../../src/staff/demo.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, startConsole, type RunningConsole } from './support.ts';

const t = wordsIn('en');
let running: RunningConsole;
let noted: string[] = [];

/** A page as others will add them. */
const notes: ConsolePage = {
  nav: [{ href: '/notes', word: 'nav.help', permission: 'desk' }],
  routes(router) {
    router.get('/notes', requires('desk'), (_req, res) => {
      sendPage(res, { title: 'Notes', body: '<script>alert(1)</script>' });
    });
    router.post('/notes', requires('desk'), (req, res) => {
      noted.push(formOf(req).text('note'));
      sendPage(res, { title: 'Notes', body: 'kept' });
    });
  },
};

beforeAll(async () => {
  running = await startConsole({ pages: [notes] });
  await running.deps.db.query("update staff set language = 'en'");
});
afterAll(() => running.stop());

/** A browser of the poor: cookies and forms. */
function browser() {
  const jar = new Map<string, string>();
  const ask = async (
    path: string,
    options: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> => {
    const response = await fetch(`${running.url}${path}`, {
      redirect: 'manual',
      ...options,
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), ...options.headers },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  const csrfOn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec(await (await ask(path)).text())?.[1] ?? '';
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  const signIn = async (who: string) => {
    const csrf = await csrfOn('/console/sign-in?lang=en');
    return post('/console/sign-in', { csrf, email: demoAddress(who), password });
  };
  return { ask, post, csrfOn, signIn };
}

describe('a sign-in', () => {
  it('fails in the same words for an unknown address and a wrong password', async () => {
    const { post, csrfOn } = browser();
    const csrf = await csrfOn('/console/sign-in?lang=en');
    const pages = [];
    for (const email of ['nobody@demo.wasl', demoAddress('auditor')]) {
      const answer = await post('/console/sign-in', { csrf, email, password: 'wrong' });
      expect(answer.status).toBe(422);
      pages.push((await answer.text()).replace(email, ''));
    }
    expect(pages[0]).toContain(t('sign_in.refused'));
    expect(pages[1]).toBe(pages[0]);
  });

  it('sets a cookie that neither scripts nor other sites see, and leads only into the console', async () => {
    for (const next of ['https://elsewhere.example/', '//elsewhere.example', '/console/../x']) {
      const { post, csrfOn } = browser();
      const csrf = await csrfOn('/console/sign-in?lang=en');
      const answer = await post('/console/sign-in', { csrf, email: demoAddress('agent'), password, next });
      expect(answer.headers.get('location')).toBe('/console/');
      expect(answer.headers.getSetCookie().join()).toMatch(
        /wasl_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict/,
      );
    }
  });
});

describe('a form', () => {
  it('is refused without its word, with the word of another session, and from another site', async () => {
    const [mine, other] = [browser(), browser()];
    await mine.signIn('agent');
    await other.signIn('agent2');
    const csrf = await mine.csrfOn('/console/notes');
    const note = 'Hello';
    const answers = await Promise.all([
      mine.post('/console/notes', { note }),
      mine.post('/console/notes', { note, csrf: await other.csrfOn('/console/notes') }),
      mine.post('/console/notes', { note, csrf }, { 'sec-fetch-site': 'cross-site' }),
      mine.post('/console/notes', { note, csrf }, { origin: 'https://elsewhere.example' }),
      mine.ask('/console/notes', { method: 'DELETE' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(noted).toEqual([]);
    expect(await answers[0].text()).toContain(t('problem.forged'));
  });

  it('of a session that has ended does nothing and leads to the sign-in and back', async () => {
    const { signIn, csrfOn, post, ask } = browser();
    await signIn('agent');
    const csrf = await csrfOn('/console/notes');
    await running.deps.db.query('delete from staff_session');
    noted = [];
    const answer = await post('/console/cases/48217735/note', { csrf, text: 'She called again' });
    expect(answer.headers.get('location')).toBe('/console/sign-in?next=%2Fconsole%2Fcases%2F48217735');
    expect(await (await ask('/console/sign-in?lang=en')).text()).toContain(t('flash.problem_session_over'));
    expect(
      (await post('/console/notes', { csrf, note: 'x' }, { origin: 'https://elsewhere.example' })).status,
    ).toBe(403);
    expect(noted).toEqual([]);
  });

  it('of a megabyte is told to be too long', async () => {
    const { signIn, csrfOn, post } = browser();
    await signIn('agent');
    const csrf = await csrfOn('/console/notes');
    const answer = await post('/console/notes', { csrf, note: 'a'.repeat(1_000_000) });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain(t('problem.too_large'));
    expect(noted).toEqual([]);
  });

  it('loses what turns text around, and keeps the rest', async () => {
    const { signIn, csrfOn, post } = browser();
    await signIn('agent');
    noted = [];
    await post('/console/notes', { csrf: await csrfOn('/console/notes'), note: ' a\u202eb\u0000c\r\nد ' });
    expect(noted).toEqual(['abc\nد']);
  });
});

describe('a page', () => {
  it('of others is answered as one that does not exist', async () => {
    const { signIn, ask } = browser();
    await signIn('admin');
    const [forbidden, unknown] = [await ask('/console/notes'), await ask('/console/there-is-none')];
    const same = async (answer: Response) =>
      (await answer.text()).replaceAll(/notes|there-is-none|value="[^"]*"/g, '');
    expect([forbidden.status, unknown.status]).toEqual([404, 404]);
    expect(await same(forbidden)).toBe(await same(unknown));
  });

  it('is escaped, kept nowhere, and told to nobody', async () => {
    const { signIn, ask } = browser();
    await signIn('agent');
    const answer = await ask('/console/notes');
    expect(await answer.text()).toContain('&lt;script>alert(1)');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none';script-src 'self'/);
  });

  it('leads a stranger to the sign-in and back, and answers a part of a page with nothing', async () => {
    const { ask } = browser();
    const answer = await ask('/console/notes');
    expect(answer.headers.get('location')).toBe('/console/sign-in?next=%2Fconsole%2Fnotes');
    expect((await ask('/console/notes', { headers: { 'x-part': '1' } })).status).toBe(401);
  });

  it('weighs little', async () => {
    const { ask } = browser();
    const page = await (await ask('/console/sign-in')).text();
    const style = /href="([^"]+\.css)"/.exec(page)?.[1] ?? '';
    const styles = await ask(style);
    expect(styles.headers.get('cache-control')).toContain('immutable');
    expect(page.length + (await styles.text()).length).toBeLessThan(60_000);
  });
});

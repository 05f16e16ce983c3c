/** A browser of the poor, signed in: cookies and forms, no scripts. Paths are those within the console. */
import { demoAddress } from '../../src/staff/demo.ts';
import { password } from './support.ts';

export type Answered = {
  status: number;
  /** Where it leads, within the console; empty when it leads nowhere. */
  to: string;
  text: string;
};

export type FormBrowser = {
  ask: (path: string, fields?: Record<string, string>) => Promise<Answered>;
  /** Sends a form of the page `from`. */
  post: (path: string, from: string, fields?: Record<string, string>) => Promise<Answered>;
};

/** `who`: one of the demo's staff. */
export async function signedIn(url: string, who: string): Promise<FormBrowser> {
  const jar = new Map<string, string>();
  const ask = async (path: string, fields?: Record<string, string>): Promise<Answered> => {
    const answer = await fetch(`${url}/console${path}`, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    const to = answer.headers.get('location')?.replace(/^\/console/, '') ?? '';
    return { status: answer.status, to, text: await answer.text() };
  };
  const csrfOn = async (path: string) =>
    /name="csrf" value="([^"]+)"/.exec((await ask(path)).text)?.[1] ?? '';
  const post = async (path: string, from: string, fields: Record<string, string> = {}) =>
    ask(path, { ...fields, csrf: await csrfOn(from) });
  await post('/sign-in', '/sign-in', { email: demoAddress(who), password });
  return { ask, post };
}

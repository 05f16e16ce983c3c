/** The feature phone: dials the service code, shows each screen with its reply box, and ends the session. */
import { announce, byId, focusWithMouse, linesOf } from './dom.ts';
import { showRoom, showSession, sessionLimit } from './meters.ts';
import { dial } from './session.ts';
import type { Answer, Session } from './session.ts';
import { onLanguage, t } from './texts.ts';
import type { Key } from './texts.ts';

/** `ended` shows either the service's last words or a sentence of the handset's own. */
type View =
  | { at: 'idle' }
  | { at: 'waiting' }
  | { at: 'menu'; text: string }
  | { at: 'ended'; text: string }
  | { at: 'ended'; notice: Key };

export type Phone = {
  /** The line the phone has from now on; ends a session of the line before. */
  insert(phone: string): void;
  type(text: string): void;
  erase(): void;
  /** The green key. */
  call(): void;
  /** The red key. */
  hangUp(): void;
};

export function featurePhone(options: { serviceCode: string; ussdPath: string }): Phone {
  const { serviceCode, ussdPath } = options;
  const form = byId('form-dial', HTMLFormElement);
  const panel = byId('panel-dial', HTMLElement);
  const text = byId('screen-text', HTMLElement);
  const entry = byId('entry', HTMLInputElement);
  const softLeft = byId('soft-left', HTMLButtonElement);
  const softRight = byId('soft-right', HTMLButtonElement);
  let line = '';
  let view: View = { at: 'idle' };
  let session: Session | undefined;
  /** The session whose readings are shown: the last one's stay until the next dial, for then they are read. */
  let metered: Session | undefined;
  /** The code stands there only as a suggestion: the first digit typed takes its place. */
  let suggested = true;

  const show = (next: View): void => {
    view = next;
    suggested = next.at === 'idle';
    entry.value = suggested ? serviceCode : '';
    draw();
    if (next.at === 'menu' || next.at === 'ended') announce(textOf(next));
    if (!panel.hidden && hasAttention()) focusWithMouse(next.at === 'ended' ? softRight : entry);
  };

  const draw = (): void => {
    form.dataset['at'] = view.at;
    text.replaceChildren(...linesOf(textOf(view)));
    text.scrollTop = 0;
    entry.hidden = view.at === 'waiting' || view.at === 'ended';
    entry.dir = view.at === 'idle' ? 'ltr' : 'auto';
    entry.inputMode = view.at === 'idle' ? 'tel' : 'text';
    entry.setAttribute('aria-label', t(view.at === 'idle' ? 'dialField' : 'replyField'));
    const [left, right] = softKeys[view.at];
    softLeft.textContent = left === undefined ? '' : t(left);
    softLeft.hidden = left === undefined;
    softRight.textContent = right === undefined ? '' : t(right);
    softRight.hidden = right === undefined;
    showRoom('text' in view ? view.text : undefined);
    showSession(metered);
  };

  const textOf = (shown: View): string => {
    if (shown.at === 'idle') return t('idleHint', { code: serviceCode });
    if (shown.at === 'waiting') return t('running');
    if ('text' in shown) return shown.text;
    return t(shown.notice, { code: serviceCode, n: sessionLimit });
  };

  const turn = async (input?: string): Promise<void> => {
    const asked = session;
    if (asked === undefined) return;
    show({ at: 'waiting' });
    const answer = await asked.turn(input);
    // Hung up, or on another line, while the service was thinking.
    if (asked === session) receive(asked, answer);
  };

  const receive = (asked: Session, answer: Answer): void => {
    if (answer.kind === 'con') {
      show({ at: 'menu', text: answer.text });
      return;
    }
    asked.end(answer.kind === 'end' ? 'Success' : 'Failed');
    session = undefined;
    if (answer.kind === 'end') show({ at: 'ended', text: answer.text });
    else show({ at: 'ended', notice: answer.kind === 'unreadable' ? 'protocol' : 'failed' });
  };

  const drop = (): void => {
    session?.end('Incomplete');
    session = undefined;
  };

  const call = (): void => {
    if (view.at === 'ended') show({ at: 'idle' });
    else if (view.at === 'menu') void turn(entry.value.trim());
    else if (view.at === 'idle' && line === '') show({ at: 'ended', notice: 'noLine' });
    else if (view.at === 'idle' && entry.value.trim() !== serviceCode)
      show({ at: 'ended', notice: 'otherCode' });
    else if (view.at === 'idle') {
      session = dial({ path: ussdPath, serviceCode, phone: line });
      metered = session;
      void turn();
    }
  };

  const hangUp = (): void => {
    const open = session !== undefined;
    drop();
    show(open ? { at: 'ended', notice: 'hungUp' } : { at: 'idle' });
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    call();
  });
  softLeft.addEventListener('click', () => {
    if (view.at === 'idle') {
      entry.value = '';
      suggested = false;
      focusWithMouse(entry);
    } else hangUp();
  });
  entry.addEventListener('focus', () => {
    if (suggested) entry.select();
  });
  entry.addEventListener('input', () => {
    suggested = false;
  });
  addEventListener('pagehide', drop);
  setInterval(() => {
    showSession(metered);
    if (session === undefined || session.seconds() < sessionLimit) return;
    drop();
    show({ at: 'ended', notice: 'timedOut' });
  }, 1000);
  onLanguage(draw);

  return {
    insert: (phone) => {
      drop();
      metered = undefined;
      line = phone;
      show({ at: 'idle' });
    },
    type: (digits) => {
      if (entry.hidden) return;
      entry.value = suggested ? digits : entry.value + digits;
      suggested = false;
    },
    erase: () => {
      entry.value = entry.value.slice(0, -1);
      suggested = false;
    },
    call,
    hangUp,
  };
}

const softKeys: Record<View['at'], [Key | undefined, Key | undefined]> = {
  idle: ['clear', 'dial'],
  waiting: ['cancel', undefined],
  menu: ['cancel', 'send'],
  ended: [undefined, 'ok'],
};

/** Whoever is writing in the chat keeps the cursor there. */
function hasAttention(): boolean {
  const { activeElement } = document;
  return activeElement === document.body || activeElement?.closest('.device') != null;
}

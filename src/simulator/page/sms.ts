/** The message tab of the phone: the SMS thread with the service, its unread badge and its writing line. */
import type { HandsetMessage } from '../protocol.ts';
import { announce, byId, clockTime, focusWithMouse, linesOf, make } from './dom.ts';
import { smsCost } from './meters.ts';
import { onLanguage, t } from './texts.ts';

export type SmsTab = {
  clear(): void;
  add(message: HandsetMessage): void;
  open(): boolean;
  type(text: string): void;
  erase(): void;
  submit(): void;
  close(): void;
};

export function smsTab(options: { smsNumber: string; send: (text: string) => void }): SmsTab {
  const { smsNumber, send } = options;
  const tabs = { dial: byId('tab-dial', HTMLButtonElement), sms: byId('tab-sms', HTMLButtonElement) };
  const panels = { dial: byId('panel-dial', HTMLElement), sms: byId('panel-sms', HTMLElement) };
  const list = byId('sms-list', HTMLElement);
  const entry = byId('sms-entry', HTMLInputElement);
  const badge = byId('unread', HTMLElement);
  let messages: HandsetMessage[] = [];
  let unread = 0;

  const open = (): boolean => !panels.sms.hidden;

  const select = (name: 'dial' | 'sms'): void => {
    for (const tab of ['dial', 'sms'] as const) {
      tabs[tab].setAttribute('aria-selected', String(tab === name));
      tabs[tab].tabIndex = tab === name ? 0 : -1;
      panels[tab].hidden = tab !== name;
    }
    if (name === 'sms') count(0);
    list.scrollTop = list.scrollHeight;
  };

  const count = (n: number): void => {
    unread = n;
    badge.hidden = n === 0;
    badge.replaceChildren(
      make('span', { 'aria-hidden': 'true' }, String(n)),
      make('span', { class: 'unseen' }, ` ${t('unread', { n })}`),
    );
  };

  const draw = (): void => {
    list.setAttribute('aria-label', t('smsFrom', { number: smsNumber }));
    entry.setAttribute('aria-label', t('smsField', { number: smsNumber }));
    entry.placeholder = t('smsField', { number: smsNumber });
    if (messages.length === 0) list.replaceChildren(make('p', { class: 'empty' }, t('noSms')));
    else list.replaceChildren(...messages.map(bubble));
    list.scrollTop = list.scrollHeight;
    count(unread);
  };

  const submit = (): void => {
    const text = entry.value.trim();
    entry.value = '';
    if (text !== '') send(text);
  };

  for (const name of ['dial', 'sms'] as const) {
    tabs[name].addEventListener('click', () => {
      select(name);
      focusWithMouse(name === 'sms' ? entry : tabs.dial);
    });
    tabs[name].addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      const other = name === 'dial' ? 'sms' : 'dial';
      select(other);
      tabs[other].focus();
    });
  }
  byId('form-sms', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  byId('sms-clear', HTMLButtonElement).addEventListener('click', () => {
    entry.value = '';
  });
  onLanguage(draw);

  return {
    clear: () => {
      messages = [];
      entry.value = '';
      count(0);
      draw();
    },
    add: (message) => {
      messages = [...messages, message];
      if (message.from === 'service' && !open()) {
        unread += 1;
        announce(t('newSms'));
      }
      draw();
    },
    open,
    type: (text) => {
      entry.value += text;
    },
    erase: () => {
      entry.value = entry.value.slice(0, -1);
    },
    submit,
    close: () => {
      select('dial');
    },
  };
}

function bubble(message: HandsetMessage): HTMLElement {
  const { size, parts } = smsCost(message.text);
  const cost = `\u2066${size}\u2069 · ${t('smsParts', { n: parts })}`;
  return make(
    'article',
    { class: `text ${message.from}` },
    make('div', { class: 'lines' }, ...linesOf(message.text)),
    make(
      'footer',
      {},
      make('time', { datetime: message.at }, clockTime(new Date(message.at))),
      ...(message.from === 'service' ? [make('span', {}, cost)] : []),
    ),
  );
}

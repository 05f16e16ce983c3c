/** The messenger: bubbles both ways, reply buttons, lists in a sheet, and a line to write in. */
import type { HandsetMessage, Option } from '../protocol.ts';
import { byId, clockTime, focusWithMouse, linesOf, make } from './dom.ts';
import { onLanguage, t } from './texts.ts';

export type Chat = { clear(): void; add(message: HandsetMessage): void; setName(): void };

type Send = (text: string, choice?: string) => void;

/** Nobody believes in somebody who writes for longer. */
const typingMs = 10_000;

/** `name` is asked again when the language changes. */
export function messenger(options: { name: () => string; send: Send }): Chat {
  const { name, send } = options;
  const log = byId('chat-log', HTMLElement);
  const form = byId('chat-form', HTMLFormElement);
  const entry = byId('chat-entry', HTMLInputElement);
  let messages: HandsetMessage[] = [];
  let typing = false;
  let stopTyping: ReturnType<typeof setTimeout> | undefined;

  const setTyping = (on: boolean): void => {
    clearTimeout(stopTyping);
    typing = on;
    if (on)
      stopTyping = setTimeout(() => {
        setTyping(false);
        draw();
      }, typingMs);
  };

  const say: Send = (text, choice) => {
    if (text === '') return;
    setTyping(true);
    send(text, choice);
  };

  const draw = (): void => {
    log.setAttribute('aria-label', t('chatWith', { name: name() }));
    const bubbles = messages.map((message) => bubble(message, say));
    const last = typing ? [make('div', { class: 'bubble service typing' }, typingDots())] : [];
    if (messages.length === 0 && !typing) log.replaceChildren(greeting(say));
    else log.replaceChildren(...bubbles, ...last);
    log.scrollTop = log.scrollHeight;
  };

  const setName = (): void => {
    byId('contact-name', HTMLElement).textContent = name();
    draw();
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    say(entry.value.trim());
    entry.value = '';
    focusWithMouse(entry);
  });
  byId('sheet-close', HTMLButtonElement).addEventListener('click', closeSheet);
  byId('sheet', HTMLDialogElement).addEventListener('click', (event) => {
    // The backdrop belongs to the dialog itself, its content does not.
    if (event.target === event.currentTarget) closeSheet();
  });
  onLanguage(setName);

  return {
    clear: () => {
      messages = [];
      setTyping(false);
      closeSheet();
      draw();
    },
    add: (message) => {
      messages = [...messages, message];
      if (message.from === 'service') setTyping(false);
      draw();
    },
    setName,
  };
}

function greeting(say: Send): HTMLElement {
  const suggestions = (['suggest1', 'suggest2', 'suggest3'] as const).map((key) => {
    const button = make('button', { type: 'button', class: 'chip' }, t(key));
    button.addEventListener('click', () => {
      say(t(key));
    });
    return button;
  });
  return make(
    'div',
    { class: 'greeting' },
    make('p', {}, t('chatEmpty')),
    make('div', { class: 'chips' }, ...suggestions),
  );
}

function bubble(message: HandsetMessage, say: Send): HTMLElement {
  const { from, at, text, buttons, list } = message;
  const time = make('time', { datetime: at }, clockTime(new Date(at)));
  const body = make(
    'div',
    { class: `bubble ${from}` },
    make('div', { class: 'lines' }, ...linesOf(text)),
    time,
  );
  const group = make('div', { class: `turn ${from}` }, body);
  for (const { id, title } of buttons ?? []) {
    const button = make('button', { type: 'button', class: 'reply', dir: 'auto' }, title);
    button.addEventListener('click', () => {
      say(title, id);
    });
    group.append(button);
  }
  if (list !== undefined) {
    const button = make(
      'button',
      { type: 'button', class: 'reply opens', dir: 'auto', 'aria-haspopup': 'dialog' },
      list.button,
    );
    button.addEventListener('click', () => {
      openSheet(list.button, list.rows, say);
    });
    group.append(button);
  }
  return group;
}

function typingDots(): HTMLElement {
  const dots = make('span', { class: 'dots', role: 'img', 'aria-label': t('typing') });
  dots.append(make('i'), make('i'), make('i'));
  return dots;
}

function openSheet(title: string, rows: Option[], say: Send): void {
  byId('sheet-title', HTMLElement).textContent = title;
  const buttons = rows.map((row) => {
    const words = [
      make('strong', {}, row.title),
      ...(row.description ? [make('span', {}, row.description)] : []),
    ];
    const button = make('button', { type: 'button', dir: 'auto' }, ...words);
    button.addEventListener('click', () => {
      closeSheet();
      say(row.title, row.id);
    });
    return button;
  });
  byId('sheet-rows', HTMLElement).replaceChildren(...buttons);
  byId('sheet', HTMLDialogElement).showModal();
}

function closeSheet(): void {
  byId('sheet', HTMLDialogElement).close();
}

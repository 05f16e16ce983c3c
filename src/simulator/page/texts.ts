/** The words of the page in three languages, and the switch between them. */
import type { Lang } from '../protocol.ts';
import type words from './texts.json';

export type Key = keyof (typeof words)['en'];

const languages: readonly Lang[] = ['ar', 'en', 'fr'];
const memory = 'wasl-simulator-language';
const listeners: (() => void)[] = [];
let texts: Record<Lang, Record<Key, string>> | undefined;
let current: Lang = 'en';

/** Fetches the words; to be awaited before the first `t`. */
export async function loadTexts(): Promise<void> {
  const response = await fetch('/simulator/texts.json');
  texts = (await response.json()) as typeof texts;
  speak(preferred());
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]'))
    button.addEventListener('click', () => {
      speak(languages.find((lang) => lang === button.dataset['language']) ?? 'en');
      localStorage.setItem(memory, current);
    });
}

/** The language the page speaks now. */
export function language(): Lang {
  return current;
}

/** A text with its `{names}` filled in; each value keeps its own direction inside the sentence. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const text = texts?.[current][key] ?? '';
  return text.replace(/\{(\w+)\}/g, (_, name: string) => `\u2068${values[name] ?? ''}\u2069`);
}

/** Runs `redraw` after every change of language. */
export function onLanguage(redraw: () => void): void {
  listeners.push(redraw);
}

function preferred(): Lang {
  const asked = new URLSearchParams(location.search).get('lang');
  const wishes = [asked, localStorage.getItem(memory), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  for (const wish of wishes) {
    const lang = languages.find((known) => known === wish);
    if (lang !== undefined) return lang;
  }
  return 'en';
}

function speak(lang: Lang): void {
  current = lang;
  document.documentElement.lang = lang;
  document.documentElement.dir = lang === 'ar' ? 'rtl' : 'ltr';
  document.title = t('title');
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]'))
    element.textContent = t(element.dataset['text'] as Key);
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]'))
    element.setAttribute('aria-label', t(element.dataset['label'] as Key));
  for (const element of document.querySelectorAll<HTMLElement>('[data-hint]'))
    element.setAttribute('placeholder', t(element.dataset['hint'] as Key));
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset['language'] === lang));
  for (const redraw of listeners) redraw();
}

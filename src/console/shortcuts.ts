/** The console's keyboard shortcuts: one table, read by the help page, the account page and the browser (console.md U3). */
import type { WordKey } from './words.ts';

/**
 * `code` is the physical key (KeyboardEvent.code), so that a shortcut works with an Arabic layout too. An element offers
 * itself to a shortcut with `data-shortcut="<name>"`: a field gets the focus, anything else is clicked.
 */
export const SHORTCUTS = [
  { name: 'search', code: 'Slash', word: 'keys.search' },
  { name: 'next', code: 'KeyJ', word: 'keys.next' },
  { name: 'previous', code: 'KeyK', word: 'keys.previous' },
  { name: 'reply', code: 'KeyR', word: 'keys.reply' },
  { name: 'canned', code: 'Semicolon', word: 'keys.canned' },
  { name: 'case', code: 'KeyC', word: 'keys.case' },
  { name: 'callback', code: 'KeyB', word: 'keys.callback' },
  { name: 'verify', code: 'KeyV', word: 'keys.verify' },
  { name: 'escalate', code: 'KeyE', word: 'keys.escalate' },
  { name: 'wrapup', code: 'KeyW', word: 'keys.wrapup' },
] as const satisfies readonly { name: string; code: string; word: WordKey }[];

/** Keys one may choose from: letters and the two signs beside them. `?` stays the help's. */
export const SHORTCUT_CODES: readonly string[] = [
  'Slash',
  'Semicolon',
  ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `Key${letter}`),
];

/** What a member of staff changed; kept in their settings. */
export type ShortcutSettings = { off?: boolean; keys?: Readonly<Record<string, string>> };

/** Key by name, as this member of staff has them. Empty when switched off. */
export function shortcutsOf({ off, keys = {} }: ShortcutSettings): Record<string, string> {
  if (off) return {};
  return Object.fromEntries(SHORTCUTS.map(({ name, code }) => [name, keys[name] ?? code]));
}

/** What is printed on the key. */
export function keyCap(code: string): string {
  if (code === 'Slash') return '/';
  if (code === 'Semicolon') return ';';
  return code.replace(/^Key/, '');
}

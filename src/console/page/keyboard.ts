/** Shortcuts: one key, by its sign where it types a Latin one and by its place where it does not (an Arabic layout). */

export function listenForKeys(): void {
  const keys = JSON.parse(document.body.dataset['shortcuts'] ?? '{}') as Record<string, string>;
  if (Object.keys(keys).length === 0) return;
  for (const [name, code] of Object.entries(keys)) {
    for (const element of offered(name)) element.setAttribute('aria-keyshortcuts', signOf(code));
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (isHelp(event)) {
      event.preventDefault();
      const help = document.getElementById('shortcut-help');
      if (help instanceof HTMLDialogElement) help.showModal();
      return;
    }
    const name = Object.entries(keys).find(([, code]) => isKey(event, code))?.[0];
    if (name !== undefined && use(name)) event.preventDefault();
  });
}

function use(name: string): boolean {
  if (name === 'next' || name === 'previous') return walk(name === 'next' ? 1 : -1);
  const element = offered(name).find((one) => one.checkVisibility());
  if (!element) return false;
  if (element.matches('input, textarea, select')) {
    element.focus();
    if (element instanceof HTMLInputElement) element.select();
  } else element.click();
  enterOpened(element);
  return true;
}

/** What unfolds under a key is meant to be filled in: the focus goes there. */
function enterOpened(element: HTMLElement): void {
  const details = element.closest('details');
  if (!element.matches('summary') || !details) return;
  const first = details.open
    ? details.querySelector<HTMLElement>('select, textarea, input:not([type=hidden]), button')
    : element;
  first?.focus();
}

/** Moves the focus along the first links or buttons of the list on the page. */
function walk(step: 1 | -1): boolean {
  const list = document.activeElement?.closest('[data-list]') ?? document.querySelector('main [data-list]');
  const stops = [...(list?.querySelectorAll('[data-list-item]') ?? [])]
    .map((item) => (item.matches('a, button') ? item : item.querySelector('a, button')))
    .filter((stop): stop is HTMLElement => stop instanceof HTMLElement);
  const here = stops.findIndex((stop) => stop === document.activeElement);
  const start = stops.findIndex((stop) => stop.hasAttribute('aria-current'));
  const next = here < 0 ? (start < 0 ? (step === 1 ? 0 : stops.length - 1) : start + step) : here + step;
  const stop = stops[Math.min(Math.max(next, 0), stops.length - 1)];
  stop?.focus();
  stop?.scrollIntoView({ block: 'nearest' });
  return stop !== undefined;
}

function offered(name: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`[data-shortcut="${CSS.escape(name)}"]`)];
}

const PRINTABLE = /^[!-~]$/;

function isKey(event: KeyboardEvent, code: string): boolean {
  if (event.shiftKey && PRINTABLE.test(event.key) && event.key !== signOf(code)) return false;
  return PRINTABLE.test(event.key) ? event.key.toLowerCase() === signOf(code) : event.code === code;
}

function isHelp(event: KeyboardEvent): boolean {
  return (
    event.key === '?' ||
    event.key === '؟' ||
    (event.code === 'Slash' && event.shiftKey && !PRINTABLE.test(event.key))
  );
}

/** What the key types on a Latin keyboard. */
function signOf(code: string): string {
  if (code === 'Slash') return '/';
  if (code === 'Semicolon') return ';';
  return code.replace(/^Key/, '').toLowerCase();
}

const TYPED_INTO =
  'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(TYPED_INTO);
}

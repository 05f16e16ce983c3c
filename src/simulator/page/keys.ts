/** Presses from the drawn keypad and from the visitor's keyboard, as one stream of keys. */

export type PhoneKey = 'call' | 'end' | 'erase' | '*' | '#' | `${number}`;

/** Calls `press` for both; a key typed into a field is that field's own business. */
export function listenToKeys(press: (key: PhoneKey) => void): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-key]'))
    button.addEventListener('click', () => {
      press(button.dataset['key'] as PhoneKey);
    });
  document.addEventListener('keydown', (event) => {
    const key = phoneKey(event);
    if (key === undefined) return;
    event.preventDefault();
    flash(key);
    press(key);
  });
}

function phoneKey(event: KeyboardEvent): PhoneKey | undefined {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  // An open sheet has its own Escape.
  if (document.querySelector('dialog[open]') !== null) return undefined;
  if (key === 'Escape') return 'end';
  if (target instanceof HTMLInputElement && target.type !== 'radio') return undefined;
  if (/^[0-9*#]$/.test(key)) return key as PhoneKey;
  if (key === 'Backspace') return 'erase';
  const pressable = target instanceof Element && target.closest('button, a') !== null;
  return key === 'Enter' && !pressable ? 'call' : undefined;
}

function flash(key: PhoneKey): void {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  button?.classList.add('pressed');
  setTimeout(() => button?.classList.remove('pressed'), 120);
}

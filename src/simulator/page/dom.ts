/** The few things the page does with the document again and again. */

/** An element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An element that page.html is known to have. */
export function byId<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`page.html has no #${id} of this kind`);
  return element;
}

/** Says a text to screen readers, again even if it is the same as before. */
export function announce(text: string): void {
  const region = byId('announce', HTMLElement);
  region.textContent = '';
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** Shows a sentence above the page until it is withdrawn with an empty one. */
export function alertUser(text: string): void {
  const region = byId('alert', HTMLElement);
  region.textContent = text;
  region.hidden = text === '';
}

/** Touch screens answer a focused field with a keyboard that covers the phone, so only a mouse gets the focus moved. */
export function focusWithMouse(field: HTMLElement): void {
  if (matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
}

/** A text line by line, each in its own direction, as handsets lay it out; a line of digits follows the text. */
export function linesOf(text: string): HTMLElement[] {
  const whole = directionOf(text) ?? 'ltr';
  return text
    .split('\n')
    .map((line) => make('div', { dir: directionOf(line) ?? whole }, line === '' ? '\u00a0' : line));
}

function directionOf(text: string): 'ltr' | 'rtl' | undefined {
  const letter = /\p{L}/u.exec(text)?.[0];
  if (letter === undefined) return undefined;
  return /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(letter) ? 'rtl' : 'ltr';
}

/** Hours and minutes, 24 h, Western digits as on the handset. */
export function clockTime(when: Date): string {
  return when.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

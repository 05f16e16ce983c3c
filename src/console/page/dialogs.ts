/** Opens dialogs by their buttons, and closes menus when one turns elsewhere. */

export function openDialogs(): void {
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element)) return;
    const opener = target.closest<HTMLElement>('[data-opens]');
    const dialog = opener ? document.getElementById(opener.dataset['opens'] ?? '') : null;
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    closeMenus(target);
  });
  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof Element) closeMenus(target);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !(event.target instanceof Element)) return;
    const menu = event.target.closest<HTMLDetailsElement>('details[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  // A form is sent once, however often its button is pressed.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
    if (form.dataset['sent'] !== undefined) event.preventDefault();
    form.dataset['sent'] = '';
  });
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sent]'))
      delete form.dataset['sent'];
  });
}

function closeMenus(except: Element): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')) {
    if (!menu.contains(except)) menu.open = false;
  }
}

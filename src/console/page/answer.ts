/** Puts written replies into the text they are chosen for. Without it the page comes back with the reply in place. */

export function insertReplies(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-inserts]')) {
    button.addEventListener('click', (event) => {
      if (insertChosen(button)) event.preventDefault();
    });
  }
}

/** False: nothing was chosen, or there is nowhere to put it. */
function insertChosen(button: HTMLButtonElement): boolean {
  const into = document.getElementById(button.dataset['inserts'] ?? '');
  const chosen = button.form?.querySelector<HTMLSelectElement>('select[name=canned]')?.selectedOptions[0];
  const text = chosen?.dataset['text'];
  if (!(into instanceof HTMLTextAreaElement) || text === undefined) return false;
  into.value = into.value.trim() === '' ? text : `${into.value.trimEnd()} ${text}`;
  into.dispatchEvent(new Event('input', { bubbles: true }));
  into.focus();
  return true;
}

/** While an answer is written: what it must not hold, ready replies put into it, and the keys that send it. */

const CHECK_MS = 400;

export function helpReplies(): void {
  const box = document.querySelector<HTMLTextAreaElement>('[data-reply]');
  if (!box) return;
  let timer: number | undefined;
  box.addEventListener('input', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void check(box), CHECK_MS);
  });
  document.addEventListener('click', (event) => {
    const filler = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-fills]') : null;
    if (!filler) return;
    event.preventDefault();
    box.value = filler.textContent;
    box.dispatchEvent(new Event('input', { bubbles: true }));
    filler.closest('details')?.removeAttribute('open');
    box.focus();
  });
  // Sending by the keys that send everywhere, without leaving the text.
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) box.form?.requestSubmit();
  });
  const canned = document.getElementById('canned');
  canned?.addEventListener('toggle', () => {
    if (canned.hasAttribute('open')) canned.querySelector<HTMLElement>('[data-fills]')?.focus();
  });
}

/** The server knows the rules; the words go to it alone. */
async function check(box: HTMLTextAreaElement): Promise<void> {
  const place = document.getElementById('reply-checks');
  const form = box.form;
  if (!place || !form) return;
  const contact = /contacts\/([^/?]+)/.exec(form.action)?.[1] ?? '';
  const csrf = form.querySelector<HTMLInputElement>('[name=csrf]')?.value ?? '';
  const sent = box.value;
  const response = await fetch(`/console/part/desk/check/${contact}`, {
    method: 'POST',
    headers: { 'x-part': '1' },
    body: new URLSearchParams({ csrf, text: sent }),
  }).catch(() => undefined);
  if (!response?.ok || response.redirected || box.value !== sent) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').body;
  if (fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
}

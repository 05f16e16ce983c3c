/** While an answer is written: its SMS parts, the letter that makes them more, how a telephone shows it, and what it must not hold. */
import { offenders, segments, toGsm7 } from '../../render/measure.ts';

type Words = { count: string; because: string };

const CHECK_MS = 400;

export function measureReplies(): void {
  const box = document.querySelector<HTMLTextAreaElement>('[data-reply]');
  if (!box) return;
  const words = JSON.parse(box.dataset['words'] ?? '{}') as Words;
  const count = document.getElementById('reply-count');
  const preview = document.getElementById('reply-preview');
  let timer: number | undefined;
  const show = () => {
    if (preview) preview.textContent = box.value;
    if (count) count.textContent = box.dataset['reply'] === 'sms' ? costOf(box.value, words) : '';
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void check(box), CHECK_MS);
  };
  box.addEventListener('input', show);
  show();
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

function costOf(text: string, words: Words): string {
  const { encoding, units, segments: parts, perSegment } = segments(text);
  const shown = fill(words.count, { parts, units, room: perSegment * parts });
  const plain = segments(toGsm7(text));
  if (encoding === 'gsm7' || plain.encoding !== 'gsm7' || plain.segments >= parts) return shown;
  return `${shown} – ${fill(words.because, { parts, letters: offenders(text).join(' ') })}`;
}

function fill(words: string, values: Readonly<Record<string, string | number>>): string {
  return words.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
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

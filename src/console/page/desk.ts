/** The desk in the browser: the end of the conversation, its keys, calls that ring, countdowns. */

export function serveDesk(): void {
  const thread = document.getElementById('thread');
  if (thread) thread.scrollTop = thread.scrollHeight;
  walkFeed(thread);
  filterByDigit();
  watchCalls();
  countDown();
  document.getElementById('revealed')?.focus();
}

/** Page keys go from one item of the feed to the next, as screen readers know it. */
function walkFeed(thread: HTMLElement | null): void {
  thread?.addEventListener('keydown', (event) => {
    const step = event.key === 'PageDown' ? 1 : event.key === 'PageUp' ? -1 : 0;
    if (step === 0) return;
    const items = [...thread.querySelectorAll<HTMLElement>('article')];
    const here = items.findIndex((item) => item.contains(document.activeElement));
    const next = items[here < 0 ? items.length - 1 : here + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

/** 1 to 6, unless shortcuts are switched off or somebody is typing. */
function filterByDigit(): void {
  if ((document.body.dataset['shortcuts'] ?? '{}') === '{}') return;
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    if (document.querySelector('dialog[open]')) return;
    if (target instanceof Element && target.matches('input, textarea, select')) return;
    const digit = /^(?:Digit|Numpad)([1-6])$/.exec(event.code)?.[1];
    if (digit === undefined) return;
    document.querySelector<HTMLElement>(`[data-digit="${digit}"]`)?.click();
  });
}

/** A call that rings opens its history by itself; never over something that is being written. */
function watchCalls(): void {
  const place = document.querySelector('.pop');
  if (!place) return;
  const look = () => {
    const link = place.querySelector<HTMLAnchorElement>('[data-pop]');
    if (link && !isWriting()) location.assign(link.href);
  };
  new MutationObserver(look).observe(place, { childList: true, subtree: true });
  look();
}

function isWriting(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'main textarea, main input[type=text]',
  );
  return [...fields].some(({ value, defaultValue }) => value !== defaultValue);
}

function countDown(): void {
  const tick = () => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-countdown]')) {
      const left = Math.ceil((Date.parse(element.dataset['countdown'] ?? '') - Date.now()) / 1_000);
      const shown = element.querySelector('bdi');
      const size = Math.abs(left);
      if (shown)
        shown.textContent = `${left < 0 ? '+' : ''}${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`;
      if (left < 0 && element.dataset['thenReload'] !== undefined && !isWriting()) {
        delete element.dataset['thenReload'];
        location.assign(location.pathname + location.search);
      }
    }
  };
  if (document.querySelector('.wrap-bar')) window.setInterval(tick, 1_000);
  tick();
}

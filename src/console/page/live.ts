/** Keeps parts of the page fresh: hears that something changed, fetches those parts again, and swaps them politely. */
import { say } from './say.ts';

type Change = { kind: string; scope: 'mine' | 'any' };

const SETTLE_MS = 120;

export function keepFresh(): void {
  if (parts().length === 0) return;
  const watched = new URLSearchParams();
  for (const { dataset } of parts()) {
    if (dataset['liveContact']) watched.set('contact', dataset['liveContact']);
    if (dataset['liveReference']) watched.set('reference', dataset['liveReference']);
  }
  const waiting = new Set<HTMLElement>();
  let timer: number | undefined;
  const refreshSoon = (part: HTMLElement) => {
    waiting.add(part);
    timer ??= window.setTimeout(() => {
      timer = undefined;
      for (const one of waiting) void refresh(one);
      waiting.clear();
    }, SETTLE_MS);
  };

  for (const part of parts()) refreshEvery(part);

  let wasLost = false;
  const feed = new EventSource(`/console/live?${watched}`);
  feed.addEventListener('change', ({ data }: MessageEvent<string>) => {
    const { kind, scope } = JSON.parse(data) as Change;
    for (const part of parts()) if (concerns(part, kind, scope)) refreshSoon(part);
  });
  feed.addEventListener('open', () => {
    document.body.classList.remove('is-stale');
    // What happened while nobody was listening.
    if (wasLost) for (const part of parts()) refreshSoon(part);
    wasLost = false;
  });
  feed.addEventListener('error', () => {
    wasLost = true;
    document.body.classList.add('is-stale');
  });
  feed.addEventListener('signed-out', () => {
    feed.close();
  });
  window.addEventListener('pagehide', () => {
    feed.close();
  });
}

/** `data-live-every`: seconds after which a part is fetched again by itself, as long as somebody can see it. */
function refreshEvery(part: HTMLElement): void {
  const seconds = Number(part.dataset['liveEvery'] ?? 0);
  if (seconds <= 0) return;
  window.setInterval(() => {
    if (!document.hidden) void refresh(part);
  }, seconds * 1_000);
}

function parts(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-live]')];
}

/** A part that names a contact or a case hears of that one only. */
function concerns({ dataset }: HTMLElement, kind: string, scope: Change['scope']): boolean {
  const kinds = (dataset['liveOn'] ?? '').split(',');
  const isOfOne = dataset['liveContact'] !== undefined || dataset['liveReference'] !== undefined;
  return kinds.includes(kind) && (scope === 'mine' || !isOfOne);
}

async function refresh(part: HTMLElement): Promise<void> {
  const response = await fetch(part.dataset['live'] ?? '', { headers: { 'x-part': '1' } }).catch(
    () => undefined,
  );
  const isFresh = response?.ok === true && !response.redirected;
  part.classList.toggle('is-old', !isFresh);
  if (!isFresh) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').body;
  if (fresh.innerHTML === part.dataset['shown']) return;
  const focused = document.activeElement;
  if (focused && part.contains(focused) && focused.matches('input, textarea, select')) {
    // Never under the hands of somebody who is typing.
    focused.addEventListener('blur', () => void refresh(part), { once: true });
    return;
  }
  swap(part, fresh);
}

function swap(part: HTMLElement, fresh: HTMLElement): void {
  const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
  const top = part.scrollTop;
  const mark = part.contains(document.activeElement) ? markOf(document.activeElement) : undefined;
  const before = part.textContent;
  const unfolded = [...part.querySelectorAll('details[open][id]')].map(({ id }) => id);
  const markup = fresh.innerHTML;
  part.replaceChildren(...fresh.childNodes);
  part.dataset['shown'] = markup;
  // What a reader unfolded stays so.
  for (const id of unfolded) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
  if (mark !== undefined) part.querySelector<HTMLElement>(mark)?.focus({ preventScroll: true });
  part.scrollTop = atEnd && part.dataset['liveEnd'] !== undefined ? part.scrollHeight : top;
  const words = part.dataset['announce'];
  if (words !== undefined && part.textContent !== before) say(words);
}

/** How to find the focused element again in what replaces it. */
function markOf(element: Element | null): string | undefined {
  if (!element) return undefined;
  if (element.id !== '') return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute('href');
  return href === null ? undefined : `[href="${CSS.escape(href)}"]`;
}

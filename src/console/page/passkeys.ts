/** Adds and uses passkeys: fetches the question, lets the device answer it, and sends the form with the answer. */
import { makePasskey, usePasskey } from './credentials.ts';
import { say } from './say.ts';

type Question =
  | { kind: 'create'; options: PublicKeyCredentialCreationOptionsJSON }
  | { kind: 'get'; options: PublicKeyCredentialRequestOptionsJSON };
type Reply = { question: Question } | { problem: string };

export function servePasskeys(): void {
  for (const box of document.querySelectorAll<HTMLElement>('[data-passkey]')) {
    const form = box.querySelector('form');
    if (!form) continue;
    if (canUsePasskeys()) listen(box, form);
    else giveWay(box, form);
  }
}

/** Absent in old browsers, and where the page did not come by a safe way. */
function canUsePasskeys(): boolean {
  return window.isSecureContext && 'PublicKeyCredential' in window && 'credentials' in navigator;
}

/** Says so, and leaves the other ways. */
function giveWay(box: HTMLElement, form: HTMLFormElement): void {
  // The button's autofocus may not have come yet.
  const isFree = document.activeElement === document.body || form.contains(document.activeElement);
  form.hidden = true;
  for (const words of box.querySelectorAll<HTMLElement>('[data-without]')) words.hidden = false;
  if (isFree) document.querySelector<HTMLElement>('[autocomplete=one-time-code]')?.focus();
}

function listen(box: HTMLElement, form: HTMLFormElement): void {
  let isAsking = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // The page's own listener would take it for sent.
    event.stopPropagation();
    if (isAsking) return;
    isAsking = true;
    void answer(box, form).finally(() => {
      isAsking = false;
    });
  });
}

async function answer(box: HTMLElement, form: HTMLFormElement): Promise<void> {
  tell(box, '');
  const reply = await ask(box, form);
  if (!reply) return;
  if ('problem' in reply) {
    tell(box, reply.problem);
    return;
  }
  say(wordOf(box, 'wait'));
  try {
    const { question } = reply;
    const said =
      question.kind === 'create' ? await makePasskey(question.options) : await usePasskey(question.options);
    const field = form.querySelector<HTMLInputElement>('[name=answer]');
    if (!field) return;
    field.value = said;
    form.submit();
  } catch (error) {
    tell(box, wordOf(box, reasonOf(error)));
  }
}

/** Undefined: the session has ended, and the page that says so is on its way. */
async function ask(box: HTMLElement, form: HTMLFormElement): Promise<Reply | undefined> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.set(name, value);
  const response = await fetch(box.dataset['asks'] ?? '', {
    method: 'POST',
    headers: { 'x-part': '1' },
    body,
  }).catch(() => undefined);
  if (!response) return { problem: wordOf(box, 'failed') };
  if (response.redirected || (!response.ok && response.status !== 422)) {
    location.assign(location.pathname + location.search);
    return undefined;
  }
  return (await response.json()) as Reply;
}

/** What the browser's refusal means to the person before it. */
function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  if (name === 'InvalidStateError') return 'known';
  return name === 'SecurityError' ? 'elsewhere' : 'failed';
}

/** Beside the button, and to a screen reader. */
function tell(box: HTMLElement, words: string): void {
  const place = box.querySelector<HTMLElement>('[data-said]');
  if (!place) return;
  place.textContent = words;
  place.hidden = words === '';
  if (words !== '') say(words);
}

function wordOf(box: HTMLElement, name: string): string {
  return box.dataset[name] ?? '';
}

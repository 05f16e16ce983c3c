/** Keeps what is being written, so that neither a closed tab nor a power cut loses it. */

const PREFIX = 'wasl-draft:';
/** Of a form that was never sent; then it is somebody's forgotten text about a person, and goes. */
const LONGEST_MS = 3 * 24 * 3_600_000;

type Draft = { at: number; fields: Record<string, string> };

export function keepDrafts(): void {
  forgetOld();
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-draft]')) keep(form);
  for (const button of document.querySelectorAll('[data-clears-drafts]')) {
    button.addEventListener('click', () => {
      for (const key of draftKeys()) localStorage.removeItem(key);
    });
  }
}

function keep(form: HTMLFormElement): void {
  const key = PREFIX + (form.dataset['draft'] ?? '');
  const kept = read(key);
  for (const field of fieldsOf(form)) {
    const value = kept?.fields[field.name];
    if (value === undefined || value === '' || field.value !== field.defaultValue) continue;
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  form.addEventListener('input', () => {
    const fields = Object.fromEntries(fieldsOf(form).map(({ name, value }) => [name, value]));
    if (Object.values(fields).every((value) => value === '')) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields } satisfies Draft));
  });
  form.addEventListener('submit', () => {
    // Not taken away yet: the server may refuse it. The page that follows a success no longer shows this form filled.
    sessionStorage.setItem('wasl-sent', key);
  });
}

function fieldsOf(form: HTMLFormElement): (HTMLTextAreaElement | HTMLInputElement)[] {
  return [
    ...form.querySelectorAll<HTMLTextAreaElement | HTMLInputElement>(
      'textarea[name], input[type=text][name]',
    ),
  ];
}

function read(key: string): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '') as Draft;
  } catch {
    return undefined;
  }
}

function draftKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function forgetOld(): void {
  const sent = sessionStorage.getItem('wasl-sent');
  sessionStorage.removeItem('wasl-sent');
  const wasRefused =
    document.querySelector('main [role=alert]') !== null || document.body.dataset['problem'] !== undefined;
  if (sent !== null && !wasRefused) localStorage.removeItem(sent);
  for (const key of draftKeys()) {
    if ((read(key)?.at ?? 0) < Date.now() - LONGEST_MS) localStorage.removeItem(key);
  }
}

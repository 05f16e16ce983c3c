/** Warns two minutes before the session ends; one key goes on with it. */

const WARN_S = 120;

export function warnBeforeEnd(): void {
  const dialog = document.getElementById('session-ending');
  const given = document.body.dataset['sessionLeft'];
  if (!(dialog instanceof HTMLDialogElement) || given === undefined) return;
  let endsAt = performance.now() + Number(given) * 1_000;
  const clock = document.getElementById('session-clock');
  const form = dialog.querySelector('form');

  const tick = () => {
    const left = Math.ceil((endsAt - performance.now()) / 1_000);
    if (left <= 0) {
      location.assign(`/console/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    if (left <= WARN_S && !dialog.open) dialog.showModal();
    if (clock) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  };
  const timer = window.setInterval(tick, 1_000);

  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    void extend(form).then((left) => {
      if (left === undefined) {
        window.clearInterval(timer);
        form.submit();
        return;
      }
      endsAt = performance.now() + left * 1_000;
      dialog.close();
    });
  });
  // Escape says the same as the button: somebody is there.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    form?.requestSubmit();
  });
}

async function extend(form: HTMLFormElement): Promise<number | undefined> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.set(name, value);
  const response = await fetch(form.action, { method: 'POST', headers: { 'x-part': '1' }, body }).catch(
    () => undefined,
  );
  if (!response?.ok || response.redirected) return undefined;
  const { left } = (await response.json()) as { left: number };
  return left;
}

/** Tells a screen reader something, when it has finished what it is reading. */

export function say(text: string): void {
  const region = document.getElementById('said');
  if (!region) return;
  // The same words twice would not be a change.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

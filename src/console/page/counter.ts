/** Counts while somebody writes: the same sums as ui/measure.tsx does for a page without scripts. */
import { offenders, segments, toGsm7 } from '../../render/measure.ts';

export function countLetters(): void {
  for (const shown of document.querySelectorAll<HTMLElement>('[data-measures]')) {
    const field = document.getElementById(shown.dataset['measures'] ?? '');
    if (!(field instanceof HTMLTextAreaElement)) continue;
    field.addEventListener('input', () => {
      count(shown, field.value);
    });
    count(shown, field.value);
  }
}

function count(shown: HTMLElement, written: string): void {
  const values = JSON.parse(shown.dataset['values'] ?? '{}') as Record<string, string>;
  const text = written
    .normalize('NFC')
    .trim()
    .replace(/\{\{\s*(\w+)\s*\}\}/gu, (all, name: string) => values[name] ?? all);
  const { encoding, units, segments: parts, perSegment } = segments(text);
  const plain = segments(toGsm7(text));
  const isDear = encoding === 'ucs2' && plain.encoding === 'gsm7';
  const { price, currency = '', line = '', because } = shown.dataset;
  const cost =
    price === undefined ? '' : ` · ${String(Number((Number(price) * parts).toFixed(6)))} ${currency}`;
  const alphabet = encoding === 'gsm7' ? 'GSM-7' : 'UCS-2';
  say(shown, 'line', fill(line, { alphabet, units, room: parts * perSegment, parts }) + cost);
  const letters = offenders(text).join(' ');
  const dear =
    isDear && because !== undefined ? fill(because, { parts, letters, plain: plain.segments }) : '';
  say(shown, 'because', dear).hidden = dear === '';
  say(shown, 'preview', text);
}

function say(shown: HTMLElement, part: string, text: string): HTMLElement {
  const place = shown.querySelector<HTMLElement>(`[data-measure="${part}"]`);
  if (!place) throw new Error(`a measure lacks its ${part}`);
  if (place.textContent !== text) place.textContent = text;
  return place;
}

function fill(line: string, values: Record<string, string | number>): string {
  return line.replace(/\{\{(\w+)\}\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The readings under the phone: room of the screen in the network's own measure, steps, and seconds of the session. */
import { measure, segments } from '../../render/measure.ts';
import { byId } from './dom.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

/** Operators cut a session after 120 to 180 s. */
export const sessionLimit = 120;

const room = { gsm7: 160, ucs2: 70 } as const;
const names = { gsm7: 'GSM-7', ucs2: 'UCS-2' } as const;

/** Measures the text of a screen; undefined when there is none. */
export function showRoom(text: string | undefined): void {
  const reading = byId('room', HTMLElement);
  const bar = byId('room-bar', HTMLProgressElement);
  if (text === undefined) {
    reading.textContent = t('noScreen');
    reading.className = 'quiet';
    bar.value = 0;
    return;
  }
  const { encoding, units } = measure(text);
  const limit = room[encoding];
  const over = units > limit;
  reading.textContent = `\u2066${names[encoding]} ${units}/${limit}\u2069${over ? ` ${t('overLimit')}` : ''}`;
  reading.className = over ? 'over' : '';
  bar.max = limit;
  bar.value = Math.min(units, limit);
}

/** Steps and seconds of a session, running or ended; undefined before the first. */
export function showSession(session: Session | undefined): void {
  const used = Math.min(session?.seconds() ?? 0, sessionLimit);
  const seconds = byId('seconds', HTMLElement);
  seconds.textContent = `${used} / ${sessionLimit} ${t('secondsUnit')}`;
  seconds.className = used >= sessionLimit * 0.75 ? 'over' : '';
  byId('seconds-bar', HTMLProgressElement).value = used;
  byId('steps', HTMLElement).textContent = String(session?.steps() ?? 0);
}

/** What a text costs as an SMS, e.g. `GSM-7 92/160`, and in how many parts it goes. */
export function smsCost(text: string): { size: string; parts: number } {
  const { encoding, units, segments: parts, perSegment } = segments(text);
  return { size: `${names[encoding]} ${units}/${perSegment * parts}`, parts };
}

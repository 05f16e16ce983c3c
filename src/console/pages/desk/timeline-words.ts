/** What the things in a timeline are called: closed lists in the reader's language, anything else as it stands. */
import type { TimelineItem, TimelineKind } from '../../../desk/timeline.ts';
import type { IconName } from '../../ui/icon.tsx';
import type { Tone } from '../../ui/parts.tsx';
import type { WordKey, Words } from '../../words.ts';

/** The filters, in the order of their keys 1 to 6. */
export const FILTERS: readonly { name: string; word: WordKey; kinds?: readonly TimelineKind[] }[] = [
  { name: 'all', word: 'desk.filter.all' },
  { name: 'talk', word: 'desk.filter.talk', kinds: ['message', 'ussd', 'attachment'] },
  { name: 'calls', word: 'desk.filter.calls', kinds: ['call', 'callback'] },
  { name: 'money', word: 'desk.filter.money', kinds: ['payment', 'status'] },
  { name: 'cases', word: 'desk.filter.cases', kinds: ['case', 'task', 'consent'] },
  { name: 'notes', word: 'desk.filter.notes', kinds: ['note', 'lookup'] },
];

export const KIND_ICON: Readonly<Record<TimelineKind, IconName>> = {
  message: 'message',
  ussd: 'phone',
  call: 'phone',
  callback: 'phone',
  payment: 'money',
  status: 'check',
  case: 'file',
  consent: 'lock',
  note: 'info',
  lookup: 'search',
  task: 'clock',
  attachment: 'file',
};

/** The word for a code under a prefix; the code itself where nobody gave it one (registries have words of their own). */
export function wordFor(t: Words, prefix: string, code: string): string {
  const key = `${prefix}.${code}`;
  const word = t(key as WordKey);
  return word === key ? code.replaceAll('_', ' ') : word;
}

const GOOD = new Set([
  'delivered',
  'read',
  'paid',
  'collected',
  'reached',
  'confirmed_all',
  'done',
  'resolved',
]);
const WAIT = new Set(['queued', 'sending', 'unknown', 'ringing', 'late', 'open', 'escalated', 'reopened']);
const ALARM = new Set([
  'failed',
  'missed',
  'returned',
  'cancelled',
  'unreached',
  'confirmed_nothing',
  'stopped',
]);

export function toneOf(state: string): Tone {
  if (GOOD.has(state)) return 'good';
  if (WAIT.has(state)) return 'wait';
  return ALARM.has(state) ? 'alarm' : 'plain';
}

export function titleOf(t: Words, { kind, channel, direction, facts }: TimelineItem): string {
  const where = channel === undefined ? '' : wordFor(t, 'desk.channel', channel);
  if (kind === 'message') return `${where} · ${t(direction === 'in' ? 'desk.from_her' : 'desk.to_her')}`;
  if (kind === 'task') return wordFor(t, 'desk.task', String(facts?.['task'] ?? 'message'));
  return t(`desk.kind.${kind}`);
}

/** Who did it: her, the dialog, or a member of staff by name. */
export function authorOf(t: Words, author: string | undefined, names: ReadonlyMap<string, string>): string {
  if (author === undefined || author === 'system') return t('desk.author.system');
  if (author === 'citizen') return t('desk.author.citizen');
  return names.get(author) ?? t('desk.author.staff');
}

/** The language of what somebody wrote, as far as its letters tell. */
export function languageOf(text: string, hers: string): string | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return undefined;
  const arabic = text.match(/\p{Script=Arabic}/gu)?.length ?? 0;
  if (arabic * 2 >= letters) return 'ar';
  return hers === 'ar' ? undefined : hers;
}

/** Small parts that say something: badges, times, codes, messages to the reader. */
import type { ComponentChildren } from 'preact';
import { cleanText } from '../form.ts';
import { directionOf, type WordKey } from '../words.ts';
import { Icon, type IconName } from './icon.tsx';
import { useVisit, useWords } from './visit-context.ts';

/** `wait`: amber, somebody must act; `alarm`: red, late or refused. The label says it too: never by colour only. */
export type Tone = 'plain' | 'good' | 'wait' | 'alarm' | 'info';

const TONE_ICON: Readonly<Record<Tone, IconName>> = {
  plain: 'dot',
  good: 'check',
  wait: 'clock',
  alarm: 'warning',
  info: 'info',
};

export function Badge(props: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  const { tone = 'plain', icon = TONE_ICON[tone], children } = props;
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

/** A number, code or phone: left to right in every language, and never torn apart. */
export function Code({ children }: { children: string | number }) {
  return (
    <bdi dir="ltr" class="code">
      {children}
    </bdi>
  );
}

/** What somebody wrote, in whatever script: its own direction, without marks that overrule it, and its own language. */
export function Said({ text, language }: { text: string; language?: string | undefined }) {
  return (
    <p class="said" dir="auto" lang={language}>
      {cleanText(text)}
    </p>
  );
}

/** A date and time of the programme's time zone, digits as in the console. */
export function When({ at, only }: { at: Date; only?: 'date' | 'time' }) {
  const { language, timeZone } = useVisit();
  const date = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const shown = new Intl.DateTimeFormat(localeOf(language), {
    ...(only === 'time' ? {} : date),
    ...(only === 'date' ? {} : time),
    timeZone,
  }).format(at);
  return <time dateTime={at.toISOString()}>{shown}</time>;
}

/** A count or measure, with the separators of the language. */
export function Count({ value, digits = 0 }: { value: number; digits?: number }) {
  const { language } = useVisit();
  const shown = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: digits }).format(value);
  return <bdi>{shown}</bdi>;
}

/** Latin digits in Arabic too: staff compare them with what stands on cards, phones and lists. */
function localeOf(language: string): string {
  return language === 'ar' ? 'ar-LB-u-nu-latn' : language === 'fr' ? 'fr' : 'en-GB';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long until `due`, or since: "2 h left", "late 1 d", with a badge's sign. `soon`: milliseconds that count as near. */
export function TimeLeft({ due, soon = 2 * HOUR }: { due: Date; soon?: number }) {
  const { now } = useVisit();
  const t = useWords();
  const left = due.getTime() - now.getTime();
  const isLate = left < 0;
  const [unit, count] = largestUnit(Math.abs(left));
  const key = `time.${isLate ? 'late' : 'left'}_${unit}` as const satisfies WordKey;
  return (
    <Badge tone={isLate ? 'alarm' : left < soon ? 'wait' : 'plain'} icon={isLate ? 'warning' : 'clock'}>
      <time dateTime={due.toISOString()}>{t(key, { count })}</time>
    </Badge>
  );
}

function largestUnit(ms: number): ['days' | 'hours' | 'minutes', number] {
  if (ms >= DAY) return ['days', Math.floor(ms / DAY)];
  if (ms >= HOUR) return ['hours', Math.floor(ms / HOUR)];
  return ['minutes', Math.max(1, Math.floor(ms / MINUTE))];
}

/** Says that a list is empty, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A message to the reader. A problem is announced at once, other news when the reader pauses. */
export function Notice({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === 'alarm' ? 'alert' : 'status'}>
      <Icon name={TONE_ICON[tone]} />
      <div>{children}</div>
    </div>
  );
}

/** "hidden by rule": something is there, and why it is not shown. */
export function Hidden({ why }: { why: string }) {
  return (
    <span class="withheld">
      <Icon name="hidden" />
      {why}
    </span>
  );
}

/** A keyboard key as printed on it. */
export function Key({ children }: { children: string }) {
  return (
    <kbd dir="ltr" translate={false}>
      {children}
    </kbd>
  );
}

/** A stretch of another language inside the page's: names of languages, lines to read aloud. */
export function InLanguage({ language, children }: { language: string; children: ComponentChildren }) {
  return (
    <span lang={language} dir={directionOf(language)}>
      {children}
    </span>
  );
}

/**
 * Golden transcripts: a dialog as text, replayed over the real callback. The lines that a person writes are `# title`,
 * `phone`, `time HH:MM`, `days N` (later), `dial`, `drop`, `sms TEXT`, `chat TEXT`, `> input` (`{ref}`: the last number
 * shown), `registry down|up`, `staff answers TEXT`, `staff refers PARTNER` (the case of the last number), `clocks` (what is
 * due happens) and `inbox PHONE`; the lines `< ` (a screen, continued by two spaces) and `~ ` (messages to a phone, to the caller's own at
 * the end) are what the service answered.
 */
import { DateTime } from 'luxon';
import type { Handset, Screen } from '../support/service.ts';

export type Stage = {
  today: Date;
  handset: (phone: string) => Handset;
  inbox: (phone: string) => Promise<string[]>;
  sms: (phone: string, text: string) => Promise<void>;
  chat: (phone: string, text: string) => Promise<void>;
  staff: (deed: 'answers' | 'refers', reference: string, text: string) => Promise<void>;
  clocks: () => Promise<void>;
  addDays: (days: number) => void;
  setTime: (time: string) => void;
  setRegistry: (isUp: boolean) => void;
};

const ISOLATES = /[\u200e\u200f\u2066-\u2069]/g;

/** The transcript with everything that the service says written anew. */
export async function replay(transcript: string, stage: Stage): Promise<string> {
  const written: string[] = [];
  let handset: Handset | undefined;
  let ref = '';
  const on = (): Handset => {
    if (!handset) throw new Error('a transcript begins with "phone"');
    return handset;
  };
  const show = (screen: Screen) => {
    if (screen.status !== 200) throw new Error(`status ${screen.status}`);
    ref = /(?<!\d)\d{8}(?!\d)/.exec(screen.text)?.[0] ?? ref;
    written.push(...block('< ', neutral(screen.raw, stage.today)));
  };
  const shown = new Map<string, number>();
  const showInbox = async (phone: string) => {
    const texts = await stage.inbox(phone);
    for (const text of texts.slice(shown.get(phone) ?? 0)) {
      ref = /(?<!\d)\d{8}(?!\d)/.exec(text)?.[0] ?? ref;
      written.push(...block('~ ', neutral(text, stage.today)));
    }
    shown.set(phone, texts.length);
  };
  for (const line of transcript.split('\n')) {
    const [, verb = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (verb === '<' || verb === '~' || line.startsWith('  ')) continue;
    if (line !== '' || written.at(-1) !== '') written.push(line);
    switch (verb) {
      case 'phone':
        handset = stage.handset(rest);
        break;
      case 'time':
        stage.setTime(rest);
        break;
      case 'registry':
        stage.setRegistry(rest === 'up');
        break;
      case 'dial':
        show(await on().dial());
        break;
      case 'drop':
        await on().drop();
        break;
      case '>':
        show(await on().send(rest.replaceAll('{ref}', ref)));
        break;
      case 'sms':
        await stage.sms(on().phone, rest.replaceAll('{ref}', ref));
        await showInbox(on().phone);
        break;
      case 'chat':
        await stage.chat(on().phone, rest.replaceAll('{ref}', ref));
        await showInbox(on().phone);
        break;
      case 'staff': {
        const [, deed, text = ''] = /^(answers|refers) (.+)$/.exec(rest) ?? [];
        if (deed !== 'answers' && deed !== 'refers') throw new Error(`staff do not do this: ${rest}`);
        await stage.staff(deed, ref, text);
        await showInbox(on().phone);
        break;
      }
      case 'days':
        stage.addDays(Number(rest));
        break;
      case 'clocks':
        await stage.clocks();
        await showInbox(on().phone);
        break;
      case 'inbox':
        await showInbox(rest);
        break;
      case '#':
      case '':
        break;
      default:
        throw new Error(`not a line of a transcript: ${line}`);
    }
  }
  while (written.at(-1) === '') written.pop();
  await showInbox(on().phone);
  return `${written.join('\n')}\n`;
}

function block(mark: string, text: string): string[] {
  return text.split('\n').map((line, index) => (index === 0 ? mark : '  ') + line);
}

/** Dates as days from today, complaint numbers as a name: the rest is the same on every day. */
function neutral(text: string, today: Date): string {
  const start = DateTime.fromJSDate(today, { zone: 'Asia/Beirut' }).startOf('day');
  return text
    .replace(ISOLATES, '')
    .replace(/(?<!\d)(\d\d)\/(\d\d)(?:\/(\d{4}))?(?!\d)/g, (whole, day: string, month: string, year?: string) => {
      const date = [year ?? String(start.year), month, day].join('-');
      const days = Math.round(DateTime.fromISO(date, { zone: 'Asia/Beirut' }).diff(start, 'days').days);
      if (Number.isNaN(days)) return whole;
      // Without a year, the nearest such day is meant.
      const near = year ? days : days - 365 * Math.round(days / 365);
      return `{day${near < 0 ? '' : '+'}${near}}`;
    })
    .replace(/(?<!\d)\d{8}(?!\d)/g, '{ref}');
}

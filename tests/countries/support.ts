/**
 * A country for tests: the real service with its profile, a few invented families, and handsets to dial with. Dates in
 * `households.ndjson` are days from today (`day+10`), so that a population is the same on every day.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { readLocales } from '../../src/locales.ts';
import { profilesDir } from '../../src/paths.ts';
import { loadProfile, type Profile } from '../../src/profiles/profile.ts';
import type { Overrides } from '../../src/main.ts';
import type { Database } from '../../src/store/database.ts';
import { startService, type Handset, type TestService } from '../support/service.ts';

export type Country = {
  service: TestService;
  profile: Profile;
  db: Database;
  /** The first morning of the test, a Wednesday at ten. */
  today: Date;
  /** So many days after that, at this local time. */
  setDay(days: number, time?: string): void;
  now: () => Date;
  /** The date so many days from the first, as screens write it: 31/12/2026. */
  date(days: number): string;
  phone(number: string): Talk;
  case(reference: string): Promise<CaseRow>;
  stop(): Promise<void>;
};

export type CaseRow = {
  category: string;
  kind: string;
  sensitivity: string;
  route: string;
  area: string | null;
  programme: string | null;
  status: string;
  due_on: string;
};

/** One person with a telephone. Each method returns what she reads last. */
export type Talk = {
  handset: Handset;
  /** Dials and types; starts again where the last call was cut. Every screen is kept in `screens`. */
  dial(...inputs: string[]): Promise<string>;
  /** Goes on in the same session. */
  type(...inputs: string[]): Promise<string>;
  screens: string[];
  sms(text: string): Promise<void>;
  inbox(): Promise<string[]>;
};

/** `name`: of the profile and of the folder with its families. `file`: another profile for the same families. */
export async function openCountry(name: string, overrides: Overrides = {}, file = name): Promise<Country> {
  const profile = loadProfile(file, profilesDir);
  const { tz } = profile.calendar;
  const today = lastWednesday(tz);
  let now = today;
  const service = await startService({ PROFILE: file }, { now: () => now, ...overrides });
  const { db } = service.service.deployment;
  const households = readFileSync(path.join(import.meta.dirname, name, 'households.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line, (_, value: unknown) => dated(value, today, tz)) as object);
  await service.importHouseholds(...households);
  return {
    service,
    profile,
    db,
    today,
    now: () => now,
    setDay: (days, time = '10:00') => {
      const [hour = 0, minute = 0] = time.split(':').map(Number);
      now = DateTime.fromJSDate(today, { zone: tz }).plus({ days }).set({ hour, minute }).toJSDate();
    },
    date: (days) => DateTime.fromJSDate(today, { zone: tz }).plus({ days }).toFormat('dd/MM/yyyy'),
    phone: (number) => talk(service, number),
    case: async (reference) => {
      const { rows } = await db.query<CaseRow>(
        'select category, kind, sensitivity, route, area, programme, status, due_on from grievance where reference = $1',
        [reference],
      );
      if (!rows[0]) throw new Error(`no case ${reference}`);
      return rows[0];
    },
    stop: () => service.stop(),
  };
}

/** The number on a screen. */
export function referenceIn(screen: string): string {
  const [found] = /(?<!\d)\d{8}(?!\d)/.exec(screen) ?? [];
  if (found === undefined) throw new Error(`no complaint number in: ${screen}`);
  return found;
}

/** Writes what was said in a test into the country's page (`WRITE_TRANSCRIPTS=1`), so that the page shows what runs. */
export function keepTranscript(name: string, { screens }: Talk): void {
  if (process.env['WRITE_TRANSCRIPTS'] !== '1') return;
  const folder = path.join(import.meta.dirname, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'transcript.txt'), `${screens.join('\n')}\n`);
}

/** The line was cut last time. */
const RESUME = Object.values(readLocales()).flatMap((texts) => texts['entry.resume'] ?? []);

function talk(service: TestService, number: string): Talk {
  const handset = service.handset(number);
  const self: Talk = {
    handset,
    screens: [],
    dial: async (...inputs) => {
      const screen = await handset.dial();
      self.screens.push('dial', indented(screen.text));
      const wasCut = RESUME.some((text) => screen.text.startsWith(text));
      const typed = wasCut ? ['2', ...inputs] : inputs;
      return typed.length === 0 ? plain(screen.text) : self.type(...typed);
    },
    type: async (...inputs) => {
      let last = '';
      for (const input of inputs) {
        const screen = await handset.send(input);
        if (screen.status !== 200) throw new Error(`status ${screen.status}`);
        self.screens.push(`> ${input}`, indented(screen.text));
        last = screen.text;
      }
      return plain(last);
    },
    sms: (text) => service.sms(number, text),
    inbox: async () => (await service.inbox(number)).map(plain),
  };
  return self;
}

const indented = (text: string): string =>
  plain(text)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

const plain = (text: string): string => text.replace(/[\u200e\u200f]/g, '');

function dated(value: unknown, today: Date, tz: string): unknown {
  const [, days] = (typeof value === 'string' ? /^day([+-]\d+)$/.exec(value) : null) ?? [];
  if (days === undefined) return value;
  return DateTime.fromJSDate(today, { zone: tz })
    .plus({ days: Number(days) })
    .toISODate();
}

function lastWednesday(tz: string): Date {
  const now = DateTime.now().setZone(tz);
  return now
    .minus({ days: ((now.weekday + 3) % 7) + 1 })
    .set({ hour: 10, minute: 0, second: 0, millisecond: 0 })
    .toJSDate();
}

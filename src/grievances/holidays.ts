/** Days off that are announced while the service runs (a feast that follows the moon, a day of mourning), beside those of the profile. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import { localDate, type Calendar } from '../profiles/calendar.ts';
import type { Database, Tx } from '../store/database.ts';
import { follow, readSetting, writeSetting, type Following } from '../store/settings.ts';

const SETTING = 'holidays';
const schema = z.array(z.iso.date());

/** How long another process may go on counting a day that was just announced. */
const REFRESH_MS = 5_000;

/** Further ahead a date is more likely mistyped than announced. */
const MOST_DAYS_AHEAD = 400;

export type HolidayRefusal = 'date' | 'past' | 'far' | 'known';

type Deed = { by: string; at: Date };

/** ISO dates, in order. */
export async function announcedHolidays(tx: Tx): Promise<string[]> {
  return (await readSetting(tx, SETTING, schema)) ?? [];
}

/**
 * Announces a day. Terms that are counted from now on leave it out; what a citizen was promised before stays promised.
 * @param date ISO
 */
export async function addHoliday(
  tx: Tx,
  { tz, holidays }: Calendar,
  date: string,
  { by, at }: Deed,
): Promise<{ ok: true } | { ok: false; why: HolidayRefusal }> {
  if (!z.iso.date().safeParse(date).success) return { ok: false, why: 'date' };
  if (date < localDate(at, tz)) return { ok: false, why: 'past' };
  if (Date.parse(date) > at.getTime() + MOST_DAYS_AHEAD * 86_400_000) return { ok: false, why: 'far' };
  const known = await holdHolidays(tx);
  if (known.includes(date) || holidays.includes(date)) return { ok: false, why: 'known' };
  await writeSetting(tx, { name: SETTING, value: [...known, date].sort(), by, at });
  await recordAudit(tx, { actor: by, action: 'holiday_added', details: { date }, at });
  return { ok: true };
}

/** Takes back an announced day; false when it is none. */
export async function removeHoliday(tx: Tx, date: string, { by, at }: Deed): Promise<boolean> {
  const known = await holdHolidays(tx);
  if (!known.includes(date)) return false;
  await writeSetting(tx, { name: SETTING, value: known.filter((one) => one !== date), by, at });
  await recordAudit(tx, { actor: by, action: 'holiday_removed', details: { date }, at });
  return true;
}

/** One after the other: neither of two who announce at once is lost. */
async function holdHolidays(tx: Tx): Promise<string[]> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('setting:holidays', 0))`);
  return announcedHolidays(tx);
}

/** Keeps the days off of this process's calendar as the profile and the administrators have them. */
export function followHolidays(db: Database, calendar: { holidays: readonly string[] }): Promise<Following> {
  const fixed = calendar.holidays;
  return follow(async () => {
    calendar.holidays = [...new Set([...fixed, ...(await announcedHolidays(db))])].sort();
  }, REFRESH_MS);
}

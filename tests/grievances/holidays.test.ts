/** Days off that are announced while the service runs: every process counts them, no promise changes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  addHoliday,
  announcedHolidays,
  followHolidays,
  removeHoliday,
} from '../../src/grievances/holidays.ts';
import { addWorkingDays, type Calendar } from '../../src/profiles/calendar.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

const AT = new Date('2026-11-20T09:00:00Z');
const deed = { by: 'f0000000-0000-4000-8000-000000000001', at: AT };
const calendar: Calendar = {
  tz: 'Asia/Beirut',
  weekend: ['sat', 'sun'],
  hours: ['08:00', '16:00'],
  holidays: ['2026-12-25'],
  special_hours: [],
};

let db: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const fresh = await freshDatabase();
  drop = fresh.drop;
  db = openDatabase(fresh.url, { max: 4 });
});
afterAll(async () => {
  await db.close();
  await drop();
});

const add = (date: string) => db.transaction((tx) => addHoliday(tx, calendar, date, deed));

it('counts an announced day in every process, and no longer when it is taken back', async () => {
  const here = { ...calendar };
  expect(addWorkingDays(AT, 1, here)).toBe('2026-11-23');
  expect(await add('2026-11-23')).toEqual({ ok: true });
  const following = await followHolidays(db, here);
  expect(here.holidays).toEqual(['2026-11-23', '2026-12-25']);
  expect(addWorkingDays(AT, 1, here)).toBe('2026-11-24');
  await following.stop();
  expect(await db.transaction((tx) => removeHoliday(tx, '2026-11-23', deed))).toBe(true);
  const again = { ...calendar };
  await (await followHolidays(db, again)).stop();
  expect(addWorkingDays(AT, 1, again)).toBe('2026-11-23');
});

it.each([
  ['2026-13-40', 'date'],
  ['', 'date'],
  ['2026-11-19', 'past'],
  ['2029-01-01', 'far'],
  ['2026-12-25', 'known'],
])('%j is refused: %s', async (date, why) => {
  expect(await add(date)).toEqual({ ok: false, why });
});

it('loses neither of two who announce at once, and writes both down', async () => {
  await Promise.all([add('2027-03-09'), add('2027-03-10')]);
  expect(await announcedHolidays(db)).toEqual(['2027-03-09', '2027-03-10']);
  const { rows } = await db.query<{ date: string }>(
    "select details->>'date' as date from audit where action = 'holiday_added' and details->>'date' like '2027%' order by 1",
  );
  expect(rows.map(({ date }) => date)).toEqual(['2027-03-09', '2027-03-10']);
});

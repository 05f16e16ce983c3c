/** Working days, opening and quiet hours in countries with other weekends, holidays and clock changes. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import {
  addWorkingDays,
  dueAfterPause,
  dueDate,
  endOfQuietHours,
  endOfWorkingDay,
  hoursOn,
  isOpen,
  isWorkingDay,
  localDate,
  nextWorkingDay,
  plainFraction,
  WEEKDAYS,
  withinQuietHours,
  workingFraction,
  type Calendar,
  type Hours,
} from '../../src/profiles/calendar.ts';

const beirut: Calendar = {
  tz: 'Asia/Beirut',
  weekend: ['sat', 'sun'],
  hours: ['08:00', '16:00'],
  holidays: ['2026-12-25', '2027-01-01'],
  special_hours: [{ from: '2026-02-18', until: '2026-03-19', hours: ['09:00', '14:00'] }],
};
const baghdad: Calendar = {
  ...beirut,
  tz: 'Asia/Baghdad',
  weekend: ['fri', 'sat'],
  holidays: ['2026-07-14'],
};
const QUIET: Hours = ['20:00', '08:00'];

const at = (text: string, tz = 'Asia/Beirut'): Date => DateTime.fromISO(text, { zone: tz }).toJSDate();

describe('addWorkingDays', () => {
  it.each([
    // 2026-11-19 is a Thursday.
    ['the next day is the first', '2026-11-18T10:00', 1, '2026-11-19'],
    ['over a weekend', '2026-11-19T10:00', 2, '2026-11-23'],
    ['from Friday', '2026-11-20T10:00', 1, '2026-11-23'],
    ['from Saturday', '2026-11-21T10:00', 1, '2026-11-23'],
    ['from Sunday', '2026-11-22T23:59', 1, '2026-11-23'],
    ['ten days', '2026-11-19T10:00', 10, '2026-12-03'],
    ['over a holiday and the weekend behind it', '2026-12-24T10:00', 1, '2026-12-28'],
    ['over the end of the year', '2026-12-30T10:00', 2, '2027-01-04'],
    ['today, for nothing', '2026-11-19T10:00', 0, '2026-11-19'],
    ['the next open day, for nothing on a closed one', '2026-11-21T10:00', 0, '2026-11-23'],
    ['over the lost hour of 29 March, which is midnight in Beirut', '2026-03-27T23:30', 1, '2026-03-30'],
    ['in the hour that comes twice', '2026-10-24T23:30', 1, '2026-10-26'],
  ])('%s', (_name, from, days, expected) => {
    expect(addWorkingDays(at(from), days, beirut)).toBe(expected);
  });

  it.each([
    ['Thursday to Sunday', '2026-11-19T10:00', 1, '2026-11-22'],
    ['five days are a week', '2026-11-17T10:00', 5, '2026-11-24'],
    ['over a holiday', '2026-07-13T10:00', 1, '2026-07-15'],
  ])('with Friday and Saturday off: %s', (_name, from, days, expected) => {
    expect(addWorkingDays(at(from, 'Asia/Baghdad'), days, baghdad)).toBe(expected);
  });

  it('goes by the local date, not by that of the server', () => {
    expect(localDate(new Date('2026-11-18T22:30:00Z'), 'Asia/Beirut')).toBe('2026-11-19');
    expect(addWorkingDays(new Date('2026-11-18T22:30:00Z'), 1, beirut)).toBe('2026-11-20');
    expect(nextWorkingDay(DateTime.fromISO('2026-11-18T21:59:00Z'), beirut)).toBe('2026-11-19');
  });

  it.each([-1, 1.5, Number.NaN])('refuses %d days', (days) => {
    expect(() => addWorkingDays(new Date(), days, beirut)).toThrow(RangeError);
  });

  const calendars = fc.record({
    tz: fc.constantFrom('Asia/Beirut', 'Asia/Baghdad', 'Africa/Juba', 'America/Sao_Paulo', 'Pacific/Apia'),
    weekend: fc.subarray([...WEEKDAYS], { maxLength: 6 }),
    hours: fc.constant<Hours>(['08:00', '16:00']),
    holidays: fc.array(
      fc.integer({ min: 0, max: 400 }).map((day) => localDate(new Date(Date.UTC(2026, 0, 1 + day)), 'UTC')),
    ),
    special_hours: fc.constant([]),
  });
  const instants = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true });
  const days = fc.integer({ min: 0, max: 60 });

  it('never lands on a closed day, never before today, and has exactly that many working days', () => {
    fc.assert(
      fc.property(calendars, instants, days, (calendar, from, ahead) => {
        const today = localDate(from, calendar.tz);
        const due = addWorkingDays(from, ahead, calendar);
        expect(isWorkingDay(due, calendar)).toBe(true);
        expect(due >= today).toBe(true);
        let worked = 0;
        for (let day = DateTime.fromISO(today, { zone: 'utc' }); day.toFormat('yyyy-MM-dd') < due;) {
          day = day.plus({ days: 1 });
          if (isWorkingDay(day.toFormat('yyyy-MM-dd'), calendar)) worked += 1;
        }
        expect(worked).toBe(ahead === 0 && isWorkingDay(today, calendar) ? 0 : Math.max(1, ahead));
      }),
    );
  });

  it('never promises less for more days, nor earlier for later', () => {
    fc.assert(
      fc.property(calendars, instants, instants, days, days, (calendar, one, other, few, many) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        const [less, more] = few < many ? [few, many] : [many, few];
        expect(addWorkingDays(early, less, calendar) <= addWorkingDays(late, more, calendar)).toBe(true);
      }),
    );
  });
});

describe('dueDate', () => {
  it('counts working or plain days', () => {
    expect(dueDate(at('2026-11-19T10:00'), { days: 30, count: 'calendar' }, beirut)).toBe('2026-12-19');
    expect(dueDate(at('2026-11-19T10:00'), { days: 3, count: 'working' }, beirut)).toBe('2026-11-24');
  });
});

describe('isOpen', () => {
  it.each([
    ['2026-11-19T07:59', false],
    ['2026-11-19T08:00', true],
    ['2026-11-19T15:59', true],
    ['2026-11-19T16:00', false],
    ['2026-11-21T10:00', false],
    ['2026-12-25T10:00', false],
    // Ramadan hours.
    ['2026-02-18T08:30', false],
    ['2026-03-19T13:59', true],
    ['2026-03-19T14:00', false],
    ['2026-03-20T15:00', true],
  ])('%s: %s', (time, open) => {
    expect(isOpen(at(time), beirut)).toBe(open);
  });

  it('prints the hours of that date', () => {
    expect(hoursOn('2026-03-01', beirut)).toEqual(['09:00', '14:00']);
    expect(hoursOn('2026-04-01', beirut)).toEqual(['08:00', '16:00']);
  });
});

describe('quiet hours', () => {
  it.each([
    ['2026-11-19T19:59', false],
    ['2026-11-19T20:00', true],
    ['2026-11-20T00:00', true],
    ['2026-11-20T07:59', true],
    ['2026-11-20T08:00', false],
  ])('%s: %s', (time, quiet) => {
    expect(withinQuietHours(at(time), QUIET, 'Asia/Beirut')).toBe(quiet);
  });

  it.each([
    ['at once outside', '2026-11-19T12:00+02:00', QUIET, '2026-11-19T12:00+02:00'],
    ['the next morning', '2026-11-19T21:00+02:00', QUIET, '2026-11-20T08:00+02:00'],
    ['the same morning', '2026-11-20T01:00+02:00', QUIET, '2026-11-20T08:00+02:00'],
    ['an hour sooner when the clocks go forward', '2026-03-28T21:00+02:00', QUIET, '2026-03-29T08:00+03:00'],
    ['an hour later when they go back', '2026-10-24T21:00+03:00', QUIET, '2026-10-25T08:00+02:00'],
    ['within one day', '2026-11-19T13:00+02:00', ['12:00', '15:00'], '2026-11-19T15:00+02:00'],
    ['in the hour that comes twice', '2026-10-24T23:10+02:00', ['20:00', '23:30'], '2026-10-24T23:30+02:00'],
  ] satisfies [string, string, Hours, string][])('ends %s', (_name, from, quiet, until) => {
    expect(endOfQuietHours(new Date(from), quiet, 'Asia/Beirut').toISOString()).toBe(
      new Date(until).toISOString(),
    );
  });

  it('always ends outside quiet hours, and not in the past', () => {
    const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
    const time = fc
      .integer({ min: 0, max: 1439 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
    const nights = fc
      .constantFrom('2026-03-28', '2026-10-24', '2026-06-01')
      .map((day) => new Date(`${day}T12:00Z`));
    fc.assert(
      fc.property(nights, fc.integer({ min: 0, max: 2880 }), time, time, (night, minutes, from, until) => {
        // A clock change may swallow an hour: what is open must be longer.
        fc.pre((minutesOf(from) - minutesOf(until) + 1440) % 1440 > 60);
        const now = new Date(night.getTime() + minutes * 60_000);
        const end = endOfQuietHours(now, [from, until], 'Asia/Beirut');
        expect(end.getTime()).toBeGreaterThanOrEqual(now.getTime());
        expect(withinQuietHours(end, [from, until], 'Asia/Beirut')).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('endOfWorkingDay', () => {
  const lateIn = (tz: string, until: string): Calendar => ({ ...beirut, tz, hours: ['00:00', until] });
  it.each([
    ['when the offices close', beirut, '2026-11-19', '2026-11-19T16:00+02:00'],
    ['by the hours of that date', beirut, '2026-03-02', '2026-03-02T14:00+02:00'],
    ['also on a closed day', beirut, '2026-11-21', '2026-11-21T16:00+02:00'],
    ['on the day the clocks go forward', beirut, '2026-03-29', '2026-03-29T16:00+03:00'],
    ['on the day they go back', beirut, '2026-10-25', '2026-10-25T16:00+02:00'],
    [
      'when an hour comes twice, the second time',
      lateIn('Europe/Paris', '02:30'),
      '2026-10-25',
      '2026-10-25T02:30+01:00',
    ],
    [
      'when an hour is skipped, after it',
      lateIn('Europe/Paris', '02:30'),
      '2026-03-29',
      '2026-03-29T03:30+02:00',
    ],
  ])('is %s', (_name, calendar, date, expected) => {
    expect(endOfWorkingDay(date, calendar).toISOString()).toBe(new Date(expected).toISOString());
  });
});

describe('workingFraction', () => {
  it.each([
    ['within a day', '2026-11-19T08:00', '2026-11-19T16:00', 0.5, '2026-11-19T12:00'],
    ['over a weekend', '2026-11-19T08:00', '2026-11-23T16:00', 0.8, '2026-11-23T11:12'],
    ['over a holiday', '2026-12-24T08:00', '2026-12-28T16:00', 0.75, '2026-12-28T12:00'],
    ['by the hours of Ramadan', '2026-03-18T08:00', '2026-03-19T16:00', 0.5, '2026-03-18T14:00'],
    ['over the day the clocks go forward', '2026-03-27T08:00', '2026-03-30T16:00', 0.75, '2026-03-30T12:00'],
    ['from before the day begins', '2026-11-19T01:00', '2026-11-19T16:00', 0.25, '2026-11-19T10:00'],
    [
      'in plain time where the offices stay closed',
      '2026-11-21T08:00',
      '2026-11-21T16:00',
      0.25,
      '2026-11-21T10:00',
    ],
  ] as const)('%s', (_name, from, until, part, expected) => {
    expect(workingFraction(at(from), at(until), part, beirut).toISOString()).toBe(at(expected).toISOString());
  });

  it('has that part of the opening hours before it, also where the clocks change', () => {
    const STEP = 600_000;
    const openTime = (from: number, until: number, calendar: Calendar): number => {
      let open = 0;
      for (let minute = from; minute < until; minute += STEP)
        if (isOpen(new Date(minute), calendar)) open += STEP;
      return open;
    };
    const start = fc
      .constantFrom('2026-03-27T00:00Z', '2026-10-23T00:00Z', '2026-12-23T00:00Z')
      .chain((day) => fc.integer({ min: 0, max: 288 }).map((steps) => Date.parse(day) + steps * 600_000));
    const zones = fc.constantFrom<Calendar>(beirut, baghdad, {
      ...beirut,
      tz: 'Europe/Paris',
      hours: ['01:00', '04:00'],
    });
    fc.assert(
      fc.property(
        zones,
        start,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 100 }),
        (calendar, from, length, percent) => {
          const until = from + length * STEP;
          const total = openTime(from, until, calendar);
          fc.pre(total > 0);
          const part = workingFraction(new Date(from), new Date(until), percent / 100, calendar).getTime();
          expect(part).toBeGreaterThanOrEqual(from);
          expect(part).toBeLessThanOrEqual(until);
          expect(Math.abs(openTime(from, part, calendar) - (total * percent) / 100)).toBeLessThanOrEqual(
            STEP,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('plainFraction and dueAfterPause', () => {
  it('count every hour', () => {
    expect(plainFraction(at('2026-11-20T08:00'), at('2026-11-30T08:00'), 0.8)).toEqual(
      at('2026-11-28T08:00'),
    );
  });

  it.each([
    ['a day that is not over', '2026-11-19T10:00', '2026-11-19T15:00', 'working', '2026-12-24'],
    [
      'working days, over the holiday and the weekend',
      '2026-11-19T10:00',
      '2026-11-23T10:00',
      'working',
      '2026-12-29',
    ],
    ['plain days', '2026-11-19T10:00', '2026-11-23T10:00', 'calendar', '2026-12-28'],
  ] as const)('move a date by %s', (_name, from, until, count, expected) => {
    expect(dueAfterPause('2026-12-24', at(from), at(until), { days: 10, count }, beirut)).toBe(expected);
  });
});

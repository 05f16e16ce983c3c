/** How an enrolment is told today: posted lists by stage, open objections, details that fall due. */
import { describe, expect, it } from 'vitest';
import { profilesDir } from '../../src/paths.ts';
import { checkProfile, loadProfile, objectionDays, wordsOfStatus } from '../../src/profiles/profile.ts';
import type { Enrolment } from '../../src/registry/registry.ts';
import { postedUntil, standing } from '../../src/registry/standing.ts';

const demo = loadProfile('demo', profilesDir);

const profileWith = (windows: Partial<typeof demo.windows>) => ({
  ...demo,
  windows: { ...demo.windows, ...windows },
});

const enrolment = (more: Partial<Enrolment>): Enrolment => ({
  programme: 'CASH',
  status: 'posted',
  since: null,
  statusDate: '2026-11-10',
  reason: null,
  nextDate: null,
  reviewDue: null,
  ...more,
});

describe('a profile with two postings', () => {
  const text = `
tenant: t
service_name: { en: T }
languages: { default: en, offered: [en] }
calendar: { tz: Asia/Shanghai, weekend: [sat, sun], hours: ['09:00', '17:00'] }
channels: { ussd: { code: '*1#' } }
hotline: { number: '12345' }
currency: CNY
programmes: { DIBAO: { name: { en: Dibao } } }
windows: { posted_days: [7, 10] }
status_map:
  first posting: { status: posted, stage: 1 }
  second posting: { status: posted, stage: 2 }
  means test: review
`;
  const { profile, problems } = checkProfile(text, 't.yaml');
  if (!profile) throw new Error(JSON.stringify(problems));

  it('can be objected to for as long as each list hangs', () => {
    expect(objectionDays(profile)).toBe(7);
    expect(objectionDays(profile, 2)).toBe(10);
    expect(objectionDays(profile, 3)).toBe(7);
    expect(postedUntil(profile, enrolment({}))).toBe('2026-11-17');
    expect(postedUntil(profile, enrolment({ stage: 2 }))).toBe('2026-11-20');
  });

  it('knows the words of the registry for both', () => {
    expect(profile.status_map).toEqual({
      'first posting': 'posted',
      'second posting': 'posted',
      'means test': 'review',
    });
    expect(profile.posted_stages).toEqual({ 'first posting': 1, 'second posting': 2 });
    expect(wordsOfStatus(profile, 'posted')).toEqual(['posted', 'first posting', 'second posting']);
  });

  it('takes the days that are said for objections before those of the posting', () => {
    const said = checkProfile(text.replace('{ posted_days', '{ objection_days: 3, posted_days'), 't.yaml');
    expect(said.profile && objectionDays(said.profile)).toBe(3);
    expect(said.profile && objectionDays(said.profile, 2)).toBe(3);
  });
});

describe('standing', () => {
  const posted = profileWith({ objection_days: 7 });

  it('is posted to the last day, and then with those who decide', () => {
    expect(standing(enrolment({}), posted, '2026-11-17').status).toBe('posted');
    expect(standing(enrolment({}), posted, '2026-11-18')).toMatchObject({ status: 'review', nextDate: null });
    expect(standing(enrolment({ statusDate: null }), posted, '2026-11-18').status).toBe('posted');
  });

  it('is checked again while an objection is open, where the profile says so', () => {
    const objection = { dueOn: '2026-12-01' };
    const reopening = profileWith({ objection_days: 7, objection_reopens: 'review' });
    expect(standing(enrolment({}), reopening, '2026-11-12', objection)).toMatchObject({
      status: 'review',
      nextDate: '2026-12-01',
    });
    expect(standing(enrolment({}), posted, '2026-11-12', objection).status).toBe('posted');
    expect(standing(enrolment({ status: 'active' }), reopening, '2026-11-12', objection).status).toBe(
      'active',
    );
  });

  it('asks for an update from the first reminder to the day, never after it', () => {
    const yearly = profileWith({ update_months: 24, reminder_days: [90, 60, 30] });
    const active = enrolment({ status: 'active', reviewDue: '2026-12-31' });
    expect(standing(active, yearly, '2026-10-01').status).toBe('active');
    expect(standing(active, yearly, '2026-10-02').status).toBe('update');
    expect(standing(active, yearly, '2026-12-31').status).toBe('update');
    expect(standing(active, yearly, '2027-01-01').status).toBe('active');
    expect(standing({ ...active, status: 'blocked' }, yearly, '2026-12-31').status).toBe('blocked');
    expect(standing(active, profileWith({ update_months: null }), '2026-12-31').status).toBe('active');
  });
});

/** A country is one YAML file: what loads, what is completed, and that each refusal names its line and path. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateAmount } from '../../src/profiles/amount.ts';
import { categoryOfChoice, DEFAULT_CATEGORIES, routeOf } from '../../src/profiles/categories.ts';
import {
  checkProfile,
  loadProfile,
  officeFor,
  profileJsonSchema,
  ProfileError,
  type Profile,
} from '../../src/profiles/profile.ts';

const PROFILES = path.resolve('profiles');
const LEBANON = readFileSync('tests/fixtures/profiles/lebanon-minimal.yaml', 'utf8');

/** The smallest file that loads: one fact a line, so that line numbers are easy to follow. */
const SMALL = `tenant: iq-spn
service_name: { ar: رعاية, en: SPN }
languages: { default: ar, offered: [ar, en] }
calendar: { tz: Asia/Baghdad, weekend: [fri, sat], hours: ["08:00", "14:00"] }
channels: { ussd: { code: "*1040#" } }
hotline: { number: "1040" }
currency: IQD
programmes:
  SPN: {}
  MPCA: {}
`;

function load(text: string): Profile {
  const { profile, problems } = checkProfile(text, 'profiles/x.yaml');
  expect(problems).toEqual([]);
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

describe('profiles that load', () => {
  it('loads the Lebanon example as published', () => {
    const profile = load(LEBANON);
    expect(profile).toMatchObject({
      tenant: 'lb-daem',
      service_name: { ar: 'دعم', en: 'DAEM', fr: 'DAEM' },
      languages: { default: 'ar', offered: ['ar', 'en', 'fr'] },
      engagement_level: 3,
      channels: { ussd: { code: '*1747#', free: true }, sms: { two_way: '1747', sender: 'MOSA-DAEM' } },
      hotline: { number: '1747', up: false, danger: '112', child: '112' },
      windows: { appeal_days: 30, objection_days: 30, posted_days: [], update_months: null },
      external_grm: { kind: 'central_grm', sync: 'two_way', key: 'case_number' },
      privacy: { sms_detail: 'amount_date_place', retain_conversation_months: 24, log_purpose: 'required' },
      referral: { consent: 'required', fields: ['name', 'phone'], feedback_days: 7, open: true },
      quiet_hours: ['20:00', '08:00'],
      numbers: { country: 'LB' },
    });
    expect(profile.programmes['NPTP']).toMatchObject({
      closing: true,
      migrates_to: 'ESSN',
      exclusive_with: ['ESSN'],
    });
    expect(profile.programmes['ESSN_TOPUP']).toMatchObject({ per_student: [185, 415], ages: [13, 18] });
    expect(profile.programmes['ESSN']?.name).toEqual({ ar: 'ESSN', en: 'ESSN', fr: 'ESSN' });
    expect(profile.programmes['ESSN']?.statuses).toHaveLength(15);
    expect(profile.categories['PAY-CARD']?.sla).toEqual({ days: 3, count: 'working' });
    expect(profile.categories['SEN']).toMatchObject({ sla: null, contact_hours: 24, route: 'gbv_provider' });
  });

  it('loads the demo profile of the documentation', () => {
    const profile = loadProfile('demo', PROFILES);
    expect(profile).toMatchObject({
      service_name: { ar: 'وصل', en: 'Wasl', fr: 'Wasl' },
      languages: { default: 'ar', offered: ['ar', 'en', 'fr'] },
      channels: { ussd: { code: '*384*1747#' }, sms: { two_way: '1747' }, whatsapp: { enabled: true } },
      hotline: { number: '1747', up: true },
      currency: 'USD',
      calendar: { tz: 'Asia/Beirut', weekend: ['sat', 'sun'] },
      limits: { ussd: { gsm7: 160, ucs2: 70 }, rate_per_process_per_minute: 60_000 },
      numbers: { country: 'LB' },
    });
    expect(Object.keys(profile.programmes)).toEqual(['CASH', 'SCHOOL']);
    expect(evaluateAmount(profile.programmes['CASH']?.amount ?? '', { members: 7 })).toBe('145.00');
    for (const { name, criteria } of Object.values(profile.programmes)) {
      expect(Object.keys(name)).toEqual(['ar', 'en', 'fr']);
      expect(Object.keys(criteria ?? {})).toEqual(['ar', 'en', 'fr']);
    }
  });

  it.each(readdirSync(PROFILES))('loads %s, whose tenant has the name of the file', (file) => {
    expect(`${loadProfile(path.join(PROFILES, file), PROFILES).tenant}.yaml`).toBe(file);
  });

  it('loads by path, and the shipped Lebanon profile says the same as the example', () => {
    const shipped = loadProfile(path.join(PROFILES, 'lebanon-daem.yaml'), '/nowhere');
    const example = load(LEBANON);
    expect(shipped.programmes['ESSN']?.amount).toBe(example.programmes['ESSN']?.amount);
    expect(shipped.categories).toEqual(example.categories);
    expect(shipped.calendar).toEqual(example.calendar);
  });

  it('takes other countries as data', () => {
    const china = load(
      `${SMALL.replace('Asia/Baghdad', 'Asia/Shanghai')}nominated_agent: true
windows: { posted_days: [7, 7] }
`,
    );
    expect(china).toMatchObject({
      nominated_agent: true,
      windows: { posted_days: [7, 7] },
      numbers: { country: 'CN' },
    });
    const iraq = load(`${SMALL}registration_open: false\nwindows: { objection_days: 30, posted_days: 3 }\n`);
    expect(iraq).toMatchObject({
      registration_open: false,
      windows: { objection_days: 30, posted_days: [3] },
    });
    const brazil = load(`${SMALL}windows: { update_months: 24 }\nstatus_map: { bloqueado: blocked }\n`);
    expect(brazil).toMatchObject({ windows: { update_months: 24 }, status_map: { bloqueado: 'blocked' } });
  });

  it('fills every offered language', () => {
    const profile = load(`${SMALL}place: { en: Central office }\n`);
    expect(profile.place).toEqual({ ar: 'Central office', en: 'Central office' });
  });

  it('cannot be written to', () => {
    const profile = load(LEBANON);
    const attempt = (): void => {
      (profile.privacy as { log_purpose: string }).log_purpose = 'none';
    };
    expect(attempt).toThrow(TypeError);
    expect(Object.isFrozen(profile.categories['SEN']?.choices)).toBe(true);
  });

  it('publishes its format, and the published file is the present one', () => {
    const published = JSON.parse(readFileSync('docs/reference/profile.schema.json', 'utf8')) as unknown;
    // Mend with: npx wasl profile schema > docs/reference/profile.schema.json
    expect(published).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())));
    const schema = profileJsonSchema() as { required: string[]; additionalProperties: boolean };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(expect.arrayContaining(['tenant', 'calendar', 'programmes']));
    expect(schema.required).not.toContain('privacy');
  });
});

describe('refusals', () => {
  const more = (extra: string): [string, string] => ['  MPCA: {}\n', `  MPCA: {}\n${extra}\n`];
  it.each<[string, [string | RegExp, string], number, string, RegExp]>([
    ['an unknown key', more('quiet_hour: x'), 11, 'quiet_hour', /not a key/],
    ['a ground without words', more('appeal_grounds: [rain]'), 11, 'appeal_grounds.0', /ap\.why\.rain/],
    ['a ground twice', more('appeal_grounds: [home, home]'), 11, 'appeal_grounds.1', /twice/],
    [
      'a message that says nothing',
      ['SPN: {}', 'SPN: { by_sms: true }'],
      9,
      'programmes.SPN.by_sms',
      /needs criteria/,
    ],
    [
      'criteria too long for a message',
      ['SPN: {}', `SPN: { by_sms: true, criteria: { en: ${'x'.repeat(61)} } }`],
      9,
      'programmes.SPN.criteria.en',
      /at most 60/,
    ],
    ['an unknown key deep down', ['weekend', 'holyday: [], weekend'], 4, 'calendar.holyday', /not a key/],
    ['a missing key', [/currency.*\n/, ''], 1, 'currency', /missing/],
    ['a missing key deep down', [/ number: "1040" /, ''], 6, 'hotline.number', /missing/],
    ['an unknown time zone', ['Asia/Baghdad', 'Asia/Bagdad'], 4, 'calendar.tz', /IANA/],
    ['hours that end first', ['"08:00", "14:00"', '"14:00", "08:00"'], 4, 'calendar.hours', /start before/],
    ['hours that are none', ['"14:00"', '"24:00"'], 4, 'calendar.hours.1', /HH:MM/],
    [
      'an impossible holiday',
      ['weekend', 'holidays: [2026-02-30], weekend'],
      4,
      'calendar.holidays.0',
      /date/,
    ],
    [
      'a week without work',
      ['[fri, sat]', '[mon, tue, wed, thu, fri, sat, sun]'],
      4,
      'calendar.weekend',
      /working day/,
    ],
    ['an unknown weekday', ['[fri', '[friday'], 4, 'calendar.weekend.0', /must be one of mon/],
    ['a default language not offered', ['default: ar', 'default: fr'], 3, 'languages.default', /not among/],
    ['a service without a name in one language', [', en: SPN', ''], 2, 'service_name.en', /missing/],
    [
      'a long service name',
      ['en: SPN', 'en: SocialAid11'],
      2,
      'service_name.en',
      /11 characters; at most 10/,
    ],
    ['a long Arabic service name', ['رعاية', 'الرعايةالا'], 2, 'service_name.ar', /10 characters; at most 8/],
    ['an unquoted hotline', ['"1040" }\nc', '1040 }\nc'], 6, 'hotline.number', /quotes/],
    ['a long hotline', ['number: "1040"', 'number: "08006010111"'], 6, 'hotline.number', /10 digits/],
    [
      'a hotline with spaces',
      ['number: "1040"', 'number: "0800 6010"'],
      6,
      'hotline.number',
      /without spaces/,
    ],
    ['a code nobody can dial', ['*1040#', '1040'], 5, 'channels.ussd.code', /must look like/],
    [
      'a long sender',
      ['"*1040#" }', '"*1040#" }, sms: { sender: ABCDEFGHIJKL }'],
      5,
      'channels.sms.sender',
      /1 to 11/,
    ],
    ['a currency that is none', ['IQD', 'XYZ'], 7, 'currency', /ISO 4217/],
    [
      'no programme',
      ['programmes:\n  SPN: {}\n  MPCA: {}', 'programmes: {}'],
      8,
      'programmes',
      /a programme/,
    ],
    ['a broken amount', ['SPN: {}', 'SPN: { amount: "25 + " }'], 9, 'programmes.SPN.amount', /found the end/],
    ['a range upside down', ['SPN: {}', 'SPN: { ages: [18, 13] }'], 9, 'programmes.SPN.ages', /smaller/],
    [
      'an unknown status',
      ['SPN: {}', 'SPN: { statuses: [activ] }'],
      9,
      'programmes.SPN.statuses',
      /list of statuses/,
    ],
    [
      'an unknown successor',
      ['SPN: {}', 'SPN: { migrates_to: X }'],
      9,
      'programmes.SPN.migrates_to',
      /not a programme/,
    ],
    [
      'an unknown rival',
      ['SPN: {}', 'SPN: { exclusive_with: [MPCA, SPN] }'],
      9,
      'programmes.SPN.exclusive_with.1',
      /the programme itself/,
    ],
    [
      'a long programme name',
      ['SPN: {}', 'SPN: { name: { ar: "شبكة الحماية الاجتماعية" } }'],
      9,
      'programmes.SPN.name.ar',
      /12/,
    ],
    ['a long place', more('place: { en: Ministry of social affairs }'), 11, 'place.en', /at most 18/],
    ['looser privacy: detail', more('privacy: { sms_detail: full }'), 11, 'privacy.sms_detail', /stricter/],
    [
      'looser privacy: retention',
      more('privacy:\n  retain_conversation_months: 25'),
      12,
      'privacy.retain_conversation_months',
      /stricter/,
    ],
    [
      'looser privacy: purpose',
      more('privacy: { log_purpose: optional }'),
      11,
      'privacy.log_purpose',
      /switched off/,
    ],
    ['looser privacy: cache', more('privacy: { cache_ttl_s: 3600 }'), 11, 'privacy.cache_ttl_s', /stricter/],
    [
      'referral without consent',
      more('referral: { consent: assumed }'),
      11,
      'referral.consent',
      /switched off/,
    ],
    [
      'sharing more than a name',
      more('referral: { fields: [name, address] }'),
      11,
      'referral.fields.1',
      /nothing else/,
    ],
    [
      'a bribe made open',
      more('categories: { STF: { sensitivity: open } }'),
      11,
      'categories.STF.sensitivity',
      /stricter than restricted/,
    ],
    [
      'no anonymous complaints',
      more('categories: { STF: { anonymous: false } }'),
      11,
      'categories.STF.anonymous',
      /always taken/,
    ],
    [
      'one choice for two categories',
      more('categories: { AAA: { choices: [less] }, BBB: { choices: [less] } }'),
      11,
      'categories.BBB.choices.0',
      /already leads to AAA/,
    ],
    [
      'a deadline for nothing',
      more('sla_working_days: { PAY-XX: 3 }'),
      11,
      'sla_working_days.PAY-XX',
      /category/,
    ],
    ['a deadline of no days', more('sla_working_days: { DAT: 0 }'), 11, 'sla_working_days.DAT', /at least 1/],
    ['a route for nothing', more('routing: { PAYMENT: x }'), 11, 'routing.PAYMENT', /neither/],
    [
      'an unknown canonical status',
      more('status_map: { payed: payed }'),
      11,
      'status_map.payed',
      /must be one of/,
    ],
    [
      'a process limit below 5000',
      more('limits: { rate_per_process_per_minute: 100 }'),
      11,
      'limits.rate_per_process_per_minute',
      /5000/,
    ],
    ['a screen no network carries', more('limits: { ussd: { gsm7: 183 } }'), 11, 'limits.ussd.gsm7', /182/],
    [
      'quiet hours without an end',
      more('quiet_hours: ["20:00", "20:00"]'),
      11,
      'quiet_hours',
      /not start when/,
    ],
    [
      'wording in another language',
      more('wording: { fr: { x: y } }'),
      11,
      'wording.fr',
      /not a language offered/,
    ],
    ['a country that is none', more('numbers: { country: XX }'), 11, 'numbers.country', /not a country/],
    ['a time zone of no country', ['Asia/Baghdad', 'UTC'], 1, 'numbers.country', /UTC does not tell/],
    [
      'a language without words',
      ['offered: [ar, en]', 'offered: [ar, en, tlh]'],
      3,
      'languages.offered.2',
      /locales/,
    ],
    [
      'a key in the wrong place',
      more('objection_days: 30'),
      11,
      'objection_days',
      /write it as windows\.objection_days/,
    ],
    ['a misspelt key', more('nominated_agnt: true'), 11, 'nominated_agnt', /write nominated_agent/],
    [
      'a check that nobody knows',
      more('identity: { documents: [{ type: id, digits: 11, check: sum }] }'),
      11,
      'identity.documents.0',
      /check: luhn/,
    ],
    [
      'an identity rule of other things',
      more('identity: { level2: [doc_last4, mother_name] }'),
      11,
      'identity.level2.1',
      /doc_last4, area_code/,
    ],
    [
      'complaints sent to offices that are none',
      more('routing: { ELG: by_area }'),
      11,
      'routing.ELG',
      /needs offices with a unit/,
    ],
    [
      'a bribe sent to the office',
      more('offices: [{ area: A, name: { en: Office }, unit: a }]\nrouting: { STF: by_area }'),
      12,
      'routing.STF',
      /may accuse/,
    ],
    ['a text that is none', more('wording: { en: { nonsense: x } }'), 11, 'wording.en.nonsense', /catalogue/],
    [
      'a text that names what it is not given',
      more('wording: { en: { entry.bye: "Thank you {{amt}}" } }'),
      11,
      'wording.en.entry.bye',
      /never given/,
    ],
    [
      'a text with a link',
      more('wording: { en: { entry.bye: "See www.aid.example" } }'),
      11,
      'wording.en.entry.bye',
      /link/,
    ],
    [
      'a text that asks for a PIN',
      more('wording: { en: { id.last4: "Enter your PIN." } }'),
      11,
      'wording.en.id.last4',
      /PIN/,
    ],
    [
      'a text that does not fit the alphabet',
      more('wording: { en: { entry.bye: "Merci beaucoup, français" } }'),
      11,
      'wording.en.entry.bye',
      /halves the room/,
    ],
    [
      'a text that turns around',
      more('wording: { ar: { entry.bye: "شكرا (لكم)" } }'),
      11,
      'wording.ar.entry.bye',
      /right-to-left/,
    ],
    [
      'a text message of two parts',
      more(`wording: { en: { sms.pay.discreet: "${'Please dial. '.repeat(14)}" } }`),
      11,
      'wording.en.sms.pay.discreet',
      /2 text messages/,
    ],
    [
      'a screen of too many letters',
      more(`wording: { ar: { entry.bye: "${'شكرا '.repeat(20)}" } }`),
      11,
      'wording.ar.entry.bye',
      /fit on a screen/,
    ],
    ['a key given twice', more('currency: USD'), 11, 'x.yaml', /unique/],
    ['broken YAML', ['[fri, sat]', '[fri, sat'], 4, 'x.yaml', /./],
    ['an empty file', [/[^]*/, ''], 1, 'x.yaml', /expected object/],
    ['a list', [/[^]*/, '- a'], 1, 'x.yaml', /expected object/],
  ])('%s', (_name, [what, by], line, where, message) => {
    const { profile, problems } = checkProfile(SMALL.replace(what, by), 'profiles/x.yaml');
    expect(profile).toBeUndefined();
    expect(problems).toContainEqual({ line, path: where, message: expect.stringMatching(message) as string });
  });

  it('reports everything at once, in the order of the file', () => {
    const text = SMALL.replace('Asia/Baghdad', 'Mars').replace('IQD', 'XYZ').concat('x: 1\n');
    expect(checkProfile(text, 'x.yaml').problems.map(({ line, path: where }) => `${line} ${where}`)).toEqual([
      '4 calendar.tz',
      '7 currency',
      '11 x',
    ]);
  });

  it('stops the start with one line', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-profile-')), 'x.yaml');
    writeFileSync(file, SMALL.replace('Asia/Baghdad', 'Mars'));
    const attempt = (): Profile => loadProfile(file, PROFILES);
    expect(attempt).toThrow(ProfileError);
    expect(attempt).toThrow(`${file}:4: calendar.tz: must be an IANA time zone such as Asia/Beirut`);
    writeFileSync(file, SMALL.replace('Asia/Baghdad', 'Mars').replace('IQD', 'XYZ'));
    expect(attempt).toThrow(/^[^\n]+ \(and 1 more: wasl profile check [^\n]+\)$/);
    expect(() => loadProfile('nowhere', PROFILES)).toThrow(
      /^profiles\/nowhere\.yaml: there is no such profile/,
    );
  });
});

describe('complaint categories', () => {
  it('give every menu choice one category', () => {
    const choices = DEFAULT_CATEGORIES.flatMap((category) => category.choices);
    expect(new Set(choices).size).toBe(choices.length);
    const profile = load(SMALL);
    expect(categoryOfChoice(profile, 'notregistered')?.code).toBe('ELG-REG');
    expect(categoryOfChoice(profile, 'favour')?.code).toBe('SEN');
    expect(categoryOfChoice(profile, 'recordeddead')?.sla).toEqual({ days: 2, count: 'working' });
    expect(categoryOfChoice(profile, 'nothing')).toBeUndefined();
  });

  it('keep what is secret secret by default', () => {
    const secrecy = Object.values(load(SMALL).categories).filter(({ sensitivity }) => sensitivity !== 'open');
    expect(secrecy.map(({ code, sensitivity }) => `${code} ${sensitivity}`)).toEqual([
      'PAY-FEE restricted',
      'STF restricted',
      'FRD restricted',
      'SEN sensitive',
    ]);
  });

  it('can be changed, added and given a choice of another', () => {
    const { categories } = load(
      `${SMALL}categories:
  SUG: { sla_days: 14, route: press }
  LINE: { choices: [charged], sla_working_days: 2, triage_working_days: 1 }
`,
    );
    expect(categories['SUG']).toMatchObject({ sla: { days: 14, count: 'calendar' }, route: 'press' });
    expect(categories['LINE']).toMatchObject({ choices: ['charged'], sensitivity: 'open', anonymous: true });
    expect(categories['SRV']?.choices).toEqual(['office']);
  });

  it('go where the profile routes them, but never an accusation to the accused, nor an appeal to the decider', () => {
    const profile = load(LEBANON);
    const route = (code: string, programme: string | null): string => {
      const category = profile.categories[code];
      if (category === undefined) throw new Error(code);
      return routeOf(profile, category, programme);
    };
    expect(route('PAY-NR', 'ESSN')).toBe('CMU');
    expect(route('PAY-NR', 'ESSN_TOPUP')).toBe('education');
    expect(route('PAY-NR', null)).toBe('CMU');
    expect(route('PAY-FEE', 'ESSN_TOPUP')).toBe('central_inspection');
    expect(route('STF', 'ESSN_TOPUP')).toBe('central_inspection');
    expect(route('SEN', 'ESSN_TOPUP')).toBe('gbv_provider');
    expect(route('ELG-APL', 'ESSN_TOPUP')).toBe('appeals');
    expect(route('ELG-LIST', 'ESSN')).toBe('CMU');
  });
});

describe('officeFor', () => {
  const profile = load(
    `${SMALL}place: { en: Head office }
offices:
  - { area: BGD, name: { en: Baghdad } }
  - { area: BGD-03, name: { en: Karrada }, hours: ["09:00", "12:00"] }
`,
  );
  it.each([
    ['BGD-03', 'Karrada', '09:00'],
    ['BGD-03-1', 'Karrada', '09:00'],
    ['BGD-04', 'Baghdad', '08:00'],
    ['BGDX', 'Head office', '08:00'],
    [null, 'Head office', '08:00'],
  ])('%s: %s', (area, name, from) => {
    const office = officeFor(profile, area);
    expect(office.name['ar']).toBe(name);
    expect(office.hours[0]).toBe(from);
  });
});

/**
 * Every key a profile may have. Everything that differs between two countries is here as data; a second country needs
 * a second file and no code. Unknown keys are refused: a misspelt rule must not silently fall back to its default.
 */
import { z } from 'zod';
import { ENROLMENT_STATUSES, PAYMENT_STATUSES } from '../registry/registry.ts';
import { WEEKDAYS } from './calendar.ts';
import { SENSITIVITIES } from './categories.ts';
import { documentType } from './documents.ts';
import * as field from './fields.ts';
import { registryBlock } from './registry-block.ts';

const { strictObject } = z;
const status = z.enum(ENROLMENT_STATUSES, `must be one of ${ENROLMENT_STATUSES.join(', ')}`);
const days = field.whole(0, 3660);
const count = field.whole(1, 366);

/** Place and office names: 18 Latin characters or 12 Arabic ones. */
const placeName = field.words(18, 12);

const calendar = strictObject({
  tz: field.timeZone,
  weekend: z
    .array(z.enum(WEEKDAYS, `must be one of ${WEEKDAYS.join(', ')}`))
    .refine((weekend) => new Set(weekend).size < 7, 'must leave a working day'),
  hours: field.openingHours,
  holidays: z.array(field.date).default([]),
  special_hours: z
    .array(
      strictObject({ from: field.date, until: field.date, hours: field.openingHours }).refine(
        ({ from, until }) => from <= until,
        'must start before it ends',
      ),
    )
    .default([]),
});

const sender = z
  .string()
  .regex(
    /^(?=.*[A-Za-z])[A-Za-z0-9 ._&-]{1,11}$/,
    'must be 1 to 11 Latin letters and digits: carriers refuse more',
  );

const channels = strictObject({
  ussd: strictObject({
    code: z
      .string('must stand in quotes')
      .regex(/^\*\d[\d*]{0,9}#$/, 'must look like "*1747#", at most 12 characters'),
    free: z.boolean().default(true),
  }),
  sms: strictObject({
    /** The number citizens can write to; null: they cannot answer. */
    two_way: field.phoneDigits.nullable().default(null),
    /** The alphanumeric name notices come from; null: they come from the two-way number. */
    sender: sender.nullable().default(null),
  }).prefault({}),
  whatsapp: strictObject({
    enabled: z.boolean().default(false),
    /**
     * Approved templates, by name and language, as the provider identifies them. `waiting` says "you have a message" and
     * is what leaves when she last wrote more than 24 hours ago.
     */
    templates: z.record(z.string(), z.record(field.language, z.string().min(1))).default({}),
  }).prefault({}),
});

const hotline = strictObject({
  number: field.phoneDigits,
  /** False: nothing prints the number any more, and a call is offered instead. */
  up: z.boolean().default(true),
  /** For people in danger. 112 reaches the emergency service from any GSM phone (3GPP TS 22.101 §10.1.1). */
  danger: field.phoneDigits.default('112'),
  /** The child helpline; without one, the danger number. */
  child: field.phoneDigits.optional(),
});

const SECOND = ['birth_year', 'area_code'] as const;

/** A number that she has, and something that she knows. */
function identityRule<First extends string>(first: First) {
  const words = `must be ${SECOND.map((second) => `[${first}, ${second}]`).join(' or ')}`;
  return z
    .tuple([z.literal(first, words), z.enum(SECOND, words)], words)
    .default([first, 'birth_year'] as never);
}

const identity = strictObject({
  /** By name, or with what is known of its number (documents.ts). A household card is a document like others. */
  documents: z.array(documentType).min(1, 'must name a document').default(['national_id']),
  /** What is asked on a registered phone; where births are not recorded, the code of the area she lives in. */
  level2: identityRule('doc_last4'),
  /** What is asked on any other phone. */
  level2_unmatched: identityRule('doc_full_digits_or_family_file'),
  tries: field.whole(1, 5).default(3),
  lock_hours: field.whole(1, 720).default(24),
  nominee_min_age: field.whole(12, 100).default(18),
  /** Files one phone may ask for in vain in a day, when it is not in the registry. */
  failed_files_per_day: field.whole(1, 20).default(5),
  /** Fewer digits would match many files. */
  unmatched_documents_min_digits: field.whole(5, 20).default(5),
});

const range = (least: number): z.ZodType<[number, number], [number, number]> =>
  z
    .tuple(
      [z.number().min(least), z.number().min(least)],
      'must be two numbers, the smaller first, such as [13, 18]',
    )
    .refine(([from, until]) => from <= until, 'must start with the smaller number');

const programme = strictObject({
  /** As shown on screens; without it, the code. In Arabic, 8 characters keep every status on one page. */
  name: field.words(20, 12).optional(),
  /** Who can get it, for "who can get aid". */
  criteria: field.words(160, 160).optional(),
  /** A formula over `members`, see amount.ts. */
  amount: field.amountFormula.optional(),
  /** Least and most per student. */
  per_student: range(0).optional(),
  ages: range(0).optional(),
  period: field.word.optional(),
  statuses: z
    .union([z.literal('all'), z.array(status).min(1)], 'must be "all" or a list of statuses')
    .default('all'),
  /** Takes nobody in any more. */
  closing: z.boolean().default(false),
  migrates_to: field.programmeCode.optional(),
  /** A household found in both is shown one only. */
  exclusive_with: z.array(field.programmeCode).default([]),
  /** Pay of one day: what was paid is then told with the days it is for. */
  day_rate: field.money.optional(),
  /** Paid for each child: the payments of one period are told as lines and a total. */
  per_child: z.boolean().default(false),
  /** Lasts so many months unless it is extended: the month is told, and after the last it is never called active. */
  months: field.whole(1, 120).optional(),
  /** The months of an enrolment whose reason is `extended`, all in all; without it, an extension has no last month. */
  extended_months: field.whole(1, 120).optional(),
  /** Who asks may have it sent to her as a text message, what it is and for whom, after a yes. */
  by_sms: z.boolean().default(false),
  /** The line or amount of each area, by code; the longest that an area begins with counts. */
  amount_by_area: z.record(z.string(), field.money).optional(),
  /** Given without an application: she is told once, and how to refuse it. */
  automatic: z.boolean().default(false),
  /** The institution that answers for it, where several share a registry: its cases enter that queue. */
  institution: field.word.optional(),
  /** What else a person who is refused may ask for: programmes of this profile. */
  alternatives: z.array(field.programmeCode).default([]),
});

const category = strictObject({
  choices: z.array(field.word).optional(),
  sla_working_days: count.optional(),
  sla_days: count.optional(),
  triage_working_days: count.optional(),
  contact_hours: count.optional(),
  sensitivity: z.enum(SENSITIVITIES).optional(),
  route: field.word.optional(),
  anonymous: z.literal(true, 'cannot be switched off: a complaint without a name is always taken').optional(),
  feedback: z.boolean().optional(),
});

const windows = strictObject({
  appeal_days: days.default(30),
  /** Objection to a posted list; without it, for as long as the list is posted, or as appeals. */
  objection_days: days.optional(),
  /** Days for which results are posted and may be objected to; two stages are a list of two. 0: nothing is posted. */
  posted_days: z.union([days, z.array(days)]).default(0),
  /** Months after which the family's details must be confirmed; null: never. */
  update_months: field.whole(1, 120).nullable().default(null),
  /** Days before that date on which she is reminded. */
  reminder_days: z.array(field.whole(1, 366)).default([90, 60, 30]),
  /** What her file is told to be while an objection to a posted list is open: it is checked again. */
  objection_reopens: z.enum(['review', 'visit', 'appeal']).optional(),
  /**
   * The list is drawn up in rounds, at most so many months apart (`registration_open` says whether one is on): who says
   * between two rounds that she is not on it is kept for the next, and told when it opens.
   */
  round_months: field.whole(1, 120).optional(),
  objection_count_from: z.enum(['delivered', 'posted', 'decided']).default('delivered'),
});

/**
 * The privacy regime is on by default and a profile can only make it stricter: each key stops at the default regime's
 * own value, whatever the country's law still allows.
 */
const privacy = strictObject({
  /** `discreet`: no notice ever tells more than "you have a message". */
  sms_detail: z
    .enum(['amount_date_place', 'discreet'], 'must be amount_date_place or the stricter discreet')
    .default('amount_date_place'),
  retain_conversation_months: z.int().min(1).max(24, 'can only be stricter than 24 months').default(24),
  /** Registry answers may be kept for one USSD session at most. */
  cache_ttl_s: z.int().min(0).max(180, 'can only be stricter than 180 seconds, one session').default(0),
  log_purpose: z.literal('required', 'cannot be switched off: must be required').default('required'),
});

const limits = strictObject({
  ussd: strictObject({
    gsm7: field.whole(60, 182).default(160),
    ucs2: field.whole(40, 80).default(70),
  }).prefault({}),
  rate_per_person_per_minute: field.whole(1, 100_000).default(200),
  rate_per_process_per_minute: field.whole(5000, 10_000_000).default(60_000),
  /** Messages a second by each product of a provider, all processes together; as agreed with the provider. */
  messages_per_second: field.whole(1, 10_000).default(25),
});

const referral = strictObject({
  consent: z.literal('required', 'cannot be switched off: must be required').default('required'),
  /** Name and phone are the most that may leave. */
  fields: z
    .array(z.enum(['name', 'phone'], 'must be name or phone: nothing else is shared'))
    .default(['name', 'phone']),
  feedback_days: count.default(7),
  open: z.boolean().default(true),
  /** Areas where partners can, or cannot, take people in; an area not named follows `open`. */
  absorption_open: z.record(z.string(), z.boolean()).default({}),
});

/** The grounds of an appeal for which the catalogue has words; others need some in `wording`. */
const GROUNDS = ['income', 'family', 'visit', 'home', 'other'];

export const profileSchema = strictObject({
  tenant: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be small letters, digits and hyphens'),
  /** 10 letters, 8 in Arabic: it opens most messages. */
  service_name: field.words(10, 8),
  languages: strictObject({
    default: field.language,
    /** In menu order: the first is key 1. Keys 8 and 9 are taken. */
    offered: z
      .array(field.language)
      .min(1, 'must offer a language')
      .max(7, 'must be at most 7: keys 8 and 9 are taken'),
  }),
  calendar,
  /** What citizens may do here: 1 read and be called, 2 + their own file, 3 + changes and appeals, 4 + decision steps. */
  engagement_level: field.whole(1, 4).default(3),
  channels,
  hotline,
  currency: field.currency,
  identity: identity.prefault({}),
  programmes: z
    .record(field.programmeCode, programme)
    .refine((programmes) => Object.keys(programmes).length > 0, 'must have a programme'),
  psp: z
    .array(strictObject({ id: field.word, kind: field.word, brands: z.array(z.string()).default([]) }))
    .default([]),
  /** The payment system's own words in a file of payments, such as "cashed out": collected. */
  payment_status_map: z
    .record(z.string(), z.enum(PAYMENT_STATUSES, `must be one of ${PAYMENT_STATUSES.join(', ')}`))
    .default({}),
  windows: windows.prefault({}),
  /** Why she may not agree, in menu order: each has a text `ap.why.<ground>`, of the catalogue or of `wording`. */
  appeal_grounds: z
    .array(z.string().regex(/^[a-z]{2,20}$/, 'must be small letters'))
    .min(1, 'must name a ground')
    .max(5, 'must be at most 5: a screen holds no more')
    .default(GROUNDS),
  /** Category code, or `<code>_contact_hours`. */
  sla_working_days: z.record(z.string(), count).default({}),
  /** Category code, family of codes (PAY, ELG) or programme -> the unit that answers; `by_area`: the unit of her office. */
  routing: z.record(z.string(), field.word).default({}),
  categories: z
    .record(z.string().regex(/^[A-Z][A-Z0-9-]{1,15}$/, 'must be a code such as PAY-NR'), category)
    .default({}),
  /** The registry's own status words, where they differ from ours; `stage`: which of several postings the word means. */
  status_map: z
    .record(
      z.string(),
      z.union(
        [status, strictObject({ status: z.literal('posted'), stage: field.whole(1, 9) })],
        `must be one of ${ENROLMENT_STATUSES.join(', ')}, or { status: posted, stage: 2 }`,
      ),
    )
    .default({}),
  external_grm: strictObject({
    kind: field.word,
    sync: z.enum(['two_way', 'inbound', 'outbound', 'none']).default('none'),
    key: field.word.default('case_number'),
  }).optional(),
  privacy: privacy.prefault({}),
  referral: referral.prefault({}),
  quiet_hours: z
    .tuple([field.time, field.time], 'must be two times such as ["20:00", "08:00"]')
    .refine(([from, until]) => from !== until, 'must not start when they end')
    .default(['20:00', '08:00']),
  registration_open: z.boolean().default(true),
  /** Everybody may read all that is held of her, by institution, under "my rights". */
  my_record: z.boolean().default(false),
  /** An agent may apply for a household. */
  nominated_agent: z.boolean().default(false),
  digits: z.enum(['latin', 'arabic-indic']).default('latin'),
  /** The administrations and banks that are asked about a household's means, once it agreed; named to it one by one. */
  means_check: strictObject({
    sources: z
      .array(strictObject({ id: field.word, name: field.words(18, 8) }))
      .min(1, 'must name a source')
      .max(8, 'must be at most 8: more do not fit on a screen'),
  }).optional(),
  /** Where an office is nearest when no area is known, or none is listed for it. */
  place: placeName.optional(),
  offices: z
    .array(
      strictObject({
        area: z.string().min(1),
        name: placeName,
        hours: field.openingHours.optional(),
        /** The queue of its cases, for categories routed `by_area`: a committee, a foundation, a county. */
        unit: field.word.optional(),
      }),
    )
    .default([]),
  /**
   * Other systems that complaints come from, by the `source` they write under: once any is named, no other may write.
   * `told`: a webhook of that source hears what becomes of the cases that it sent, and of no others.
   */
  sources: z
    .array(strictObject({ id: field.word, kind: field.word.optional(), told: z.boolean().default(true) }))
    .default([]),
  /** Pay days by the last digit of a document: month -> digit -> date. */
  payment_calendar: strictObject({
    document: field.word,
    months: z.record(
      z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-11'),
      z.record(z.string().regex(/^\d$/, 'must be a last digit, 0 to 9, in quotes'), field.date),
    ),
  }).optional(),
  callback: strictObject({
    per_slot_capacity: field.whole(1, 100_000).default(20),
    days_ahead: field.whole(1, 60).default(5),
  }).prefault({}),
  limits: limits.prefault({}),
  numbers: strictObject({
    /** ISO 3166 alpha-2, how national phone numbers are read; without it, the country of the time zone. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capitals such as LB')
      .optional(),
  }).prefault({}),
  /** Other texts than the catalogue's: language -> key -> text. */
  wording: z.record(field.language, z.record(z.string(), z.string())).default({}),
  // What the adapters of a registry read: kept together in one place, apart from what citizens see.
  /** Which registry is asked and how; the adapter named by `kind` reads the rest. Secrets never stand here. */
  registry: registryBlock,
});

/** A profile as its file says it, defaults filled in. */
export type ProfileFile = z.output<typeof profileSchema>;

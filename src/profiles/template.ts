/** The profile that `wasl profile new` starts: it passes the check as it stands, and says of each key what it is for. */

/** `name`: the tenant, small letters, digits and hyphens. */
export function profileTemplate(name: string): string {
  return `# Profile of ${name}. Everything marked "confirm" must be confirmed by the ministry before anybody real is served.
# Check it with: npx wasl profile check FILE. All keys: docs/reference/programmes.md and profile.schema.json.
tenant: ${name}
# Opens most messages: at most 10 Latin letters, 8 in other scripts.
service_name: { en: AidLine } # confirm
# In menu order: the first is key 1. A language needs its words in locales/.
languages: { default: en, offered: [en] } # confirm
calendar:
  tz: Asia/Beirut # confirm
  weekend: [sat, sun] # confirm
  hours: ['08:00', '16:00'] # confirm
  holidays: [] # confirm; dates such as 2026-12-25
# 1 information and callbacks, no personal data; 2 + status, payments, complaints; 3 + changes, appeals, referrals;
# 4 + steps of decisions: objection to posted lists, "nothing has changed".
engagement_level: 3 # confirm
channels:
  ussd: { code: '*100#', free: true } # confirm
  sms: { two_way: null, sender: null } # confirm; sender: at most 11 Latin letters
  whatsapp: { enabled: false }
# up: false takes the number out of every text. danger: whom people in danger call.
hotline: { number: '100', up: true, danger: '112' } # confirm
currency: USD # confirm; ISO 4217
numbers: { country: LB } # confirm; how national phone numbers are read
identity:
  # A name, or with what is known of the number: { type: national_id, digits: 13, check: luhn }.
  # Checks: luhn (ZA), tc (TR), nis (BR), ci (UY), nik (ID), cn_id (CN).
  documents: [national_id] # confirm
  # Or [doc_last4, area_code] where births are not recorded.
  level2: [doc_last4, birth_year]
  level2_unmatched: [doc_full_digits_or_family_file, birth_year]
  tries: 3
  lock_hours: 24
  nominee_min_age: 18 # confirm
programmes:
  CASH:
    name: { en: Cash aid } # confirm
    criteria: { en: families in need } # confirm
    amount: '25 + 20*min(members,6)' # confirm; a number, or a formula over members
    period: month
# Days to appeal, to object to a posted list, for which lists are posted (two stages: [7, 7]); months until the family's
# details must be confirmed (null: never), and the days before on which she is reminded.
windows:
  appeal_days: 30 # confirm
  objection_days: 30 # confirm
  posted_days: 0 # confirm
  update_months: null # confirm
  reminder_days: [90, 60, 30]
# Category, family of categories (PAY, ELG) or programme -> the unit that answers; by_area: the unit of her office.
routing: { PAY: payments, ELG: registry, STF: inspection, SEN: protection } # confirm
registration_open: true # confirm; false offers "SMS me when it opens"
nominated_agent: false # confirm
referral: { consent: required, fields: [name, phone], feedback_days: 7, open: true } # confirm
# Can only be stricter than this.
privacy:
  { sms_detail: amount_date_place, retain_conversation_months: 24, cache_ttl_s: 0, log_purpose: required }
quiet_hours: ['20:00', '08:00'] # confirm
place: { en: local office } # confirm
offices: [] # - { area: BEY, name: { en: Beirut office }, unit: beirut }
registry: { kind: local }
`;
}

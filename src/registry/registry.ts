/**
 * The questions Wasl asks of a social registry, in the registry's terms. Adapters (local PostgreSQL, DCI over HTTP)
 * answer them already minimised: what a dialog or an agent never needs does not leave the adapter.
 */

/** Opaque keys: a registry adapter makes them, nobody reads meaning into them. UUID text. */
export type PersonKey = string;
export type HouseholdKey = string;

export type PhoneUse = 'own' | 'shared' | 'borrowed' | 'unknown';
export type Role = 'head' | 'member' | 'nominee';

/** A person as far as identification needs her. Held in memory for one turn only; never logged. */
export type RegistryPerson = {
  person: PersonKey;
  household: HouseholdKey;
  role: Role;
  birthYear: number | null;
  /** ISO date, for the age rules of nominees. */
  birthDate: string | null;
  /** Last four digits of each document and of the family file number. */
  documentEndings: string[];
  alive: boolean;
  language: string | null;
  /** How the phone asked about is used by this person; absent when not found by phone. */
  phoneUse?: PhoneUse;
};

/** What the household's file says beside the persons found. */
export type HouseholdState = {
  /** The head is recorded as deceased. */
  headDeceased: boolean;
  area: string | null;
  /** Last digit of the head's document by which pay days go; absent where the profile has none or it is not known. */
  payDigit?: string;
};

/**
 * What each of several sources said where they disagree, for who looks into it: the citizen is told "being checked".
 * `date`: when that status was reached, else since when she has been enrolled, ISO date.
 */
export type Said = { source: string; status: string; date?: string | null; amount?: string | null };

export const ENROLMENT_STATUSES = [
  'received',
  'incomplete',
  'visit',
  'review',
  'posted',
  'waiting',
  'approved',
  'active',
  'noteligible',
  'update',
  'blocked',
  'suspended',
  'ended',
  'migrated',
  'appeal',
] as const;
export type EnrolmentStatus = (typeof ENROLMENT_STATUSES)[number];

export type Enrolment = {
  programme: string;
  /** `unknown`: the registry used a word that the profile does not map; shown as "being checked" and counted. */
  status: EnrolmentStatus | 'unknown';
  /** ISO dates. */
  since: string | null;
  statusDate: string | null;
  reason: string | null;
  nextDate: string | null;
  reviewDue: string | null;
  /** Of what is posted several times: which time, where the registry says so. */
  stage?: number;
  /** Present where sources disagree; `status` is `unknown` then. */
  said?: Said[];
};

export const PAYMENT_STATUSES = [
  'scheduled',
  'ready',
  'sent',
  'paid',
  'collected',
  'late',
  'failed',
  'returned',
  'cancelled',
  'on_hold',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export type Payment = {
  reference: string;
  programme: string;
  period: string | null;
  /** Decimal string, never a float; null when the source did not say. */
  amount: string | null;
  currency: string | null;
  status: PaymentStatus | 'unknown';
  /** ISO dates: the collection window, or for scheduled payments the expected date in `from`. */
  from: string | null;
  until: string | null;
  place: string | null;
  provider: string | null;
  /** When this status was reached, ISO date. */
  statusDate: string | null;
  /** Present where sources disagree; `status` is `unknown` then. */
  said?: Said[];
};

export type RegistryFile = { household: HouseholdKey; state: HouseholdState };

/** Why we ask: travels with each request and into the audit (registry-side `authorize.purpose`). */
export type Purpose =
  'IDENTIFY' | 'STATUS_ENQUIRY' | 'PAYMENT_ENQUIRY' | 'GRIEVANCE_INTAKE' | 'PAYMENT_NOTICE';

export type Query = {
  purpose: Purpose;
  signal: AbortSignal;
  /**
   * The turn in which it is asked: an adapter may use an answer again for as long as `of` lives, and ask for a household
   * anew by the phone of who is talking (E.164).
   */
  turn?: { of: object; phone: string | null };
};

export type Registry = {
  /** Everyone who has this phone (E.164), with the use each makes of it. Empty: not known here. */
  findByPhone(phone: string, query: Query): Promise<RegistryPerson[]>;
  /** Everyone with a document, or in a household with a family file number, of exactly these digits. */
  findByDocument(digits: string, query: Query): Promise<RegistryPerson[]>;
  file(household: HouseholdKey, query: Query): Promise<RegistryFile | undefined>;
  enrolments(household: HouseholdKey, query: Query): Promise<Enrolment[]>;
  /** Newest first; those of the last twelve months and all open ones, at most 24. */
  payments(household: HouseholdKey, query: Query): Promise<Payment[]>;
  /** The phone to warn when another phone asked about this file: the head's own number, E.164. */
  registeredPhone(
    household: HouseholdKey,
    query: Query,
  ): Promise<{ phone: string; use: PhoneUse } | undefined>;
};

/** The registry did not answer in time, or not at all. Never to be read as "no". */
export class RegistryUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryUnavailable';
  }
}

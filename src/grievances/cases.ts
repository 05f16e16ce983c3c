/** Opens a case and finds it again: its number, its clock, its queue, and who may know of it. */
import type { Channel, Slots } from '../conversation/dialog.ts';
import type { TurnContext, Tx } from '../conversation/ports.ts';
import type { Keys } from '../privacy/keys.ts';
import { dueDate, localDate, type Calendar } from '../profiles/calendar.ts';
import { categoryOfChoice, routeOf, type Category, type Sensitivity } from '../profiles/categories.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Registry } from '../registry/registry.ts';
import { recordEvent } from './events.ts';
import type { CaseStatus } from './lifecycle.ts';
import { newReference } from './reference.ts';

export type GrievanceDeps = {
  profile: Profile;
  keys: Keys;
  registry: Registry;
  /** Numbers of cases that do not exist one phone may ask for in a day; 5. */
  referenceLimit?: number;
  /** A number from `min` up to, not including, `max`; the system's random numbers. */
  random?: (min: number, max: number) => number;
};

export type CaseKind = 'complaint' | 'appeal' | 'update' | 'information' | 'referral';

export type Case = {
  reference: string;
  kind: CaseKind;
  category: string;
  sensitivity: Sensitivity;
  status: CaseStatus;
  contact: string | null;
  anonymous_phone: string | null;
  household: string | null;
  answer_sealed: Buffer | null;
  /** ISO date. */
  due_on: string;
  level: number;
};

/** Who lodges: somebody we may answer, or nobody but a phone hashed with a key of its own. */
export type Lodger =
  | { anonymous: true; phone: string }
  | {
      anonymous: false;
      contact: string | null;
      person?: string | null;
      household?: string | null;
      area?: string | null;
    };

export type Filing = {
  kind: CaseKind;
  category: Category;
  /** The menu choice, `change:<what>` or `ground:<why>`. */
  matter: string | null;
  programme: string | null;
  lodger: Lodger;
  /** The area of an office, as somebody without a name gave it: it chooses the queue and is not kept. */
  area?: string | null;
  channel: Channel | null;
  language: string | null;
  /** What she told, by question; sealed. Free text must have been through maskSecrets. */
  words: CaseWords;
  at: Date;
  /** Hash of what makes a repetition the same case (events.ts, `hashOfTurn`); null where `external` does. */
  idempotency: string | null;
  /** The system that sent it, with its own id for the case. */
  external?: { source: string; id: string };
};

export type CaseWords = Readonly<Record<string, string>>;

export type Opened = { reference: string; dueOn: string; created: boolean };

const CASE = `reference, kind, category, sensitivity, status, contact, anonymous_phone, household, answer_sealed,
              due_on, level`;

/** With 9 million numbers, twenty in use one after the other do not happen by chance. */
const MAX_DRAWS = 20;

/** Stores a case under a new number, or finds the one this filing already made. */
export async function openCase(
  tx: Tx,
  { profile, keys, random }: Pick<GrievanceDeps, 'profile' | 'keys' | 'random'>,
  filing: Filing,
): Promise<Opened> {
  const { category, lodger } = filing;
  const named = lodger.anonymous ? undefined : lodger;
  const isOpen = category.sensitivity === 'open';
  const words = Object.keys(filing.words).length > 0;
  const at = lodger.anonymous ? startOfHour(filing.at) : filing.at;
  const values = [
    filing.kind,
    category.code,
    filing.matter,
    category.sensitivity,
    routeOf(profile, category, filing.programme, named?.area ?? filing.area ?? null),
    filing.programme,
    named?.contact ?? null,
    lodger.anonymous,
    lodger.anonymous ? lodger.phone : null,
    named?.person ?? null,
    named?.household ?? null,
    // A local office looks for its area; what may accuse it must not be found there.
    isOpen ? (named?.area ?? null) : null,
    filing.channel,
    filing.language,
    filing.external?.source ?? 'citizen',
    filing.external?.id ?? null,
    words ? keys.sealJson('case', filing.words, 'grievance.text') : null,
    promisedBy(category, filing.at, profile.calendar),
    filing.idempotency,
    at,
  ];
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const { rows } = await tx.query<{ reference: string; due_on: string }>(
      `insert into grievance (
         reference, kind, category, matter, sensitivity, route, programme, contact, anonymous, anonymous_phone,
         person, household, area, channel, language, source, external_id, text_sealed, due_on, idempotency,
         created_at, updated_at, clock_from, clock_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21, $21, $21)
       on conflict do nothing
       returning reference, due_on`,
      [newReference(random), ...values],
    );
    const [made] = rows;
    if (made) {
      await recordEvent(tx, { reference: made.reference, at, kind: 'lodged', to: 'received' });
      return { reference: made.reference, dueOn: made.due_on, created: true };
    }
    const before = await sameFiling(tx, filing);
    if (before) return before;
  }
  throw new Error('no free case number was found');
}

/** The time of a deed on a case. */
export function momentOn({ contact }: Pick<Case, 'contact'>, now: Date): Date {
  return contact === null ? startOfHour(now) : now;
}

/** For what must not lead to a person: to the minute, the time would say whose conversation it came from. */
export function startOfHour(at: Date): Date {
  return new Date(at.getTime() - (at.getTime() % 3_600_000));
}

/** The case that this filing made before; without one, only the number was taken. */
async function sameFiling(tx: Tx, { idempotency, external }: Filing): Promise<Opened | undefined> {
  const { rows } = await tx.query<{ reference: string; due_on: string }>(
    'select reference, due_on from grievance where idempotency = $1 or (source = $2 and external_id = $3)',
    [idempotency, external?.source ?? null, external?.id ?? null],
  );
  return rows[0] && { reference: rows[0].reference, dueOn: rows[0].due_on, created: false };
}

/** What she told, as `openCase` sealed it. */
export function openWords(keys: Keys, sealed: Buffer): CaseWords {
  return keys.openJson('case', sealed, 'grievance.text') as CaseWords;
}

export async function findCase(tx: Tx, reference: string): Promise<Case | undefined> {
  const { rows } = await tx.query<Case>(`select ${CASE} from grievance where reference = $1`, [reference]);
  return rows[0];
}

/** Reads a case and keeps others from changing it until the transaction ends. */
export async function lockCase(tx: Tx, reference: string): Promise<Case | undefined> {
  const { rows } = await tx.query<Case>(`select ${CASE} from grievance where reference = $1 for update`, [
    reference,
  ]);
  return rows[0];
}

/** The category of a menu choice; what is in nobody's table an agent will sort. */
export function categoryOf(profile: Profile, choice: string | undefined): Category {
  const category = categoryOfChoice(profile, choice ?? '') ?? profile.categories['OTH'];
  if (!category) throw new Error('the profile has no category OTH');
  return category;
}

/** The ISO date promised for an answer. Without a clock, the day by which somebody must have called. */
export function promisedBy(category: Category, at: Date, calendar: Calendar): string {
  if (category.sla) return dueDate(at, category.sla, calendar);
  const hours = category.contact_hours ?? 24;
  return localDate(new Date(at.getTime() + hours * 3_600_000), calendar.tz);
}

/** The programme she named, if it is one of ours. */
export function programmeOf(profile: Profile, programme: string | undefined): string | null {
  return programme !== undefined && programme in profile.programmes ? programme : null;
}

/** Who speaks for her, if somebody does: whoever calls back must know whom to ask for. */
export function askedBy(slots: Slots, { identity }: TurnContext): string | undefined {
  return identity?.proxy ? 'proxy' : slots['by'];
}

/** The phone of somebody who gives no name; chat users without a phone are known by their address alone. */
export function anonymousKey(keys: Keys, { phone, contact }: TurnContext): string {
  return keys.anonymous(phone ?? contact);
}

/** This is the phone that lodged it. */
export function isOwn(found: Case, keys: Keys, turn: TurnContext): boolean {
  return found.contact === turn.contact || found.anonymous_phone === anonymousKey(keys, turn);
}

/**
 * Whether the answer may be read: on the phone that lodged it, or by who showed to be of that household (level 2). What
 * is restricted stays with the phone: it may be about somebody at home. A proxy reads no complaint: it may be about her.
 */
export function mayRead(found: Case, keys: Keys, turn: TurnContext): boolean {
  if (isOwn(found, keys, turn)) return true;
  const { identity } = turn;
  if (identity?.level !== '2' || identity.proxy || found.sensitivity !== 'open') return false;
  return found.household === identity.household;
}

/** What every deed of staff on a case has in common: seen, not overtaken, allowed, written down. */
import type { Tx } from '../conversation/ports.ts';
import type { Notifier } from '../notifications/notify.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Registry } from '../registry/registry.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';
import { promisedBy, type Case } from './cases.ts';
import type { EventKind } from './events.ts';
import type { CaseStatus } from './lifecycle.ts';
import { visibleCases } from './visibility.ts';

export type WorkDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  registry: Registry;
  notifier: Notifier;
};

/** A deed on a case: who does it, and which version of the case they had before them. */
export type Deed = { reference: string; version: number; by: Staff; at: Date };

/** A case as those who work on it need it. */
export type WorkCase = Case & {
  version: number;
  matter: string | null;
  route: string;
  area: string | null;
  programme: string | null;
  person: string | null;
  language: string | null;
  channel: string | null;
  owner: string | null;
  decided_by: string | null;
  appeal_of: string | null;
  accused_area: string | null;
  accused_staff: string | null;
  created_at: Date;
};

/** One step of the history, without its words. */
export type Step = {
  at: Date;
  actor: string;
  kind: EventKind;
  from: CaseStatus | null;
  to: CaseStatus | null;
  reason: string | null;
};

/** There is none with this number, or none that this member of staff may know of: the same words for both. */
export class NoSuchCase extends Error {
  constructor() {
    super('there is no such case');
    this.name = 'NoSuchCase';
  }
}

/** Somebody was faster. Carries what happened since, so that the loser loses nothing but the race. */
export class StaleCase extends Error {
  readonly version: number;
  readonly since: readonly Step[];

  constructor(version: number, since: readonly Step[]) {
    super('the case has changed since it was read');
    this.name = 'StaleCase';
    this.version = version;
    this.since = since;
  }
}

/** `permission`: their roles do not include it. `own_decision`: an appeal against what they decided themselves. */
export class NotAllowed extends Error {
  readonly why: 'permission' | 'own_decision';

  constructor(why: 'permission' | 'own_decision' = 'permission') {
    super(`not allowed: ${why}`);
    this.name = 'NotAllowed';
    this.why = why;
  }
}

/** What a deed was given is not in its closed list, or cannot be done to this case. */
export type BadDeedWhy =
  | 'reason'
  | 'text'
  | 'answer'
  | 'unit'
  | 'owner'
  | 'date'
  | 'category'
  | 'sensitivity'
  | 'status'
  | 'area'
  | 'version';

export class BadDeed extends Error {
  readonly why: BadDeedWhy;
  /** More about it, for the page: problems of a text by language. */
  readonly details: unknown;

  constructor(why: BadDeedWhy, details?: unknown) {
    super(`this cannot be done: ${why}`);
    this.name = 'BadDeed';
    this.why = why;
    this.details = details;
  }
}

export const WORK_CASE = `g.reference, g.kind, g.category, g.sensitivity, g.status, g.contact, g.anonymous_phone,
  g.household, g.answer_sealed, g.due_on, g.level, g.version, g.matter, g.route, g.area, g.programme, g.person,
  g.language, g.channel, g.owner, g.decided_by, g.appeal_of, g.accused_area, g.accused_staff, g.created_at`;

/** `decide`: the outcome itself. Everything else on a case is `work`. */
export type Need = 'work' | 'decide';

/**
 * Runs a deed in a transaction of its own: the case is locked, seen by `by`, at the version they read, and within their
 * permissions. Writes the audit. Throws NoSuchCase, StaleCase or NotAllowed, having changed nothing.
 */
export async function onCase<T>(
  { db }: Pick<WorkDeps, 'db'>,
  { reference, version, by, at }: Omit<Deed, 'version'> & { version?: number },
  { need, action }: { need: Need; action: string },
  work: (tx: Tx, found: WorkCase) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    const found = await lockVisible(tx, by, reference);
    if (!found) throw new NoSuchCase();
    if (version !== undefined && version !== found.version)
      throw new StaleCase(found.version, await stepsSince(tx, reference, version));
    await mustBeAllowed(tx, by, found, need);
    const result = await work(tx, found);
    await recordAudit(tx, { actor: by.key, action, subject: `case:${reference}`, at });
    return result;
  });
}

async function lockVisible(tx: Tx, by: Staff, reference: string): Promise<WorkCase | undefined> {
  const { sql, values } = visibleCases(by, 'g', 2);
  const { rows } = await tx.query<WorkCase>(
    `select ${WORK_CASE} from grievance g where g.reference = $1 and ${sql} for update of g`,
    [reference, ...values],
  );
  return rows[0];
}

/** What happened to a case after a version of it, in order. */
export async function stepsSince(tx: Tx, reference: string, version: number): Promise<Step[]> {
  const { rows } = await tx.query<Step>(
    `select at, actor, kind, from_status as "from", to_status as "to", reason from grievance_event
     where reference = $1 and version > $2 order by id`,
    [reference, version],
  );
  return rows;
}

/** Throws NotAllowed. Who may see a case of a secret kind works on it alone, so seeing it is the permission. */
export async function mustBeAllowed(tx: Tx, by: Staff, found: WorkCase, need: Need): Promise<void> {
  allow(permits(by, found, need));
  if (need !== 'decide' || found.kind !== 'appeal') return;
  if (await wasFirstDecider(tx, by, found)) throw new NotAllowed('own_decision');
}

function permits(by: Staff, { sensitivity, kind }: WorkCase, need: Need): boolean {
  if (sensitivity === 'sensitive') return may(by, 'private');
  if (sensitivity === 'restricted') return may(by, 'restricted');
  if (need === 'work') return may(by, 'cases');
  return may(by, kind === 'appeal' ? 'appeals' : 'decide');
}

function allow(allowed: boolean): void {
  if (!allowed) throw new NotAllowed();
}

/** Also who decided it once and was appealed against, however often it was decided again. */
async function wasFirstDecider(tx: Tx, by: Staff, { appeal_of }: WorkCase): Promise<boolean> {
  if (appeal_of === null) return false;
  const { rowCount } = await tx.query(
    `select from grievance where reference = $1 and decided_by::text = $2
     union all
     select from grievance_event where reference = $1 and kind = 'decision' and actor = $2`,
    [appeal_of, by.key],
  );
  return rowCount !== 0;
}

/** The date a case is due by when its term runs again; a promise that can still be kept is never put off. */
export function dueAgain(profile: Profile, found: Pick<Case, 'category' | 'due_on'>, at: Date): string {
  const category = profile.categories[found.category] ?? profile.categories['OTH'];
  if (!category) throw new Error('the profile has no category OTH');
  const term = promisedBy(category, at, profile.calendar);
  const today = localDate(at, profile.calendar.tz);
  return found.due_on >= today && found.due_on < term ? found.due_on : term;
}

/** Every unit that cases go to, with those that may hold restricted ones. */
export function unitsOf({ categories, routing }: Pick<Profile, 'categories' | 'routing'>): {
  open: string[];
  restricted: string[];
} {
  const open = new Set(Object.values(routing));
  const restricted = new Set<string>();
  const secret = new Set<string>();
  for (const { route, sensitivity } of Object.values(categories)) {
    if (sensitivity === 'open') open.add(route);
    else {
      secret.add(route);
      if (sensitivity === 'restricted') restricted.add(route);
    }
  }
  for (const route of secret) open.delete(route);
  return { open: [...open].sort(), restricted: [...restricted].sort() };
}

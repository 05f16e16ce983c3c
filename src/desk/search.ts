/** The one search box of the desk: a case number, a phone, the end of a document, a file number or a name. */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { parsePhone } from '../channels/phone.ts';
import { cleanInput, normalize, toLatinDigits } from '../conversation/normalize.ts';
import { checkReference, readReference } from '../grievances/reference.ts';
import { visibleCases } from '../grievances/visibility.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { placeParts, type Place } from './places.ts';
import type { DeskPerson, DeskRegistry } from '../registry/desk.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database } from '../store/database.ts';

export type SearchDeps = {
  db: Database;
  keys: Keys;
  registry: DeskRegistry;
  /** ISO 3166 country of phone numbers written without a country code. */
  country?: string;
  places: readonly Place[];
  limiter: SearchLimiter;
};

/** Counts what each member of staff asks, so that nobody walks through the registry with it. */
export type SearchLimiter = {
  take(staff: string): Promise<{ ok: true } | { ok: false; waitSeconds: number }>;
};

/** Searches a minute: nobody serves more callers than that by hand. */
const PER_MINUTE = 60;

export function searchLimiter(perMinute = PER_MINUTE): SearchLimiter {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async take(staff) {
      const { msBeforeNext, consumedPoints } = await limiter.penalty(staff, 1);
      if (consumedPoints <= perMinute) return { ok: true };
      return { ok: false, waitSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)) };
    },
  };
}

export type QueryKind = 'nothing' | 'number' | 'ending' | 'name';

export type SearchResult =
  | { kind: 'case'; reference: string; caseKind: string; category: string; status: string; createdAt: Date }
  | { kind: 'contact'; contact: string; phoneEnding: string }
  | ({ kind: 'person' } & DeskPerson);

/**
 * `narrow`: there are more than are shown. What does not exist and what may not be seen give the same empty list.
 * `too_many`: asked too often; `forbidden`: no role of theirs searches.
 */
export type SearchAnswer =
  | { ok: true; asked: QueryKind; results: SearchResult[]; narrow: boolean }
  | { ok: false; why: 'forbidden' }
  | { ok: false; why: 'too_many'; waitSeconds: number };

const SHOWN = 20;
const MOST_LETTERS = 100;

/** Searches everything that the words may mean, best first. The audit keeps who asked for what kind, never the words. */
export async function search(
  deps: SearchDeps,
  { query, by, at }: { query: string; by: Staff; at: Date },
): Promise<SearchAnswer> {
  const people = may(by, 'desk');
  if (!people && !may(by, 'cases') && !may(by, 'restricted')) return { ok: false, why: 'forbidden' };
  const taken = await deps.limiter.take(by.key);
  if (!taken.ok) return { ok: false, why: 'too_many', waitSeconds: taken.waitSeconds };

  const asked = read(query, deps.country);
  const lists = [await findCase(deps, asked, by)];
  if (people) lists.push(await findContact(deps, asked), await findPersons(deps, asked));
  const found = lists.flat();
  const narrow = found.length > SHOWN;
  await recordAudit(deps.db, {
    actor: by.key,
    action: 'search',
    purpose: 'find_person',
    details: { kind: asked.kind, results: Math.min(found.length, SHOWN), more: narrow },
    at,
  });
  return { ok: true, asked: asked.kind, results: found.slice(0, SHOWN), narrow };
}

/** What the words may be: digits are often several things at once (a Lebanese phone has eight, like a case number). */
type Asked = {
  kind: QueryKind;
  reference?: string;
  phone?: string;
  document?: string;
  ending?: { last4: string; year?: number };
  name?: string;
};

function read(query: string, country: string | undefined): Asked {
  const text = toLatinDigits(cleanInput(query.slice(0, MOST_LETTERS)));
  if (/\p{L}/u.test(text) && !/^[^\d]{0,5}\d[\d\s./-]{4,}$/u.test(text)) return { kind: 'name', name: text };
  const ended = /^(\d{4})(?:[\s,/-]+((?:18|19|20)\d{2}))?$/.exec(text);
  if (ended) {
    const [, last4 = '', year] = ended;
    return { kind: 'ending', ending: { last4, ...(year === undefined ? {} : { year: Number(year) }) } };
  }
  const digits = text.replace(/\D/g, '');
  if (digits.length < 5) return { kind: 'nothing' };
  const reference = checkReference(text) === 'ok' ? readReference(text) : undefined;
  const phone = parsePhone(text, country);
  return {
    kind: 'number',
    document: digits,
    ...(reference === undefined ? {} : { reference }),
    ...(phone === undefined ? {} : { phone }),
  };
}

async function findCase({ db }: SearchDeps, { reference }: Asked, by: Staff): Promise<SearchResult[]> {
  if (reference === undefined) return [];
  const visible = visibleCases(by, 'g', 2);
  const { rows } = await db.query<{
    reference: string;
    caseKind: string;
    category: string;
    status: string;
    createdAt: Date;
  }>(
    `select g.reference, g.kind as "caseKind", g.category, g.status, g.created_at as "createdAt"
     from grievance g where g.reference = $1 and ${visible.sql}`,
    [reference, ...visible.values],
  );
  return rows.map((row) => ({ kind: 'case', ...row }));
}

async function findContact({ db, keys }: SearchDeps, { phone }: Asked): Promise<SearchResult[]> {
  if (phone === undefined) return [];
  const { rows } = await db.query<{ key: string }>({
    name: 'desk-contact-by-phone',
    text: 'select key from contact where phone = $1 order by key limit 5',
    values: [keys.index('phone', phone)],
  });
  return rows.map(({ key }) => ({ kind: 'contact', contact: key, phoneEnding: phone.slice(-3) }));
}

async function findPersons({ registry, places }: SearchDeps, asked: Asked): Promise<SearchResult[]> {
  const limit = SHOWN + 1;
  const { phone, document, ending, name } = asked;
  const lists: DeskPerson[][] = [];
  if (phone !== undefined) lists.push(await registry.searchPhone(phone, limit));
  if (document !== undefined) lists.push(await registry.searchFile(document, limit));
  if (ending !== undefined) lists.push(await registry.searchEnding(ending.last4, ending.year, limit));
  if (name !== undefined) {
    const placed = withoutPlace(name, places);
    if (placed !== undefined) lists.push(await registry.searchNames(placed.name, limit, placed.areas));
    if ((lists[0]?.length ?? 0) < limit) lists.push(await registry.searchNames(name, limit));
  }
  const persons = new Map<string, DeskPerson>();
  for (const person of lists.flat()) if (!persons.has(person.person)) persons.set(person.person, person);
  return [...persons.values()].map((person) => ({ kind: 'person', ...person }));
}

/** `Rima Haddad Tripoli`: the name, and the areas of the place at its end or start. */
function withoutPlace(text: string, places: readonly Place[]): { name: string; areas: string[] } | undefined {
  const words = normalize(text).split(' ');
  for (let count = Math.min(3, words.length - 1); count > 0; count--) {
    for (const [place, name] of [
      [words.slice(-count), words.slice(0, -count)],
      [words.slice(0, count), words.slice(count)],
    ] as const) {
      const areas = areasOf(place.join(' '), places);
      if (areas.length > 0) return { name: name.join(' '), areas };
    }
  }
  return undefined;
}

function areasOf(place: string, places: readonly Place[]): string[] {
  const said = placeParts(place).join(' ');
  if (said.length < 3) return [];
  return places
    .filter(
      ({ area, names }) =>
        normalize(area) === place || names.some((name) => placeParts(name).join(' ') === said),
    )
    .map(({ area }) => area);
}

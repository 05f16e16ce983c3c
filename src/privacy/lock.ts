/** Counts failed tries to show who one is, and locks after too many (dialogs.md §4, contract §8 "Lock-out"). */
import type { Tx } from '../conversation/ports.ts';

/**
 * Who is counted. `phone`: a registered phone; `file`: a household; `unmatched`: a contact whose phone is not
 * registered, which never counts against a file: a stranger must not lock the owner out.
 */
export type Subject = { kind: 'phone' | 'file' | 'unmatched'; subject: string };

export type Tries = Subject & { failures: number; firstFailedAt: Date | null; lockedUntil: Date | null };

type Row = {
  kind: Subject['kind'];
  subject: string;
  failures: number;
  first_failed_at: Date | null;
  locked_until: Date | null;
};

const triesOf = (row: Row): Tries => ({
  kind: row.kind,
  subject: row.subject,
  failures: row.failures,
  firstFailedAt: row.first_failed_at,
  lockedUntil: row.locked_until,
});

const columns = (subjects: readonly Subject[]): [string[], string[]] => [
  subjects.map(({ kind }) => kind),
  subjects.map(({ subject }) => subject),
];

/** What is counted against these; those without failures are left out. */
export async function readTries(tx: Tx, subjects: readonly Subject[]): Promise<Tries[]> {
  const { rows } = await tx.query<Row>({
    name: 'identity-tries',
    text: `select kind, subject, failures, first_failed_at, locked_until
           from identity_lock
           where (kind, subject) in (select * from unnest($1::text[], $2::uuid[]))`,
    values: columns(subjects),
  });
  return rows.map(triesOf);
}

/**
 * The same, held until the transaction ends: whoever tries at the same moment waits and sees this try counted. One
 * statement in a fixed order, so that two who wait for each other's rows cannot be.
 */
export async function holdTries(tx: Tx, subjects: readonly Subject[]): Promise<Tries[]> {
  const { rows } = await tx.query<Row>({
    name: 'identity-tries-hold',
    text: `insert into identity_lock as held (kind, subject)
           select kind, subject from unnest($1::text[], $2::uuid[]) as asked (kind, subject)
           order by kind, subject
           on conflict (kind, subject) do update set failures = held.failures
           returning kind, subject, failures, first_failed_at, locked_until`,
    values: columns(subjects),
  });
  return rows.map(triesOf);
}

/** Writes back what was held. */
export async function saveTries(tx: Tx, tries: readonly Tries[]): Promise<void> {
  await tx.query({
    name: 'identity-tries-save',
    text: `update identity_lock as held
           set failures = said.failures, first_failed_at = said.first_failed_at, locked_until = said.locked_until
           from unnest($1::text[], $2::uuid[], $3::integer[], $4::timestamptz[], $5::timestamptz[])
             as said (kind, subject, failures, first_failed_at, locked_until)
           where held.kind = said.kind and held.subject = said.subject`,
    values: [
      ...columns(tries),
      tries.map(({ failures }) => failures),
      tries.map(({ firstFailedAt }) => firstFailedAt),
      tries.map(({ lockedUntil }) => lockedUntil),
    ],
  });
}

/** Nothing counts against these any more: the right details were given, or an agent unlocked them. */
export async function forgetTries(tx: Tx, subjects: readonly Subject[]): Promise<void> {
  await tx.query({
    name: 'identity-tries-forget',
    text: `delete from identity_lock where (kind, subject) in (select * from unnest($1::text[], $2::uuid[]))`,
    values: columns(subjects),
  });
}

export function isLocked(tries: Tries, now: Date): boolean {
  return tries.lockedUntil !== null && tries.lockedUntil > now;
}

/** How often it failed after `since`: failures of longer ago are forgiven together. */
export function failuresSince(tries: Tries, since: Date): number {
  return tries.firstFailedAt !== null && tries.firstFailedAt > since ? tries.failures : 0;
}

/** One failure more. */
export function failedAgain(tries: Tries, since: Date, now: Date): Tries {
  const before = failuresSince(tries, since);
  return {
    ...tries,
    failures: before + 1,
    firstFailedAt: before === 0 ? now : tries.firstFailedAt,
    lockedUntil: null,
  };
}

/** Whom a request for access or erasure is about: one phone, or one household file; never the one by way of the other. */
import type { Tx } from '../store/database.ts';
import type { Keys } from './keys.ts';

/** `phone`: E.164. `household`: the number of the family file, as the registry writes it. */
export type Asked = { phone: string } | { household: string };

/**
 * A phone stands for what was said and lodged with it. A file stands for what the registry and agents hold about a
 * household. Who holds the phone of a home does not get what another of that home lodged from hers, and the other way
 * round.
 */
export type Subject =
  | {
      kind: 'phone';
      number: string;
      contact: string;
      phone: string;
      /** The household whose own phone it is; null: of none, of several, or shared with others. */
      household: string | null;
      /** The persons of that household who use it. */
      persons: string[];
    }
  | { kind: 'household'; household: string };

export async function findSubject(tx: Tx, keys: Keys, asked: Asked): Promise<Subject> {
  if ('household' in asked) return { kind: 'household', household: keys.index('household', asked.household) };
  const number = asked.phone;
  const phone = keys.index('phone', number);
  const { rows } = await tx.query<{ person: string; household: string; use: string }>(
    'select person, household, use from person_phone where phone = $1',
    [phone],
  );
  const [first] = rows;
  const isHers =
    first !== undefined &&
    rows.every(
      ({ household, use }) => household === first.household && use !== 'shared' && use !== 'borrowed',
    );
  return {
    kind: 'phone',
    number,
    contact: keys.index('contact', number),
    phone,
    household: isHers ? first.household : null,
    persons: isHers ? rows.map(({ person }) => person) : [],
  };
}

/** As it stands in the audit: a keyed hash, no number. */
export function subjectOf(subject: Subject): string {
  return subject.kind === 'phone' ? `contact:${subject.contact}` : `household:${subject.household}`;
}

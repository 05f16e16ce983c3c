/** The rules of who somebody is (dialogs.md §4), without I/O: whose phone this is, and whether the details are hers. */
import type { Slots } from '../conversation/dialog.ts';
import type { RegistryPerson, Role } from '../registry/registry.ts';

/** Below this age nobody sees a file; a parent or guardian does (dialogs.md D1). */
const ADULT = 18;

/** Whose phone this is. `one`: of one household, and used by her alone as far as the registry knows. */
export type Owner =
  { kind: 'nobody' } | { kind: 'shared' } | { kind: 'one'; household: string; persons: RegistryPerson[] };

/** Several files on one number, or a use flagged as shared or borrowed: only an agent may tell details. */
export function ownerOf(persons: readonly RegistryPerson[]): Owner {
  const [first] = persons;
  if (!first) return { kind: 'nobody' };
  const isOne = persons.every(
    ({ household, phoneUse }) =>
      household === first.household && phoneUse !== 'shared' && phoneUse !== 'borrowed',
  );
  return isOne ? { kind: 'one', household: first.household, persons: inOrder(persons) } : { kind: 'shared' };
}

/** Does this phone serve, say, the head and a proxy? Then she is asked which of them is calling. */
export function hasSeveralRoles(persons: readonly RegistryPerson[]): boolean {
  return new Set(persons.map(({ role }) => role)).size > 1;
}

const ROLE_OF_ANSWER: Readonly<Record<string, Role>> = { head: 'head', member: 'member', proxy: 'nominee' };

/** Something that she knows beside a number: the year in which she was born, or the code of the area of her file. */
export type Second = (person: RegistryPerson) => boolean;

/** Codes of areas are compared by their digits: letters cannot be typed on a keypad. */
export function knows(second: 'birth_year' | 'area_code', said: Slots, area: string | null): Second {
  if (second === 'birth_year') return (person) => wasBornIn(person, said['year']);
  const code = area?.replace(/\D/g, '') ?? '';
  return () => code !== '' && code === said['area'];
}

/** The person whose document ends so and who knows the rest. Every candidate is looked at, whoever matches. */
export function matching(
  persons: readonly RegistryPerson[],
  said: Slots,
  second: Second,
): RegistryPerson | undefined {
  const role = said['who'] === undefined ? undefined : ROLE_OF_ANSWER[said['who']];
  return persons
    .filter((person) => {
      const sameRole = role === undefined || person.role === role;
      const sameEnding = person.documentEndings.includes(said['last4'] ?? '');
      return sameRole && sameEnding && second(person);
    })
    .at(0);
}

/** The person of that document who knows the rest; nobody when files of two households would answer. */
export function ofDocument(persons: readonly RegistryPerson[], second: Second): RegistryPerson | undefined {
  const hers = inOrder(persons.filter(second));
  return new Set(hers.map(({ household }) => household)).size === 1 ? hers[0] : undefined;
}

function wasBornIn(person: RegistryPerson, year: string | undefined): boolean {
  return person.birthYear !== null && String(person.birthYear) === year;
}

/** Too young to see a file, or to be a named proxy. Of whom only the year is known, the year decides. */
export function isTooYoung(person: RegistryPerson, nomineeAge: number, today: string): boolean {
  const age = person.role === 'nominee' ? Math.max(ADULT, nomineeAge) : ADULT;
  const born = person.birthDate ?? (person.birthYear === null ? null : `${person.birthYear}-01-01`);
  if (born === null) return false;
  return `${Number(born.slice(0, 4)) + age}${born.slice(4)}` > today;
}

const ORDER: readonly Role[] = ['head', 'member', 'nominee'];

/** The head first: where two persons would do, the one who may see most. */
function inOrder(persons: readonly RegistryPerson[]): RegistryPerson[] {
  return [...persons].sort((one, other) => ORDER.indexOf(one.role) - ORDER.indexOf(other.role));
}

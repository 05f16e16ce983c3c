/** What the local registry keeps sealed, and the words it is bound to: written by the import, read by the registry. */

import type { Keys } from '../privacy/keys.ts';
import type { PhoneUse } from './registry.ts';

export type SealedPerson = {
  person_id: string;
  given_name: string | null;
  family_name: string | null;
  mother_name: string | null;
  sex: string | null;
  /** ISO date, or a year alone. */
  birth_date: string | null;
  documents: { type: string; number: string }[];
  /** E.164, in the order of the file. */
  phones: { number: string; use: PhoneUse }[];
};

export type SealedHousehold = { household_id: string };

export function sealPerson(keys: Keys, person: SealedPerson): Buffer {
  return keys.sealJson('personal', person, 'person');
}

export function openPerson(keys: Keys, sealed: Buffer): SealedPerson {
  return keys.openJson('personal', sealed, 'person') as SealedPerson;
}

export function sealHousehold(keys: Keys, household: SealedHousehold): Buffer {
  return keys.sealJson('personal', household, 'household');
}

export function openHousehold(keys: Keys, sealed: Buffer): SealedHousehold {
  return keys.openJson('personal', sealed, 'household') as SealedHousehold;
}

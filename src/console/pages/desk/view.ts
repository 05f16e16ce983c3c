/** Everything a page of the desk shows of one contact, read once: who it may be, what was shown, who answers her. */
import { personCard, type PersonCard } from '../../../desk/card.ts';
import { currentInteraction, type Interaction } from '../../../desk/interaction.ts';
import { handlerOf, type ChatChannel, type Handler } from '../../../desk/takeover.ts';
import { currentVerification, shownBy, type Verification } from '../../../desk/verification.ts';
import { openAddress } from '../../../notifications/contact.ts';
import type { Keys } from '../../../privacy/keys.ts';
import { deskRegistry, type DeskPerson } from '../../../registry/desk.ts';
import type { Staff } from '../../../staff/roles.ts';
import type { Database } from '../../../store/database.ts';
import { isLanguage, type Language } from '../../words.ts';

/** Which file the page is about: opaque keys, as they stand in the address. */
export type Chosen = {
  household?: string | undefined;
  person?: string | undefined;
  /** Ask again which file it is. */
  again?: boolean;
};

export type DeskContact = {
  key: string;
  /** Last digits of the phone; null for a chat without one. */
  ending: string | null;
  /** The language she used last, or chose. */
  language: Language;
  /** What she last wrote on, if anything. */
  channel: ChatChannel | null;
};

export type ContactView = {
  contact: DeskContact;
  /** The contact this agent is in, whoever it is with. */
  current: Interaction | undefined;
  /** That one is with her. */
  isHere: boolean;
  handler: Handler | undefined;
  /** People of this phone. */
  persons: DeskPerson[];
  household: string | undefined;
  person: string | undefined;
  card: PersonCard | undefined;
  verification: (Verification & { household: string }) | undefined;
  safe: boolean;
};

type Deps = { db: Database; keys: Keys; profile: { languages: { default: string } } };

const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A key out of an address or a form; undefined when it is none. */
export function keyOf(value: unknown): string | undefined {
  return typeof value === 'string' && KEY.test(value) ? value : undefined;
}

export async function findContact(
  { db, keys, profile }: Deps,
  key: string | undefined,
): Promise<(DeskContact & { phone: string | null }) | undefined> {
  if (key === undefined) return undefined;
  const { rows } = await db.query<{
    address: Buffer;
    phone: string | null;
    language: string | null;
    channel: ChatChannel | null;
  }>(
    `select c.address, c.phone,
            coalesce(
              (select t.language from task t where t.contact = c.key order by t.created_at desc limit 1),
              (select g.language from grievance g
               where g.contact = c.key and g.sensitivity = 'open' order by g.created_at desc limit 1),
              c.consent_language) as language,
            (select m.channel from message m
             where m.contact = c.key and m.channel in ('sms', 'whatsapp') order by m.at desc limit 1) as channel
     from contact c where c.key = $1`,
    [key],
  );
  const [row] = rows;
  if (!row) return undefined;
  const phone = row.phone === null ? null : openAddress(keys, row.address);
  const own = profile.languages.default;
  return {
    key,
    phone,
    ending: phone === null ? null : phone.slice(-3),
    language: isLanguage(row.language) ? row.language : isLanguage(own) ? own : 'en',
    channel: row.channel,
  };
}

/** Undefined: there is no such contact. Looking at a file is written to the audit by what is called here. */
export async function viewContact(
  deps: Deps,
  { key, chosen, by, at }: { key: string | undefined; chosen: Chosen; by: Staff; at: Date },
): Promise<ContactView | undefined> {
  const { db, keys } = deps;
  const found = await findContact(deps, key);
  if (!found) return undefined;
  const { phone, ...contact } = found;
  const current = await currentInteraction(db, by.key);
  const isHere = current?.contact === contact.key;
  const shown = isHere ? await shownBy(db, keys, current.id, by) : undefined;
  const verification = isHere ? await currentVerification(db, keys, current.id, by) : undefined;
  const persons = phone === null ? [] : await deskRegistry(db, keys).searchPhone(phone, 20);
  const { household, person } = chooseFile(chosen, persons, [shown?.household, verification?.household]);
  const card =
    household === undefined
      ? undefined
      : await personCard(deps, {
          contact: contact.key,
          household,
          ...(isHere ? { interaction: current.id } : {}),
          by,
          at,
        });
  return {
    contact,
    current,
    isHere,
    handler: await handlerOf(db, contact.key, at),
    persons,
    household: card?.household,
    person: card ? person : undefined,
    card,
    verification: verification?.household === household ? verification : undefined,
    safe: shown?.safe ?? false,
  };
}

/** The file somebody chose, else the one in question, else the only one of this phone: a shared phone is asked about. */
function chooseFile(
  { household, person, again = false }: Chosen,
  persons: readonly DeskPerson[],
  begun: readonly (string | null | undefined)[],
): Chosen {
  if (household !== undefined) return { household, person: person ?? onlyOf(persons, household) };
  if (again) return {};
  const known = begun.find((one) => typeof one === 'string');
  if (typeof known === 'string') return { household: known, person: onlyOf(persons, known) };
  const households = new Set(persons.map((one) => one.household));
  const [only] = households;
  return households.size === 1 && only !== undefined
    ? { household: only, person: onlyOf(persons, only) }
    : {};
}

function onlyOf(persons: readonly DeskPerson[], household: string): string | undefined {
  const here = persons.filter((one) => one.household === household);
  return here.length === 1 ? here[0]?.person : undefined;
}

/** The page of a contact, with the file it is about. */
export function contactPath(
  contact: string,
  { household, person }: Chosen = {},
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(more);
  if (household !== undefined) query.set('household', household);
  if (person !== undefined) query.set('person', person);
  const asked = query.size > 0 ? `?${query.toString()}` : '';
  return `/console/desk/contacts/${contact}${asked}`;
}

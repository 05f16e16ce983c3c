/** The person beside the conversation: initials, district and open cases until the caller is verified, then her file. */
import { visibleCases } from '../grievances/visibility.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import {
  deskRegistry,
  initialsOf,
  type DeskCard,
  type DeskEnrolment,
  type DeskMember,
  type DeskPayment,
} from '../registry/desk.ts';
import type { PhoneUse, Role } from '../registry/registry.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Tx } from '../store/database.ts';
import { shownBy } from './verification.ts';

export type CardDeps = { db: Tx; keys: Keys };

/** `shared`: several files use the phone, or it is somebody else's; `discreet`: messages must not say what they are about. */
export type Badge = 'shared' | 'discreet' | 'no_messages' | 'head_deceased';

/** A value that stands behind a button: how it is named to `reveal`, and the little that is shown of it. */
export type Masked = { field: string; shown: string };

export type CardMember = {
  person: string;
  role: Role;
  name: string;
  alive: boolean;
  language: string | null;
  phones: (Masked & { use: PhoneUse })[];
  documents: (Masked & { kind: string })[];
  /** Present where the file has it. */
  birthYear?: Masked;
  mother?: Masked;
};

export type PersonCard = {
  household: string;
  /** Of the verified person, else of the head. */
  initials: string;
  district: string | null;
  openCases: string[];
  badges: Badge[];
  /** 0: not verified, 2: verified, without documents and members; 3: verified. */
  level: 0 | 2 | 3;
  /** Somebody is listening: nothing may be said aloud. */
  safe: boolean;
  file?: {
    number: Masked;
    /** Who was verified. */
    person: string;
    members: CardMember[];
    enrolments: DeskEnrolment[];
    payments: DeskPayment[];
  };
};

/**
 * The card of a household, as far as this contact allows; undefined when there is none or the role does not see
 * persons. Every look is in the audit.
 */
export async function personCard(
  { db, keys }: CardDeps,
  {
    contact,
    household,
    interaction,
    by,
    at,
  }: { contact?: string; household: string; interaction?: string; by: Staff; at: Date },
): Promise<PersonCard | undefined> {
  if (!may(by, 'desk') && !may(by, 'cases')) return undefined;
  const card = await deskRegistry(db, keys).card(household);
  if (!card) return undefined;
  const shown = interaction === undefined ? undefined : await shownBy(db, keys, interaction, by);
  const verified = shown?.level === 'verified' && shown.household === household;
  const level = !verified ? 0 : may(by, 'level3') ? 3 : 2;
  const person =
    card.members.find((member) => (verified ? member.person === shown.person : member.role === 'head')) ??
    card.members[0];
  await recordAudit(db, {
    actor: by.key,
    action: 'person_viewed',
    subject: `household:${household}`,
    purpose: interaction === undefined ? 'work_case' : 'answer_caller',
    details: { level, ...(interaction === undefined ? {} : { interaction }) },
    at,
  });
  return {
    household,
    initials: initialsOf(person?.given_name ?? null, person?.family_name ?? null),
    district: card.area,
    openCases: await openCases(db, by, household, contact),
    badges: await badgesOf(db, card, contact),
    level,
    safe: shown?.safe ?? false,
    ...(level === 0 || person === undefined ? {} : { file: fileOf(card, person.person, level) }),
  };
}

function fileOf(card: DeskCard, person: string, level: 2 | 3): NonNullable<PersonCard['file']> {
  const members = level === 3 ? card.members : card.members.filter((member) => member.person === person);
  return {
    number: { field: 'file', shown: '•••' },
    person,
    members: members.map((member) => masked(member, level)),
    enrolments: card.enrolments,
    payments: card.payments,
  };
}

function masked(member: DeskMember, level: 2 | 3): CardMember {
  const { person, role, alive, language, phones, documents, birth_year, mother } = member;
  return {
    person,
    role,
    name: [member.given_name, member.family_name].filter((name) => name !== null).join(' '),
    alive,
    language,
    phones: phones.map(({ number, use }, i) => ({
      field: `phone.${i}`,
      shown: `••• ${number.slice(-3)}`,
      use,
    })),
    documents:
      level === 2 ? [] : documents.map(({ kind }, i) => ({ field: `document.${i}`, shown: '••••', kind })),
    ...(level === 2 || birth_year === null ? {} : { birthYear: { field: 'birth_year', shown: '••••' } }),
    ...(level === 2 || mother === null ? {} : { mother: { field: 'mother', shown: '•••' } }),
  };
}

/** Numbers of the open cases that this member of staff may know of, the newest first. */
async function openCases(
  db: Tx,
  by: Staff,
  household: string,
  contact: string | undefined,
): Promise<string[]> {
  const visible = visibleCases(by, 'g', 3);
  const { rows } = await db.query<{ reference: string }>(
    `select g.reference from grievance g
     where (g.household = $1 or g.contact = $2) and g.closed_at is null and ${visible.sql}
     order by g.created_at desc limit 20`,
    [household, contact ?? null, ...visible.values],
  );
  return rows.map(({ reference }) => reference);
}

async function badgesOf(db: Tx, card: DeskCard, contact: string | undefined): Promise<Badge[]> {
  const badges = new Set<Badge>();
  if (card.members.some(({ role, alive }) => role === 'head' && !alive)) badges.add('head_deceased');
  if (contact === undefined) return [...badges];
  const { rows } = await db.query<{ consent: string | null; stopped: boolean; shared: boolean }>(
    `select c.consent, c.stopped_at is not null as stopped,
       coalesce((select bool_or(n.use in ('shared', 'borrowed')) or count(distinct n.household) > 1
                 from person_phone n where n.phone = c.phone), false) as shared
     from contact c where c.key = $1`,
    [contact],
  );
  const [found] = rows;
  if (found?.shared === true) badges.add('shared');
  if (found?.consent === 'discreet') badges.add('discreet');
  if (found?.consent === 'none' || found?.stopped === true) badges.add('no_messages');
  return [...badges];
}

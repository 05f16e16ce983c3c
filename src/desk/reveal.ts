/** Shows one masked value of a file, once, to somebody who says what for; the audit keeps who, what and why. */
import { seesCase } from '../grievances/visibility.ts';
import { recordAudit } from '../privacy/audit.ts';
import type { Keys } from '../privacy/keys.ts';
import { deskRegistry, type DeskCard } from '../registry/desk.ts';
import { may, type Staff } from '../staff/roles.ts';
import type { Database, Tx } from '../store/database.ts';
import { shownBy } from './verification.ts';

/** What a value may be looked at for. The words are in the console's texts. */
export const PURPOSES = ['answer_caller', 'call_back', 'work_case', 'correct_data', 'check_payment'] as const;
export type RevealPurpose = (typeof PURPOSES)[number];

/** `forbidden`: not with this role; `not_verified`: nothing gives a right to this file; `unknown`: no such value. */
export type Revealed =
  { ok: true; value: string } | { ok: false; why: 'forbidden' | 'not_verified' | 'unknown' };

/** What gives the right to look: a verified contact of theirs, or a case of this household that they may see. */
export type Ground = { interaction: string } | { reference: string };

/**
 * The value of a masked field of a card: `file`, or of a member `phone.0`, `document.0` (its last four digits, no more
 * leaves the registry), `birth_year`, `mother`.
 */
export async function reveal(
  { db, keys }: { db: Database; keys: Keys },
  asked: {
    household: string;
    /** Left out for `file`. */
    person?: string;
    field: string;
    purpose: RevealPurpose;
    ground: Ground;
    by: Staff;
    at: Date;
  },
): Promise<Revealed> {
  const { household, person, field, purpose, ground, by, at } = asked;
  // An agent of a contractor has neither right, whatever the page sends.
  if (!may(by, 'reveal') || !may(by, 'level3') || !PURPOSES.includes(purpose))
    return { ok: false, why: 'forbidden' };
  return db.transaction(async (tx) => {
    if (!(await entitles(tx, keys, ground, household, by))) return { ok: false, why: 'not_verified' };
    const card = await deskRegistry(tx, keys).card(household);
    const value = card && valueOf(card, person, field);
    if (value === undefined) return { ok: false, why: 'unknown' };
    await recordAudit(tx, {
      actor: by.key,
      action: 'revealed',
      subject: `household:${household}`,
      purpose,
      details: { field, ...(person === undefined ? {} : { person }), ...ground },
      at,
    });
    return { ok: true, value };
  });
}

async function entitles(tx: Tx, keys: Keys, ground: Ground, household: string, by: Staff): Promise<boolean> {
  if ('interaction' in ground) {
    const shown = await shownBy(tx, keys, ground.interaction, by);
    return shown?.level === 'verified' && shown.household === household;
  }
  // Whoever only talks with callers needs the caller verified; a case in itself is the work of an office.
  if (!may(by, 'decide') && !may(by, 'appeals')) return false;
  const { rowCount } = await tx.query(
    'select from grievance where reference = $1 and household = $2 and closed_at is null',
    [ground.reference, household],
  );
  return rowCount === 1 && (await seesCase(tx, by, ground.reference));
}

function valueOf(card: DeskCard, person: string | undefined, field: string): string | undefined {
  if (field === 'file') return card.file;
  const member = card.members.find((one) => one.person === person);
  if (!member) return undefined;
  const [name, place] = field.split('.');
  const index = Number(place ?? Number.NaN);
  switch (name) {
    case 'phone':
      return member.phones[index]?.number;
    case 'document':
      return member.documents[index]?.ending;
    case 'birth_year':
      return member.birth_year === null ? undefined : String(member.birth_year);
    case 'mother':
      return member.mother ?? undefined;
    default:
      return undefined;
  }
}

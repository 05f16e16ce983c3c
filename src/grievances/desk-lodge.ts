/** What staff take down for a citizen: the same case as if she had lodged it herself, with the same care. */
import { randomUUID } from 'node:crypto';
import type { Tx } from '../conversation/ports.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { contactFor } from '../notifications/contact.ts';
import { recordAudit } from '../privacy/audit.ts';
import { RegistryUnavailable } from '../registry/registry.ts';
import { may, type Staff } from '../staff/roles.ts';
import { latestDecision } from './appeal-window.ts';
import { openCase, programmeOf, startOfHour, type CaseKind, type Lodger } from './cases.ts';
import { BadDeed, NotAllowed, type WorkDeps } from './deeds.ts';
import { OPEN_STATUSES } from './lifecycle.ts';
import { audienceFor, tellOutcome } from './outcome.ts';
import type { PrivateCall } from './private.ts';
import { visibleCases } from './visibility.ts';
import { mustBeNote } from './work.ts';

export type LodgeForCitizen = {
  by: Staff;
  at: Date;
  /** The key of the form: sent twice, it is one case. */
  key: string;
  /** Who lodges: a contact, or a phone (E.164) that becomes one, or neither: without a name. */
  contact: string | null;
  phone: string | null;
  household?: string;
  person?: string;
  kind: CaseKind;
  category: string;
  text: string;
  /** What she wants done. */
  wanted?: string;
  programme?: string;
  /** Reference of the payment it is about. */
  payment?: string;
  language: string;
  /** call, callback, sms, whatsapp, desk. */
  channel: string;
};

/** A private matter has no number and is in no list: `private` is all that is said. */
export type LodgedForCitizen =
  { kind: 'case'; reference: string; dueOn: string; created: boolean } | { kind: 'private' };

const DUPLICATE_DAYS = 30;
const CONTACT_HOURS = 24;
const REGISTRY_MS = 1_500;

/**
 * Open cases about the same in the last 30 days, of this contact or household, in whatever programme and unit: numbers
 * of those that `by` may know of, the newest first.
 */
export async function similarCases(
  db: Tx,
  {
    by,
    at,
    contact,
    household,
    category,
  }: Pick<LodgeForCitizen, 'by' | 'at' | 'contact' | 'household' | 'category'>,
): Promise<string[]> {
  const { sql, values } = visibleCases(by, 'g', 6);
  const { rows } = await db.query<{ reference: string }>(
    `select g.reference from grievance g
     where g.category = $1 and g.status = any($2) and g.created_at > $3
       and (g.contact = $4::uuid or g.household = $5::uuid) and ${sql}
     order by g.created_at desc limit 5`,
    [
      category,
      OPEN_STATUSES,
      new Date(at.getTime() - DUPLICATE_DAYS * 86_400_000),
      contact,
      household ?? null,
      ...values,
    ],
  );
  return rows.map(({ reference }) => reference);
}

/** Throws BadDeed for a category or text that cannot be; NotAllowed for who does not work on cases. */
export async function lodgeForCitizen(deps: WorkDeps, filing: LodgeForCitizen): Promise<LodgedForCitizen> {
  const { db, keys, profile } = deps;
  const { by, at, phone } = filing;
  if (!may(by, 'cases') && !may(by, 'restricted')) throw new NotAllowed();
  const category = Object.hasOwn(profile.categories, filing.category)
    ? profile.categories[filing.category]
    : undefined;
  if (!category) throw new BadDeed('category');
  const contact =
    filing.contact ?? (phone === null ? null : (await contactFor(db, keys, { from: phone })).key);
  if (category.sensitivity === 'sensitive') {
    await lodgePrivately(deps, filing, contact);
    return { kind: 'private' };
  }
  const text = maskSecrets(mustBeNote(filing.text)).text;
  const wanted = filing.wanted?.trim() ? maskSecrets(mustBeNote(filing.wanted)).text : undefined;
  const programme = programmeOf(profile, filing.programme);
  const area = category.sensitivity === 'open' ? await areaOf(deps, filing.household) : null;
  const { household = null, person = null } = filing;
  const lodger: Lodger =
    contact === null
      ? { anonymous: true, phone: keys.anonymous(`desk\0${filing.key}`) }
      : { anonymous: false, contact, household, person, area };
  const audience = await audienceFor(deps, {
    contact,
    sensitivity: category.sensitivity,
    category: category.code,
  });
  return db.transaction(async (tx) => {
    const opened = await openCase(tx, deps, {
      kind: filing.kind,
      category,
      matter: null,
      programme,
      lodger,
      channel: null,
      language: filing.language,
      words: { text, ...(wanted === undefined ? {} : { wanted }) },
      at,
      idempotency: keys.anonymous(`desk\0${by.key}\0${filing.key}`),
    });
    if (!opened.created) return { kind: 'case', ...opened };
    const { reference, dueOn } = opened;
    const against =
      filing.kind === 'appeal' && contact !== null
        ? await latestDecision(tx, { contact, household, programme })
        : undefined;
    await tx.query('update grievance set channel = $2, payment = $3, appeal_of = $4 where reference = $1', [
      reference,
      filing.channel,
      filing.payment ?? null,
      against?.reference ?? null,
    ]);
    await recordAudit(tx, { actor: by.key, action: 'case_lodged', subject: `case:${reference}`, at });
    // On a phone that others read, an acknowledgement would tell them; she has heard the number.
    if (audience === 'full')
      await tellOutcome(tx, deps, {
        reference,
        contact,
        channel: filing.channel,
        language: filing.language,
        audience,
        text: 'sms.grv.ack',
        values: { ref: reference, d: dueOn },
        key: `grv.ack:${reference}`,
        at,
      });
    return { kind: 'case', ...opened };
  });
}

async function lodgePrivately(
  { db, keys, profile }: WorkDeps,
  { key, phone, language, at, by }: LodgeForCitizen,
  contact: string | null,
): Promise<void> {
  const call: PrivateCall = {
    phone,
    contact: phone === null ? contact : null,
    language,
    time: null,
    who: null,
    via: 'desk',
  };
  const hour = startOfHour(at);
  const hours = profile.categories['SEN']?.contact_hours ?? CONTACT_HOURS;
  await db.query(
    `insert into private_case (idempotency, sealed, contact_by, created_at) values ($1, $2, $3, $4)
     on conflict (idempotency) do nothing`,
    [
      key === '' ? randomUUID() : keys.anonymous(`desk\0${by.key}\0${key}`),
      keys.sealJson('sensitive', call, 'private_case'),
      new Date(hour.getTime() + hours * 3_600_000),
      hour,
    ],
  );
}

/** The area of her file, which a case can do without. */
async function areaOf({ registry }: WorkDeps, household: string | undefined): Promise<string | null> {
  if (household === undefined) return null;
  try {
    const query = { purpose: 'GRIEVANCE_INTAKE', signal: AbortSignal.timeout(REGISTRY_MS) } as const;
    return (await registry.file(household, query))?.state.area ?? null;
  } catch (error) {
    if (error instanceof RegistryUnavailable) return null;
    throw error;
  }
}

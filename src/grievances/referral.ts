/**
 * A person sent to another service (dialogs.md D12): proposed by staff, asked of her each time, and nothing leaves before
 * she agreed; then only her name and phone do, until the service and she say what came of it.
 */
import { DateTime } from 'luxon';
import type { AskOutput } from '../conversation/dialog.ts';
import type { Notice, Port, TurnContext, Tx } from '../conversation/ports.ts';
import { openAddress } from '../notifications/contact.ts';
import type { Keys } from '../privacy/keys.ts';
import { localDate, nextWorkingDay } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { GrievanceDeps } from './cases.ts';
import { mayBecome, transition, type CaseStatus } from './lifecycle.ts';
import { mayReferralBecome, moveReferral, type ReferralState } from './referral-states.ts';
import { createTask } from './tasks.ts';
import { mayAgree, meansConsent, sourcesIn } from './means-consent.ts';

/** What she may be sent to another service for; the words are the texts `need.<code>`. */
export const NEEDS = ['papers', 'health', 'food', 'school', 'housing', 'legal', 'work', 'other'] as const;
export type Need = (typeof NEEDS)[number];

/** Letters of a partner's name: with more, the question does not fit two screens. */
const PARTNER_LETTERS = 30;

export type ReferralDeps = GrievanceDeps & {
  /** The question as it is put to her, for the record of her consent. */
  words?: (language: string, facts: { org: string; need: string }) => string;
  /** The same of the question about her means. */
  meansWords?: (language: string, facts: { sources: string }) => string;
  /** Her name as the registry has it; null: it has none. */
  nameOf?: (person: string) => Promise<string | null>;
};

/** What leaves, once she agreed: nothing else ever does. */
export type Shared = { name: string | null; phone: string | null };

const SHARED = 'referral.shared';

/** What `answerReferral` sealed, for who passes it on. Throws SealBroken. */
export function openShared(keys: Keys, sealed: Buffer): Shared {
  return keys.openJson('personal', sealed, SHARED) as Shared;
}

export type Proposal = {
  /** The case in which the need was seen. A case has one referral; another need is another case. */
  reference: string;
  partner: string;
  need: Need;
  /** Key of the member of staff. */
  by: string;
  at: Date;
};

export type Proposed =
  | { ok: true; id: string }
  | { ok: false; why: 'no_case' | 'nameless' | 'private' | 'exists' | 'partner' | 'closed' };

/**
 * Proposes a referral: she is asked under 9, 2, and after the next task that is served to her; nothing is shared yet. One
 * message says that there is something to read; it names neither the service nor the need.
 *
 * `closed`: the profile takes no referrals now. `private`: only cases open to the desk are referred from here.
 */
export async function proposeReferral(
  tx: Tx,
  deps: {
    profile: Profile;
    keys: Keys;
    notify: (
      tx: Tx,
      to: { contact: string; phone: string | null; language: string },
      notice: Notice,
    ) => Promise<void>;
  },
  { reference, partner, need, by, at }: Proposal,
): Promise<Proposed> {
  const { profile, keys } = deps;
  if (partner.trim() === '' || partner.length > PARTNER_LETTERS) return { ok: false, why: 'partner' };
  const { rows } = await tx.query<Origin>(
    `select g.contact, g.household, g.area, g.sensitivity, g.language, c.address, c.phone is not null as has_phone,
            case when c.stopped_at is null then c.consent end as consent
     from grievance g left join contact c on c.key = g.contact
     where g.reference = $1
     for update of g`,
    [reference],
  );
  const [origin] = rows;
  if (!origin) return { ok: false, why: 'no_case' };
  if (origin.sensitivity !== 'open') return { ok: false, why: 'private' };
  const { contact, address } = origin;
  if (contact === null || address === null) return { ok: false, why: 'nameless' };
  if (!isReferralOpen(profile, origin.area)) return { ok: false, why: 'closed' };
  const made = await tx.query<{ id: string }>(
    `insert into referral (reference, contact, household, partner, need, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $6)
     on conflict (reference) do nothing
     returning id`,
    [reference, contact, origin.household, partner.trim(), need, at],
  );
  const id = made.rows[0]?.id;
  if (id === undefined) return { ok: false, why: 'exists' };
  await tx.query(
    `insert into grievance_event (reference, at, actor, kind, reason) values ($1, $2, $3, 'referral', 'asked')`,
    [reference, at, by],
  );
  await deps.notify(
    tx,
    {
      contact,
      phone: origin.has_phone ? openAddress(keys, address) : null,
      language: origin.language ?? profile.languages.default,
    },
    // Who agreed to full messages may read that there is a service; others only that there is a message.
    {
      text: origin.consent === 'full' ? 'sms.ref.ask' : 'sms.pay.discreet',
      kind: 'notice',
      key: `ref.ask:${id}`,
    },
  );
  return { ok: true, id };
}

type Origin = {
  contact: string | null;
  household: string | null;
  area: string | null;
  sensitivity: string;
  language: string | null;
  address: Buffer | null;
  has_phone: boolean;
  consent: string | null;
};

function isReferralOpen({ referral }: Profile, area: string | null): boolean {
  return (area === null ? undefined : referral.absorption_open[area]) ?? referral.open;
}

type Row = {
  id: string;
  reference: string;
  contact: string | null;
  household: string | null;
  partner: string;
  need: string;
  state: ReferralState;
  due_on: string | null;
  denials: number;
};

const ROW = 'id, reference, contact, household, partner, need, state, due_on, denials';

/** How her newest referral stands, for the dialog. By text message nothing of it is told: others may read it. */
export const referral =
  ({ profile }: Pick<ReferralDeps, 'profile'>): Port<'referral'> =>
  async (_slots, turn) => {
    if (turn.channel === 'sms') return { outcome: 'private' };
    const found = await hers(turn.reading, turn);
    if (found?.state !== 'asked') {
      const means = await meansOf(profile, turn);
      if (means && (means.outcome === 'means' || !found)) return means;
    }
    if (!found) return { outcome: 'none' };
    return { outcome: found.state === 'asked' ? 'asked' : 'active', id: found.id, ...told(found) };
  };

/** What she is asked, or has said, of a check of her means; undefined where there is none, or it is not hers to say. */
async function meansOf(profile: Profile, turn: TurnContext) {
  const household = mayAgree(turn);
  const sources = sourcesIn(profile, turn.language);
  if (household === undefined || sources === undefined) return undefined;
  const given = await meansConsent(turn.reading, household);
  return { outcome: given ? ('meansgiven' as const) : ('means' as const), sources };
}

function told({ reference, partner, need, due_on }: Row) {
  return { ref: reference, org: partner, need, ...(due_on === null ? {} : { d: due_on }) };
}

/** Of who has shown who she is: the newest of her household that is not over. A proxy answers for payments only. */
async function hers(tx: Tx, { identity, contact }: TurnContext, id?: string): Promise<Row | undefined> {
  if (identity?.level !== '2' || identity.proxy) return undefined;
  const { rows } = await tx.query<Row>(
    `select ${ROW} from referral
     where state in ('asked', 'sent', 'accepted', 'served', 'not_served')
       and (household = $1 or (household is null and contact = $2))
       and ($3::uuid is null or id = $3)
     order by (state = 'asked') desc, created_at desc
     limit 1`,
    [identity.household, contact, id ?? null],
  );
  return rows[0];
}

/**
 * Her yes or no, with the question as she read it, its language, channel and time. On "yes" her name and phone are
 * sealed for the service, and somebody on the desk passes them on.
 */
export function answerReferral(deps: ReferralDeps): Port<'answerReferral'> {
  const { profile, keys } = deps;
  return async (slots, turn) => {
    const { identity, now } = turn;
    const name =
      identity && slots['agreed'] === 'yes' ? ((await deps.nameOf?.(identity.person)) ?? null) : null;
    const tx = await turn.tx();
    const found = await hers(tx, turn, slots['referral']);
    if (found?.state !== 'asked') return { outcome: 'gone' };
    const facts = { org: found.partner, need: found.need };
    await tx.query(
      `update referral set consent_at = $2, consent_language = $3, consent_channel = $4, consent_words = $5
       where id = $1`,
      [
        found.id,
        now,
        turn.language,
        turn.channel,
        deps.words?.(turn.language, facts) ?? JSON.stringify({ text: 'con.ref', ...facts }),
      ],
    );
    if (slots['agreed'] !== 'yes') {
      await moveReferral(tx, found.id, 'refused', { by: 'citizen', at: now });
      await moveCase(tx, found, 'withdrawn', 'referral_refused', now);
      return { outcome: 'refused', ...told(found) };
    }
    const shared: Shared = { name, phone: turn.phone };
    await tx.query('update referral set shared = $2 where id = $1', [
      found.id,
      keys.sealJson('personal', shared, SHARED),
    ]);
    const dueOn = calledBy(profile, now);
    await moveReferral(tx, found.id, 'sent', { by: 'citizen', at: now, dueOn });
    await moveCase(tx, found, 'referred', 'referral_agreed', now);
    await tellPartner(tx, deps, found, { why: 'sent', at: now });
    return { outcome: 'sent', ...told({ ...found, due_on: dueOn }) };
  };
}

/** She takes her consent back (9, 2): the service is told to stop, and what is sealed for it is gone from here. */
export function withdrawReferral(deps: ReferralDeps): Port<'withdrawReferral'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const found = await hers(tx, turn, slots['referral']);
    if (!found || !mayReferralBecome(found.state, 'withdrawn')) return { outcome: 'gone' };
    await withdraw(tx, deps, found, turn.now);
    return { outcome: 'withdrawn', ...told(found) };
  };
}

async function withdraw(tx: Tx, deps: ReferralDeps, found: Row, at: Date): Promise<void> {
  await moveReferral(tx, found.id, 'withdrawn', { by: 'citizen', at });
  await tx.query('update referral set shared = null where id = $1', [found.id]);
  await tx.query(`delete from question where kind = 'ref.back' and reference = $1`, [found.id]);
  await moveCase(tx, found, 'withdrawn', 'referral_withdrawn', at);
  await tellPartner(tx, deps, found, { why: 'withdrawn', at });
}

/**
 * Her reply to `sms.ref.back`: yes confirms it; the first "no" goes to the service again, and she is asked again; the
 * second goes to a supervisor; "no longer needed" takes her consent back.
 */
export async function replyAboutReferral(
  deps: ReferralDeps,
  id: string,
  reply: string,
  turn: TurnContext,
): Promise<AskOutput['answerQuestion']> {
  const tx = await turn.tx();
  const { now: at } = turn;
  const { rows } = await tx.query<Row>(`select ${ROW} from referral where id = $1 for update`, [id]);
  const [found] = rows;
  if (!found) throw new Error('the referral of this question does not exist');
  const by = 'citizen';
  const facts = told(found);
  switch (reply) {
    case 'yes':
      if (mayReferralBecome(found.state, 'confirmed')) {
        await moveReferral(tx, id, 'confirmed', { by, at });
        await moveCase(tx, found, 'resolved', 'referral_served', at);
        await moveCase(tx, found, 'closed', 'referral_confirmed', at);
      }
      return { outcome: 'confirmed', ...facts };
    case 'unneeded':
      if (mayReferralBecome(found.state, 'withdrawn')) await withdraw(tx, deps, found, at);
      return { outcome: 'withdrawn', ...facts };
    default: {
      if (found.state !== 'not_served' && !mayReferralBecome(found.state, 'not_served'))
        return { outcome: 'confirmed', ...facts };
      await moveReferral(tx, id, 'not_served', { by, at });
      await tx.query('update referral set denials = denials + 1 where id = $1', [id]);
      if (found.denials > 0) {
        const d = await tellPartner(tx, deps, found, { why: 'denied', unit: 'supervisor', at });
        return { outcome: 'supervisor', ...facts, d };
      }
      const dueOn = calledBy(deps.profile, at);
      await moveReferral(tx, id, 'sent', { by: 'system', at, dueOn });
      await tx.query('update referral set asked_at = null where id = $1', [id]);
      await tellPartner(tx, deps, found, { why: 'again', at });
      return { outcome: 'again', ...facts, d: dueOn };
    }
  }
}

/** ISO date by which the service should have called; then she is asked whether it did. */
function calledBy({ calendar, referral: rules }: Profile, at: Date): string {
  return DateTime.fromJSDate(at, { zone: calendar.tz })
    .plus({ days: rules.feedback_days })
    .toFormat('yyyy-MM-dd');
}

/** A case that is nothing but the referral goes where the referral goes; any other has its own life. */
async function moveCase(tx: Tx, { reference }: Row, to: CaseStatus, reason: string, at: Date): Promise<void> {
  const { rows } = await tx.query<{ kind: string; status: CaseStatus }>(
    'select kind, status from grievance where reference = $1 for update',
    [reference],
  );
  const [found] = rows;
  if (found?.kind !== 'referral' || !mayBecome(found.status, to)) return;
  await transition(tx, reference, to, { actor: 'citizen', reason, at });
}

/** Work for who speaks with the service, or for a supervisor. Returns the ISO date it is promised for. */
async function tellPartner(
  tx: Tx,
  { profile, keys }: ReferralDeps,
  found: Row,
  { why, unit, at }: { why: 'sent' | 'again' | 'withdrawn' | 'denied'; unit?: string; at: Date },
): Promise<string> {
  const key = `referral:${found.id}:${why}:${localDate(at, profile.calendar.tz)}`;
  const { rows } = await tx.query<{ language: string | null }>(
    'select language from grievance where reference = $1',
    [found.reference],
  );
  const promisedOn = await createTask(tx, keys, {
    kind: 'referral',
    about: why,
    key,
    contact: found.contact,
    phone: null,
    household: found.household,
    reference: found.reference,
    language: rows[0]?.language ?? profile.languages.default,
    promisedOn: nextWorkingDay(at, profile.calendar),
    ...(unit === undefined ? {} : { unit }),
    at,
  });
  return promisedOn;
}

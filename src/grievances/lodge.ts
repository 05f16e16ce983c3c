/** Complaints: taken with or without a name, never twice, never refused for want of an identity (dialogs.md D5). */
import type { Slots } from '../conversation/dialog.ts';
import type { Port, TurnContext, Tx } from '../conversation/ports.ts';
import { maskSecrets } from '../conversation/secrets.ts';
import { CannotTell } from '../conversation/run.ts';
import { dropDraft } from '../evidence/link.ts';
import { BY_AREA, type Category } from '../profiles/categories.ts';
import { areaOfDigits } from '../profiles/profile.ts';
import { contactFor } from '../notifications/contact.ts';
import { enquire } from '../registry/enquiry.ts';
import type { Query } from '../registry/registry.ts';
import { bookCallAbout } from './callbacks.ts';
import {
  anonymousKey,
  askedBy,
  categoryOf,
  findCase,
  isOwn,
  momentOn,
  openCase,
  programmeOf,
  startOfHour,
  type CaseWords,
  type GrievanceDeps,
  type Lodger,
} from './cases.ts';
import { addEvidence } from './evidence.ts';
import { hashOfTurn } from './events.ts';
import { waitForOpening } from './opening.ts';
import { mayBecome, OPEN_STATUSES, transition } from './lifecycle.ts';
import { isOfOne } from './reach.ts';

/** A complaint about the same is the same complaint for this long. */
const DUPLICATE_DAYS = 30;

/**
 * An open complaint about the same matter, in whatever programme: of this phone, or of her household once she has shown
 * who she is. What is restricted is only ever shown to the address that lodged it.
 */
export function duplicate({ profile, keys }: GrievanceDeps): Port<'duplicate'> {
  return async (slots, turn) => {
    const category = categoryOf(profile, slots['matter']);
    const isOpen = category.sensitivity === 'open';
    const { rows } = await turn.reading.query<{ reference: string }>(
      `select reference from grievance
       where kind = 'complaint' and category = $1 and status = any($2) and created_at > $3
         and (contact = $4
              or (sensitivity = 'open' and (anonymous_phone = $5 or household = $6)))
       order by created_at desc
       limit 1`,
      [
        category.code,
        OPEN_STATUSES,
        new Date(turn.now.getTime() - DUPLICATE_DAYS * 86_400_000),
        turn.contact,
        isOpen ? anonymousKey(keys, turn) : null,
        isOpen ? householdShown(turn) : null,
      ],
    );
    if (rows[0]) return { outcome: 'duplicate', ref: rows[0].reference };
    const isElsewhere = category.route === BY_AREA && householdShown(turn) === null;
    return isElsewhere ? { outcome: 'none', where: 'ask' } : { outcome: 'none' };
  };
}

/** The household she has shown to be of; a matching phone number alone shows nothing, and proxies see no complaints. */
export function householdShown({ identity }: TurnContext): string | null {
  return identity === null || identity.level === '1' || identity.proxy ? null : identity.household;
}

export function lodge(deps: GrievanceDeps): Port<'lodge'> {
  return async (slots, turn) => {
    const category = categoryOf(deps.profile, slots['matter']);
    const anonymous = slots['named'] === 'anonymous';
    const theirs = anonymous ? undefined : theirPhone(slots, turn);
    const known: Lodger = anonymous
      ? { anonymous, phone: anonymousKey(deps.keys, turn) }
      : await namedLodger(deps, slots['by'] === 'helper' ? { ...turn, identity: null } : turn, category);
    // By SMS the reply itself says it. A number on a phone betrays who stays unknown, or what must stay private.
    const isUnsaid = anonymous || turn.channel === 'sms' || category.sensitivity === 'sensitive';
    const isReadByHer = !isUnsaid && (await isHerOwnPhone(deps, turn, theirs ?? turn.phone));
    const tx = await turn.tx();
    const contact =
      theirs === undefined ? turn.contact : (await contactFor(tx, deps.keys, { from: theirs })).key;
    const area = areaOfDigits(deps.profile, slots['area'] ?? '');
    const named: Lodger = theirs === undefined ? known : { anonymous: false, contact };
    const lodger = named.anonymous ? named : { ...named, area: named.area ?? area };
    const { reference, dueOn } = await openCase(tx, deps, {
      kind: 'complaint',
      category,
      matter: slots['matter'] ?? null,
      programme: programmeOf(deps.profile, slots['programme']),
      lodger,
      area,
      channel: turn.channel,
      language: turn.language,
      words: { ...wordsOf(slots['details']), ...toldBy(slots, turn) },
      at: turn.now,
      idempotency: hashOfTurn(deps.keys, 'lodge', turn),
    });
    if (category.sensitivity === 'sensitive') await dropDraft(tx, slots['evidence']);
    else
      await addEvidence(tx, deps.keys, slots, {
        reference,
        contact: anonymous ? null : contact,
        at: anonymous ? startOfHour(turn.now) : turn.now,
        turn,
      });
    const calledBy =
      slots['callback'] === 'soon'
        ? await bookCallAbout(tx, deps, turn, { reference, anonymous, by: slots })
        : undefined;
    if (isReadByHer && (await wantsDetails(tx, contact))) {
      await turn.notify({
        ...(theirs === undefined ? {} : { phone: theirs }),
        text: 'sms.grv.ack',
        // Who did not ask for it is not woken by it.
        kind: theirs === undefined ? 'answer' : 'notice',
        values: { ref: reference, d: dueOn },
        key: `grv.ack:${reference}`,
      });
    }
    const waits = !anonymous && waitsForRound(deps.profile, category);
    if (waits) await waitForOpening(tx, { contact, language: turn.language, at: turn.now });
    const lodged = anonymous ? 'anonymous' : 'named';
    const told = { ref: reference, d: dueOn, lodged: waits ? 'round' : lodged };
    return calledBy === undefined ? told : { ...told, lodged: `${lodged}call`, d2: calledBy };
  };
}

/** "Not on the list" between two rounds: the list is drawn up anew at the next one, and not before. */
function waitsForRound({ windows, registration_open: isOpen }: GrievanceDeps['profile'], { code }: Category) {
  return code === 'ELG-LIST' && !isOpen && windows.round_months !== undefined;
}

/** That somebody else speaks for her, in the words of the case. */
export function toldBy(slots: Slots, turn: TurnContext): CaseWords {
  const by = askedBy(slots, turn);
  return by === undefined ? {} : { askedBy: by };
}

/** The phone (E.164) that a helper gave of who the case is about: it is hers, and what comes of it goes there. */
function theirPhone({ by, theirphone }: Slots, { phone }: TurnContext): string | undefined {
  if (by !== 'helper' || theirphone === undefined || theirphone === 'none') return undefined;
  return theirphone === phone ? undefined : theirphone;
}

/** Nobody else reads this phone, as far as the registry knows; where it cannot be asked, somebody might. */
async function isHerOwnPhone(
  { registry }: GrievanceDeps,
  turn: TurnContext,
  phone: string | null,
): Promise<boolean> {
  if (phone === null) return true;
  const persons = await enquireIfUp(turn, (query) => registry.findByPhone(phone, query));
  return persons !== undefined && isOfOne(persons);
}

/** She has not asked for short messages, for none, or for an end of all. */
async function wantsDetails(tx: Tx, contact: string): Promise<boolean> {
  const { rows } = await tx.query<{ consent: string | null; stopped: boolean }>(
    'select consent, stopped_at is not null as stopped from contact where key = $1',
    [contact],
  );
  const found = rows[0];
  return found === undefined || (!found.stopped && (found.consent ?? 'full') === 'full');
}

/** Takes back what she lodged herself, as long as it is open. */
export function withdraw({ keys }: GrievanceDeps): Port<'withdraw'> {
  return async (slots, turn) => {
    const tx = await turn.tx();
    const ref = slots['reference'] ?? '';
    const found = await findCase(tx, ref);
    if (found && isOwn(found, keys, turn) && mayBecome(found.status, 'withdrawn')) {
      await transition(tx, ref, 'withdrawn', {
        actor: 'citizen',
        reason: 'taken_back',
        at: momentOn(found, turn.now),
        turn: hashOfTurn(keys, 'withdraw', turn),
      });
    }
    return { ref };
  };
}

/** Who lodges, with the household where she has said who she is. The area is left out when the registry is down. */
export async function namedLodger(
  { registry }: GrievanceDeps,
  turn: TurnContext,
  category: Category,
): Promise<Lodger> {
  const { contact, identity } = turn;
  if (!identity) return { anonymous: false, contact };
  const file =
    category.sensitivity === 'open'
      ? await enquireIfUp(turn, (query) => registry.file(identity.household, query))
      : undefined;
  return {
    anonymous: false,
    contact,
    person: identity.person,
    household: identity.household,
    area: file?.state.area ?? null,
  };
}

/** The registry's answer, for what a case can do without. Ask before the turn's transaction. */
export async function enquireIfUp<T>(
  turn: TurnContext,
  question: (query: Query) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await enquire(turn, 'GRIEVANCE_INTAKE', question);
  } catch (error) {
    if (error instanceof CannotTell) return undefined;
    throw error;
  }
}

/** Her own words, without the document and card numbers that people write into them. */
export function wordsOf(text: string | undefined): CaseWords {
  return text === undefined ? {} : { text: maskSecrets(text).text };
}

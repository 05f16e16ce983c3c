/**
 * Answers the identity dialog (dialogs.md D2 and §4): phone + last 4 digits of a document + birth year, or from another
 * phone all digits. Wrong, unknown and locked are the same to a stranger, and cost the same work.
 */
import { DateTime } from 'luxon';
import type { Ports, TurnContext, Tx } from '../conversation/ports.ts';
import type { Identity } from '../conversation/session.ts';
import { localDate, nextWorkingDay } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { enquire } from '../registry/enquiry.ts';
import type { Registry, RegistryPerson } from '../registry/registry.ts';
import { hasSeveralRoles, isTooYoung, knows, matching, ofDocument, ownerOf } from './identity.ts';
import type { Keys } from './keys.ts';
import {
  failedAgain,
  failuresSince,
  forgetTries,
  holdTries,
  isLocked,
  readTries,
  saveTries,
  type Subject,
  type Tries,
} from './lock.ts';

/** Work for an agent, in the words of whoever keeps the tasks. `about`: what she wanted. Two with one key are one. */
export type NewTask = {
  kind: 'identity_locked' | 'kept_request';
  key: string;
  about?: 'status' | 'payment';
  contact: string;
  phone: string | null;
  household: string | null;
  language: string;
  /** ISO date. */
  promisedOn: string;
  at: Date;
};

export type IdentityDeps = {
  profile: Profile;
  keys: Keys;
  registry: Registry;
  /** Stores the task in the turn's transaction. The ISO date by which a person will have looked at it. */
  createTask(tx: Tx, keys: Keys, task: NewTask): Promise<string>;
};

export type IdentityPorts = Pick<Ports, 'phoneOwner' | 'checkIdentity' | 'checkDocument' | 'keepRequest'>;

/** A household that is none: asked about where nobody was found, so that this takes as long as a real one. */
const NO_HOUSEHOLD = '00000000-0000-0000-0000-000000000000';

/** What a kept request was about, by the flow that was on its way. */
const ABOUT: Readonly<Record<string, 'status' | 'payment'>> = { status: 'status', nextpayment: 'payment' };

export function identityPorts(deps: IdentityDeps): IdentityPorts {
  const { profile, keys, registry } = deps;
  const rules = profile.identity;

  const phoneOf = (phone: string): Subject => ({ kind: 'phone', subject: keys.index('phone', phone) });
  const fileOf = (household: string): Subject => ({ kind: 'file', subject: household });
  const strangerOf = (turn: TurnContext): Subject => ({ kind: 'unmatched', subject: turn.contact });
  const lockStart = (now: Date) => new Date(now.getTime() - rules.lock_hours * 3_600_000);
  const dayStart = (now: Date) =>
    DateTime.fromJSDate(now).setZone(profile.calendar.tz).startOf('day').toJSDate();
  const isSpent = (tries: Tries | undefined, now: Date) =>
    tries !== undefined && failuresSince(tries, dayStart(now)) >= rules.failed_files_per_day;
  const isYoung = (person: RegistryPerson, turn: TurnContext) =>
    isTooYoung(person, rules.nominee_min_age, localDate(turn.now, profile.calendar.tz));

  const findByPhone = async (turn: TurnContext) => {
    const { phone } = turn;
    if (phone === null) return [];
    return enquire(turn, 'IDENTIFY', (query) => registry.findByPhone(phone, query));
  };
  const stateOf = async (turn: TurnContext, household: string) => {
    const file = await enquire(turn, 'IDENTIFY', (query) => registry.file(household, query));
    return { headDeceased: file?.state.headDeceased ?? false, area: file?.state.area ?? null };
  };
  const [, second] = rules.level2;
  const [, secondUnmatched] = rules.level2_unmatched;
  const asking = (rule: typeof second) => (rule === 'area_code' ? ({ second: 'area' } as const) : {});

  return {
    async phoneOwner(_slots, turn) {
      const { phone, identity, now } = turn;
      const bySms = turn.channel === 'sms';
      if (!bySms && identity !== null && identity.level !== '1') return { outcome: 'known' };
      const owner = ownerOf(await findByPhone(turn));
      const files = owner.kind === 'one' ? [fileOf(owner.household)] : [];
      const phones = phone === null ? [] : [phoneOf(phone)];
      const tries = await readTries(turn.reading, [...files, ...phones, strangerOf(turn)]);
      const locked = tries.some((one) => isLocked(one, now));

      if (bySms) {
        const person = owner.kind === 'one' ? owner.persons.find(({ alive }) => alive) : undefined;
        const may = person !== undefined && !locked && !isYoung(person, turn);
        turn.setIdentity(may ? identityOf('1', person, profile.nominated_agent) : null);
        return { outcome: 'private' };
      }
      if (owner.kind === 'nobody') {
        const stranger = tries.find(({ kind }) => kind === 'unmatched');
        return { outcome: isSpent(stranger, now) ? 'limit' : 'unmatched', ...asking(secondUnmatched) };
      }
      if (locked) return { outcome: 'locked' };
      if (owner.kind === 'shared') return { outcome: 'shared' };
      return { outcome: hasSeveralRoles(owner.persons) ? 'roles' : 'matched', ...asking(second) };
    },

    async checkIdentity(slots, turn) {
      const { phone, now } = turn;
      if (phone === null) return { outcome: 'nomatch', n: 0 };
      const owner = ownerOf(await findByPhone(turn));
      const household = owner.kind === 'one' ? owner.household : undefined;
      const { headDeceased, area } = await stateOf(turn, household ?? NO_HOUSEHOLD);
      const known = knows(second, slots, area);
      const person = owner.kind === 'one' ? matching(owner.persons, slots, known) : undefined;

      const subjects = [phoneOf(phone), ...(household === undefined ? [] : [fileOf(household)])];
      // Right at once is what most are: nothing is to be written, and no transaction waits for the next question.
      const isFirstTry = (await readTries(turn.reading, subjects)).length === 0;
      if (!person || !isFirstTry) {
        const tx = await turn.tx();
        const tries = await holdTries(tx, subjects);
        if (tries.some((one) => isLocked(one, now))) return { outcome: 'locked' };
        if (!person) return failed(tx, turn, tries, household);
        await forgetTries(tx, subjects);
      }
      if (isYoung(person, turn)) return { outcome: 'minor' };
      turn.setIdentity(identityOf('2', person, profile.nominated_agent));
      if (headDeceased || !person.alive) return { outcome: 'deceased' };
      const isServed = profile.nominated_agent ? turn.goal !== 'update' : turn.goal === 'nextpayment';
      return { outcome: person.role === 'nominee' && !isServed ? 'proxy' : 'ok' };
    },

    async checkDocument(slots, turn) {
      const { now } = turn;
      const digits = slots['document'] ?? '';
      const stranger = strangerOf(turn);
      const found = await enquire(turn, 'IDENTIFY', (query) => registry.findByDocument(digits, query));
      const enough = digits.length >= rules.unmatched_documents_min_digits;
      // Whom the birth year singles out, or all of one file where the area will; else nobody, which takes as long.
      const ofOneFile = secondUnmatched === 'area_code' ? () => true : knows(secondUnmatched, slots, null);
      const about = ofDocument(found, ofOneFile)?.household ?? NO_HOUSEHOLD;
      const { headDeceased, area } = await stateOf(turn, about);
      const person = enough ? ofDocument(found, knows(secondUnmatched, slots, area)) : undefined;

      const tx = await turn.tx();
      const [mine] = await holdTries(tx, [stranger]);
      const [file] = await readTries(tx, [fileOf(person?.household ?? NO_HOUSEHOLD)]);
      if (!mine || isSpent(mine, now)) return { outcome: 'limit' };
      if (!person || (file && isLocked(file, now))) {
        await saveTries(tx, [failedAgain(mine, dayStart(now), now)]);
        return { outcome: 'unknown' };
      }
      // What failed before still counts: one file of her own must not buy five more tries at others.
      if (mine.failures === 0) await forgetTries(tx, [stranger]);
      await warnOwner(turn, person.household);
      if (isYoung(person, turn)) return { outcome: 'minor' };
      turn.setIdentity(identityOf('2u', person, profile.nominated_agent));
      return { outcome: headDeceased || !person.alive ? 'deceased' : 'ok' };
    },

    async keepRequest(slots, turn) {
      const about = ABOUT[slots['goal'] ?? turn.goal ?? ''];
      const d = await deps.createTask(await turn.tx(), keys, {
        ...taskOf('kept_request', turn, turn.identity?.household ?? null),
        ...(about === undefined ? {} : { about }),
      });
      return { d };
    },
  };

  /** Counts a mismatch on a registered phone. The last one allowed closes phone and file, and an agent looks at it. */
  async function failed(tx: Tx, turn: TurnContext, before: readonly Tries[], household: string | undefined) {
    const { now } = turn;
    const after = before.map((one) => failedAgain(one, lockStart(now), now));
    const left = rules.tries - Math.max(...after.map(({ failures }) => failures));
    if (left > 0) {
      await saveTries(tx, after);
      return { outcome: 'nomatch', n: left } as const;
    }
    const lockedUntil = new Date(now.getTime() + rules.lock_hours * 3_600_000);
    await saveTries(
      tx,
      after.map((one) => ({ ...one, lockedUntil })),
    );
    await deps.createTask(tx, keys, taskOf('identity_locked', turn, household ?? null));
    return { outcome: 'locked' } as const;
  }

  function taskOf(kind: NewTask['kind'], turn: TurnContext, household: string | null): NewTask {
    const { key, contact, phone, language, now } = turn;
    const promisedOn = nextWorkingDay(now, profile.calendar);
    return { kind, key, contact, phone, household, language, promisedOn, at: now };
  }

  /** Tells the registered phone that another one asked. A shared phone is told nothing: others would read it. */
  async function warnOwner(turn: TurnContext, household: string): Promise<void> {
    const registered = await enquire(turn, 'IDENTIFY', (query) => registry.registeredPhone(household, query));
    if (!registered || (registered.use !== 'own' && registered.use !== 'unknown')) return;
    await turn.notify({
      phone: registered.phone,
      text: 'sms.otherphone',
      values: { d: localDate(turn.now, profile.calendar.tz) },
      kind: 'security',
      key: `${turn.key}:otherphone`,
    });
  }
}

function identityOf(
  level: Identity['level'],
  { person, household, role }: RegistryPerson,
  agents: boolean,
): Identity {
  if (role !== 'nominee') return { level, person, household };
  return { level, person, household, proxy: true, ...(agents ? { agent: true } : {}) };
}

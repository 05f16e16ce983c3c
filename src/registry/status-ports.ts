/** Answers the status dialog (dialogs.md D3): where her file stands, as far as she has shown who she is. */
import type { Facts, Slots } from '../conversation/dialog.ts';
import type { Ports, TurnContext } from '../conversation/ports.ts';
import type { Identity } from '../conversation/session.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { alternativesTo, refusalFacts } from './alternatives.ts';
import { enquire } from './enquiry.ts';
import { withinMonths, type Counted } from './months.ts';
import type { Enrolment, Registry } from './registry.ts';
import { standing, type OpenObjection } from './standing.ts';
import { factsOf, undisclosedFactsOf } from './status-facts.ts';

/** What a person said to "may we send messages"; `none` also after STOP. */
export type ConsentOf = (turn: TurnContext) => Promise<'unasked' | 'full' | 'discreet' | 'none'>;

export type StatusDeps = {
  profile: Profile;
  registry: Registry;
  consentOf: ConsentOf;
  /** The open objection to what was posted on an ISO date. */
  objectionTo?: (
    turn: TurnContext,
    to: { household: string; programme: string; since: string },
  ) => Promise<OpenObjection | undefined>;
  /** Told when the registry says something that the profile has no words for. */
  unmapped?: (kind: string) => void;
};

export type StatusPorts = Pick<Ports, 'enrolments' | 'enrolment' | 'statusBySms' | 'alternatives'>;

export function statusPorts(deps: StatusDeps): StatusPorts {
  const { profile, registry, consentOf, unmapped } = deps;

  /** Her enrolments, newest first, in statuses that the profile has; of two that exclude each other the newer one. */
  const listOf = async (turn: TurnContext, { household }: Identity): Promise<Listed[]> => {
    const said = await enquire(turn, 'STATUS_ENQUIRY', (query) => registry.enrolments(household, query));
    const found = said.map((one) => withinMonths(one, profile, localDate(turn.now, profile.calendar.tz)));
    const standings = await Promise.all(
      withoutSuperseded(profile, found).map((enrolment) => today(turn, household, enrolment)),
    );
    return standings.map((one) => {
      const others = alternativesTo(profile, one, standings);
      const enrolment = others === undefined ? one : { ...one, others };
      const { status, programme } = enrolment;
      if (status !== 'unknown' && (profile.programmes[programme]?.statuses.includes(status) ?? true))
        return enrolment;
      unmapped?.('enrolment');
      return { ...enrolment, status: 'unknown' as const };
    });
  };

  const today = async (turn: TurnContext, household: string, enrolment: Listed): Promise<Listed> => {
    const { status, programme, statusDate } = enrolment;
    const mayReopen = status === 'posted' && profile.windows.objection_reopens !== undefined;
    const objection =
      mayReopen && statusDate !== null
        ? await deps.objectionTo?.(turn, { household, programme, since: statusDate })
        : undefined;
    return standing(enrolment, profile, localDate(turn.now, profile.calendar.tz), objection);
  };

  const told = async (turn: TurnContext, identity: Identity, enrolment: Listed): Promise<Facts> => {
    const facts = { programme: enrolment.programme };
    const inShort = { prog: enrolment.programme, st: enrolment.status, ...counted(enrolment) };
    const refusal = refusalFacts(enrolment.others);
    if (turn.channel === 'sms') return { ...facts, ...inShort, ...refusal };
    if (identity.level === '2u') return { ...facts, ...undisclosedFactsOf(enrolment), ...refusal };
    const file = await enquire(turn, 'STATUS_ENQUIRY', (query) => registry.file(identity.household, query));
    const area = file?.state.area ?? null;
    const payDigit = file?.state.payDigit;
    const known = factsOf(enrolment, { profile, now: turn.now, area, payDigit });
    return {
      ...facts,
      ...known,
      ...counted(enrolment),
      ...refusal,
      ...(isAward(enrolment, profile) ? { status: 'award' } : {}),
      ...(hasJustMoved(enrolment, profile, turn.now) ? moved(enrolment) : {}),
    };
  };

  /** Who may read a status here, or why not. Identity is never asked by SMS: there the registered phone must do. */
  const reader = async (turn: TurnContext): Promise<Identity | 'private' | 'proxy'> => {
    const { identity, channel } = turn;
    if (channel === 'sms') {
      const may = identity !== null && mayBeTold(profile, await consentOf(turn));
      return may && (!identity.proxy || identity.agent) ? identity : 'private';
    }
    if (identity === null || identity.level === '1')
      throw new Error('a status was asked for without identity');
    return identity.proxy && !identity.agent ? 'proxy' : identity;
  };

  return {
    async enrolments(_slots, turn) {
      const identity = await reader(turn);
      if (typeof identity === 'string') return { outcome: identity };
      const list = await listOf(turn, identity);
      const [first, second] = list;
      if (!first) return { outcome: 'none' };
      if (second) return { outcome: 'many', programmes: listed(list) };
      const outcome = turn.channel === 'sms' ? ('text' as const) : ('one' as const);
      return { ...(await told(turn, identity, first)), outcome };
    },

    async enrolment(slots, turn) {
      const identity = await reader(turn);
      if (typeof identity === 'string') return { outcome: identity };
      const enrolment = chosen(await listOf(turn, identity), slots);
      if (!enrolment) return { outcome: 'none' };
      const outcome = turn.channel === 'sms' ? ('text' as const) : ('one' as const);
      return { ...(await told(turn, identity, enrolment)), outcome };
    },

    async statusBySms(slots, turn) {
      const { phone } = turn;
      const identity = await reader(turn);
      const consent = await consentOf(turn);
      if (typeof identity === 'string' || phone === null || consent === 'none') return { outcome: 'refused' };
      const persons = await enquire(turn, 'STATUS_ENQUIRY', (query) => registry.findByPhone(phone, query));
      const use = persons.find(({ person }) => person === identity.person)?.phoneUse;
      if (use !== 'own' && use !== 'unknown') return { outcome: 'refused' };
      const enrolment = chosen(await listOf(turn, identity), slots);
      if (!enrolment) return { outcome: 'refused' };

      const inFull = use === 'own' && consent !== 'discreet' && profile.privacy.sms_detail !== 'discreet';
      const { status, ...alt } = refusalFacts(enrolment.others);
      const full = status === 'refused' ? 'sms.statusother' : status ? 'sms.statusalone' : 'sms.status';
      const text = inFull ? full : 'sms.pay.discreet';
      const short = { prog: enrolment.programme, st: enrolment.status, ...counted(enrolment), ...alt };
      const values = inFull ? short : {};
      await turn.notify({ text, values, kind: 'answer', key: `${turn.key}:status` });
      return { outcome: 'sent' };
    },

    async alternatives(slots, turn) {
      const identity = await reader(turn);
      const others = typeof identity === 'string' ? [] : chosen(await listOf(turn, identity), slots)?.others;
      if (others === undefined || others.length === 0) return { outcome: 'none' };
      return { outcome: 'many', programmes: others.map((id) => ({ id })) };
    },
  };
}

/** May a message say more than "you have a message"? A profile can only be stricter than she is. */
export function mayBeTold({ privacy }: Profile, consent: Awaited<ReturnType<ConsentOf>>): boolean {
  return consent === 'full' && privacy.sms_detail !== 'discreet';
}

/** Days for which who was moved is told that there is nothing to do or to pay (dialogs.md D3). */
const MOVED_DAYS = 90;

/**
 * `movedOn`: when the household came here from a programme that sent its families here, ISO date. `others`: of a refusal,
 * what else she may ask for.
 */
type Listed = Enrolment & Counted & { movedOn?: string; others?: string[] };

const counted = ({ month, months }: Listed): Facts => ({ month, months });

function hasJustMoved({ movedOn, status }: Listed, { calendar }: Profile, now: Date): boolean {
  const since = localDate(new Date(now.getTime() - MOVED_DAYS * 86_400_000), calendar.tz);
  return movedOn !== undefined && movedOn >= since && (status === 'active' || status === 'approved');
}

/** Hers without an application: she may refuse it. */
function isAward({ programme, status }: Listed, { programmes }: Profile): boolean {
  return programmes[programme]?.automatic === true && (status === 'active' || status === 'approved');
}

function moved({ programme }: Listed): Facts {
  return { status: 'migrated', newprog: programme };
}

/** One line for each; where they do not all stand alike each line says how it stands. */
function listed(list: readonly Listed[]): { id: string; status?: string }[] {
  const differ = list.some(({ status }) => status !== list[0]?.status);
  return list.map(({ programme, status }) => ({ id: programme, ...(differ ? { status } : {}) }));
}

/** The one she chose, or the only one there is. */
function chosen(list: readonly Listed[], { programme }: Slots): Listed | undefined {
  return programme === undefined ? list[0] : list.find((enrolment) => enrolment.programme === programme);
}

function withoutSuperseded(profile: Profile, enrolments: readonly Enrolment[]): Listed[] {
  const newestFirst = [...enrolments].sort((one, other) => startOf(other).localeCompare(startOf(one)));
  const kept = newestFirst.filter(
    (older, at) => !newestFirst.slice(0, at).some((newer) => excludes(profile, newer, older)),
  );
  return kept.map((enrolment) => {
    const from = enrolments.find(
      ({ programme, status }) =>
        status === 'migrated' && profile.programmes[programme]?.migrates_to === enrolment.programme,
    );
    const movedOn = from?.statusDate;
    return movedOn ? { ...enrolment, movedOn } : enrolment;
  });
}

function startOf({ since, statusDate }: Enrolment): string {
  return since ?? statusDate ?? '';
}

function excludes({ programmes }: Profile, one: Enrolment, other: Enrolment): boolean {
  return (
    (programmes[one.programme]?.exclusive_with.includes(other.programme) ?? false) ||
    (programmes[other.programme]?.exclusive_with.includes(one.programme) ?? false)
  );
}

/** "I do not agree" (dialogs.md D7): until when a decision can be appealed, and the appeal itself, late or not. */
import type { Port, TurnContext } from '../conversation/ports.ts';
import { localDate } from '../profiles/calendar.ts';
import { objectionDays, type Profile } from '../profiles/profile.ts';
import { enquire } from '../registry/enquiry.ts';
import { withinMonths } from '../registry/months.ts';
import type { Enrolment } from '../registry/registry.ts';
import { countedFrom, lastDayOf, latestDecision, readOutages, type Outage } from './appeal-window.ts';
import { bookCallAbout } from './callbacks.ts';
import { categoryOf, openCase, programmeOf, type GrievanceDeps } from './cases.ts';
import { hashOfTurn } from './events.ts';
import { addEvidence } from './evidence.ts';
import { enquireIfUp, namedLodger, toldBy, wordsOf } from './lodge.ts';

/** Statuses that are a decision against her, or one that is posted for everybody to object to. */
const DECISIONS: ReadonlySet<string> = new Set(['noteligible', 'ended', 'suspended', 'blocked', 'posted']);

/**
 * `open` or `late` with the last day `d`, which counts until midnight; of several decisions the one with most time left.
 * Decisions of the registry on her enrolments where she has shown who she is, and of staff on a case of hers.
 * `unknown` when no decision is known.
 */
export function appealWindow({ profile, registry }: GrievanceDeps): Port<'appealWindow'> {
  return async (slots, turn) => {
    const household = mayAppealFor(turn);
    const programme = slots['programme'] ?? null;
    const enrolments =
      household === null
        ? []
        : await enquire(turn, 'GRIEVANCE_INTAKE', (query) => registry.enrolments(household, query));
    const outages = await readOutages(turn.reading);
    const decision = await latestDecision(turn.reading, { contact: turn.contact, household, programme });
    const byStaff =
      decision &&
      lastDayOf(countedFrom(profile, decision), profile.windows.appeal_days, outages, profile.calendar.tz);
    const last = enrolments
      .filter((enrolment) => programme === null || enrolment.programme === programme)
      .map((enrolment) => withinMonths(enrolment, profile, localDate(turn.now, profile.calendar.tz)))
      .flatMap((enrolment) => lastDay(profile, enrolment, outages) ?? [])
      .concat(byStaff ?? [])
      .sort()
      .at(-1);
    if (last === undefined) return { outcome: 'unknown' };
    return { outcome: localDate(turn.now, profile.calendar.tz) <= last ? 'open' : 'late', d: last };
  };
}

/** A phone number alone shows nobody, and a proxy who was not nominated to act for the household sees payments only. */
function mayAppealFor({ identity }: TurnContext): string | null {
  const isSilent = identity === null || identity.level === '1' || (identity.proxy && !identity.agent);
  return isSilent ? null : identity.household;
}

function lastDay(
  profile: Profile,
  { status, statusDate, stage }: Pick<Enrolment, 'status' | 'statusDate' | 'stage'>,
  outages: readonly Outage[],
): string | undefined {
  if (!DECISIONS.has(status) || statusDate === null) return undefined;
  const days = status === 'posted' ? objectionDays(profile, stage) : profile.windows.appeal_days;
  return lastDayOf(statusDate, days, outages, profile.calendar.tz);
}

/** What the registry said on the day: the reviewer must see what was decided on, not what it has become. */
export type Evidence = { source: string; on: string; enrolments: Enrolment[] };

export function lodgeAppeal(deps: GrievanceDeps): Port<'lodgeAppeal'> {
  return async (slots, turn) => {
    const category = categoryOf(deps.profile, 'refused');
    const lodger = await namedLodger(deps, turn, category);
    const household = mayAppealFor(turn);
    const programme = programmeOf(deps.profile, slots['programme']);
    const enrolments =
      household === null
        ? undefined
        : await enquireIfUp(turn, (query) => deps.registry.enrolments(household, query));
    const tx = await turn.tx();
    const { reference, dueOn, created } = await openCase(tx, deps, {
      kind: 'appeal',
      category,
      matter: `ground:${slots['ground'] ?? 'other'}`,
      programme,
      lodger,
      channel: turn.channel,
      language: turn.language,
      words: {
        ...wordsOf(slots['details']),
        ...toldBy(slots, turn),
        ...(slots['late'] === undefined ? {} : { late: slots['late'] }),
      },
      at: turn.now,
      idempotency: hashOfTurn(deps.keys, 'appeal', turn),
    });
    if (created) {
      const evidence: Evidence = {
        source: deps.profile.registry.kind,
        on: localDate(turn.now, deps.profile.calendar.tz),
        enrolments: (enrolments ?? []).filter((one) => programme === null || one.programme === programme),
      };
      const against = await latestDecision(tx, { contact: turn.contact, household, programme });
      await tx.query('update grievance set appeal_of = $2, evidence_sealed = $3 where reference = $1', [
        reference,
        against?.reference ?? null,
        enrolments ? deps.keys.sealJson('case', evidence, 'grievance.evidence') : null,
      ]);
    }
    await addEvidence(tx, deps.keys, slots, { reference, contact: turn.contact, at: turn.now, turn });
    const told = { ref: reference, d: dueOn };
    if (slots['callback'] !== 'soon') return { ...told, lodged: 'plain' };
    return {
      ...told,
      lodged: 'call',
      d2: await bookCallAbout(tx, deps, turn, { reference, anonymous: false, by: slots }),
    };
  };
}

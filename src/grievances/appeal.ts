/** "I do not agree" (dialogs.md D7): until when a decision can be appealed, and the appeal itself, late or not. */
import { DateTime } from 'luxon';
import type { Port, TurnContext } from '../conversation/ports.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { enquire } from '../registry/enquiry.ts';
import type { Enrolment } from '../registry/registry.ts';
import { bookCallAbout } from './callbacks.ts';
import { categoryOf, openCase, programmeOf, type GrievanceDeps } from './cases.ts';
import { hashOfTurn } from './events.ts';
import { namedLodger, wordsOf } from './lodge.ts';

/** Statuses that are a decision against her, or one that is posted for everybody to object to. */
const DECISIONS: ReadonlySet<string> = new Set(['noteligible', 'ended', 'suspended', 'blocked', 'posted']);

/**
 * `open` or `late` with the last day `d`, which counts until midnight; of several decisions the one with most time left.
 * `unknown` when no decision is known, also because she has not shown who she is.
 */
export function appealWindow({ profile, registry }: GrievanceDeps): Port<'appealWindow'> {
  return async (slots, turn) => {
    const household = mayAppealFor(turn);
    if (household === null) return { outcome: 'unknown' };
    const enrolments = await enquire(turn, 'GRIEVANCE_INTAKE', (query) =>
      registry.enrolments(household, query),
    );
    const programme = slots['programme'];
    const last = enrolments
      .filter((enrolment) => programme === undefined || enrolment.programme === programme)
      .flatMap((enrolment) => lastDay(profile, enrolment) ?? [])
      .sort()
      .at(-1);
    if (last === undefined) return { outcome: 'unknown' };
    return { outcome: localDate(turn.now, profile.calendar.tz) <= last ? 'open' : 'late', d: last };
  };
}

/** A phone number alone shows nobody, and a proxy sees payments only. */
function mayAppealFor({ identity }: TurnContext): string | null {
  return identity === null || identity.level === '1' || identity.proxy ? null : identity.household;
}

function lastDay(
  { windows }: Profile,
  { status, statusDate }: Pick<Enrolment, 'status' | 'statusDate'>,
): string | undefined {
  if (!DECISIONS.has(status) || statusDate === null) return undefined;
  const days = status === 'posted' ? windows.objection_days : windows.appeal_days;
  return DateTime.fromISO(statusDate, { zone: 'utc' }).plus({ days }).toFormat('yyyy-MM-dd');
}

export function lodgeAppeal(deps: GrievanceDeps): Port<'lodgeAppeal'> {
  return async (slots, turn) => {
    const category = categoryOf(deps.profile, 'refused');
    const lodger = await namedLodger(deps, turn, category);
    const tx = await turn.tx();
    const { reference, dueOn } = await openCase(tx, deps, {
      kind: 'appeal',
      category,
      matter: `ground:${slots['ground'] ?? 'other'}`,
      programme: programmeOf(deps.profile, slots['programme']),
      lodger,
      channel: turn.channel,
      language: turn.language,
      words: {
        ...wordsOf(slots['details']),
        ...(slots['late'] === undefined ? {} : { late: slots['late'] }),
      },
      at: turn.now,
      idempotency: hashOfTurn(deps.keys, 'appeal', turn),
    });
    if (slots['callback'] === 'soon') await bookCallAbout(tx, deps, turn, reference, false);
    return { ref: reference, d: dueOn };
  };
}

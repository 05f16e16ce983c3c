/** What else a person who is refused may ask for (`alternatives` of a profile), so that no refusal stands alone. */
import type { Facts } from '../conversation/dialog.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Enrolment } from './registry.ts';

type Standing = Pick<Enrolment, 'programme' | 'status'>;

const REFUSED: ReadonlySet<Enrolment['status']> = new Set(['noteligible', 'ended']);

/**
 * Programmes that this refusal leads to: those the profile names, that still take people in, and that she neither has nor
 * was refused. Undefined where it is no refusal, or where the profile names alternatives for no programme at all.
 */
export function alternativesTo(
  { programmes }: Pick<Profile, 'programmes'>,
  refused: Standing,
  all: readonly Standing[],
): string[] | undefined {
  const isInForce = Object.values(programmes).some(({ alternatives }) => alternatives.length > 0);
  if (!isInForce || !REFUSED.has(refused.status)) return undefined;
  return (programmes[refused.programme]?.alternatives ?? []).filter(
    (code) => programmes[code]?.closing === false && !all.some(({ programme }) => programme === code),
  );
}

/** The screen of a refusal, and the first service that it names. */
export function refusalFacts(alternatives: readonly string[] | undefined): Facts {
  if (alternatives === undefined) return {};
  const [alt] = alternatives;
  return alt === undefined ? { status: 'refusedalone' } : { status: 'refused', alt };
}

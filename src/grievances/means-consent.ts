/**
 * Her yes to a check of her means with other administrations and banks: none begins without one that names every source
 * asked. The answers are rows of the audit, which nobody can change: question, language, channel and time.
 */
import type { Port, Tx, TurnContext } from '../conversation/ports.ts';
import { readAudit, recordAudit } from '../privacy/audit.ts';
import type { Profile } from '../profiles/profile.ts';

export type MeansDeps = {
  profile: Profile;
  /** The question as it is put to her, for the record of her consent. */
  words: (language: string, facts: { sources: string }) => string;
};

/** `sources`: ids of the profile that she agreed to. */
export type MeansConsent = { sources: string[]; at: Date };

const ANSWERED = 'means_consent';
const subjectOf = (household: string): string => `household:${household}`;

/** Her newest answer; undefined when it is no, or there is none. */
export async function meansConsent(tx: Tx, household: string): Promise<MeansConsent | undefined> {
  const [newest] = await readAudit(tx, { subject: subjectOf(household), action: ANSWERED, limit: 1 });
  if (newest?.details?.['answer'] !== 'yes') return undefined;
  return { sources: newest.details['sources'] as string[], at: newest.at };
}

/** The names of the sources of a check, in her language; undefined where the profile has no check. */
export function sourcesIn({ means_check: check }: Profile, language: string): string | undefined {
  return check?.sources.map(({ name }) => name[language] ?? '').join(', ');
}

/** Only who is of the household, on its own phone, may agree for it. */
export function mayAgree({ identity }: TurnContext): string | undefined {
  return identity?.level === '2' && !identity.proxy ? identity.household : undefined;
}

export function answerMeans({ profile, words }: MeansDeps): Port<'answerMeans'> {
  return async ({ agreed }, turn) => {
    const household = mayAgree(turn);
    const sources = sourcesIn(profile, turn.language);
    if (household === undefined || sources === undefined) return { outcome: 'refused' };
    const answer = agreed === 'yes' ? 'yes' : 'no';
    await recordAudit(await turn.tx(), {
      actor: 'citizen',
      action: ANSWERED,
      subject: subjectOf(household),
      details: {
        answer,
        sources: profile.means_check?.sources.map(({ id }) => id) ?? [],
        words: words(turn.language, { sources }),
        language: turn.language,
        channel: turn.channel,
        person: turn.identity?.person,
      },
      at: turn.now,
    });
    return { outcome: answer === 'yes' ? 'given' : 'refused' };
  };
}

/** `source`: one that she was not asked about. */
export type MeansStart = { ok: true; consentedAt: Date } | { ok: false; why: 'consent' | 'source' };

/** Whether a check may begin with these sources; the audit keeps who asked, and what they were told. */
export async function startMeansCheck(
  tx: Tx,
  { household, sources, by, at }: { household: string; sources: readonly string[]; by: string; at: Date },
): Promise<MeansStart> {
  const consent = await meansConsent(tx, household);
  const why = !consent
    ? 'consent'
    : sources.every((source) => consent.sources.includes(source))
      ? undefined
      : 'source';
  await recordAudit(tx, {
    actor: by,
    action: why === undefined ? 'means_check_begun' : 'means_check_refused',
    subject: subjectOf(household),
    details: { sources: [...sources], ...(why === undefined ? {} : { why }) },
    at,
  });
  if (why !== undefined || !consent) return { ok: false, why: why ?? 'consent' };
  return { ok: true, consentedAt: consent.at };
}

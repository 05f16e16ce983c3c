/** Asks people who were sent to another service whether it contacted them (dialogs.md D12), once by each date it was given. */
import type { Tx } from '../conversation/ports.ts';
import { endOfWorkingDay, localDate } from '../profiles/calendar.ts';
import type { Database } from '../store/database.ts';
import { hasTwoWaySms, type EffectDeps } from './clock-effects.ts';
import { recordEvent } from './events.ts';
import { putQuestion } from './questions.ts';
import { reachOf } from './reach.ts';

export type AskReferralsDeps = EffectDeps & {
  db: Database;
  /** Referrals looked at in one pass; 100. */
  limit?: number;
};

type Due = {
  id: string;
  reference: string;
  contact: string;
  partner: string;
  denials: number;
  language: string | null;
  sensitivity: 'open' | 'restricted' | 'sensitive';
};

/**
 * One pass; run it every few seconds, in any number of processes. Returns how many were taken up. The date is over when
 * the offices close on it. Who cannot be asked by a message is marked as asked all the same; the case says `unasked`.
 */
export async function askReferrals(deps: AskReferralsDeps): Promise<number> {
  const { db, limit = 100 } = deps;
  const failed: string[] = [];
  let asked = 0;
  for (let taken = 0; taken < limit; taken += 1) {
    const done = await askNext(db, deps, failed);
    if (done === 'nothing') break;
    if (done === 'asked') asked += 1;
    if (done === 'later') break;
  }
  if (failed.length > 0) throw new Error(`${failed.length} referrals could not be asked about`);
  return asked;
}

async function askNext(
  db: Database,
  deps: AskReferralsDeps,
  failed: string[],
): Promise<'asked' | 'later' | 'nothing' | 'failed'> {
  let id: string | undefined;
  try {
    return await db.transaction(async (tx) => {
      const { rows } = await tx.query<Due>(
        `select r.id, r.reference, r.contact, r.partner, r.denials, g.language, g.sensitivity
         from referral r join grievance g on g.reference = r.reference
         where r.state in ('sent', 'accepted', 'served') and r.asked_at is null and r.contact is not null
           and r.due_on <= $1 and r.id <> all($2)
         order by r.due_on, r.id
         limit 1
         for update of r skip locked`,
        [lastDayOver(deps), failed],
      );
      const [due] = rows;
      if (!due) return 'nothing';
      id = due.id;
      return (await ask(tx, deps, due)) ? 'asked' : 'later';
    });
  } catch (error) {
    if (id === undefined) throw error;
    failed.push(id);
    return 'failed';
  }
}

/** False: the registry cannot tell now whose phone it is; it will be asked about all of them again. */
async function ask(tx: Tx, deps: EffectDeps, due: Due): Promise<boolean> {
  const { now, profile, notifier } = deps;
  const { id, reference, contact, partner: org, denials } = due;
  const reach = await reachOf(tx, deps, due);
  if (reach.kind === 'unsure') return false;
  const isHeard = reach.kind === 'full' && (reach.recipient.phone === null || hasTwoWaySms(profile));
  if (isHeard) {
    await notifier(tx, reach.recipient, {
      text: 'sms.ref.back',
      kind: 'notice',
      values: { org },
      key: `ref.back:${id}:${denials}`,
    });
    await putQuestion(tx, { contact, kind: 'ref.back', reference: id, at: now });
  }
  await tx.query('update referral set asked_at = $2, updated_at = $2 where id = $1', [id, now]);
  const reason = isHeard ? 'referral_asked' : 'referral_unasked';
  await recordEvent(tx, { reference, at: now, actor: 'system', kind: 'referral', reason });
  return true;
}

/** The last ISO date whose office hours are over. */
function lastDayOver({ now, profile: { calendar } }: EffectDeps): string {
  const today = localDate(now, calendar.tz);
  if (endOfWorkingDay(today, calendar) <= now) return today;
  return new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
}

/** "You now get this, without asking for it": one notice of what was given automatically, with the way to refuse it. */
import type { Notifier } from '../notifications/notify.ts';
import { reachOfPayee } from '../payments/tell.ts';
import type { Keys } from '../privacy/keys.ts';
import { localDate } from '../profiles/calendar.ts';
import { wordsOfStatus, type Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';

export type AwardDeps = { db: Database; keys: Keys; profile: Profile; notifier: Notifier; now: () => Date };

/** What was given longer ago is no news: a registry that is brought in whole tells nobody of old awards. */
const NEWS_DAYS = 30;

/** Households in one transaction. */
const CHUNK = 500;

type Award = { household: string; programme: string };

/**
 * Tells the head of each household of what the imported registry says she was given since, once for each programme. Run
 * it as often as you like. Who has no phone, or wants no messages, is not told; her status says it all the same.
 */
export async function tellAwards(deps: AwardDeps): Promise<void> {
  const { db, profile, now } = deps;
  const automatic = Object.values(profile.programmes).filter((programme) => programme.automatic);
  if (automatic.length === 0) return;
  const codes = automatic.map(({ code }) => code);
  const words = [...wordsOfStatus(profile, 'active'), ...wordsOfStatus(profile, 'approved')];
  const today = localDate(now(), profile.calendar.tz);
  let after: Award = { household: '00000000-0000-0000-0000-000000000000', programme: '' };
  for (;;) {
    const { rows } = await db.query<Award>(
      `select household, programme from enrolment e
       where (household, programme) > ($1::uuid, $2) and programme = any($3) and lower(trim(status)) = any($4)
         and coalesce(status_date, since) between $5::date - ${NEWS_DAYS} and $5::date
         and not exists (select from outbound o where o.key = 'award:' || e.household || ':' || e.programme)
       order by household, programme limit ${CHUNK}`,
      [after.household, after.programme, codes, words, today],
    );
    for (const award of rows) await tell(deps, award);
    const last = rows.at(-1);
    if (!last || rows.length < CHUNK) return;
    after = last;
  }
}

async function tell(
  { db, keys, profile, notifier, now }: AwardDeps,
  { household, programme }: Award,
): Promise<void> {
  await db.transaction(async (tx) => {
    const payee = { person: null, since: null };
    const reach = await reachOfPayee(tx, { keys, profile, now: now() }, household, payee);
    if (!reach.recipient || reach.untold) return;
    const isFull = reach.kind === 'full';
    await notifier(tx, reach.recipient, {
      text: isFull ? 'sms.award' : 'sms.pay.discreet',
      values: isFull ? { prog: programme } : {},
      kind: 'notice',
      key: `award:${household}:${programme}`,
    });
  });
}

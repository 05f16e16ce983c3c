/** "Results are posted in your area": told to each household once for each posting, on the day that its list hangs. */
import type { Notifier } from '../notifications/notify.ts';
import { reachOfPayee } from '../payments/tell.ts';
import type { Keys } from '../privacy/keys.ts';
import { localDate } from '../profiles/calendar.ts';
import { objectionDays, wordsOfStatus, type Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import { lastDayOf, readOutages } from './appeal-window.ts';

export type TellPostedDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  notifier: Notifier;
  now: () => Date;
};

/** Households read at once. */
const BATCH = 500;

type Posted = { household: string; programme: string; status: string; posted: string; key: string };

/**
 * Tells the households of lists that can still be objected to; run it as often as you like. Nothing is sent where the
 * profile posts nothing, nor to who stopped messages. Returns how many messages were written.
 */
export async function tellPosted(deps: TellPostedDeps): Promise<number> {
  if (deps.profile.windows.posted_days.length === 0) return 0;
  const today = localDate(deps.now(), deps.profile.calendar.tz);
  let told = 0;
  let after = '';
  for (;;) {
    const batch = await untoldAfter(deps, after, today);
    for (const posted of batch) told += await tell(deps, posted, today);
    const last = batch.at(-1);
    if (!last) return told;
    after = last.key;
  }
}

/** Households of which nobody was told; the key makes a second message about the same list the same as the first. */
async function untoldAfter({ db, profile }: TellPostedDeps, after: string, today: string): Promise<Posted[]> {
  const longest = Math.max(...profile.windows.objection_stages, ...profile.windows.posted_days);
  const { rows } = await db.query<Posted>({
    name: 'posted-untold',
    text: `select household, programme, status, posted, key from (
             select e.household, e.programme, lower(trim(e.status)) as status, e.status_date as posted,
               'posted:' || e.household || ':' || e.programme || ':' || e.status_date as key
             from enrolment e
             where lower(trim(e.status)) = any($1) and e.status_date between $2::date - $3::integer and $2::date
           ) as list
           where key > $4 and not exists (select from outbound_key k where k.key = list.key)
           order by key limit $5`,
    values: [wordsOfStatus(profile, 'posted'), today, longest, after, BATCH],
  });
  return rows;
}

function tell(deps: TellPostedDeps, posted: Posted, today: string): Promise<number> {
  const { db, keys, profile, notifier, now } = deps;
  const days = objectionDays(profile, profile.posted_stages[posted.status]);
  return db.transaction(async (tx) => {
    const d = lastDayOf(posted.posted, days, await readOutages(tx), profile.calendar.tz);
    if (d < today) return 0;
    const nobody = { person: null, since: null };
    const reach = await reachOfPayee(tx, { keys, profile, now: now() }, posted.household, nobody);
    if (!reach.recipient || reach.untold) return 0;
    const text = reach.kind === 'full' ? 'sms.ap.posted' : 'sms.pay.discreet';
    await notifier(tx, reach.recipient, { text, values: { d }, kind: 'notice', key: posted.key });
    return 1;
  });
}

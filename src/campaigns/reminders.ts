/** "Please check your family's details": 90, 60 and 30 days before the day, each once for a household and a day. */
import { localDate } from '../profiles/calendar.ts';
import type { CampaignDeps } from './campaign.ts';
import { UPDATE_STAGES } from './audience.ts';
import { makeCampaign } from './deeds.ts';

/**
 * Begins the reminders of today, if anybody is to be reminded; call it as often as you like. The first day a service
 * runs is where it begins to count: who was to be reminded before is not.
 */
export async function remindOfUpdates(deps: Pick<CampaignDeps, 'db' | 'profile' | 'now'>): Promise<void> {
  const { db, profile, now } = deps;
  const at = now();
  const today = localDate(at, profile.calendar.tz);
  const since = await lastDay(deps, today, at);
  if (since >= today) return;
  const { rows } = await db.query<{ any: boolean }>(
    `select exists (
       select from enrolment e, unnest($3::integer[]) as stage (days)
       where e.review_due > $1::date + stage.days and e.review_due <= $2::date + stage.days
     ) as any`,
    [since, today, UPDATE_STAGES],
  );
  if (rows[0]?.any !== true) return;
  await makeCampaign(
    deps,
    {
      kind: 'reminder',
      source: 'update_due',
      text: 'sms.up.due',
      title: today,
      filter: { since },
      origin: `${ORIGIN}${today}`,
    },
    { by: 'service', at },
  );
}

const ORIGIN = 'update_due:';

/** Up to which day reminders were made. */
async function lastDay({ db }: Pick<CampaignDeps, 'db'>, today: string, at: Date): Promise<string> {
  const { rows } = await db.query<{ origin: string | null }>(
    `select max(origin) as origin from campaign where starts_with(origin, $1)`,
    [ORIGIN],
  );
  const last = rows[0]?.origin?.slice(ORIGIN.length);
  if (last !== undefined) return last;
  await db.query(
    `insert into campaign (kind, source, text, title, origin, state, made_by, made_at, ended_at)
     values ('reminder', 'update_due', 'sms.up.due', $1, $2, 'done', 'service', $3, $3)
     on conflict (origin) do nothing`,
    [today, `${ORIGIN}${today}`, at],
  );
  return today;
}

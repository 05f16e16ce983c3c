/** Until when a decision can be appealed (dialogs.md D7): counted from the notice, and longer by every outage. */
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Tx } from '../conversation/ports.ts';
import { localDate } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import { readSetting } from '../store/settings.ts';

/** Spells in which registry or channels were out, as supervisors record them: setting `outages`. */
export const outagesSchema = z.array(z.object({ from: z.iso.datetime(), until: z.iso.datetime() }));
export type Outage = { from: string; until: string };

export async function readOutages(tx: Tx): Promise<Outage[]> {
  return (await readSetting(tx, 'outages', outagesSchema)) ?? [];
}

/**
 * The last day of a window, ISO date; it counts until midnight. Outages that fall into it make it longer, whole days at
 * a time, and what they add can meet the next outage.
 */
export function lastDayOf(from: string, days: number, outages: readonly Outage[], tz: string): string {
  const start = DateTime.fromISO(from, { zone: tz });
  const spells = merge(outages);
  let lost = 0;
  for (;;) {
    const end = start.plus({ days: days + lost + 1 });
    const out = spells
      .map(([out, back]) => Math.min(back, end.toMillis()) - Math.max(out, start.toMillis()))
      .filter((overlap) => overlap > 0)
      .reduce((sum, overlap) => sum + overlap, 0);
    const needed = Math.ceil(out / 86_400_000);
    if (needed <= lost) return start.plus({ days: days + lost }).toFormat('yyyy-MM-dd');
    lost = needed;
  }
}

/** In order and without overlap, so that no hour counts twice. */
function merge(outages: readonly Outage[]): [number, number][] {
  const merged: [number, number][] = [];
  const spells = outages.map(({ from, until }): [number, number] => [Date.parse(from), Date.parse(until)]);
  for (const [from, until] of spells.sort(([one], [other]) => one - other)) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], until);
    else merged.push([from, until]);
  }
  return merged;
}

/** A decision of staff on a case of hers. */
export type StaffDecision = { reference: string; decidedAt: Date; deliveredAt: Date | null };

type Of = { contact: string; household: string | null; programme: string | null };

/** The newest decision on an open case of this address, or of the household she has shown to be of. */
export async function latestDecision(
  tx: Tx,
  { contact, household, programme }: Of,
): Promise<StaffDecision | undefined> {
  const { rows } = await tx.query<StaffDecision>(
    `select g.reference, g.decided_at as "decidedAt",
            (select max(o.settled_at) from outbound o
             where o.contact = g.contact and o.state in ('delivered', 'read')
               and o.key like 'grv.answer:' || g.reference || ':%') as "deliveredAt"
     from grievance g
     where (g.contact = $1 or g.household = $2) and g.decided_at is not null and g.sensitivity = 'open'
       and g.kind in ('complaint', 'update') and ($3::text is null or g.programme is null or g.programme = $3)
     order by g.decided_at desc limit 1`,
    [contact, household, programme],
  );
  return rows[0];
}

/** The local day from which its window counts: of the notice where the profile says so, never before the decision. */
export function countedFrom(
  { windows, calendar }: Profile,
  { decidedAt, deliveredAt }: StaffDecision,
): string {
  const isFromNotice = windows.objection_count_from !== 'decided';
  const from = isFromNotice && deliveredAt && deliveredAt > decidedAt ? deliveredAt : decidedAt;
  return localDate(from, calendar.tz);
}

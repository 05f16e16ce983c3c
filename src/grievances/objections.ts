/** Objections to what is posted: which is open, so that her status says that her file is being checked again. */
import type { Tx } from '../conversation/ports.ts';
import type { OpenObjection } from '../registry/standing.ts';
import { OPEN_STATUSES } from './lifecycle.ts';

/** The newest objection of this household that is open and was made since the list was posted, ISO date. */
export async function openObjection(
  tx: Tx,
  { household, programme, since, tz }: { household: string; programme: string; since: string; tz: string },
): Promise<OpenObjection | undefined> {
  const { rows } = await tx.query<OpenObjection>({
    name: 'open-objection',
    text: `select due_on as "dueOn" from grievance
           where household = $1 and kind = 'appeal' and status = any($2)
             and (programme is null or programme = $3) and (created_at at time zone $4)::date >= $5::date
           order by created_at desc limit 1`,
    values: [household, OPEN_STATUSES, programme, tz, since],
  });
  return rows[0];
}

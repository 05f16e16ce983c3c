/** Fires the clocks of cases: each in one transaction with its effect and the next clock, in any number of processes. */
import type { Tx } from '../conversation/ports.ts';
import { dueAfterPause } from '../profiles/calendar.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import { categoryOfCase, fire, type EffectDeps, type Ticking } from './clock-effects.ts';
import { nextClock, type Clock } from './term.ts';

export type ClockDeps = EffectDeps & {
  db: Database;
  /** Cases looked at in one pass; 500. */
  limit?: number;
  onFired?: (clock: Clock) => void;
};

/**
 * One pass; run it every few seconds. Returns how many clocks fired. A case that fails is passed over, the others go
 * on, and the pass throws at its end.
 */
export async function runClocks(deps: ClockDeps): Promise<number> {
  const { db, limit = 500, onFired } = deps;
  const failed: string[] = [];
  let fired = 0;
  for (let taken = 0; taken < limit; taken += 1) {
    const done = await takeNext(db, deps, failed);
    if (done === 'nothing') break;
    if (done === 'failed' || done === 'wound') continue;
    fired += 1;
    onFired?.(done);
  }
  if (failed.length > 0) throw new Error(`${failed.length} clocks could not be fired`);
  return fired;
}

/** One case, one transaction. */
async function takeNext(
  db: Database,
  deps: ClockDeps,
  failed: string[],
): Promise<Clock | 'wound' | 'nothing' | 'failed'> {
  let reference: string | undefined;
  try {
    return await db.transaction(async (tx) => {
      const { rows } = await tx.query<{ reference: string }>(
        `select reference from grievance
         where clock_at <= $1 and reference <> all($2)
         order by clock_at
         limit 1
         for update skip locked`,
        [deps.now, failed],
      );
      reference = rows[0]?.reference;
      if (reference === undefined) return 'nothing';
      const ticking = await read(tx, reference);
      if (ticking.clock === null) await wind(tx, deps.profile, reference);
      else if ((await fire(tx, deps, ticking, ticking.clock)) === 'later') return 'wound';
      else await wind(tx, deps.profile, reference);
      return ticking.clock ?? 'wound';
    });
  } catch (error) {
    if (reference === undefined) throw error;
    failed.push(reference);
    return 'failed';
  }
}

async function read(tx: Tx, reference: string): Promise<Ticking> {
  const { rows } = await tx.query<Ticking>(
    `select reference, category, sensitivity, status, contact, due_on, level, language, clock,
            coalesce(clock_from, created_at) as clock_from,
            coalesce(
              (select at from grievance_event e
               where e.reference = g.reference and e.kind = 'status' order by id desc limit 1),
              created_at) as since
     from grievance g where reference = $1`,
    [reference],
  );
  const [ticking] = rows;
  if (!ticking) throw new Error('this case does not exist');
  return ticking;
}

/** Computes what happens next from what the case is now. */
async function wind(tx: Tx, profile: Profile, reference: string): Promise<void> {
  const ticking = await resume(tx, profile, await read(tx, reference));
  const category = categoryOfCase(profile, ticking);
  const { rows: told } = await tx.query<{ clock: Clock; at: Date }>(
    `select case reason when 'unasked' then 'ask' else reason end as clock, at from grievance_event
     where reference = $1 and kind = 'clock'`,
    [reference],
  );
  const next = nextClock(
    {
      status: ticking.status,
      dueOn: ticking.due_on,
      from: ticking.clock_from,
      since: ticking.since,
      told,
      answerable: ticking.contact !== null && category.feedback,
    },
    category,
    profile.calendar,
  );
  await tx.query('update grievance set clock = $2, clock_at = $3 where reference = $1', [
    reference,
    next?.clock ?? null,
    next?.at ?? null,
  ]);
}

/**
 * While we waited for her the term stood still: its end moves by as long, and what is left of it is a term of its own.
 * Whoever took the case up again with a date of their own began a new term already.
 */
async function resume(tx: Tx, profile: Profile, ticking: Ticking): Promise<Ticking> {
  const { reference, status, clock_from, due_on } = ticking;
  const { sla } = categoryOfCase(profile, ticking);
  if (sla === null || ['awaiting_citizen', 'resolved', 'closed', 'withdrawn'].includes(status))
    return ticking;
  const { rows } = await tx.query<{ stopped: Date; resumed: Date }>(
    `select resumed.at as resumed,
            (select at from grievance_event stopped
             where stopped.reference = $1 and stopped.to_status = 'awaiting_citizen' and stopped.id < resumed.id
             order by id desc limit 1) as stopped
     from grievance_event resumed
     where resumed.reference = $1 and resumed.from_status = 'awaiting_citizen' and resumed.at > $2
     order by id desc limit 1`,
    [reference, clock_from],
  );
  const [pause] = rows;
  if (!pause) return ticking;
  const resumedDue = dueAfterPause(due_on, pause.stopped, pause.resumed, sla, profile.calendar);
  await tx.query('update grievance set due_on = $2, clock_from = $3 where reference = $1', [
    reference,
    resumedDue,
    pause.resumed,
  ]);
  return { ...ticking, due_on: resumedDue, clock_from: pause.resumed };
}

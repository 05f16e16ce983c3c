/** Closed cases that have been kept long enough, by how secret they are. */
import { emptyCases, NO_OPEN_APPEAL } from './empty-case.ts';
import type { Work } from './retention-classes.ts';

const AT_ONCE = 200;
const OLD = `from grievance g
  where g.closed_at < $1 and g.emptied_at is null and (g.sensitivity = 'open') = $2 and ${NO_OPEN_APPEAL}`;

export function oldCases(sensitivity: 'open' | 'restricted'): Work['count'] {
  return async ({ db }, { before }) => {
    const { rows } = await db.query<{ n: number }>(`select count(*) as n ${OLD}`, [
      before,
      sensitivity === 'open',
    ]);
    return rows[0]?.n ?? 0;
  };
}

/** A few hundred in one transaction; a case that is being reopened is left alone. */
export function emptyOldCases(sensitivity: 'open' | 'restricted'): Work['remove'] {
  return async ({ db }, { before, now }) => {
    for (let emptied = 0; ;) {
      const some = await db.transaction(async (tx) => {
        const { rows } = await tx.query<{ reference: string }>(
          `select g.reference ${OLD} limit ${AT_ONCE} for update of g skip locked`,
          [before, sensitivity === 'open'],
        );
        await emptyCases(
          tx,
          rows.map(({ reference }) => reference),
          now,
        );
        return rows.length;
      });
      emptied += some;
      if (some < AT_ONCE) return emptied;
    }
  };
}

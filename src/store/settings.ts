/** What supervisors switch while the service runs, one named value a row; every process reads it from the table. */
import type { z } from 'zod';
import type { Tx } from './database.ts';

/** The value of a setting; undefined when it was never set, or holds what this release does not understand. */
export async function readSetting<T>(db: Tx, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const { rows } = await db.query<{ value: unknown }>({
    name: 'read_setting',
    text: 'select value from setting where name = $1',
    values: [name],
  });
  const [row] = rows;
  return row && schema.safeParse(row.value).data;
}

/** Sets it, whoever set it before. `by`: key of a member of staff. */
export async function writeSetting(
  tx: Tx,
  { name, value, by, at }: { name: string; value: unknown; by: string; at: Date },
): Promise<void> {
  await tx.query(
    `insert into setting (name, value, changed_by, changed_at) values ($1, $2, $3, $4)
     on conflict (name) do update set value = excluded.value, changed_by = excluded.changed_by,
       changed_at = excluded.changed_at`,
    [name, JSON.stringify(value), by, at],
  );
}

export type Following = { stop(): Promise<void> };

/** Looks now, and again every so many milliseconds until it is stopped. While the database is away, what was last known holds. */
export async function follow(look: () => Promise<void>, everyMs: number): Promise<Following> {
  await look();
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
  }, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

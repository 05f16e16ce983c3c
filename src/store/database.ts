/** The PostgreSQL pool: one query function, one transaction function, and types read the way Wasl means them. */

import pg from 'pg';

/** A query with a `name` is prepared once per connection; use it for the hot ones. */
export type NamedQuery = { name: string; text: string; values?: unknown[] };

export type Rows<R> = { rows: R[]; rowCount: number | null };

/** Something that runs SQL: the pool, or one transaction of it. */
export type Tx = {
  // The row type is the caller's word for what its own SQL selects.
  query<R extends object = Record<string, unknown>>(
    query: string | NamedQuery,
    values?: unknown[],
  ): Promise<Rows<R>>;
};

export type Database = Tx & {
  /** Runs `work` between begin and commit; rolls back and rethrows when it fails. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A connection of one's own, for LISTEN and session locks. The caller releases it. */
  connect(): Promise<pg.PoolClient>;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** Connections in the pool; 10. */
  max?: number;
  /** Milliseconds after which the server gives up a statement; 30,000. */
  statementTimeout?: number;
};

const { DATE, INT8 } = pg.types.builtins;

/** Dates stay ISO text (a Date would shift them by the time zone); counts become numbers; numerics stay text. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text' | 'binary'): unknown {
    if (oid === DATE) return (text: string) => text;
    if (oid === INT8) return Number;
    return pg.types.getTypeParser(oid, format);
  },
};

/** Opens a pool. No connection is made before the first query, so a database that is down does not stop a start. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: 'wasl',
    statement_timeout: options.statementTimeout ?? 30_000,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types,
  });
  // Without a listener the error of an idle connection (a database restart) would end the process. The pool
  // has already dropped that connection; the next query opens another.
  pool.on('error', () => undefined);

  return {
    query: (query, values) => run(pool, query, values),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      const onError = (error: Error) => (broken = error);
      client.on('error', onError);
      try {
        await client.query('begin');
        const result = await work({ query: (query, values) => run(client, query, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((failure: unknown) => {
          broken = failure instanceof Error ? failure : new Error('rollback failed');
        });
        throw error;
      } finally {
        client.removeListener('error', onError);
        client.release(broken);
      }
    },
    connect: () => pool.connect(),
    close: () => pool.end(),
  };
}

async function run<R extends object>(
  target: pg.Pool | pg.PoolClient,
  query: string | NamedQuery,
  values?: unknown[],
): Promise<Rows<R>> {
  const config = typeof query === 'string' ? { text: query } : query;
  const { rows, rowCount } = await target.query<R & pg.QueryResultRow>(
    values === undefined ? config : { ...config, values },
  );
  return { rows, rowCount };
}

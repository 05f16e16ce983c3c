/** The transaction of a turn: opened by the first write, committed with the turn or not at all. */
import type { Database, Tx } from '../store/database.ts';

/** A transaction that begins when something is first written in it. */
export type UnitOfWork = {
  tx(): Promise<Tx>;
  readonly open: Tx | undefined;
  /** A message was put into the outbox. */
  queued: boolean;
  commit(): Promise<void>;
  /** Rolls back what was not committed and gives the connection back. */
  end(): Promise<void>;
};

export function unitOfWork(db: Database): UnitOfWork {
  type Client = Awaited<ReturnType<Database['connect']>>;
  let client: Promise<Client> | undefined;
  let open: Tx | undefined;
  let committed = false;
  return {
    get open() {
      return open;
    },
    queued: false,
    async tx() {
      client ??= beginOn(db);
      open = await client;
      return open;
    },
    async commit() {
      if (client) await (await client).query('commit');
      committed = true;
    },
    async end() {
      const connected = await client?.catch(() => undefined);
      if (!connected) return;
      const broken =
        !committed &&
        (await connected.query('rollback').then(
          () => false,
          () => true,
        ));
      connected.removeListener('error', isCut);
      connected.release(broken);
    },
  };
}

/** A connection that is cut between two queries says so by an event; the next query fails, and the turn with it. */
const isCut = (): void => undefined;

async function beginOn(db: Database) {
  const connected = await db.connect();
  connected.on('error', isCut);
  try {
    await connected.query('begin');
    return connected;
  } catch (error) {
    connected.removeListener('error', isCut);
    connected.release(true);
    throw error;
  }
}

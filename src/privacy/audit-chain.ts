/**
 * The audit as a chain of keyed hashes: what was changed, taken out or put in afterwards no longer fits
 * (docs/decisions/0008-audit-chain.md). Rows are chained by a chore, so writing one waits for nobody.
 */
import type { Database, Tx } from '../store/database.ts';
import type { Keys } from './keys.ts';

type ChainDeps = { db: Database; keys: Keys };

/** Where a chain stands: what to write down outside, to compare later. */
export type Head = { block: number; position: number; hash: string };

/** What a verification found. `first`: the first thing that is wrong, as an operator reads it. */
export type Verified = {
  intact: boolean;
  first: string | null;
  /** Rows that were checked. */
  rows: number;
  blocks: number;
  /** Rows too new to be chained: for these nothing can be said. */
  waiting: number;
  head: Head | null;
  sealedAt: Date | null;
};

type Row = {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string | null;
  purpose: string | null;
  details: string | null;
  position: number;
  hash: Buffer;
};

type Block = {
  number: number;
  first_position: number;
  last_position: number;
  last_at: string;
  head: Buffer;
  seal: Buffer;
  sealed_at: Date;
  dropped_at: Date | null;
};

const AT_ONCE = 1_000;
const BLOCKS_AT_ONCE = 100;
/** The table says so too; but who can change tables is whom the chain is against. */
const LEAST_YEARS_MS = 5 * 365 * 86_400_000;
/** Any number of its own. */
const LOCK = 8_310_030;
/** What the first row is chained to. */
const START = Buffer.alloc(32);

/** To the microsecond, and the same whatever the time zone of a session. */
const exact = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;
const ROW = `id, ${exact('at')}, actor, action, subject, purpose, details::text as details, position, hash`;
const BLOCK = `number, first_position, last_position, ${exact('last_at')}, head, seal, sealed_at, dropped_at`;

const hashOf = (keys: Keys, before: Buffer, row: Omit<Row, 'hash'>): Buffer =>
  keys.chain(
    JSON.stringify([
      'row',
      before.toString('hex'),
      row.position,
      row.id,
      row.at,
      row.actor,
      row.action,
      row.subject,
      row.purpose,
      row.details,
    ]),
  );

const sealOf = (keys: Keys, block: Omit<Block, 'seal' | 'sealed_at' | 'dropped_at'>): Buffer =>
  keys.chain(
    JSON.stringify([
      'block',
      block.number,
      block.first_position,
      block.last_position,
      block.last_at,
      block.head.toString('hex'),
    ]),
  );

/** Chains every row that is committed by now. One process at a time: another finds it being done. Says how many rows. */
export async function chainAudit(deps: ChainDeps, now: Date): Promise<number> {
  let chained = 0;
  for (;;) {
    const rows = await chainSome(deps, now);
    chained += rows;
    if (rows < AT_ONCE) return chained;
  }
}

function chainSome({ db, keys }: ChainDeps, now: Date): Promise<number> {
  return db.transaction(async (tx) => {
    const { rows: locks } = await tx.query<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(${LOCK}) as mine`,
    );
    if (locks[0]?.mine !== true) return 0;
    const { rows } = await tx.query<Omit<Row, 'position' | 'hash'>>(
      `select ${ROW} from audit where position is null order by id limit ${AT_ONCE}`,
    );
    if (rows.length === 0) return 0;
    const last = await lastBlock(tx);
    let before = last?.head ?? START;
    let position = last?.last_position ?? 0;
    const hashes = rows.map((row) => {
      position += 1;
      before = hashOf(keys, before, { ...row, position });
      return before;
    });
    const first = position - rows.length + 1;
    await tx.query(
      `update audit set position = made.position, hash = made.hash
       from (select id, hash, $3::bigint + nr as position
             from unnest($1::bigint[], $2::bytea[]) with ordinality as t (id, hash, nr)) made
       where audit.id = made.id`,
      [rows.map(({ id }) => id), hashes, first - 1],
    );
    const block = {
      number: (last?.number ?? 0) + 1,
      first_position: first,
      last_position: position,
      last_at: rows.map(({ at }) => at).reduce((a, b) => (a > b ? a : b)),
      head: before,
    };
    await tx.query(
      `insert into audit_block (number, first_position, last_position, last_at, head, seal, sealed_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        block.number,
        block.first_position,
        block.last_position,
        block.last_at,
        block.head,
        sealOf(keys, block),
        now,
      ],
    );
    return rows.length;
  });
}

async function lastBlock(tx: Tx): Promise<Block | undefined> {
  const { rows } = await tx.query<Block>(`select ${BLOCK} from audit_block order by number desc limit 1`);
  return rows[0];
}

/**
 * Checks the whole chain, block by block, against its key; `noted` is a head that was written down elsewhere before,
 * which also shows a chain that was cut off at its end. Reads only, and sees the moment at which it began.
 */
export function verifyAudit({ db, keys }: ChainDeps, noted?: Head): Promise<Verified> {
  return db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    return verify(tx, keys, noted);
  });
}

async function verify(tx: Tx, keys: Keys, noted: Head | undefined): Promise<Verified> {
  const found: Verified = {
    ...{ intact: true, first: null, rows: 0, blocks: 0, waiting: 0, head: null, sealedAt: null },
  };
  const wrong = (first: string): Verified => ({ ...found, intact: false, first });
  let before: Block | undefined;
  let isNotedThere = noted === undefined;
  for (;;) {
    const { rows: blocks } = await tx.query<Block>(
      `select ${BLOCK} from audit_block where number > $1 order by number limit ${BLOCKS_AT_ONCE}`,
      [before?.number ?? 0],
    );
    if (blocks.length === 0) break;
    for (const block of blocks) {
      const misfit = misfitOf(keys, before, block);
      if (misfit !== undefined) return wrong(`block ${block.number}: ${misfit}`);
      // A noted block may have been kept long enough and gone since; what comes after it carries its hash.
      if (noted && before === undefined && noted.block < block.number) isNotedThere = true;
      if (noted?.block === block.number) {
        if (block.last_position !== noted.position || block.head.toString('hex') !== noted.hash)
          return wrong(`block ${block.number}: is not the one that was noted`);
        isNotedThere = true;
      }
      if (block.dropped_at === null) {
        const bad = await firstWrong(tx, keys, before, block);
        if (bad !== undefined) return wrong(bad);
        found.rows += block.last_position - block.first_position + 1;
      }
      found.blocks += 1;
      found.head = headOf(block);
      found.sealedAt = block.sealed_at;
      before = block;
    }
  }
  if (!isNotedThere) return wrong(`block ${noted?.block ?? 0}: is missing, and everything after it`);
  const { rows: beyond } = await tx.query<{ id: number }>(
    'select id from audit where position > $1 or position < 1 order by position limit 1',
    [before?.last_position ?? 0],
  );
  if (beyond[0]) return wrong(`row ${beyond[0].id}: has a place in the chain that no block covers`);
  const { rows: open } = await tx.query<{ rows: number }>(
    'select count(*) as rows from audit where position is null',
  );
  found.waiting = open[0]?.rows ?? 0;
  return found;
}

const headOf = ({ number, last_position, head }: Block): Head => ({
  block: number,
  position: last_position,
  hash: head.toString('hex'),
});

/** Why a block does not follow the one before it. The first that is still there is believed by its seal. */
function misfitOf(keys: Keys, before: Block | undefined, block: Block): string | undefined {
  if (!block.seal.equals(sealOf(keys, block))) return 'its seal is wrong';
  if (block.dropped_at && block.dropped_at.getTime() < Date.parse(block.last_at) + LEAST_YEARS_MS)
    return 'its rows went too early';
  if (before === undefined) {
    const isStart = block.number === 1 && block.first_position === 1;
    return isStart || block.dropped_at !== null ? undefined : 'the blocks before it are missing';
  }
  if (block.number !== before.number + 1) return `block ${before.number + 1} is missing before it`;
  if (block.first_position !== before.last_position + 1) return 'it does not begin where the last one ends';
  if (block.dropped_at !== null && before.dropped_at === null) return 'its rows went before older ones';
  return undefined;
}

async function firstWrong(
  tx: Tx,
  keys: Keys,
  before: Block | undefined,
  block: Block,
): Promise<string | undefined> {
  const { rows } = await tx.query<Row>(
    `select ${ROW} from audit where position between $1 and $2 order by position`,
    [block.first_position, block.last_position],
  );
  let hash = before?.head ?? START;
  for (let position = block.first_position; position <= block.last_position; position++) {
    const row = rows[position - block.first_position];
    if (row?.position !== position) return `position ${position} (block ${block.number}): the row is missing`;
    hash = hashOf(keys, hash, row);
    if (!hash.equals(row.hash)) return `row ${row.id} (position ${position}): was changed`;
  }
  return hash.equals(block.head) ? undefined : `block ${block.number}: its last hash is wrong`;
}

/** A kept block that is older than so many years: its rows may go. */
const OLD = `dropped_at is null and last_at < $1::timestamptz - make_interval(years => $2)`;

/** How many rows have been kept for so many years, as whole blocks from the oldest on. */
export async function oldAuditRows(tx: Tx, years: number, now: Date): Promise<number> {
  const { rows } = await tx.query<{ rows: number }>(
    `select coalesce(sum(last_position - first_position + 1), 0)::bigint as rows from audit_block
     where ${OLD} and number < coalesce((select min(number) from audit_block where dropped_at is null and not (${OLD})),
                                        (select max(number) + 1 from audit_block))`,
    [now, years],
  );
  return rows[0]?.rows ?? 0;
}

/** Takes the oldest blocks away while they have been kept for so many years, each in a transaction. Says how many rows. */
export async function dropOldAudit({ db }: ChainDeps, years: number, now: Date): Promise<number> {
  for (let dropped = 0; ;) {
    const rows = await db.transaction(async (tx) => {
      const { rowCount } = await tx.query(
        `with oldest as (
           select number, last_at from audit_block where dropped_at is null order by number limit 1 for update skip locked
         )
         update audit_block b set dropped_at = $1::timestamptz from oldest
         where b.number = oldest.number and oldest.last_at < $1::timestamptz - make_interval(years => $2)`,
        [now, years],
      );
      if (rowCount === 0) return 0;
      const gone = await tx.query(
        `delete from audit using audit_block b
         where b.dropped_at = $1 and position between b.first_position and b.last_position`,
        [now],
      );
      await tx.query(
        `delete from audit_block where dropped_at is not null
           and number < (select max(number) from audit_block where dropped_at is not null)`,
      );
      return gone.rowCount ?? 0;
    });
    if (rows === 0) return dropped;
    dropped += rows;
  }
}

/** The chain of the audit: whole when nobody touched it, and broken at the row that somebody did touch. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { chainAudit, dropOldAudit, oldAuditRows, verifyAudit } from '../../src/privacy/audit-chain.ts';
import { recordAudit } from '../../src/privacy/audit.ts';
import { openKeys, type Keys } from '../../src/privacy/keys.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

const database = await freshDatabase();
const db: Database = openDatabase(database.url);
const keys: Keys = await openKeys(db, { current: Buffer.alloc(32, 3) });
const deps = { db, keys };
const NOW = new Date('2026-11-23T08:00:00Z');
afterAll(async () => {
  await db.close();
  await database.drop();
});

const write = async (count: number, at = NOW) => {
  for (let n = 0; n < count; n++)
    await recordAudit(db, {
      actor: 'command',
      action: 'tried',
      ...(n % 2 === 0 ? { subject: `case:${n}`, purpose: 'call', details: { n, z: 'ä', a: [1] } } : {}),
      at,
    });
};

/** What an insider with every right on the database can do: no trigger stands in the way. */
const insider = async (sql: string, values: unknown[] = []) => {
  await db.transaction(async (tx) => {
    await tx.query(`set local session_replication_role = 'replica'`);
    await tx.query(sql, values);
  });
};
const idAt = async (position: number) =>
  (await db.query<{ id: number }>('select id from audit where position = $1', [position])).rows[0]?.id ?? -1;

/** Three blocks of 4, 3 and 5 rows, and one row that waits. */
beforeEach(async () => {
  await insider('delete from audit');
  await insider('delete from audit_block');
  for (const rows of [4, 3, 5]) {
    await write(rows);
    expect(await chainAudit(deps, NOW)).toBe(rows);
  }
  await write(1);
});

describe('the chain', () => {
  it('is intact, and says where it stands and what waits', async () => {
    const found = await verifyAudit(deps);
    expect(found).toMatchObject({ intact: true, first: null, rows: 12, blocks: 3, waiting: 1 });
    expect(found.head).toMatchObject({ block: 3, position: 12 });
    expect(found.sealedAt).toEqual(NOW);
    expect((await verifyAudit(deps, found.head ?? undefined)).intact).toBe(true);
  });

  it.each([
    [`update audit set actor = 'somebody else' where position = 6`],
    [`update audit set at = at + interval '1 microsecond' where position = 6`],
    [`update audit set details = jsonb_set(coalesce(details, '{}'), '{n}', '9') where position = 6`],
    [`update audit set subject = case when subject is null then '' end where position = 6`],
  ])('names the row that was changed: %s', async (sql) => {
    const id = await idAt(6);
    await insider(sql);
    expect(await verifyAudit(deps)).toMatchObject({
      intact: false,
      first: `row ${id} (position 6): was changed`,
    });
  });

  it('names the row that is missing', async () => {
    await insider('delete from audit where position = 9');
    expect((await verifyAudit(deps)).first).toBe('position 9 (block 3): the row is missing');
  });

  it('sees rows that changed places, and one that was put in', async () => {
    await insider('update audit set position = -2 where position = 2');
    await insider('update audit set position = 2 where position = 3');
    await insider('update audit set position = 3 where position = -2');
    expect((await verifyAudit(deps)).first).toMatch(/position 2\): was changed/);
    await insider('update audit set position = -2 where position = 2');
    await insider('update audit set position = 2 where position = 3');
    await insider('update audit set position = 3 where position = -2');
    expect((await verifyAudit(deps)).intact).toBe(true);
    await insider(`update audit set position = 13, hash = '\\x00' where position is null`);
    expect((await verifyAudit(deps)).first).toMatch(/no block covers/);
  });

  it('sees blocks that were taken out or given another end', async () => {
    const { head } = await verifyAudit(deps);
    await insider('delete from audit where position between 5 and 7');
    await insider('delete from audit_block where number = 2');
    expect((await verifyAudit(deps)).first).toBe('block 3: block 2 is missing before it');
    await insider('delete from audit_block where number = 1');
    expect((await verifyAudit(deps)).first).toBe('block 3: the blocks before it are missing');
    await insider('update audit_block set last_position = 11 where number = 3');
    expect((await verifyAudit(deps)).first).toBe('block 3: its seal is wrong');
    await insider('delete from audit_block');
    await insider('delete from audit');
    // Nothing in the database tells of what is gone whole: what was written down outside does.
    expect((await verifyAudit(deps)).intact).toBe(true);
    expect((await verifyAudit(deps, head ?? undefined)).first).toMatch(/block 3: is missing/);
  });

  it('does not believe a block that says its rows went by retention', async () => {
    await insider('delete from audit where position <= 4');
    await insider(`alter table audit_block drop constraint audit_block_check1`);
    await insider(`update audit_block set dropped_at = now() where number = 1`);
    expect((await verifyAudit(deps)).first).toBe('block 1: its rows went too early');
    await insider('delete from audit_block');
    await insider(`alter table audit_block add constraint audit_block_check1
                   check (dropped_at is null or dropped_at >= last_at + interval '5 years')`);
  });

  it('cannot be made by who has the database but not the key', async () => {
    const other = await freshDatabase();
    const elsewhere = openDatabase(other.url);
    try {
      const forger = await openKeys(elsewhere, { current: Buffer.alloc(32, 4) });
      expect((await verifyAudit({ db, keys: forger })).first).toBe('block 1: its seal is wrong');
    } finally {
      await elsewhere.close();
      await other.drop();
    }
  });
});

describe('statements of the application', () => {
  it.each([
    [`update audit set actor = 'x'`],
    [`update audit set position = 99, hash = '\\x00', actor = 'x' where position is null`],
    ['update audit set position = null, hash = null where position = 3'],
    ['delete from audit where position is null'],
    ['delete from audit where position = 1'],
    ['truncate audit'],
    ['delete from audit_block'],
    [`update audit_block set head = '\\x00'`],
    ['truncate audit_block'],
  ])('are refused: %s', async (sql) => {
    await expect(db.query(sql)).rejects.toThrow('cannot be changed');
  });

  it('nor can a block be said to be gone before its time', async () => {
    await expect(db.query('update audit_block set dropped_at = now()')).rejects.toThrow(/check/);
  });
});

describe('the chore', () => {
  it('takes up rows that were committed late, in a later block', async () => {
    await chainAudit(deps, NOW);
    const slow = await db.connect();
    await slow.query('begin');
    await slow.query(`insert into audit (at, actor, action) values (now(), 'slow', 'tried')`);
    await write(2);
    expect(await chainAudit(deps, NOW)).toBe(2);
    await slow.query('commit');
    slow.release();
    expect(await chainAudit(deps, NOW)).toBe(1);
    expect(await verifyAudit(deps)).toMatchObject({ intact: true, rows: 16, waiting: 0 });
  });

  it('goes on from where it was, in any number of processes', async () => {
    await db.query(
      `insert into audit (at, actor, action) select $1, 'command', 'tried' from generate_series(1, 1500)`,
      [NOW],
    );
    const made = await Promise.all([1, 2, 3].map(() => chainAudit(deps, NOW)));
    while ((await chainAudit(deps, NOW)) > 0);
    expect(made.reduce((a, b) => a + b)).toBeLessThanOrEqual(1_501);
    expect(await verifyAudit(deps)).toMatchObject({ intact: true, rows: 1_513, waiting: 0 });
  });
});

describe('retention', () => {
  it('takes whole blocks from the oldest on, and what stays can still be verified', async () => {
    await chainAudit(deps, NOW);
    const late = new Date('2033-12-01T00:00:00Z');
    await write(2, new Date('2033-11-01T00:00:00Z'));
    await chainAudit(deps, late);
    expect(await oldAuditRows(db, 7, late)).toBe(13);
    expect(await dropOldAudit(deps, 7, late)).toBe(13);
    expect(await oldAuditRows(db, 7, late)).toBe(0);
    expect(await verifyAudit(deps)).toMatchObject({ intact: true, rows: 2, blocks: 2 });
    await write(1, late);
    await chainAudit(deps, late);
    expect(await verifyAudit(deps)).toMatchObject({ intact: true, rows: 3, blocks: 3 });
    expect(await dropOldAudit(deps, 7, late)).toBe(0);
  });

  it('takes nothing that is too young', async () => {
    expect(await oldAuditRows(db, 7, NOW)).toBe(0);
    expect(await dropOldAudit(deps, 7, NOW)).toBe(0);
    expect((await verifyAudit(deps)).rows).toBe(12);
  });
});

/** The audit: rows are added, found again and never changed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit, recordAudit, recordLooks } from '../../src/privacy/audit.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 9, minute));

beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
  for (let minute = 0; minute < 10; minute += 1) {
    await recordAudit(db, {
      actor: minute % 2 === 0 ? 'even' : 'odd',
      action: minute < 5 ? 'reveal' : 'search',
      ...(minute === 3 ? { subject: 'contact:1', purpose: 'call', details: { field: 'phone' } } : {}),
      at: at(minute),
    });
  }
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const minutes = async (filter: Omit<Parameters<typeof readAudit>[1], 'limit'>, limit = 100) =>
  (await readAudit(db, { ...filter, limit })).map((row) => row.at.getUTCMinutes());

describe('the audit', () => {
  it('gives a row back as it was added', async () => {
    const [row] = await readAudit(db, { subject: 'contact:1', limit: 5 });
    expect(row).toMatchObject({
      actor: 'odd',
      action: 'reveal',
      purpose: 'call',
      details: { field: 'phone' },
      at: at(3),
    });
  });

  it('is filtered by who, what and when', async () => {
    expect(await minutes({ actor: 'even', action: 'search' })).toEqual([8, 6]);
    expect(await minutes({ from: at(2), until: at(4) })).toEqual([3, 2]);
    expect(await minutes({ actor: 'nobody' })).toEqual([]);
  });

  it('is read page by page without gap or repetition', async () => {
    const seen: number[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await readAudit(db, { ...(before === undefined ? {} : { before }), limit: 4 });
      seen.push(...page.map((row) => row.at.getUTCMinutes()));
      before = page.at(-1)?.id;
      if (page.length < 4) break;
    }
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('cannot be changed or shortened', async () => {
    await expect(db.query(`update audit set actor = 'somebody else'`)).rejects.toThrow('cannot be changed');
    await expect(db.query('delete from audit')).rejects.toThrow('cannot be changed');
    expect(await minutes({}, 1)).toEqual([9]);
  });

  it('has a look at the same thing once a day for each who looks', async () => {
    const look = { action: 'task_viewed', purpose: 'call_back', subjects: ['task:1', 'task:2'] };
    const count = async () => (await readAudit(db, { action: 'task_viewed', limit: 20 })).length;
    await recordLooks(db, { ...look, actor: 'even', at: at(40) });
    await recordLooks(db, { ...look, actor: 'even', at: at(41), subjects: ['task:2', 'task:3'] });
    expect(await count()).toBe(3);
    await recordLooks(db, { ...look, actor: 'odd', at: at(41) });
    await recordLooks(db, { ...look, actor: 'even', at: at(600) });
    await recordLooks(db, { ...look, actor: 'even', at: at(600), subjects: [] });
    expect(await count()).toBe(7);
  });

  it('goes with the deed: undone together', async () => {
    const failing = db.transaction(async (tx) => {
      await recordAudit(tx, { actor: 'even', action: 'undone', at: at(30) });
      throw new Error('the deed failed');
    });
    await expect(failing).rejects.toThrow('the deed failed');
    expect(await minutes({ action: 'undone' })).toEqual([]);
  });
});

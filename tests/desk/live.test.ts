/** News for open pages: within a second, each once, also what was committed late. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeCall } from '../../src/desk/calls.ts';
import { liveFeed, mayHear, type LiveEvent } from '../../src/desk/live.ts';
import { takeOver } from '../../src/desk/takeover.ts';
import { idWatch } from '../../src/desk/watch.ts';
import type { Tx } from '../../src/store/database.ts';
import { startDesk, type DeskTest } from './support.ts';

let desk: DeskTest;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

const db = () => desk.service.deployment.db;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Listens from now on, to what concerns this contact (or names none). */
async function listening(contact: string, db: Tx = desk.service.deployment.db) {
  const feed = liveFeed(db, () => new Date());
  const heard: LiveEvent[] = [];
  feed.subscribe((event) => {
    if (event.contact === contact || event.contact === undefined) heard.push(event);
  });
  await sleep(700);
  heard.length = 0;
  return { feed, heard };
}

describe('the live feed', () => {
  it('tells of a turn, a case and a call within a second', async () => {
    const phone = '+96171222001';
    const contact = desk.contactOf(phone);
    const { feed, heard } = await listening(contact);
    const line = desk.handset(phone);
    await line.dial();
    await line.send('2');
    const kinds = () => heard.map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 1_000, interval: 50 }).toContain('message');
    await line.keys('3', '1', '1', '1', '1', '1', '1');
    await expect.poll(kinds, { timeout: 1_000, interval: 50 }).toContain('case');
    const agent = await desk.staff('agent');
    const { keys, profile } = desk.service.deployment;
    const deps = { db: db(), keys, profile, registry: { findByPhone: () => Promise.resolve([]) } };
    await takeCall(deps, { phone, staff: agent, callId: randomUUID(), state: 'ringing', at: new Date() });
    await expect
      .poll(() => heard, { timeout: 1_000, interval: 50 })
      .toContainEqual({ kind: 'call', contact, staff: agent.key });
    await takeOver(db(), { contact, channel: 'sms', by: agent, at: new Date() });
    await expect
      .poll(() => heard, { timeout: 1_000, interval: 50 })
      .toContainEqual({ kind: 'conversation', contact, staff: agent.key });
    await feed.stop();
  });

  it('reports what was committed late once, and nothing that was rolled back', async () => {
    const contact = randomUUID();
    const { feed, heard } = await listening(contact);
    const insert = `insert into message (at, contact, channel, direction) values (now(), $1, 'sms', 'in')`;
    const [slow, lost] = [await db().connect(), await db().connect()];
    await slow.query('begin');
    await slow.query(insert, [contact]);
    await lost.query('begin');
    await lost.query(insert, [contact]);
    await db().query(insert, [contact]);
    await expect.poll(() => heard.length, { timeout: 1_000, interval: 50 }).toBe(1);
    await sleep(700);
    await lost.query('rollback');
    await slow.query('commit');
    await expect.poll(() => heard.length, { timeout: 1_000, interval: 50 }).toBe(2);
    await sleep(1_000);
    expect(heard).toEqual([
      { kind: 'message', contact },
      { kind: 'message', contact },
    ]);
    slow.release();
    lost.release();
    await feed.stop();
  });

  it('says nothing of a private matter, not even that its answer arrived', async () => {
    const phone = '+96171222003';
    const { feed, heard } = await listening(desk.contactOf(phone));
    await desk.sms(phone, 'he beats me every day and threatens to kill me');
    await expect
      .poll(
        async () => {
          const { rows } = await db().query<{ state: string }>(
            'select state from outbound where contact = $1',
            [desk.contactOf(phone)],
          );
          return rows[0]?.state;
        },
        { timeout: 5_000 },
      )
      .toBe('delivered');
    await sleep(1_000);
    expect(heard).toEqual([]);
    await desk.sms(phone, 'HELP');
    await expect.poll(() => heard.map(({ kind }) => kind), { timeout: 5_000 }).toContain('delivery');
    await feed.stop();
  });

  it('asks nothing of the database while nobody listens', async () => {
    let asked = 0;
    const counting: Tx = {
      query: (query, values) => {
        asked += 1;
        return db().query(query, values);
      },
    };
    const feed = liveFeed(counting, () => new Date());
    await sleep(400);
    expect(asked).toBe(0);
    const leave = feed.subscribe(() => undefined);
    await expect.poll(() => asked).toBeGreaterThan(0);
    leave();
    await sleep(400);
    const before = asked;
    await sleep(700);
    expect(asked).toBe(before);
    await feed.stop();
  });

  it('names no contact of a restricted case, and only to who works on such cases', async () => {
    const reference = '12345674';
    await db().query(
      `insert into grievance (reference, kind, category, sensitivity, route, contact, due_on, created_at, updated_at)
       values ($1, 'complaint', 'BRB', 'restricted', 'inspection', $2, current_date, now(), now())`,
      [reference, randomUUID()],
    );
    const { feed, heard } = await listening('nobody');
    await db().query(
      "insert into grievance_event (reference, at, actor, kind) values ($1, now(), 'citizen', 'lodged')",
      [reference],
    );
    const event = { kind: 'case', reference, sensitivity: 'restricted' } as const;
    await expect.poll(() => heard, { timeout: 1_500, interval: 50 }).toEqual([event]);
    const [agent, inspector] = [await desk.staff('agent', 'supervisor'), await desk.staff('inspector')];
    expect([mayHear(agent, event), mayHear(inspector, event)]).toEqual([false, true]);
    await feed.stop();
  });
});

describe('a watch over growing ids', () => {
  it('returns each row once, in whatever order it becomes visible', () => {
    const watch = idWatch();
    const at = (seconds: number) => new Date(seconds * 1_000);
    const news = (seconds: number, ...ids: number[]) =>
      watch
        .news(
          ids.map((id) => ({ id })),
          at(seconds),
        )
        .map(({ id }) => id);
    watch.begin([10, 9, 7], at(0));
    expect(watch.missing).toContain(8);
    expect(news(1, 8, 13)).toEqual([8, 13]);
    expect(news(2, 8, 11, 13)).toEqual([11]);
    expect(news(90, 14)).toEqual([14]);
    expect(watch.missing).toEqual([]);
  });
});

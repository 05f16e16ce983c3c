/**
 * kill -9 at any moment, again and again, while many people lodge complaints: every number that anybody was shown exists
 * once, nobody's complaint exists twice, and who dials again lands on her question.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { childService, type ChildService } from '../support/child-service.ts';
import { freshDatabase } from '../support/postgres.ts';
import { redisUrl } from '../support/redis.ts';
import { handset, type Screen } from '../support/service.ts';
import { testProfile } from '../support/test-profile.ts';

/** More of them for whoever has the time. */
const KILLS = Number(process.env['KILLS'] ?? 6);
const CALLERS = 8;

/** What she presses, and a part of the screen that each key leads to; the first screen is the dial's. */
const INPUTS = ['2', '3', '4', '2', '1', '2', 'They were rude to me', '1'];
const SCREENS = [
  'English',
  'My status',
  'Complaint about:',
  'Asked me for money',
  'give your name?',
  'Add details?',
  'Write a few words, then send',
  'Send this complaint?',
  'Complaint number:',
];
const LODGED = SCREENS.length - 1;

let database: Awaited<ReturnType<typeof freshDatabase>>;
let service: ChildService;

beforeAll(async () => {
  database = await freshDatabase();
  service = await childService({
    DATABASE_URL: database.url,
    REDIS_URL: await redisUrl(),
    PROFILE: testProfile(),
  });
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.kill();
  await database.drop();
});

const indexOf = (screen: Screen): number => SCREENS.findIndex((part) => screen.text.includes(part));
const numberIn = (screen: Screen): string | undefined => /\b\d{8}\b/.exec(screen.text)?.[0];

type Told = { phone: string; number: string | undefined; troubles: string[]; drops: number };

/** One complaint of one person, who dials again whenever the line is dead. */
async function lodge(phone: string, isOver: () => boolean): Promise<Told> {
  const told: Told = { phone, number: undefined, troubles: [], drops: 0 };
  const line = handset(`${service.url}/webhooks/dev/africastalking/ussd`, phone);
  let seen = -1;
  let screen = await dialUntilAnswered();
  for (;;) {
    const at = indexOf(screen);
    if (at < 0) told.troubles.push(`an unknown screen: ${screen.raw}`);
    if (at < 0 || at === LODGED) break;
    seen = at;
    await sleep(Math.random() * 30);
    try {
      screen = await line.send(INPUTS[at] ?? '');
      if (screen.status !== 200) told.troubles.push(`status ${screen.status}`);
      if (!screen.end) continue;
    } catch {
      // The process died under this request.
    }
    told.drops += 1;
    screen = await dialUntilAnswered();
    if (screen.text.includes('The line was cut last time.')) screen = await again(() => line.send('1'));
    const back = indexOf(screen);
    // What she sent last was heard, or it was not; nothing else.
    const mayBe = [seen, seen + 1];
    if (mayBe.includes(back)) continue;
    if (seen + 1 === LODGED && back === 1) {
      // It was lodged, and only the number was lost: asking again finds it.
      for (const key of ['3', '4', '2']) screen = await again(() => line.send(key));
      if (screen.text.includes('You already have complaint')) break;
    }
    told.troubles.push(`after "${SCREENS[seen] ?? ''}": ${screen.raw}`);
    break;
  }
  told.number = numberIn(screen);
  return told;

  async function dialUntilAnswered(): Promise<Screen> {
    return again(() => line.dial());
  }
  /** Repeats a request that no process answered. The same text is the same turn. */
  async function again(work: () => Promise<Screen>): Promise<Screen> {
    let next = work;
    for (let tries = 0; ; tries++) {
      try {
        const answer = await next();
        if (!answer.end || isOver()) return answer;
      } catch {
        if (tries > 600) throw new Error('the service does not come back');
      }
      next = () => line.repeat();
      await sleep(50);
    }
  }
}

it(
  'loses nothing and does nothing twice',
  async () => {
    let isOver = false;
    let next = 0;
    const all: Told[] = [];
    const caller = async () => {
      while (!isOver) all.push(await lodge(`+9617177${String(next++).padStart(4, '0')}`, () => isOver));
    };
    const callers = Array.from({ length: CALLERS }, caller);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 600);
      await service.kill();
      await service.start();
    }
    isOver = true;
    await Promise.all(callers);

    expect(all.flatMap(({ phone, troubles }) => troubles.map((trouble) => `${phone} ${trouble}`))).toEqual(
      [],
    );
    expect(all.reduce((sum, { drops }) => sum + drops, 0)).toBeGreaterThan(KILLS / 2);
    const shown = all.flatMap(({ number }) => number ?? []);
    expect(shown.length).toBe(all.length);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ reference: string; contact: string }>(
        'select reference, contact from grievance',
      );
      const stored = rows.map(({ reference }) => reference);
      expect(new Set(shown).size).toBe(shown.length);
      expect([...stored].sort()).toEqual([...shown].sort());
      expect(new Set(rows.map(({ contact }) => contact)).size).toBe(rows.length);
      const orphans = await client.query(
        `select from outbound o where o.key like 'grv.ack:%'
         and not exists (select from grievance g where o.key = 'grv.ack:' || g.reference)`,
      );
      expect(orphans.rowCount).toBe(0);
    } finally {
      await client.end();
    }
  },
  60_000 + KILLS * 30_000,
);

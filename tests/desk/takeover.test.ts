/** An agent answers instead of the dialog: over the real handlers, with the dialog left where it was. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { myQueue } from '../../src/desk/queue.ts';
import { handBack, handlerOf, replyAsStaff, takeOver } from '../../src/desk/takeover.ts';
import { timeline } from '../../src/desk/timeline.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { startDesk, type DeskTest } from './support.ts';

const PHONE = '+96171333001';
const MINUTE = 60_000;

let desk: DeskTest;
let agent: Staff;
let late = 0;
const now = () => new Date(Date.now() + late);

beforeAll(async () => {
  desk = await startDesk({ now });
  agent = await desk.staff('agent');
});
afterAll(() => desk.stop());

const db = () => desk.service.deployment.db;
const take = (by: Staff, phone = PHONE, channel: 'sms' | 'whatsapp' = 'sms') =>
  takeOver(db(), { contact: desk.contactOf(phone), channel, by, at: now() });
const reply = (by: Staff, text: string, phone = PHONE, key: string = randomUUID()) =>
  replyAsStaff(desk.service.deployment, { contact: desk.contactOf(phone), text, key, by, at: now() });
const queue = (by: Staff) =>
  myQueue(db(), by, { now: now(), calendar: desk.service.deployment.profile.calendar });

describe('a conversation', () => {
  it('is the agent’s until it is handed back, and the dialog goes on where it was', async () => {
    await desk.sms(PHONE, 'COMPLAINT');
    await desk.sms(PHONE, '1');
    const before = await desk.inbox(PHONE);
    expect(before).toHaveLength(2);

    // A complaint that may yet be nameless stays with the dialog, whoever took the conversation.
    await desk.sms(PHONE, 'MENU');
    await desk.sms(PHONE, '4');
    const information = (await desk.inbox(PHONE)).at(-1);
    expect(await take(agent)).toMatchObject({ ok: true, handler: { staff: agent.key, channel: 'sms' } });

    await desk.sms(PHONE, 'hello, is somebody there?');
    expect((await desk.inbox(PHONE)).at(-1)).toMatch(/a person/);
    const told = (await desk.inbox(PHONE)).length;
    await desk.sms(PHONE, '1');
    expect(await desk.inbox(PHONE)).toHaveLength(told);

    expect((await queue(agent)).map(({ id }) => id)).toContain(`conversation:${desk.contactOf(PHONE)}`);
    const key = randomUUID();
    expect(await reply(agent, 'نعم، كيف أساعدكم؟', PHONE, key)).toEqual({ ok: true });
    expect(await reply(agent, 'نعم، كيف أساعدكم؟', PHONE, key)).toEqual({ ok: false, why: 'repeated' });
    expect((await desk.inbox(PHONE)).at(-1)).toBe('نعم، كيف أساعدكم؟');
    expect((await queue(agent)).map(({ id }) => id)).not.toContain(`conversation:${desk.contactOf(PHONE)}`);

    const items = await timeline(desk.service.deployment, {
      contact: desk.contactOf(PHONE),
      by: agent,
      limit: 50,
      kinds: ['message'],
      at: now(),
    });
    expect(items.slice(-4).map(({ direction, author, text }) => [direction, author, text])).toEqual([
      ['in', 'citizen', 'hello, is somebody there?'],
      ['out', 'system', expect.stringMatching(/a person/)],
      ['in', 'citizen', '1'],
      ['out', agent.key, 'نعم، كيف أساعدكم؟'],
    ]);

    expect(await handBack(db(), { contact: desk.contactOf(PHONE), by: agent, at: now() })).toBe(true);
    await desk.sms(PHONE, '9');
    await desk.sms(PHONE, '0');
    expect(information).toBeDefined();
    expect((await desk.inbox(PHONE)).length).toBe(told + 3);
  });

  it('STOP, HELP and danger are still heard by the service itself', async () => {
    const phone = '+96171333002';
    await desk.sms(phone, 'HELP');
    await take(agent, phone);
    await desk.sms(phone, 'HELP');
    expect((await desk.inbox(phone)).length).toBe(2);
    expect((await desk.inbox(phone)).at(-1)).not.toMatch(/a person|شخص/);
    await desk.sms(phone, 'STOP');
    const { rows } = await db().query<{ stopped: boolean }>(
      'select stopped_at is not null as stopped from contact where key = $1',
      [desk.contactOf(phone)],
    );
    expect(rows[0]?.stopped).toBe(true);
    await desk.sms(phone, 'my husband wants to kill me');
    const cases = await db().query<{ n: number }>('select count(*)::integer as n from private_case');
    expect(cases.rows[0]?.n).toBe(1);
    const items = await timeline(desk.service.deployment, {
      contact: desk.contactOf(phone),
      by: agent,
      limit: 50,
      at: now(),
    });
    expect(JSON.stringify(items)).not.toMatch(/husband|112/);
  });

  it('has one agent: the second is told who', async () => {
    const phone = '+96171333003';
    await desk.sms(phone, 'HELP');
    const [a, b] = [await desk.staff('agent'), await desk.staff('vendor_agent')];
    const [first, second] = await Promise.all([take(a, phone), take(b, phone)]);
    expect([first.ok, second.ok].sort()).toEqual([false, true]);
    const [winner, loser] = first.ok ? [a, b] : [b, a];
    expect(first.ok ? second : first).toMatchObject({
      ok: false,
      why: 'taken',
      handler: { staff: winner.key },
    });
    expect(await reply(loser, 'hello', phone)).toEqual({ ok: false, why: 'not_yours' });
    expect(await handBack(db(), { contact: desk.contactOf(phone), by: loser, at: now() })).toBe(false);
    expect(await take(await desk.staff('case_officer'), phone)).toEqual({ ok: false, why: 'forbidden' });
  });

  it('goes back to the dialog by itself two hours after the agent last wrote', async () => {
    const phone = '+96171333004';
    await desk.sms(phone, 'HELP');
    await take(agent, phone);
    late = 110 * MINUTE;
    expect(await reply(agent, 'one moment', phone)).toEqual({ ok: true });
    late = 200 * MINUTE;
    expect(await handlerOf(db(), desk.contactOf(phone), now())).toMatchObject({ staff: agent.key });
    late = 240 * MINUTE;
    expect(await handlerOf(db(), desk.contactOf(phone), now())).toBeUndefined();
    const before = (await desk.inbox(phone)).length;
    await desk.sms(phone, 'MENU');
    expect((await desk.inbox(phone)).length).toBe(before + 1);
    late = 0;
  });

  it('by WhatsApp is answered within 24 hours of her last message only, and documents are masked', async () => {
    const phone = '+96171333005';
    const write = (text: string) =>
      desk.service.handlers.message({
        channel: 'whatsapp',
        provider: 'simulator-whatsapp',
        from: phone,
        phone,
        id: randomUUID(),
        text,
      });
    await write('hello');
    await take(agent, phone, 'whatsapp');
    await write('my card is 4539 1488 0343 6467');
    expect(await reply(agent, 'Thank you', phone)).toEqual({ ok: true });
    const { rows } = await db().query<{ provider: string }>(
      "select provider from outbound where contact = $1 and key like 'desk:%'",
      [desk.contactOf(phone)],
    );
    expect(rows).toEqual([{ provider: 'simulator-whatsapp' }]);
    const items = await timeline(desk.service.deployment, {
      contact: desk.contactOf(phone),
      by: agent,
      limit: 50,
      at: now(),
    });
    expect(JSON.stringify(items)).not.toContain('6467');
    late = 25 * 60 * MINUTE;
    await take(agent, phone, 'whatsapp');
    expect(await reply(agent, 'Still there?', phone)).toEqual({ ok: false, why: 'window_closed' });
    expect(await reply(agent, 'a\u202eb', phone)).toEqual({ ok: false, why: 'control_characters' });
    late = 0;
  });
});

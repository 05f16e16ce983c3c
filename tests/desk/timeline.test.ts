/** The timeline after real turns: sessions folded, deliveries with their messages, and nothing that may not be there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNote } from '../../src/desk/notes.ts';
import { bindInteraction, startInteraction, wrapUp } from '../../src/desk/interaction.ts';
import { timeline, TimelineForbidden, type TimelineItem } from '../../src/desk/timeline.ts';
import { recordAudit } from '../../src/privacy/audit.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { written } from '../support/callers.ts';
import { startDesk, type DeskTest } from './support.ts';

let desk: DeskTest;
let agent: Staff;
beforeAll(async () => {
  desk = await startDesk();
  agent = await desk.staff('agent');
});
afterAll(() => desk.stop());

const read = (contact: string, by: Staff = agent, more: Partial<Parameters<typeof timeline>[1]> = {}) =>
  timeline(desk.service.deployment, { contact, by, limit: 50, at: new Date(), ...more });

const all = (items: TimelineItem[]): string => JSON.stringify(items);

async function talk(phone: string, ...inputs: string[]): Promise<string> {
  const line = desk.handset(phone);
  let screen = await line.dial();
  for (const input of inputs) screen = await line.send(input);
  return screen.text;
}

async function verify(by: Staff, contact: string, household: string): Promise<string> {
  const { db } = desk.service.deployment;
  const started = await startInteraction(db, { by, contact, channel: 'call', at: new Date() });
  if (!started.ok) throw new Error(started.why);
  const { id } = started.interaction;
  await bindInteraction(db, { by, id, household, person: null });
  await db.query('update interaction set verified_at = now() where id = $1', [id]);
  return id;
}

describe('a session', () => {
  it('is one item with its screens and masked inputs, and says where the line was cut', async () => {
    const her = await desk.caller(1);
    await talk(her.phone, '2', '2', '2', her.last4, her.year);
    const items = await read(her.contact);
    expect(items.filter(({ kind }) => kind === 'ussd')).toHaveLength(1);
    const [session] = items;
    expect(session?.session).toMatchObject({ steps: 5, leftAt: 'nextpayment' });
    expect(session?.lines?.filter(({ direction }) => direction === 'out')).toHaveLength(6);
    expect(all(items)).not.toContain(her.last4);
    expect(session?.lines?.at(-2)).toMatchObject({ direction: 'in', text: '••••' });
  });

  it('hides what the dialog disclosed until she is verified, and shows payments only then', async () => {
    const her = await desk.caller(2);
    await talk(her.phone, '2', '2', '2', her.last4, her.year);
    const before = await read(her.contact);
    expect(all(before)).not.toContain(written(her.amount));
    expect(all(before)).toContain('by_rule');
    expect(before.filter(({ kind }) => kind === 'payment' || kind === 'status')).toEqual([]);
    const id = await verify(agent, her.contact, her.household);
    const after = await read(her.contact);
    expect(all(after)).toContain(written(her.amount));
    expect(after.find(({ kind }) => kind === 'payment')).toMatchObject({
      state: 'ready',
      facts: { currency: 'USD' },
    });
    expect(after.find(({ kind }) => kind === 'status')).toMatchObject({ state: 'active' });
    const other = await desk.staff('agent');
    expect(all(await read(her.contact, other))).not.toContain(written(her.amount));
    await wrapUp(desk.service.deployment.db, {
      by: agent,
      id,
      code: 'answered_info',
      followUp: false,
      at: new Date(),
    });
    expect(all(await read(her.contact))).not.toContain(written(her.amount));
  });
});

describe('messages', () => {
  it('are one item each, with what became of them', async () => {
    const phone = '+96171444001';
    await desk.sms(phone, 'HELP');
    await expect
      .poll(async () => (await read(desk.contactOf(phone))).map(({ state }) => state), { timeout: 5_000 })
      .toEqual([undefined, expect.stringMatching(/^(sent|delivered)$/)]);
    const items = await read(desk.contactOf(phone));
    expect(items.map(({ direction, author }) => [direction, author])).toEqual([
      ['in', 'citizen'],
      ['out', 'system'],
    ]);
    expect(items[0]?.text).toBe('HELP');
  });

  it('come page by page without one lost or twice', async () => {
    const phone = '+96171444002';
    for (let n = 0; n < 6; n++) await desk.sms(phone, n % 2 ? 'HELP' : 'MENU');
    await talk(phone, '2', '9');
    const whole = await read(desk.contactOf(phone));
    const paged: TimelineItem[] = [];
    for (let before: Date | undefined; ;) {
      const page = await read(desk.contactOf(phone), agent, { limit: 3, ...(before ? { before } : {}) });
      if (page.length === 0) break;
      paged.unshift(...page);
      before = page[0]?.at;
    }
    expect(paged.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
    expect(new Set(paged.map(({ id }) => id)).size).toBe(paged.length);
    expect(whole.length).toBeGreaterThanOrEqual(13);
  });
});

describe('what others may not know', () => {
  it('private matters leave no trace', async () => {
    const phone = '+96171444003';
    await desk.sms(phone, 'he beats me every day and threatens to kill me');
    const { db } = desk.service.deployment;
    const { rows } = await db.query<{ n: number }>('select count(*)::integer as n from private_case');
    expect(rows[0]?.n).toBe(1);
    expect(await desk.inbox(phone)).toHaveLength(1);
    expect(await read(desk.contactOf(phone))).toEqual([]);
    const officer = await desk.staff('protection_officer');
    await recordAudit(db, {
      actor: officer.key,
      action: 'reveal',
      subject: `contact:${desk.contactOf(phone)}`,
      at: new Date(),
    });
    expect(await read(desk.contactOf(phone))).toEqual([]);
    expect(await read(desk.contactOf(phone), await desk.staff('agent'))).toEqual([
      expect.objectContaining({ kind: 'lookup', author: agent.key, state: 'timeline' }),
    ]);
  });

  it('a restricted case does not exist for the desk: not its number, not its words, not its clock', async () => {
    const her = await desk.caller(4);
    await talk(her.phone, '2', '0');
    const done = await talk(her.phone, '3', '4', '2', '1', '2', 'Lefkonico took half of it', '1');
    const reference = /\d{8}/.exec(done)?.[0] ?? '';
    expect(reference).toMatch(/^\d{8}$/);
    const { db } = desk.service.deployment;
    const { rows } = await db.query<{ sensitivity: string }>(
      'select sensitivity from grievance where reference = $1',
      [reference],
    );
    expect(rows[0]?.sensitivity).toBe('restricted');
    await desk.sms(her.phone, `STATUS ${reference}`);
    const { keys } = desk.service.deployment;
    const said = await db.query<{ content: Buffer }>('select content from message where contact = $1', [
      her.contact,
    ]);
    const recorded = said.rows.map(({ content }) => keys.open('conversation', content, 'message')).join();
    expect(recorded).toContain('Lefkonico');
    expect(recorded).toContain(reference);
    const items = await read(her.contact, await desk.staff('supervisor'));
    expect(items.length).toBeGreaterThan(0);
    expect(all(items)).not.toContain(reference);
    expect(all(items)).not.toContain('Lefkonico');
    expect(items.filter(({ kind }) => kind === 'case')).toEqual([]);
  });

  it('an open case stands there with its events', async () => {
    const her = await desk.caller(5);
    const done = await talk(her.phone, '2', '3', '1', '1', '1', '1', '1', '1');
    const { rows } = await desk.service.deployment.db.query<{ reference: string }>(
      'select reference from grievance where contact = $1',
      [her.contact],
    );
    expect(rows, done).toHaveLength(1);
    expect((await read(her.contact)).find(({ kind }) => kind === 'case')).toMatchObject({
      reference: rows[0]?.reference,
      author: 'citizen',
      facts: { event: 'lodged', kind: 'complaint' },
    });
  });

  it('who has no desk and no cases has no timeline', async () => {
    for (const role of ['inspector', 'protection_officer', 'auditor', 'content_manager', 'admin'] as const)
      await expect(read(desk.contactOf('+96171444003'), await desk.staff(role))).rejects.toThrow(
        TimelineForbidden,
      );
    const officer = await desk.staff('case_officer');
    const messages = (await read(desk.contactOf('+96171444002'), officer)).filter(
      ({ kind }) => kind === 'message',
    );
    expect(messages.every(({ hidden, text }) => hidden === 'by_rule' && text === undefined)).toBe(true);
  });
});

describe('notes, filters and the audit', () => {
  it('a note stands there; a megabyte and turned-around text are refused and change nothing', async () => {
    const { db, keys } = desk.service.deployment;
    const her = await desk.caller(6);
    await talk(her.phone, '2');
    const note = (text: string) =>
      addNote(db, keys, { by: agent, about: { contact: her.contact }, text, at: new Date() });
    expect(await note('ستتصل غدا\u200f OK')).toMatchObject({ ok: true });
    expect(await note('x'.repeat(1_048_576))).toEqual({ ok: false, why: 'too_long' });
    expect(await note('paid \u202e001\u202c')).toEqual({ ok: false, why: 'control_characters' });
    expect(await note('  ')).toEqual({ ok: false, why: 'empty' });
    const notes = await read(her.contact, agent, { kinds: ['note'] });
    expect(notes.map(({ kind, text, author }) => [kind, text, author])).toEqual([
      ['note', 'ستتصل غدا\u200f OK', agent.key],
    ]);
    const { rows } = await db.query<{ n: number }>(
      `select count(*)::integer as n from note where sealed::text like '%OK%'`,
    );
    expect(rows[0]?.n).toBe(0);
  });

  it('one look a contact is written down, not each refresh', async () => {
    const { db } = desk.service.deployment;
    const her = await desk.caller(7);
    const mine = await desk.staff('agent');
    await talk(her.phone, '2');
    const looks = async () => {
      const { rows } = await db.query<{ n: number }>(
        "select count(*)::integer as n from audit where actor = $1 and action = 'timeline'",
        [mine.key],
      );
      return rows[0]?.n;
    };
    for (let n = 0; n < 3; n++) await read(her.contact, mine);
    expect(await looks()).toBe(1);
    const id = await verify(mine, her.contact, her.household);
    for (let n = 0; n < 3; n++) await read(her.contact, mine);
    expect(await looks()).toBe(2);
    await wrapUp(db, { by: mine, id, code: 'sensitive', followUp: false, at: new Date() });
    const { rows } = await db.query('select contact, household, wrap_up from interaction where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ contact: null, household: null, wrap_up: 'sensitive' }]);
  });
});

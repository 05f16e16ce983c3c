/** Who stays unknown stays unknown, and a private matter leaves no trace, for whoever reads the whole database. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPrivateCall } from '../../src/grievances/private.ts';
import { openTask } from '../../src/grievances/tasks.ts';
import { everything, HOUSEHOLD, identified, NOW, openDesk, PERSON, PHONE, type Desk } from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.db.query('truncate grievance, task, private_case, reference_guess cascade');
});

/** Everything that leads from a row to the person, in whatever form a column could hold it. */
const threads = () => [
  PHONE,
  PHONE.slice(1),
  desk.contactOf(PHONE),
  desk.keys.index('phone', PHONE),
  desk.keys.index('contact', `private:${PHONE}`),
  PERSON,
  HOUSEHOLD,
];

const expectNoThread = async () => {
  const all = await everything(desk.db);
  for (const thread of threads()) expect(all).not.toContain(thread);
  return all;
};

describe('a complaint without a name', () => {
  const slots = { matter: 'bribe', named: 'anonymous', details: 'The clerk wanted 20 USD' };

  it('holds nothing that leads to her, and sends nothing', async () => {
    const { facts, notices } = await desk.ask('lodge', slots, { identity: identified });
    expect(facts['lodged']).toBe('anonymous');
    expect(notices).toEqual([]);
    const all = await expectNoThread();
    expect(all).not.toContain('clerk');
    expect(await desk.rows('grievance')).toMatchObject([
      { anonymous: true, contact: null, person: null, household: null, area: null },
    ]);
  });

  it('can be seen by these tests when a thread is left', async () => {
    await desk.ask('lodge', { ...slots, named: 'named' }, { identity: identified });
    await expect(expectNoThread()).rejects.toThrow();
  });

  it('is not named by the call she asks for', async () => {
    const now = new Date('2026-11-23T08:17:23.456Z');
    await desk.ask('lodge', { ...slots, callback: 'soon' }, { identity: identified, now });
    await expectNoThread();
    const [task] = await desk.rows('task');
    expect(task).toMatchObject({ kind: 'callback', contact: null, household: null, reference: null });
    expect(task?.['created_at']).toEqual(new Date('2026-11-23T08:00:00Z'));
    expect(openTask(desk.keys, task as never).phone).toBe(PHONE);
  });

  it('stays so when she follows, adds to and takes back her complaint', async () => {
    const { ref } = (await desk.ask('lodge', slots)).facts;
    const reference = String(ref);
    expect((await desk.ask('caseState', { reference })).facts).toMatchObject({ outcome: 'open', gs: 'new' });
    await desk.ask('addDetails', { reference, addition: 'It was on Monday' });
    await desk.ask('tooSlow', { reference });
    await desk.ask('withdraw', { reference });
    expect((await desk.rows('grievance'))[0]?.['status']).toBe('withdrawn');
    await expectNoThread();
  });

  it('cannot be given an owner by mistake', async () => {
    await desk.ask('lodge', slots);
    await expect(
      desk.db.query('update grievance set contact = $1', [desk.contactOf(PHONE)]),
    ).rejects.toThrow();
  });

  it('is tied to a chat user without a phone as little', async () => {
    await desk.ask('lodge', slots, { phone: null, channel: 'whatsapp' });
    expect(await everything(desk.db)).not.toContain(desk.contactOf('chat-user'));
  });
});

describe('a private matter', () => {
  const tables = ['grievance', 'grievance_event', 'task', 'message', 'reference_guess', 'notify_when_open'];

  it('is sealed where nothing else is, and tells a trained person how to call', async () => {
    const before = await everything(desk.db);
    const { facts, notices } = await desk.ask(
      'lodgePrivate',
      { time: 'evening', who: 'woman' },
      { identity: identified },
    );
    expect(facts).toEqual({});
    expect(notices).toEqual([]);
    const all = await expectNoThread();
    expect(all.split('\n').filter((line) => !before.includes(line))).toHaveLength(1);
    for (const word of ['evening', 'woman', 'ussd']) expect(all).not.toContain(word);
    for (const table of tables) expect(await desk.rows(table), table).toEqual([]);
    const [row] = await desk.rows('private_case');
    const hour = NOW.getTime() - (NOW.getTime() % 3_600_000);
    expect(row).toMatchObject({ contact_by: new Date(hour + 24 * 3_600_000), created_at: new Date(hour) });
    expect(openPrivateCall(desk.keys, row?.['sealed'] as Buffer)).toEqual({
      phone: PHONE,
      contact: null,
      language: 'en',
      time: 'evening',
      who: 'woman',
      via: 'ussd',
    });
    expect(() => desk.keys.open('case', row?.['sealed'] as Buffer, 'private_case')).toThrow();
  });

  it('is kept once a turn', async () => {
    for (const key of ['a', 'a', 'b'])
      await desk.ask('lodgePrivate', { via: 'words' }, { key, channel: 'sms' });
    const rows = await desk.rows('private_case');
    expect(rows).toHaveLength(2);
    expect(openPrivateCall(desk.keys, rows[0]?.['sealed'] as Buffer)).toMatchObject({
      via: 'words',
      time: null,
    });
  });

  it('reaches a chat user who has no phone', async () => {
    await desk.ask('lodgePrivate', { time: 'any', who: 'any' }, { phone: null, channel: 'whatsapp' });
    const [row] = await desk.rows('private_case');
    expect(openPrivateCall(desk.keys, row?.['sealed'] as Buffer)).toMatchObject({
      phone: null,
      contact: desk.contactOf('chat-user'),
    });
    expect(await everything(desk.db)).not.toContain(desk.contactOf('chat-user'));
  });
});

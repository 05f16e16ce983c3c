/** Calls as a telephone system reports them, and contacts that end with a code. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeCall, type CallDeps, type CallState } from '../../src/desk/calls.ts';
import { currentInteraction, startInteraction, wrapUp } from '../../src/desk/interaction.ts';
import { myQueue } from '../../src/desk/queue.ts';
import { timeline } from '../../src/desk/timeline.ts';
import { localRegistry } from '../../src/registry/local.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { callerNumber, householdOf } from '../support/callers.ts';
import { startDesk, type DeskTest } from './support.ts';

let desk: DeskTest;
let deps: CallDeps;
beforeAll(async () => {
  desk = await startDesk();
  const { db, keys, profile } = desk.service.deployment;
  deps = { db, keys, profile, registry: localRegistry(db, keys, { enrolment: profile.status_map }) };
});
afterAll(() => desk.stop());

const db = () => desk.service.deployment.db;
const report = (callId: string, state: CallState, staff: Staff | null, phone: string, seconds = 0) =>
  takeCall(deps, { phone, staff, callId, state, at: new Date(Date.now() + seconds * 1_000) });
const queue = (by: Staff) =>
  myQueue(db(), by, { now: new Date(), calendar: desk.service.deployment.profile.calendar });

describe('a call', () => {
  it('rings first in the queue, opens a contact when answered, and never goes back', async () => {
    const agent = await desk.staff('agent');
    const [phone, id] = ['+96171111001', randomUUID()];
    const rang = await report(id, 'ringing', agent, phone);
    expect(rang).toEqual({
      contact: desk.contactOf(phone),
      state: 'ringing',
      isShared: false,
      households: [],
      interaction: null,
    });
    expect((await queue(agent))[0]).toMatchObject({ kind: 'call', contact: rang.contact });
    const answered = await report(id, 'answered', agent, phone, 5);
    expect(answered.interaction).not.toBeNull();
    expect((await report(id, 'answered', agent, phone, 5)).interaction).toBe(answered.interaction);
    expect((await report(id, 'ringing', agent, phone)).state).toBe('answered');
    await report(id, 'ended', agent, phone, 65);
    expect((await report(id, 'answered', agent, phone, 5)).state).toBe('ended');
    expect((await report(id, 'missed', agent, phone, 70)).state).toBe('ended');
    expect((await currentInteraction(db(), agent.key))?.hungUpAt).toBeInstanceOf(Date);
    const items = await timeline(desk.service.deployment, {
      contact: rang.contact,
      by: agent,
      limit: 50,
      at: new Date(Date.now() + 100_000),
    });
    expect(items.filter(({ kind }) => kind === 'call')).toMatchObject([
      { state: 'ended', facts: { seconds: 60 } },
    ]);
    const { rows } = await db().query('select from call where call_id = $1', [id]);
    expect(rows).toHaveLength(1);
  });

  it('that nobody took is called back, once', async () => {
    const agent = await desk.staff('agent');
    const phone = '+96171111002';
    const missed = await report(randomUUID(), 'missed', null, phone);
    await report(randomUUID(), 'missed', null, phone);
    const callbacks = (await queue(agent)).filter(({ contact }) => contact === missed.contact);
    expect(callbacks).toMatchObject([{ kind: 'callback', task: { kind: 'callback', slot: 'soon' } }]);
    const items = await timeline(desk.service.deployment, {
      contact: missed.contact,
      by: agent,
      limit: 50,
      at: new Date(),
    });
    expect(items.map(({ kind }) => kind).sort()).toEqual(['call', 'call', 'callback']);
  });

  it('from a phone of several files asks which', async () => {
    const { phone } = callerNumber(20);
    const shared = (n: number) => {
      const household = householdOf(n, '2026-11-01', '2026-12-01') as { members: { phones: unknown[] }[] };
      for (const member of household.members) member.phones = [{ number: phone, use: 'shared' }];
      return household;
    };
    await desk.importHouseholds(shared(20), shared(21));
    const call = await report(randomUUID(), 'ringing', null, phone);
    expect(call.isShared).toBe(true);
    expect(call.households).toHaveLength(2);
  });
});

describe('a contact', () => {
  it('must have its code before the next one, also when two begin at once', async () => {
    const agent = await desk.staff('agent');
    const [a, b] = [desk.contactOf('+96171111003'), desk.contactOf('+96171111004')];
    const begin = (contact: string) =>
      startInteraction(db(), { by: agent, contact, channel: 'sms', at: new Date() });
    const both = await Promise.all([begin(a), begin(b)]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    const open = await currentInteraction(db(), agent.key);
    const other = open?.contact === a ? b : a;
    expect(await begin(other)).toMatchObject({ ok: false, why: 'busy', interaction: { id: open?.id } });
    const end = (by: Staff) =>
      wrapUp(db(), { by, id: open?.id ?? '', code: 'case_opened', followUp: true, at: new Date() });
    expect(await end(await desk.staff('agent'))).toBe(false);
    expect(await end(agent)).toBe(true);
    expect(await end(agent)).toBe(false);
    expect(await begin(other)).toMatchObject({ ok: true });
    expect(
      await startInteraction(db(), {
        by: await desk.staff('inspector'),
        contact: a,
        channel: 'sms',
        at: new Date(),
      }),
    ).toEqual({ ok: false, why: 'forbidden' });
  });
});

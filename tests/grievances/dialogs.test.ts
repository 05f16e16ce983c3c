/** The flows with their real ports: a case that was found is the case she goes on about. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { complaint } from '../../flows/complaint.ts';
import { freeText } from '../../flows/free-text.ts';
import { track } from '../../flows/track.ts';
import type { Flow, Slots } from '../../src/conversation/dialog.ts';
import { send, start, type Answer, type Stop } from '../../src/conversation/run.ts';
import type { GrievancePorts } from '../../src/grievances/ports.ts';
import { openDesk, type Desk } from './support.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.db.query('truncate grievance cascade'));

const answer: Answer = async (ask, slots) => (await desk.ask(ask as keyof GrievancePorts, slots)).facts;
const begin = (flow: Flow, slots: Slots) => start(flow, slots, answer);
const choose = (flow: Flow, stop: Stop, id: string) => {
  if (stop.over) throw new Error('the flow is over');
  return send(flow, stop.place, { type: `choose.${id}` }, answer);
};
const say = (flow: Flow, stop: Stop, value: string) => {
  if (stop.over) throw new Error('the flow is over');
  return send(flow, stop.place, { type: 'answer', value }, answer);
};
const text = (stop: Stop) => (stop.over ? stop.next : stop.screen.text);
const lodged = async () => String((await desk.ask('lodge', { matter: 'card' })).facts['ref']);

describe('a complaint about what was complained of already', () => {
  it('shows the first, and its state', async () => {
    const reference = await lodged();
    const found = await begin(complaint, { matter: 'card' });
    expect(text(found)).toBe('grv.dup');
    const followed = await choose(complaint, found, 'state');
    expect(followed).toMatchObject({ over: true, next: 'track', slots: { reference } });
    const state = await begin(track, followed.over ? followed.slots : {});
    expect(text(state)).toBe('grv.state');
    expect(state).toMatchObject({ place: { context: { facts: { ref: reference, gs: 'new' } } } });
  });

  it('adds to the first, also when the facts were forgotten meanwhile', async () => {
    const reference = await lodged();
    const found = await begin(complaint, { matter: 'card' });
    if (found.over) throw new Error('the flow is over');
    found.place.context = { ...found.place.context, facts: {} };
    const added = await say(complaint, await choose(complaint, found, 'add'), 'It was kept again');
    expect(text(added)).toBe('grv.added');
    expect(added).toMatchObject({ place: { context: { facts: { ref: reference } } } });
  });

  it('can still be a new one', async () => {
    const first = await lodged();
    let stop = await choose(complaint, await begin(complaint, { matter: 'card' }), 'new');
    for (const id of ['named', 'send', 'send']) stop = await choose(complaint, stop, id);
    expect(text(stop)).toBe('grv.done');
    const rows = await desk.rows('grievance');
    expect(rows.map(({ reference }) => reference)).toContain(first);
    expect(rows).toHaveLength(2);
  });
});

describe('a complaint without a name', () => {
  it('ends with the screen that says that no name is kept', async () => {
    let stop = await begin(complaint, { matter: 'office' });
    for (const id of ['anonymous', 'send', 'send']) stop = await choose(complaint, stop, id);
    expect(text(stop)).toBe('grv.doneanon');
  });
});

describe('a message kept as a complaint', () => {
  it('is taken back with 0', async () => {
    const kept = await begin(freeText, { matter: 'freetext', details: 'hello how are you today' });
    expect(text(kept)).toBe('sms.freetext');
    expect(text(await choose(freeText, kept, 'skip'))).toBe('sms.withdrawn');
    expect(await desk.rows('grievance')).toMatchObject([{ status: 'withdrawn' }]);
  });
});

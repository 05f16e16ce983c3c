/** A campaign from its audience to its end: who is told what, once, and who is not told and why. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCampaign } from '../../src/campaigns/campaign.ts';
import {
  approveCampaign,
  makeCampaign,
  pauseCampaign,
  resumeCampaign,
  stopCampaign,
} from '../../src/campaigns/deeds.ts';
import { campaignResult } from '../../src/campaigns/result.ts';
import { remindOfUpdates } from '../../src/campaigns/reminders.ts';
import { runCampaigns } from '../../src/campaigns/run.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { claim } from '../../src/notifications/claim.ts';
import { stopMessages } from '../../src/notifications/opt-out.ts';
import { event, family, hoursLater, NOON, profile } from '../payments/support.ts';
import {
  approve,
  APPROVER,
  draft,
  DUE,
  MAKER,
  openCampaigns,
  ready,
  staff,
  type Campaigns,
} from './support.ts';

let office: Campaigns;
beforeAll(async () => {
  office = await openCampaigns();
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.clear();
  await office.db.query('truncate campaign, notify_when_open cascade');
});

const phone = (n: number) => `+9617020${String(n).padStart(4, '0')}`;
const many = (count: number) => Array.from({ length: count }, (_, n) => ready(`HH-2${n}`, phone(n)));
const at = () => office.clock.now;
const run = (id?: string) => runCampaigns(office.campaigns, id === undefined ? {} : { id });
const campaign = async (id: string) => {
  const found = await readCampaign(office.db, id);
  if (!found) throw new Error('no campaign');
  return found;
};
const result = async (id: string) =>
  campaignResult(office.db, await campaign(id), { profile, language: 'en', now: at() });
const small = async (id: string, rows: number) => {
  // As if the chunks were small: the same recipients, more steps.
  await office.db.query(
    `with gone as (delete from campaign_chunk where campaign = $1)
     insert into campaign_chunk (campaign, number, first_n, last_n)
     select $1, row_number() over (order by n), n, n + $2 - 1
     from generate_series(1, (select recipients from campaign where id = $1), $2) as n
     on conflict (campaign, number) do update set first_n = excluded.first_n, last_n = excluded.last_n`,
    [id, rows],
  );
};

async function stopPerson(number: string): Promise<void> {
  await office.db.transaction(async (tx) => {
    const { key } = await contactFor(tx, office.keys, { from: number });
    await stopMessages(tx, key, at());
  });
}

describe('due payments', () => {
  it('says to each what payment notices say, and to others nothing', async () => {
    await office.add(
      ready('HH-101', phone(1)),
      ready('HH-102', phone(2), 'shared'),
      ready('HH-103', phone(3)),
      ready('HH-104', phone(4), 'own', { status: 'collected' }),
      ready('HH-105', phone(5), 'own', { until: '2026-11-01' }),
      {
        ...ready('HH-106', phone(6)),
        members: family('HH-106', phone(6)).members.map((member) => ({ ...member, phones: [] })),
      },
    );
    await stopPerson(phone(3));
    const id = await draft(office);
    const { state, preview } = await campaign(id);
    expect(state).toBe('draft');
    expect(preview).toMatchObject({
      total: 4,
      told: 2,
      parts: 2,
      isEstimate: false,
      untold: { opted_out: 1, no_phone: 1 },
      languages: [{ language: 'en', full: 1, discreet: 1, parts: 2 }],
    });
    expect(preview?.languages[0]?.sample.full).toContain('145 USD ready from 20/11/2026 to 10/12/2026');
    expect(await office.messages()).toEqual([]);

    await approve(office, id);
    await run();
    const messages = await office.messages();
    expect(messages.map(({ to, key }) => [to, key])).toEqual([
      [phone(1), 'pay:PAY-HH-101:ready:0'],
      [phone(2), 'pay:PAY-HH-102:ready:0'],
    ]);
    expect(messages[0]?.text).toBe(preview?.languages[0]?.sample.full);
    expect(messages[1]?.text).toContain('You have a message');
    expect(await office.notices()).toEqual([
      { status: 'ready', said: 'sms.pay.ready', reach: 'full', reason: null },
      { status: 'ready', said: 'sms.pay.discreet', reach: 'discreet', reason: null },
      { status: 'ready', said: 'sms.pay.ready', reach: 'none', reason: 'opted_out' },
      { status: 'ready', said: 'sms.pay.ready', reach: 'none', reason: 'no_phone' },
    ]);
    expect((await campaign(id)).state).toBe('running');
    await office.sendAll();
    await run();
    expect((await campaign(id)).state).toBe('done');
    expect((await result(id)).states).toEqual({ sent: 2, untold: 2 });
  });

  it('tells nobody again, and an event after it only what is new', async () => {
    await office.add(ready('HH-10001', phone(1), 'own', { payment_ref: 'PAY-1' }));
    const first = await draft(office);
    await approve(office, first);
    await run();
    await office.sendAll();
    const again = await draft(office);
    expect((await campaign(again)).preview).toMatchObject({ total: 1, told: 0, untold: { told: 1 } });
    await expect(approve(office, again)).rejects.toMatchObject({ why: 'empty' });

    const same = { from: '2026-11-20', until: '2026-12-10', place: 'Main post office' };
    await office.take(event('ready', same));
    expect(await office.messages()).toHaveLength(1);
    await office.take(event('collected', { occurredAt: hoursLater(1), place: null }));
    expect((await office.messages()).map(({ key }) => key.replace(/\d+$/, ''))).toEqual([
      'pay:PAY-1:ready:',
      'pay:PAY-1:collected:',
    ]);
  });

  it('does not send what an event said between preview and sending', async () => {
    await office.add(ready('HH-10001', phone(1), 'own', { payment_ref: 'PAY-1' }));
    const id = await draft(office);
    await office.take(event('collected', { place: null }));
    await approve(office, id);
    await run();
    expect((await office.messages()).map(({ text }) => text)).toEqual([
      expect.stringContaining('collected on') as string,
    ]);
    expect((await result(id)).why).toEqual({ told: 1 });
  });
});

it('says no amount on a phone that others have too since the preview', async () => {
  await office.add(ready('HH-101', phone(1)), ready('HH-102', phone(2)));
  const id = await draft(office);
  await office.add(family('HH-109', phone(1)));
  await approve(office, id);
  await run();
  const [shared, own] = await office.messages();
  expect(shared).toMatchObject({
    to: phone(1),
    text: expect.stringContaining('You have a message') as string,
  });
  expect(own).toMatchObject({ to: phone(2), text: expect.stringContaining('145 USD') as string });
});

it('lets one campaign that cannot go on hold up no other', async () => {
  await office.add(...many(2));
  const good = await draft(office);
  await approve(office, good);
  await run();
  await office.add(ready('HH-999', phone(99)));
  const bad = await draft(office);
  await approve(office, bad);
  await office.db.query(
    `update person set sealed = '\\x01' where key in (select person from campaign_recipient
     where campaign = $1 and payment_ref = 'PAY-HH-999')`,
    [bad],
  );
  await office.db.query(`update campaign set made_at = made_at - interval '1 day' where id = $1`, [bad]);
  const held = async () =>
    (await office.db.query(`select from outbound where state = 'queued' and due = 'infinity'`)).rowCount;
  await pauseCampaign(office.campaigns, { id: good, by: MAKER, at: at() });
  await expect(runCampaigns(office.campaigns, { atMostMs: 0 })).rejects.toThrow();
  expect(await held()).toBe(2);
  await resumeCampaign(office.campaigns, { id: good, by: MAKER, at: at() });
  await expect(run()).rejects.toThrow();
  expect(await held()).toBe(0);
});

describe('killed and started again', () => {
  it('does nothing twice and forgets nobody', async () => {
    await office.add(...many(40));
    const id = await draft(office);
    await small(id, 4);
    await approve(office, id);
    let chunks = 0;
    const dying = {
      ...office.campaigns,
      db: {
        ...office.db,
        // Dies in the middle of a transaction, after the messages are written.
        transaction: <T>(work: Parameters<typeof office.db.transaction<T>>[0]) =>
          office.db.transaction<T>(async (tx) => {
            const done = await work(tx);
            chunks += 1;
            if (chunks === 3) throw new Error('killed');
            return done;
          }),
      },
    };
    await expect(runCampaigns(dying, { id })).rejects.toThrow('killed');
    const before = (await office.messages()).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(40);
    // Two processes at once finish it.
    await Promise.all([run(id), run(id)]);
    const messages = await office.messages();
    expect(messages).toHaveLength(40);
    expect(new Set(messages.map(({ to }) => to)).size).toBe(40);
    expect(await office.notices()).toHaveLength(40);
  });
});

describe('approval', () => {
  it('is another person’s, after somebody looked at ten', async () => {
    await office.add(...many(2));
    const id = await draft(office);
    const deed = { id, at: at() };
    await expect(approveCampaign(office.campaigns, { ...deed, by: APPROVER })).rejects.toMatchObject({
      why: 'untried',
    });
    await office.db.query('update campaign set tried_at = now()');
    await expect(approveCampaign(office.campaigns, { ...deed, by: MAKER })).rejects.toMatchObject({
      why: 'own',
    });
    const writer = staff('3', 'content_manager');
    await expect(approveCampaign(office.campaigns, { ...deed, by: writer })).rejects.toMatchObject({
      why: 'permission',
    });
    await run();
    expect(await office.messages()).toEqual([]);
    await approveCampaign(office.campaigns, { ...deed, by: APPROVER });
    await expect(approveCampaign(office.campaigns, { ...deed, by: APPROVER })).rejects.toMatchObject({
      why: 'state',
    });
    const { rows } = await office.db.query(
      'select actor, action, details from audit where subject = $1 order by id',
      [`campaign:${id}`],
    );
    expect(rows).toMatchObject([
      { actor: MAKER.key, action: 'campaign_made' },
      { actor: APPROVER.key, action: 'campaign_approved', details: { total: 2, told: 2, parts: 2 } },
    ]);
  });

  it('refuses what does not fit together', async () => {
    const bad = [
      { kind: 'broadcast', source: 'people', title: 'x' },
      { kind: 'broadcast', source: 'people', text: 'sms.ap.posted', title: 'x' },
      { kind: 'broadcast', source: 'subscribers', text: 'sms.fraud', title: 'x' },
      { kind: 'payments', source: 'due', text: 'sms.fraud', title: 'x' },
      { kind: 'broadcast', source: 'people', text: 'sms.fraud', title: ' ' },
    ] as const;
    for (const made of bad) {
      await expect(makeCampaign(office.campaigns, made, { by: MAKER, at: at() })).rejects.toMatchObject({
        why: 'bad',
      });
    }
    const agent = staff('4', 'agent');
    await expect(makeCampaign(office.campaigns, DUE, { by: agent, at: at() })).rejects.toMatchObject({
      why: 'permission',
    });
  });
});

describe('pause, resume and stop', () => {
  const take = () =>
    claim(office.db, {
      provider: 'x',
      lanes: ['sms'],
      priorities: [5],
      limit: 1,
      now: hoursLater(1),
    });

  it('holds what waits and lets it go', async () => {
    await office.add(...many(6));
    const id = await draft(office);
    await small(id, 2);
    await approve(office, id);
    await run();
    expect((await take()).messages).toHaveLength(1);
    await pauseCampaign(office.campaigns, { id, by: MAKER, at: at() });
    await run();
    expect((await take()).taken).toBe(0);
    // Two weeks are no reason to fail for age.
    office.clock.now = hoursLater(24 * 14);
    await resumeCampaign(office.campaigns, { id, by: APPROVER, at: at() });
    await run();
    const { messages } = await claim(office.db, {
      provider: 'x',
      lanes: ['sms'],
      priorities: [5],
      limit: 10,
      now: new Date(office.clock.now.getTime() + 60_000),
    });
    expect(messages).toHaveLength(5);
  });

  it('stops for good: what left has left, the rest is cancelled and may be told later', async () => {
    await office.add(...many(6));
    const id = await draft(office);
    await small(id, 2);
    await approve(office, id);
    await run();
    const [left] = (await take()).messages;
    await office.db.query(`update outbound set state = 'sent', sent_at = $2 where id = $1`, [left?.id, at()]);
    await stopCampaign(office.campaigns, { id, by: MAKER, at: at() });
    await run();
    expect((await result(id)).states).toEqual({ sent: 1, cancelled: 5 });
    expect((await result(id)).why).toEqual({ not_sent: 5 });
    await expect(resumeCampaign(office.campaigns, { id, by: MAKER, at: at() })).rejects.toMatchObject({
      why: 'state',
    });
    const later = await draft(office);
    expect((await campaign(later)).preview).toMatchObject({ told: 5, untold: { told: 1 } });
    await approve(office, later);
    await run();
    expect((await office.messages()).filter(({ state }) => state === 'queued')).toHaveLength(5);
  });
});

it('puts who says STOP between queueing and sending on the list of who was not told', async () => {
  await office.add(...many(3));
  const id = await draft(office);
  await approve(office, id);
  await run();
  await stopPerson(phone(1));
  await claim(office.db, { provider: 'x', lanes: ['sms'], priorities: [5], limit: 10, now: hoursLater(1) });
  expect((await result(id)).why).toEqual({ opted_out: 1 });
  expect((await result(id)).states).toEqual({ sending: 2, cancelled: 1 });
});

describe('broadcasts and reminders', () => {
  it('go to the segment, once a phone, discreetly where others read', async () => {
    await office.add(
      family('HH-301', phone(1)),
      family('HH-302', phone(1)),
      family('HH-303', phone(3)),
      { ...family('HH-304', phone(4)), area: 'NOR-01' },
      { ...family('HH-305', phone(5)), enrolments: [{ programme: 'SCHOOL', status: 'active' }] },
    );
    const id = await draft(office, {
      kind: 'broadcast',
      source: 'people',
      text: 'sms.fraud',
      title: 'Fraud',
      filter: { programme: 'CASH', area: 'BEY' },
    });
    expect((await campaign(id)).preview).toMatchObject({
      total: 3,
      languages: [{ language: 'en', full: 1, discreet: 2 }],
    });
    await approve(office, id);
    await run();
    const messages = await office.messages();
    expect(messages.map(({ to }) => to).sort()).toEqual([phone(1), phone(3)]);
    expect(messages.find(({ to }) => to === phone(1))?.text).toContain('You have a message');
    expect(messages.find(({ to }) => to === phone(3))?.text).toContain('never send links');
  });

  it('tells who asked that registration is open, once', async () => {
    await office.db.transaction(async (tx) => {
      const { key } = await contactFor(tx, office.keys, { from: phone(1) });
      await tx.query(`insert into notify_when_open values ($1, 'fr', now())`, [key]);
    });
    const made = {
      kind: 'broadcast',
      source: 'subscribers',
      text: 'sms.inf.open',
      title: 'Open',
    } as const;
    const id = await draft(office, made);
    await approve(office, id);
    await run();
    expect((await office.messages()).map(({ text }) => text)).toEqual([
      expect.stringContaining('les inscriptions sont ouvertes') as string,
    ]);
    expect((await campaign(await draft(office, made))).preview).toMatchObject({ total: 0 });
  });

  it('reminds of the day to confirm details, each once for a household and a day', async () => {
    const due = (id: string, n: number, day: string) => ({
      ...family(id, phone(n)),
      enrolments: [{ programme: 'CASH', status: 'active', review_due: day }],
    });
    await office.add(
      due('HH-401', 1, '2027-02-22'),
      due('HH-402', 2, '2026-12-24'),
      due('HH-403', 3, '2026-12-01'),
    );
    await remindOfUpdates(office.campaigns);
    await run();
    expect(await office.messages()).toEqual([]);
    // Ninety and thirty days before, the day after the service first ran.
    office.clock.now = hoursLater(24);
    for (let times = 0; times < 3; times += 1) {
      await remindOfUpdates(office.campaigns);
      await run();
    }
    office.clock.now = hoursLater(48);
    await remindOfUpdates(office.campaigns);
    await run();
    const messages = await office.messages();
    expect(messages.map(({ key }) => key.split(':').slice(0, 3).join(':')).sort()).toEqual([
      'due:30:2026-12-24',
      'due:90:2027-02-22',
    ]);
    expect(messages.find(({ key }) => key.startsWith('due:90'))?.text).toContain('by 22/02/2027');
  });

  it('reminds by the calendar although a draft that nobody approved names the same people', async () => {
    await office.add({
      ...family('HH-401', phone(1)),
      enrolments: [{ programme: 'CASH', status: 'active', review_due: '2027-02-22' }],
    });
    await remindOfUpdates(office.campaigns);
    office.clock.now = hoursLater(24);
    const id = await draft(office, {
      kind: 'broadcast',
      source: 'update_due',
      text: 'sms.up.due',
      title: 'Early',
    });
    const { preview } = await campaign(id);
    expect(preview).toMatchObject({ total: 1, told: 1 });
    expect(preview?.languages[0]?.sample.full).toContain('by 22/02/2027');
    await remindOfUpdates(office.campaigns);
    await run();
    expect(await office.messages()).toHaveLength(1);
    // Approved after all, it tells nobody again, and a stop takes nothing of the other back.
    await approve(office, id);
    await run();
    expect(await office.messages()).toHaveLength(1);
    expect((await result(id)).why).toEqual({ told: 1 });
  });

  it('finds few among many in steps that end in time', async () => {
    await office.add(ready('HH-601', phone(1), 'own', { payment_ref: 'Z-1' }));
    await office.db.query(
      `insert into payment (reference, household, programme, status)
       select 'A-' || n, household, programme, 'collected'
       from payment, generate_series(1, 20001) as n where reference = 'Z-1'`,
    );
    let steps = 0;
    const id = await makeCampaign(office.campaigns, DUE, { by: MAKER, at: at() });
    await runCampaigns(office.campaigns, { id: id ?? '', onChunk: () => (steps += 1) });
    expect((await campaign(id ?? '')).preview).toMatchObject({ total: 1, told: 1 });
    expect(steps).toBe(2);
  });

  it('finds the heads of one sex only by what the registry keeps sealed', async () => {
    const of = (id: string, n: number, sex: string) => {
      const one = family(id, phone(n));
      return { ...one, members: one.members.map((member) => ({ ...member, sex })) };
    };
    await office.add(of('HH-501', 1, 'female'), of('HH-502', 2, 'male'), family('HH-503', phone(3)));
    const id = await draft(office, {
      kind: 'broadcast',
      source: 'people',
      text: 'sms.cond',
      title: 'Women',
      filter: { sex: 'female' },
    });
    expect((await campaign(id)).preview).toMatchObject({ total: 1, told: 1 });
  });
});

it('waits for the end of quiet hours', async () => {
  await office.add(...many(1));
  const id = await draft(office);
  await approve(office, id);
  office.clock.now = new Date(NOON.getTime() + 12 * 3_600_000);
  await run();
  expect((await office.messages())[0]?.due.toISOString()).toBe('2026-11-24T06:00:00.000Z');
});

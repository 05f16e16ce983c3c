/** The line drops at every screen: who dials again lands on the same question, and says again who she is first. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetConversations } from '../support/dialog-state.ts';
import { startService, type Screen, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

const RIMA = '+96170000001';
const CUT = 'The line was cut last time.';

let service: TestService;
let now = lastWednesday();
const pass = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};

beforeAll(async () => {
  service = await startService({ PROFILE: testProfile() }, { now: () => now });
});
afterAll(() => service.stop());
beforeEach(async () => {
  now = lastWednesday();
  await forgetConversations(service.service.deployment.db);
});

/** Somebody who has chosen English. */
async function english(phone = RIMA) {
  const line = service.handset(phone);
  await line.dial();
  await line.send('2');
  return line;
}

const first = (screen: Screen) => screen.text.split('\n')[0];

describe('cut at any screen', () => {
  const complaint = ['3', '4', '1', '1', '2', 'they asked for money'];
  it.each(complaint.map((_, at) => complaint.slice(0, at + 1)))('a complaint: %s', async (...inputs) => {
    const line = await english();
    const last = await line.keys(...inputs);
    expect((await line.dial()).text).toContain(CUT);
    expect((await line.send('1')).text).toBe(last.text);
  });

  it('a complaint is one complaint, with what she said before the cut', async () => {
    const line = await english();
    await line.keys(...complaint);
    await line.dial();
    await line.send('1');
    expect((await line.send('1')).text).toContain('Complaint number');
    await line.dial();
    const again = await line.keys('3', '4', '1');
    expect(again.text).toContain('You already have complaint');
  });

  const status = [['1'], ['1', '0427'], ['1', '0427', '1980'], ['1', '0427', '1980', '1']];
  it.each(status)('status: identity is asked again: %s', async (...inputs) => {
    const line = await english();
    await line.keys(...inputs);
    expect((await line.dial()).text).toContain(CUT);
    const back = await line.send('1');
    expect(back.text).toMatch(inputs.length === 2 ? /YEAR of birth|LAST 4/ : /LAST 4/);
    expect(back.text).not.toMatch(/Active|aid/i);
    const year = back.text.includes('YEAR') ? back : await line.send('0427');
    expect(year.text).toContain('YEAR');
    expect((await line.send('1980')).text).toContain('Cash aid: Active');
  });

  const payment = [['2'], ['2', '1'], ['2', '1', '0427', '1980'], ['2', '1', '0427', '1980', '2']];
  it.each(payment)('payment: %s', async (...inputs) => {
    const line = await english();
    const last = await line.keys(...inputs);
    expect((await line.dial()).text).toContain(CUT);
    const back = await line.send('1');
    if (inputs.length === 1) expect(back.text).toBe(last.text);
    else {
      expect(back.text).toContain('LAST 4');
      const amount = await line.keys('0427', '1980');
      expect(amount.text).toMatch(/145 USD/);
    }
  });

  it('at the offer itself: the offer stands', async () => {
    const line = await english();
    await line.keys('3', '4', '1');
    await line.dial();
    expect((await line.dial()).text).toContain(CUT);
    expect((await line.send('1')).text).toContain('give your name?');
  });

  it('at the menu, in information or after something was stored: the menu', async () => {
    const line = await english();
    expect((await line.dial()).text).toContain('My status');
    await line.keys('4', '3');
    expect((await line.dial()).text).toContain('My status');
    await line.keys('3', '4', '2', '1', '1', '1');
    expect((await line.dial()).text).toContain('My status');
  });
});

describe('how long it waits', () => {
  it.each([
    [9, true],
    [11, false],
  ])('status: %i minutes', async (minutes, isOffered) => {
    const line = await english();
    await line.send('1');
    pass(minutes);
    expect((await line.dial()).text.includes(CUT)).toBe(isOffered);
  });

  it.each([
    [60, true],
    [23 * 60, true],
    [25 * 60, false],
  ])('a complaint: %i minutes', async (minutes, isOffered) => {
    const line = await english();
    await line.keys('3', '4', '1');
    pass(minutes);
    expect((await line.dial()).text.includes(CUT)).toBe(isOffered);
  });

  it('identity does not outlive the session, however short the pause', async () => {
    const line = await english();
    await line.keys('1', '0427', '1980');
    await line.dial();
    await line.send('2');
    expect((await line.send('1')).text).toContain('LAST 4');
  });

  it('identity lapses in a session that sleeps', async () => {
    const line = await english();
    await line.keys('1', '0427', '1980');
    pass(11);
    const screen = await line.send('1');
    expect(screen.text).toContain('LAST 4');
  });
});

it('a private matter is never offered again, and leaves no line in the record', async () => {
  const { db } = service.service.deployment;
  const line = await english();
  await line.keys('3', '5');
  for (const input of ['8', '2', '1']) {
    await line.send(input);
    const other = service.handset(RIMA);
    expect((await other.dial()).text).toContain('My status');
    await other.keys('3', '5');
    await line.dial();
    await line.keys('3', '5', '8');
  }
  const { rows } = await db.query<{ content: Buffer; screen: string | null }>(
    'select content, screen from message',
  );
  expect(rows.length).toBeGreaterThan(0);
  const { keys } = service.service.deployment;
  for (const { content, screen } of rows) {
    expect(screen).not.toBe('private');
    const said = keys.open('conversation', content, 'message');
    expect(said).not.toMatch(/This is private|safe to call|When is it safe|Who should call/);
  }
});

describe('another channel', () => {
  // What is cached of a chat outlives a test: each has a phone of its own.
  let phone = RIMA;
  beforeEach(() => {
    phone = phone === RIMA ? '+96171770000' : `+${Number(phone.slice(1)) + 1}`;
  });
  const chat = (text: string, id: string) =>
    service.service.handlers.message({
      channel: 'whatsapp',
      provider: 'simulator-whatsapp',
      from: phone,
      phone,
      id,
      text,
    });
  const said = async () => (await service.inbox(phone)).at(-1) ?? '';

  it('WhatsApp offers the draft once, with what she said, and asks who she is by itself', async () => {
    phone = RIMA;
    const line = await english(phone);
    await line.keys('1', '0427', '1980', '0', '0', '3', '4', '1');
    await chat('hello', 'wa-1');
    expect(await said()).toMatch(/did not finish/);
    await chat('1', 'wa-2');
    expect(await said()).toContain('give your name?');
    await chat('menu', 'wa-3');
    await chat('1', 'wa-4');
    expect(await said()).toContain('LAST 4');
    await chat('menu', 'wa-5');
    expect(await said()).not.toMatch(/did not finish/);
  });

  it('after the draft moved to the chat, the phone does not offer it a second time', async () => {
    const line = await english(phone);
    await line.keys('3', '4', '1');
    await chat('hello', 'wa-6');
    await chat('1', 'wa-7');
    await chat('1', 'wa-8');
    await chat('1', 'wa-9');
    await chat('1', 'wa-10');
    expect(await said()).toContain('Complaint number');
    expect((await line.dial()).text).toContain('My status');
    const { rows } = await service.service.deployment.db.query<{ n: number }>(
      'select count(*) as n from grievance',
    );
    expect(rows[0]?.n).toBe(1);
  });

  it('refused in the chat, it is offered there no more, and the phone still has it', async () => {
    const line = await english(phone);
    await line.keys('3', '4', '1');
    await chat('hello', 'wa-11');
    await chat('2', 'wa-12');
    expect(await said()).toContain('Wasl - free');
    expect((await line.dial()).text).toContain(CUT);
  });

  it('SMS offers nothing: it answers what was asked', async () => {
    const line = await english(phone);
    await line.keys('3', '4', '1');
    await service.sms(phone, 'payment');
    expect(await said()).not.toMatch(/did not finish|line was cut/);
  });
});

describe('after a deploy that changed the dialog', () => {
  /** The stored place as an older release would have left it. */
  async function age(change: (here: { version: number; value: unknown }) => void): Promise<void> {
    const { db, keys } = service.service.deployment;
    const { rows } = await db.query<{ contact: string; state: Buffer }>(
      "select contact, state from conversation where channel = 'ussd'",
    );
    for (const { contact, state } of rows) {
      const opened = keys.openJson('conversation', state, 'conversation') as {
        session: { here: { version: number; value: unknown } | null };
      };
      if (opened.session.here) change(opened.session.here);
      await db.query(
        "update conversation set state = $2, seq = seq + 1 where contact = $1 and channel = 'ussd'",
        [contact, keys.sealJson('conversation', opened, 'conversation')],
      );
    }
  }

  it('the flow starts again with what she said, and says so', async () => {
    const line = await english();
    await line.keys('3', '4', '1', '1');
    await age((here) => {
      here.version = 0;
      here.value = 'a state that is gone';
    });
    await line.dial();
    const screen = await line.send('1');
    expect(screen.raw).toMatch(/^CON /);
    expect(screen.text).toMatch(/updated|changed|new/i);
    expect(screen.text).toContain('Add details?');
  });

  it('in mid-session too', async () => {
    const line = await english();
    await line.keys('3', '4', '1');
    await age((here) => {
      here.version = 0;
      here.value = { gone: 'too' };
    });
    const screen = await line.send('1');
    expect(screen.raw).toMatch(/^CON /);
    expect(first(screen)).toBeTruthy();
  });
});

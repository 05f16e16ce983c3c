/** A chat through Twilio, from the signed callback to the carrier's API, and what a forged one leaves behind: nothing. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountSid, authToken, publicUrl, sign } from '../channels/twilio-signed.ts';
import { forgetConversations, rowCounts } from '../support/dialog-state.ts';
import { startService, type TestService } from '../support/service.ts';
import { startCarrier, type Carrier, type SentMessage } from '../support/stand-in-carrier.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

const RIMA = '+96170000001';
let carrier: Carrier;
let service: TestService;

beforeAll(async () => {
  carrier = await startCarrier();
  service = await startService(
    {
      PROFILE: testProfile(),
      PUBLIC_URL: publicUrl,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_FROM: '+254200000000',
      TWILIO_WHATSAPP_FROM: '+254200000001',
      TWILIO_BASE_URL: carrier.url,
    },
    { now: () => lastWednesday() },
  );
});
afterAll(async () => {
  await service.stop();
  await carrier.stop();
});
beforeEach(async () => {
  carrier.outbox.length = 0;
  await forgetConversations(service.service.deployment.db);
});

type Message = { text?: string; from?: string; sid?: string; more?: Record<string, string> };

async function post({ text = '', from = RIMA, sid, more = {} }: Message, token = authToken, signed = true) {
  const params = {
    MessageSid: sid ?? `SM${randomBytes(16).toString('hex')}`,
    AccountSid: accountSid,
    From: `whatsapp:${from}`,
    To: 'whatsapp:+254200000001',
    WaId: from.slice(1),
    ProfileName: 'R',
    Body: text,
    NumMedia: '0',
    ...more,
  };
  const path = '/webhooks/dev/twilio/whatsapp';
  return fetch(service.url + path, {
    method: 'POST',
    body: new URLSearchParams(params),
    headers: signed ? { 'x-twilio-signature': sign(publicUrl + path, params, token) } : {},
  });
}

/** Sends, and waits for what comes back. */
async function say(message: Message): Promise<SentMessage> {
  const before = carrier.outbox.length;
  const answer = await post(message);
  expect(answer.status).toBeLessThan(300);
  await vi.waitFor(
    () => {
      expect(carrier.outbox.length).toBe(before + 1);
    },
    { timeout: 10_000, interval: 25 },
  );
  return carrier.outbox.at(-1) as SentMessage;
}

describe('a signed message', () => {
  it('is answered with a list through the Content API, and a tap on it is a choice', async () => {
    const menu = await say({ text: 'hello' });
    expect(menu).toMatchObject({ channel: 'whatsapp', to: RIMA });
    expect(Object.keys(menu.content?.types ?? {})).toEqual(['twilio/list-picker']);
    const list = menu.content?.types['twilio/list-picker'] as { items: { item: string; id: string }[] };
    expect(list.items.length).toBeLessThanOrEqual(10);
    const payment = list.items.find(({ item }) => item === 'Payment');
    expect(payment).toBeDefined();
    const next = await say({ text: 'Payment', more: { ListId: payment?.id ?? '', ListTitle: 'Payment' } });
    expect(JSON.stringify(next.content ?? next.body)).toContain('My next payment');
  });

  it('leads to her amount, and the words she shows who she is with are kept nowhere', async () => {
    await say({ text: 'hello' });
    await say({ text: '2' });
    expect((await say({ text: '1' })).body).toContain('LAST 4 digits');
    expect((await say({ text: '0427' })).body).toContain('YEAR of birth');
    const amount = await say({ text: '1980' });
    expect(JSON.stringify([amount.body, amount.content, amount.variables])).toContain('145 USD');
    const { db, keys } = service.service.deployment;
    const { rows } = await db.query<{ content: Buffer }>(
      "select content from message where direction = 'in'",
    );
    const said = rows.map(({ content }) => keys.open('conversation', content, 'message'));
    expect(said.join(' ')).not.toMatch(/0427|1980/);
    expect(said).toHaveLength(5);
  });

  it('offers two or three short choices as buttons', async () => {
    await say({ text: 'hello' });
    for (const text of ['2', '2', '0427', '1980']) await say({ text });
    const fee = await say({ text: '1' });
    const buttons = fee.content?.types['twilio/quick-reply'] as { actions: { title: string; id: string }[] };
    expect(buttons.actions.map(({ title }) => title)).toEqual(['No', 'Yes', 'Skip']);
    const thanks = await say({
      text: 'No',
      more: { ButtonPayload: buttons.actions[0]?.id ?? '', ButtonText: 'No' },
    });
    expect(JSON.stringify([thanks.body, thanks.content])).toContain('Thank you, recorded');
  });

  it('delivered twice is answered once', async () => {
    const sid = `SM${'a'.repeat(32)}`;
    await say({ text: 'hello', sid });
    const counts = await rowCounts(service.service.deployment.db);
    expect((await post({ text: 'hello', sid })).status).toBeLessThan(300);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(carrier.outbox).toHaveLength(1);
    expect(await rowCounts(service.service.deployment.db)).toEqual(counts);
  });

  it('makes one content object for one screen, however many people see it', async () => {
    await say({ text: 'hello', from: '+96171770001' });
    const made = carrier.contents.size;
    await say({ text: 'hello', from: '+96171770002' });
    expect(carrier.contents.size).toBe(made);
  });
});

describe('a message that is not signed', () => {
  it.each<[string, string, boolean]>([
    ['by nobody', authToken, false],
    ['by somebody else', 'another_token', true],
  ])('%s: 403, and nothing is stored or sent', async (_name, token, signed) => {
    const before = await rowCounts(service.service.deployment.db);
    const answer = await post({ text: 'hello' }, token, signed);
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toMatch(/stack|node_modules/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await rowCounts(service.service.deployment.db)).toEqual(before);
    expect(carrier.outbox).toEqual([]);
  });
});

describe('long numbers', () => {
  it('by SMS are hidden before anything is stored', async () => {
    const { db, keys } = service.service.deployment;
    await service.sms(RIMA, 'my card 4111 1111 1111 1111 does not work at the machine since Monday');
    await service.sms(RIMA, '000012340427');
    const { rows } = await db.query<{ content: Buffer }>('select content from message');
    const said = rows.map(({ content }) => keys.open('conversation', content, 'message')).join('\n');
    expect(said).toContain('•');
    expect(said).not.toMatch(/4111|000012340427/);
    const { rows: cases } = await db.query<{ text_sealed: Buffer }>('select text_sealed from grievance');
    expect(cases).toHaveLength(1);
    for (const { text_sealed: sealed } of cases) {
      expect(JSON.stringify(keys.openJson('case', sealed, 'grievance.text'))).not.toContain('4111');
    }
    const { rows: places } = await db.query<{ state: Buffer }>('select state from conversation');
    for (const { state } of places) {
      expect(JSON.stringify(keys.openJson('conversation', state, 'conversation'))).not.toMatch(
        /4111|000012340427/,
      );
    }
  });
});

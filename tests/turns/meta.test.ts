/** A chat by Meta's Cloud API, from the signed post to the request that answers it, and what its statuses settle. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { enqueue } from '../../src/notifications/outbox.ts';
import {
  accessToken,
  metaReceiver,
  notification,
  phoneNumberId,
  signedHeaders,
} from '../channels/meta-signed.ts';
import { accountSid, authToken, publicUrl, sign } from '../channels/twilio-signed.ts';
import { forgetConversations, rowCounts } from '../support/dialog-state.ts';
import { startService, type TestService } from '../support/service.ts';
import { startCarrier, type Carrier, type SentMessage } from '../support/stand-in-carrier.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

const RIMA = '+96170000001';
const NOBODY = 'LB.1234567890123456';
let carrier: Carrier;
let service: TestService;

beforeAll(async () => {
  carrier = await startCarrier();
  service = await startService(
    {
      PROFILE: testProfile(),
      PUBLIC_URL: publicUrl,
      META_APP_SECRET: metaReceiver.appSecret,
      META_VERIFY_TOKEN: metaReceiver.verifyToken,
      META_ACCESS_TOKEN: accessToken,
      META_PHONE_NUMBER_ID: phoneNumberId,
      META_BASE_URL: `${carrier.url}/v26.0`,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
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

async function deliver(body: string, headers = signedHeaders(body)): Promise<Response> {
  return fetch(`${service.url}/webhooks/dev/meta/whatsapp`, { method: 'POST', body, headers });
}

const wamid = () => `wamid.${randomBytes(8).toString('hex')}`;

function message(content: object, from = RIMA, id = wamid()): string {
  const sender = from === NOBODY ? { from_user_id: from } : { from: from.slice(1) };
  return notification({ messages: [{ ...sender, id, timestamp: '1790000000', ...content }] });
}

const text = (body: string): object => ({ type: 'text', text: { body } });
const tap = (type: 'list_reply' | 'button_reply', id: string, title: string): object => ({
  type: 'interactive',
  interactive: { type, [type]: { id, title } },
});

async function nextSent(before: number): Promise<SentMessage> {
  await vi.waitFor(
    () => {
      expect(carrier.outbox.length).toBe(before + 1);
    },
    { timeout: 10_000, interval: 25 },
  );
  return carrier.outbox.at(-1) as SentMessage;
}

/** Writes, and waits for what comes back. */
async function say(content: object, from = RIMA): Promise<SentMessage> {
  const before = carrier.outbox.length;
  expect((await deliver(message(content, from))).status).toBe(200);
  return nextSent(before);
}

type Interactive = {
  interactive: {
    type: string;
    action: {
      sections: { rows: { id: string; title: string }[] }[];
      buttons: { reply: { id: string; title: string } }[];
    };
  };
};
const interactive = ({ payload }: SentMessage): Interactive['interactive'] =>
  (payload as Interactive).interactive;

describe('a dialog', () => {
  it('is led by taps and words to her amount', async () => {
    const menu = await say(text('hello'));
    expect(menu).toMatchObject({ provider: 'meta', to: RIMA });
    expect(interactive(menu).type).toBe('list');
    const rows = interactive(menu).action.sections.flatMap((section) => section.rows);
    const payment = rows.find(({ title }) => title === 'Payment');
    const next = await say(tap('list_reply', payment?.id ?? '', 'Payment'));
    expect(JSON.stringify(next.payload)).toContain('My next payment');
    expect((await say(text('1'))).body).toContain('LAST 4 digits');
    expect((await say(text('0427'))).body).toContain('YEAR of birth');
    expect(JSON.stringify((await say(text('1980'))).payload)).toContain('145 USD');
  });

  it('offers two or three short choices as buttons, and a tap on one is a choice', async () => {
    await say(text('hello'));
    for (const words of ['2', '2', '0427', '1980']) await say(text(words));
    const fee = await say(text('1'));
    const { buttons } = interactive(fee).action;
    expect(buttons.map(({ reply }) => reply.title)).toEqual(['No', 'Yes', 'Skip']);
    const thanks = await say(tap('button_reply', buttons[0]?.reply.id ?? '', 'No'));
    expect(JSON.stringify(thanks.payload)).toContain('Thank you, recorded');
  });

  it('is had with somebody without a phone number, who is answered by her id', async () => {
    const menu = await say(text('hello'), NOBODY);
    expect(menu).toMatchObject({ provider: 'meta', to: NOBODY, payload: { recipient: NOBODY } });
    const { db, keys } = service.service.deployment;
    const { rows } = await db.query('select phone from contact where key = $1', [
      keys.index('contact', NOBODY),
    ]);
    expect(rows).toEqual([{ phone: null }]);
  });

  it('answers what it cannot read', async () => {
    const answer = await say({ type: 'unsupported', errors: [{ code: 131051 }] });
    // As to an empty first message: which language?
    expect([answer.body, interactive(answer).type]).toEqual(['اختاروا:', 'button']);
  });
});

describe('a post', () => {
  it('delivered twice is answered once', async () => {
    const body = message(text('hello'));
    await deliver(body);
    await nextSent(0);
    const counts = await rowCounts(service.service.deployment.db);
    expect((await deliver(body)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(carrier.outbox).toHaveLength(1);
    expect(await rowCounts(service.service.deployment.db)).toEqual(counts);
  });

  it.each<[string, (body: string) => Record<string, string>]>([
    ['by nobody', () => ({})],
    ['by somebody else', (body) => signedHeaders(body, 'another_secret')],
  ])('signed %s is 403, and nothing is stored or sent', async (_name, headersFor) => {
    const before = await rowCounts(service.service.deployment.db);
    const body = message(text('hello'));
    expect((await deliver(body, headersFor(body))).status).toBe(403);
    expect(await rowCounts(service.service.deployment.db)).toEqual(before);
    expect(carrier.outbox).toEqual([]);
  });

  it('verifies the address', async () => {
    const query = 'hub.mode=subscribe&hub.challenge=7&hub.verify_token=vt_test';
    const answer = await fetch(`${service.url}/webhooks/dev/meta/whatsapp?${query}`);
    expect([answer.status, await answer.text()]).toEqual([200, '7']);
  });
});

type State = { state: string; provider: string };

async function stateOf(key: string): Promise<State | undefined> {
  const { rows } = await service.service.deployment.db.query<State>(
    'select state, provider from outbound where key = $1',
    [key],
  );
  return rows[0];
}

async function until(key: string, state: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await stateOf(key))?.state).toBe(state);
    },
    { timeout: 10_000, interval: 50 },
  );
}

/** Sends a message of our own initiative; null: by whichever product comes first. */
async function notify(key: string, provider: string | null = null): Promise<void> {
  const { db, keys } = service.service.deployment;
  await enqueue(db, keys, {
    ...{ contact: null, channel: 'whatsapp', provider, address: RIMA, key, due: lastWednesday() },
    content: { kind: 'text', body: key },
    kind: 'answer',
  });
}

describe('statuses', () => {
  it('that come in any order leave the message at its furthest', async () => {
    await notify('order');
    const { id } = await nextSent(0);
    await until('order', 'sent');
    for (const status of ['delivered', 'read', 'sent', 'delivered'])
      expect((await deliver(notification({ statuses: [{ id, status }] }))).status).toBe(200);
    expect((await stateOf('order'))?.state).toMatch(/^(delivered|read)$/);
  });

  it('settle a message whose answer was lost, by our own id in them', async () => {
    carrier.failNext('reset');
    await notify('lost');
    const { payload, id } = await nextSent(0);
    await until('lost', 'unknown');
    const ours = payload?.['biz_opaque_callback_data'];
    const status = { id, status: 'delivered', biz_opaque_callback_data: ours };
    await deliver(notification({ statuses: [status] }));
    expect((await stateOf('lost'))?.state).toBe('delivered');
    expect(carrier.outbox).toHaveLength(1);
  });

  it('say that the window was closed', async () => {
    await notify('closed');
    const { id } = await nextSent(0);
    await until('closed', 'sent');
    await deliver(notification({ statuses: [{ id, status: 'failed', errors: [{ code: 131047 }] }] }));
    expect((await stateOf('closed'))?.state).toBe('failed');
  });
});

describe('beside WhatsApp by Twilio', () => {
  it('answers leave by the product that was written to, and the rest by Meta', async () => {
    const params = {
      MessageSid: `SM${randomBytes(16).toString('hex')}`,
      AccountSid: accountSid,
      From: `whatsapp:${RIMA}`,
      To: 'whatsapp:+254200000001',
      Body: 'hello',
    };
    const path = '/webhooks/dev/twilio/whatsapp';
    const headers = { 'x-twilio-signature': sign(publicUrl + path, params) };
    await fetch(service.url + path, { method: 'POST', body: new URLSearchParams(params), headers });
    expect((await nextSent(0)).provider).toBe('twilio');
    await notify('either');
    expect((await nextSent(1)).provider).toBe('meta');
    await notify('fixed', 'twilio-whatsapp');
    expect((await nextSent(2)).provider).toBe('twilio');
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handsets } from '../../src/simulator/handsets.ts';
import { pageFiles } from '../../src/simulator/page-files.ts';
import type { HandsetMessage, Setup } from '../../src/simulator/protocol.ts';
import { code, startScripted } from './support.ts';
import type { Scripted } from './support.ts';

const phone = '+96170000001';

let service: Scripted;
beforeEach(async () => {
  service = await startScripted();
});
afterEach(() => service.stop());

async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${service.url}/simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function takeHandset(number = phone): Promise<string> {
  return (await post('/handsets', { phone: number })).body['id'] ?? '';
}

/** Collects what a handset's stream sends until `count` messages have come. */
async function listen(id: string, count: number, lastEventId?: string): Promise<HandsetMessage[]> {
  const aborter = new AbortController();
  const response = await fetch(`${service.url}/simulator/handsets/${id}/events`, {
    signal: aborter.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  const messages: HandsetMessage[] = [];
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const events = (rest + Buffer.from(chunk).toString()).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) messages.push(JSON.parse(data) as HandsetMessage);
    }
    if (messages.length >= count) break;
  }
  aborter.abort();
  return messages;
}

describe('setup', () => {
  it('tells the page what to dial, where to post and whom to try', async () => {
    const setup = (await (await fetch(`${service.url}/simulator/setup`)).json()) as Setup;
    expect(setup).toMatchObject({
      serviceCode: code,
      smsNumber: '1747',
      ussdPath: '/webhooks/dev/africastalking/ussd',
    });
    expect(setup.people[0]).toMatchObject({ phone, last4: '0427', birthYear: 1980 });
  });
});

describe('handsets', () => {
  it('gives the same handset for the same number, however it is written', async () => {
    const first = await post('/handsets', { phone });
    const again = await post('/handsets', { phone: '00961 70 000 001' });
    expect(first.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(first.body).toMatchObject({ phone });
    expect(first.body['id']).not.toContain('70000001');
  });

  it.each([{ phone: '12' }, { phone: 'hello' }, { phone: 7 }, {}, '{', '"text"'])(
    'refuses %j with a sentence',
    async (body) => {
      const answer = await post('/handsets', body);
      expect(answer.status).toBe(400);
      expect(answer.body['error']).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('knows no handset that nobody took', async () => {
    expect((await fetch(`${service.url}/simulator/handsets/nobody/events`)).status).toBe(404);
    const answer = await post('/handsets/nobody/messages', { channel: 'sms', text: 'hello' });
    expect(answer.status).toBe(404);
    expect(answer.body['error']).toContain('POST handsets');
  });
});

describe('messages from the person', () => {
  it('reach the service as the channel they were written in, and stand in the inbox with the answer', async () => {
    const id = await takeHandset();
    const sent = await post(`/handsets/${id}/messages`, { channel: 'sms', text: ' STATUS ' });
    expect(sent.status).toBe(202);
    expect(service.heard.messages).toEqual([
      {
        channel: 'sms',
        provider: 'simulator-sms',
        from: phone,
        phone,
        to: '1747',
        id: sent.body['id'],
        text: 'STATUS',
      },
    ]);
    expect(await listen(id, 2)).toMatchObject([
      { channel: 'sms', from: 'person', text: 'STATUS' },
      { channel: 'sms', from: 'service', text: 'You wrote: STATUS' },
    ]);
  });

  it('carry the id of a tapped row', async () => {
    const id = await takeHandset();
    await post(`/handsets/${id}/messages`, { channel: 'whatsapp', text: 'Payment', choice: 'menu/pay' });
    expect(service.heard.messages[0]).toMatchObject({
      channel: 'whatsapp',
      provider: 'simulator-whatsapp',
      choice: 'menu/pay',
    });
    expect(service.heard.messages[0]).not.toHaveProperty('to');
  });

  it.each([
    { channel: 'ussd', text: 'x' },
    { channel: 'sms', text: '  ' },
    { channel: 'sms' },
    { channel: 'whatsapp', text: 'x'.repeat(4_097) },
    { channel: 'whatsapp', text: 'x', choice: '' },
  ])('are refused when they are none: %j', async (body) => {
    const answer = await post(`/handsets/${await takeHandset()}/messages`, body);
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toContain('channel');
    expect(service.heard.messages).toEqual([]);
  });

  it('say so when the service could not take them', async () => {
    service.broken = true;
    const answer = await post(`/handsets/${await takeHandset()}/messages`, { channel: 'sms', text: 'x' });
    expect(answer.status).toBe(503);
    expect(answer.body['error']).toContain('could not take');
  });
});

describe('messages to the person', () => {
  it('arrive on the handset in all their forms, and are reported as delivered', async () => {
    const id = await takeHandset();
    const { whatsapp } = service.channels;
    const rows = [{ id: 'a/1', title: 'One', description: 'first' }];
    const sent = [
      await whatsapp.send?.({ id: '1', to: phone, content: { kind: 'text', body: 'plain' } }),
      await whatsapp.send?.({
        id: '2',
        to: phone,
        content: { kind: 'buttons', body: 'tap', buttons: rows, personal: false },
      }),
      await whatsapp.send?.({
        id: '3',
        to: phone,
        content: { kind: 'list', body: 'pick', button: 'Menu', rows, personal: false },
      }),
      await whatsapp.send?.({
        id: '4',
        to: phone,
        content: { kind: 'template', name: 'paid', language: 'en', variables: [], fallback: 'in full' },
      }),
    ];
    const messages = await listen(id, 4);
    expect(messages.map(({ text, buttons, list }) => ({ text, buttons, list }))).toEqual([
      { text: 'plain', buttons: undefined, list: undefined },
      { text: 'tap', buttons: rows, list: undefined },
      { text: 'pick', buttons: undefined, list: { button: 'Menu', rows } },
      { text: 'in full', buttons: undefined, list: undefined },
    ]);
    await vi.waitFor(() => {
      expect(service.heard.receipts).toEqual(
        sent.map((one) => ({
          provider: 'simulator-whatsapp',
          providerId: one?.providerId,
          state: 'delivered',
          raw: 'delivered',
        })),
      );
    }, 3_000);
  });

  it('wait for a page that comes later, and are not sent twice to one that reconnects', async () => {
    const { sms } = service.channels;
    await sms.send?.({ id: '1', to: phone, content: { kind: 'text', body: 'first' } });
    const id = await takeHandset();
    const [first] = await listen(id, 1);
    await sms.send?.({ id: '2', to: phone, content: { kind: 'text', body: 'second' } });
    expect((await listen(id, 1, first?.id)).map(({ text }) => text)).toEqual(['second']);
  });

  it('come live, and only to their own number', async () => {
    const { sms } = service.channels;
    const id = await takeHandset();
    const coming = listen(id, 1);
    await sms.send?.({ id: '1', to: '+96170000002', content: { kind: 'text', body: 'not hers' } });
    await sms.send?.({ id: '2', to: phone, content: { kind: 'text', body: 'hers' } });
    expect((await coming).map(({ text }) => text)).toEqual(['hers']);
  });
});

describe('memory', () => {
  const message = (n: number): HandsetMessage => ({
    id: String(n),
    channel: 'sms',
    from: 'service',
    at: '2026-11-22T08:00:00Z',
    text: String(n),
  });

  it('keeps the last messages of a phone', () => {
    const held = handsets({ phones: 2, messages: 3 });
    for (const n of [1, 2, 3, 4, 5]) held.put(phone, message(n));
    const seen: string[] = [];
    held.watch(held.open(phone), ({ text }) => seen.push(text));
    expect(seen).toEqual(['3', '4', '5']);
  });

  it('lets go of the phone unused for longest, but not of one that is looked at', () => {
    const held = handsets({ phones: 2, messages: 3 });
    const watched = held.open('+1');
    held.watch(watched, () => undefined);
    const idle = held.open('+2');
    held.open('+3');
    expect(held.phoneOf(watched)).toBe('+1');
    expect(held.phoneOf(idle)).toBeUndefined();
  });
});

describe('page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-page-'));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function get(): Promise<Response> {
    const server = express().use('/simulator', pageFiles(folder)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/simulator`);
    } finally {
      server.close();
    }
  }

  it('says what to run while it is not built', async () => {
    const response = await get();
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });

  it('is served under a policy that lets nothing foreign and nothing inline run', async () => {
    for (const file of ['src/simulator/page/page.html', 'dist/simulator/simulator/page/main.js']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'hello');
    }
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});

/**
 * What holds for every channel that hears messages or sends them, whatever its provider: the same citizen's message
 * comes out the same, a redelivery keeps its id, failures are SendError and never tell a secret, noise gets an answer.
 */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SendError } from '../../src/channels/channel.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { startCarrier } from '../support/stand-in-carrier.ts';
import type { Carrier, FailureKind } from '../support/stand-in-carrier.ts';
import { mount } from './support.ts';
import type { Body, Mounted } from './support.ts';

/** One request as the provider would make it. */
export type Callback = { path: string; body: Body; headers?: Record<string, string> };

/** A message as the citizen wrote it, in no provider's form. */
export type Written = { id: string; from: string; to: string; text: string };

export type Contract = {
  open: (carrierUrl: string) => Channel;
  /** Strings that must never be seen outside: keys and tokens. */
  secrets: string[];
  /** The provider's callback for a message. `url` is the address of the channel's routes. */
  callback: (written: Written, url: string) => Callback;
  /** What asks the provider to deliver again; 500. */
  again?: number;
  /** Bytes of a body that is too large; 70,000. */
  tooLarge?: number;
};

const written: Written = {
  id: 'MSG-1',
  from: '+254700000001',
  to: '+254200000000',
  text: 'حالة ١٢٣٤ & plus + encore',
};
const personal = 'Souad, your payment of 145.00 waits';

const outcomes: [FailureKind, Partial<SendError>][] = [
  ['rate', { code: 'rate', retryable: true, unknown: false }],
  ['error', { code: 'unavailable', retryable: true, unknown: false }],
  ['unavailable', { code: 'unavailable', retryable: true, unknown: false }],
  ['unauthorized', { code: 'credentials', retryable: false, alert: true }],
  ['redirect', { code: 'configuration', alert: true }],
  ['invalidNumber', { code: 'to.invalid', retryable: false, optOut: false }],
  ['optedOut', { code: 'to.optedOut', retryable: false, optOut: true }],
  ['timeout', { code: 'answer.lost', retryable: false, unknown: true }],
  ['reset', { code: 'answer.lost', retryable: false, unknown: true }],
  ['unreadable', { code: 'answer.lost', retryable: false, unknown: true }],
];

/** Runs the suite for one channel. `open` must give it a time-out well under a second. */
export function holdsTheContract({
  open,
  secrets,
  callback,
  again = 500,
  tooLarge = 70_000,
}: Contract): void {
  let carrier: Carrier;
  let channel: Channel;
  let mounted: Mounted;
  beforeEach(async () => {
    carrier = await startCarrier();
    channel = open(carrier.url);
    mounted = await mount(channel);
  });
  afterEach(async () => {
    await mounted.stop();
    await carrier.stop();
  });

  const deliver = (over: Partial<Written> = {}): Promise<Response> => {
    const { path, body, headers } = callback({ ...written, ...over }, mounted.url);
    return mounted.post(path, body, headers);
  };
  const send = async (body = personal): Promise<unknown> =>
    channel.send?.({ id: 'out-1', to: written.from, content: { kind: 'text', body } });
  const failed = async (): Promise<SendError> => {
    const error: unknown = await send().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SendError);
    return error as SendError;
  };

  describe('hears', () => {
    test('one message', async () => {
      expect((await deliver()).status).toBe(200);
      expect(mounted.handlers.heard.message).toEqual([
        [
          {
            channel: channel.channel,
            provider: channel.name,
            from: '+254700000001',
            phone: '+254700000001',
            to: '+254200000000',
            id: 'MSG-1',
            text: written.text,
          },
        ],
      ]);
    });

    test('a redelivery under the same id', async () => {
      await deliver();
      await deliver();
      await deliver({ id: 'MSG-2' });
      expect(mounted.handlers.heard.message.map(([{ id }]) => id)).toEqual(['MSG-1', 'MSG-1', 'MSG-2']);
    });

    test('that the service failed, and says so, without words for the citizen', async () => {
      mounted.handlers.broken = new Error('database gone');
      const res = await deliver();
      expect([res.status, await res.text()]).toEqual([again, '']);
    });

    test.each<[string, Body, string]>([
      ['nothing', '', 'application/x-www-form-urlencoded'],
      ['noise', '%%%=%zz&=&&', 'application/x-www-form-urlencoded'],
      ['JSON', '{"from":"+254700000001"}', 'application/json'],
      ['broken JSON', '{', 'application/json'],
      ['bytes', new Uint8Array([0, 255, 254]), 'application/octet-stream'],
      ['a strange charset', 'a=1', 'application/x-www-form-urlencoded; charset=klingon'],
    ])('%s, and answers without handling it', async (_name, body, type) => {
      const res = await mounted.post('/', body, { 'content-type': type });
      expect(res.status).toBeGreaterThanOrEqual(200);
      expect(res.status).toBeLessThan(500);
      expect(mounted.handlers.heard.message).toEqual([]);
    });

    test('that enough is enough', async () => {
      const { path, body, headers } = callback({ ...written, text: 'x'.repeat(tooLarge) }, mounted.url);
      expect((await mounted.post(path, body, headers)).status).toBe(413);
      expect(mounted.handlers.heard.message).toEqual([]);
    });
  });

  describe('sends', () => {
    test('a text', async () => {
      expect(await send('مرحبا & 100%')).toEqual(
        expect.objectContaining({ providerId: carrier.outbox[0]?.id }) as unknown,
      );
      expect(carrier.outbox).toMatchObject([
        { channel: channel.channel, to: '+254700000001', body: 'مرحبا & 100%' },
      ]);
    });

    test.each(outcomes)('and reads %s', async (kind, expected) => {
      carrier.failNext(kind);
      expect(await failed()).toMatchObject(expected);
      expect(carrier.requests).toHaveLength(1);
    });

    test('to a carrier that is not there: nothing left, try again', async () => {
      await carrier.stop();
      expect(await failed()).toMatchObject({ code: 'unavailable', retryable: true, unknown: false });
    });

    test.each(outcomes.map(([kind]) => kind))('and tells no secret after %s', async (kind) => {
      carrier.failNext(kind);
      const error = await failed();
      const told = [
        String(error),
        error.stack,
        JSON.stringify(error),
        inspect(error, { depth: 10, showHidden: true }),
      ].join('\n');
      for (const secret of [...secrets, '700000001', 'Souad']) expect(told).not.toContain(secret);
    });

    test.each(['', 'abc', '+12', 'whatsapp:+254700000001'])('nothing to %j', async (to) => {
      const sent = channel.send?.({ id: 'out-1', to, content: { kind: 'text', body: 'x' } });
      await expect(sent).rejects.toMatchObject({ name: 'SendError', code: 'to.invalid' });
      expect(carrier.requests).toEqual([]);
    });

    test('nothing empty', async () => {
      await expect(send('  ')).rejects.toMatchObject({ name: 'SendError', code: 'content.invalid' });
      expect(carrier.requests).toEqual([]);
    });
  });

  describe('checks', () => {
    test('good credentials', async () => {
      expect(await channel.check?.()).toBeUndefined();
    });

    test.each<FailureKind>(['unauthorized', 'error', 'timeout', 'reset'])('%s', async (kind) => {
      carrier.failNext(kind);
      const advice = (await channel.check?.()) ?? '';
      expect(advice).toMatch(/\w+ \w+/);
      for (const secret of secrets) expect(advice).not.toContain(secret);
    });
  });
}

import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { africasTalkingUssd } from '../../src/channels/africastalking-ussd.ts';
import samples from '../fixtures/channels/at-payloads.json' with { type: 'json' };
import { mount } from './support.ts';
import type { Body, Mounted } from './support.ts';

const valid = samples.ussd.initial.fields;
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

let at: Mounted;
beforeEach(async () => {
  at = await mount(africasTalkingUssd());
});
afterEach(() => at.stop());

describe('a turn', () => {
  test.each(Object.entries(samples.ussd))('%s reaches the service', async (_name, { body, fields }) => {
    const res = await at.post('/', body);
    expect(res.status).toBe(200);
    expect(res.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await res.text()).toBe('CON Welcome');
    const turn = {
      provider: 'africastalking-ussd',
      sessionId: fields.sessionId,
      phone: '+254700000001',
      serviceCode: fields.serviceCode,
      text: fields.text,
    };
    expect(at.handlers.heard.ussd).toEqual([
      ['networkCode' in fields ? { ...turn, networkCode: fields.networkCode } : turn],
    ]);
  });

  test('keeps Arabic, stars and hashes exactly as typed', async () => {
    await at.post('/', form({ ...valid, text: '2*12*34*حالة #٥*' }));
    expect(at.handlers.heard.ussd[0]?.[0].text).toBe('2*12*34*حالة #٥*');
  });

  test('accepts a network code nobody has heard of', async () => {
    await at.post('/', form({ ...valid, networkCode: 'SYRIATEL-1' }));
    expect(at.handlers.heard.ussd[0]?.[0].networkCode).toBe('SYRIATEL-1');
  });

  test('completes a national number with the default country', async () => {
    const local = await mount(africasTalkingUssd({ defaultCountry: 'LB' }));
    await local.post('/', form({ ...valid, phoneNumber: '70000001' }));
    expect(local.handlers.heard.ussd[0]?.[0].phone).toBe('+96170000001');
    await local.stop();
  });

  test('END closes the session', async () => {
    at.handlers.screen = { text: 'شكرا', end: true };
    expect(await (await at.post('/', form(valid))).text()).toBe('END شكرا');
  });

  test.each([
    ['case:status', 'case:status'],
    ['a|b', 'a-b'],
    ['x'.repeat(120), 'x'.repeat(99)],
    ['menu\r\nset-cookie: a=b', 'menuset-cookie: a=b'],
    ['حالة', null],
  ])('label %j leaves as %s', async (label, header) => {
    at.handlers.screen = { text: 'Menu', end: false, label };
    const res = await at.post('/', form(valid));
    expect(res.status).toBe(200);
    expect(res.headers.get('at-ussd-hop-metadata')).toBe(header);
  });
});

describe('what is no turn still gets 200 and END', () => {
  const without = (name: string): string =>
    form(Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name)));

  test.each<[string, Body, Record<string, string>]>([
    ['nothing', '', {}],
    ['noise', '%%%=%zz&&&===', {}],
    ['a JSON body', JSON.stringify(valid), { 'content-type': 'application/json' }],
    ['plain text', form(valid), { 'content-type': 'text/plain' }],
    [
      'an unknown charset',
      form(valid),
      { 'content-type': 'application/x-www-form-urlencoded; charset=klingon' },
    ],
    ['an unknown encoding', form(valid), { 'content-encoding': 'zstd' }],
    ['broken gzip', 'not gzip', { 'content-encoding': 'gzip' }],
    ['too many fields', 'a=1&'.repeat(1_500) + form(valid), {}],
    ['no session', without('sessionId'), {}],
    ['no phone', without('phoneNumber'), {}],
    ['no service code', without('serviceCode'), {}],
    ['no text', without('text'), {}],
    ['two texts', form(valid) + '&text=1', {}],
    ['two sessions', form(valid) + '&sessionId=other', {}],
    ['an endless session id', form({ ...valid, sessionId: 'x'.repeat(129) }), {}],
    ['a session id with a line break', form({ ...valid, sessionId: 'a\nb' }), {}],
  ])('%s', async (_name, body, headers) => {
    const res = await at.post('/', body, headers);
    expect(res.status).toBe(200);
    expect(res.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await res.text()).toBe('END refused: request');
    expect(at.handlers.heard.ussd).toEqual([]);
  });

  test.each([' 254 700', 'abc', '', '+12', '+999123456789'])('phone %j', async (phoneNumber) => {
    expect(await (await at.post('/', form({ ...valid, phoneNumber }))).text()).toBe('END refused: phone');
    expect(at.handlers.heard.ussdRefusal).toEqual([['phone', undefined]]);
  });

  test('the refusal knows the phone when it could be read', async () => {
    await at.post('/', without('text'));
    expect(at.handlers.heard.ussdRefusal).toEqual([['request', '+254700000001']]);
  });

  test('odd percent-encoding is read as it stands', async () => {
    const res = await at.post('/', `${form({ ...valid, text: '' })}%E9%zz`);
    expect(await res.text()).toBe('CON Welcome');
  });

  test('a compressed form is read', async () => {
    const res = await at.post('/', gzipSync(form(valid)), { 'content-encoding': 'gzip' });
    expect(await res.text()).toBe('CON Welcome');
  });
});

describe('size', () => {
  test.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json'])(
    '1 MB of %s is 413',
    async (type) => {
      const res = await at.post('/', `text=${'1'.repeat(1_000_000)}`, { 'content-type': type });
      expect(res.status).toBe(413);
      expect(at.handlers.heard.ussd).toEqual([]);
    },
  );

  test('a small gzip that unfolds beyond the limit is 413', async () => {
    const res = await at.post('/', gzipSync(`text=${'1'.repeat(1_000_000)}`), { 'content-encoding': 'gzip' });
    expect(res.status).toBe(413);
  });
});

describe('when the service fails', () => {
  test('a rejected turn is an END', async () => {
    at.handlers.broken = new Error('database gone');
    const res = await at.post('/', form(valid));
    expect([res.status, await res.text()]).toEqual([200, 'END refused: request']);
    expect(at.handlers.heard.ussdRefusal).toEqual([['request', '+254700000001']]);
  });

  test.each(['', ' \n'])('an empty screen %j is an END', async (text) => {
    at.handlers.screen = { text, end: false };
    expect(await (await at.post('/', form(valid))).text()).toBe('END refused: request');
  });

  test('without even a refusal text, the last words need nothing', async () => {
    at.handlers.broken = new Error('database gone');
    at.handlers.ussdRefusal = () => Promise.reject(new Error('database gone'));
    const res = await at.post('/', form(valid));
    expect(res.status).toBe(200);
    expect(await res.text()).toMatch(/^END [\x20-\x7e]+$/);
  });

  test('a turn that never ends is answered before the gateway gives up', async () => {
    const hasty = await mount(africasTalkingUssd({ turnDeadlineMs: 20 }));
    hasty.handlers.ussd = () => new Promise(() => undefined);
    expect(await (await hasty.post('/', form(valid))).text()).toBe('END refused: request');
    await hasty.stop();
  });
});

describe('events', () => {
  test.each([
    ['success', { outcome: 'completed', durationMs: 41250, hops: 4 }],
    ['incomplete', { outcome: 'dropped', durationMs: 30012, hops: 2 }],
    [
      'failed',
      { outcome: 'failed', durationMs: 10020, hops: 1, error: 'Response should start with a CON or an END' },
    ],
  ] as const)('%s', async (name, expected) => {
    const { body, fields } = samples.ussdEvents[name];
    expect((await at.post('/events', body)).status).toBe(200);
    expect(at.handlers.heard.ussdEnd).toEqual([
      [{ provider: 'africastalking-ussd', sessionId: fields.sessionId, phone: '+254700000001', ...expected }],
    ]);
  });

  test.each([
    '',
    'status=Success',
    'status=constructor&sessionId=a&phoneNumber=%2B254700000001',
    '{"a":1}',
    '%%%',
  ])('%j changes nothing and gets 200', async (body) => {
    expect((await at.post('/events', body)).status).toBe(200);
    expect(at.handlers.heard.ussdEnd).toEqual([]);
  });

  test('a service that fails is no business of the gateway', async () => {
    at.handlers.broken = new Error('database gone');
    expect((await at.post('/events', samples.ussdEvents.success.body)).status).toBe(200);
  });
});

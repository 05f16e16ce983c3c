import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, Inbound } from '../../src/channels/channel.ts';
import { isSigned } from '../../src/channels/twilio-callbacks.ts';
import { twilioSms } from '../../src/channels/twilio-sms.ts';
import { twilioStatus } from '../../src/channels/twilio-status.ts';
import { twilioWhatsApp } from '../../src/channels/twilio-whatsapp.ts';
import samples from '../fixtures/channels/twilio-payloads.json' with { type: 'json' };
import { mount } from './support.ts';
import type { Mounted } from './support.ts';
import { accountSid, authToken, postSigned, publicAddress, publicUrl, sign } from './twilio-signed.ts';

const account = {
  accountSid,
  authToken,
  publicUrl,
  statusCallbackUrl: `${publicUrl}/webhooks/t/twilio/status`,
};
const sms = (): Channel => twilioSms({ ...account, from: '+254200000000' });
const whatsapp = (): Channel => twilioWhatsApp({ ...account, whatsappFrom: '+254200000000' });

const params = (id: string): Record<string, string> => {
  const found = samples.cases.find((sample) => sample.id === id);
  if (found === undefined) throw new Error(`no sample ${id}`);
  return Object.fromEntries(Object.entries(found.params));
};

let at: Mounted | undefined;
const on = async (channel: Channel): Promise<Mounted> => (at = await mount(channel));
afterEach(async () => {
  await at?.stop();
  at = undefined;
});

describe('isSigned', () => {
  test.each(samples.cases)('the sample $id', ({ params: form, signature }) => {
    const fields = Object.fromEntries(Object.entries(form));
    expect(isSigned([samples.authToken], signature, samples.url, fields)).toBe(true);
    expect(isSigned([samples.authToken], signature, samples.url, { ...fields, Extra: '' })).toBe(false);
    expect(isSigned(['another'], signature, samples.url, fields)).toBe(false);
  });

  const call = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  };
  const hash = createHash('sha256').update('{"property": "value", "boolean": true}').digest('hex');
  const page = 'mycompany.com/myapp.php?foo=1&bar=2';
  /** Twilio's own published vectors; the token of all is 12345. */
  test.each<[string, string, Record<string, string | string[]>, string]>([
    ['plain', `https://${page}`, call, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['https with a port', `https://${page.replace('/', ':1234/')}`, call, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['http with a port', `http://${page.replace('/', ':1234/')}`, call, 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU='],
    ['https signed with :443', `https://${page}`, call, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
    ['http signed with :80', `http://${page}`, call, '0ZXoZLH/DfblKGATFgpif+LLRf4='],
    ['user and password', `https://user:pass@${page}`, call, 'CukzLTc1tT5dXEDIHm/tKBanW10='],
    ['user', `https://user@${page}`, call, '2YRLlVAflCqxaNicjMpJcSTgzSs='],
    ['user, signed with :443', `https://user:pass@${page}`, call, 'ZQFR1PTIZXF2MXB8ZnKCvnnA+rI='],
    ['an apostrophe', `https://${page}&Body=It's+amazing`, call, 'TfZzewPq8wqrGlMfyAud8+/IvJ0='],
    [
      'JSON hash only in the query',
      `https://mycompany.com/myapp.php?bodySHA256=${hash}`,
      {},
      'y77kIzt2vzLz71DgmJGsen2scGs=',
    ],
    [
      'an empty JSON object, signed with :443',
      `https://${page}&bodySHA256=${createHash('sha256').update('{}').digest('hex')}`,
      {},
      'Ldidvp12m26NI7eqEvxnEpkd9Hc=',
    ],
    [
      'repeated values beside a name that begins alike',
      `https://${page}`,
      { Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] },
      'IK+Dwps556ElfBT0I3Rgjkr1wJU=',
    ],
    ['JSON hash', `https://${page}&bodySHA256=${hash}`, {}, 'a9nBmqA0ju/hNViExpshrM61xv4='],
  ])('%s', (_name, url, form, signature) => {
    expect(isSigned(['12345'], signature, url, form)).toBe(true);
  });

  test.each([
    [['+1325xxxxxxx', '+1415xxxxxxx']],
    [['+1415xxxxxxx', '+1325xxxxxxx']],
    [['+1415xxxxxxx', '+1325xxxxxxx', '+1325xxxxxxx']],
  ])('a repeated parameter %j', (values) => {
    expect(
      isSigned(['12345'], '83O6e2vORAoJHUNzJjDWN1jz+BA=', `https://${page}`, {
        'MessagingBinding.Address': values,
      }),
    ).toBe(true);
  });

  test('without a signature, a token or an address nothing is signed, and nothing throws', () => {
    const blank = sign('https://a.example/', {}, 'x');
    expect(isSigned(['x'], undefined, 'https://a.example/', {})).toBe(false);
    expect(isSigned(['x'], '', 'https://a.example/', {})).toBe(false);
    expect(isSigned([undefined, ''], blank, 'https://a.example/', {})).toBe(false);
    expect(isSigned(['x'], 'nonsense', '/relative', {})).toBe(false);
  });
});

describe.each<[string, () => Channel, string]>([
  ['twilio-sms', sms, 'sms_in'],
  ['twilio-whatsapp', whatsapp, 'wa_text'],
  ['twilio-status', () => twilioStatus(account), 'status_sms_delivered'],
])('%s', (_name, open, sample) => {
  const heard = ({ handlers }: Mounted): number =>
    handlers.heard.message.length + handlers.heard.receipt.length;

  test('takes what Twilio signed and says nothing', async () => {
    const mounted = await on(open());
    const res = await postSigned(mounted, {
      ...params(sample),
      BrandNewParameter: '',
      'A[b]': 'c',
      zeta: 'é ع',
    });
    expect(res.status).toBe(200);
    expect(res.headers.get('content-type')).toMatch(/^text\/xml/);
    expect(await res.text()).toMatch(/<Response\s*\/>$/);
    expect(heard(mounted)).toBe(1);
  });

  test('signs over the query string too', async () => {
    const mounted = await on(open());
    const query = "/?region=ke&note=it's%20ok";
    const fields = params(sample);
    const res = await mounted.post(query, new URLSearchParams(fields).toString(), {
      'x-twilio-signature': sign(publicAddress(mounted.url) + query, fields),
    });
    expect(res.status).toBe(200);
  });

  test('refuses the unsigned, the wrongly signed, and another account', async () => {
    const mounted = await on(open());
    const fields = params(sample);
    const body = new URLSearchParams(fields).toString();
    expect((await mounted.post('/', body)).status).toBe(403);
    expect((await mounted.post('/', body, { 'x-twilio-signature': 'AAAA' })).status).toBe(403);
    expect((await postSigned(mounted, fields, 'another token')).status).toBe(403);
    const good = sign(`${publicAddress(mounted.url)}/`, fields);
    expect((await mounted.post('/', `${body}&x=1`, { 'x-twilio-signature': good })).status).toBe(403);
    expect(
      (await mounted.post('/', body, { 'x-twilio-signature': good, 'content-type': 'text/plain' })).status,
    ).toBe(403);
    expect(
      (await postSigned(mounted, { ...fields, AccountSid: 'AC00000000000000000000000000000002' })).status,
    ).toBe(403);
    expect(heard(mounted)).toBe(0);
  });

  test('a signed form without a message id is answered', async () => {
    const mounted = await on(open());
    expect((await postSigned(mounted, { AccountSid: accountSid })).status).toBe(400);
    expect(heard(mounted)).toBe(0);
  });

  test('says when the service failed', async () => {
    const mounted = await on(open());
    mounted.handlers.broken = new Error('database gone');
    const res = await postSigned(mounted, params(sample));
    expect([res.status, await res.text()]).toEqual([500, '']);
  });

  test('64 KiB is enough', async () => {
    const mounted = await on(open());
    expect((await postSigned(mounted, { ...params(sample), Body: 'x'.repeat(70_000) })).status).toBe(413);
  });
});

describe('while the token is rotated', () => {
  const rotating = {
    ...account,
    authToken: 'new token',
    previousAuthToken: authToken,
    from: '+254200000000',
  };

  test('both sign', async () => {
    const mounted = await on(twilioSms(rotating));
    expect((await postSigned(mounted, params('sms_in'), 'new token')).status).toBe(200);
    expect((await postSigned(mounted, params('sms_in'), authToken)).status).toBe(200);
  });

  test('an empty previous token signs nothing', async () => {
    const mounted = await on(twilioSms({ ...rotating, previousAuthToken: '' }));
    expect((await postSigned(mounted, params('sms_in'), '')).status).toBe(403);
  });
});

describe('messages', () => {
  const base = {
    channel: 'whatsapp',
    provider: 'twilio-whatsapp',
    from: '+254700000001',
    to: '+254200000000',
    phone: '+254700000001',
  } as const;
  const phoneless = { channel: base.channel, provider: base.provider, to: base.to };

  test.each<[string, Partial<Inbound>]>([
    ['wa_text', { ...base, text: 'مرحبا + تحية & سلام' }],
    ['wa_button_template', { ...base, text: 'Oui', choice: 'optin:yes' }],
    ['wa_button_session', { ...base, text: 'نعم', choice: 'confirm:yes' }],
    ['wa_list', { ...base, text: 'Acte de naissance', choice: 'service:birth' }],
    ['wa_location', { ...base, text: '', media: [{ kind: 'location', url: 'geo:-1.2921,36.8219' }] }],
    [
      'wa_audio',
      {
        ...base,
        text: '',
        media: [{ kind: 'audio', contentType: 'audio/ogg', url: params('wa_audio')['MediaUrl0'] ?? '' }],
      },
    ],
    ['wa_username_no_phone', { ...phoneless, from: 'KE.1234567890123456', text: 'bonjour' }],
  ])('%s', async (id, expected) => {
    const mounted = await on(whatsapp());
    await postSigned(mounted, params(id));
    expect(mounted.handlers.heard.message).toEqual([[{ ...expected, id: params(id)['MessageSid'] }]]);
  });

  const incoming = { ...base, channel: 'sms', provider: 'twilio-sms' };
  test.each<[string, object]>([
    ['sms_in', { ...incoming, text: 'ETAT 12345' }],
    ['sms_in_messaging_service_stop', { ...incoming, text: 'STOP', handledOptOut: 'stop' }],
  ])('%s', async (id, expected) => {
    const mounted = await on(sms());
    await postSigned(mounted, params(id));
    expect(mounted.handlers.heard.message).toEqual([[{ ...expected, id: params(id)['MessageSid'] }]]);
  });

  const hear = async (channel: Channel, fields: Record<string, string>): Promise<Inbound | undefined> => {
    const mounted = await on(channel);
    await postSigned(mounted, { AccountSid: accountSid, MessageSid: 'SM1', To: '+254200000000', ...fields });
    return mounted.handlers.heard.message[0]?.[0];
  };

  test('only an ExternalUserId', async () => {
    const message = await hear(whatsapp(), { From: '', ExternalUserId: 'whatsapp:KE.12', Body: 'x' });
    expect(message).toMatchObject({ from: 'KE.12' });
    expect(message).not.toHaveProperty('phone');
  });

  test('several media, the count unbelieved', async () => {
    const message = await hear(whatsapp(), {
      From: 'whatsapp:+254700000001',
      Body: 'photos',
      NumMedia: '999999999',
      MediaUrl0: 'https://api.example/0',
      MediaContentType0: 'image/jpeg',
      MediaUrl1: 'https://api.example/1',
      MediaContentType1: 'text/vcard',
      MediaUrl2: 'javascript:alert(1)',
    });
    expect(message?.media).toEqual([
      { kind: 'image', contentType: 'image/jpeg', url: 'https://api.example/0' },
      { kind: 'document', contentType: 'text/vcard', url: 'https://api.example/1' },
    ]);
  });

  test.each([
    ['sms', sms, 'whatsapp:+254700000001'],
    ['sms', sms, 'MyBank'],
    ['sms', sms, '20880'],
    ['whatsapp', whatsapp, '+254700000001'],
    ['whatsapp', whatsapp, 'whatsapp:ke.12'],
  ])('%s: %s %s is no sender', async (_name, open, From) => {
    expect(await hear(open(), { From, Body: 'x' })).toBeUndefined();
  });

  const long =
    'شكوى طويلة جدا عن الدفعة التي لم تصل بعد، أرجو المساعدة. ' + 'Une longue réclamation. '.repeat(4);
  test.each([
    ['a concatenated body in base64', Buffer.from(long).toString('base64'), long],
    ['a short one that only looks like it', 'STATUS12', 'STATUS12'],
    ['a long number', '1234'.repeat(20), '1234'.repeat(20)],
    ['a long word', 'abcd'.repeat(20), 'abcd'.repeat(20)],
    ['base64 of bytes', Buffer.alloc(90, 0xfe).toString('base64'), Buffer.alloc(90, 0xfe).toString('base64')],
  ])('%s', async (_name, Body, text) => {
    expect((await hear(sms(), { From: '+254700000001', Body }))?.text).toBe(text);
  });
});

describe('delivery reports', () => {
  let mounted: Mounted;
  beforeEach(async () => {
    mounted = await on(twilioStatus(account));
  });

  test.each([
    ['status_sms_delivered', { provider: 'twilio-sms', state: 'delivered', raw: 'delivered' }],
    ['status_sms_undelivered', { provider: 'twilio-sms', state: 'failed', raw: '30003', code: 'to.absent' }],
    [
      'status_sms_stop',
      { provider: 'twilio-sms', state: 'failed', raw: '21610', code: 'to.optedOut', optOut: true },
    ],
    ['status_wa_read', { provider: 'twilio-whatsapp', state: 'read', raw: 'read' }],
    [
      'status_wa_window_closed',
      { provider: 'twilio-whatsapp', state: 'failed', raw: '63016', code: 'window.closed' },
    ],
  ])('%s', async (id, expected) => {
    await postSigned(mounted, params(id));
    expect(mounted.handlers.heard.receipt).toEqual([[{ ...expected, providerId: params(id)['MessageSid'] }]]);
  });

  test.each([
    ['accepted', undefined],
    ['queued', undefined],
    ['sending', undefined],
    ['scheduled', undefined],
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['undelivered', 'failed'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
    ['partially_delivered', undefined],
    ['teleported', undefined],
  ])('%s is %s', async (MessageStatus, state) => {
    await postSigned(mounted, { AccountSid: accountSid, MessageSid: 'SM1', MessageStatus });
    expect(mounted.handlers.heard.receipt[0]?.[0].state).toBe(state);
    expect(mounted.handlers.heard.receipt[0]?.[0].raw).toBe(MessageStatus);
  });

  test.each([
    ['63032', true],
    ['63033', true],
    ['63024', undefined],
    ['99999', undefined],
  ])('error %s: opt-out %s', async (ErrorCode, optOut) => {
    await postSigned(mounted, { AccountSid: accountSid, SmsSid: 'SM1', SmsStatus: 'failed', ErrorCode });
    expect(mounted.handlers.heard.receipt[0]?.[0].optOut).toBe(optOut);
  });
});

/** What Meta posts, and what is made of it: the recorded shapes, the strange ones, the forged ones. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { metaWhatsApp } from '../../src/channels/meta-whatsapp.ts';
import { accessToken, metaReceiver, notification, signature, signedHeaders } from './meta-signed.ts';
import { mount, type Mounted } from './support.ts';

type Case = { id: string; form: string; rawBody: string; signature: string };
const { cases, verification } = JSON.parse(
  readFileSync(new URL('../fixtures/channels/meta-webhooks.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
  verification: { query: string; expectStatus: number; expectBody: string; badTokenStatus: number };
};

let mounted: Mounted;
beforeEach(async () => {
  const previousAppSecret = 'test_app_secret_0000';
  mounted = await mount(metaWhatsApp({ ...metaReceiver, previousAppSecret, accessToken }));
});
afterEach(() => mounted.stop());

const post = (body: string, headers: Record<string, string> = signedHeaders(body)): Promise<Response> =>
  mounted.post('/', body, headers);
const heard = () => mounted.handlers.heard.message.map(([inbound]) => inbound);
const reported = () => mounted.handlers.heard.receipt.map(([receipt]) => receipt);

const souad = {
  channel: 'whatsapp',
  provider: 'meta-whatsapp',
  from: '+254700000001',
  phone: '+254700000001',
  to: '+254200000000',
};

describe('a recorded post', () => {
  const expected: Record<string, object> = {
    text: { ...souad, id: 'wamid.TEST0001', text: 'مرحبا, état de mon dossier' },
    button_reply: { ...souad, id: 'wamid.TEST0002', text: 'نعم', choice: 'confirm:yes' },
    list_reply: { ...souad, id: 'wamid.TEST0003', text: 'Acte de naissance', choice: 'service:birth' },
    template_button: { ...souad, id: 'wamid.TEST0004', text: 'Oui', choice: 'optin:yes' },
    audio_voice: {
      ...souad,
      id: 'wamid.TEST0005',
      text: '',
      media: [{ kind: 'audio', url: '300000000000003', contentType: 'audio/ogg; codecs=opus' }],
    },
    location: {
      ...souad,
      id: 'wamid.TEST0006',
      text: '',
      media: [{ kind: 'location', url: 'geo:-1.2921,36.8219' }],
    },
    unsupported: { ...souad, id: 'wamid.TEST0007', text: '' },
    text_no_phone: {
      channel: 'whatsapp',
      provider: 'meta-whatsapp',
      from: 'KE.1234567890123456',
      to: '+254200000000',
      id: 'wamid.TEST0008',
      text: 'bonjour',
    },
  };
  const receipts: Record<string, object> = {
    status_delivered: {
      provider: 'meta-whatsapp',
      providerId: 'wamid.OUT1',
      state: 'delivered',
      raw: 'delivered',
    },
    status_failed_24h: {
      provider: 'meta-whatsapp',
      providerId: 'wamid.OUT9',
      state: 'failed',
      raw: '131047',
      code: 'window.closed',
    },
  };

  test.each(cases)('$id in $form', async ({ id, rawBody, signature: signed }) => {
    const answer = await post(rawBody, { 'x-hub-signature-256': signed });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(heard()).toEqual(id in expected ? [expected[id]] : []);
    expect(reported()).toEqual(id in receipts ? [receipts[id]] : []);
    expect(id in expected || id in receipts).toBe(true);
  });

  test('in one form does not pass with the signature of the other', async () => {
    const [utf8, escaped] = cases.filter(({ id }) => id === 'text');
    const answer = await post(utf8?.rawBody ?? '', { 'x-hub-signature-256': escaped?.signature ?? '' });
    expect(answer.status).toBe(403);
    expect(heard()).toEqual([]);
  });
});

const text = (id: string, body: string, from = '254700000001'): object => ({
  from,
  id,
  timestamp: '1790000000',
  type: 'text',
  text: { body },
});

describe('the signature', () => {
  const body = notification({ messages: [text('wamid.1', 'x')] });
  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['empty', { 'x-hub-signature-256': '' }],
    ['of another secret', signedHeaders(body, 'guess')],
    ['of another body', signedHeaders(`${body} `)],
    ['without its prefix', { 'x-hub-signature-256': signature(body).slice(7) }],
    ['cut short', { 'x-hub-signature-256': signature(body).slice(0, -1) }],
    ['not hexadecimal', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['only the old kind', { 'x-hub-signature': 'sha1=0000' }],
  ])('%s: 403, and nothing is handled', async (_name, headers) => {
    const answer = await post(body, headers);
    expect([answer.status, await answer.text()]).toEqual([403, '']);
    expect(heard()).toEqual([]);
  });

  test('of the secret before passes while it is being changed', async () => {
    expect((await post(body, signedHeaders(body, 'test_app_secret_0000'))).status).toBe(200);
    expect(heard()).toHaveLength(1);
  });

  test('no body at all is not signed by anybody', async () => {
    expect((await post('', {})).status).toBe(403);
    expect((await post('')).status).toBe(400);
  });
});

describe('the size', () => {
  test('up to 3 MiB is read, beyond is 413', async () => {
    const frame = notification({ messages: [text('wamid.1', '')] }).length;
    const most = 3 * 1024 * 1024;
    const fits = notification({ messages: [text('wamid.1', 'x'.repeat(most - frame))] });
    expect((await post(fits)).status).toBe(200);
    expect(heard()[0]?.text).toHaveLength(most - frame);
    expect((await post(`${fits} `)).status).toBe(413);
    expect(heard()).toHaveLength(1);
  });
});

describe('a batch', () => {
  test('of several people and reports is taken whole, each person in her order', async () => {
    const messages = [
      text('wamid.1', 'one'),
      text('wamid.2', 'uno', '254700000002'),
      text('wamid.3', 'two'),
      text('wamid.4', 'three'),
    ];
    const contacts = [{ wa_id: '254700000001' }, { wa_id: '254700000002' }];
    const statuses = ['read', 'sent', 'delivered'].map((status) => ({ id: 'wamid.OUT', status }));
    expect((await post(notification({ contacts, messages, statuses }))).status).toBe(200);
    expect(
      heard()
        .filter(({ from }) => from === '+254700000001')
        .map(({ text: said }) => said),
    ).toEqual(['one', 'two', 'three']);
    expect(heard()).toHaveLength(4);
    expect(reported().map(({ state }) => state)).toEqual(['read', 'sent', 'delivered']);
  });

  test('of which one cannot be stored is asked for again, and the others are taken', async () => {
    mounted.handlers.message = (inbound) => {
      mounted.handlers.heard.message.push([inbound]);
      return inbound.id === 'wamid.1' ? Promise.reject(new Error('database gone')) : Promise.resolve();
    };
    const messages = [text('wamid.1', 'one'), text('wamid.2', 'two'), text('wamid.3', 'uno', '254700000002')];
    const answer = await post(notification({ messages, statuses: [{ id: 'wamid.OUT', status: 'read' }] }));
    expect([answer.status, await answer.text()]).toEqual([503, '']);
    // What she wrote after it waits for it.
    expect(heard().map(({ id }) => id)).toEqual(['wamid.1', 'wamid.3']);
    expect(reported()).toHaveLength(1);
  });

  test('for another number, product or field is not for us', async () => {
    const message = { messages: [text('wamid.1', 'x')] };
    const whole = notification(message);
    for (const body of [
      notification(message, { phone_number_id: '999' }),
      whole.replace('whatsapp_business_account', 'page'),
      whole.replace('"field":"messages"', '"field":"smb_message_echoes"'),
    ]) {
      expect(body).not.toBe(whole);
      expect((await post(body)).status).toBe(200);
    }
    expect(heard()).toEqual([]);
  });
});

describe('a message', () => {
  const one = async (message: object, more: object = {}): Promise<unknown> => {
    const common = { from: '254700000001', id: 'wamid.1', timestamp: '1790000000' };
    expect((await post(notification({ messages: [{ ...common, ...message }], ...more }))).status).toBe(200);
    expect(heard().length).toBeLessThan(2);
    return heard()[0];
  };
  const image = { id: '31', mime_type: 'image/jpeg', sha256: 'x', caption: 'سقف البيت' };

  test.each<[string, object, object]>([
    [
      'image',
      { image },
      { text: 'سقف البيت', media: [{ kind: 'image', url: '31', contentType: 'image/jpeg' }] },
    ],
    [
      'sticker',
      { sticker: { id: '32', animated: false } },
      { text: '', media: [{ kind: 'image', url: '32' }] },
    ],
    ['voice', { voice: { id: '33' } }, { media: [{ kind: 'audio', url: '33' }] }],
    ['video', { video: { id: '34' } }, { media: [{ kind: 'video', url: '34' }] }],
    ['document', { document: { id: '35', filename: 'a.pdf' } }, { media: [{ kind: 'document', url: '35' }] }],
    ['interactive', { interactive: { type: 'nfm_reply', nfm_reply: { body: 'Sent' } } }, { text: '' }],
    ['button', { button: { payload: 'Oui', text: 'Oui' } }, { text: 'Oui' }],
    ['location', { location: { latitude: 'x' } }, { text: '' }],
  ])('of type %s', async (type, part, expected) => {
    expect(await one({ type, ...part })).toEqual({ ...souad, id: 'wamid.1', text: '', ...expected });
  });

  test.each<[string, object]>([
    ['reaction', { reaction: { message_id: 'wamid.0', emoji: '👍' } }],
    ['contacts', { contacts: [{ name: { formatted_name: 'R' }, phones: [{ wa_id: '96170000001' }] }] }],
    ['order', { order: { product_items: [] } }],
    ['system', { system: { type: 'user_changed_number', body: 'A changed to B', wa_id: '254700000009' } }],
    ['to_come', { to_come: { text: 'x' } }],
  ])('of type %s wants no answer', async (type, part) => {
    expect(await one({ type, ...part })).toBeUndefined();
  });

  test.each<[string, object]>([
    ['in a group', { group_id: 'g1' }],
    ['without an id', { id: undefined }],
    ['from nobody', { from: undefined }],
    ['from what is no number', { from: 'MTN' }],
    ['without a type', { type: undefined }],
  ])('%s is passed over', async (_name, over) => {
    expect(await one({ type: 'text', text: { body: 'x' }, ...over })).toBeUndefined();
  });

  test('that came by an advertisement is a message like any other', async () => {
    const referral = { source_url: 'https://fb.me/x', headline: 'h', body: 'b', ctwa_clid: 'c' };
    const said = await one({ type: 'text', text: { body: 'hello' }, referral, context: { forwarded: true } });
    expect(said).toEqual({ ...souad, id: 'wamid.1', text: 'hello' });
  });

  test('of somebody without a phone number is known by her id, in the message or beside it', async () => {
    const contacts = [{ profile: { username: 'souad' }, user_id: 'KE.1234567890123456' }];
    const said = await one({ type: 'text', text: { body: 'x' }, from: undefined }, { contacts });
    expect(said).toEqual({
      channel: 'whatsapp',
      provider: 'meta-whatsapp',
      from: 'KE.1234567890123456',
      to: '+254200000000',
      id: 'wamid.1',
      text: 'x',
    });
  });

  test('one of several people is never taken for another', async () => {
    const contacts = [{ user_id: 'KE.1' }, { user_id: 'KE.2' }];
    expect(await one({ type: 'text', text: { body: 'x' }, from: undefined }, { contacts })).toBeUndefined();
  });

  test('brings nothing that PostgreSQL cannot store', async () => {
    expect(await one({ type: 'text', text: { body: 'a\u0000b\ud800c' } })).toMatchObject({
      text: 'ab\ufffdc',
    });
  });

  test.each<[string, unknown]>([
    ['entry', 'x'],
    ['entry', [null, 1, 'x', { changes: {} }, { changes: [null, { field: 'messages' }] }]],
    ['entry', [{ changes: [{ field: 'messages', value: { messages: 7, statuses: [null, 'x', {}] } }] }]],
    ['nothing', []],
  ])('in %s of another shape breaks nothing: %j', async (name, value) => {
    const body = JSON.stringify({ object: 'whatsapp_business_account', [name]: value });
    expect((await post(body)).status).toBe(200);
    for (const other of ['null', '[]', '7', '"x"']) expect((await post(other)).status).toBe(200);
    expect((await post('{')).status).toBe(400);
    expect([heard(), reported()]).toEqual([[], []]);
  });
});

describe('a status', () => {
  const one = async (status: object) => {
    await post(notification({ statuses: [{ id: 'wamid.OUT', recipient_id: '254700000001', ...status }] }));
    return reported()[0];
  };
  const common = { provider: 'meta-whatsapp', providerId: 'wamid.OUT' };

  test.each([
    [131026, 'to.unreachable'],
    [131049, 'refused'],
    [130429, 'rate'],
    [190, 'credentials'],
    [132001, 'template.missing'],
    [999999, 'refused'],
  ])('failed with %i is %s', async (code, expected) => {
    expect(
      await one({ status: 'failed', errors: [{ code, title: 'T', message: 'M 254700000001' }] }),
    ).toEqual({
      ...common,
      state: 'failed',
      raw: String(code),
      code: expected,
    });
  });

  test('says that she stopped messages', async () => {
    expect(await one({ status: 'failed', errors: [{ code: 131050 }] })).toMatchObject({ optOut: true });
  });

  test('failed without a reason is a refusal', async () => {
    const expected = { ...common, state: 'failed', raw: 'failed', code: 'refused' };
    expect(await one({ status: 'failed' })).toEqual(expected);
  });

  test('we do not know is kept in its words', async () => {
    expect(await one({ status: 'played' })).toEqual({ ...common, raw: 'played' });
  });

  test('repeats our own id, by which a message whose answer was lost is settled', async () => {
    expect(await one({ status: 'sent', biz_opaque_callback_data: '42' })).toMatchObject({ message: '42' });
  });
});

describe('the verification of the address', () => {
  const get = (query: string) => fetch(`${mounted.url}?${query}`);

  test('repeats the challenge as plain text', async () => {
    const answer = await get(verification.query);
    expect([answer.status, await answer.text()]).toEqual([
      verification.expectStatus,
      verification.expectBody,
    ]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  });

  test.each([
    verification.query.replace('vt_test', 'guess'),
    verification.query.replace('vt_test', ''),
    verification.query.replace('subscribe', 'unsubscribe'),
    'hub.mode=subscribe&hub.verify_token=vt_test',
    `${verification.query}&hub.verify_token=vt_test`,
    '',
  ])('refuses %s', async (query) => {
    const answer = await get(query);
    expect([answer.status, await answer.text()]).toEqual([verification.badTokenStatus, '']);
  });
});

/** What leaves for a DCI registry is valid against the published schemas, and signed so that others can verify it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registryBlock } from '../../src/profiles/registry-block.ts';
import {
  envelope,
  searchMessage,
  statusMessage,
  subscribeMessage,
  unsubscribeMessage,
  type Action,
} from '../../src/registry/dci/envelope.ts';
import type { Json } from '../../src/registry/dci/json.ts';
import {
  canonical,
  judgeSignature,
  publicJwk,
  readSigningKey,
  readTrustedKey,
  signMessage,
} from '../../src/registry/dci/signature.ts';
import { blockFor } from './dci-support.ts';

const fixture = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../fixtures/dci', name), 'utf8');

/** Licence of the schemas: tests/fixtures/dci/LICENSE (Apache-2.0, OpenSPP/spdci-compliance). */
function validator(file: string): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(parse(fixture(file)) as object, 'spec');
  return (name) => ajv.compile({ $ref: `spec#/components/schemas/${name}` });
}

const social = validator('social_api_v1.0.0.yaml');
const ibr = validator('ibr_api_v1.0.0.yaml');
const AT = new Date('2025-11-21T07:15:02.854Z');

describe('messages', () => {
  const kinds = ['idtype-value', 'idtype-object', 'expression', 'predicate'] as const;
  it.each(kinds)('a search by %s is valid for a social registry and for one of beneficiaries', (query) => {
    const block = blockFor('https://registry.example.gov', { query, response_entity: 'Member' });
    const message = searchMessage(block, block, { type: 'UIN', value: 'TEST-001' }, 'STATUS_ENQUIRY', AT);
    for (const of of [social, ibr]) {
      const validate = of('SearchRequest');
      validate(message);
      expect(validate.errors ?? []).toEqual([]);
    }
    expect(JSON.stringify(message)).toContain('"purpose":{"code":"STATUS_ENQUIRY"');
  });

  it('the others are valid too', () => {
    const block = blockFor('https://registry.example.gov');
    const wanted = { event: 'REGISTER', record_type: 'Member', filter: {} };
    const all: [string, Json][] = [
      ['SubscribeRequest', subscribeMessage(block, wanted, AT)],
      ['UnSubscribeRequest', unsubscribeMessage(['S-1'], AT)],
      ['TxnStatusRequest', statusMessage('t-1', 'search', block)],
    ];
    for (const [name, message] of all) {
      const validate = social(name);
      validate(message);
      expect(validate.errors ?? [], name).toEqual([]);
    }
  });

  it.each<[Action, string | undefined]>([
    ['search', undefined],
    ['subscribe', 'https://us.example.gov/webhooks/t/dci/registry/on-subscribe'],
  ])('the header of %s is valid, and its times have no milliseconds', (action, callbackUrl) => {
    const block = blockFor('https://registry.example.gov');
    const writer = { block, signingKey: undefined, receiverId: 'r', ...(callbackUrl ? { callbackUrl } : {}) };
    const { header, signature } = envelope(writer, action, {}, AT);
    const validate = social('MsgHeader_V1.0.0');
    validate(header);
    expect(validate.errors ?? []).toEqual([]);
    expect(header['message_ts']).toBe('2025-11-21T07:15:02Z');
    expect(signature).toBe('');
  });

  it('all ten keys of the header where a registry signs over what it wrote out', () => {
    const block = blockFor('https://registry.example.gov', { header: 'all' });
    const { header } = envelope({ block, signingKey: undefined, receiverId: 'r' }, 'search', {}, AT);
    expect(Object.keys(header).sort()).toEqual([
      'action',
      'is_msg_encrypted',
      'message_id',
      'message_ts',
      'meta',
      'receiver_id',
      'sender_id',
      'sender_uri',
      'total_count',
      'version',
    ]);
    expect(header).toMatchObject({ sender_uri: null, meta: null });
  });
});

type Vector = {
  seed_hex: string;
  public_jwk: Json;
  header: Json;
  message: Json;
  canonical: string;
  created: number;
  expires: number;
  openspp_style_signature: string;
  openg2p_style_detached_jws: string;
};

describe('signatures', () => {
  const vector = JSON.parse(fixture('signature-vector.json')) as Vector;
  const { header, message, created, expires } = vector;
  const signed = { header, message };
  const own = readSigningKey(Buffer.from(vector.seed_hex, 'hex').toString('base64'), 'key-1');
  const trusted = [readTrustedKey(vector.public_jwk)].flatMap((key) => key ?? []);
  const sender = 'citizen-channel.example.gov';
  const judge = (text: string, over = signed, now = created + 10, from: string | null = sender) =>
    judgeSignature(text, over, trusted, from, now);

  it('the vector: the same canonical text, the same signatures', () => {
    expect(canonical(signed, true)).toBe(vector.canonical);
    expect(signMessage('dci-http', signed, own, sender, created)).toBe(vector.openspp_style_signature);
    expect(signMessage('detached-jws', signed, own, sender, created)).toBe(vector.openg2p_style_detached_jws);
    expect(publicJwk(own)).toMatchObject(vector.public_jwk);
  });

  it('the vector verifies', () => {
    expect(judge(vector.openspp_style_signature)).toBe('good');
    expect(judge(`Signature: ${vector.openspp_style_signature}`)).toBe('good');
    expect(judge(vector.openg2p_style_detached_jws)).toBe('good');
  });

  it('not of another sender, another message, another key, or with another time', () => {
    const changed = { header, message: { ...message, transaction_id: 'other' } };
    expect(judge(vector.openspp_style_signature, changed)).toBe('wrong');
    expect(judge(vector.openg2p_style_detached_jws, changed)).toBe('wrong');
    expect(judge(vector.openspp_style_signature, signed, created, 'somebody-else')).toBe('wrong');
    expect(judge(vector.openspp_style_signature.replace(String(expires), String(expires + 1_000)))).toBe(
      'wrong',
    );
    const other = readTrustedKey(publicJwk(readSigningKey(Buffer.alloc(32, 7).toString('base64'), 'key-1')));
    expect(
      judgeSignature(vector.openspp_style_signature, signed, other ? [other] : [], sender, created),
    ).toBe('wrong');
    for (const text of ['', 'nonsense', '..', 'a..b', vector.openg2p_style_detached_jws.slice(0, -4)])
      expect(judge(text), text).toBe('wrong');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(judge(`${none}..`)).toBe('wrong');
  });

  it('expires, and is not good before its time', () => {
    expect(judge(vector.openspp_style_signature, signed, expires + 1)).toBe('expired');
    expect(judge(vector.openspp_style_signature, signed, created - 120)).toBe('expired');
    expect(judge(vector.openg2p_style_detached_jws, signed, created + 301)).toBe('expired');
    const endless = signMessage('dci-http', signed, own, sender, created);
    expect(judge(endless, signed, created + 86_400)).toBe('expired');
  });

  it('is good over a header whose defaults were dropped on the way', () => {
    const dropped = Object.fromEntries(
      Object.entries(header).filter(([key]) => !['is_msg_encrypted', 'meta', 'sender_uri'].includes(key)),
    );
    expect(judge(vector.openspp_style_signature, { header: dropped, message })).toBe('good');
  });

  it('writes letters beyond ASCII as each form does', () => {
    expect(canonical({ b: 'é', a: 'ريم' }, true)).toBe('{"a":"\\u0631\\u064a\\u0645","b":"\\u00e9"}');
    expect(canonical({ b: 'é', a: [{ d: 1, c: null }] }, false)).toBe('{"a":[{"c":null,"d":1}],"b":"é"}');
  });
});

describe('the profile block', () => {
  it('is local where nothing is said, and refuses what would be no limit', () => {
    expect(registryBlock.parse(undefined)).toEqual({ kind: 'local' });
    for (const wrong of [
      { kind: 'soap' },
      { kind: 'dci', token: 'secret' },
      { kind: 'dci', timeout_ms: 5_000 },
      { kind: 'dci', max_bytes: 5_242_880 },
      { kind: 'dci', locale: 'en' },
      { kind: 'composite', sources: [{ kind: 'local', name: 'a', roles: ['social'] }] },
    ])
      expect(registryBlock.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });
});

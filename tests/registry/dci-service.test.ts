/** A whole service over a DCI registry: the dialogs by USSD, what the registry calls back, and what operators see. */
import { readFileSync } from 'node:fs';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateHouseholds } from '../../src/registry/population.ts';
import type { Json } from '../../src/registry/dci/json.ts';
import { publicJwk, readSigningKey, signMessage } from '../../src/registry/dci/signature.ts';
import { forgetConversations } from '../support/dialog-state.ts';
import { startMockDci, type MockDci, type Mood } from '../support/mock-dci.ts';
import { startService, type Screen, type TestService } from '../support/service.ts';
import { testProfile } from '../support/test-profile.ts';
import { TODAY } from './support.ts';

const people = [...generateHouseholds({ households: 20, today: TODAY })];
const RIMA = '+96170000001';
const DOWN = 'Records are not available now.';
const seed = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const theirs = readSigningKey(seed(3), 'their-1');

const sample = (name: string) =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/dci', name), 'utf8')) as {
    header: Json;
    message: { search_response: { data: { reg_records: Json[] } }[] };
  };

let mock: MockDci;
let service: TestService;

/** Profile demo, but its registry is over there. */
function profile(url: string, more: Record<string, unknown> = {}): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-dci-')), 'dci-country.yaml');
  const registry = {
    kind: 'dci',
    url,
    sender_id: 'citizen-channel.example.gov',
    receiver_id: 'registry.example.gov',
    signature: 'dci-http',
    documents: ['NID', 'FILE'],
    keys: [publicJwk(theirs)],
    subscribe: [{ event: 'REGISTER', record_type: 'Member' }],
    ...more,
  };
  const demo = readFileSync(testProfile(), 'utf8');
  writeFileSync(
    file,
    demo
      .replace('tenant: demo', 'tenant: dci-country')
      .replace(/^registry: .*$/m, `registry: ${JSON.stringify(registry)}`),
  );
  return file;
}

beforeAll(async () => {
  mock = await startMockDci(people);
  service = await startService({
    PROFILE: profile(mock.url),
    REGISTRY_DCI_SIGNING_KEY: seed(1),
    REGISTRY_DCI_KEY_ID: 'our-1',
  });
});
beforeEach(async () => {
  mock.mood = 'well';
  mock.records = undefined;
  await forgetConversations(service.service.deployment.db);
});
afterAll(async () => {
  await service.stop();
  await mock.stop();
});

async function timed(work: Promise<Screen>): Promise<{ screen: Screen; ms: number }> {
  const started = performance.now();
  const screen = await work;
  return { screen, ms: performance.now() - started };
}

/** Dials, chooses English, says what she wants, and shows who she is. */
async function identified(choice: string, last4 = '0427', year = '1980', phone = RIMA): Promise<Screen> {
  const handset = service.handset(phone);
  await handset.dial();
  return handset.keys('2', choice, ...(choice === '2' ? ['1'] : []), last4, year);
}

describe('the dialogs', () => {
  it('status and payment of a household that only the registry holds, and nothing of it stays', async () => {
    expect((await identified('1')).text).toContain('Cash aid');
    await forgetConversations(service.service.deployment.db);
    expect((await identified('2')).text).toContain('145 USD is ready');
    const { rows } = await service.service.deployment.db.query<{ n: number }>(
      'select (select count(*) from household) + (select count(*) from person) + (select count(*) from payment) as n',
    );
    expect(Number(rows[0]?.n)).toBe(0);
  });

  it('the recorded samples of the standard drive the status dialog within 2 s', async () => {
    // As recorded, but for the identifier: nobody can type the last four digits of TEST-001.
    const uin = '000099990001';
    const records = (name: string) =>
      JSON.parse(
        JSON.stringify(sample(name).message.search_response[0]?.data.reg_records).replaceAll('TEST-001', uin),
      ) as Json[];
    mock.records = (_type, _value, regType) =>
      records(
        regType.endsWith('IBR')
          ? 'ibr-sync-search-response-composed.json'
          : 'sr-sync-search-response-composed.json',
      );
    const other = await startService({
      PROFILE: profile(mock.url, {
        documents: ['UIN'],
        beneficiaries: { programmes: { 'PRG-001': 'CASH' } },
      }),
      REGISTRY_DCI_SIGNING_KEY: seed(1),
    });
    try {
      const handset = other.handset('+96170000000');
      await handset.dial();
      const { screen, ms } = await timed(handset.keys('2', '1', '0001', '1980'));
      expect(screen.text).toMatch(/Cash aid.*active/is);
      expect(ms).toBeLessThan(2_000);
    } finally {
      await other.stop();
    }
  });

  it.each<[Mood]>([['deaf'], [1_700], ['dead'], ['huge'], ['html'], ['rjct'], ['err']])(
    'a registry that is %s: in 2 s a sentence, the request kept, and nobody is "not found"',
    async (mood) => {
      mock.mood = mood;
      const handset = service.handset(RIMA);
      await handset.dial();
      await handset.send('2');
      const { screen, ms } = await timed(handset.send('1'));
      expect(screen.text).toContain(DOWN);
      expect(ms).toBeLessThan(2_000);
    },
  );

  it('lying: what it says of somebody else is neither shown nor stored', async () => {
    await vi.waitFor(
      async () => {
        expect((await ready()).registries).toEqual({ registry: 'up' });
      },
      {
        timeout: 15_000,
        interval: 300,
      },
    );
    mock.mood = 'lying';
    const handset = service.handset('+96170000002');
    await handset.dial();
    const screen = await handset.keys('2', '1');
    expect(screen.text).not.toMatch(/active|145/i);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/wasl_registry_dropped_total\{source="registry"\} [1-9]/);
  });

  it('takes complaints while it is away, stays ready, and says how it is', async () => {
    mock.mood = 'dead';
    const handset = service.handset(RIMA);
    await handset.dial();
    const screen = await handset.keys('2', '3', '1', '1', '1', '1', '1');
    expect(screen.text).toContain('Complaint number');
    const told = await ready();
    expect(told.ready).toBe(true);
    expect(['down', 'resting']).toContain(told.registries?.['registry']);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('wasl_registry_up{source="registry"} 0');
    expect(metrics).not.toContain('70000001');
  });
});

async function ready(): Promise<{ ready: boolean; registries?: Record<string, string> }> {
  return (await (await fetch(`${service.url}/readyz`)).json()) as never;
}

let sent = 0;

/** A callback, signed by the registry unless told otherwise. */
function callback(
  message: unknown,
  more: { action?: string; at?: number; key?: typeof theirs; header?: Json } = {},
) {
  const { action = 'notify', at = Date.now() / 1_000, key = theirs } = more;
  sent += 1;
  const header: Json = {
    version: '1.0.0',
    message_id: `cb-${sent}`,
    message_ts: new Date(at * 1_000).toISOString(),
    action,
    status: 'succ',
    sender_id: 'registry.example.gov',
    receiver_id: 'citizen-channel.example.gov',
    total_count: 1,
    ...more.header,
  };
  const signed = { header, message };
  return {
    signature: signMessage('dci-http', signed, key, 'registry.example.gov', Math.floor(at)),
    ...signed,
  };
}

async function call(body: unknown, place = 'registry/notify') {
  const answer = await fetch(`${service.url}/webhooks/dev/dci/${place}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { message } = (await answer.json()) as {
    message: { ack_status: string; timestamp: string; correlation_id: string; error?: { code: string } };
  };
  return { status: answer.status, ack: message.ack_status, code: message.error?.code };
}

const notified = async () => {
  const { rows } = await service.service.deployment.db.query<{ at: Date | null }>(
    'select notified_at as at from dci_subscription',
  );
  return rows[0]?.at ?? null;
};

describe('callbacks', () => {
  const event = {
    transaction_id: 't-1',
    notify_event: [{ data: { reg_event_type: 'REGISTER', reg_records: {} } }],
  };

  it('our keys are published', async () => {
    const keys = (await (await fetch(`${service.url}/.well-known/jwks.json`)).json()) as { keys: Json[] };
    expect(keys.keys).toMatchObject([{ kty: 'OKP', crv: 'Ed25519', kid: 'our-1', use: 'sig', alg: 'EdDSA' }]);
    expect(keys.keys[0]).not.toHaveProperty('d');
  });

  it('events are subscribed to, and the answer is noted', async () => {
    const { db } = service.service.deployment;
    const asked = mock.requests.find(({ path: at }) => at.endsWith('/registry/subscribe'));
    const request = JSON.parse(asked?.body ?? '{}') as { header: Json; message: { transaction_id: string } };
    expect(request.header['sender_uri']).toContain('/webhooks/dev/dci/registry/on-subscribe');
    const answer = callback(
      {
        transaction_id: request.message.transaction_id,
        subscribe_response: [{ status: 'succ', subscriptions: [{ code: 'S-1' }] }],
      },
      { action: 'on-subscribe' },
    );
    expect(await call(answer, 'registry/on-subscribe')).toMatchObject({ status: 200, ack: 'ACK' });
    const { rows } = await db.query('select state, code from dci_subscription');
    expect(rows).toEqual([{ state: 'active', code: 'S-1' }]);
  });

  it('without a signature, with a wrong one, an old one, another key, a changed body: refused, nothing done', async () => {
    const wrong: [string, Json][] = [
      ['err.signature.missing', { ...callback(event), signature: '' }],
      ['err.signature.invalid', { ...callback(event), signature: 'nonsense' }],
      ['err.signature.invalid', callback(event, { at: Date.now() / 1_000 - 600 })],
      ['err.signature.invalid', callback(event, { key: readSigningKey(seed(9), 'their-1') })],
      ['err.signature.invalid', { ...callback(event), message: { ...event, transaction_id: 'x' } }],
      ['err.sender_id.invalid', callback(event, { header: { sender_id: 'stranger' } })],
      ['err.receiver_id.invalid', callback(event, { header: { receiver_id: 'somebody' } })],
    ];
    for (const [code, body] of wrong) expect(await call(body)).toMatchObject({ ack: 'ERR', code });
    expect(await notified()).toBeNull();
  });

  it('a good one is taken once; again, it is a replay', async () => {
    const body = callback(event);
    expect(await call(body)).toMatchObject({ status: 200, ack: 'ACK' });
    const first = await notified();
    expect(first).not.toBeNull();
    expect(await call(body)).toMatchObject({ ack: 'ERR', code: 'err.signature.invalid' });
    expect(await notified()).toEqual(first);
  });

  it('the shapes of OpenSPP2 and of the sample, and sender_uri called as it is or with the action behind', async () => {
    const openspp = {
      subscription_code: 'S-1',
      notify_event: [{ event_id: '1', event_type: 'REGISTER', event_data: [] }],
    };
    expect(await call(callback(openspp))).toMatchObject({ ack: 'ACK' });
    expect(await call(callback(sample('dci-notify-composed.json').message))).toMatchObject({ ack: 'ACK' });
    expect(await call(callback(event), 'registry/on-search/notify')).toMatchObject({ ack: 'ACK' });
    expect(await call(callback(event), 'registry')).toMatchObject({ ack: 'ACK' });
  });

  it('an answer that nobody waits for, and what cannot be read, changes nothing', async () => {
    const late = callback({ transaction_id: 'gone', search_response: [] }, { action: 'on-search' });
    expect(await call(late, 'registry/on-search')).toMatchObject({
      ack: 'ERR',
      code: 'err.request.not_found',
    });
    expect(await call('{', 'registry/notify')).toMatchObject({ status: 400, code: 'err.request.bad' });
    expect(await call({}, 'registry/notify')).toMatchObject({ status: 400, code: 'err.request.bad' });
    expect(await call(callback(event), 'registry/nonsense-there')).toMatchObject({ ack: 'ACK' });
    const status = { transaction_id: 'x', txnstatus_response: { txn_type: 'search', txn_status: {} } };
    expect(await call(callback(status, { action: 'txn-on-status' }), 'registry/txn/on-status')).toMatchObject(
      { ack: 'ACK' },
    );
    const gone = callback({ subscription_codes: ['S-1'] }, { action: 'on-unsubscribe' });
    expect(await call(gone, 'registry/on-unsubscribe')).toMatchObject({ ack: 'ACK' });
  });
});

/** A registry that is slow, dead, lying, huge or wrong in every published way: no answer is never "nobody". */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateHouseholds } from '../../src/registry/population.ts';
import { RegistryUnavailable } from '../../src/registry/registry.ts';
import { startMockDci, type MockDci, type Mood } from '../support/mock-dci.ts';
import { ask, blockFor, looseKeys, openDci } from './dci-support.ts';
import { TODAY } from './support.ts';

const people = [...generateHouseholds({ households: 20, today: TODAY })];
const RIMA = '+96170000001';
const keys = looseKeys();

let mock: MockDci;
beforeEach(async () => {
  mock = await startMockDci(people);
});
afterEach(() => mock.stop());

const open = (more: Record<string, unknown> = {}, rest: Parameters<typeof openDci>[2] = {}) =>
  openDci(blockFor(mock.url, more), keys, rest);

describe('no answer', () => {
  it.each<[Mood, string]>([
    ['dead', 'network'],
    ['huge', 'too_large'],
    ['html', 'malformed'],
    ['truncated', 'malformed'],
    ['empty-object', 'malformed'],
    ['rjct', 'refused'],
    ['rjct-item', 'refused'],
    ['pending', 'refused'],
    ['err', 'refused'],
    ['errors', 'status'],
    ['redirect', 'redirect'],
    ['unavailable', 'status'],
    ['unauthorized', 'status'],
  ])('%s is unavailable', async (mood, outcome) => {
    mock.mood = mood;
    const { registry, outcomes } = open();
    await expect(registry.findByPhone(RIMA, ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
    expect(outcomes).toEqual([outcome]);
  });

  it.each<[Mood]>([['deaf'], [2_500]])('%s: gives up within the deadline', async (mood) => {
    mock.mood = mood;
    const { registry, outcomes } = open();
    const started = performance.now();
    await expect(registry.findByPhone(RIMA, ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
    expect(performance.now() - started).toBeLessThan(1_800);
    expect(outcomes).toEqual(['timeout']);
  });

  it('one hiccup is asked again, with a message of its own; two are not', async () => {
    mock.next('unavailable');
    const { registry } = open();
    expect(await registry.findByPhone(RIMA, ask(RIMA))).toHaveLength(1);
    const ids = mock.requests.map(
      ({ body }) => (JSON.parse(body) as { header: { message_id: string } }).header.message_id,
    );
    expect(new Set(ids).size).toBe(2);
    mock.next('unavailable', 2);
    await expect(registry.findByPhone(RIMA, ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
    expect(mock.requests).toHaveLength(4);
  });

  it('rests when it failed often, and recovers by itself', async () => {
    mock.mood = 'errors';
    const { registry, client, outcomes } = open();
    for (let n = 0; n < 5; n++) await registry.findByPhone(RIMA, ask(RIMA)).catch(() => undefined);
    const before = mock.requests.length;
    await expect(registry.findByPhone(RIMA, ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
    expect(mock.requests).toHaveLength(before);
    expect([client.state(), outcomes.at(-1)]).toEqual(['resting', 'not_asked']);
    mock.mood = 'well';
    await vi.waitFor(
      async () => {
        expect(await registry.findByPhone(RIMA, ask(RIMA))).toHaveLength(1);
      },
      {
        timeout: 6_000,
        interval: 250,
      },
    );
    expect(client.state()).toBe('up');
  });

  it('a few at a time: who comes on top is told at once', async () => {
    mock.mood = 300;
    const { registry, outcomes } = open({ concurrency: 2 });
    const all = await Promise.allSettled(
      Array.from({ length: 4 }, () => registry.findByPhone(RIMA, ask(RIMA))),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(outcomes.filter((one) => one === 'not_asked')).toHaveLength(2);
  });
});

describe('an answer that is not hers', () => {
  it('is dropped, counted, and tells nothing', async () => {
    mock.mood = 'lying';
    const { registry, dropped } = open();
    const query = ask(RIMA);
    expect(await registry.findByPhone(RIMA, query)).toEqual([]);
    expect(dropped()).toBeGreaterThan(0);
    expect(await registry.findByDocument('990099009900', query)).toEqual([]);
  });

  it('also of the registry of beneficiaries', async () => {
    mock.records = (type, value, regType) =>
      regType.endsWith('IBR')
        ? [beneficiary(value, 'MINE', '1'), beneficiary('SOMEBODY-ELSE', 'THEIRS', '4')]
        : type === 'MOBILE'
          ? [member('TEST-001', RIMA)]
          : [];
    const { registry, dropped } = open({ beneficiaries: {} });
    const query = ask(RIMA);
    const [rima] = await registry.findByPhone(RIMA, query);
    const enrolments = await registry.enrolments(rima?.household ?? '', query);
    expect(enrolments).toMatchObject([{ programme: 'MINE', status: 'active' }]);
    expect(await registry.payments(rima?.household ?? '', query)).toMatchObject([
      { programme: 'MINE', amount: '50.00', currency: 'USD', status: 'sent', from: '2025-11-05' },
    ]);
    expect(dropped()).toBe(1);
  });
});

const member = (uin: string, phone: string) => ({
  '@type': 'Member',
  member_identifier: [{ identifier_type: 'UIN', identifier_value: uin }],
  demographic_info: { birth_date: '1980-04-12', phone_number: [phone] },
});

const beneficiary = (uin: string, programme: string, status: string) => ({
  member: { member_identifier: [{ identifier_type: 'UIN', identifier_value: uin }] },
  programme_identifier: [{ programme_identifier: programme }],
  enrollment_status: status,
  enrollment_date: '2024-02-02T00:00:00Z',
  benefits: [{ benefit_type: '1', benefit_date: '2025-11-05T00:00:00Z', benefit_value: 'USD 50.00' }],
});

describe('what is tolerated', () => {
  type Answer = {
    header?: unknown;
    message: { transaction_id: unknown; search_response: Record<string, unknown>[] };
  };
  const item = (answer: Answer) => answer.message.search_response[0] ?? {};
  it.each<[string, (answer: Answer) => unknown]>([
    ['no header', (answer) => ({ message: answer.message })],
    ['the message alone', (answer) => answer.message],
    ['a header without status', (answer) => ({ ...answer, header: {} })],
    ['counts as text', (answer) => ({ ...answer, header: { status: 'succ', total_count: '1' } })],
    ['a numeric transaction', (answer) => ((answer.message.transaction_id = 123_456), answer)],
    ['another reference', (answer) => ((item(answer)['reference_id'] = 'invented'), answer)],
    ['empty times', (answer) => ((item(answer)['timestamp'] = ''), answer)],
    [
      '`rcvd` and a reason beside the data',
      (answer) => (
        Object.assign(item(answer), { status: 'rcvd', status_reason_code: 'rjct.timestamp.invalid' }),
        answer
      ),
    ],
    ['no status', (answer) => (delete item(answer)['status'], answer)],
    [
      'one record that is no list',
      (answer) => {
        const data = item(answer)['data'] as { reg_records: unknown };
        data.reg_records = (data.reg_records as unknown[])[0];
        return answer;
      },
    ],
    ['a response that is no list', (answer) => ({ message: { search_response: item(answer) } })],
  ])('%s', async (_name, spoil) => {
    mock.spoil = (answer) => spoil(answer as Answer);
    expect(await open().registry.findByPhone(RIMA, ask(RIMA))).toMatchObject([
      { role: 'head', birthYear: 1980 },
    ]);
  });

  it('success without records is "nobody"; success without anything too', async () => {
    const { registry } = open();
    expect(await registry.findByPhone('+96179999999', ask())).toEqual([]);
    mock.spoil = () => ({ message: { search_response: [{ status: 'succ' }] } });
    expect(await registry.findByPhone(RIMA, ask())).toEqual([]);
  });

  it('a flat person with programmes, as OpenSPP2 gives them', async () => {
    mock.records = () => [
      {
        identifier: [{ identifier_type: 'urn:dci:id:uin', identifier_value: '900000001234' }],
        birth_date: '1990-01-02',
        phone_number: '70 000 001',
        enrolled_programs: [
          { programme_name: 'CASH', enrolment_status: 'enrolled', enrolment_date: '2024-03-01' },
          { programme_name: 'SCHOOL', enrolment_status: 'paused' },
        ],
        household_info: { household_size: 4, is_household_head: true },
      },
    ];
    const { registry } = open({ documents: ['UIN'], header: 'all' });
    const query = ask(RIMA);
    const [person] = await registry.findByPhone(RIMA, query);
    expect(person).toMatchObject({
      role: 'head',
      birthYear: 1990,
      documentEndings: ['1234'],
      phoneUse: 'unknown',
    });
    expect(await registry.enrolments(person?.household ?? '', query)).toMatchObject([
      { programme: 'CASH', status: 'active', since: '2024-03-01' },
      { programme: 'SCHOOL', status: 'suspended' },
    ]);
  });
});

describe('tokens', () => {
  const secrets = { clientId: 'us', clientSecret: 'hush', token: 'fixed' };
  it.each(['oauth-form', 'oauth-json'] as const)(
    '%s: one token for many calls, and a new one after 401',
    async (auth) => {
      mock.wantsToken = true;
      const { registry } = open(
        { auth, scope: 'registry/search', token_fields: { db_name: 'sr' } },
        { secrets },
      );
      await Promise.all([registry.findByPhone(RIMA, ask()), registry.findByPhone(RIMA, ask())]);
      const asked = () => mock.requests.filter(({ path }) => path.endsWith('/token'));
      expect(asked()).toHaveLength(1);
      const body = asked()[0]?.body ?? '';
      if (auth === 'oauth-form')
        expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
          grant_type: 'client_credentials',
          client_secret: 'hush',
        });
      else
        expect(JSON.parse(body)).toMatchObject({
          grant_type: 'client_credentials',
          client_id: 'us',
          db_name: 'sr',
        });
      mock.tokens.clear();
      expect(await registry.findByPhone(RIMA, ask())).toHaveLength(1);
      expect(asked()).toHaveLength(2);
    },
  );

  it('a fixed one is sent as it is, and refused once', async () => {
    mock.tokens.add('fixed');
    mock.wantsToken = true;
    const { registry } = open({ auth: 'bearer' }, { secrets });
    expect(await registry.findByPhone(RIMA, ask())).toHaveLength(1);
    mock.tokens.clear();
    await expect(registry.findByPhone(RIMA, ask())).rejects.toBeInstanceOf(RegistryUnavailable);
  });

  it('goes to no other host', () => {
    expect(() => open({ auth: 'oauth-form', token_url: 'https://elsewhere.example/token' })).toThrow(
      /token_url/,
    );
  });
});

describe('what is asked, and kept', () => {
  it('each search says its purpose and asks for little', async () => {
    await open().registry.findByPhone(RIMA, { ...ask(), purpose: 'IDENTIFY' });
    const [request] = mock.requests;
    expect(request?.path).toBe('/registry/sync/search');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      header: { action: 'search', total_count: 1, sender_id: 'citizen-channel.example.gov' },
      message: {
        search_request: [
          {
            locale: 'eng',
            search_criteria: {
              query_type: 'idtype-value',
              query: { type: 'MOBILE', value: RIMA },
              pagination: { page_size: 10 },
              authorize: { purpose: { code: 'IDENTIFY' } },
            },
          },
        ],
      },
    });
  });

  it('within a turn the same is asked once; in the next turn again', async () => {
    const { registry } = open();
    const turn = {};
    const [rima] = await registry.findByPhone(RIMA, ask(RIMA, turn));
    await registry.enrolments(rima?.household ?? '', ask(RIMA, turn));
    await registry.payments(rima?.household ?? '', ask(RIMA, turn));
    expect(mock.requests).toHaveLength(1);
    await registry.enrolments(rima?.household ?? '', ask(RIMA));
    expect(mock.requests).toHaveLength(2);
  });

  it('a cache, where the profile allows one, until an event says that something changed', async () => {
    const { registry } = open({}, { cacheTtlS: 60 });
    await registry.findByPhone(RIMA, ask(RIMA));
    await registry.findByPhone(RIMA, ask(RIMA));
    expect(mock.requests).toHaveLength(1);
    registry.changed();
    await registry.findByPhone(RIMA, ask(RIMA));
    expect(mock.requests).toHaveLength(2);
  });

  it('an asynchronous search waits for the callback that brings it, and no longer than the deadline', async () => {
    const { registry, client } = open({ search: 'async', timeout_ms: 600 });
    const answer = registry.findByPhone(RIMA, ask(RIMA));
    await vi.waitFor(() => {
      expect(mock.requests).toHaveLength(1);
    });
    const sent = JSON.parse(mock.requests[0]?.body ?? '') as {
      header: { sender_uri: string };
      message: { transaction_id: string };
    };
    expect(mock.requests[0]?.path).toBe('/registry/search');
    expect(sent.header.sender_uri).toMatch(/\/dci\/registry\/on-search$/);
    client.waiting.bring(sent.message.transaction_id, {
      message: { search_response: [{ status: 'succ', data: { reg_records: [member('T-1', RIMA)] } }] },
    });
    expect(await answer).toMatchObject([{ birthYear: 1980 }]);
    await expect(registry.findByPhone(RIMA, ask(RIMA))).rejects.toBeInstanceOf(RegistryUnavailable);
  });
});

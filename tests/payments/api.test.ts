/** Payment events over HTTP: the API with each outcome, and the callbacks of G2P Connect. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { g2pRoutes } from '../../src/payments/g2p.ts';
import { importHouseholds } from '../../src/registry/import.ts';
import { NOW, startApi, type TestApi } from '../api/support.ts';
import { family } from './support.ts';

let api: TestApi;
let hooks: Server;
const leftOut: string[] = [];
let hook: (
  path: string,
  body: unknown,
) => Promise<{ status: number; body: { message: Record<string, unknown> } }>;
beforeAll(async () => {
  api = await startApi();
  const app = express();
  const { db, keys, profile } = api;
  app.use(
    '/g2p',
    g2pRoutes({
      db,
      keys,
      profile,
      now: () => api.clock.now,
      report: (_what, error) => api.reported.push(error),
      onLeftOut: (why, count) => leftOut.push(`${why} ${count}`),
    }),
  );
  hooks = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => hooks.once('listening', resolve));
  hook = async (path, body) => {
    const answer = await fetch(`http://127.0.0.1:${(hooks.address() as AddressInfo).port}/g2p${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as { message: Record<string, unknown> } };
  };
});
afterAll(async () => {
  await new Promise((resolve) => hooks.close(resolve));
  await api.close();
});
beforeEach(async () => {
  await api.db.query('truncate household, payment_event cascade');
  await importHouseholds(api.db, api.keys, [family('HH-10001', '+96170000001')]);
});

const sent = (more: Record<string, unknown> = {}) => ({
  event_id: 'e-1',
  source: 'bank',
  occurred_at: NOW.toISOString(),
  status: 'paid',
  payment_ref: 'PAY-1',
  beneficiary: { id_type: 'household_id', id_value: 'HH-10001' },
  programme_id: 'CASH',
  amount: '145.00',
  currency: 'USD',
  ...more,
});
const post = async (json: unknown, token?: string) =>
  api.ask('POST', '/payments/events', { token: token ?? (await api.token('payments:write')), json });
const statusOf = async (reference: string) =>
  (await api.db.query<{ status: string }>('select status from payment where reference = $1', [reference]))
    .rows[0]?.status;

describe('POST /payments/events', () => {
  it('answers each event of an array: accepted, duplicate, parked, rejected', async () => {
    const answer = await post([
      sent(),
      sent(),
      sent({
        event_id: 'e-2',
        payment_ref: 'PAY-2',
        beneficiary: { id_type: 'household_id', id_value: 'HH-9' },
      }),
      sent({ event_id: 'e-3', payment_ref: 'PAY-3', account_hint: '12345' }),
      sent({ event_id: 'e-4', payment_ref: 'PAY-4', amount: 145 }),
      sent({ event_id: 'e-5', payment_ref: 'PAY-5', occurred_at: '2026-12-24T00:00:00Z' }),
      'nonsense',
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 1, duplicate: 1, parked: 1, rejected: 4 });
    expect(answer.body['results']).toMatchObject([
      { event_id: 'e-1', outcome: 'accepted' },
      { event_id: 'e-1', outcome: 'duplicate' },
      { event_id: 'e-2', outcome: 'parked', reason: 'unknown_beneficiary' },
      { event_id: 'e-3', outcome: 'rejected', reason: expect.stringContaining('account_hint') as string },
      { event_id: 'e-4', outcome: 'rejected', reason: expect.stringContaining('amount') as string },
      { event_id: 'e-5', outcome: 'rejected', reason: expect.stringContaining('lies ahead') as string },
      { event_id: null, outcome: 'rejected' },
    ]);
    expect(answer.text).not.toContain('12345');
    expect(await statusOf('PAY-1')).toBe('paid');
  });

  it('takes one alone, in the words of other systems; what is only refused is no success', async () => {
    expect((await post(sent({ status: 'COMMITTED' }))).body).toMatchObject({ accepted: 1 });
    const refused = await post(sent({ event_id: 'e-9', status: 'gone' }));
    expect(refused.status).toBe(422);
    expect(refused.headers.get('Content-Type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ status: 422, results: [{ event_id: 'e-9', outcome: 'rejected' }] });
    expect((await post([])).status).toBe(422);
    expect((await post(Array.from({ length: 1001 }, () => ({})))).status).toBe(422);
  });

  it('is bound to the scope and the source of the token', async () => {
    expect((await post(sent(), await api.token('cases:write'))).status).toBe(403);
    const { token } = await api.tokenOf('mint', ['payments:write']);
    expect((await post(sent(), token)).body['results']).toMatchObject([{ outcome: 'rejected' }]);
    const unsigned = { ...sent({ event_id: 'e-7' }), source: undefined };
    expect((await post(unsigned, token)).body).toMatchObject({ accepted: 1 });
  });

  it('takes 1 MiB and no more', async () => {
    const long = (count: number) => [
      sent({ event_id: 'e-big', reason_text: 'x'.repeat(900), padding: 'y'.repeat(count) }),
    ];
    expect((await post(long(900_000))).status).toBe(200);
    const answer = await post(long(1_100_000));
    expect(answer.status).toBe(413);
    expect(answer.body['detail']).toContain('1024 KiB');
  });
});

describe('G2P Connect', () => {
  const sample = JSON.parse(readFileSync('tests/fixtures/payments/g2p-on-disburse.json', 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  beforeEach(async () => {
    const { token } = await api.tokenOf(null, ['payments:write']);
    await post(
      ['disb-000001', 'disb-000002'].map((payment_ref, index) =>
        sent({
          event_id: `due-${index}`,
          payment_ref,
          status: 'scheduled',
          occurred_at: '2025-11-20T08:00:00Z',
        }),
      ),
      token,
    );
  });

  it('on-disburse: each status with its reason, ACK once stored, twice the same', async () => {
    for (let time = 0; time < 2; time += 1) {
      const answer = await hook('/disburse/on-disburse', sample);
      expect(answer.status).toBe(200);
      expect(answer.body.message).toMatchObject({ ack_status: 'ACK' });
      expect(answer.body.message).toHaveProperty('correlation_id');
    }
    expect(await statusOf('disb-000001')).toBe('paid');
    const { rows } = await api.db.query(`select status, reason from payment where reference = 'disb-000002'`);
    expect(rows).toEqual([{ status: 'failed', reason: 'account_unresolved' }]);
    const { rowCount } = await api.db.query(
      `select from payment_event where source = 'g2p.pymts.example.org'`,
    );
    expect(rowCount).toBe(2);
  });

  it('on-status: the same answer, one step further in', async () => {
    const message = {
      transaction_id: 't',
      txnstatus_response: { txn_type: 'on-disburse', txn_status: sample['message'] },
    };
    expect((await hook('/disburse/txn/on-status', { ...sample, message })).body.message['ack_status']).toBe(
      'ACK',
    );
    expect(await statusOf('disb-000001')).toBe('paid');
  });

  it('counts what it leaves out, and reads a time without an offset by the clock of the profile', async () => {
    const [one] = sample['message']?.['disbursements_status'] as object[];
    const list = [
      { ...one, timestamp: '2025-11-21T08:00:00' },
      { ...one, status: 'gone' },
      { ...one, timestamp: '2099-01-01T00:00:00Z' },
    ];
    const body = { ...sample, message: { disbursements_status: list } };
    leftOut.length = 0;
    expect((await hook('/disburse/on-disburse', body)).status).toBe(200);
    expect(leftOut).toEqual(['unreadable 1', 'refused 1']);
    expect(api.reported).toEqual([undefined]);
    api.reported.length = 0;
    const { rows } = await api.db.query(
      'select occurred_at from payment_event where payment_ref = $1 and status = $2',
      ['disb-000001', 'paid'],
    );
    // Beirut is two hours ahead in winter.
    expect(rows).toEqual([{ occurred_at: new Date('2025-11-21T06:00:00Z') }]);
  });

  it('parks references that nobody knows, and refuses what cannot be read', async () => {
    const [one] = sample['message']?.['disbursements_status'] as object[];
    const unknown = { ...sample, message: { disbursements_status: [{ ...one, reference_id: 'disb-9' }] } };
    expect((await hook('/disburse/on-disburse', unknown)).body.message['ack_status']).toBe('ACK');
    const { rows } = await api.db.query(
      `select outcome, reason from payment_event where payment_ref = 'disb-9'`,
    );
    expect(rows).toEqual([{ outcome: 'parked', reason: 'no_beneficiary' }]);
    for (const body of ['{', {}, { message: { disbursements_status: [] } }, '[]']) {
      const answer = await hook('/disburse/on-disburse', body);
      expect(answer.status).toBe(400);
      expect(answer.body.message['ack_status']).toBe('ERR');
    }
    expect((await hook('/disburse/on-disburse', { padding: 'x'.repeat(70_000) })).status).toBe(413);
    expect(api.reported).toEqual([]);
  });
});

/**
 * A DCI registry over loopback HTTP, backed by households of the import format. It can be slow, dead, lying, huge, and
 * wrong in each of the ways that real ones are.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HouseholdInput } from '../../src/registry/import/record.ts';

type Json = Record<string, unknown>;

export type Mood =
  | 'well'
  | 'dead'
  | 'deaf'
  | 'lying'
  | 'huge'
  | 'html'
  | 'truncated'
  | 'rjct'
  | 'rjct-item'
  | 'pending'
  | 'err'
  | 'errors'
  | 'redirect'
  | 'unavailable'
  | 'empty-object'
  | 'unauthorized'
  | number;

export type MockDci = {
  url: string;
  /** How it answers; a number: so many milliseconds late. */
  mood: Mood;
  /** Only the next answers are of this mood. */
  next(mood: Mood, times?: number): void;
  /** The bodies of searches and other messages, in order, with their path and headers. */
  requests: { path: string; headers: IncomingHttpHeaders; body: string }[];
  /** Changes each answer before it leaves. */
  spoil: (answer: Json) => unknown;
  /** Records instead of those of the households. */
  records: ((type: string, value: string, regType: string) => Json[]) | undefined;
  /** Where tokens are given, those that are good. */
  tokens: Set<string>;
  wantsToken: boolean;
  households: HouseholdInput[];
  stop(): Promise<void>;
};

export async function startMockDci(households: HouseholdInput[], port = 0): Promise<MockDci> {
  const queue: Mood[] = [];
  let given = 0;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const path = req.url ?? '';
      mock.requests.push({ path, headers: req.headers, body });
      void answer(path, req.headers, body, res);
    });
  });

  const answer = async (path: string, headers: IncomingHttpHeaders, body: string, res: ServerResponse) => {
    if (path.endsWith('/token')) {
      given += 1;
      const token = `token-${given}`;
      mock.tokens.add(token);
      send(res, 200, { access_token: token, token_type: 'Bearer', expires_in: '3600' });
      return;
    }
    const mood = queue.shift() ?? mock.mood;
    if (mood === 'deaf') return;
    if (mood === 'dead') {
      res.socket?.destroy();
      return;
    }
    if (typeof mood === 'number') await sleep(mood);
    const bearer = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (mood === 'unauthorized' || (mock.wantsToken && !mock.tokens.has(bearer))) {
      send(res, 401, { errors: [{ code: 'err.request.unauthorized', message: 'no' }] });
      return;
    }
    const request = JSON.parse(body) as Json;
    if (!path.includes('/sync/')) {
      send(res, 202, ack(request));
      return;
    }
    ill(mood, res, () => {
      const message = request['message'] as { transaction_id: string; search_request: Json[] };
      const item = message.search_request[0] as { reference_id: string; search_criteria: Json };
      const query = item.search_criteria['query'] as { type: string; value: string };
      const lie = mood === 'lying';
      const records = mock.records
        ? mock.records(query.type, query.value, String(item.search_criteria['reg_type']))
        : mock.households
            .filter((one) => (lie ? !matches(one, query) : matches(one, query)))
            .slice(0, lie ? 1 : undefined)
            .flatMap(recordsOf);
      return mock.spoil({
        signature: '',
        header: {
          version: '1.0.0',
          message_id: `m-${mock.requests.length}`,
          message_ts: '2026-11-21T07:15:03Z',
          action: 'on-search',
          status: 'succ',
          total_count: 1,
          completed_count: 1,
          sender_id: 'registry.example.gov',
        },
        message: {
          transaction_id: message.transaction_id,
          correlation_id: 'c-1',
          search_response: [
            {
              reference_id: item.reference_id,
              timestamp: '2026-11-21T07:15:03Z',
              status: 'succ',
              data: { version: '1.0.0', reg_records: records },
              pagination: { page_size: 10, page_number: 1, total_count: records.length },
              locale: 'eng',
            },
          ],
        },
      });
    });
  };

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const mock: MockDci = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'well',
    next(mood, times = 1) {
      for (let n = 0; n < times; n++) queue.push(mood);
    },
    requests: [],
    spoil: (value) => value,
    records: undefined,
    tokens: new Set(),
    wantsToken: false,
    households,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return mock;
}

function ill(mood: Mood, res: ServerResponse, well: () => unknown): void {
  switch (mood) {
    case 'huge':
      send(res, 200, {
        message: { search_response: [{ status: 'succ', data: { reg_records: ['x'.repeat(5_242_880)] } }] },
      });
      return;
    case 'html':
      res.writeHead(200, { 'content-type': 'text/html' }).end('<html>captive portal</html>');
      return;
    case 'truncated':
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"message":{"search_response":[{"status":"succ"');
      return;
    case 'rjct':
      send(res, 200, { header: { status: 'rjct', status_reason_code: 'rjct.errors.too_many' }, message: {} });
      return;
    case 'rjct-item':
      send(res, 200, {
        message: {
          search_response: [{ status: 'rjct', status_reason_code: 'rjct.search_criteria.invalid' }],
        },
      });
      return;
    case 'pending':
      send(res, 200, { message: { search_response: [{ status: 'pdng' }] } });
      return;
    case 'err':
      send(res, 200, { message: { ack_status: 'ERR', error: { code: 'err.request.bad' } } });
      return;
    case 'errors':
      send(res, 500, { errors: [{ code: 'x' }] });
      return;
    case 'empty-object':
      send(res, 200, {});
      return;
    case 'unavailable':
      res.writeHead(503).end();
      return;
    case 'redirect':
      res.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end();
      return;
    default:
      send(res, 200, well());
  }
}

const ack = (request: Json) => ({
  message: {
    ack_status: 'ACK',
    timestamp: '2026-11-21T07:15:03Z',
    correlation_id: 'c-1',
    about: (request['message'] as Json)['transaction_id'],
  },
});

function send(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const digits = (text: unknown) => String(text).replace(/\D/g, '');

function matches(
  { household_id, members }: HouseholdInput,
  { type, value }: { type: string; value: string },
): boolean {
  if (type === 'MOBILE')
    return members.some(({ phones = [] }) => phones.some(({ number }) => number === value));
  if (type === 'UIN') return members.some(({ person_id }) => person_id === value);
  if (type === 'FILE') return digits(household_id).length >= 5 && digits(household_id) === value;
  return members.some(({ documents = [] }) => documents.some(({ number }) => digits(number) === value));
}

/** A Beneficiary around the Group for each programme; without one, the Group. */
export function recordsOf(household: HouseholdInput): Json[] {
  const { enrolments = [], payments = [] } = household;
  const group = groupOf(household);
  if (enrolments.length === 0) return [group];
  return enrolments.map((enrolment) => ({
    '@type': 'Beneficiary',
    assistance_unit: '2',
    group,
    programme_identifier: [
      { programme_identifier: enrolment.programme, programme_name: enrolment.programme },
    ],
    enrollment_date: enrolment.since,
    enrollment_status: enrolment.status,
    status_change_date: enrolment.status_date ? [enrolment.status_date] : [],
    additional_attributes: [
      { attribute_name: 'reason', attribute_value: enrolment.reason ?? '' },
      { attribute_name: 'next_date', attribute_value: enrolment.next_date ?? '' },
    ],
    benefits: payments
      .filter(({ programme }) => programme === enrolment.programme)
      .map((payment) => ({
        '@type': 'Benefit',
        benefit_type: '1',
        benefit_date: payment.from,
        benefit_value: `${String(payment.currency)} ${String(payment.amount)}`,
        // Beyond the standard, as registries that run payments add it.
        benefit_identifier: payment.payment_ref,
        benefit_status: payment.status,
        period: payment.period,
        until: payment.until,
        place: payment.place,
      })),
  }));
}

function groupOf({ household_id, area, members }: HouseholdInput): Json {
  return {
    '@type': 'Group',
    group_identifier: [{ identifier_type: 'FILE', identifier_value: household_id }],
    group_size: members.length,
    poverty_score: 3,
    additional_attributes: [{ attribute_name: 'area', attribute_value: area ?? '' }],
    member_list: members.map((member) => ({
      '@type': 'Member',
      member_identifier: [
        { identifier_type: 'UIN', identifier_value: String(member.person_id) },
        ...(member.documents ?? []).map(({ number }) => ({
          identifier_type: 'NID',
          identifier_value: String(number),
        })),
      ],
      demographic_info: {
        name: { surname: member.family_name, given_name: member.given_name },
        birth_date: member.birth_date,
        death_date: member.alive === false ? '2025-01-01' : null,
        phone_number: (member.phones ?? []).map(({ number }) => number),
      },
      is_disabled: true,
      language_code: member.language,
      additional_attributes: [
        { attribute_name: 'role', attribute_value: member.role },
        { attribute_name: 'phone_use', attribute_value: member.phones?.[0]?.use ?? '' },
      ],
    })),
  };
}

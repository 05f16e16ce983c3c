/** Requests kept while the registry was down: one discreet message each, once it is back, however many workers look. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readLocales } from '../../src/locales.ts';
import { contactFor } from '../../src/notifications/contact.ts';
import { answerKeptRequests } from '../../src/notifications/kept-requests.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { openMessage } from '../../src/notifications/outbox.ts';
import { RegistryUnavailable, type Registry } from '../../src/registry/registry.ts';
import { createTexts } from '../../src/render/texts.ts';
import { noon, openOutbox, profile, type Outbox } from './support.ts';

let outbox: Outbox;
const texts = createTexts(readLocales(), profile, () => true);

beforeAll(async () => {
  outbox = await openOutbox();
});
beforeEach(() => outbox.clear());
afterAll(() => outbox.close());

let asked: string[] = [];
beforeEach(() => {
  asked = [];
});

function registryThat(answer: () => Promise<never[]>): Registry {
  const none = () => Promise.reject(new Error('only the probe may be asked'));
  const findByPhone = (phone: string) => {
    asked.push(phone);
    return answer();
  };
  return {
    ...{ findByPhone, findByDocument: none, file: none },
    ...{ enrolments: none, payments: none, registeredPhone: none },
  };
}
const back = registryThat(() => Promise.resolve([]));
const down = registryThat(() => Promise.reject(new RegistryUnavailable('down')));
const silent = registryThat(() => new Promise(() => undefined));

function pass(registry: Registry, limit?: number): Promise<void> {
  const { db, keys } = outbox;
  const notifier = createNotifier({ keys, texts, profile, now: () => noon });
  return answerKeptRequests({ db, keys, registry, notifier, ...(limit !== undefined && { limit }) });
}

async function keep(from: string, language: string | null = 'ar', kind = 'kept_request'): Promise<number> {
  const { key } = await contactFor(outbox.db, outbox.keys, { from });
  const { rows } = await outbox.db.query<{ id: number }>(
    `insert into task (kind, about, contact, language, promised_on, idempotency, created_at)
     values ($1, 'payment', $2, $3, $4::timestamptz, $5, $4) returning id`,
    [kind, key, language, noon, randomUUID()],
  );
  return rows[0]?.id ?? 0;
}

const open = async () =>
  (await outbox.db.query<{ id: number }>("select id from task where state = 'open' order by id")).rows.map(
    ({ id }) => id,
  );

test('each gets one discreet message in her language, and is done', async () => {
  await keep('+96170000001', 'ar');
  await keep('+96170000002', 'fr');
  await keep('+96170000003', null);
  const callback = await keep('+96170000004', 'en', 'callback');
  await pass(back);
  await pass(back);
  expect(await open()).toEqual([callback]);
  const { rows } = await outbox.db.query<{ address: Buffer; content: Buffer; kind: string; due: Date }>(
    'select * from outbound order by id',
  );
  expect(rows.map((row) => ({ ...openMessage(outbox.keys, row), kind: row.kind, due: row.due }))).toEqual(
    [
      ['+96170000001', 'ar'],
      ['+96170000002', 'fr'],
      ['+96170000003', profile.languages.default],
    ].map(([to, language]) => ({
      to,
      content: { kind: 'text', body: texts.text(language ?? '', 'sms.pay.discreet') },
      kind: 'answer',
      due: noon,
    })),
  );
});

test('who has no phone is answered in her chat', async () => {
  await keep('LB.123456');
  await pass(back);
  expect((await outbox.db.query('select channel from outbound')).rows).toEqual([{ channel: 'whatsapp' }]);
});

test.each([
  ['down', down],
  ['silent', silent],
])('nothing leaves while the registry is %s', async (_how, registry) => {
  const id = await keep('+96170000001');
  const started = performance.now();
  await pass(registry);
  expect(performance.now() - started).toBeLessThan(2_500);
  expect(await open()).toEqual([id]);
  expect(await outbox.rows()).toEqual([]);
});

test('the registry is asked about nobody, and only when somebody waits', async () => {
  await pass(back);
  expect(asked).toEqual([]);
  await keep('+96170000001');
  await pass(back);
  expect(asked).toEqual(['+999000000000']);
});

test('several workers answer each once', async () => {
  for (let count = 0; count < 40; count += 1) await keep(`+961700001${String(count).padStart(2, '0')}`);
  await Promise.all([pass(back), pass(back), pass(back), pass(back)]);
  expect(await open()).toEqual([]);
  expect(await outbox.rows()).toHaveLength(40);
});

test('a pass has an end', async () => {
  for (let count = 0; count < 5; count += 1) await keep(`+9617000020${count}`);
  await pass(back, 2);
  expect(await open()).toHaveLength(3);
});

test('one that cannot be answered holds up nobody and stays open', async () => {
  const broken = await keep('+96170000001');
  await outbox.db.query("update contact set address = '\\x01'");
  await keep('+96170000002');
  await expect(pass(back)).rejects.toThrow('1 kept requests could not be answered');
  expect(await open()).toEqual([broken]);
  expect(await outbox.rows()).toHaveLength(1);
});

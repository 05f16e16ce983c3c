/** Uzbekistan, Pension Fund: what systems.md §2.10 says works, through the real callback, files of the bank and the API. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { runWebhooks } from '../../src/api/webhook-delivery.ts';
import { addWebhook } from '../../src/api/webhooks.ts';
import { periodOf } from '../../src/insight/period.ts';
import { readLocales } from '../../src/locales.ts';
import { createNotifier } from '../../src/notifications/notify.ts';
import { importPayments } from '../../src/payments/import/import.ts';
import { untoldCsv } from '../../src/payments/untold.ts';
import { createTexts } from '../../src/render/texts.ts';
import { segments } from '../../src/render/measure.ts';
import { factsIn } from '../locales/every-language.ts';
import { openBackstage, type Backstage } from '../transcripts/backstage.ts';
import { keepTranscript, openCountry, type Country } from './support.ts';

let fund: Country;
let backstage: Backstage;
let portal: Server;
const told: { source: string; external_id: string; reference: string; status: string }[] = [];

beforeAll(async () => {
  fund = await openCountry('uzbekistan-pension', { hasChores: false });
  backstage = await openBackstage(fund.service.service.deployment, fund.now);
  portal = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (text: string) => (body += text));
    req.on('end', () => {
      told.push((JSON.parse(body) as { case: (typeof told)[number] }).case);
      res.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  portal.closeAllConnections();
  portal.close();
  await fund.stop();
});

const RUSSIAN = '2';
const day = (days: number) => fund.date(days).split('/').reverse().join('-');
const point = (days: number) => fund.date(days).replaceAll('/', '.');

/** A file of the bank's portal, brought in as `wasl import payments` does. */
async function reconcile(...rows: string[]): Promise<{ accepted: number; duplicate: number }> {
  const { db, keys, profile } = fund.service.service.deployment;
  const header = 'household_id,payment_ref,programme,amount,currency,status,place,status_date';
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasl-bank-')), 'reconciliation.csv');
  writeFileSync(file, [header, ...rows].join('\n'));
  const texts = createTexts(readLocales(), profile, () => true);
  const notifier = createNotifier({ keys, texts, profile, now: fund.now });
  return importPayments({ db, keys, profile, notifier, now: fund.now }, file);
}

const PORTALS = ['prokuratura', 'my_gov_uz', 'president', 'minfin'];

async function send(source: string, json: object): Promise<Response> {
  const { token } = await createToken(fund.db, {
    name: source,
    scopes: ['cases:write', 'cases:read'],
    source,
    expiresAt: null,
    at: fund.now(),
  });
  return fetch(`${fund.service.url}/api/v1/cases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source, kind: 'complaint', category: 'PAY-NR', ...json }),
  });
}

test('P1 a row "cashed out" of the bank is one SMS at once: amount, date, place, 1140, not you? call', async () => {
  const row = `UZ-1,XB-1,AGE,1250000,UZS,Cashed out,Chilonzor,${day(0)}`;
  expect(await reconcile(row)).toMatchObject({ accepted: 1 });
  await reconcile(row, `UZ-2,XB-2,AGE,980000,UZS,cashed out,Chilonzor,${day(0)}`);
  expect(await fund.phone('+998900000001').inbox()).toEqual([
    `Pensiya: 1 250 000 so'm ${point(0)} da olindi: Chilonzor. Siz emasmi? Hozir 1140 raqamini tering, bepul. PIN kod so'ramaymiz.`,
  ]);
  const russian = await fund.phone('+998900000002').inbox();
  expect(russian.map((text) => text.replaceAll('\u00a0', ' '))).toEqual([
    `Пенсия: 980 000 сум выдано ${point(0)}, Chilonzor. Не вы? Сразу звоните 1140, бесплатно. PIN не просим.`,
  ]);
  const { rows } = await fund.db.query<{ due: Date }>('select due from outbound');
  expect(rows).toHaveLength(2);
  // By day they are due when the row is read; the outbox sends what is due within seconds.
  for (const { due } of rows) expect(due.getTime() - fund.now().getTime()).toBeLessThanOrEqual(5 * 60_000);
});

test('P1 she reads the same by USSD, and "not me" opens a complaint', async () => {
  const dilbar = fund.phone('+998900000001');
  const screen = await dilbar.dial('1', '2', '1', '0427', '1958');
  expect(screen).toContain(`1 250 000 so'm ${point(0)} da berildi: Chilonzor.`);
  expect(await dilbar.type('3')).toContain('Tafsilot qo');
  keepTranscript('uzbekistan-pension', dilbar);
});

test('P2 who has no phone stands on the list of who was not told, office by office', async () => {
  await reconcile(
    `UZ-3,XB-3,AGE,1100000,UZS,cashed out,Registon,${day(0)}`,
    `UZ-4,XB-4,AGE,900000,UZS,cashed out,Registon,${day(0)}`,
    `UZ-5,XB-5,LOSS,700000,UZS,cashed out,Chilonzor,${day(0)}`,
  );
  const lines: string[] = [];
  const period = periodOf(day(-1), day(1), 'Asia/Tashkent');
  for await (const part of untoldCsv(fund.service.service.deployment, period)) lines.push(part);
  expect(lines.join('').trimEnd().split('\r\n').sort()).toEqual([
    `Samarqand,SAM-01,no_phone,collected,${day(0)},XB-3,UZ-3`,
    `Samarqand,SAM-01,no_phone,collected,${day(0)},XB-4,UZ-4`,
    `Toshkent,TAS-01,no_phone,collected,${day(0)},XB-5,UZ-5`,
    'office,area,why,status,date,payment_ref,household_id',
  ]);
});

test('P3 a complaint of a portal keeps its number when it is imported again, and its closure is told to that portal', async () => {
  const { db, keys, profile } = fund.service.service.deployment;
  const url = `http://127.0.0.1:${(portal.address() as AddressInfo).port}/hook`;
  const numbers = new Map<string, string>();
  for (const source of PORTALS) {
    await addWebhook(
      db,
      keys,
      { url, events: ['case.updated'], source, restricted: false, at: fund.now() },
      false,
    );
    const first = await send(source, { external_id: 'A-17', phone: '+998900000001', language: 'uz' });
    expect(first.status).toBe(201);
    const { reference } = (await first.json()) as { reference: string };
    const again = await send(source, { external_id: 'A-17', phone: '+998900000001', language: 'uz' });
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ reference, source });
    numbers.set(source, reference);
  }
  expect(new Set(numbers.values()).size).toBe(4);
  for (const reference of numbers.values()) await backstage.staff('answers', reference, 'Tolandi.');
  fund.setDay(60);
  await backstage.clocks();
  fund.setDay(0);
  await runWebhooks({ db, keys, profile, now: fund.now, isProduction: false });
  for (const [source, reference] of numbers) {
    const own = told.filter((one) => one.reference === reference);
    expect(own[0]?.status).toBe('resolved');
    expect(own.at(-1)?.status).toBe('closed');
    for (const one of own) expect(one).toMatchObject({ source, external_id: 'A-17' });
  }
});

test('P3 a source that the profile does not name is refused, so that a misspelt one makes no second case', async () => {
  const answer = await send('prokuratura2', { external_id: 'A-17' });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(await answer.json())).toContain('/source');
});

test.each(['uz', 'ru'])(
  'P4 the four digits stand whole in every %s text that names the hotline',
  (language) => {
    const texts = createTexts(readLocales(), fund.profile, () => true);
    const naming = Object.entries(readLocales()[language] ?? {}).filter(([, text]) =>
      text.includes('{{hot}}'),
    );
    expect(naming.length).toBeGreaterThan(40);
    for (const [key] of naming) {
      const said = texts.text(language, key, { facts: factsIn(language), slots: { matter: 'notreceived' } });
      expect(said).toMatch(/(?<![\d*])1140(?![\d#])/);
      if (key.startsWith('sms.'))
        expect(segments(said).segments).toBeLessThanOrEqual(language === 'uz' ? 1 : 2);
    }
  },
);

test('P4 on a screen of Cyrillic letters it stands whole on its page', async () => {
  expect(await fund.phone('+998900000009').dial(RUSSIAN, '4', '4', '9')).toContain('1140');
});

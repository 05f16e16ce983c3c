/** Whatever is posted to the USSD route: HTTP 200 and a sentence in her language; never a trace of the program. */
import http from 'node:http';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

let service: TestService;
let url: string;
const FRENCH = '+96170000002';

beforeAll(async () => {
  service = await startService({ PROFILE: testProfile() }, { now: () => lastWednesday() });
  url = `${service.url}/webhooks/dev/africastalking/ussd`;
  const phone = service.handset(FRENCH);
  await phone.dial();
  await phone.send('3');
});
afterAll(() => service.stop());

type Answer = { status: number; type: string; body: string };

/** As raw as a socket allows: no client mends the body. */
function post(body: string | Buffer, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
          ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(method === 'POST' ? body : undefined);
  });
}

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const good = {
  sessionId: 'ATUid_1',
  serviceCode: '*384*1747#',
  phoneNumber: FRENCH,
  networkCode: '99999',
  text: '',
};
const without = (name: keyof typeof good) =>
  form(Object.fromEntries(Object.entries(good).filter(([key]) => key !== name)));
const typed = (encoded: string) => `${without('text')}&text=${encoded}`;

const TRACE = /node_modules|\bat \S+ \(|Error:|TypeError|undefined|\[object|<html|SELECT|stack/i;

const table: [name: string, body: string | Buffer, headers?: Record<string, string>][] = [
  ['nothing at all', ''],
  ['no session', without('sessionId')],
  ['no service code', without('serviceCode')],
  ['no phone', without('phoneNumber')],
  ['no text', without('text')],
  ['no network', without('networkCode')],
  ['a field twice', `${form(good)}&text=1&text=2`],
  ['the phone twice', `${form(good)}&phoneNumber=%2B96170000003`],
  ['the session twice', `${form(good)}&sessionId=other`],
  ['fields like arrays', form(good).replace('text=', 'text%5B%5D=')],
  ['fields like objects', `${form(good)}&text%5B__proto__%5D%5Bx%5D=1`],
  ['a prototype', `__proto__=1&constructor=2&${form(good)}`],
  ['a hundred fields', `${form(good)}&${Array.from({ length: 100 }, (_, n) => `f${n}=1`).join('&')}`],
  ['a session of 10,000 letters', form({ ...good, sessionId: 'x'.repeat(10_000) })],
  ['a session with line breaks', form({ ...good, sessionId: 'a\r\nSet-Cookie: x' })],
  ['a phone that is none', form({ ...good, phoneNumber: 'anonymous' })],
  ['a phone of 40 digits', form({ ...good, phoneNumber: '+9'.padEnd(41, '9') })],
  ['an empty phone', form({ ...good, phoneNumber: '' })],
  ['a phone whose + became a space', `${without('phoneNumber')}&phoneNumber=+96170000002`],
  ['a JSON body', JSON.stringify(good), { 'content-type': 'application/json' }],
  ['a JSON body that says it is a form', JSON.stringify(good)],
  ['a multipart body', '--x\r\n\r\n1\r\n--x--', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['no content type', form(good), { 'content-type': '' }],
  ['another charset', form(good), { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' }],
  ['a body that is not gzip', form(good), { 'content-encoding': 'gzip' }],
  ['an unknown encoding', form(good), { 'content-encoding': 'what' }],
  ['NUL', typed('%00')],
  ['NUL in words', typed('1%001')],
  ['control characters', typed('%01%02%1B%7F')],
  ['emoji', typed(encodeURIComponent('😀👩‍👩‍👧'))],
  ['half of a surrogate pair', typed('%ED%A0%80')],
  ['bytes that are no UTF-8', typed('%FF%FE%C3')],
  ['raw bytes', Buffer.concat([Buffer.from(typed('')), Buffer.from([0xff, 0x00, 0xc3, 0x28])])],
  ['a broken escape', typed('%zz%')],
  ['only stars', typed('***')],
  ['hashes', typed('%23%23')],
  ['an unknown session with a long text', typed('1*2*3*4*5*6*7*8*9')],
  ['right-to-left overrides', typed('%E2%80%AE1')],
  ['template syntax', typed(encodeURIComponent('{{svc}} ${1} $t(entry.menu)'))],
  ['SQL', typed(encodeURIComponent("'; drop table contact; --"))],
  ['30,000 letters', typed('x'.repeat(30_000))],
];

test.each(table)('%s', async (_name, body, headers) => {
  const answer = await post(body, headers);
  expect(answer.status).toBe(200);
  expect(answer.type).toMatch(/^text\/plain/);
  expect(answer.body).toMatch(/^(CON|END) \S/);
  expect(answer.body).not.toMatch(TRACE);
});

/** Those whose body can be read, and names her phone once. */
const hers = table.filter(
  ([name, body, headers]) =>
    /Number=(%2B|\+)96170000002/.test(String(body)) && !headers && name !== 'the phone twice',
);

test.each(hers)('in her language: %s', async (_name, body) => {
  const { body: text } = await post(body);
  expect(text).not.toMatch(/[\u0600-\u06ff]/);
});

it('answers 413 to what no gateway sends', async () => {
  const { status, body } = await post(`${typed('')}${'x'.repeat(1_048_576)}`);
  expect(status).toBe(413);
  expect(body).not.toMatch(TRACE);
});

it('knows no GET, and no other token', async () => {
  expect((await post('', {}, 'GET')).status).toBe(404);
  const wrong = await fetch(url.replace('/dev/', '/other/'), { method: 'POST', body: form(good) });
  expect(wrong.status).toBe(404);
  expect(await wrong.text()).not.toMatch(TRACE);
});

it('goes on in the middle of a dialog after each of them', async () => {
  const phone = service.handset('+96170000003');
  await phone.dial();
  await phone.keys('2', '3', '4', '2', '1', '2');
  for (const [name, body] of table.filter(
    ([, body]) => typeof body === 'string' && body.includes('&text='),
  )) {
    const text = new URLSearchParams(body as string).get('text') ?? '';
    const screen = await phone.send(text);
    expect(screen.status, name).toBe(200);
    expect(screen.raw, name).toMatch(/^(CON|END) \S/);
    expect(screen.raw, name).not.toMatch(TRACE);
    if (screen.end) await phone.dial();
  }
});

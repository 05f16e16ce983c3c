/** `wasl serve` and the commands that work beside it, on the embedded database, as on a laptop. */
import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAlive, readKeeper } from '../../src/store/postgres-state.ts';
import { handset } from '../support/service.ts';
import { start, temporaryFolder, wasl, type Running } from './support.ts';

vi.setConfig({ testTimeout: 90_000 });

const folder = temporaryFolder();
const dataDir = path.join(folder, 'data');
const env = { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' };

async function serve(more: Record<string, string> = {}): Promise<{ running: Running; url: string }> {
  const running = start(['serve'], { ...env, ...more });
  const [, url = ''] = await running.prints(/Health +(http:\S+)\/readyz\n/);
  return { running, url };
}

const ussd = (url: string) => `${url}/webhooks/dev/africastalking/ussd`;

let first: { running: Running; url: string };
beforeAll(async () => {
  first = await serve();
}, 120_000);
afterAll(async () => {
  first.running.child.kill('SIGKILL');
  const keeper = readKeeper(dataDir);
  if (keeper && isAlive(keeper)) process.kill(keeper.pid, 'SIGTERM');
  while (keeper && isAlive(keeper)) await sleep(50);
  rmSync(folder, { recursive: true, force: true });
});

/** A household as in the contract's example, with another phone and amount. */
const household = (number: string, amount: string) => ({
  household_id: 'HH-770001',
  area: 'BEY-03',
  members: [
    {
      person_id: 'P-770001',
      role: 'head',
      given_name: 'Rima',
      family_name: 'Haddad',
      mother_name: 'Salma',
      sex: 'female',
      birth_date: '1980-04-12',
      documents: [{ type: 'national_id', number: '000012349876' }],
      phones: [{ number, use: 'own' }],
      language: 'en',
      alive: true,
    },
  ],
  enrolments: [
    {
      programme: 'CASH',
      status: 'active',
      since: '2024-01-01',
      status_date: '2026-11-01',
      reason: null,
      next_date: null,
      review_due: null,
    },
  ],
  payments: [
    {
      payment_ref: 'PAY-770001',
      programme: 'CASH',
      period: '2026-11',
      amount,
      currency: 'USD',
      status: 'ready',
      from: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
      until: new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10),
      place: 'Main post office',
      provider: 'MTO-A',
      person_id: 'P-770001',
    },
  ],
});

describe('wasl serve', () => {
  it('prints where it is, with the port it really has, and answers there', async () => {
    const { running, url } = first;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(running.out()).toContain('Wasl is ready (profile demo).');
    expect(running.out()).toContain(`Phone simulator  ${url}/simulator/`);
    expect(running.out()).toContain('dial *384*1747# as +96170000001, last 4 digits 0427, born 1980');
    expect((await fetch(`${url}/simulator/`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    const her = handset(ussd(url), '+96170000001');
    await her.dial();
    expect((await her.keys('2', '2', '1', '0427', '1980')).text).toContain('145 USD');
  });

  it('says in one line that its port is taken', async () => {
    const { code, out, err } = await wasl(['serve'], { ...env, PORT: new URL(first.url).port });
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(`wasl: PORT: ${new URL(first.url).port} is taken by another program\n`);
  });
});

describe('beside the running service', () => {
  const file = path.join(folder, 'registry.ndjson');
  const phone = '+96171234567';
  const good = JSON.stringify(household(phone, '1234.50'));

  it('wasl import registry brings in a person who can ask for her amount at once', async () => {
    writeFileSync(file, `${good}\n`);
    const { code, out, err } = await wasl(['import', 'registry', file], env);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe('1 households with 1 persons are in, 0 unchanged, 0 lines refused.\n');
    const her = handset(ussd(first.url), phone);
    await her.dial();
    const screen = await her.keys('2', '2', '1', '9876', '1980');
    expect(screen.text).toMatch(/^1,234\.50 USD is ready until/);
  });

  it('a second import changes nothing, and a changed line changes that line', async () => {
    const again = await wasl(['import', 'registry', file, '--json'], env);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ households: 1, unchanged: 1, rejected: [] });
    writeFileSync(file, `${JSON.stringify(household(phone, '77.00'))}\n`);
    expect(JSON.parse((await wasl(['import', 'registry', file, '--json'], env)).out)).toMatchObject({
      households: 1,
      unchanged: 0,
    });
    const her = handset(ussd(first.url), phone);
    await her.dial();
    expect((await her.keys('2', '2', '1', '9876', '1980')).text).toMatch(/^77 USD/);
  });

  it('bad lines are named with their number and exit code 2, and quote nobody; the rest is in', async () => {
    const other = { ...household('+96171234568', '5.00'), household_id: 'HH-770002' };
    const members = other.members.map((member) => ({ ...member, person_id: 'P-770002' }));
    const payments = other.payments.map((payment) => ({
      ...payment,
      payment_ref: 'PAY-770002',
      person_id: 'P-770002',
    }));
    writeFileSync(
      file,
      [
        '{"household_id":',
        JSON.stringify({ household_id: 'HH-9', members: [{ given_name: 'Marwan' }] }),
        JSON.stringify({ ...other, members, payments }),
        '',
      ].join('\n'),
    );
    const { code, out, err } = await wasl(['import', 'registry', file], env);
    expect(code).toBe(2);
    expect(out).toBe('1 households with 1 persons are in, 0 unchanged, 2 lines refused.\n');
    expect(err).toMatch(/^line 1: refused: .+\nline 2: refused: .+\n$/);
    expect(err).not.toContain('Marwan');
  });

  it('a file that is not there is one line', async () => {
    const { code, err } = await wasl(['import', 'registry', path.join(folder, 'none.ndjson')], env);
    expect(code).toBe(1);
    expect(err).toMatch(/^wasl: [^\n]*none\.ndjson[^\n]*\n$/);
  });

  it('wasl migrate and wasl doctor work, too', async () => {
    const migrated = await wasl(['migrate'], env);
    expect([migrated.code, migrated.out]).toEqual([0, 'The database is at the schema of this release.\n']);
    const { code, out } = await wasl(['doctor'], { ...env, PUBLIC_URL: first.url });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ok {4}configuration: profile demo\nok {4}database: embedded PostgreSQL 1\d\.\S+, 100\d households\n/,
    );
    expect(out).toContain(`ok    public address: ${first.url} answers\n`);
  });

  it('wasl chat answers piped input, on the same data', async () => {
    const { code, out, err } = await wasl(['chat', '--phone', '+96171234568'], env, '2\n2\n1\n9876\n1980\n');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('2.Payment');
    expect(out).toContain('5 USD is ready until');
    const sms = await wasl(['chat', '--phone', phone, '--sms'], env, 'HELP\n');
    expect(sms.code).toBe(0);
    expect(sms.out).toContain('1747');
  });

  it('wasl chat refuses what is no phone', async () => {
    expect((await wasl(['chat', '--phone', '12'], env)).err).toBe(
      'wasl: --phone: must be a number such as +96170000001\n',
    );
  });
});

describe('told to stop', () => {
  it('it answers what is under way, ends with code 0, and starts again within 10 s with all it knew', async () => {
    const { running, url } = first;
    const her = handset(ussd(url), '+96170000002');
    await her.dial();
    await her.keys('2', '3');
    // The gateway is in the middle of a request when the signal comes.
    const body = new URLSearchParams({
      sessionId: her.sessionId,
      serviceCode: '*384*1747#',
      phoneNumber: her.phone,
      networkCode: '99999',
      text: '2*3*4',
    }).toString();
    const answered = new Promise<string>((resolve, reject) => {
      const request = http.request(ussd(url), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length },
      });
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve(text);
        });
      });
      request.on('error', reject);
      request.write(body.slice(0, 20));
      setTimeout(() => running.child.kill('SIGTERM'), 300);
      setTimeout(() => request.end(body.slice(20)), 900);
    });
    expect(await answered).toMatch(/^CON 1\.Asked me for money/);
    const { code, err } = await running.ended;
    expect([code, err]).toEqual([0, '']);

    const started = Date.now();
    first = await serve();
    expect(Date.now() - started).toBeLessThan(10_000);
    const again = handset(ussd(first.url), her.phone);
    expect((await again.dial()).text).toMatch(/cut last time|Wasl/);
    expect(first.running.out()).not.toContain('synthetic registry');
  });

  it('SIGINT ends it as well', async () => {
    const { running } = await serve({ DATABASE_URL: '' });
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(0);
  });
});

it('a listener elsewhere is named by its address', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const { err, code } = await wasl(['serve'], { ...env, PORT: String(port) });
  taken.close();
  expect([code, err]).toEqual([1, `wasl: PORT: ${port} is taken by another program\n`]);
});

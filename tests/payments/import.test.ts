/** Files of payments: good ones go in once, bad ones are refused as a whole or line by line. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { importPayments } from '../../src/payments/import/import.ts';
import { family, openPayments, type Office } from './support.ts';

let office: Office;
beforeAll(async () => {
  office = await openPayments();
});
afterAll(() => office.close());
beforeEach(async () => {
  await office.clear();
  await office.add(family('HH-10001', '+96170000001'));
});

const run = (name: string, content: string | Buffer, options = {}) =>
  importPayments(office.deps, office.file(name, content as string), options);
const stored = async () => (await office.db.query('select from payment_event')).rowCount;

const HEADER =
  'household_id,payment_ref,programme,period,amount,currency,status,from,until,place,status_date';
const line = (ref: string, amount = '145.00', household = 'HH-10001') =>
  `${household},${ref},CASH,2026-11,${amount},USD,ready,2026-11-20,2026-12-10,Saida,2026-11-20`;

it('takes the payment columns with a BOM, semicolons and all, and tells the payee; again it changes nothing', async () => {
  const content = `\ufeff${[HEADER, line('PAY-1'), line('PAY-2', '20.5')].join('\r\n').replaceAll(',', ';')}`;
  expect(await run('a.csv', content)).toMatchObject({ accepted: 2, rejected: 0, problems: [] });
  expect(await office.payment('PAY-2')).toMatchObject({ status: 'ready', amount: '20.5', place: 'Saida' });
  expect(await office.messages()).toHaveLength(2);
  expect(await run('b.csv', content)).toMatchObject({ accepted: 0, duplicate: 2 });
  expect(await office.messages()).toHaveLength(2);
});

it('reports bad lines by number and takes the rest', async () => {
  const content = [
    HEADER,
    line('PAY-1'),
    line('PAY-2', '"145,00"'),
    line('PAY-3', '1.450,00').replace('1.450,00', '"1.450,00"'),
    line('PAY-1', '20.00'),
    line('PAY-4', '10', 'HH-9'),
    line('PAY-5').replace('ready', 'soon'),
    'HH-10001,PAY-6',
  ].join('\n');
  expect(await run('bad.csv', content)).toMatchObject({
    accepted: 1,
    parked: 1,
    rejected: 5,
    problems: [
      { line: 3, reason: 'amount: expected an amount like 145.00' },
      { line: 4, reason: 'amount: expected an amount like 145.00' },
      { line: 5, reason: 'payment_ref: line 2 has it already' },
      { line: 7, reason: 'status: not a word for the status of a payment' },
      { line: 8 },
    ],
  });
  expect(await office.payment('PAY-1')).toMatchObject({ amount: '145.00' });
});

const arabic = 'HH-10001,PAY-1,CASH,2026-11,145.00,USD,ready,2026-11-20,2026-12-10,صيدا,2026-11-20';
/** As a desk in the region may have saved it: the one word that is no ASCII, in Windows-1256. */
const windows1256 = (text: string) =>
  Buffer.concat(
    text
      .split('صيدا')
      .flatMap((part, n) => [...(n > 0 ? [Buffer.from('d5edcfc7', 'hex')] : []), Buffer.from(part)]),
  );

it.each([
  ['UTF-16, little end first', Buffer.from(`\ufeff${HEADER}\n${arabic}\n`, 'utf16le'), 'UTF-16'],
  ['UTF-16, big end first', Buffer.from(`\ufeff${HEADER}\n${arabic}\n`, 'utf16le').swap16(), 'UTF-16'],
  ['UTF-16 without a mark', Buffer.from(`${HEADER}\n${arabic}\n`, 'utf16le'), 'UTF-16'],
  ['Windows-1256', windows1256(`${HEADER}\n${arabic}\n`), 'Windows-1256'],
  ['Latin-1', Buffer.from(`${HEADER}\n${line('PAY-1').replace('Saida', 'Saïda')}\n`, 'latin1'), 'not UTF-8'],
  ['no such columns', 'reference;amount;date\nPAY-1;145.00;2026-11-20\n', 'lacks the columns'],
  ['one column too few', `${HEADER.replace(',status,', ',state,')}\n${line('PAY-1')}\n`, 'status'],
  ['nothing', '', 'empty'],
  ['a spreadsheet', Buffer.from('504b030414000600080000002100', 'hex'), 'no text'],
])('refuses a file of %s before its first line', async (name, content, why) => {
  await expect(run('bad.csv', content), name).rejects.toThrow(why);
  expect(await stored()).toBe(0);
  expect((await office.db.query('select from payment_import')).rowCount).toBe(0);
});

it('refuses by line what only stands deep in a file: other encodings, decimals of two kinds, references twice', async () => {
  const note = `,${'x'.repeat(1_000)}`;
  const good = Array.from({ length: 70 }, (_, n) => line(`PAY-${n}`));
  const bad = [arabic.replace('PAY-1,', 'PAY-100,'), line('PAY-101', '"145,00"'), line('PAY-5')];
  // The bytes of line 72 are Windows-1256, after all that is looked at first.
  const content = windows1256(
    [`${HEADER},note`, ...[...good, ...bad].map((one) => `${one}${note}`)].join('\n'),
  );
  expect(content.indexOf(Buffer.from('d5edcfc7', 'hex'))).toBeGreaterThan(64 * 1024);
  expect(await run('deep.csv', content)).toMatchObject({
    accepted: 70,
    rejected: 3,
    problems: [
      { line: 72, reason: 'not UTF-8' },
      { line: 73, reason: 'amount: expected an amount like 145.00' },
      { line: 74, reason: 'payment_ref: line 7 has it already' },
    ],
  });
  expect(await stored()).toBe(70);
  expect((await office.db.query('select from payment_import_ref')).rowCount).toBe(0);
}, 60_000);

it('reads the words of a bank as the profile says, and refuses those that it does not know', async () => {
  const profile = { ...office.deps.profile, payment_status_map: { 'Cashed out': 'collected' as const } };
  const content = [
    HEADER,
    line('PAY-1').replace('ready', ' cashed OUT '),
    line('PAY-2').replace('ready', 'taken'),
  ].join('\n');
  const file = office.file('words.csv', content);
  expect(await importPayments({ ...office.deps, profile }, file)).toMatchObject({
    accepted: 1,
    problems: [{ line: 3, reason: 'status: not a word for the status of a payment' }],
  });
  expect(await office.payment('PAY-1')).toMatchObject({ status: 'collected' });
});

it('takes events as NDJSON and as CSV', async () => {
  const fields = { event_id: 'e1', source: 'bank', occurred_at: '2026-11-23T09:00:00Z', status: 'succ' };
  const good = { ...fields, payment_ref: 'PAY-1', programme_id: 'CASH', amount: '5.00', currency: 'USD' };
  const beneficiary = { id_type: 'person_id', id_value: 'P-HH-10001' };
  const ndjson = [JSON.stringify({ ...good, beneficiary }), '{"event_id":"e2"}', 'nonsense', '[1]'].join(
    '\n',
  );
  expect(await run('a.ndjson', ndjson)).toMatchObject({
    accepted: 1,
    rejected: 3,
    problems: [{ line: 2 }, { line: 3, reason: 'not valid JSON' }, { line: 4, reason: 'expected an object' }],
  });
  const csv = [
    'event_id,source,occurred_at,status,payment_ref,id_type,id_value',
    'e3,bank,2026-11-23T09:30:00Z,collected,PAY-1,person_id,P-HH-10001',
  ].join('\n');
  expect(await run('a.csv', csv)).toMatchObject({ accepted: 1 });
  expect(await office.payment('PAY-1')).toMatchObject({ status: 'collected', amount: '5.00' });
});

it('stops, and goes on where it stopped', async () => {
  const lines = Array.from({ length: 450 }, (_, index) => line(`PAY-${index}`, '1.00', 'HH-9'));
  const file = office.file('long.csv', [HEADER, ...lines, line('PAY-3')].join('\n'));
  const stop = new AbortController();
  const reads: number[] = [];
  await expect(
    importPayments(office.deps, file, {
      signal: stop.signal,
      onProgress: ({ parked }) => {
        reads.push(parked);
        stop.abort(new Error('stopped'));
      },
    }),
  ).rejects.toThrow('stopped');
  expect(reads).toEqual([200]);
  expect(await stored()).toBe(200);
  const result = await importPayments(office.deps, file);
  expect(result).toMatchObject({ parked: 450, duplicate: 0, rejected: 1, problems: [{ line: 452 }] });
  expect((await office.db.query('select from payment_import_ref')).rowCount).toBe(0);
});

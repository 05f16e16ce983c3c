/** The synthetic population: reproducible, inside its phone range, valid, and with every case in it. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { demoPeople } from '../../src/registry/demo-people.ts';
import { householdRecord } from '../../src/registry/import/record.ts';
import { generateHouseholds, writePopulation } from '../../src/registry/population.ts';
import { ENROLMENT_STATUSES, PAYMENT_STATUSES } from '../../src/registry/registry.ts';
import { ndjson } from './support.ts';

const today = '2026-11-22';
const households = [...generateHouseholds({ households: 1_000, today })].map((one) =>
  householdRecord.parse(one),
);
const members = households.flatMap((one) => one.members);
const phones = members.flatMap((member) => member.phones);

test('the same seed gives the same families, a longer population begins with the shorter', () => {
  const again = ndjson(generateHouseholds({ households: 1_000, today }));
  expect(again).toBe(ndjson(generateHouseholds({ households: 1_000, today, seed: 1 })));
  expect(again.startsWith(ndjson(generateHouseholds({ households: 400, today })))).toBe(true);
  expect(ndjson(generateHouseholds({ households: 1_000, today, seed: 2 }))).not.toBe(again);
});

test('it uses the numbers set aside for it and no others', () => {
  for (const { number } of phones) expect(number).toMatch(/^\+961700[0-9]{5}$/);
  expect(phones.map(({ number }) => number)).not.toContain('+96170000011');
  const range = { first: 96_170_099_990, last: 96_170_099_999 };
  expect(() => [...generateHouseholds({ households: 50, today, phones: range })]).toThrow(RangeError);
});

test('every status of an enrolment and of a payment occurs, in both programmes', () => {
  const enrolments = households.flatMap((one) => one.enrolments);
  const payments = households.flatMap((one) => one.payments);
  expect(new Set(enrolments.map(({ status }) => status))).toEqual(new Set(ENROLMENT_STATUSES));
  expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(PAYMENT_STATUSES));
  expect(new Set(enrolments.map(({ programme }) => programme))).toEqual(new Set(['CASH', 'SCHOOL']));
});

test('amounts follow the rules of the demo profile', () => {
  const generated = households.filter((one) => one.household_id.startsWith('HH-73'));
  for (const { members: family, payments } of generated) {
    for (const { programme, amount } of payments) {
      if (programme === 'CASH') expect(amount).toBe(`${25 + 20 * Math.min(family.length, 6)}.00`);
      else expect(Number(amount)).toSatisfy((value: number) => value >= 185 && value <= 415);
    }
  }
});

test('the difficult cases occur', () => {
  const uses = new Set(phones.map(({ use }) => use));
  expect(uses).toEqual(new Set(['own', 'shared', 'borrowed', 'unknown']));
  const numbers = phones.map(({ number }) => number);
  const age = (birth: string | null) => 2026 - Number((birth ?? '').slice(0, 4));
  const nominees = members.filter(({ role }) => role === 'nominee');
  expect(new Set(numbers).size).toBeLessThan(numbers.length - 10);
  expect(nominees.some(({ birth_date }) => age(birth_date) >= 18)).toBe(true);
  expect(nominees.some(({ birth_date }) => age(birth_date) === 17)).toBe(true);
  expect(members.some(({ role, alive }) => role === 'head' && !alive)).toBe(true);
  expect(members.some(({ role, documents }) => role === 'head' && documents.length === 0)).toBe(true);
  expect(households.some((one) => one.members.every((member) => member.phones.length === 0))).toBe(true);
  expect(households.some((one) => one.enrolments.length === 0)).toBe(true);
  expect(households.some((one) => one.enrolments.length > 1)).toBe(true);
  const names = members.map((member) => member.given_name ?? '').join(' ');
  expect(names).toMatch(/\p{Script=Arabic}/u);
  expect(names).toMatch(/[éèïëç]/);
});

test('dates lie around the day asked for, nothing settled lies in the future', () => {
  const other = ndjson(generateHouseholds({ households: 30, today: '2031-05-01' }));
  expect(other).toContain('"period":"2031-04"');
  expect(other).not.toContain('"period":"2026');
  for (const { status, status_date } of households.flatMap((one) => one.payments)) {
    if (status_date !== null) expect(status_date <= today, status).toBe(true);
  }
});

test('references and ids are unique', () => {
  const references = households.flatMap((one) => one.payments.map((payment) => payment.payment_ref));
  expect(new Set(references).size).toBe(references.length);
  expect(new Set(households.map((one) => one.household_id)).size).toBe(households.length);
  expect(new Set(demoPeople.map(({ phone }) => phone)).size).toBe(demoPeople.length);
});

test('written as a file it is the same, line for line', async () => {
  const stream = new PassThrough({ highWaterMark: 1024 });
  const written = text(stream);
  expect(await writePopulation(stream, { households: 500, today })).toBe(500);
  stream.end();
  expect(await written).toBe(ndjson(generateHouseholds({ households: 500, today })));
});

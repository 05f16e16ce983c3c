/** South Africa, SOCPEN / SASSA: what systems.md §2.7 says works, through the real callback. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAudit } from '../../src/privacy/audit.ts';
import type { Staff } from '../../src/staff/roles.ts';
import { myQueue } from '../../src/desk/queue.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let southAfrica: Country;

beforeAll(async () => {
  southAfrica = await openCountry('south-africa-sassa');
});
afterAll(() => southAfrica.stop());

const AGENT: Staff = {
  key: '00000000-0000-4000-8000-0000000000aa',
  name: 'Agent',
  email: 'agent@countries.test',
  roles: ['agent'],
  units: null,
  area: null,
  language: 'en',
};

const phone = (number: number) => southAfrica.phone(`+278200000${String(number).padStart(2, '0')}`);

test('Z1 a mother of three reads a line for each child and one total', async () => {
  const nomsa = phone(1);
  const screen = await nomsa.dial('2', '1', '1081', '1988');
  expect(screen.split('\n').slice(0, 4)).toEqual([
    'Child 1: 530 ZAR',
    'Child 2: 530 ZAR',
    'Child 3: 530 ZAR',
    `1,590 ZAR for 3 children is ready until ${southAfrica.date(20)} at Post Office. Bring ID. It is FREE.`,
  ]);
  keepTranscript('south-africa-sassa', nomsa);
});

test('Z1 she says once for all three that the money came, and it counts for each', async () => {
  const nomsa = phone(1);
  expect(await nomsa.dial('2', '2', '1081', '1988')).toContain('ALL the money, 1,590 ZAR for 3 children?');
  await nomsa.type('1', '1');
  const { rows } = await southAfrica.db.query<{ payment: string; answer: string }>(
    'select payment, answer from payment_confirmation order by payment',
  );
  expect(rows).toEqual(['CSG-1', 'CSG-2', 'CSG-3'].map((payment) => ({ payment, answer: 'all' })));
});

test('Z1 what is on hold for one child is told apart from what the others bring', async () => {
  const naledi = phone(9);
  expect(await naledi.dial('2', '1', '9089', '1986')).toContain('1,060 ZAR for 2 children is ready');
  expect(await naledi.type('9')).toContain('Your payment is on hold.');
});

test('Z2 relief of distress says its month, and is never active after the third unless it was extended', async () => {
  expect(await phone(2).dial('1', '2085', '1990')).toContain('Relief of distress: Active, month 2 of 3');
  const over = phone(3);
  expect(await over.dial('1', '3087', '1991')).toContain('Relief of distress: Ended');
  expect(await over.type('1')).toMatch(/^Your aid ended on .*: its last month is over\./);
  expect(over.screens.join('\n')).not.toContain('Active');
  expect(await phone(4).dial('1', '4089', '1992')).toContain('Relief of distress: Active, month 4 of 6');
});

test('Z2 the text message that she asks for says the same', async () => {
  await phone(2).dial('1', '2085', '1990', '3');
  expect(await phone(2).inbox()).toEqual([
    'SASSA: Relief of distress - Active, month 2 of 3. To know more dial *120*3210# or call 0800601011. Free.',
  ]);
  await phone(3).dial('1', '3087', '1991', '3');
  expect((await phone(3).inbox()).join()).toContain('Relief of distress - Ended');
});

test('Z3 who is recorded as deceased says so, and a call of an agent is promised in the same session', async () => {
  const jabu = phone(5);
  expect(await jabu.dial('1', '5088', '1955')).toContain('2.This is a mistake');
  const screen = await jabu.type('2', '1', '8');
  expect(screen).toContain('We call you by');
  const reference = referenceIn(screen);
  expect(await southAfrica.case(reference)).toMatchObject({
    category: 'DAT-DEAD',
    route: 'records',
    due_on: southAfrica.date(2).split('/').reverse().join('-'),
  });
  const { db, profile, now } = southAfrica;
  const waiting = await myQueue(db, AGENT, { now: now(), calendar: profile.calendar });
  expect(waiting).toMatchObject([{ kind: 'callback', reference }]);
});

test('Z4 who was removed since a payroll had her name appeals: the work was short-term', async () => {
  const bongani = phone(6);
  expect(await bongani.dial('1', '6080', '1980', '1')).toContain('your name is on a payroll');
  const reasons = await bongani.type('2', '1');
  expect(reasons).toContain('3.Work was short-term');
  const reference = referenceIn(await bongani.type('3', '1'));
  expect(await southAfrica.case(reference)).toMatchObject({ kind: 'appeal', programme: 'DG' });
  const { rows } = await southAfrica.db.query('select matter from grievance where reference = $1', [
    reference,
  ]);
  expect(rows).toEqual([{ matter: 'ground:shortwork' }]);
});

test('Z5 a mother who says yes gets one message about child support, and STOP ends all in one step', async () => {
  const mother = phone(77);
  await mother.dial('4', '1', '5');
  const { screens } = mother;
  expect(screens.at(-1)).toContain('3.Send by SMS');
  expect(await mother.type('3')).toContain('May we send you one SMS about Child support, free?');
  expect(await mother.inbox()).toEqual([]);
  expect(await mother.type('1')).toContain('OK. We send you an SMS now.');
  await mother.dial('4', '1', '5', '3', '1');
  expect(await mother.inbox()).toEqual([
    'SASSA: Child support: for who cares for a child under 18, with low income. It is free. To apply dial *120*3210#. To end messages send STOP',
  ]);
  const [asked] = await readAudit(southAfrica.db, { action: 'information_asked', limit: 5 });
  expect(asked?.details).toMatchObject({
    programme: 'CSG',
    language: 'en',
    channel: 'ussd',
    words: expect.stringContaining('May we send you one SMS') as string,
  });
  await mother.sms('STOP');
  expect((await mother.inbox()).at(-1)).toMatch(/^No more messages from SASSA\./);
  southAfrica.setDay(1);
  expect(await mother.dial('4', '1', '5', '3', '1')).toContain('This phone gets no messages from us.');
  expect(await mother.inbox()).toHaveLength(2);
  southAfrica.setDay(0);
});

test.each([
  ['Disability grant', 7, '7086', '1984', 14],
  ['Care dependency', 8, '8087', '1985', 9],
])(
  'Z6 %s says that a medical report is needed, where and until when',
  async (name, number, last4, year, days) => {
    const caller = phone(number);
    expect(await caller.dial('1', last4, year)).toContain(`${name}: Papers missing`);
    expect(await caller.type('1')).toContain(
      `Missing: medical report. Bring it to Khayelitsha office by ${southAfrica.date(days)}`,
    );
  },
);

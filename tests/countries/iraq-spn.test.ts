/** Iraq, MoLSA SPN and partners: what systems.md §2.3 says works, through the real callback. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '../../src/api/tokens.ts';
import { openBackstage, type Backstage } from '../transcripts/backstage.ts';
import { keepTranscript, openCountry, referenceIn, type Country } from './support.ts';

let iraq: Country;
let backstage: Backstage;

beforeAll(async () => {
  iraq = await openCountry('iraq-spn');
  backstage = await openBackstage(iraq.service.service.deployment, iraq.now);
});
afterAll(() => iraq.stop());

const ENGLISH = '2';

type Referral = {
  id: string;
  state: string;
  consent_at: Date | null;
  consent_language: string | null;
  consent_channel: string | null;
  consent_words: string | null;
  shared: Buffer | null;
};

async function referralOf(reference: string): Promise<Referral | undefined> {
  const { rows } = await iraq.db.query<Referral>('select * from referral where reference = $1', [reference]);
  return rows[0];
}

/** Shows who she is, and lodges a complaint with her name: its number. */
async function complain(phone: string, last4: string, year: string, language: string[]): Promise<string> {
  const caller = iraq.phone(phone);
  await caller.dial(...language, '1', last4, year);
  // 0: the menu; 0: whether we may send messages is left for later.
  return referenceIn(await caller.type('0', '0', '3', '1', '1', '1', '1', '1'));
}

test('I1 while registration is closed "how to apply" says so, and she is told once when it opens', async () => {
  const caller = iraq.phone('+9647700000091');
  expect(await caller.dial(ENGLISH, '4', '1', '1')).toContain(
    'Sign-up is closed now. No one can open it for money.',
  );
  expect(await caller.type('1')).toContain('We will send you one SMS when sign-up opens.');
  await caller.dial('4', '1', '1', '1');
  const { rows } = await iraq.db.query('select language from notify_when_open');
  expect(rows).toEqual([{ language: 'en' }]);
});

test('I4 a family on the waiting list reads that it stays there and that no one can sell a place', async () => {
  const caller = iraq.phone('+9647700000001');
  expect(await caller.dial(ENGLISH, '1', '2222', '1980')).toContain('Social net: On waiting list');
  const screen = await caller.type('1');
  expect(screen).toContain('You stay on the list.');
  expect(screen).toContain('No one can sell a place.');
  keepTranscript('iraq-spn', caller);
});

test('I5 without any document a displaced person reaches people, and papers, in three screens', async () => {
  const caller = iraq.phone('+9647700000092');
  const papers = await caller.dial(ENGLISH, '4', '2');
  expect(papers).toContain('No papers? You can still apply: legal aid helps');
  expect(papers).toContain('8.Call me');
  expect(await caller.type('8', '1')).toContain('We will call by');
});

test('I6 an objection on day 30 is in time, on day 32 it is a late review', async () => {
  iraq.setDay(30, '23:50');
  const caller = iraq.phone('+9647700000002');
  expect(await caller.dial(ENGLISH, '1', '3333', '1975', '2')).toContain(
    `You can appeal until ${iraq.date(30)}.`,
  );
  iraq.setDay(32);
  expect(await caller.dial('1', '3333', '1975', '2')).toContain('1.Ask for a late review');
  iraq.setDay(0);
});

test('I2 nothing leaves for a partner without a stored consent', async () => {
  const reference = await complain('+9647700000004', '5555', '1972', [ENGLISH]);
  await backstage.staff('refers', reference, 'Red Crescent');
  expect(await referralOf(reference)).toMatchObject({ state: 'asked', consent_at: null, shared: null });
  const caller = iraq.phone('+9647700000004');
  const question = await caller.dial('9', '2', '5555', '1972');
  expect(question).toContain('May we give your NAME and PHONE to Red Crescent');
  await caller.type('1');
  expect(await referralOf(reference)).toMatchObject({
    state: 'sent',
    consent_at: iraq.now(),
    consent_language: 'en',
    consent_channel: 'ussd',
    consent_words: expect.stringContaining('Red Crescent') as string,
    shared: expect.any(Buffer) as Buffer,
  });
});

test('I2 "no" leaves nothing outside, and her status as it was', async () => {
  const caller = iraq.phone('+9647700000001');
  const reference = await complain('+9647700000001', '2222', '1980', []);
  await backstage.staff('refers', reference, 'Red Crescent');
  await caller.dial('9', '2', '2222', '1980', '2');
  expect(await referralOf(reference)).toMatchObject({ state: 'refused', shared: null });
  expect(await caller.dial('1', '2222', '1980')).toContain('On waiting list');
});

test('I3 nobody is referred where partners can take nobody in', async () => {
  const reference = await complain('+9647700000003', '4444', '1971', [ENGLISH]);
  await expect(backstage.staff('refers', reference, 'Red Crescent')).rejects.toThrow('closed');
});

test('I3 elsewhere the partner says what came of it, and she is asked whether they called', async () => {
  const { rows } = await iraq.db.query<{ id: string }>(`select id from referral where state = 'sent'`);
  const { token } = await createToken(iraq.db, {
    name: 'partner',
    scopes: ['referrals:write'],
    source: null,
    expiresAt: null,
    at: iraq.now(),
  });
  const answer = await fetch(`${iraq.service.url}/api/v1/referrals/${rows[0]?.id ?? ''}/feedback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ outcome: 'served', note: 'food parcel' }),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ state: 'served' });
  iraq.setDay(8);
  await backstage.clocks();
  const inbox = await iraq.phone('+9647700000004').inbox();
  expect(inbox.at(-1)).toMatch(
    /did Red Crescent contact you\? Reply 1 yes, 2 no, 3 no longer needed|You have a message/,
  );
  iraq.setDay(0);
});

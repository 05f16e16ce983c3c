/** What gateways do to a session: repeat, overtake, contradict; what people type that looks like it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWords } from '../../src/grievances/cases.ts';
import { forgetConversations } from '../support/dialog-state.ts';
import { startService, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

let service: TestService;
const RIMA = '+96170000001';

beforeAll(async () => {
  service = await startService({ PROFILE: testProfile() }, { now: () => lastWednesday() });
});
afterAll(() => service.stop());
beforeEach(() => forgetConversations(service.service.deployment.db));

async function post(sessionId: string, text: string, phone = RIMA): Promise<string> {
  const body = new URLSearchParams({
    sessionId,
    serviceCode: '*384*1747#',
    phoneNumber: phone,
    networkCode: '99999',
    text,
  });
  const answer = await fetch(`${service.url}/webhooks/dev/africastalking/ussd`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return answer.text();
}

const newSession = () => `ATUid_${randomBytes(16).toString('hex')}`;

/** Cumulative posts of these inputs; the replies. */
async function walk(sessionId: string, ...inputs: string[]): Promise<string[]> {
  const replies = [await post(sessionId, '')];
  for (let at = 1; at <= inputs.length; at++)
    replies.push(await post(sessionId, inputs.slice(0, at).join('*')));
  return replies;
}

async function cases(): Promise<string[]> {
  const { rows } = await service.service.deployment.db.query<{ reference: string }>(
    'select reference from grievance order by created_at',
  );
  return rows.map(({ reference }) => reference);
}

const COMPLAINT = ['2', '3', '4', '2', '1', '1', '1'];

describe('a gateway that repeats', () => {
  it('gets the same reply, and one case is lodged', async () => {
    const id = newSession();
    const replies = await walk(id, ...COMPLAINT);
    const text = COMPLAINT.join('*');
    expect([await post(id, text), await post(id, text)]).toEqual([replies.at(-1), replies.at(-1)]);
    expect(await cases()).toHaveLength(1);
    expect(replies.at(-1)).toContain((await cases())[0]);
  });

  it('at every step, twenty times at once, still lodges one case', async () => {
    const id = newSession();
    await post(id, '');
    for (let at = 1; at <= COMPLAINT.length; at++) {
      const text = COMPLAINT.slice(0, at).join('*');
      const replies = await Promise.all(Array.from({ length: 20 }, () => post(id, text)));
      expect(new Set(replies).size, text).toBe(1);
    }
    expect(await cases()).toHaveLength(1);
  });

  it('gets the stored reply to a text that came late, and the dialog is not moved', async () => {
    const id = newSession();
    const replies = await walk(id, '2', '3', '4');
    expect(await post(id, '2')).toBe(replies.at(-1));
    expect(await post(id, '2*3')).toBe(replies.at(-1));
    expect(await post(id, '2*3*4*2')).toContain('Do you want to give your name?');
  });

  it('gets the stored reply to a text that contradicts', async () => {
    const id = newSession();
    const replies = await walk(id, '2', '3', '4');
    expect(await post(id, '2*1*9*9')).toBe(replies.at(-1));
    expect(await post(id, '23')).toBe(replies.at(-1));
  });

  it('gets the last words again when it goes on after END', async () => {
    const id = newSession();
    const [, , bye] = await walk(id, '2', '0');
    expect(bye).toMatch(/^END /);
    expect(await post(id, '2*0*3')).toBe(bye);
  });
});

describe('what people type', () => {
  it('keeps * and # in their own words', async () => {
    const id = newSession();
    const replies = await walk(id, '2', '3', '4', '1', '1', '2', 'code *123*4# asked **twice**');
    expect(replies.at(-1)).toContain('Send this complaint?');
    expect(
      await post(id, `${['2', '3', '4', '1', '1', '2', 'code *123*4# asked **twice**'].join('*')}*1`),
    ).toContain('Complaint number');
    const { db, keys } = service.service.deployment;
    const { rows } = await db.query<{ text_sealed: Buffer }>('select text_sealed from grievance');
    const words = rows.map((row) => openWords(keys, row.text_sealed));
    expect(words).toMatchObject([{ text: 'code *123*4# asked **twice**' }]);
  });

  it('shows the screen again for an empty input, whether a * trails or not', async () => {
    const id = newSession();
    const replies = await walk(id, '2', '3');
    expect(await post(id, '2*3*')).toBe(replies.at(-1));
    expect(await post(id, '2*3**')).toBe(replies.at(-1));
    expect(await post(id, '2*3***4')).toContain('Asked me for money');
  });

  it('starts at the beginning for a session that nobody knows, however long its text', async () => {
    expect(await post(newSession(), '2*3*4*2*1*1*1')).toContain('English');
    expect(await cases()).toHaveLength(0);
  });

  it('keeps two phones apart that share a session id', async () => {
    const id = newSession();
    await walk(id, '2', '1', '0427', '1980');
    const other = await post(id, '2*1*0427*1980', '+96170000002');
    expect(other).toContain('العربية');
    expect(other).not.toContain('Active');
    expect(await post(id, '2*1*0427*1980*1')).toContain('Your aid is active');
  });
});

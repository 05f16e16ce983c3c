/** Messages that may have left: a supervisor says what became of each, once, and it is in the audit. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminPages } from '../../src/console/pages/admin.tsx';
import { noteUnreached } from '../../src/payments/tell.ts';
import { carryOn } from '../../src/notifications/onward.ts';
import { enqueue } from '../../src/notifications/outbox.ts';
import { signedIn } from './forms.ts';
import { startConsole, type RunningConsole } from './support.ts';

const PAGE = '/admin/unknown';
let running: RunningConsole;

beforeAll(async () => {
  running = await startConsole({ pages: [adminPages] });
  const { db, keys } = running.deps;
  await db.query("update staff set language = 'en'");
  for (const n of [1, 2]) {
    const key = `pay:PAY-${n}:ready:0`;
    const content = { kind: 'text', body: 'Rima Haddad, 145 USD' } as const;
    await db.transaction((tx) =>
      enqueue(tx, keys, {
        ...{ contact: null, channel: 'sms', provider: 'twilio-sms', address: `+9617011100${n}`, content },
        ...{ kind: 'notice', key, due: new Date() },
      }),
    );
    await db.query(
      `insert into payment_notice (payment_ref, status, said, facts, household, reach, key, at)
       values ($1, 'ready', 'sms.pay.ready', '{}', gen_random_uuid(), 'full', $2, now())`,
      [`PAY-${n}`, key],
    );
  }
  await db.query(`update outbound set state = 'unknown', error = 'answer.lost', is_fixed = false`);
}, 120_000);
afterAll(() => running.stop());

async function signIn(who: string) {
  const { ask, post } = await signedIn(running.url, who);
  return {
    ask,
    settle: (id: number, found: string) => post(PAGE, '/admin/service', { id: String(id), found }),
  };
}

const outbound = async () =>
  (
    await running.deps.db.query<{ id: number; state: string; onward: string | null }>(
      'select id, state, onward from outbound order by id',
    )
  ).rows;

it('is settled by a supervisor, once, and who did not get it is told by other means', async () => {
  const { db, keys, now } = running.deps;
  const [first, second] = await outbound();
  if (!first || !second) throw new Error('two messages');
  const admin = await signIn('admin');
  expect((await admin.ask('/admin/service')).text).not.toContain('/console/admin/unknown');
  expect((await admin.ask(PAGE)).status).toBe(404);

  const supervisor = await signIn('supervisor');
  expect((await supervisor.ask('/admin/service')).text).toContain('/console/admin/unknown');
  const page = (await supervisor.ask(PAGE)).text;
  expect(page).toContain('answer.lost');
  expect(page).toContain('twilio-sms');
  expect(page).not.toMatch(/Rima|145|\+961|PAY-1/);

  expect((await supervisor.settle(first.id, 'arrived')).status).toBe(303);
  expect((await supervisor.settle(first.id, 'lost')).status).toBe(409);
  expect((await supervisor.settle(second.id, 'perhaps')).status).toBe(400);
  expect((await supervisor.settle(second.id, 'lost')).status).toBe(303);
  await carryOn({ db, keys, sms: ['twilio-sms', 'other-sms'], now: now(), onUnreached: noteUnreached });
  expect(await outbound()).toMatchObject([
    { state: 'delivered', onward: null },
    { state: 'failed', onward: 'people' },
  ]);
  const { rows: notices } = await db.query('select reach, reason from payment_notice order by payment_ref');
  expect(notices).toEqual([
    { reach: 'full', reason: null },
    { reach: 'none', reason: 'failed' },
  ]);
  const { rows: audit } = await db.query(
    "select action, subject from audit where action in ('message_arrived', 'message_lost') order by id",
  );
  expect(audit).toEqual([
    { action: 'message_arrived', subject: `message:${first.id}` },
    { action: 'message_lost', subject: `message:${second.id}` },
  ]);
  expect((await supervisor.ask(PAGE)).text).toContain('No message is unknown');
});

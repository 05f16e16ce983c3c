/** A thousand callers at once, a registry that answers when it likes, two processes: nobody reads what is another's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../src/registry/registry.ts';
import { callerNumber, householdOf, written } from '../support/callers.ts';
import { freshDatabase } from '../support/postgres.ts';
import { redisUrl } from '../support/redis.ts';
import { startService, type Handset, type TestService } from '../support/service.ts';
import { lastWednesday, testProfile } from '../support/test-profile.ts';

const CALLERS = 1_000;
const now = () => lastWednesday();
const iso = (days: number) => new Date(now().getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** Each question takes up to a fifth of a second more. */
function moody(real: Registry): Registry {
  return new Proxy(real, {
    get: (target, name: keyof Registry) => async (about: string, query: never) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      return (target[name] as (about: string, query: never) => unknown)(about, query);
    },
  });
}

const services: TestService[] = [];
let database: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  database = await freshDatabase();
  const env = { PROFILE: testProfile(), DATABASE_URL: database.url, REDIS_URL: await redisUrl() };
  for (let n = 0; n < 2; n++) services.push(await startService(env, { now, registry: moody }));
  await services[0]?.importHouseholds(
    ...Array.from({ length: CALLERS + 100 }, (_, n) => householdOf(n, iso(-2), iso(20))),
  );
}, 120_000);
afterAll(async () => {
  for (const service of services) await service.stop();
  await database.drop();
});

const inputs = (n: number): string[] => ['2', '2', '1', callerNumber(n).last4, callerNumber(n).year];

/** One caller on two processes: they take her turns in turn. */
function between(phone: string): { next(input?: string): ReturnType<Handset['dial']> } {
  const sessionId = `ATUid_between_${phone}`;
  let text: string | undefined;
  let at = 0;
  return {
    next: async (input) => {
      text = input === undefined ? '' : text === '' || text === undefined ? input : `${text}*${input}`;
      const service = services[at++ % services.length];
      const answer = await fetch(`${service?.url ?? ''}/webhooks/dev/africastalking/ussd`, {
        method: 'POST',
        body: new URLSearchParams({
          sessionId,
          serviceCode: '*384*1747#',
          phoneNumber: phone,
          networkCode: '99999',
          text,
        }),
      });
      const raw = await answer.text();
      return {
        raw,
        status: answer.status,
        text: raw.slice(4),
        end: raw.startsWith('END '),
        label: null,
      };
    },
  };
}

describe('a thousand callers at once', () => {
  it('each gets her own amount or a promise of it, and every reply is one', async () => {
    const wrong: string[] = [];
    let promised = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async (_, n) => {
        const { phone, amount } = callerNumber(n);
        const own = services[n % services.length];
        if (!own) throw new Error('no service');
        const phoneInHand = own.handset(phone);
        let screen = await phoneInHand.dial();
        for (const input of inputs(n)) {
          if (screen.status !== 200 || !/^CON \S/.test(screen.raw)) wrong.push(`${n} ${screen.raw}`);
          screen = await phoneInHand.send(input);
        }
        const amounts = screen.text.match(/\b1\d,\d{3} USD/g);
        // On a machine that is busy the registry can be later than its time; then her request is kept.
        if (!amounts && screen.text.startsWith('Records are not available now.')) promised += 1;
        else if (amounts?.join() !== `${written(amount)} USD`) wrong.push(`${n} ${screen.raw}`);
      }),
    );
    expect(wrong.slice(0, 5), `${wrong.length} wrong`).toEqual([]);
    expect(promised).toBeLessThan(CALLERS / 5);
  }, 180_000);
});

describe('two processes', () => {
  it('take the turns of the same callers alternately', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, some) => {
        const n = CALLERS + some;
        const { phone, amount } = callerNumber(n);
        const caller = between(phone);
        await caller.next();
        for (const input of inputs(n).slice(0, -1)) await caller.next(input);
        expect((await caller.next(inputs(n).at(-1))).text).toContain(`${written(amount)} USD`);
      }),
    );
  }, 60_000);

  it('answer twenty identical requests with one turn', async () => {
    const { phone } = callerNumber(CALLERS + 50);
    const caller = between(phone);
    await caller.next();
    for (const input of ['2', '3', '4', '2', '1', '1']) await caller.next(input);
    const body = () =>
      new URLSearchParams({
        sessionId: `ATUid_between_${phone}`,
        serviceCode: '*384*1747#',
        phoneNumber: phone,
        networkCode: '99999',
        text: '2*3*4*2*1*1*1',
      });
    const replies = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const service = services[n % services.length];
        const answer = await fetch(`${service?.url ?? ''}/webhooks/dev/africastalking/ussd`, {
          method: 'POST',
          body: body(),
        });
        return answer.text();
      }),
    );
    expect(new Set(replies).size).toBe(1);
    expect(replies[0]).toContain('Complaint number');
    const { rows } = await (services[0] as TestService).service.deployment.db.query<{ n: number }>(
      'select count(*) as n from grievance',
    );
    expect(rows[0]?.n).toBe(1);
  });
});

/** Payment events from payment systems: one, or up to a thousand, each with its own outcome. */
import { z } from 'zod';
import { reasonOf } from '../registry/import/record.ts';
import { paymentEvent, paymentEventFields, type PaymentEvent } from '../payments/event.ts';
import type { Taken } from '../payments/take-event.ts';
import { takeEvents } from '../payments/take-events.ts';
import { Refused } from './problem.ts';
import { route, type ApiDeps, type Route } from './route.ts';
import type { Token } from './tokens.ts';

const MOST = 1_000;

const outcomeSchema = z
  .object({
    event_id: z.string().nullable(),
    outcome: z.enum(['accepted', 'duplicate', 'parked', 'rejected']),
    reason: z.string().optional().describe('Why it is parked (a code) or rejected (what to mend)'),
  })
  .meta({ id: 'PaymentEventOutcome' });

type Outcome = z.output<typeof outcomeSchema>;

const resultSchema = z
  .object({
    accepted: z.int(),
    duplicate: z.int(),
    parked: z.int(),
    rejected: z.int(),
    results: z.array(outcomeSchema).describe('In the order of the events'),
  })
  .meta({ id: 'PaymentEventResults' });

/** Each event is checked on its own: one that will not do must not hold up the others. */
const body = z
  .union([
    z.array(z.unknown()).min(1, 'at least one event').max(MOST, `at most ${MOST} events`),
    z.looseObject({}),
  ])
  .meta({ id: 'PaymentEvents', ...described() });

function described() {
  const event = z.toJSONSchema(paymentEventFields, { io: 'input', unrepresentable: 'any' });
  delete event.$schema;
  return { anyOf: [event, { type: 'array', items: event, minItems: 1, maxItems: MOST }] };
}

export function paymentEvents(deps: ApiDeps): Route {
  return route({
    method: 'post',
    path: '/payments/events',
    scope: 'payments:write',
    operationId: 'sendPaymentEvents',
    summary: 'Send payment events',
    description:
      'One event or an array. accepted: stored, and told where there is something to tell. duplicate: it was stored ' +
      'before. parked: stored, until the registry knows the beneficiary; nobody is told. rejected: not stored, with what ' +
      'to mend. When all are rejected the answer is 422 and nothing was stored. Sending again is always safe.',
    body,
    bodyLimit: 1_048_576,
    answers: { 200: { description: 'Stored, but for the rejected ones', schema: resultSchema } },
    problems: [400, 413, 415, 422],
    handle: async ({ token, body: sent }) => {
      const events = (Array.isArray(sent) ? sent : [sent]).map((one) => read(one, token));
      const good = events.filter((one): one is PaymentEvent => !('outcome' in one));
      const { db, keys, profile, telling, now } = deps;
      const taken = await takeEvents(
        { db, keys, profile, now, ...(telling ? { notifier: telling.notifier } : {}) },
        good,
      );
      const results = events.map((one): Outcome => {
        if ('outcome' in one) return one;
        return { event_id: one.eventId, ...(taken.shift() ?? missing()) };
      });
      const answer = { ...countsOf(results), results };
      if (answer.rejected < results.length) return { status: 200, body: answer };
      throw new Refused(422, 'Mend each event as its reason says and send it again; nothing was stored.', {
        type: 'urn:wasl:problem:payment-events',
        results: answer.results,
      });
    },
  });
}

function read(sent: unknown, token: Token): PaymentEvent | Outcome {
  const own = token.source === null ? {} : { source: token.source };
  const parsed = paymentEventFields.safeParse(
    typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...own, ...sent } : sent,
  );
  if (!parsed.success) return { event_id: idOf(sent), outcome: 'rejected', reason: reasonOf(parsed.error) };
  const event = paymentEvent(parsed.data);
  if (token.source === null || token.source === event.source) return event;
  const reason = 'source: this token belongs to another source; send its own name';
  return { event_id: event.eventId, outcome: 'rejected', reason };
}

function idOf(sent: unknown): string | null {
  const id = typeof sent === 'object' && sent !== null && 'event_id' in sent ? sent.event_id : null;
  return typeof id === 'string' && id.length <= 200 ? id : null;
}

function countsOf(results: readonly Outcome[]): Record<Outcome['outcome'], number> {
  const count = (outcome: Outcome['outcome']) => results.filter((one) => one.outcome === outcome).length;
  return {
    accepted: count('accepted'),
    duplicate: count('duplicate'),
    parked: count('parked'),
    rejected: count('rejected'),
  };
}

function missing(): Taken {
  throw new Error('an event was taken without an outcome');
}

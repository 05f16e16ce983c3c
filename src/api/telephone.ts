/** What telephone systems and other desks ask about a phone: who is calling whom, and what was said before. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import { externalIdField, readPhone, timeField } from './fields.ts';
import { refusedField } from './problem.ts';
import { route, type ApiDeps, type Route } from './route.ts';

const CALL_STATES = ['ringing', 'answered', 'ended', 'missed'] as const;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** One entry of the timeline, as the desk has it; what the API does not pass on is left out here. */
export type TimelineEntry = {
  id: string;
  at: Date;
  kind: string;
  channel?: string | null;
  direction?: string | null;
  state?: string | null;
  text?: string | null;
  reference?: string | null;
  hidden?: string | null;
};

export type TelephoneDeps = ApiDeps & {
  /** The timeline of a contact, newest last; of restricted cases only with `restricted`. */
  timeline: (asked: {
    contact: string;
    restricted: boolean;
    before: Date | undefined;
    limit: number;
    now: Date;
  }) => Promise<TimelineEntry[]>;
  /** Takes a call; undefined: nobody on the staff has this address. */
  takeCall: (call: {
    phone: string;
    staff: string | null;
    callId: string;
    state: (typeof CALL_STATES)[number];
    at: Date;
  }) => Promise<{ contact: string; shared: boolean } | undefined>;
};

const phone = z.string().min(1).max(40).describe('+<country><number>');

const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime({ offset: true }),
    kind: z.string(),
    channel: z.string().nullable(),
    direction: z.string().nullable(),
    state: z.string().nullable(),
    text: z.string().nullable().describe('Null too where the rules hide the words; hidden says so'),
    reference: z.string().nullable(),
    hidden: z.boolean(),
  })
  .meta({ id: 'TimelineEntry' });

export function conversationSearch(deps: TelephoneDeps): Route {
  return route({
    method: 'post',
    path: '/conversations/search',
    scope: 'conversations:read',
    operationId: 'searchConversations',
    summary: 'Read what was said with a phone, newest last',
    description: 'Every look is written to the audit. A phone nobody knows has an empty timeline.',
    body: z
      .object({
        phone,
        limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
        before: timeField
          .nullish()
          .describe('Only what is older: the time of the first entry of the page before'),
      })
      .meta({ id: 'ConversationSearch' }),
    answers: {
      200: {
        description: 'The timeline, newest last',
        schema: z.object({ timeline: z.array(entrySchema) }).meta({ id: 'Timeline' }),
      },
    },
    problems: [400, 413, 415, 422],
    handle: async ({ token, body, now }) => {
      const number = readPhone(body.phone, deps.profile.numbers.country);
      const contact = deps.keys.index('contact', number);
      await recordAudit(deps.db, {
        actor: `token:${token.id}`,
        action: 'timeline_read',
        subject: `contact:${contact}`,
        purpose: 'answer_caller',
        at: now,
      });
      const entries = await deps.timeline({
        contact,
        restricted: token.scopes.includes('cases:sensitive'),
        before: body.before ?? undefined,
        limit: body.limit,
        now,
      });
      return {
        status: 200,
        body: {
          timeline: entries.map((entry) => ({
            id: entry.id,
            at: entry.at.toISOString(),
            kind: entry.kind,
            channel: entry.channel ?? null,
            direction: entry.direction ?? null,
            state: entry.state ?? null,
            text: entry.hidden ? null : (entry.text ?? null),
            reference: entry.hidden ? null : (entry.reference ?? null),
            hidden: Boolean(entry.hidden),
          })),
        },
      };
    },
  });
}

export function calls(deps: TelephoneDeps): Route {
  return route({
    method: 'post',
    path: '/calls',
    scope: 'calls:write',
    operationId: 'reportCall',
    summary: 'Say who is calling which agent',
    description:
      "The caller's history opens before the agent. Reports of one call_id are one call, in any order.",
    body: z
      .object({
        phone,
        staff: z.string().max(254).nullish().describe('E-mail address of the agent; none yet: leave it out'),
        call_id: externalIdField,
        state: z.enum(CALL_STATES),
      })
      .meta({ id: 'CallReport' }),
    answers: {
      200: {
        description: 'Taken',
        schema: z
          .object({ contact: z.string(), shared: z.boolean().describe('Several people use this phone') })
          .meta({ id: 'CallTaken' }),
      },
    },
    problems: [400, 413, 415, 422],
    handle: async ({ body, now }) => {
      const taken = await deps.takeCall({
        phone: readPhone(body.phone, deps.profile.numbers.country),
        staff: body.staff ?? null,
        callId: body.call_id,
        state: body.state,
        at: now,
      });
      if (!taken) throw refusedField('/staff', 'nobody on the staff has this address');
      return { status: 200, body: taken };
    },
  });
}

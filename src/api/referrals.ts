/** Counter-referral: a service says what came of a person who was sent to it. */
import { z } from 'zod';
import { PARTNER_OUTCOMES, takePartnerFeedback } from '../grievances/referral-feedback.ts';
import { REFERRAL_STATES, ReferralMoveRefused } from '../grievances/referral-states.ts';
import { momentOf, safeText, textField, timeField } from './fields.ts';
import { Refused } from './problem.ts';
import { route, type ApiDeps, type Route } from './route.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function referralFeedback(deps: ApiDeps): Route {
  return route({
    method: 'post',
    path: '/referrals/{id}/feedback',
    scope: 'referrals:write',
    operationId: 'giveReferralFeedback',
    summary: 'Say what came of a referral',
    description:
      'The person is asked too, and only her own word confirms. Saying the same twice changes nothing. A token with a ' +
      'source speaks for the partner of that name only.',
    params: { id: 'The id that came with the referral' },
    body: z
      .object({
        outcome: z.enum(PARTNER_OUTCOMES),
        note: textField.nullish().describe('For the people who work on her case; never sent to her'),
        occurred_at: timeField.nullish(),
      })
      .meta({ id: 'ReferralFeedback' }),
    answers: {
      200: {
        description: 'Stored, or known before',
        schema: z.object({ id: z.uuid(), state: z.enum(REFERRAL_STATES) }).meta({ id: 'ReferralState' }),
      },
    },
    problems: [400, 404, 409, 413, 415, 422],
    handle: async ({ token, params, body, now }) => {
      const id = params['id'] ?? '';
      momentOf(body.occurred_at, now);
      if (!UUID.test(id)) throw unknown();
      try {
        const { state } = await deps.db.transaction((tx) =>
          takePartnerFeedback(
            tx,
            deps,
            { id, partner: token.source },
            {
              outcome: body.outcome,
              note: body.note ? safeText(body.note) : null,
              by: `token:${token.id}`,
              at: now,
            },
          ),
        );
        return { status: 200, body: { id, state } };
      } catch (error) {
        if (!(error instanceof ReferralMoveRefused)) throw error;
        if (error.from === undefined) throw unknown();
        throw new Refused(409, `${error.message}; nothing changed.`, {
          type: 'urn:wasl:problem:transition',
          from: error.from,
          to: error.to,
        });
      }
    },
  });
}

function unknown(): Refused {
  return new Refused(404, 'There is no such referral for this token; check its id.');
}

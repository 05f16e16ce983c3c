/** Before another system asks administrations and banks about a household: whether the household agreed to that. */
import { z } from 'zod';
import { startMeansCheck } from '../grievances/means-consent.ts';
import { Refused } from './problem.ts';
import { route, type ApiDeps, type Route } from './route.ts';

const WHY = {
  consent: 'The household has not agreed to a check; nothing may be asked of anybody.',
  source: 'The household has not agreed to all of these sources; ask none that its consent does not name.',
} as const;

export function meansChecks({ db, keys, profile }: ApiDeps): Route {
  return route({
    method: 'post',
    path: '/means-checks',
    scope: 'means:check',
    operationId: 'startMeansCheck',
    summary: 'Begin a check of means',
    description:
      'Call it before anything is asked of an administration or a bank. It answers 201 only where the household said yes ' +
      'to a question that named every one of these sources, and has not taken that back.',
    body: z
      .object({
        household_id: z.string().min(1).max(64),
        sources: z
          .array(z.string().min(1).max(40))
          .min(1)
          .max(20)
          .describe('Ids of the profile: means_check.sources'),
      })
      .meta({ id: 'MeansCheck' }),
    answers: {
      201: {
        description: 'It may begin; the audit says so',
        schema: z
          .object({ household_id: z.string(), sources: z.array(z.string()), consented_at: z.iso.datetime() })
          .meta({ id: 'MeansCheckBegun' }),
      },
    },
    problems: [400, 404, 409, 413, 415, 422],
    handle: async ({ token, body, now }) => {
      if (!profile.means_check) throw new Refused(404, 'This deployment checks no means; see its profile.');
      const { household_id: id, sources } = body;
      const started = await db.transaction((tx) =>
        startMeansCheck(tx, {
          household: keys.index('household', id.trim()),
          sources,
          by: `token:${token.id}`,
          at: now,
        }),
      );
      if (!started.ok) throw new Refused(409, WHY[started.why], { type: 'urn:wasl:problem:consent' });
      return {
        status: 201,
        body: { household_id: id, sources, consented_at: started.consentedAt.toISOString() },
      };
    },
  });
}

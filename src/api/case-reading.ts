/** Reading cases: one, or what changed since the caller last looked. */
import { z } from 'zod';
import { recordAudit } from '../privacy/audit.ts';
import { caseDetailSchema, caseSchema, readCase, readCases, viewCase, viewDetail } from './case-view.ts';
import { orderFeed, readFeed, startOf } from './feed.ts';
import { timeField } from './fields.ts';
import { Refused } from './problem.ts';
import { route, type ApiDeps, type Route } from './route.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

export function oneCase({ db, keys, profile }: ApiDeps): Route {
  return route({
    method: 'get',
    path: '/cases/{reference}',
    scope: 'cases:read',
    operationId: 'readCase',
    summary: 'Read a case with its history and its answer',
    description: 'Restricted cases need cases:sensitive too; without it they are not found.',
    params: { reference: 'The 8 digits the citizen reads' },
    answers: { 200: { description: 'The case', schema: caseDetailSchema } },
    problems: [404],
    handle: ({ token, params, now }) =>
      db.transaction(async (tx) => {
        const row = await readCase(tx, token, params['reference'] ?? '');
        await recordAudit(tx, {
          actor: `token:${token.id}`,
          action: 'case_read',
          subject: `case:${row.reference}`,
          purpose: 'work_case',
          at: now,
        });
        return { status: 200, body: await viewDetail(tx, keys, row, profile) };
      }),
  });
}

const pageSchema = z
  .object({
    cases: z.array(caseSchema),
    next: z
      .string()
      .describe('The cursor of the next page; keep it and ask again with it for what changes later'),
    more: z.boolean().describe('There is more to read now'),
  })
  .meta({ id: 'CasePage' });

export function changedCases({ db, profile }: ApiDeps): Route {
  return route({
    method: 'get',
    path: '/cases',
    scope: 'cases:read',
    operationId: 'listCases',
    summary: 'List cases in the order in which they changed',
    description:
      'Begin with updated_since, then go on with cursor = next: no change is missed, and a case may come again. ' +
      'updated_since is taken from the beginning of its hour. Restricted cases need cases:sensitive too.',
    query: z.object({
      updated_since: timeField.optional(),
      cursor: z
        .string()
        .max(100)
        .optional()
        .describe('next of the page before; updated_since is then not looked at'),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
    }),
    answers: { 200: { description: 'A page of cases, the last changed last', schema: pageSchema } },
    problems: [422],
    handle: async ({ token, query: { cursor, limit, updated_since: since } }) => {
      await orderFeed(db);
      const after = cursor === undefined ? await startOf(db, since) : readCursor(cursor);
      const restricted = token.scopes.includes('cases:sensitive');
      const feed = await readFeed(db, { after, limit: limit + 1, restricted });
      const page = feed.slice(0, limit);
      const references = [...new Set(page.map(({ reference }) => reference).reverse())].reverse();
      const rows = await readCases(db, references);
      return {
        status: 200,
        body: {
          cases: references.flatMap((reference) => {
            const row = rows.get(reference);
            // It may have become restricted between the two looks.
            return row && (restricted || row.sensitivity === 'open') ? [viewCase(row, profile)] : [];
          }),
          next: writeCursor(page.at(-1)?.position ?? after),
          more: feed.length > limit,
        },
      };
    },
  });
}

function writeCursor(position: number): string {
  return Buffer.from(`p${position}`).toString('base64url');
}

function readCursor(cursor: string): number {
  const [, digits] = /^p(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new Refused(422, 'Begin again with updated_since.', {
    type: 'urn:wasl:problem:fields',
    errors: [{ pointer: '?cursor', detail: 'is no cursor of ours' }],
  });
}

/** Cases that other systems send: once each, however often they are sent, and never lost. */
import { z } from 'zod';
import type { Tx } from '../conversation/ports.ts';
import { openCase, startOfHour, type Lodger } from '../grievances/cases.ts';
import { hashOfTurn } from '../grievances/events.ts';
import type { PrivateCall } from '../grievances/private.ts';
import { contactFor } from '../notifications/contact.ts';
import type { Category } from '../profiles/categories.ts';
import { caseSchema, findExternal, KINDS, receiptOf, type CaseView } from './case-view.ts';
import { externalIdField, readPhone, safeText, sourceField, textField } from './fields.ts';
import { Refused, refusedField } from './problem.ts';
import { route, type ApiDeps, type Ask, type Route } from './route.ts';

const CONTACT_HOURS = 24;

export function caseIntake(deps: ApiDeps): Route {
  const { categories, programmes, languages } = deps.profile;
  const body = z
    .object({
      source: sourceField,
      external_id: externalIdField,
      kind: z.enum(KINDS),
      category: z.enum(Object.keys(categories)),
      phone: z.string().max(40).nullish().describe('Whom it is about; +<country><number>'),
      language: z.enum(languages.offered).nullish(),
      text: textField.nullish().describe('Her own words; document numbers in them are masked'),
      programme: z.enum(Object.keys(programmes)).nullish(),
    })
    .meta({ id: 'NewCase' });
  return route({
    method: 'post',
    path: '/cases',
    scope: 'cases:write',
    operationId: 'createCase',
    summary: 'Send a case',
    description:
      'Sending the same source and external_id again answers 200 with the same case. A private matter (a category with ' +
      'sensitivity sensitive) is handed to the trained people only: the answer has no reference and due dates, its text ' +
      'is not stored, and it can neither be read nor changed here.',
    body,
    answers: {
      201: { description: 'Stored', schema: caseSchema },
      200: { description: 'It was stored before', schema: caseSchema },
    },
    problems: [400, 413, 415, 422],
    handle: (ask) => take(deps, ask),
  });
}

type Sent = {
  source: string;
  external_id: string;
  kind: (typeof KINDS)[number];
  category: string;
  phone?: string | null | undefined;
  language?: string | null | undefined;
  text?: string | null | undefined;
  programme?: string | null | undefined;
};

async function take(
  deps: ApiDeps,
  { token, body, now }: Ask<Sent>,
): Promise<{ status: number; body: CaseView }> {
  const { db, profile } = deps;
  const { source, external_id: externalId } = body;
  if (token.source !== null && token.source !== source)
    throw new Refused(403, 'This token belongs to another source; send its own name as source.');
  if (profile.sources.length > 0 && !profile.sources.some(({ id }) => id === source))
    throw refusedField('/source', 'is not among the sources of this service');
  const category = profile.categories[body.category];
  if (!category) throw new Error('a category was taken that the profile does not have');
  const phone = body.phone ? readPhone(body.phone, profile.numbers.country) : null;
  return db.transaction(async (tx) => {
    // Two deliveries at once: the second waits here, and finds what the first made, in either store.
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `case:${source}\n${externalId}`,
    ]);
    const before = await findExternal(tx, source, externalId);
    if (before) return { status: 200, body: receiptOf(before, token, profile) };
    const wasPrivate = await keptPrivately(deps, tx, body);
    if (wasPrivate) return { status: 200, body: privateReceipt(body, wasPrivate) };
    if (category.sensitivity === 'sensitive') {
      const at = await keepPrivately(deps, tx, { body, category, phone, now });
      return { status: 201, body: privateReceipt(body, at) };
    }
    await openCase(tx, deps, {
      kind: body.kind,
      category,
      matter: null,
      programme: body.programme ?? null,
      lodger: await lodgerOf(deps, tx, phone),
      channel: null,
      language: body.language ?? null,
      words: body.text ? { text: safeText(body.text) } : {},
      at: now,
      idempotency: null,
      external: { source, id: externalId },
    });
    const made = await findExternal(tx, source, externalId);
    if (!made) throw new Error('a case that was just made is not there');
    return { status: 201, body: receiptOf(made, token, profile) };
  });
}

async function lodgerOf({ keys }: ApiDeps, tx: Tx, phone: string | null): Promise<Lodger> {
  const contact = phone === null ? null : (await contactFor(tx, keys, { from: phone })).key;
  return { anonymous: false, contact };
}

type Private = { body: Sent; category: Category; phone: string | null; now: Date };

/** The hour it was kept at, which is all that its receipt says. */
async function keepPrivately(
  { keys, profile }: ApiDeps,
  tx: Tx,
  { body, category, phone, now }: Private,
): Promise<Date> {
  const at = startOfHour(now);
  const call: PrivateCall = {
    phone,
    contact: null,
    language: body.language ?? profile.languages.default,
    time: null,
    who: null,
    // Without a phone the trained person asks the system that sent it, by its own id.
    via: `${body.source} ${body.external_id}`,
  };
  const hours = category.contact_hours ?? CONTACT_HOURS;
  await tx.query(
    'insert into private_case (idempotency, sealed, contact_by, created_at) values ($1, $2, $3, $4)',
    [
      privateKey(keys, body),
      keys.sealJson('sensitive', call, 'private_case'),
      new Date(at.getTime() + hours * 3_600_000),
      at,
    ],
  );
  return at;
}

async function keptPrivately({ keys }: ApiDeps, tx: Tx, body: Sent): Promise<Date | undefined> {
  const { rows } = await tx.query<{ created_at: Date }>(
    'select created_at from private_case where idempotency = $1',
    [privateKey(keys, body)],
  );
  return rows[0]?.created_at;
}

function privateKey(keys: ApiDeps['keys'], { source, external_id }: Sent): string {
  return hashOfTurn(keys, 'private', { key: `api\0${source}\0${external_id}` });
}

/** Says that it is in good hands, and nothing that a second look could learn from. */
function privateReceipt({ source, external_id, kind, category }: Sent, at: Date): CaseView {
  return {
    reference: null,
    kind,
    category,
    status: 'received',
    created_at: at.toISOString(),
    updated_at: at.toISOString(),
    due_on: null,
    due_at: null,
    programme: null,
    source,
    external_id,
    level: 0,
    sensitivity: 'sensitive',
  };
}

/** What another system reports on a case: a status, more details, a decision, a note; each once. */
import { z } from 'zod';
import type { Tx } from '../conversation/ports.ts';
import { momentOn } from '../grievances/cases.ts';
import { audienceOf, tellOutcome } from '../grievances/outcome.ts';
import { checkReference, readReference } from '../grievances/reference.ts';
import { daysAfter } from '../grievances/work.ts';
import { answerCase, CASE_STATUSES, transition, TransitionRefused } from '../grievances/lifecycle.ts';
import { caseSchema, DECISIONS, readCase, viewCase, type CaseRow } from './case-view.ts';
import { checkAnswer, type AnswerProblem } from '../grievances/answer-check.ts';
import { publicLines } from '../notifications/hotline.ts';
import { codeField, externalIdField, momentOf, safeText, textField, timeField } from './fields.ts';
import { Refused, refusedField } from './problem.ts';
import { route, type ApiDeps, type Answer, type Ask, type Route } from './route.ts';

/** Another system is held to what may be written to citizens, as staff are. */
const WHY_NOT: Readonly<Record<AnswerProblem['kind'], string>> = {
  empty: 'holds no words',
  long: 'is longer than three text messages',
  link: 'holds a link or an address',
  pin: 'speaks of a PIN or a password',
  number: 'holds a document, phone or account number',
  silent: 'names the call line, which is out of service',
  bidi: 'holds signs that turn text around',
  control: 'holds control characters',
  variable: 'holds braces',
};

/** Answers are read on telephones. */
const MAX_ANSWER = 1_000;

const common = {
  external_event_id: externalIdField
    .nullish()
    .describe('The id of this report in the system that sends it: repeating it changes nothing'),
  occurred_at: timeField.nullish(),
};

function bodyOf({ profile }: ApiDeps) {
  const answer = z.string().trim().min(1).max(MAX_ANSWER).optional();
  const answers = Object.fromEntries(profile.languages.offered.map((language) => [language, answer]));
  return z
    .discriminatedUnion('kind', [
      z.object({
        ...common,
        kind: z.literal('status'),
        status: z
          .enum(CASE_STATUSES)
          .exclude(['received', 'resolved'])
          .describe('resolved is reported as a decision'),
        reason: codeField.nullish(),
      }),
      z.object({ ...common, kind: z.literal('details'), text: textField }),
      z.object({ ...common, kind: z.literal('note'), text: textField }),
      z.object({
        ...common,
        kind: z.literal('decision'),
        decision: z.enum(DECISIONS).default('answered'),
        reason: codeField,
        answer: z
          .object(answers)
          .refine(
            (given) => Object.values(given).some((text) => text !== undefined),
            'must be in one language at least',
          )
          .describe('What the citizen is told, by language'),
      }),
    ])
    .meta({ id: 'CaseReport' });
}

type Report = z.output<ReturnType<typeof bodyOf>>;

const answerSchema = z
  .object({ outcome: z.enum(['stored', 'duplicate']), case: caseSchema })
  .meta({ id: 'ReportedCase' });

export function caseReports(deps: ApiDeps): Route {
  return route({
    method: 'post',
    path: '/cases/{reference}/events',
    scope: 'cases:write',
    operationId: 'reportOnCase',
    summary: 'Report what happened to a case elsewhere',
    description:
      'A status that the present one does not lead to is refused with 409, which names both. Restricted cases need ' +
      'cases:sensitive too; without it they are not found.',
    params: { reference: 'The 8 digits the citizen reads' },
    body: bodyOf(deps),
    answers: {
      201: { description: 'Stored', schema: answerSchema },
      200: { description: 'This report was stored before; nothing changed', schema: answerSchema },
    },
    problems: [400, 404, 409, 413, 415, 422],
    handle: (ask) => report(deps, ask),
  });
}

async function report(deps: ApiDeps, { token, params, body, now }: Ask<Report>): Promise<Answer> {
  const { db, profile } = deps;
  const occurredAt = momentOf(body.occurred_at, now);
  // The registry is asked before the transaction: no row waits for it.
  const tell = body.kind === 'decision' ? await teller(deps, params['reference'] ?? '') : undefined;
  try {
    return await db.transaction(async (tx) => {
      const found = await readCase(tx, token, params['reference'] ?? '', 'for update');
      const { reference } = found;
      if (body.external_event_id && !(await isNew(tx, token, { reference, body, occurredAt, now })))
        return { status: 200, body: { outcome: 'duplicate', case: viewCase(found, profile) } };
      await carryOut(deps, tx, found, { body, actor: `token:${token.id}`, at: momentOn(found, now) });
      await tell?.(tx, found, now);
      const changed = await readCase(tx, token, reference);
      return { status: 201, body: { outcome: 'stored', case: viewCase(changed, profile) } };
    });
  } catch (error) {
    if (!(error instanceof TransitionRefused)) throw error;
    throw new Refused(409, `${error.message}; read the case and report what fits its status.`, {
      type: 'urn:wasl:problem:transition',
      ...(error.from ? { from: error.from } : {}),
      to: error.to,
    });
  }
}

/** Says that there is an answer, as far as her phone may be told; nothing where nobody tells citizens. */
async function teller(
  { db, keys, profile, telling }: ApiDeps,
  given: string,
): Promise<((tx: Tx, found: CaseRow, at: Date) => Promise<void>) | undefined> {
  if (!telling || checkReference(given) !== 'ok') return undefined;
  const reference = readReference(given);
  const audience = await audienceOf({ db, keys, profile, registry: telling.registry }, reference);
  return (tx, { contact, channel, language, version }, at) =>
    tellOutcome(
      tx,
      { keys, notifier: telling.notifier },
      {
        reference,
        contact,
        channel,
        language,
        audience,
        text: 'sms.grv.answer',
        values: { ref: reference, d: daysAfter(profile, at, profile.windows.appeal_days) },
        key: `grv.answer:${reference}:${version}`,
        at,
      },
    );
}

/** Remembers the report by the id of whoever sends it; false when it was here before. */
async function isNew(
  tx: Tx,
  token: Ask['token'],
  { reference, body, occurredAt, now }: { reference: string; body: Report; occurredAt: Date; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into api_event (source, reference, external_id, occurred_at, received_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [token.source ?? `token:${token.id}`, reference, body.external_event_id, occurredAt, now],
  );
  return rowCount === 1;
}

type Doing = { body: Report; actor: string; at: Date };

async function carryOut(
  { keys, profile }: ApiDeps,
  tx: Tx,
  found: CaseRow,
  { body, actor, at }: Doing,
): Promise<void> {
  const { reference } = found;
  switch (body.kind) {
    case 'status':
      await transition(tx, reference, body.status, {
        actor,
        reason: body.reason ?? 'reported',
        at,
        ...(body.status === 'escalated' ? { level: found.level + 1 } : {}),
      });
      return;
    case 'decision': {
      const answer: Record<string, string> = {};
      const lines = await publicLines(tx, profile);
      for (const [language, text] of Object.entries(body.answer)) {
        if (!text) continue;
        const [problem] = checkAnswer(safeText(text), lines);
        if (problem) throw refusedField(`/answer/${language}`, WHY_NOT[problem.kind]);
        answer[language] = safeText(text);
      }
      await answerCase(tx, keys, reference, answer, { actor, reason: body.reason, at });
      await tx.query(
        `update grievance set decision = $2, reason_code = $3, decided_at = $4, decided_by = null, satisfaction = null
         where reference = $1`,
        [reference, body.decision, body.reason, at],
      );
      return;
    }
    case 'details':
    case 'note': {
      const text = safeText(body.text);
      if (text === '') throw refusedField('/text', 'holds no words');
      await tx.query(
        `insert into grievance_event (reference, at, actor, kind, details) values ($1, $2, $3, $4, $5)`,
        [reference, at, actor, body.kind, keys.sealJson('case', { text }, 'grievance.text')],
      );
      await tx.query('update grievance set updated_at = $2, version = version + 1 where reference = $1', [
        reference,
        at,
      ]);
    }
  }
}

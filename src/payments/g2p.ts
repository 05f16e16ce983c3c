/** Payment status as G2P Connect calls it back (registry-and-grievance.md §3.1): `on-disburse`, and `on-status` of one. */
import { createHash, randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { instantOf } from '../profiles/calendar.ts';
import { isRegistryId } from '../registry/payee.ts';
import { AMOUNT, statusWord, type PaymentEvent } from './event.ts';
import { takeEvents, type TakeEventsDeps } from './take-events.ts';

export type G2pDeps = TakeEventsDeps & {
  report: (what: string, error: unknown) => void;
  /** Statuses of a callback that changed nothing although the sender has its ACK. */
  onLeftOut?: (why: 'unreadable' | 'refused', count: number) => void;
};

const BODY_LIMIT = 65_536;

type Json = Record<string, unknown>;

/** Mounted at /webhooks/<t>/g2p. Answers with the acknowledgement wrapper: ACK only once all is stored. */
export function g2pRoutes(deps: G2pDeps): express.Router {
  const router = express.Router({ caseSensitive: true });
  const json = express.json({ limit: BODY_LIMIT, type: () => true });
  router.post(
    '/disburse/on-disburse',
    json,
    take(deps, ({ message }) => objectOf(message)),
  );
  router.post(
    '/disburse/txn/on-status',
    json,
    take(deps, ({ message }) => {
      const answer = objectOf(objectOf(message)['txnstatus_response']);
      const status = objectOf(answer['txn_status']);
      return 'message' in status ? objectOf(status['message']) : status;
    }),
  );
  router.use(answerErrors(deps));
  return router;
}

function take(deps: G2pDeps, find: (body: Json) => Json): RequestHandler {
  return async (req, res) => {
    const body = objectOf(req.body);
    const { events, unreadable } = readDisburse(objectOf(body['header']), find(body), deps.profile);
    if (events.length === 0) {
      res.status(400).json(wrapped('ERR', 'err.request.bad', 'no disbursement status can be read in it'));
      return;
    }
    const taken = await takeEvents(deps, events);
    const refused = taken.filter(({ outcome }) => outcome === 'rejected').length;
    tellLeftOut(deps, { unreadable, refused, of: unreadable + events.length });
    if (refused === taken.length)
      res.status(400).json(wrapped('ERR', 'err.request.bad', 'every status in it was refused'));
    else res.json(wrapped('ACK'));
  };
}

/** The acknowledgement has no place for single entries, so people must hear of them otherwise. */
function tellLeftOut(
  { report, onLeftOut }: G2pDeps,
  { unreadable, refused, of }: { unreadable: number; refused: number; of: number },
): void {
  if (unreadable + refused === 0) return;
  report(
    `a payment callback with ${of} statuses: ${unreadable} could not be read, ${refused} were refused`,
    undefined,
  );
  if (unreadable > 0) onLeftOut?.('unreadable', unreadable);
  if (refused > 0) onLeftOut?.('refused', refused);
}

/**
 * The events of one callback. An entry that cannot be read is left out and counted: what the others say must not be lost
 * with it.
 */
function readDisburse(
  header: Json,
  message: Json,
  { identity, calendar }: Pick<G2pDeps['profile'], 'identity' | 'calendar'>,
): { events: PaymentEvent[]; unreadable: number } {
  const list: unknown = message['disbursements_status'];
  if (!Array.isArray(list)) return { events: [], unreadable: 0 };
  const batch = textOf(message['transaction_id']);
  const source = (textOf(header['sender_id']) ?? 'g2p').replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 60);
  const common = { source: `g2p.${source}`, batch, documents: identity.documents, tz: calendar.tz };
  const events = list.flatMap((one: unknown) => readStatus(objectOf(one), common) ?? []);
  return { events, unreadable: list.length - events.length };
}

function readStatus(
  one: Json,
  {
    source,
    batch,
    documents,
    tz,
  }: { source: string; batch: string | null; documents: readonly string[]; tz: string },
): PaymentEvent | undefined {
  const reference = textOf(one['reference_id']);
  const word = textOf(one['status']);
  const moment = textOf(one['timestamp']);
  const status = word === null ? undefined : statusWord(word);
  const occurredAt = instantOf(moment ?? '', tz);
  if (
    reference === null ||
    reference.length > 200 ||
    status === undefined ||
    Number.isNaN(occurredAt.getTime())
  )
    return undefined;
  const amount = textOf(one['amount']);
  const currency = textOf(one['currency_code']);
  return {
    source,
    // It has no id of its own; the same status at the same moment is the same event.
    eventId: createHash('sha256')
      .update(JSON.stringify([batch, reference, word, moment, textOf(one['status_reason_code'])]))
      .digest('hex')
      .slice(0, 40),
    occurredAt,
    status,
    reference,
    batch,
    beneficiary: beneficiaryOf(textOf(one['payee_fa']), documents),
    payee: null,
    programme: null,
    period: null,
    amount: amount !== null && AMOUNT.test(amount) ? amount : null,
    currency: currency !== null && /^[A-Z]{3}$/.test(currency) ? currency : null,
    method: null,
    provider: null,
    accountHint: null,
    from: null,
    until: null,
    place: null,
    reasonCode: textOf(one['status_reason_code']),
    reasonText: textOf(one['status_reason_message']),
    supersedes: null,
  };
}

/**
 * A financial address is `id-type:id@provider`. Accounts, tokens and phones are no identifiers of the registry: then the
 * reference alone must lead to the payment.
 */
function beneficiaryOf(address: string | null, documents: readonly string[]): PaymentEvent['beneficiary'] {
  const [, idType, idValue] = /^([^:@]+):([^@]+)(?:@.*)?$/.exec(address ?? '') ?? [];
  if (idType === undefined || idValue === undefined || !isRegistryId(idType, documents)) return null;
  return { idType, idValue };
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function wrapped(status: 'ACK' | 'ERR', code?: string, message?: string): Json {
  return {
    message: {
      ack_status: status,
      timestamp: new Date().toISOString(),
      correlation_id: randomUUID(),
      ...(code === undefined ? {} : { error: { code, message } }),
    },
  };
}

function answerErrors({ report }: G2pDeps): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status =
      typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
    const isTheirs = status >= 400 && status < 500;
    if (!isTheirs) report('a payment callback failed', error);
    const code = isTheirs ? 'err.request.bad' : 'err.service.unavailable';
    const what = status === 413 ? 'larger than 64 KiB' : isTheirs ? 'not JSON' : 'send it again';
    res.status(isTheirs ? status : 503).json(wrapped('ERR', code, what));
  };
}

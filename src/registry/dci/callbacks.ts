/**
 * What DCI registries call back (contract §3): answers of asynchronous searches, events, and what became of
 * subscriptions. Nothing of a record is stored: an event says that something changed, and the next question is asked anew.
 */
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import { actionOf, checkCallback, giveBack, type CallbackSource, type CheckDeps } from './callback-check.ts';
import { timestamp } from './envelope.ts';
import { firstText, listOf, objectOf, textOf, type Json } from './json.ts';
import { noteNotified, noteSubscribed, noteUnsubscribed } from './subscriptions.ts';

export type DciCallbackDeps = Omit<CheckDeps, 'sources'> & {
  sources: readonly (CallbackSource & {
    /** Brings the answer of an asynchronous search; false: nobody waits for it. */
    bring(transaction: string, body: unknown): boolean;
    /** Forgets what is kept of answers. */
    changed(): void;
  })[];
  /** Records of the registry changed: what waited for them may be tried again. */
  onChange(): Promise<unknown>;
  /** Counts what came, by action and outcome (`taken`, or the code of the refusal). */
  onCallback?(action: string, outcome: string): void;
  report: (what: string, error: unknown) => void;
};

const BODY_LIMIT = 1_048_576;
const ACTIONS = ['on-search', 'notify', 'on-subscribe', 'on-unsubscribe', 'on-status'] as const;
type Action = (typeof ACTIONS)[number];

/**
 * Mounted at /webhooks/<t>/dci. Registries call `sender_uri` as it is, or with the action behind it (§1.3): the last part
 * of the path says what it is, else the header does.
 */
export function dciCallbacks(deps: DciCallbackDeps): express.Router {
  const router = express.Router({ caseSensitive: true });
  const working = { deps, lookAgain: lookingAgain(deps) };
  const json = express.json({ limit: BODY_LIMIT, type: () => true });
  router.post(
    [
      '/registry',
      '/registry/:action',
      '/registry/:verbatim/:action',
      '/registry/txn/:action',
      '/registry/txn/:verbatim/:action',
    ],
    json,
    (req, res) => take(working, req, res),
  );
  router.use(answerErrors(deps));
  return router;
}

type Working = { deps: DciCallbackDeps; lookAgain: () => void };

/**
 * The registry does not wait for our payments, and a flood of events is one look, and one more. What fails is looked at
 * with the next event, or by the chore.
 */
function lookingAgain(deps: DciCallbackDeps): () => void {
  let isLooking = false;
  let isWanted = false;
  const look = async (): Promise<void> => {
    isLooking = true;
    while (isWanted) {
      isWanted = false;
      await deps.onChange().catch((error: unknown) => {
        deps.report('looking again after an event of the registry failed', error);
      });
    }
    isLooking = false;
  };
  return () => {
    isWanted = true;
    if (!isLooking) void look();
  };
}

async function take(working: Working, req: Request, res: Response): Promise<void> {
  const { deps } = working;
  const inPath = actionOf(textOf(req.params['action']));
  const inHeader = actionOf(textOf(objectOf(objectOf(req.body)['header'])['action']));
  const action = ACTIONS.find((one) => one === inPath) ?? ACTIONS.find((one) => one === inHeader);
  if (!action) {
    res.status(404).json(acknowledgement('ERR', 'err.request.not_found', 'there is no such callback'));
    return;
  }
  const checked = await checkCallback(deps, req.body);
  if ('refusal' in checked) {
    const { status, code, message } = checked.refusal;
    deps.onCallback?.(action, code);
    res.status(status).json(acknowledgement('ERR', code, message));
    return;
  }
  try {
    const isTaken = await work(working, action, checked.source, checked.message, req.body);
    deps.onCallback?.(action, isTaken ? 'taken' : 'unknown');
    if (isTaken) res.json(acknowledgement('ACK'));
    else {
      // Another process may be the one that asked: the same message may come again.
      await giveBack(deps.db, checked.source, checked.header);
      res
        .status(404)
        .json(acknowledgement('ERR', 'err.request.not_found', 'no request of ours waits for this'));
    }
  } catch (error) {
    await giveBack(deps.db, checked.source, checked.header).catch(() => undefined);
    throw error;
  }
}

/** False: it answers nothing that we asked. */
async function work(
  { deps, lookAgain }: Working,
  action: Action,
  { name }: CallbackSource,
  message: Json,
  body: unknown,
): Promise<boolean> {
  const source = deps.sources.find((one) => one.name === name);
  const transaction = textOf(message['transaction_id']);
  switch (action) {
    case 'on-search':
      return transaction !== null && (source?.bring(transaction, body) ?? false);
    case 'notify': {
      if (listOf(message['notify_event']).length === 0) return false;
      await noteNotified(deps.db, name, eventsOf(message), deps.now());
      source?.changed();
      lookAgain();
      return true;
    }
    case 'on-subscribe':
      return noteSubscribed(deps.db, name, message);
    case 'on-unsubscribe':
      return noteUnsubscribed(deps.db, name, message);
    case 'on-status': {
      // Tells what became of a request; where it brings the answer itself, that is the answer.
      const inner = objectOf(objectOf(message['txnstatus_response'])['txn_status']);
      const answer = 'message' in inner ? objectOf(inner['message']) : inner;
      const about = textOf(answer['transaction_id']);
      if (about !== null && 'search_response' in answer) source?.bring(about, { message: answer });
      return 'txnstatus_response' in message;
    }
  }
}

/** Event names of both published shapes of a notify (§2.1); what was notified of whom is not read. */
function eventsOf(message: Json): string[] {
  return listOf(message['notify_event']).flatMap((value) => {
    const event = objectOf(value);
    return firstText(objectOf(event['data']), 'reg_event_type') ?? firstText(event, 'event_type') ?? [];
  });
}

function acknowledgement(status: 'ACK' | 'ERR', code?: string, message?: string): Json {
  return {
    message: {
      ack_status: status,
      timestamp: timestamp(new Date()),
      correlation_id: randomUUID(),
      ...(code === undefined ? {} : { error: { code, message } }),
    },
  };
}

function answerErrors({ report }: DciCallbackDeps): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status =
      typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
    const isTheirs = status >= 400 && status < 500;
    if (!isTheirs) report('a registry callback failed', error);
    const code = isTheirs ? 'err.request.bad' : 'err.service.unavailable';
    const what = status === 413 ? 'larger than 1 MiB' : isTheirs ? 'not JSON' : 'send it again';
    res.status(isTheirs ? status : 503).json(acknowledgement('ERR', code, what));
  };
}

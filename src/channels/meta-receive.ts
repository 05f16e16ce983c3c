/** The callback address that Meta verifies and posts to: nothing is believed unless its raw bytes are signed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import express, { Router } from 'express';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Handlers } from './channel.ts';
import { readNotification } from './meta-payload.ts';
import type { Notification } from './meta-payload.ts';

export type MetaReceiver = {
  /** Signs what Meta posts. */
  appSecret: string;
  /** Accepted for signatures while the secret is being changed. */
  previousAppSecret?: string | undefined;
  /** Chosen by us, and repeated by Meta when it verifies the address. */
  verifyToken: string;
  phoneNumberId: string;
};

/** Far above what was seen; Meta is said to post up to this much at once. */
const limit = '3mb';

/** People whose messages are handled at a time; those of one person one after the other. */
const atOnce = 8;

/**
 * 403 for what is not signed, 413 over 3 MiB, 200 once all of it is stored, and 503 with an empty body when some could
 * not be: Meta then posts the whole again, for days, and what was taken is known by its ids.
 */
export function metaRoutes(receiver: MetaReceiver, handlers: Handlers): Router {
  const take: RequestHandler = async (req, res) => {
    const bytes = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    if (!isSigned(receiver, req.get('x-hub-signature-256'), bytes)) {
      res.status(403).end();
      return;
    }
    const body = parse(bytes);
    if (body === undefined) {
      res.status(400).end();
      return;
    }
    try {
      await handle(readNotification(body, receiver.phoneNumberId), handlers);
      res.status(200).end();
    } catch {
      res.status(503).end();
    }
  };
  const broken: ErrorRequestHandler = (error: { type?: unknown } | undefined, _req, res, _next) => {
    res.status(error?.type === 'entity.too.large' ? 413 : 400).end();
  };
  return Router()
    .get('/', (req, res) => {
      const challenge = challengeOf(receiver, req);
      if (challenge === undefined) res.status(403).end();
      else res.type('text/plain').set('x-content-type-options', 'nosniff').send(challenge);
    })
    .post('/', express.raw({ type: () => true, limit, inflate: false }), take, broken);
}

/** What to answer a verification with; undefined: it does not know our token. */
function challengeOf({ verifyToken }: MetaReceiver, { query }: Request): string | undefined {
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
  if (mode !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string') return undefined;
  return timingSafeEqual(digest(token), digest(verifyToken)) ? challenge : undefined;
}

/** Equal in length, whatever the token, so that it can be compared in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSigned(
  { appSecret, previousAppSecret }: MetaReceiver,
  signature: string | undefined,
  bytes: Buffer,
): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(signature ?? '') ?? [];
  if (hex === undefined) return false;
  return [appSecret, previousAppSecret].some(
    (secret) =>
      secret !== undefined &&
      secret !== '' &&
      timingSafeEqual(createHmac('sha256', secret).update(bytes).digest(), Buffer.from(hex, 'hex')),
  );
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Resolves once all of it is durable. One that fails holds up only what the same person wrote after it. */
async function handle({ messages, receipts }: Notification, handlers: Handlers): Promise<void> {
  const bySender = new Map<string, typeof messages>();
  for (const message of messages) {
    const theirs = bySender.get(message.from);
    if (theirs) theirs.push(message);
    else bySender.set(message.from, [message]);
  }
  const jobs = [
    ...[...bySender.values()].map((theirs) => async () => {
      for (const message of theirs) await handlers.message(message);
    }),
    ...receipts.map((receipt) => () => handlers.receipt(receipt)),
  ];
  const failed: unknown[] = [];
  const next = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of next) await job().catch((error: unknown) => failed.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (failed.length > 0) throw new Error('some of it could not be stored');
}

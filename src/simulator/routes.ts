/** The simulator's own routes: take a handset, watch what arrives on it, write from it. */
import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Handlers, Inbound } from '../channels/channel.ts';
import { parsePhone } from '../channels/phone.ts';
import { providerOf } from './channels.ts';
import type { Handsets } from './handsets.ts';
import type { Handset, HandsetMessage, Refusal } from './protocol.ts';

/** Proxies and browsers drop a silent stream after about a minute. */
const heartbeatMs = 25_000;

const errors = {
  body: 'Send a JSON object with the fields this route asks for.',
  phone: 'Write the number with its country code, for example +96170000001.',
  handset: 'This handset is not known any more: take it again with POST handsets.',
  message: 'Send {"channel": "sms" or "whatsapp", "text": 1 to 4,096 characters, "choice": optional id}.',
  service: 'The service could not take the message: its log says why.',
} as const;

const phoneBody = z.object({ phone: z.string().max(40) });

const messageBody = z.object({
  channel: z.enum(['sms', 'whatsapp']),
  text: z.string().trim().min(1).max(4_096),
  choice: z.string().min(1).max(256).optional(),
});

export function handsetRoutes(options: { held: Handsets; handlers: Handlers; smsNumber: string }): Router {
  const { held, handlers, smsNumber } = options;
  const router = Router();

  router.post('/handsets', express.json({ limit: '16kb' }), (req, res) => {
    const body = phoneBody.safeParse(req.body);
    const phone = body.success ? parsePhone(body.data.phone) : undefined;
    if (phone === undefined) {
      refuse(res, 400, 'phone');
      return;
    }
    const handset: Handset = { id: held.open(phone), phone };
    res.json(handset);
  });

  router.get('/handsets/:id/events', (req, res) => {
    const { id } = req.params;
    if (held.phoneOf(id) === undefined) {
      refuse(res, 404, 'handset');
      return;
    }
    res.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.write(': open\n\n');
    const forget = held.watch(id, (message) => res.write(serverSentEvent(message)), req.get('last-event-id'));
    const heartbeat = setInterval(() => res.write(': still here\n\n'), heartbeatMs).unref();
    res.on('close', () => {
      clearInterval(heartbeat);
      forget();
    });
  });

  router.post('/handsets/:id/messages', express.json({ limit: '64kb' }), async (req, res) => {
    const phone = held.phoneOf(req.params.id);
    const typed = messageBody.safeParse(req.body);
    if (phone === undefined || !typed.success) {
      if (phone === undefined) refuse(res, 404, 'handset');
      else refuse(res, 400, 'message');
      return;
    }
    const { channel, text, choice } = typed.data;
    const id = randomUUID();
    held.put(phone, { id, channel, from: 'person', at: new Date().toISOString(), text });
    const inbound: Inbound = {
      channel,
      provider: providerOf(channel),
      from: phone,
      phone,
      id,
      text,
      ...(channel === 'sms' && { to: smsNumber }),
      ...(choice !== undefined && { choice }),
    };
    try {
      await handlers.message(inbound);
      res.status(202).json({ id });
    } catch {
      refuse(res, 503, 'service');
    }
  });

  const broken: ErrorRequestHandler = (error: { status?: unknown } | undefined, _req, res, next) => {
    const status = error?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) refuse(res, status, 'body');
    else next(error);
  };
  router.use(broken);
  return router;
}

function serverSentEvent(message: HandsetMessage): string {
  return `id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`;
}

function refuse(res: Response, status: number, error: keyof typeof errors): void {
  const refusal: Refusal = { error: errors[error] };
  res.status(status).json(refusal);
}

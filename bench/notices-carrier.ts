/** A stand-in for a carrier that takes its time and fails one time in twenty, and counts what it carried out. */
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What happens to a request. `lost`: carried out, and never answered; `hung`: neither. */
type Fate = 'taken' | 'lost' | 'hung' | 'rate' | 'error' | 'nobody' | 'refused';

export type NoticesCarrier = {
  url: string;
  /** How often each number was really sent to. */
  carriedOut: Map<string, number>;
  /** When it first carried out the message to a number; performance.now(). */
  at: Map<string, number>;
  /** Requests that were never answered. */
  unanswered: number;
  requests: number;
  /** Carried out in each second since the first. */
  perSecond: Map<number, number>;
  stop(): Promise<void>;
};

const ANSWER_MS = 50;
const FAILING = 0.05;
const FATES: readonly Fate[] = ['lost', 'hung', 'rate', 'error', 'nobody', 'refused'];

/** Speaks as Africa's Talking does. `isSpared`: numbers that never meet a failure. */
export async function startNoticesCarrier(isSpared: (phone: string) => boolean): Promise<NoticesCarrier> {
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (part: Buffer) => (body += part.toString()));
    req.on('end', () => {
      const to = new URLSearchParams(body).get('to') ?? '';
      const fails = !isSpared(to) && Math.random() < FAILING;
      const fate: Fate = fails ? (FATES[Math.floor(Math.random() * FATES.length)] ?? 'error') : 'taken';
      carrier.requests += 1;
      setTimeout(() => {
        settle(fate, to, res);
      }, ANSWER_MS);
    });
  });
  const carryOut = (to: string): void => {
    const now = performance.now();
    carrier.carriedOut.set(to, (carrier.carriedOut.get(to) ?? 0) + 1);
    if (!carrier.at.has(to)) carrier.at.set(to, now);
    const second = Math.floor(now / 1_000);
    carrier.perSecond.set(second, (carrier.perSecond.get(second) ?? 0) + 1);
  };
  const settle = (fate: Fate, to: string, res: ServerResponse): void => {
    if (fate === 'taken' || fate === 'lost') carryOut(to);
    if (fate === 'lost' || fate === 'hung') {
      carrier.unanswered += 1;
      return;
    }
    if (fate === 'rate') res.writeHead(429).end('Too many requests');
    else if (fate === 'error') res.writeHead(500).end('Internal Server Error');
    else {
      const messageId = `ATXid_${carrier.requests}_${to.slice(1)}`;
      const recipient =
        fate === 'taken'
          ? { statusCode: 101, number: to, status: 'Success', cost: 'KES 0.8000', messageId }
          : { statusCode: 403, number: to, status: 'InvalidPhoneNumber', cost: '0', messageId: 'None' };
      const answer =
        fate === 'nobody'
          ? { Message: 'InvalidSenderId', Recipients: [] }
          : { Message: 'Sent to 1/1', Recipients: [recipient] };
      res
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ SMSMessageData: answer }));
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const carrier: NoticesCarrier = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    carriedOut: new Map(),
    at: new Map(),
    unanswered: 0,
    requests: 0,
    perSecond: new Map(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return carrier;
}

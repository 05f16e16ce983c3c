/** What the channel tests share: handlers that only remember, and a channel mounted on a loopback port. */
import express from 'express';
import type { AddressInfo } from 'node:net';
import type { Channel, Handlers, UssdReply } from '../../src/channels/channel.ts';

type Heard = { [K in keyof Handlers]: Parameters<Handlers[K]>[] };

export type Recorder = Handlers & {
  heard: Heard;
  /** What the next and all later turns answer. */
  screen: UssdReply;
  /** While set, every handler except the refusal rejects with it. */
  broken: Error | undefined;
};

/** Handlers that record their arguments. */
export function recorder(): Recorder {
  const heard: Heard = { ussd: [], ussdRefusal: [], ussdEnd: [], message: [], receipt: [], optOut: [] };
  const hear = <K extends keyof Handlers>(name: K, ...args: Parameters<Handlers[K]>): Promise<void> => {
    (heard[name] as unknown[]).push(args);
    return self.broken === undefined ? Promise.resolve() : Promise.reject(self.broken);
  };
  const self: Recorder = {
    heard,
    screen: { text: 'Welcome', end: false },
    broken: undefined,
    ussd: async (turn) => {
      await hear('ussd', turn);
      return self.screen;
    },
    ussdRefusal: (reason, phone) => {
      heard.ussdRefusal.push([reason, phone]);
      return Promise.resolve({ text: `refused: ${reason}`, end: true });
    },
    ussdEnd: (end) => hear('ussdEnd', end),
    message: (inbound) => hear('message', inbound),
    receipt: (receipt) => hear('receipt', receipt),
    optOut: (optOut) => hear('optOut', optOut),
  };
  return self;
}

export type Body = string | Uint8Array<ArrayBuffer>;

export type Mounted = {
  url: string;
  handlers: Recorder;
  /** Posts a form (or anything, with `headers`) to a path below the channel's own. */
  post(path: string, body: Body, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
};

/** Serves `channel` as the service does, below `/webhooks/t`. */
export async function mount(channel: Channel): Promise<Mounted> {
  const handlers = recorder();
  const app = express();
  if (channel.path === undefined || channel.routes === undefined)
    throw new Error('this channel has no routes');
  app.use(`/webhooks/t${channel.path}`, channel.routes(handlers));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/t${channel.path}`;
  return {
    url,
    handlers,
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

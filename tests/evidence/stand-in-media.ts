/** A loopback provider of media: it holds contents by path, wants credentials, and fails as it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accountSid, authToken } from '../channels/twilio-signed.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export type MediaProvider = {
  url: string;
  /** Paths asked for, with whether credentials came along. */
  asked: { path: string; hasCredentials: boolean }[];
  /** Holds a content and returns its address, as a callback names it. */
  hold(content: Buffer, type?: string): string;
  /** The address of something that answers in its own way. */
  answer(answer: Answer): string;
  stop(): Promise<void>;
};

export async function startMediaProvider(): Promise<MediaProvider> {
  const answers = new Map<string, Answer>();
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const hasCredentials = request.headers.authorization === credentials;
    provider.asked.push({ path, hasCredentials });
    const answer = answers.get(path);
    if (!answer) response.writeHead(404).end();
    else if (path.startsWith('/2010-04-01/') && !hasCredentials) response.writeHead(401).end();
    else answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: MediaProvider = {
    url,
    asked: [],
    hold(content, type = 'image/jpeg') {
      // As the real one does: the API points to its store, which wants no credentials.
      const store = `/store/${answers.size}`;
      answers.set(store, (_request, response) => {
        response.writeHead(200, { 'content-type': type }).end(content);
      });
      return provider.answer((_request, response) => {
        response.writeHead(307, { location: store }).end();
      });
    },
    answer(answer) {
      const path = `/2010-04-01/Accounts/${accountSid}/Messages/MM${answers.size}/Media/ME${answers.size}`;
      answers.set(path, answer);
      return url + path;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return provider;
}

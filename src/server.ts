/** The HTTP side: mounts what channels, the API, the console, the simulator and operations offer. Errors are answered, never shown. */
import { timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Registry as Metrics } from 'prom-client';
import type { Channel, Handlers } from './channels/channel.ts';

export type ServerDeps = {
  webhookToken: string;
  channels: readonly Channel[];
  handlers: Handlers;
  /** Mounted at /webhooks/<token>/g2p. */
  g2p?: express.Router;
  /** Mounted at /webhooks/<token>/dci. */
  dci?: express.Router;
  /** Our public keys, as a JSON Web Key Set. */
  jwks?: () => object;
  /** How the registries over HTTP are: told, but no reason not to serve. */
  registries?: () => Record<string, string>;
  /** Mounted at /api/v1. */
  api: express.Router;
  /** Mounted at /console. */
  console: express.Router;
  /** Mounted at /simulator; absent in production. */
  simulator?: express.Router;
  metrics: Metrics;
  /** Resolves to what is not ready, one line each; empty: can serve. */
  unready: () => Promise<string[]>;
  report: (what: string, error: unknown) => void;
};

const NOT_FOUND = { type: 'about:blank', title: 'Not found', status: 404 };

export function createServer(deps: ServerDeps): http.Server {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', true);
  app.set('query parser', 'simple');

  const webhooks = express.Router({ caseSensitive: true });
  for (const channel of deps.channels) {
    if (channel.path && channel.routes) webhooks.use(channel.path, channel.routes(deps.handlers));
  }
  if (deps.g2p) webhooks.use('/g2p', deps.g2p);
  if (deps.dci) webhooks.use('/dci', deps.dci);
  app.use('/webhooks/:token', onlyWith(deps.webhookToken), webhooks);

  app.use('/api/v1', deps.api);
  app.use('/console', deps.console);
  app.get('/healthz', (_req, res) => {
    res.type('text').send('ok\n');
  });
  app.get('/readyz', async (_req, res) => {
    const reasons = await deps.unready();
    const ready = reasons.length === 0;
    const registries = deps.registries?.() ?? {};
    res
      .status(ready ? 200 : 503)
      .json({ ready, reasons, ...(Object.keys(registries).length > 0 ? { registries } : {}) });
  });
  app.get('/.well-known/jwks.json', (_req, res) => {
    res.set('cache-control', 'public, max-age=600').json(deps.jwks?.() ?? { keys: [] });
  });
  app.get('/metrics', async (_req, res) => {
    res.type(deps.metrics.contentType).send(await deps.metrics.metrics());
  });
  if (deps.simulator) {
    app.use('/simulator', helmet({ strictTransportSecurity: false }), deps.simulator);
    app.get('/', (_req, res) => {
      res.redirect('/simulator/');
    });
  }
  app.use((_req, res) => {
    res.status(404).json(NOT_FOUND);
  });
  app.use(answerErrors(deps));
  return withFixedPrototypes(app);
}

/** The secret path segment of every callback, compared in constant time. Whoever does not know it finds nothing. */
function onlyWith(token: string): RequestHandler {
  const expected = Buffer.from(token);
  return (req: Request, res, next) => {
    const given = Buffer.from(String(req.params['token'] ?? ''));
    if (given.length === expected.length && timingSafeEqual(given, expected)) next();
    else res.status(404).json(NOT_FOUND);
  };
}

function answerErrors(deps: ServerDeps): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status = statusOf(error);
    if (status >= 500) deps.report('a request failed', error);
    if (res.headersSent) {
      res.end();
      return;
    }
    const title = status === 413 ? 'Too large' : status < 500 ? 'Cannot be read' : 'Internal error';
    res.status(status).json({ type: 'about:blank', title, status });
  };
}

function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 600 ? status : 500;
}

/**
 * Express changes the prototype of every request and response, which costs Node 20 five times the rest of a request
 * (expressjs/express#5998). Objects that already have the right prototype cost nothing; a test watches that it stays so.
 */
function withFixedPrototypes(app: Express): http.Server {
  class ExpressRequest extends http.IncomingMessage {}
  class ExpressResponse extends http.ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, express.request);
  Object.setPrototypeOf(ExpressResponse.prototype, express.response);
  for (const prototype of [ExpressRequest.prototype, ExpressResponse.prototype]) {
    Object.defineProperty(prototype, 'app', {
      value: app,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  }
  app.request = ExpressRequest.prototype as typeof app.request;
  app.response = ExpressResponse.prototype as unknown as typeof app.response;
  return http.createServer(
    { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse as typeof http.ServerResponse },
    app,
  );
}

/** The API for other systems (/api/v1): JSON in and out, bearer tokens with scopes, errors as problem documents. */
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { openApiDocument } from './openapi.ts';
import { Refused, refusedFields, toProblem } from './problem.ts';
import type { ApiDeps, Route } from './route.ts';
import { apiRoutes, type RouteDeps } from './routes.ts';
import { checkToken, type Token } from './tokens.ts';

const BODY_LIMIT = 65_536;
const PER_MINUTE = 600;

export type ApiOptions = RouteDeps & {
  /** Requests a minute each token may make; 600. */
  perMinute?: number;
  report: (what: string, error: unknown) => void;
};

/** Everything under /api/v1. */
export function createApi(deps: ApiOptions): express.Router {
  const router = express.Router({ caseSensitive: true });
  const routes = apiRoutes(deps);
  const limiter = new RateLimiterMemory({ points: deps.perMinute ?? PER_MINUTE, duration: 60 });
  router.use(nameRequest);

  const document = openApiDocument(routes);
  router
    .route('/openapi.json')
    .get((_req, res) => {
      res.set('Cache-Control', 'public, max-age=300').json(document);
    })
    .all(refuseMethod(['GET']));

  for (const path of new Set(routes.map((one) => one.path))) {
    const here = routes.filter((one) => one.path === path);
    const at = router.route(path.replace(/\{(\w+)\}/g, ':$1'));
    for (const one of here) {
      at[one.method](
        authorise(deps, one, limiter),
        ...(one.body ? [onlyJson, express.json({ limit: one.bodyLimit ?? BODY_LIMIT })] : []),
        serve(deps, one),
      );
    }
    at.all(refuseMethod(here.map(({ method }) => method.toUpperCase())));
  }
  router.use(() => {
    throw new Refused(404, 'There is nothing at this address; /api/v1/openapi.json lists what there is.');
  });
  router.use(answerProblems(deps));
  return router;
}

/** Every answer carries an id that leads to our logs: the caller's own, where it is a plain one. */
const nameRequest: RequestHandler = (req, res, next) => {
  const given = req.get('X-Request-Id') ?? '';
  res.set('X-Request-Id', /^[\w.-]{8,64}$/.test(given) ? given : randomUUID());
  res.set('Cache-Control', 'no-store');
  res.set('X-Content-Type-Options', 'nosniff');
  next();
};

function authorise(
  { db, now }: Pick<ApiDeps, 'db' | 'now'>,
  { scope }: Route,
  limiter: RateLimiterMemory,
): RequestHandler {
  return async (req, res, next) => {
    const [, presented] = /^Bearer +(\S+) *$/i.exec(req.get('Authorization') ?? '') ?? [];
    if (presented === undefined) {
      throw new Refused(
        401,
        'Send a token: Authorization: Bearer wasl_…',
        {},
        {
          'WWW-Authenticate': 'Bearer realm="wasl"',
        },
      );
    }
    const token = await checkToken(db, presented, now());
    if (!token) {
      throw new Refused(
        401,
        'This token is unknown, revoked or past its end; ask the operator for another.',
        {},
        {
          'WWW-Authenticate': 'Bearer realm="wasl", error="invalid_token"',
        },
      );
    }
    await limiter.consume(token.id).catch((reason: unknown) => {
      if (!(reason instanceof RateLimiterRes)) throw reason;
      const seconds = Math.max(1, Math.ceil(reason.msBeforeNext / 1_000));
      throw new Refused(
        429,
        `Wait ${seconds} seconds, as Retry-After says.`,
        {},
        { 'Retry-After': String(seconds) },
      );
    });
    if (!token.scopes.includes(scope)) {
      throw new Refused(
        403,
        `This token lacks the scope ${scope}; ask the operator for one that has it.`,
        {},
        {
          'WWW-Authenticate': `Bearer realm="wasl", error="insufficient_scope", scope="${scope}"`,
        },
      );
    }
    (res.locals as Locals).token = token;
    next();
  };
}

type Locals = { token?: Token };

const onlyJson: RequestHandler = (req, _res, next) => {
  if (/^application\/json\s*(;|$)/i.test(req.get('Content-Type') ?? '')) next();
  else throw new Refused(415, 'Send JSON: Content-Type: application/json');
};

function serve({ now }: Pick<ApiDeps, 'now'>, { body, query, handle }: Route): RequestHandler {
  return async (req: Request, res: Response) => {
    const { token } = res.locals as Locals;
    if (!token) throw new Error('a route was reached without its token');
    const answer = await handle({
      token,
      params: req.params as Record<string, string>,
      body: body && parse(body, req.body, 'body'),
      query: query && parse(query, req.query, 'query'),
      now: now(),
    });
    res.status(answer.status).json(answer.body);
  };
}

function parse(schema: NonNullable<Route['body']>, value: unknown, where: 'body' | 'query'): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw refusedFields(parsed.error, where);
  return parsed.data;
}

function refuseMethod(allowed: string[]): RequestHandler {
  return () => {
    throw new Refused(405, `Use ${allowed.join(' or ')} here.`, {}, { Allow: allowed.join(', ') });
  };
}

function answerProblems({ report }: Pick<ApiOptions, 'report'>): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const { problem, headers } = toProblem(error);
    if (problem.status >= 500) report('a call of the API failed', error);
    if (res.headersSent) {
      res.end();
      return;
    }
    res.status(problem.status).set(headers).type('application/problem+json').send(JSON.stringify(problem));
  };
}

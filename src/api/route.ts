/** What a call of the API is: the one table of routes serves the requests and the OpenAPI document. */
import type { z } from 'zod';
import type { WorkDeps } from '../grievances/deeds.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Database } from '../store/database.ts';
import type { Scope, Token } from './tokens.ts';

export type ApiDeps = {
  db: Database;
  keys: Keys;
  profile: Profile;
  now: () => Date;
  /** With these the citizen is told of what another system decided. */
  telling?: Pick<WorkDeps, 'registry' | 'notifier'>;
};

/** A request, read and checked. `body` and `query` have the shape of the route's schemas. */
export type Ask<Body = unknown, Query = unknown> = {
  token: Token;
  params: Readonly<Record<string, string>>;
  body: Body;
  query: Query;
  now: Date;
};

export type Answer = { status: number; body: unknown };

export type Route = {
  method: 'get' | 'post';
  /** As OpenAPI writes it: `/cases/{reference}`. */
  path: string;
  scope: Scope;
  operationId: string;
  summary: string;
  description?: string;
  /** What each part of the path is. */
  params?: Readonly<Record<string, string>>;
  body?: z.ZodType;
  /** Bytes a body may have; 64 KiB. */
  bodyLimit?: number;
  query?: z.ZodObject;
  answers: Readonly<Record<number, { description: string; schema: z.ZodType }>>;
  /** Problems beside those that every call has: 401, 403, 429, 500, 503. */
  problems: readonly number[];
  handle: (ask: Ask) => Promise<Answer>;
};

/** A route with the types of its schemas known to its handler. */
export function route<Body extends z.ZodType, Query extends z.ZodObject>(
  described: Omit<Route, 'body' | 'query' | 'handle'> & {
    body?: Body;
    query?: Query;
    handle: (ask: Ask<z.output<Body>, z.output<Query>>) => Promise<Answer>;
  },
): Route {
  // The router parses body and query with these very schemas before it calls the handler.
  return described as unknown as Route;
}

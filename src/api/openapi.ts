/** The OpenAPI 3.1 document, made from the very schemas that check the requests. */
import { z } from 'zod';
import { problemSchema } from './problem.ts';
import type { Route } from './route.ts';
import { SCOPES } from './tokens.ts';

/** What any call may answer. */
const ALWAYS = [401, 403, 429, 500, 503];

type Json = Record<string, unknown>;

export function openApiDocument(routes: readonly Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const one of routes) (paths[one.path] ??= {})[one.method] = operation(one, schemas);
  schemaOf(problemSchema, 'output', schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Wasl',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'For payment systems, grievance systems, telephone systems and services that people are referred to. Telephone numbers never ' +
        'stand in an address. Ids make every POST safe to repeat.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: `Made by \`wasl token create\`. Scopes: ${SCOPES.join(', ')}`,
        },
      },
      schemas,
    },
  };
}

function operation(one: Route, schemas: Json): Json {
  const problems = [...new Set([...one.problems, ...ALWAYS])].sort((a, b) => a - b);
  const parameters = [...pathParameters(one), ...queryParameters(one)];
  return {
    operationId: one.operationId,
    summary: one.summary,
    description: [one.description, `Scope: \`${one.scope}\`.`].filter(Boolean).join(' '),
    security: [{ token: [one.scope] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(one.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(one.body, 'input', schemas) } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(one.answers).map(([status, { description, schema }]) => [
          status,
          { description, content: { 'application/json': { schema: schemaOf(schema, 'output', schemas) } } },
        ]),
      ),
      ...Object.fromEntries(problems.map((status) => [status, problem(status)])),
    },
  };
}

function problem(status: number): Json {
  return {
    description: MEANING[status] ?? 'A problem',
    ...(status === 429 || status === 503
      ? { headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait' } } }
      : {}),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const MEANING: Readonly<Record<number, string>> = {
  400: 'The body is not JSON',
  401: 'No token, or one that is not good any more',
  403: 'The token lacks the scope, or belongs to another source',
  404: 'Not there, or not for this token',
  409: 'The present state does not lead to the one asked for',
  413: 'The body is larger than 64 KiB, or 1 MiB of payment events',
  415: 'The body is not application/json',
  422: 'Fields that will not do, each named',
  429: 'Too many requests with this token',
  500: 'An error here; nothing was stored',
  503: 'Not available now; nothing was stored',
};

function pathParameters({ params = {} }: Route): Json[] {
  return Object.entries(params).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route): Json[] {
  if (!query) return [];
  return Object.entries(query.shape as Record<string, z.ZodType>).map(([name, schema]) => {
    const { description, ...rest } = plainSchema(schema, 'input');
    return { name, in: 'query', required: false, ...(description ? { description } : {}), schema: rest };
  });
}

/** A schema with a name stands once among the components; the others where they are used. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const made = plainSchema(schema, io);
  const { $defs = {}, ...rest } = made as { $defs?: Json };
  Object.assign(schemas, $defs);
  const id = schema.meta()?.id;
  if (id === undefined) return rest;
  schemas[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}

function plainSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const made = z.toJSONSchema(schema, {
    io,
    // Date-times are read into dates; outside they are text.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.id;
    },
  });
  delete made.$schema;
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

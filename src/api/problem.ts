/** Errors as RFC 9457 problem documents: what went wrong and what to do, never a value that was sent. */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().describe('`about:blank`, or a URN that names the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What to do about it'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON Pointer into the body; `?name` for a query parameter'),
          detail: z.string(),
        }),
      )
      .optional(),
    from: z.string().optional().describe('The status that refused'),
    to: z.string().optional().describe('The status that was asked for'),
    results: z.array(z.unknown()).optional().describe('Of payment events: the outcome of each'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Cannot be read',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not accepted',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

/** A request that is answered with a problem document. */
export class Refused extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    more: Partial<Pick<Problem, 'type' | 'errors' | 'from' | 'to' | 'results'>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'Refused';
    this.problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, ...more };
    this.headers = headers;
  }
}

/** One field that will not do. */
export function refusedField(pointer: string, detail: string): Refused {
  return new Refused(422, 'Mend the fields named in errors and send it again.', {
    type: 'urn:wasl:problem:fields',
    errors: [{ pointer, detail }],
  });
}

/** What zod found, by pointer. Its messages name types and limits, never the value. */
export function refusedFields(error: z.ZodError, where: 'body' | 'query'): Refused {
  const errors = error.issues.slice(0, 20).map((issue) => ({
    pointer:
      where === 'query'
        ? `?${issue.path.map(String).join('.')}`
        : issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: issue.message,
  }));
  return new Refused(422, 'Mend the fields named in errors and send it again.', {
    type: 'urn:wasl:problem:fields',
    errors,
  });
}

/** Postgres is not there, is starting or stopping, or has no connection left. */
const AWAY = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|57P0\d|08\w{3}|53300)$/;

/** The problem behind any error; what nobody foresaw is 500 and says nothing. */
export function toProblem(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const { status, type, code, message, limit } = fieldsOf(error);
  if (type === 'entity.too.large') {
    return new Refused(413, `Send a smaller body: ${Math.floor(limit / 1024)} KiB are taken.`);
  }
  if (type === 'entity.parse.failed')
    return new Refused(400, 'The body is not JSON; send one JSON document in UTF-8.');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new Refused(415, 'Send application/json in UTF-8, plain or compressed with gzip.');
  }
  if (status >= 400 && status < 500)
    return new Refused(400, 'The request cannot be read; check its address and body.');
  if (AWAY.test(code) || message.startsWith('timeout exceeded when trying to connect')) {
    return new Refused(
      503,
      'The database does not answer; nothing was stored. Try again shortly.',
      {},
      {
        'Retry-After': '5',
      },
    );
  }
  return new Refused(
    500,
    'Something went wrong here; nothing was stored. Try again, and report the request id.',
  );
}

function fieldsOf(error: unknown): {
  status: number;
  type: string;
  code: string;
  message: string;
  limit: number;
} {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  return {
    status: Number(fields['status'] ?? 0),
    limit: Number(fields['limit'] ?? 65_536),
    type: text('type'),
    code: text('code'),
    message: text('message'),
  };
}

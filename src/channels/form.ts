/** Reads the form bodies of provider callbacks, and tells an oversized one from a broken one. */
import express from 'express';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';

/** Decoded fields as they arrived; a repeated name has all its values. */
export type Form = Readonly<Record<string, string | string[]>>;

/** Answers one callback; `form` is undefined when the body is no readable form. */
export type ServeForm = (form: Form | undefined, req: Request, res: Response) => Promise<void>;

const limit = '64kb';

/**
 * Express handlers for one callback route. Over 64 KiB, whatever the content type: 413. A `serve` that rejects: 500
 * with an empty body, since some providers show a body to the citizen.
 */
export function readForm(serve: ServeForm): (RequestHandler | ErrorRequestHandler)[] {
  const answer = async (form: Form | undefined, req: Request, res: Response): Promise<void> => {
    try {
      await serve(form, req, res);
    } catch {
      if (!res.headersSent) res.status(500).end();
    }
  };
  const broken: ErrorRequestHandler = async (error: { type?: unknown } | undefined, req, res, _next) => {
    if (error?.type === 'entity.too.large') res.status(413).end();
    else await answer(undefined, req, res);
  };
  const read: RequestHandler = (req, res) => answer(toForm(req.body), req, res);
  return [
    express.urlencoded({ extended: false, limit }),
    // Not a form: still read, so that its size is judged like a form's.
    express.raw({ type: () => true, limit }),
    read,
    broken,
  ];
}

function toForm(body: unknown): Form | undefined {
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body) ? (body as Form) : undefined;
}

/** The value of a field that occurs exactly once. NUL is dropped: no handset sends it and PostgreSQL cannot store it. */
export function field(form: Form, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'string' ? value.replaceAll('\u0000', '') : undefined;
}

/** Sends pages and parts of pages. Everything a person reads goes through here, and is escaped on the way. */
import type { Response } from 'express';
import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { Page } from './ui/layout.tsx';
import { VisitContext } from './ui/visit-context.ts';
import { visitOf } from './visit.ts';
import type { WordKey } from './words.ts';

export type PageParts = {
  /** In the browser's title, which others see: never a person's name or number. */
  title: string;
  /** The nav entry to mark, e.g. `/desk`. */
  section?: string;
  /** `desk`: the whole width and height, for panes. `narrow`: one form. */
  shape?: 'page' | 'desk' | 'narrow';
  status?: number;
  /** Loads this address next, as if a link had been followed. */
  goesOnTo?: string;
  body: ComponentChildren;
};

export function sendPage(res: Response, { status = 200, body, ...parts }: PageParts): void {
  const page = <Page {...parts}>{body}</Page>;
  res
    .status(status)
    .type('html')
    .send(`<!doctype html>${draw(res, page)}`);
}

/** A part of a page, for `data-live`. */
export function sendPart(res: Response, part: VNode): void {
  res.type('html').send(draw(res, part));
}

function draw(res: Response, node: VNode): string {
  return renderToString(<VisitContext.Provider value={visitOf(res)}>{node}</VisitContext.Provider>);
}

const PROBLEMS = {
  /** Nothing at this address, or not for this person: the same words, so that nobody learns which. */
  nothing_here: 404,
  forged: 403,
  too_large: 413,
  bad_request: 400,
  too_often: 429,
  conflict: 409,
  broken: 500,
} as const satisfies Record<string, number>;
export type Problem = keyof typeof PROBLEMS;

/** A page that says what went wrong and what to do. */
export function sendProblem(res: Response, problem: Problem): void {
  const { words: t, staff } = visitOf(res);
  const title = t(`problem.${problem}` satisfies WordKey);
  sendPage(res, {
    title,
    shape: 'narrow',
    status: PROBLEMS[problem],
    body: (
      <div class="card roomy">
        <h1>{title}</h1>
        <p>{t(`problem.${problem}_help` satisfies WordKey)}</p>
        <p>
          <a class="button plain" href={staff ? '/console/' : '/console/sign-in'}>
            {t(staff ? 'problem.home' : 'problem.sign_in')}
          </a>
        </p>
      </div>
    ),
  });
}

/** One case: its page, the deeds done on it, and the news that somebody else changed it. */
import type { Request, Response, Router } from 'express';
import { BadDeed, NoSuchCase, StaleCase } from '../../../grievances/deeds.ts';
import { checkReference } from '../../../grievances/reference.ts';
import { seesCase } from '../../../grievances/visibility.ts';
import { mustBeText } from '../../../grievances/work.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { formOf, type PostedForm } from '../../form.ts';
import { sendPage, sendPart, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Notice } from '../../ui/parts.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { CasePage } from './case-page.tsx';
import { homeOf } from './codes.ts';
import { answersOf, doDeed, isDeed } from './do-deed.ts';
import { refusalOf, tried, type Tried } from './tried.tsx';
import { namesOf, versionOf, viewCase, type CaseView } from './view.ts';

type Deps = ConsoleDeps & Tools;
type Shown = { tried?: Tried; confirms?: boolean; status?: number };

const mayOpen = requires('cases', 'restricted', 'private');

export function caseRoutes(router: Router, deps: Deps): void {
  router.get('/cases/:reference', mayOpen, async (req, res) => {
    await show(deps, res, paramOf(req, 'reference'));
  });

  router.get('/part/cases/:reference', mayOpen, async (req, res) => {
    const reference = paramOf(req, 'reference');
    const version = await versionOf(deps.db, staffOf(res), readable(reference));
    const isNew = version !== undefined && String(version) !== req.query['version'];
    sendPart(res, isNew ? <Changed reference={readable(reference)} /> : <></>);
  });

  router.post('/cases/:reference/:deed', mayOpen, async (req, res) => {
    const reference = paramOf(req, 'reference');
    const deed = paramOf(req, 'deed');
    const form = formOf(req);
    if (!isDeed(deed)) {
      sendProblem(res, 'nothing_here');
      return;
    }
    if (!/^\d{1,9}$/.test(form.text('version'))) {
      sendProblem(res, 'bad_request');
      return;
    }
    const step = form.text('step');
    const isToBeSeen = deed === 'decide' && step !== 'send';
    if (step === 'canned' || step === 'edit' || isToBeSeen)
      await look(deps, res, { reference, deed, form, step });
    else await act(deps, res, { reference, deed, form });
  });
}

function paramOf({ params }: Request, name: string): string {
  const value: unknown = params[name];
  return typeof value === 'string' ? value : '';
}

/** What is no reference is found as little as one that does not exist. */
const readable = (reference: string): string => (checkReference(reference) === 'ok' ? reference : '');

async function show(deps: Deps, res: Response, reference: string, shown: Shown = {}): Promise<void> {
  const view = await load(deps, res, reference);
  if (view) showView(deps, res, view, shown);
}

async function load(deps: Deps, res: Response, reference: string): Promise<CaseView | undefined> {
  try {
    return await viewCase(deps, { reference: readable(reference), by: staffOf(res), at: deps.now() });
  } catch (error) {
    if (!(error instanceof NoSuchCase)) throw error;
    sendProblem(res, 'nothing_here');
    return undefined;
  }
}

function showView(
  deps: Deps,
  res: Response,
  view: CaseView,
  { tried: deed, confirms, status = 200 }: Shown,
): void {
  const { reference, kind, sensitivity } = view.detail.found;
  sendPage(res, {
    title: `${visitOf(res).words(`case.kind.${kind}`)} ${reference}`,
    section: sensitivity === 'open' ? '/cases' : '/inspection',
    status,
    body: <CasePage view={view} calendar={deps.profile.calendar} tried={deed} confirms={confirms ?? false} />,
  });
}

type Posted = { reference: string; deed: Parameters<typeof doDeed>[1]; form: PostedForm };

/** Changes nothing: a reply put into the text, an answer looked at before it goes, or taken back to be changed. */
async function look(
  deps: Deps,
  res: Response,
  { reference, deed, form, step }: Posted & { step: string },
): Promise<void> {
  const view = await load(deps, res, reference);
  if (!view) return;
  const before = tried(deed, form);
  if (step === 'edit') showView(deps, res, view, { tried: before });
  else if (step === 'canned') {
    const reply = view.replies.find(({ key }) => key === form.text('canned'))?.texts[view.language] ?? '';
    const joined = [form.text('answer'), reply].filter(Boolean).join(' ');
    showView(deps, res, view, {
      tried: { ...before, text: (name) => (name === 'answer' ? joined : form.text(name)) },
    });
  } else {
    try {
      if (String(view.detail.found.version) !== form.text('version'))
        throw new StaleCase(view.detail.found.version, stepsAfter(view, Number(form.text('version'))));
      const [decision = '', reason = ''] = form.text('outcome').split(':');
      const reasons: Partial<Record<string, readonly string[]>> = view.detail.decide ?? {};
      if (!reasons[decision]?.includes(reason)) throw new BadDeed('reason');
      const { db, profile } = deps;
      await mustBeText(db, profile, answersOf(form, view.language, profile.languages.offered), view.language);
      showView(deps, res, view, { tried: before, confirms: true });
    } catch (error) {
      await refuse(deps, res, { reference, deed, form }, error);
    }
  }
}

/** The newest steps, as many as the version rose by: enough to say who did what. */
function stepsAfter(view: CaseView, version: number) {
  const count = Math.max(1, view.detail.found.version - version);
  return view.detail.history.filter(({ kind }) => kind !== 'clock' && kind !== 'lodged').slice(-count);
}

async function act(deps: Deps, res: Response, posted: Posted): Promise<void> {
  const { reference, deed, form } = posted;
  const by = staffOf(res);
  const at = deps.now();
  try {
    const language = await languageOf(deps, reference);
    const version = Number(form.text('version'));
    await doDeed(deps, deed, { reference: readable(reference), version, by, at }, { form, language });
  } catch (error) {
    await refuse(deps, res, posted, error);
    return;
  }
  // Given away, it may be out of sight for who gave it.
  if (await seesCase(deps.db, by, reference))
    deps.goTo(res, `/console/cases/${reference}`, deed === 'decide' ? 'flash.case_decided' : 'flash.saved');
  else deps.goTo(res, homeOf(res), 'flash.case_left');
}

async function languageOf({ db, profile }: Deps, reference: string): Promise<string> {
  const { rows } = await db.query<{ language: string | null }>(
    'select language from grievance where reference = $1',
    [readable(reference)],
  );
  const { offered, default: usual } = profile.languages;
  const language = rows[0]?.language;
  return typeof language === 'string' && offered.includes(language) ? language : usual;
}

async function refuse(
  deps: Deps,
  res: Response,
  { reference, deed, form }: Posted,
  error: unknown,
): Promise<void> {
  if (error instanceof NoSuchCase) {
    sendProblem(res, 'nothing_here');
    return;
  }
  const refusal = refusalOf(visitOf(res).words, error, await languageOf(deps, reference));
  if (!refusal) throw error;
  const { status, problems, since } = refusal;
  const names = since
    ? await namesOf(
        deps,
        since.map(({ actor }) => actor),
      )
    : undefined;
  await show(deps, res, reference, {
    status,
    tried: { ...tried(deed, form, problems), ...(since ? { since } : {}), ...(names ? { names } : {}) },
  });
}

function Changed({ reference }: { reference: string }) {
  const t = useWords();
  return (
    <Notice tone="wait">
      <p>
        {t('case.changed')} <a href={`/console/cases/${reference}`}>{t('case.changed_open')}</a>
      </p>
    </Notice>
  );
}

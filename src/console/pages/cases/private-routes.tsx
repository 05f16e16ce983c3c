/** Private matters, for protection officers alone: for everybody else these addresses do not exist. */
import type { Response, Router } from 'express';
import {
  addPrivateNote,
  closePrivate,
  listPrivate,
  NoSuchPrivateCase,
  openPrivate,
  recordPrivateAttempt,
  recordPrivateReferral,
  reopenPrivate,
  setSafeContact,
  type PrivateDeed,
} from '../../../grievances/private-work.ts';
import { CALL_OUTCOMES, StaleTask } from '../../../grievances/tasks-work.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { formOf, type PostedForm } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { PrivateList, PrivatePage } from './private.tsx';
import { namesOf } from './view.ts';

type Deps = ConsoleDeps & Tools;
type Run = (deps: Deps, deed: PrivateDeed) => Promise<void>;

export function privateRoutes(router: Router, deps: Deps): void {
  router.get('/private', requires('private'), async (_req, res) => {
    const rows = await listPrivate(deps, staffOf(res));
    const title = visitOf(res).words('board.nav.private');
    const names = await namesOf(
      deps,
      rows.map(({ owner }) => owner),
    );
    sendPage(res, {
      title,
      section: '/private',
      body: (
        <>
          <h1>{title}</h1>
          <div class="card">
            <PrivateList rows={rows} names={names} />
          </div>
        </>
      ),
    });
  });

  router.get('/private/:id', requires('private'), async (req, res) => {
    await show(deps, res, String(req.params['id']));
  });

  router.post('/private/:id/:deed', requires('private'), async (req, res) => {
    const id = String(req.params['id']);
    const form = formOf(req);
    const run = deedOf(String(req.params['deed']), form);
    if (!run || !/^\d{1,9}$/.test(form.text('version'))) {
      sendProblem(res, 'bad_request');
      return;
    }
    try {
      await run(deps, { id, version: Number(form.text('version')), by: staffOf(res), at: deps.now() });
      deps.goTo(res, `/console/private/${id}`, 'flash.saved');
    } catch (error) {
      if (error instanceof NoSuchPrivateCase) sendProblem(res, 'nothing_here');
      else if (error instanceof StaleTask) await show(deps, res, id, true);
      else throw error;
    }
  });
}

/** What a form of these pages asks for; undefined: it was not one of ours, or lacks what it needs. */
function deedOf(name: string, form: PostedForm): Run | undefined {
  const text = (field: string): string => form.text(field);
  switch (name) {
    case 'attempt': {
      const outcome = CALL_OUTCOMES.find((one) => one === text('outcome'));
      return outcome && ((deps, deed) => recordPrivateAttempt(deps, { ...deed, outcome }));
    }
    case 'safe': {
      const given = ['phone', 'time', 'who', 'codeWord', 'place'].map(
        (field) => [field, text(field)] as const,
      );
      const contact = Object.fromEntries(given.filter(([, value]) => value !== ''));
      return Object.keys(contact).length === 0
        ? undefined
        : (deps, deed) => setSafeContact(deps, { ...deed, contact });
    }
    case 'referral': {
      const [service, consentWords] = [text('service'), text('consent')];
      if (service === '' || consentWords === '') return undefined;
      return (deps, deed) => recordPrivateReferral(deps, { ...deed, service, consentWords });
    }
    case 'note':
      return text('text') === ''
        ? undefined
        : (deps, deed) => addPrivateNote(deps, { ...deed, text: text('text') });
    case 'close':
      return closePrivate;
    case 'reopen':
      return reopenPrivate;
    default:
      return undefined;
  }
}

async function show(deps: Deps, res: Response, id: string, isStale = false): Promise<void> {
  const { words: t } = visitOf(res);
  try {
    const found = await openPrivate(deps, { id, by: staffOf(res), at: deps.now() });
    const names = await namesOf(deps, [found.owner, ...found.steps.map(({ staff }) => staff)]);
    sendPage(res, {
      title: t('board.private.title'),
      section: '/private',
      status: isStale ? 409 : 200,
      body: <PrivatePage found={found} names={names} problem={isStale ? t('case.stale') : undefined} />,
    });
  } catch (error) {
    if (!(error instanceof NoSuchPrivateCase)) throw error;
    sendProblem(res, 'nothing_here');
  }
}

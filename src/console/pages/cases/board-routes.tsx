/** The boards of calls and of other tasks, and what is done from them. */
import type { Response, Router } from 'express';
import { cleanText, formOf } from '../../form.ts';
import {
  CALL_OUTCOMES,
  claimTask,
  finishTask,
  listTasks,
  NoSuchTask,
  recordAttempt,
  StaleTask,
  TASK_OUTCOMES,
  type TaskDeed,
} from '../../../grievances/tasks-work.ts';
import { recordLooks } from '../../../privacy/audit.ts';
import type { TaskKind } from '../../../grievances/tasks.ts';
import { may } from '../../../staff/roles.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { sendPage, sendPart, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { Tabs } from '../../ui/lists.tsx';
import { staffOf, visitOf } from '../../visit.ts';
import { Board, type BoardView } from './board.tsx';
import { namesOf } from './view.ts';

type Deps = ConsoleDeps & Tools;
type BoardPath = BoardView['path'];

const KINDS: Readonly<Record<BoardPath, readonly TaskKind[]>> = {
  '/callbacks': ['callback'],
  '/tasks': ['message', 'voice', 'kept_request', 'identity_locked', 'duty', 'referral'],
};
const OPEN_TO = { '/callbacks': ['desk'], '/tasks': ['cases', 'restricted'] } as const;

export function boardRoutes(router: Router, deps: Deps): void {
  for (const path of ['/callbacks', '/tasks'] as const) {
    router.get(path, requires(...OPEN_TO[path]), async (req, res) => {
      const mine = req.query['mine'] === 'yes';
      await show(deps, res, path, mine);
    });
    router.get(`/part${path}`, requires(...OPEN_TO[path]), async (req, res) => {
      sendPart(res, <Board view={await load(deps, res, path, req.query['mine'] === 'yes')} />);
    });
  }

  router.post('/tasks/:id/:deed', requires('desk', 'cases', 'restricted'), async (req, res) => {
    const form = formOf(req);
    const back: BoardPath = form.text('back') === '/callbacks' ? '/callbacks' : '/tasks';
    const [id, version] = [Number(req.params['id']), Number(form.text('version'))];
    const run = deedOf(String(req.params['deed']), form.text('outcome'), form.raw('text'));
    if (!run || !Number.isSafeInteger(id) || !Number.isSafeInteger(version)) {
      sendProblem(res, 'bad_request');
      return;
    }
    try {
      await run(deps, { id, version, by: staffOf(res), at: deps.now() });
      deps.wake();
      deps.goTo(res, `/console${back}`, 'flash.saved');
    } catch (error) {
      if (error instanceof NoSuchTask) sendProblem(res, 'nothing_here');
      else if (error instanceof StaleTask) deps.goTo(res, `/console${back}`, 'flash.problem_task_taken');
      else throw error;
    }
  });
}

type Run = (deps: Deps, deed: TaskDeed) => Promise<void>;

function deedOf(name: string, outcome: string, text: string): Run | undefined {
  const called = CALL_OUTCOMES.find((one) => one === outcome);
  const done = TASK_OUTCOMES.find((one) => one === outcome);
  const words = cleanText(text);
  if (name === 'claim') return claimTask;
  if (name === 'attempt' && called) return (deps, deed) => recordAttempt(deps, { ...deed, outcome: called });
  if (name === 'done' && done)
    return (deps, deed) =>
      finishTask(deps, { ...deed, outcome: done, ...(words === '' ? {} : { text: words }) });
  return undefined;
}

async function load(deps: Deps, res: Response, path: BoardPath, mine: boolean): Promise<BoardView> {
  const by = staffOf(res);
  const now = deps.now();
  const filter = { kinds: KINDS[path], ...(mine ? { owner: by.key } : {}) };
  const items = await listTasks(deps, by, filter, now);
  const shown = items.filter(({ phone, text }) => phone !== null || text !== null);
  await recordLooks(deps.db, {
    actor: by.key,
    action: 'task_viewed',
    purpose: path === '/callbacks' ? 'call_back' : 'work_task',
    subjects: shown.map(({ id }) => `task:${id}`),
    at: now,
  });
  return {
    items,
    names: await namesOf(
      deps,
      items.map(({ owner }) => owner),
    ),
    calendar: deps.profile.calendar,
    now,
    path,
    mayOpenContacts: may(by, 'desk'),
  };
}

async function show(deps: Deps, res: Response, path: BoardPath, mine: boolean): Promise<void> {
  const { words: t } = visitOf(res);
  const view = await load(deps, res, path, mine);
  const title = t(path === '/callbacks' ? 'board.nav.callbacks' : 'board.nav.tasks');
  sendPage(res, {
    title,
    section: path,
    body: (
      <>
        <h1>{title}</h1>
        <Tabs
          label={t('board.whose')}
          tabs={[
            { href: `/console${path}`, label: t('board.all'), isHere: !mine },
            { href: `/console${path}?mine=yes`, label: t('case.mine'), isHere: mine },
          ]}
        />
        <div
          data-live={`/console/part${path}${mine ? '?mine=yes' : ''}`}
          data-live-on="task"
          data-announce={t('board.changed')}
        >
          <Board view={view} />
        </div>
      </>
    ),
  });
}

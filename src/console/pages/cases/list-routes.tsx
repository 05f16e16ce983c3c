/** The queues: my cases, appeals, and for inspectors what only they may know of. */
import type { Request, Response, Router } from 'express';
import { CASE_STATUSES } from '../../../grievances/lifecycle.ts';
import { unitsOf } from '../../../grievances/deeds.ts';
import { listCases, type CaseFilter } from '../../../grievances/queues.ts';
import { localDate } from '../../../profiles/calendar.ts';
import type { Staff } from '../../../staff/roles.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { sendPage, sendPart } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { LinkButton } from '../../ui/form.tsx';
import { useWords } from '../../ui/visit-context.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { CaseFilters, CaseList, type ListView } from './list.tsx';
import { namesOf } from './view.ts';

type Queue = {
  path: '/cases' | '/appeals' | '/inspection';
  permission: 'cases' | 'appeals' | 'restricted';
  /** Whose cases are listed: one queue never shows what belongs into another. */
  as: (staff: Staff) => Staff;
  fixed: CaseFilter;
  /** Under the heading. */
  note?: 'case.appeals_note' | 'case.inspection_note';
};

const QUEUES: readonly Queue[] = [
  {
    path: '/cases',
    permission: 'cases',
    as: (staff) => ({
      ...staff,
      roles: staff.roles.filter((role) => role !== 'inspector' && role !== 'protection_officer'),
    }),
    fixed: {},
  },
  {
    path: '/appeals',
    permission: 'appeals',
    as: (staff) => ({ ...staff, roles: ['appeal_officer'] }),
    fixed: { kind: 'appeal' },
    note: 'case.appeals_note',
  },
  {
    path: '/inspection',
    permission: 'restricted',
    as: (staff) => ({ ...staff, roles: ['inspector'] }),
    fixed: {},
    note: 'case.inspection_note',
  },
];

export function listRoutes(router: Router, deps: ConsoleDeps & Tools): void {
  for (const queue of QUEUES) {
    router.get(queue.path, requires(queue.permission), async (req, res) => {
      const asked = readAsked(deps, req, res, queue);
      const view = await load(deps, staffOf(res), queue, asked);
      const title = visitOf(res).words(`case.nav${queue.path.replace('/', '.') as '.cases'}`);
      sendPage(res, {
        title,
        section: queue.path,
        body: <QueuePage deps={deps} queue={queue} asked={asked} view={view} title={title} />,
      });
    });
    router.get(`/part${queue.path}`, requires(queue.permission), async (req, res) => {
      const asked = readAsked(deps, req, res, queue);
      const view = await load(deps, staffOf(res), queue, asked);
      sendPart(res, <CaseList view={view} older={(next) => address(queue.path, asked.query, next)} />);
    });
  }
}

type Asked = { filter: CaseFilter; mine: boolean; late: boolean; after: string; query: URLSearchParams };

/** Only codes: nothing of a person is ever in this address. */
function readAsked({ profile, now }: ConsoleDeps, req: Request, res: Response, { fixed }: Queue): Asked {
  const value = (name: string): string => {
    const given = req.query[name];
    return typeof given === 'string' ? given : '';
  };
  const status = CASE_STATUSES.find((one) => one === value('status'));
  const category = Object.keys(profile.categories).find((one) => one === value('category'));
  const route = allUnits(profile).find((one) => one === value('unit'));
  const late = value('late') === 'yes';
  const mine = value('mine') === 'yes';
  const query = new URLSearchParams();
  for (const [name, one] of Object.entries({
    status,
    category,
    unit: route,
    late: late ? 'yes' : undefined,
    mine: mine ? 'yes' : undefined,
  }))
    if (one !== undefined) query.set(name, one);
  return {
    filter: {
      ...fixed,
      ...(status ? { status } : {}),
      ...(category ? { category } : {}),
      ...(route ? { route } : {}),
      ...(late ? { lateOn: localDate(now(), profile.calendar.tz) } : {}),
      ...(mine ? { owner: staffOf(res).key } : {}),
    },
    mine,
    late,
    after: value('after'),
    query,
  };
}

async function load(deps: ConsoleDeps, by: Staff, queue: Queue, { filter, after }: Asked): Promise<ListView> {
  const { rows, next } = await listCases(deps.db, queue.as(by), filter, after === '' ? {} : { after });
  const names = await namesOf(
    deps,
    rows.map(({ owner }) => owner),
  );
  return { rows, next, names, calendar: deps.profile.calendar };
}

function allUnits(profile: ConsoleDeps['profile']): string[] {
  const { open, restricted } = unitsOf(profile);
  return [...open, ...restricted];
}

function address(path: string, query: URLSearchParams, after?: string): string {
  const all = new URLSearchParams(query);
  if (after !== undefined && after !== '') all.set('after', after);
  return all.size > 0 ? `/console${path}?${all.toString()}` : `/console${path}`;
}

type QueuePageProps = { deps: ConsoleDeps; queue: Queue; asked: Asked; view: ListView; title: string };

function QueuePage({ deps: { profile }, queue, asked, view, title }: QueuePageProps) {
  const t = useWords();
  const { path, note } = queue;
  const units = unitsOf(profile);
  const secret = path === '/inspection';
  const categories = Object.values(profile.categories).filter(({ sensitivity }) =>
    secret ? sensitivity === 'restricted' : sensitivity === 'open',
  );
  return (
    <>
      <div class="card-head">
        <h1>{title}</h1>
        {path === '/cases' ? (
          <LinkButton href="/console/cases/new" icon="file" shortcut="case">
            {t('case.new')}
          </LinkButton>
        ) : null}
      </div>
      {note === undefined ? null : <p class="lead">{t(note)}</p>}
      <CaseFilters
        action={`/console${path}`}
        filter={asked.filter}
        mine={asked.mine}
        late={asked.late}
        units={secret ? units.restricted : units.open}
        categories={categories.map(({ code }) => code)}
      />
      <div
        class="card"
        data-live={address(`/part${path}`, asked.query, asked.after)}
        data-live-on="case"
        data-announce={t('case.list_changed')}
      >
        <CaseList view={view} older={(next) => address(path, asked.query, next)} />
      </div>
    </>
  );
}

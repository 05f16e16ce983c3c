/** Insight: the supervisor's dashboard, each of its numbers, exports, and the audit. */
import type { Request, Response } from 'express';
import { isCaseNumber, type CaseScope } from '../../insight/case-sets.ts';
import { definitionOf, type Breakdown } from '../../insight/definitions.ts';
import { linesOf, measure, type Measured } from '../../insight/measure.ts';
import { health, standing, type Health, type Standing } from '../../insight/now.ts';
import { isPeriodName, namedPeriod, type PeriodName } from '../../insight/period.ts';
import { publicCsv, publicTable } from '../../insight/public-table.ts';
import { caseRows, exportRows, unreachedRows } from '../../insight/rows.ts';
import { countsOnly, scopeKey } from '../../insight/scope.ts';
import { recordAudit } from '../../privacy/audit.ts';
import { may, type Staff } from '../../staff/roles.ts';
import type { ConsoleDeps, ConsolePage } from '../deps.ts';
import { formOf, queryOf } from '../form.ts';
import { sendPage, sendPart, sendProblem } from '../respond.tsx';
import { requires } from '../session.ts';
import { staffOf, visitOf, type Visit } from '../visit.ts';
import { isLanguage } from '../words.ts';
import { wordFor } from './cases/codes.ts';
import { announcementRoutes } from './insight/announcement.tsx';
import { auditPage } from './insight/audit.tsx';
import { DashboardPage, NowPart, NumbersPart, type Told } from './insight/board.tsx';
import { OneNumberPage, type Rows } from './insight/one-number.tsx';

const DASHBOARD = '/dashboard';

/** Numbers counted for one are told to all who are counted the same, until a page asks again. */
const KEPT_MS = 4_000;

export const insightPages: ConsolePage = {
  nav: [{ href: DASHBOARD, word: 'nav.dashboard', permission: 'dashboard' }, ...(auditPage.nav ?? [])],
  routes(router, deps) {
    const { tz } = deps.profile.calendar;
    const scopeOf = (staff: Staff, period: PeriodName): CaseScope => {
      const now = deps.now();
      return { staff, period: namedPeriod(period, now, tz), now };
    };
    const kept = keeper(deps);
    const measured = (staff: Staff, period: PeriodName) =>
      kept<Measured>(`numbers ${period} ${scopeKey(staff)}`, () => measure(deps.db, scopeOf(staff, period)));
    const nowOf = (staff: Staff) =>
      kept<{ standing: Standing; health: Health }>(`now ${scopeKey(staff)}`, async () => {
        const now = deps.now();
        const [stands, works] = await Promise.all([standing(deps.db, staff, now, tz), health(deps.db, now)]);
        return { standing: stands, health: works };
      });

    router.get(DASHBOARD, requires('dashboard'), async (req, res) => {
      const staff = staffOf(res);
      const period = periodOf(req);
      const [now, numbers] = await Promise.all([nowOf(staff), measured(staff, period)]);
      sendPage(res, {
        title: visitOf(res).words('insight.title'),
        section: DASHBOARD,
        body: (
          <DashboardPage
            now={now}
            measured={numbers}
            period={period}
            mayExport={may(staff, 'export')}
            mayAnnounce={may(staff, 'team')}
          />
        ),
      });
    });
    router.get('/dashboard/now', requires('dashboard'), async (_req, res) => {
      sendPart(res, <NowPart {...await nowOf(staffOf(res))} />);
    });
    router.get('/dashboard/numbers', requires('dashboard'), async (req, res) => {
      const period = periodOf(req);
      sendPart(res, <NumbersPart {...await measured(staffOf(res), period)} period={period} />);
    });

    router.get('/dashboard/month', requires('export'), async (_req, res) => {
      const now = deps.now();
      const period = namedPeriod('month', now, tz);
      const month = period.from.slice(0, 7);
      const table = await publicTable(deps.db, period);
      await recordAudit(deps.db, {
        actor: staffOf(res).key,
        action: 'month_exported',
        details: { month },
        at: now,
      });
      sendCsv(res, `wasl-${month}.csv`, publicCsv(month, table));
    });

    router.post('/dashboard/export', requires('export'), async (req, res) => {
      const form = formOf(req);
      const [id, period] = [form.text('indicator'), form.text('period')];
      const by = staffOf(res);
      if ((!isCaseNumber(id) && id !== 'not_notified') || !isPeriodName(period)) {
        sendProblem(res, 'bad_request');
        return;
      }
      const csv = await exportRows(deps.db, { ...scopeOf(by, period), by }, id);
      sendCsv(res, `${id}-${period}.csv`, csv);
    });

    router.get('/dashboard/:indicator', requires('dashboard'), async (req, res) => {
      const definition = definitionOf(String(req.params['indicator']));
      if (!definition) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const staff = staffOf(res);
      const period = periodOf(req);
      const scope = scopeOf(staff, period);
      const [numbers, lines, rows] = await Promise.all([
        measured(staff, period),
        linesOf(deps, scope, definition.id),
        rowsOf(deps, scope, definition.id, queryOf(req, 'after')),
      ]);
      sendPage(res, {
        title: visitOf(res).words(`insight.${definition.id}`),
        section: DASHBOARD,
        body: (
          <OneNumberPage
            definition={definition}
            figure={numbers.value.figures[definition.id]}
            at={numbers.at}
            lines={lines}
            rows={rows}
            period={period}
            mayExport={may(staff, 'export')}
            nameOf={naming(deps, visitOf(res))}
          />
        ),
      });
    });

    announcementRoutes.routes(router, deps);
    auditPage.routes(router, deps);
  },
};

/** Several who ask at once wait for one answer; a failure is not kept. */
function keeper({ now }: Pick<ConsoleDeps, 'now'>) {
  const answers = new Map<string, Told<Promise<unknown>>>();
  return async <T,>(key: string, count: () => Promise<T>): Promise<Told<T>> => {
    const at = now();
    for (const [old, { at: since }] of answers)
      if (Math.abs(at.getTime() - since.getTime()) >= KEPT_MS) answers.delete(old);
    let answer = answers.get(key) as Told<Promise<T>> | undefined;
    if (!answer) {
      answer = { value: count(), at };
      answers.set(key, answer);
      answer.value.catch(() => answers.delete(key));
    }
    return { value: await answer.value, at: answer.at };
  };
}

async function rowsOf(
  { db }: ConsoleDeps,
  scope: CaseScope,
  id: string,
  after: string,
): Promise<Rows | undefined> {
  if (id === 'not_notified') return { kind: 'messages', ...(await unreachedRows(db, scope, { after })) };
  if (!isCaseNumber(id) || countsOnly(scope.staff)) return undefined;
  return { kind: 'cases', ...(await caseRows(db, scope, id, { after })) };
}

function naming({ profile }: ConsoleDeps, { language, words: t }: Visit) {
  return (by: Breakdown, name: string): string => {
    if (by === 'programme') return profile.programmes[name]?.name[language] ?? name;
    if (by === 'language' && isLanguage(name)) return t(`language.${name}`);
    if (by === 'sex' && isSex(name)) return t(`insight.sex.${name}`);
    if (by === 'category') return wordFor(t, 'case.cat', name);
    return by === 'channel' ? name.toUpperCase() : name;
  };
}

const SEXES = ['female', 'male', 'other'] as const;

function isSex(name: string): name is (typeof SEXES)[number] {
  return SEXES.some((one) => one === name);
}

function periodOf(req: Request): PeriodName {
  const asked = req.query['period'];
  return isPeriodName(asked) ? asked : 'days30';
}

function sendCsv(res: Response, name: string, csv: string): void {
  res.attachment(name).type('text/csv; charset=utf-8').send(csv);
}

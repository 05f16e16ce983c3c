/** The service as it runs: hotline, ways to the citizens, what did not arrive, outages, prices, the calendar. */
import type { Response } from 'express';
import { DateTime } from 'luxon';
import { readOutages } from '../../../grievances/appeal-window.ts';
import {
  addHoliday,
  announcedHolidays,
  removeHoliday,
  type HolidayRefusal,
} from '../../../grievances/holidays.ts';
import { addOutage, removeOutage, type OutageRefusal } from '../../../grievances/outages.ts';
import { readBacklog, readDead } from '../../../notifications/health.ts';
import { readHotline, setHotline } from '../../../notifications/hotline.ts';
import { readSegmentPrice, setSegmentPrice } from '../../../notifications/segment-price.ts';
import { readAudit } from '../../../privacy/audit.ts';
import type { ConsoleDeps, ConsolePage } from '../../deps.ts';
import { formOf, type PostedForm } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { colleagues } from './people.ts';
import { ServicePage, SERVICE_DEEDS, type CarrierState } from './service-view.tsx';

const HERE = '/console/admin/service';
const DEAD_DAYS = 7;
const HISTORY_ROWS = 12;

export const servicePages: ConsolePage = {
  routes(router, deps) {
    const { db, profile, now } = deps;
    const allowed = requires('hotline');
    const deed = (res: Response) => ({ by: staffOf(res).key, at: now() });

    router.get('/admin/service', allowed, async (_req, res) => {
      await show(res, deps);
    });

    // Asks each provider: only when somebody wants to know, and never while a page is drawn for another reason.
    router.post('/admin/service/check', allowed, async (_req, res) => {
      await show(res, deps, { carriers: await checkCarriers(deps) });
    });

    router.post('/admin/service/hotline', allowed, async (req, res) => {
      const wanted = formOf(req).text('up');
      if (wanted !== 'yes' && wanted !== 'no') {
        sendProblem(res, 'bad_request');
        return;
      }
      const up = wanted === 'yes';
      await db.transaction(async (tx) => {
        if ((await readHotline(tx, profile)) !== up) await setHotline(tx, { up, ...deed(res) });
      });
      deps.goTo(res, HERE, up ? 'flash.admin_hotline_up' : 'flash.admin_hotline_down');
    });

    router.post('/admin/service/outages', allowed, async (req, res) => {
      const form = formOf(req);
      const [from, until] = [instant(form, 'from', deps), instant(form, 'until', deps)];
      const added =
        from && until
          ? await db.transaction((tx) => addOutage(tx, { from, until }, deed(res)))
          : ({ ok: false, why: 'order' } as const);
      if (added.ok) deps.goTo(res, HERE, 'flash.saved');
      else await show(res, deps, { outage: added.why });
    });

    router.post('/admin/service/outages/remove', allowed, async (req, res) => {
      const form = formOf(req);
      const spell = { from: form.text('from'), until: form.text('until') };
      const removed = await db.transaction((tx) => removeOutage(tx, spell, deed(res)));
      if (removed.ok) deps.goTo(res, HERE, 'flash.saved');
      else sendProblem(res, 'conflict');
    });

    router.post('/admin/service/holidays', allowed, async (req, res) => {
      const date = formOf(req).text('date');
      const added = await db.transaction((tx) => addHoliday(tx, profile.calendar, date, deed(res)));
      if (added.ok) deps.goTo(res, HERE, 'flash.saved');
      else await show(res, deps, { holiday: added.why });
    });

    router.post('/admin/service/holidays/remove', allowed, async (req, res) => {
      const isGone = await db.transaction((tx) => removeHoliday(tx, formOf(req).text('date'), deed(res)));
      if (isGone) deps.goTo(res, HERE, 'flash.saved');
      else sendProblem(res, 'conflict');
    });

    router.post('/admin/service/price', allowed, async (req, res) => {
      const form = formOf(req);
      const price = { amount: form.text('amount'), currency: form.text('currency').toUpperCase() };
      const isSet = await db.transaction((tx) => setSegmentPrice(tx, { price, ...deed(res) }));
      if (isSet) deps.goTo(res, HERE, 'flash.saved');
      else await show(res, deps, { price });
    });
  },
};

/** A date and a time of the programme's own clock. */
function instant(form: PostedForm, name: string, { profile }: ConsoleDeps): Date | undefined {
  const local = `${form.text(`${name}_date`)}T${form.text(`${name}_time`)}`;
  const at = DateTime.fromFormat(local, "yyyy-MM-dd'T'HH:mm", { zone: profile.calendar.tz });
  return at.isValid ? at.toJSDate() : undefined;
}

async function checkCarriers({ carriers = [] }: ConsoleDeps): Promise<CarrierState[]> {
  return Promise.all(
    carriers.map(async ({ name, check }) => {
      if (!check) return { name, state: 'unasked' as const };
      // What a provider says of credentials is for operators; a failed question says no more than that.
      const mend = await check().catch(() => '');
      return mend === undefined
        ? { name, state: 'good' as const }
        : { name, state: 'mend' as const, note: mend };
    }),
  );
}

type Again = {
  carriers?: CarrierState[];
  outage?: OutageRefusal;
  holiday?: HolidayRefusal;
  price?: { amount: string; currency: string };
};

async function show(res: Response, deps: ConsoleDeps, again: Again = {}): Promise<void> {
  const { db, profile, now, carriers = [] } = deps;
  const since = new Date(now().getTime() - DEAD_DAYS * 86_400_000);
  const nameOf = await colleagues(deps, visitOf(res).words);
  const histories = await Promise.all(
    SERVICE_DEEDS.map((action) => readAudit(db, { action, limit: HISTORY_ROWS })),
  );
  const history = histories
    .flat()
    .sort((one, other) => other.id - one.id)
    .slice(0, HISTORY_ROWS)
    .flatMap(({ id, at, actor, action }) => {
      const word = SERVICE_DEEDS.find((one) => one === action);
      return word ? [{ id, at, who: nameOf(actor), word }] : [];
    });
  sendPage(res, {
    title: visitOf(res).words('admin.service.title'),
    section: '/admin/service',
    status: (again.outage ?? again.holiday ?? again.price) ? 422 : 200,
    body: (
      <ServicePage
        profile={profile}
        isUp={await readHotline(db, profile)}
        carriers={again.carriers ?? carriers.map(({ name }) => ({ name, state: 'unasked' }))}
        backlog={await readBacklog(db, now())}
        dead={await readDead(db, since)}
        deadDays={DEAD_DAYS}
        outages={await readOutages(db)}
        outageProblem={again.outage}
        holidays={await announcedHolidays(db)}
        holidayProblem={again.holiday}
        price={again.price ?? (await readSegmentPrice(db))}
        isPriceWrong={again.price !== undefined}
        history={history}
      />
    ),
  });
}

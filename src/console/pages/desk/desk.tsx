/** The agent's desk: the queue, the conversation with one citizen, the person, and the search that leads to them. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { currentInteraction } from '../../../desk/interaction.ts';
import { heldReply } from '../../../desk/held-replies.ts';
import { myQueue } from '../../../desk/queue.ts';
import { PURPOSES, reveal } from '../../../desk/reveal.ts';
import { timeline, type TimelineItem } from '../../../desk/timeline.ts';
import { readSegmentPrice } from '../../../notifications/segment-price.ts';
import { findStaff } from '../../../staff/accounts.ts';
import type { Staff } from '../../../staff/roles.ts';
import type { ConsoleDeps, ConsolePage } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendPart, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { isLanguage } from '../../words.ts';
import { deedRoutes } from './deeds.ts';
import { ContactPage, EmptyDesk, Pop } from './desk-page.tsx';
import type { Shown } from './person.tsx';
import { Queue } from './queue.tsx';
import { cannedFor, problemsOf, wrongLanguage } from './replies.ts';
import { Problems } from './reply.tsx';
import { searchRoutes } from './search.tsx';
import { Timeline, type TimelineParts } from './timeline.tsx';
import { FILTERS } from './timeline-words.ts';
import { contactPath, findContact, keyOf, viewContact, type Chosen } from './view.ts';
import { WrapUp } from './wrap-up.tsx';

/** Items on a page of the timeline. */
const ITEMS = 50;

export const deskPages: ConsolePage = {
  nav: [{ href: '/desk', word: 'nav.desk', permission: 'desk' }],
  routes(router, deps) {
    const { db } = deps;

    router.get('/desk', requires('desk'), async (_req, res) => {
      const by = staffOf(res);
      const ringing = await ringingFor(deps, by, undefined);
      if (ringing !== undefined) {
        deps.goTo(res, contactPath(ringing));
        return;
      }
      sendPage(res, {
        title: visitOf(res).words('nav.desk'),
        section: '/desk',
        shape: 'desk',
        body: <EmptyDesk {...await frameOf(deps, by)} />,
      });
    });

    router.get('/desk/contacts/:contact', requires('desk'), async (req, res) => {
      const { query } = req;
      const chosen: Chosen = {
        household: keyOf(query['household']),
        person: keyOf(query['person']),
        again: query['choose'] === '1',
      };
      await showContact(deps, req, res, { key: keyOf(req.params['contact']), chosen });
    });

    router.post('/desk/contacts/:contact/reveal', requires('reveal'), async (req, res) => {
      const form = formOf(req);
      const by = staffOf(res);
      const key = keyOf(req.params['contact']);
      const chosen: Chosen = { household: keyOf(form.text('household')), person: keyOf(form.text('person')) };
      const current = await currentInteraction(db, by.key);
      const purpose = PURPOSES.find((one) => one === form.text('purpose'));
      const person = keyOf(form.text('of'));
      const field = form.text('field');
      if (!chosen.household || !current || purpose === undefined || current.contact !== key) {
        deps.goTo(res, contactPath(key ?? '', chosen), 'flash.problem_desk_forbidden');
        return;
      }
      const revealed = await reveal(deps, {
        ...{ household: chosen.household, field, purpose, by, at: deps.now() },
        ...(person === undefined ? {} : { person }),
        ground: { interaction: current.id },
      });
      if (!revealed.ok) deps.goTo(res, contactPath(key, chosen), 'flash.problem_desk_forbidden');
      else
        await showContact(deps, req, res, { key, chosen, shown: { person, field, value: revealed.value } });
    });

    deedRoutes(router, deps, (req, res, key, chosen, text) =>
      showContact(deps, req, res, { key, chosen, text }),
    );
    searchRoutes(router, deps);

    router.get('/part/desk/queue', requires('desk'), async (req, res) => {
      const items = await queueOf(deps, staffOf(res));
      sendPart(res, <Queue items={items} here={keyOf(req.query['here'])} />);
    });

    router.get('/part/desk/bar', requires('desk'), async (req, res) => {
      const current = await currentInteraction(db, staffOf(res).key);
      sendPart(res, <WrapUp current={current} here={keyOf(req.query['here'])} />);
    });

    router.get('/part/desk/pop', requires('desk'), async (req, res) => {
      sendPart(res, <Pop ringing={await ringingFor(deps, staffOf(res), keyOf(req.query['here']))} />);
    });

    router.get('/part/desk/timeline/:contact', requires('desk'), async (req, res) => {
      const contact = await findContact(deps, keyOf(req.params['contact']));
      if (!contact) sendProblem(res, 'nothing_here');
      else sendPart(res, <Timeline {...await threadOf(deps, req, staffOf(res), contact)} />);
    });

    router.post('/part/desk/check/:contact', requires('desk'), async (req, res) => {
      const contact = await findContact(deps, keyOf(req.params['contact']));
      const text = formOf(req).text('text');
      if (!contact) {
        sendProblem(res, 'nothing_here');
        return;
      }
      const problems = await problemsOf(deps, text);
      sendPart(
        res,
        <Problems
          problems={problems.filter(({ kind }) => kind !== 'empty')}
          text={text}
          warnsOf={wrongLanguage(text, contact.language)}
        />,
      );
    });
  },
};

async function showContact(
  deps: ConsoleDeps,
  req: Request,
  res: Response,
  wanted: { key: string | undefined; chosen: Chosen; shown?: Shown; text?: string },
): Promise<void> {
  const { db } = deps;
  const at = deps.now();
  const by = staffOf(res);
  const { words: t } = visitOf(res);
  const view = await viewContact(deps, { key: wanted.key, chosen: wanted.chosen, by, at });
  if (!view) {
    sendProblem(res, 'nothing_here');
    return;
  }
  const { contact, handler, card } = view;
  const asked = req.query['reply'];
  const language = isLanguage(asked) ? asked : contact.language;
  const canned =
    handler?.staff === by.key ? await cannedFor(deps, { language, cases: card?.openCases ?? [] }) : [];
  const text = wanted.text ?? canned.find(({ reply }) => reply.id === req.query['canned'])?.text ?? '';
  const query = new URLSearchParams();
  for (const name of ['show', 'before', 'household', 'person']) {
    const value = req.query[name];
    if (typeof value === 'string') query.set(name, value);
  }
  sendPage(res, {
    title: t('desk.talk'),
    section: '/desk',
    shape: 'desk',
    body: (
      <ContactPage
        frame={await frameOf(deps, by, contact.key)}
        view={view}
        thread={{
          ...(await threadOf(deps, req, by, contact)),
          address: `/console/part/desk/timeline/${contact.key}${query.size > 0 ? `?${query.toString()}` : ''}`,
          query,
          show: filterOf(req).name,
        }}
        reply={{
          other: handler && (await findStaff(deps, handler.staff, at))?.name,
          canned,
          language,
          text,
          problems: wanted.text === undefined ? [] : await problemsOf(deps, text),
          held: await heldReply(db, { contact: contact.key, by, at }),
          price: await readSegmentPrice(db),
          key: randomUUID(),
        }}
        shown={wanted.shown}
        ringing={await ringingFor(deps, by, contact.key)}
      />
    ),
  });
}

async function frameOf(deps: ConsoleDeps, by: Staff, here?: string) {
  return {
    profile: deps.profile,
    items: await queueOf(deps, by),
    current: await currentInteraction(deps.db, by.key),
    ...(here === undefined ? {} : { here }),
  };
}

function queueOf({ db, profile, now }: ConsoleDeps, by: Staff) {
  return myQueue(db, by, { now: now(), calendar: profile.calendar });
}

/** Whose call rings at this agent's telephone; not the one whose page is open. */
async function ringingFor(
  { db }: ConsoleDeps,
  by: Staff,
  here: string | undefined,
): Promise<string | undefined> {
  const { rows } = await db.query<{ contact: string }>(
    `select contact from call where staff = $1 and state = 'ringing' order by id desc limit 1`,
    [by.key],
  );
  const contact = rows[0]?.contact;
  return contact === here ? undefined : contact;
}

function filterOf(req: Request) {
  const [all] = FILTERS;
  const asked = FILTERS.find(({ name }) => name === req.query['show']) ?? all;
  if (!asked) throw new Error('the timeline has no filters');
  return asked;
}

async function threadOf(
  deps: ConsoleDeps,
  req: Request,
  by: Staff,
  contact: { key: string; language: string },
): Promise<TimelineParts> {
  const at = deps.now();
  const { kinds } = filterOf(req);
  const before = new Date(typeof req.query['before'] === 'string' ? req.query['before'] : Number.NaN);
  const items = await timeline(deps, {
    ...{ contact: contact.key, by, limit: ITEMS, at },
    ...(kinds ? { kinds } : {}),
    ...(Number.isNaN(before.getTime()) ? {} : { before }),
  });
  return {
    items,
    names: await namesOf(deps, items, at),
    language: contact.language,
    older: olderThan(items, req, contact.key),
  };
}

function olderThan(items: readonly TimelineItem[], req: Request, contact: string): string | undefined {
  const [oldest] = items;
  if (!oldest || items.length < ITEMS) return undefined;
  const { show } = req.query;
  return contactPath(
    contact,
    { household: keyOf(req.query['household']), person: keyOf(req.query['person']) },
    { before: oldest.at.toISOString(), ...(typeof show === 'string' ? { show } : {}) },
  );
}

async function namesOf(
  deps: ConsoleDeps,
  items: readonly TimelineItem[],
  at: Date,
): Promise<Map<string, string>> {
  const authors = new Set(items.flatMap(({ author }) => keyOf(author) ?? []));
  const names = new Map<string, string>();
  for (const author of authors) {
    const staff = await findStaff(deps, author, at);
    if (staff) names.set(author, staff.name);
  }
  return names;
}

/** A new case for a contact: what is known is filled in, a duplicate is pointed out, a private matter leaves at once. */
import { randomUUID } from 'node:crypto';
import type { Response, Router } from 'express';
import { currentInteraction } from '../../../desk/interaction.ts';
import { promisedBy } from '../../../grievances/cases.ts';
import { BadDeed } from '../../../grievances/deeds.ts';
import { lodgeForCitizen, similarCases } from '../../../grievances/desk-lodge.ts';
import { audienceFor } from '../../../grievances/outcome.ts';
import { openAddress } from '../../../notifications/contact.ts';
import type { ConsoleDeps, Tools } from '../../deps.ts';
import { formOf } from '../../form.ts';
import { sendPage, sendProblem } from '../../respond.tsx';
import { requires } from '../../session.ts';
import { staffOf, visitOf } from '../../visit.ts';
import { homeOf, readCategory, wordFor } from './codes.ts';
import { CHANNELS, KINDS, NewCasePage, type NewCaseView } from './new-case.tsx';

type Deps = ConsoleDeps & Tools;
type Values = Readonly<Record<string, string>>;
type About = Pick<NewCaseView, 'contact' | 'household' | 'person'>;

const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FIELDS = ['category', 'text', 'wanted', 'kind', 'programme', 'language', 'channel'] as const;

export function newCaseRoutes(router: Router, deps: Deps): void {
  router.get('/cases/new', requires('cases'), async (req, res) => {
    const asked = (name: string): string => {
      const value = req.query[name];
      return typeof value === 'string' ? value : '';
    };
    const about = {
      contact: keyOf(asked('contact')),
      household: keyOf(asked('household')),
      person: keyOf(asked('person')),
    };
    const known = await knownOf(deps, res, about);
    if (!known) {
      sendProblem(res, 'nothing_here');
      return;
    }
    const category = asked('category');
    await show(deps, res, {
      about,
      values: { ...known, ...(category === '' ? {} : { category }) },
      key: randomUUID(),
    });
  });

  router.post('/cases/new', requires('cases'), async (req, res) => {
    const form = formOf(req);
    const about = {
      contact: keyOf(form.text('contact')),
      household: keyOf(form.text('household')),
      person: keyOf(form.text('person')),
    };
    const key = keyOf(form.text('key'));
    if (key === null || !(await knownOf(deps, res, about))) {
      sendProblem(res, 'bad_request');
      return;
    }
    const values = Object.fromEntries(FIELDS.map((name) => [name, form.text(name)]));
    if (form.text('step') === 'look') await show(deps, res, { about, values, key });
    else await save(deps, res, { about, values, key });
  });
}

/** An opaque key, or null. */
const keyOf = (value: string): string | null => (KEY.test(value) ? value : null);

/** What need not be asked: the language she uses, the channel she is on. Undefined: there is no such contact. */
async function knownOf(deps: Deps, res: Response, { contact }: About): Promise<Values | undefined> {
  const { db, profile } = deps;
  const usual = { kind: 'complaint', programme: '', language: profile.languages.default, channel: 'desk' };
  if (contact === null) return usual;
  const { rows } = await db.query<{ language: string | null }>(
    `select coalesce((select g.language from grievance g
                      where g.contact = c.key and g.sensitivity = 'open' order by g.created_at desc limit 1),
                     c.consent_language) as language
     from contact c where c.key = $1`,
    [contact],
  );
  if (!rows[0]) return undefined;
  const current = await currentInteraction(db, staffOf(res).key);
  const programmes = Object.keys(profile.programmes);
  return {
    ...usual,
    language: rows[0].language ?? usual.language,
    channel: current?.contact === contact ? current.channel : 'call',
    programme: programmes.length === 1 ? (programmes[0] ?? '') : '',
  };
}

type Asked = { about: About; values: Values; key: string; problems?: Values };

async function show(deps: Deps, res: Response, { about, values, key, problems = {} }: Asked): Promise<void> {
  const { db, profile, texts } = deps;
  const { words: t, language } = visitOf(res);
  const code = readCategory(values['category'] ?? '', Object.keys(profile.categories));
  const category = code === undefined ? undefined : profile.categories[code];
  const at = deps.now();
  const similar =
    category?.sensitivity === 'open'
      ? await similarCases(db, {
          by: staffOf(res),
          at,
          contact: about.contact,
          ...(about.household === null ? {} : { household: about.household }),
          category: category.code,
        })
      : [];
  const audience = category
    ? await audienceFor(deps, {
        contact: about.contact,
        sensitivity: category.sensitivity,
        category: category.code,
      })
    : 'none';
  const facts = category ? { ref: '00000000', d: promisedBy(category, at, profile.calendar) } : {};
  const hers = values['language'] ?? profile.languages.default;
  sendPage(res, {
    title: t('case.new'),
    section: '/cases',
    status: Object.keys(problems).length > 0 ? 422 : 200,
    body: (
      <NewCasePage
        view={{
          ...about,
          key,
          values,
          problems,
          programmes: Object.values(profile.programmes).map((one) => ({
            code: one.code,
            name: one.name[language] ?? one.code,
          })),
          languages: profile.languages.offered,
          categories: Object.keys(profile.categories),
          similar,
          message:
            audience === 'full' && profile.languages.offered.includes(hers)
              ? texts.text(hers, 'sms.grv.ack', { facts })
              : '',
        }}
      />
    ),
  });
}

async function save(deps: Deps, res: Response, asked: Asked): Promise<void> {
  const { profile } = deps;
  const { words: t } = visitOf(res);
  const { about, values, key } = asked;
  const code = readCategory(values['category'] ?? '', Object.keys(profile.categories));
  const category = code === undefined ? undefined : profile.categories[code];
  const kind = KINDS.find((one) => one === values['kind']);
  const channel = CHANNELS.find((one) => one === values['channel']);
  const language = profile.languages.offered.find((one) => one === values['language']);
  if (!category || !kind || !channel || language === undefined) {
    await show(deps, res, {
      ...asked,
      problems: category ? { '': t('case.look_below') } : { category: t('case.bad.category') },
    });
    return;
  }
  const isPrivate = category.sensitivity === 'sensitive';
  try {
    const made = await lodgeForCitizen(deps, {
      by: staffOf(res),
      at: deps.now(),
      key,
      contact: about.contact,
      // Whoever calls her back about it must not have to ask us for her number.
      phone: isPrivate ? await phoneOf(deps, about.contact) : null,
      ...(about.household === null ? {} : { household: about.household }),
      ...(about.person === null ? {} : { person: about.person }),
      kind,
      category: category.code,
      // What she told of a private matter is not written down here, whoever typed it.
      text: isPrivate ? '' : (values['text'] ?? ''),
      ...(isPrivate || !values['wanted'] ? {} : { wanted: values['wanted'] }),
      ...(values['programme'] ? { programme: values['programme'] } : {}),
      language,
      channel,
    });
    deps.wake();
    if (made.kind === 'private') deps.goTo(res, homeOf(res), 'flash.case_private');
    else if (category.sensitivity === 'open')
      deps.goTo(res, `/console/cases/${made.reference}`, 'flash.case_lodged');
    else deps.goTo(res, homeOf(res), 'flash.case_lodged');
  } catch (error) {
    if (!(error instanceof BadDeed)) throw error;
    await show(deps, res, {
      ...asked,
      problems:
        error.why === 'text' ? { text: t('case.bad.text') } : { '': wordFor(t, 'case.bad', error.why) },
    });
  }
}

/** E.164; null for a chat without one. */
async function phoneOf({ db, keys }: Deps, contact: string | null): Promise<string | null> {
  const { rows } = await db.query<{ address: Buffer }>(
    'select address from contact where key = $1 and phone is not null',
    [contact],
  );
  return rows[0] ? openAddress(keys, rows[0].address) : null;
}
